"""Who plays: agents who come, go away and come back, quick and slow ones; customers who write again, late or never."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from bench.department import ASKS, HOLIDAYS, URGENT, ZONE, Post
from bench.scene import Scene
from bench.watch import Change
from handoff.agents import Agent
from handoff.complaints.life import Answer, Outcome, RootCause, Stage
from handoff.facts import Facts
from handoff.kinds import IncidentClass
from handoff.life import DONE_STATES, HELD_STATES, OPEN_STATES, EventKind, TicketState
from handoff.presence import SIGN_EVERY, Duty, note_sign, set_duty

SIGN = timedelta(minutes=4)  # between signs of life of who is at the desk
UNANSWERED = timedelta(minutes=25)  # after which an agent does something about a customer who says no more

# How likely each hour of a day is; the night is not empty.
HOURS = (1, 1, 1, 1, 1, 1, 2, 4, 10, 22, 26, 22, 14, 18, 24, 24, 22, 18, 14, 16, 18, 8, 4, 2)


@dataclass
class _Person:
    """An agent at work."""

    agent: Agent
    post: Post
    pace: float  # 1 is usual, 3 slow
    is_there: bool = False
    is_busy: bool = False
    has: set[UUID] = field(default_factory=set)  # tickets in hand
    offered: set[UUID] = field(default_factory=set)
    signed_at: datetime | None = None
    again_at: datetime | None = None  # when they look whether somebody has not answered


class Agents:
    """Everybody at the desk. What they see of tickets is what the watch has read."""

    def __init__(self, scene: Scene, *, start: datetime, days: int, away_every: timedelta) -> None:
        """`away_every` is how long they stay at the desk, in the mean, until they go away for a while."""
        self._scene = scene
        self._away_every = away_every
        self._chance = scene.chance
        self._owed: dict[UUID, int] = {}  # replies until a ticket's question is answered
        slow = (0.8, 1, 1, 1, 1.2, 2.5)
        by_name = {agent.username: agent for agent in scene.department.agents.values()}
        self._people = {
            by_name[post.username].id: _Person(
                agent=by_name[post.username], post=post, pace=self._chance.choice(slow)
            )
            for post in scene.department.roster
        }
        scene.listeners.append(self._hear)
        for person in self._people.values():
            for day in range(days):
                self._plan_shift(person, start, day)
        for minute in range(0, days * 24 * 60, int(SIGN / timedelta(minutes=1))):
            scene.plan(start + timedelta(minutes=minute), self._give_signs)

    # Coming and going

    def _plan_shift(self, person: _Person, start: datetime, number: int) -> None:
        day = start.astimezone(ZONE).date() + timedelta(days=number)
        off = number % 7 in person.post.days_off or (
            HOLIDAYS.is_day_off(day) and not person.post.works_on_holidays
        )
        if off or self._chance.random() < 0.04:  # ill
            return
        begins = datetime.combine(day, time(person.post.start), ZONE) + self._minutes(-5, 10)
        ends = datetime.combine(day, time(person.post.start), ZONE) + timedelta(hours=person.post.hours)
        self._scene.plan(begins, lambda: self._come(person, ends))
        self._scene.plan(ends + self._minutes(-2, 15), lambda: self._leave(person))

    async def _come(self, person: _Person, until: datetime) -> None:
        await self._say_duty(person, Duty.ON)
        person.is_there = True
        self._scene.acts["came"] += 1
        self._rouse(person)
        gone_at = self._scene.now + self._away_every * self._chance.expovariate(1)
        if gone_at < until:
            self._scene.plan(gone_at, lambda: self._go_away(person, until))

    async def _go_away(self, person: _Person, until: datetime) -> None:
        """For a while, with a word or without one."""
        if not person.is_there:
            return
        if self._chance.random() < 0.5:
            await self._say_duty(person, Duty.AWAY)
        person.is_there = False
        self._scene.acts["went away"] += 1
        back_at = self._scene.now + timedelta(minutes=min(self._chance.lognormvariate(2.7, 0.9), 180))
        if back_at < until:
            self._scene.plan(back_at, lambda: self._come(person, until))

    async def _leave(self, person: _Person) -> None:
        """At the end of the shift; some pass on what they have in hand, some forget to say that they go."""
        if person.is_there and self._chance.random() < 0.5:
            for ticket_id in sorted(person.has):
                if self._facts(ticket_id).state in (TicketState.ASSIGNED, TicketState.IN_PROGRESS):
                    await self._hand_back(person, ticket_id, "下班了")
        if self._chance.random() < 0.8:
            await self._say_duty(person, Duty.OFF)
        person.is_there = False

    async def _say_duty(self, person: _Person, duty: Duty) -> None:
        async with self._scene.department.database.write() as session:
            await set_duty(session, person.agent.id, duty, now=self._scene.now)
        person.signed_at = self._scene.now
        self._scene.note_presence()

    async def _give_signs(self) -> None:
        """The desk's page is open."""
        now = self._scene.now
        due = [
            each
            for each in self._people.values()
            if each.is_there and (each.signed_at is None or now - each.signed_at > SIGN - SIGN_EVERY)
        ]
        if due:
            async with self._scene.department.database.write() as session:
                for person in due:
                    await note_sign(session, person.agent.id, now=now)
                    person.signed_at = now

    # Seeing

    def _facts(self, ticket_id: UUID) -> Facts:
        return self._scene.watch.facts[ticket_id]

    def _hear(self, change: Change) -> None:
        facts, before = change.after, change.before
        if before is not None and before.assignee_id in self._people:
            self._people[before.assignee_id].has.discard(change.ticket_id)
        if before is not None and before.offered_at and not facts.offered_at:
            for person in self._people.values():
                person.offered.discard(change.ticket_id)
        if facts.state in HELD_STATES and facts.assignee_id is not None:
            holder = self._people[facts.assignee_id]
            holder.has.add(change.ticket_id)
            self._rouse(holder)
        if change.event.kind == EventKind.OFFERED:
            for person in self._people.values():
                if person.agent.id == facts.offered_to_id or (facts.offered_queue in person.post.queues):
                    person.offered.add(change.ticket_id)
                    self._rouse(person)
        if change.event.kind == EventKind.RESOLVED and facts.first_owner_id and self._chance.random() < 0.7:
            at = self._scene.now + self._minutes(20, 1_500)
            self._scene.plan(at, lambda: self._confirm(change.ticket_id))
        if change.event.kind == EventKind.RESOLVED and facts.stage is not None:
            at = self._scene.now + self._minutes(3 * 1_440, 5 * 1_440)
            self._scene.plan(at, lambda: self._visit(change.ticket_id))
        if change.event.kind == EventKind.RESOLVED and self._chance.random() < 0.02:
            self._scene.plan(
                self._scene.now + self._minutes(30, 2_000), lambda: self._reopen(change.ticket_id)
            )

    def _rouse(self, person: _Person, after: timedelta | None = None) -> None:
        """Who is there and has nothing to do looks at the desk."""
        if person.is_there and not person.is_busy:
            person.is_busy = True
            seconds = self._chance.uniform(10, 60) * person.pace
            self._scene.plan(
                self._scene.now + (after or timedelta(seconds=seconds)), lambda: self._act(person)
            )

    # Working

    async def _act(self, person: _Person) -> None:
        """Do the next thing, and look again when it is done."""
        person.is_busy = False
        if not person.is_there:
            return
        person.signed_at = self._scene.now
        took = await self._do_next(person)
        if took is not None:
            self._rouse(person, took * person.pace)

    async def _do_next(self, person: _Person) -> timedelta | None:
        """How long it took; None when there was nothing to do."""
        for ticket_id in sorted(person.offered):
            person.offered.discard(ticket_id)
            if await self._consider(person, ticket_id):
                return self._minutes(0.5, 1)
        mine = sorted(person.has, key=lambda each: (self._facts(each).unanswered_at is None, each))
        for ticket_id in mine:
            if took := await self._serve(person, ticket_id, self._facts(ticket_id)):
                return took
        waits = [
            at + UNANSWERED
            for each in mine
            if self._facts(each).state is TicketState.IN_PROGRESS and (at := self._facts(each).replied_at)
        ]
        if waits:
            self._look_again(person, min(waits) + timedelta(seconds=30))
        return None

    def _look_again(self, person: _Person, at: datetime) -> None:
        async def look() -> None:
            if person.again_at == at and not person.is_busy:
                await self._act(person)

        if person.again_at is None or person.again_at <= self._scene.now or at < person.again_at:
            person.again_at = at
            self._scene.plan(at, look)

    async def _consider(self, person: _Person, ticket_id: UUID) -> bool:
        """An offer: accepted, declined, or left to lapse."""
        facts = self._facts(ticket_id)
        if facts.offered_at is None or facts.assignee_id == person.agent.id:
            return False
        transfers, choice = self._scene.department.transfers, self._chance.random()
        if choice < 0.7:
            return await self._scene.attempt("accept", transfers.accept(ticket_id, person.agent))
        if choice < 0.85:
            decline = transfers.decline(ticket_id, person.agent, "不归我管")
            return await self._scene.attempt("decline", decline)
        return False

    async def _serve(self, person: _Person, ticket_id: UUID, facts: Facts) -> timedelta | None:
        work, attempt, agent = self._scene.department.work, self._scene.attempt, person.agent
        if facts.taken_at is None and facts.state is TicketState.ASSIGNED:
            if self._chance.random() < 0.03:
                return None  # not noticed
            await attempt("take", work.take(ticket_id, agent))
            return self._minutes(0.3, 1)
        if (
            facts.incident == IncidentClass.GRAVE
            and facts.reported_at is None
            and self._chance.random() < 0.7
        ):
            await attempt("report", work.report(ticket_id, agent, "已派人上门"))
            return self._minutes(1, 3)
        if facts.stage is not None and facts.state is TicketState.IN_PROGRESS and facts.unanswered_at is None:
            return await self._follow_procedure(person, ticket_id, facts)
        owes = facts.unanswered_at is not None or facts.state is TicketState.ASSIGNED
        if owes and facts.state is not TicketState.WAITING:
            return await self._answer(person, ticket_id)
        is_over = facts.state is TicketState.IN_PROGRESS and (
            self._owed.get(ticket_id, 0) <= 0
            or (facts.replied_at is not None and self._scene.now - facts.replied_at > UNANSWERED)
        )
        if not is_over:
            return None
        if self._owed.get(ticket_id, 0) <= 0:
            await attempt("resolve", work.resolve(ticket_id, agent))
        else:
            await attempt("wait", work.wait(ticket_id, agent))
        return self._minutes(0.5, 1)

    async def _answer(self, person: _Person, ticket_id: UUID) -> timedelta:
        """Or pass it on."""
        work, attempt, choice = self._scene.department.work, self._scene.attempt, self._chance.random()
        if choice < 0.03 and await self._offer(person, ticket_id):
            return self._minutes(1, 2)
        if choice < 0.04:
            await self._hand_back(person, ticket_id, "不归我管")
            return self._minutes(1, 2)
        if choice < 0.07:
            await attempt("note", work.note(ticket_id, person.agent, "已查过订单"))
        owed = self._owed.setdefault(ticket_id, self._chance.choice((1, 1, 2, 2, 3)))
        self._owed[ticket_id] = owed - 1
        await attempt("reply", work.reply(ticket_id, person.agent, "您好，我来帮您看一下"))
        if choice > 0.93:
            self._owed[ticket_id] = 1
            await attempt("wait", work.wait(ticket_id, person.agent))
        return timedelta(minutes=min(self._chance.lognormvariate(0.7, 0.6), 20))

    async def _follow_procedure(self, person: _Person, ticket_id: UUID, facts: Facts) -> timedelta:
        """The next step of a complaint."""
        complaints, agent, attempt = self._scene.department.complaints, person.agent, self._scene.attempt
        match facts.stage:
            case Stage.ACCEPTED:
                await attempt("investigate", complaints.investigate(ticket_id, agent, agent))
            case Stage.INVESTIGATING:
                await attempt("propose", complaints.propose(ticket_id, agent, "给您补发，并免运费"))
            case Stage.PROPOSED:
                answers = (Answer.ACCEPTED, Answer.ACCEPTED, Answer.DECLINED, Answer.NOT_REACHED)
                answer = complaints.record_answer(
                    ticket_id, agent, self._chance.choice(answers), "电话里说的"
                )
                await attempt("record answer", answer)
            case _:
                cause = complaints.find_cause(ticket_id, agent, RootCause.PROCESS, "出库没有复核")
                await attempt("find cause", cause)
                due = (self._scene.now + timedelta(days=30)).date()
                action = complaints.add_action(ticket_id, agent, text="加复核", owner=agent, due=due)
                await attempt("add action", action)
                await attempt("resolve", self._scene.department.work.resolve(ticket_id, agent))
        return self._minutes(2, 5)

    async def _visit(self, ticket_id: UUID) -> None:
        """By one of those who have not handled it."""
        if self._facts(ticket_id).state is not TicketState.RESOLVED:
            return
        visit = self._scene.department.complaints.record_visit
        outcome = self._chance.choices(list(Outcome), (0.8, 0.1, 0.1))[0]
        for person in self._chance.sample(list(self._people.values()), 3):
            if await self._scene.attempt("visit", visit(ticket_id, person.agent, outcome, "电话里说的")):
                return

    async def _offer(self, person: _Person, ticket_id: UUID) -> bool:
        if self._facts(ticket_id).offered_at is not None:
            return False
        transfers = self._scene.department.transfers
        if self._chance.random() < 0.3:
            queue = self._chance.choice(("service", "repair", "care"))
            offer = transfers.offer(ticket_id, person.agent, queue=queue, reason="请专人处理")
        else:
            others = [each.agent for each in self._people.values() if each is not person]
            offer = transfers.offer(
                ticket_id, person.agent, to=self._chance.choice(others), reason="要查财务系统"
            )
        return await self._scene.attempt("offer", offer)

    async def _hand_back(self, person: _Person, ticket_id: UUID, why: str) -> None:
        transfers = self._scene.department.transfers
        await self._scene.attempt("hand back", transfers.hand_back(ticket_id, person.agent, why))

    async def _confirm(self, ticket_id: UUID) -> None:
        facts = self._facts(ticket_id)
        if facts.state is TicketState.RESOLVED and facts.first_owner_id is not None:
            owner = self._people[facts.first_owner_id].agent
            await self._scene.attempt("confirm", self._scene.department.work.confirm(ticket_id, owner))

    async def _reopen(self, ticket_id: UUID) -> None:
        facts = self._facts(ticket_id)
        if facts.state in DONE_STATES and facts.assignee_id is not None:
            agent = self._people[facts.assignee_id].agent
            reopen = self._scene.department.work.reopen(ticket_id, agent, "顾客说还没解决")
            if await self._scene.attempt("reopen", reopen):
                self._owed.pop(ticket_id, None)

    def _minutes(self, least: float, most: float) -> timedelta:
        return timedelta(minutes=self._chance.uniform(least, most))


class Customers:
    """Who writes, and what becomes of them."""

    def __init__(self, scene: Scene, *, start: datetime, days: int, tickets: int) -> None:
        self._scene = scene
        self._chance = scene.chance
        self.asked: set[str] = set()
        scene.listeners.append(self._hear)
        midnight = datetime.combine(start.astimezone(ZONE).date(), time(), ZONE)
        for number in range(tickets):
            at = midnight + timedelta(days=self._chance.randrange(days)) + self._time_of_day()
            scene.plan(max(at, start), self._asks(f"c{number}"))

    def _time_of_day(self) -> timedelta:
        if self._chance.random() < 0.1:  # a burst: something is down
            return timedelta(hours=self._chance.choice((10, 20))) + timedelta(
                minutes=self._chance.uniform(0, 15)
            )
        hour = self._chance.choices(range(24), HOURS)[0]
        return timedelta(hours=hour, minutes=self._chance.uniform(0, 60))

    def _asks(self, name: str) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            text = self._chance.choices(list(ASKS), list(ASKS.values()))[0]
            tier = "gold" if self._chance.random() < 0.1 else None
            self._scene.say(self._scene.now, name, text, tier=tier)
            self.asked.add(name)

        return ask

    def _hear(self, change: Change) -> None:
        kind, ticket_id = change.event.kind, change.ticket_id
        if kind == EventKind.OPENED and self._chance.random() < 0.25:
            text = URGENT if self._chance.random() < 0.05 else "在吗"
            self._writes(ticket_id, text, 3, 40)
        elif kind == EventKind.REPLIED:
            choice = self._chance.random()
            if choice < 0.55:
                self._writes(ticket_id, "好的，是这样的", 0.5, 8)
            elif choice < 0.7:
                self._writes(ticket_id, "刚看到", 60, 3_000)
        elif kind == EventKind.REMINDED and self._chance.random() < 0.3:
            self._writes(ticket_id, "不好意思，才看到", 5, 600)

    def _writes(self, ticket_id: UUID, text: str, least: float, most: float) -> None:
        """If the ticket is still open then."""

        async def write() -> None:
            facts = self._scene.watch.facts[ticket_id]
            if facts.state in OPEN_STATES:
                self._scene.say(self._scene.now, self._scene.customer_of(ticket_id), text)

        self._scene.plan(self._scene.now + timedelta(minutes=self._chance.uniform(least, most)), write)

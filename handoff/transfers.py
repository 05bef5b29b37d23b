"""Passing tickets on. A transfer stays with its sender until it is accepted, and nobody hands back without saying why.

Whoever handed a ticket back sends it to where it came from; the second time it goes to the supervisor, and no further.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from handoff import notices
from handoff.agents import Agent, check_here
from handoff.alerts import AlertKind, raise_alert
from handoff.cases import Case, Cases
from handoff.expectation import expect
from handoff.life import DONE_STATES, EventKind
from handoff.presence import note_sign
from handoff.refusals import Objection, Refused, Unfit
from handoff.work import check_assignee, check_reason

BOUNCES = 2  # hand-backs in an episode, after which the supervisor gets the ticket


class Transfers:
    """The acts by which tickets change hands."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def offer(
        self,
        ticket_id: UUID,
        agent: Agent,
        *,
        reason: str,
        to: Agent | None = None,
        queue: str | None = None,
    ) -> None:
        """Ask a colleague, or a queue, to take a ticket over. Raises `NotAllowed`, `BadInput`."""
        reason = check_reason(reason)
        settings = self._cases.settings
        if (to is None) == (queue is None):
            raise Unfit("to", Objection.NO_RECEIVER)
        if queue is not None and queue not in settings.queues:
            raise Unfit("queue", Objection.NO_QUEUE, queue=queue, queues=", ".join(settings.queues))
        if to is not None and to.id == agent.id:
            raise Unfit("to", Objection.YOURSELF)
        if to is not None:
            check_here(to, field="to")
        async with self._cases.open(ticket_id) as case:
            await note_sign(case.session, agent.id, now=case.now)
            check_assignee(case.ticket, agent)
            target = {"to": str(to.id)} if to else {"queue": queue}
            await case.record(EventKind.OFFERED, agent_id=agent.id, because=reason, **target)
            await _alert(
                case,
                "offered",
                agents=[to.id] if to else [],
                usernames=settings.queue(queue).members or () if queue else (),
                by=agent.name,
                reason=reason,
            )

    async def accept(self, ticket_id: UUID, agent: Agent) -> None:
        """Become the assignee of what was offered; the customer is told. Raises `NotAllowed`."""
        async with self._cases.open(ticket_id) as case:
            await note_sign(case.session, agent.id, now=case.now)
            before = await self._check_offered(case, agent)
            await case.record(EventKind.ACCEPTED, agent_id=agent.id)
            case.tell(notices.handed_on(case.language, before=before.name, agent=agent.name))

    async def decline(self, ticket_id: UUID, agent: Agent, reason: str) -> None:
        """Leave what was offered with its sender, and say why. Raises `NotAllowed`, `BadInput`."""
        reason = check_reason(reason)
        async with self._cases.open(ticket_id) as case:
            await note_sign(case.session, agent.id, now=case.now)
            before = await self._check_offered(case, agent)
            await case.record(EventKind.DECLINED, agent_id=agent.id, because=reason)
            if not await _stop_bouncing(case):
                await _alert(case, "declined", agents=[before.id], by=agent.name, reason=reason)

    async def hand_back(self, ticket_id: UUID, agent: Agent, reason: str) -> None:
        """Give a ticket back to who transferred it, or to its queue, and say why. Raises `NotAllowed`, `BadInput`."""
        reason = check_reason(reason)
        async with self._cases.open(ticket_id) as case:
            await note_sign(case.session, agent.id, now=case.now)
            check_assignee(case.ticket, agent)
            sender = case.ticket.sender_id
            if sender is not None:
                await case.record(EventKind.HANDED_BACK, agent_id=agent.id, to=str(sender), because=reason)
            else:
                await case.record(EventKind.RETURNED, agent_id=agent.id, because=reason, left=str(agent.id))
            if await _stop_bouncing(case):
                return
            if sender is not None:
                await _alert(case, "handed_back", agents=[sender], by=agent.name, reason=reason)
            else:
                await tell_returned(case, agent.name)

    async def give(self, ticket_id: UUID, agent: Agent, to: Agent, reason: str) -> None:
        """A supervisor gives a ticket to somebody, who has to take it. Raises `NotAllowed`, `BadInput`."""
        reason = check_reason(reason)
        check_here(to, field="to")
        async with self._cases.open(ticket_id) as case:
            await note_sign(case.session, agent.id, now=case.now)
            ticket = case.ticket
            if not case.settings.supervises(agent.username, ticket.queue):
                raise Refused(Objection.NOT_SUPERVISOR, queue=ticket.queue)
            if ticket.state in DONE_STATES:
                raise Refused(Objection.DONE, number=ticket.number)
            before = ticket.assignee_id
            if before == to.id:
                raise Refused(Objection.HAS_IT, number=ticket.number, agent=to.name)
            await case.record(
                EventKind.ASSIGNED, agent_id=agent.id, to=str(to.id), why="given", because=reason
            )
            concerned = [each for each in (to.id, before) if each is not None and each != agent.id]
            if concerned:
                await _alert(case, "given", agents=concerned, by=agent.name, reason=reason)

    async def _check_offered(self, case: Case, agent: Agent) -> Agent:
        """The sender. Raises `NotAllowed` unless the ticket is offered to the agent."""
        ticket = case.ticket
        if ticket.offered_at is None or ticket.assignee_id is None:
            is_theirs = ticket.assignee_id == agent.id and ticket.state not in DONE_STATES
            objection = Objection.HAS_IT if is_theirs else Objection.NOT_OFFERED
            raise Refused(objection, number=ticket.number, agent=agent.name)
        sender = await case.session.get_one(Agent, ticket.assignee_id)
        if ticket.offered_to_id is not None and ticket.offered_to_id != agent.id:
            other = await case.session.get_one(Agent, ticket.offered_to_id)
            raise Refused(Objection.OFFERED_TO, number=ticket.number, agent=other.name)
        queue = ticket.offered_queue
        if sender.id == agent.id or (queue and not case.settings.is_member(agent.username, queue)):
            raise Refused(Objection.OFFERED_TO_QUEUE, number=ticket.number, queue=queue)
        return sender


async def return_to_queue(case: Case, why: str) -> None:
    """A rule takes a ticket from an assignee who has gone or is silent; the customer and the assignee are told."""
    ticket = case.ticket
    if ticket.assignee_id is None:
        return
    assignee = await case.session.get_one(Agent, ticket.assignee_id)
    had_taken = ticket.taken_at is not None
    await case.record(EventKind.RETURNED, why=why, left=str(assignee.id))
    await raise_alert(
        case.session,
        ticket,
        AlertKind.RETURN,
        settings=case.settings,
        at=case.now,
        agents=[assignee.id],
        why=why,
    )
    if had_taken:  # of who never said a word the customer has not heard
        await tell_returned(case, assignee.name)


async def tell_returned(case: Case, name: str) -> None:
    """The customer learns that somebody else will go on, where there is somebody to deliver it."""
    if case.is_spoken:
        return
    expected = await expect(case.session, case.ticket, settings=case.settings, now=case.now)
    case.ticket.told = expected.to_json()
    calendar = case.settings.calendar_of(case.ticket.queue)
    number = case.ticket.number
    case.tell(
        notices.returned(case.language, agent=name, number=number, expected=expected, calendar=calendar)
    )


async def _stop_bouncing(case: Case) -> bool:
    """After the second hand-back the supervisor gets the ticket; False if it may still go on by itself."""
    ticket = case.ticket
    if ticket.hand_backs < BOUNCES:
        return False
    names = case.settings.supervisors_of(ticket.queue)
    supervisors = {
        each.username: each
        for each in await case.session.scalars(
            select(Agent).where(Agent.username.in_(names), Agent.left_at.is_(None))
        )
    }
    supervisor = next((supervisors[name] for name in names if name in supervisors), None)
    if supervisor is not None and supervisor.id != ticket.assignee_id:
        await case.record(EventKind.ASSIGNED, to=str(supervisor.id), why="bounced")
    await raise_alert(
        case.session,
        ticket,
        AlertKind.RETURN,
        settings=case.settings,
        at=case.now,
        usernames=names,
        why="bounced",
    )
    return supervisor is not None


async def _alert(
    case: Case,
    what: str,
    *,
    by: str,
    reason: str,
    agents: Collection[UUID] = (),
    usernames: Collection[str] = (),
) -> None:
    await raise_alert(
        case.session,
        case.ticket,
        AlertKind.TRANSFER,
        settings=case.settings,
        at=case.now,
        agents=agents,
        usernames=usernames,
        why=what,
        by_name=by,
        because=reason,
    )

"""What agents do with tickets, from taking them to reopening them. Each act is one transaction."""

import contextlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.conversations import Draft, Owner
from core.errors import ShouwenError
from core.files import Upload, keep_files
from core.messages import Author, Kind, storable
from handoff import amending, notices
from handoff.aftercare.surveys import ask_if_solved
from handoff.agents import Agent
from handoff.alerts import page_managers
from handoff.cases import Case, Cases
from handoff.complaints.checks import check_may_close, check_may_resolve, check_may_sort, find_about
from handoff.gaps.noting import note_ticket_question
from handoff.gaps.tables import Why
from handoff.guard import Guard, Level, Offence
from handoff.kinds import IncidentClass, TicketKind
from handoff.life import DONE_STATES, OPEN_STATES, EventKind, TicketState
from handoff.live_guard import Guarding
from handoff.mentions import tell_mentioned
from handoff.outgoing_files import check_files
from handoff.presence import note_sign
from handoff.questions import follow_question
from handoff.refusals import Objection, Refused, Unfit
from handoff.tickets import Ticket, TicketEvent

MAX_REPLY = 4_000  # characters; longer answers belong into a file
MAX_REASON = 500


class Held(ShouwenError):
    """The language guard holds a reply back; it is sent when the agent insists, where `needs_reason` with a reason."""

    def __init__(self, offences: Sequence[Offence]) -> None:
        told = "; ".join(f"{each.phrase!r}: {each.rule.why} Better: {each.rule.better}" for each in offences)
        super().__init__(f"not sent yet. {told}")
        self.offences = tuple(offences)
        self.needs_reason = any(each.rule.level is Level.BLOCK for each in offences)


@dataclass(frozen=True, kw_only=True)
class Insistence:
    """The agent has seen what the language guard says, and wants the reply to be sent as it is."""

    reason: str = ""


class Work:
    """The acts of agents on their tickets. Passing tickets on is in `handoff.transfers`."""

    def __init__(self, cases: Cases, *, guard: Guarding) -> None:
        self._cases = cases
        self._guard = guard

    async def guard(self) -> Guard:
        """The language guard, as it is now."""
        return await self._guard.now()

    async def take(self, ticket_id: UUID, agent: Agent) -> None:
        """Make the agent the assignee, and tell the customer. Raises `NotAllowed` when someone else has it."""
        async with self._case(ticket_id, agent) as case:
            ticket = case.ticket
            if ticket.state in DONE_STATES:
                raise Refused(Objection.DONE, number=ticket.number)
            if ticket.assignee_id not in (agent.id, None):
                holder = await case.session.get_one(Agent, ticket.assignee_id)
                raise Refused(Objection.TAKEN, number=ticket.number, agent=holder.name)
            if ticket.taken_at is not None:
                return  # pressed twice is pressed once
            await case.record(EventKind.TAKEN, agent_id=agent.id)
            case.give_to(Owner.HUMAN)
            case.tell(notices.taken(case.language, agent=agent.name))

    async def reply(
        self,
        ticket_id: UUID,
        agent: Agent,
        text: str,
        *,
        files: Sequence[Upload] = (),
        insists: Insistence | None = None,
        origin: str | None = None,
    ) -> UUID:
        """Say something to the customer, with files or only them; returns the message's id.

        Raises `NotAllowed`, `BadInput`, `Held`; then nothing of it is sent. `origin` names where the agent wrote it,
        outside this desk: what has been said from there is not said again.
        """
        text = check_text(text, may_be_empty=bool(files))
        checked, guard = await check_files(files, self._cases.settings.files), await self._guard.now()
        async with self._case(ticket_id, agent) as case:
            if origin and (said := await find_origin(case.session, ticket_id, origin)):
                return UUID(said.data["message_id"])
            check_assignee(case.ticket, agent)
            if case.is_spoken:
                raise Refused(Objection.SPOKEN, number=case.ticket.number)
            overridden = listen(guard, text, insists)
            kept = await keep_files(case.session, case.conversation.id, checked, now=case.now)
            draft = Draft(
                author=Author.AGENT,
                author_name=agent.name,
                kind=Kind.TEXT if text else Kind.FILE,
                text=text,
                at=case.now,
                attachments=[each.to_json() for each in kept],
            )
            case.posting.add(case.conversation, [draft], now=case.now)
            follow_question(case.conversation)
            facts = {**overridden, **({"origin": origin} if origin else {})}
            await case.record(EventKind.REPLIED, agent_id=agent.id, message_id=str(draft.id), **facts)
        return draft.id

    async def note(self, ticket_id: UUID, agent: Agent, text: str, *, origin: str | None = None) -> None:
        """Add an internal note, which the customer never sees. Any agent may. For `origin` see `reply`.

        Whoever it mentions is alerted; of what was written in Slack, Slack has told them.
        """
        text = check_text(text)
        async with self._case(ticket_id, agent) as case:
            if origin and await find_origin(case.session, ticket_id, origin):
                return
            facts = {"origin": origin} if origin else {}
            await case.record(EventKind.NOTED, agent_id=agent.id, text=text, **facts)
            if not origin:
                await tell_mentioned(case, agent, text)

    async def correct(
        self, ticket_id: UUID, agent: Agent, message_id: UUID, text: str, *, origin: str | None = None
    ) -> None:
        """Put other words in the place of the agent's own message. Raises `NotAllowed`, and `BadInput` for banned phrases too.

        Whether the customer's channel can show them is known later: what cannot be changed fails like a delivery.
        """
        text, guard = check_text(text), await self._guard.now()
        async with self._case(ticket_id, agent) as case:
            check_assignee(case.ticket, agent)
            message, last = await amending.find_own(case, agent, message_id)
            if last is not None and last.kind == Kind.WITHDRAWAL:
                raise Refused(Objection.WITHDRAWN, number=case.ticket.number)
            if text != (last or message).text:
                for offence in guard.check(text)[:1]:  # there is no insisting: what the customer has stays
                    why, better = offence.rule.why, offence.rule.better
                    raise Unfit("text", Objection.BANNED, phrase=offence.phrase, why=why, better=better)
                await amending.correct(case, agent, message, text, origin=origin)

    async def withdraw(
        self, ticket_id: UUID, agent: Agent, message_id: UUID, *, origin: str | None = None
    ) -> None:
        """Take the agent's own message back, as far as the channel can. Raises `NotAllowed`. Done twice is done once."""
        async with self._case(ticket_id, agent) as case:
            check_assignee(case.ticket, agent)
            message, last = await amending.find_own(case, agent, message_id)
            if last is None or last.kind != Kind.WITHDRAWAL:
                await amending.withdraw(case, agent, message, origin=origin)

    async def send_again(self, ticket_id: UUID, agent: Agent, message_id: UUID) -> None:
        """Have a message tried anew that could not be delivered. Raises `NotAllowed`. Pressed twice is pressed once."""
        async with self._case(ticket_id, agent) as case:
            check_assignee(case.ticket, agent)
            await amending.send_again(case, agent, message_id)

    async def wait(self, ticket_id: UUID, agent: Agent) -> None:
        """It is the customer's turn: until they write, our clocks stand still. Raises `NotAllowed`."""
        async with self._case(ticket_id, agent) as case:
            check_assignee(case.ticket, agent)
            if case.ticket.state != TicketState.WAITING:
                await case.record(EventKind.WAITS, agent_id=agent.id)

    async def report(self, ticket_id: UUID, agent: Agent, text: str, *, origin: str | None = None) -> None:
        """The first report of an incident: what happened, who is affected, what is being done. Any agent may.

        For `origin` see `reply`.
        """
        text = check_text(text)
        async with self._case(ticket_id, agent) as case:
            kinds = (EventKind.REPORTED,)
            if origin and await find_origin(case.session, ticket_id, origin, kinds=kinds):
                return
            if case.ticket.incident is None:
                raise Refused(Objection.NO_INCIDENT, number=case.ticket.number)
            facts = {"origin": origin} if origin else {}
            await case.record(EventKind.REPORTED, agent_id=agent.id, text=text, **facts)

    async def sort(
        self, ticket_id: UUID, agent: Agent, kind: TicketKind, *, incident: IncidentClass | None = None
    ) -> None:
        """Say what a ticket is about; an incident has a class. Raises `NotAllowed`, `BadInput`."""
        if (kind is TicketKind.INCIDENT) != (incident is not None):
            raise Unfit("incident", Objection.INCIDENT_CLASS)
        async with self._case(ticket_id, agent) as case:
            await check_may_sort(case.session, case.ticket, agent, kind, case.settings)
            await case.record(EventKind.SORTED, agent_id=agent.id, ticket_kind=kind, incident=incident)
            if incident is IncidentClass.GRAVE:
                await page_managers(case.session, case.ticket, settings=case.settings, now=case.now)

    async def resolve(
        self, ticket_id: UUID, agent: Agent, *, category: str | None = None, note: str = ""
    ) -> None:
        """End the work, and perhaps say what it was about and leave a note; the conversation is the bot's again.

        Raises `NotAllowed` for all but the assignee, `Incomplete` for a complaint that lacks something, `BadInput`.
        """
        note = check_text(note) if note.strip() else ""
        categories = self._cases.settings.categories
        if category is not None and category not in categories:
            told = ", ".join(categories)
            raise Unfit("category", Objection.NO_CATEGORY, category=category, categories=told)
        async with self._case(ticket_id, agent) as case:
            check_assignee(case.ticket, agent)
            await check_may_resolve(case.session, case.ticket)
            if note:
                await case.record(EventKind.NOTED, agent_id=agent.id, text=note)
            facts = {"category": category} if category else {}
            await case.record(EventKind.RESOLVED, agent_id=agent.id, **facts)
            case.give_to(Owner.BOT)
            if not await ask_if_solved(case, agent=agent.name):
                case.tell(notices.resolved(case.language, number=case.ticket.number, agent=agent.name))

    async def confirm(self, ticket_id: UUID, agent: Agent) -> None:
        """The first owner confirms the outcome, and the ticket is closed.

        Raises `NotAllowed` for all others, and `Incomplete` before a complaint's follow-up visit.
        """
        async with self._case(ticket_id, agent) as case:
            ticket = case.ticket
            if ticket.state != TicketState.RESOLVED:
                raise Refused(Objection.NOT_RESOLVED, number=ticket.number, state=ticket.state)
            if ticket.first_owner_id not in (agent.id, None):
                owner = await case.session.get_one(Agent, ticket.first_owner_id)
                raise Refused(Objection.NOT_FIRST_OWNER, number=ticket.number, agent=owner.name)
            await check_may_close(case.session, ticket, agent)
            await case.record(EventKind.CLOSED, agent_id=agent.id)

    async def reopen(self, ticket_id: UUID, agent: Agent, reason: str) -> None:
        """Go on with what was resolved or closed, with who had it. Raises `NotAllowed`, `BadInput`."""
        reason = check_reason(reason)
        async with self._case(ticket_id, agent) as case:
            await reopen(case, agent_id=agent.id, because=reason)

    @contextlib.asynccontextmanager
    async def _case(self, ticket_id: UUID, agent: Agent) -> AsyncIterator[Case]:
        async with self._cases.open(ticket_id) as case:
            await note_sign(case.session, agent.id, now=case.now)
            yield case


async def reopen(
    case: Case, *, agent_id: UUID | None = None, because: str | None = None, why: str | None = None
) -> None:
    """A new episode, whose clocks start anew, for who had the ticket last, unless it is a complaint about them.

    The reason is a person's (`because`), in their own words, or a rule's (`why`). Raises `NotAllowed` when another is open.
    """
    ticket = case.ticket
    if ticket.state in OPEN_STATES:
        raise Refused(Objection.OPEN, number=ticket.number)
    other = await case.session.scalar(
        select(Ticket.number).where(
            Ticket.conversation_id == ticket.conversation_id, Ticket.state.in_(OPEN_STATES)
        )
    )
    if other is not None:
        raise Refused(Objection.OTHER_OPEN, number=ticket.number, other=other)
    before = await case.session.get(Agent, ticket.assignee_id) if ticket.assignee_id else None
    if before is not None and before.id == await find_about(case.session, ticket.id):
        before = None
    reason = {"because": because} if because else {"why": why}
    await note_ticket_question(case.session, ticket, Why.REOPENED, at=case.now)
    await case.record(EventKind.REOPENED, agent_id=agent_id, **reason)
    if before is not None:
        await case.record(EventKind.ASSIGNED, to=str(before.id), why="had_it")
    case.give_to(Owner.HUMAN)
    calendar = case.settings.calendar_of(ticket.queue)
    name = before.name if before else None
    case.tell(
        notices.reopened(case.language, number=ticket.number, agent=name, now=case.now, calendar=calendar)
    )


def listen(guard: Guard, text: str, insists: Insistence | None) -> dict[str, Any]:
    """What is recorded of a text that is sent in spite of the language guard. Raises `Held`."""
    offences = guard.check(text)
    if not offences:
        return {}
    held = Held(offences)
    reason = clean_reason(insists.reason) if insists else ""
    if insists is None or (held.needs_reason and not reason):
        raise held
    found = [
        {"phrase": each.phrase, "family": each.rule.family, "level": each.rule.level} for each in offences
    ]
    return {"guard": found, "reason": reason}


async def find_origin(
    session: AsyncSession,
    ticket_id: UUID,
    origin: str,
    *,
    kinds: Collection[EventKind] = (EventKind.REPLIED, EventKind.NOTED),
    said: Mapping[str, str] | None = None,
) -> TicketEvent | None:
    """What an agent said, or did with these facts, from there, if it is on record."""
    query = select(TicketEvent).where(TicketEvent.ticket_id == ticket_id, TicketEvent.kind.in_(kinds))
    wanted = {**(said or {}), "origin": origin}.items()
    return next((event for event in await session.scalars(query) if wanted <= event.data.items()), None)


def check_assignee(ticket: Ticket, agent: Agent) -> None:
    """Raises `NotAllowed` unless the ticket is open and the agent's."""
    if ticket.state in DONE_STATES:
        raise Refused(Objection.DONE, number=ticket.number)
    if ticket.assignee_id is None:
        raise Refused(Objection.NOT_TAKEN, number=ticket.number)
    if ticket.assignee_id != agent.id:
        raise Refused(Objection.COLLEAGUES, number=ticket.number)


def check_text(text: str, *, field: str = "text", may_be_empty: bool = False) -> str:
    """The text without surrounding space. Raises `BadInput` when nothing is left or it is too long."""
    text = storable(text).strip()
    if not text and not may_be_empty:
        raise Unfit(field, Objection.NO_TEXT)
    if len(text) > MAX_REPLY:
        raise Unfit(field, Objection.LONG_TEXT, count=len(text), most=MAX_REPLY)
    return text


def clean_reason(reason: str) -> str:
    """A reason as it is kept; cut where it is too long."""
    return storable(reason).strip()[:MAX_REASON]


def check_reason(reason: str) -> str:
    """A reason as it is kept. Raises `BadInput` when there is none."""
    cleaned = clean_reason(reason)
    if not cleaned:
        raise Unfit("reason", Objection.NO_REASON)
    return cleaned

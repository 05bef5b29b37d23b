"""What agents do with complaints (投诉): name who looks into it, propose, find the cause, visit. Each is one transaction.

Whoever a complaint is about can do none of it. Which step is legal when is in `handoff.complaints.life`.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from core.conversations import Draft
from core.ids import new_id
from core.messages import Author
from handoff.agents import Agent, check_here
from handoff.alerts import AlertKind, raise_alert
from handoff.cases import Case, Cases
from handoff.complaints import notices as complaint_notices
from handoff.complaints.action_life import end_of
from handoff.complaints.checks import Concerned, check_unconcerned, list_handlers
from handoff.complaints.life import ANSWERED, STEPS, Answer, IllegalStep, Means, Outcome, RootCause, Stage
from handoff.complaints.proposals import action_of, name_of_assignee, record_answer, tell_supervisors
from handoff.complaints.records import Complaint, find_complaint
from handoff.life import EventKind, TicketState
from handoff.live_guard import Guarding
from handoff.presence import note_sign
from handoff.questions import Question, put_question
from handoff.refusals import Objection, Refused, Unfit
from handoff.tickets import TicketEvent
from handoff.work import Insistence, check_reason, check_text, clean_reason, find_origin, listen, reopen

_VISITS = (EventKind.VISITED, EventKind.VISIT_TRIED)


class Complaints:
    """The acts of a complaint's procedure. `handoff.complaints.register` has those of corrective actions.

    `origin` names where an act comes from, outside this desk: the same from there is not done again.
    """

    def __init__(self, cases: Cases, *, guard: Guarding) -> None:
        self._cases = cases
        self._guard = guard

    async def set_about(
        self, ticket_id: UUID, agent: Agent, person: Agent | None, *, origin: str | None = None
    ) -> None:
        """Say which agent a complaint is about; None: nobody in particular. Raises `NotAllowed`.

        Who investigates is not the one; if its assignee is, the supervisor is told to find another.
        """
        said = {"to": str(person.id) if person else None}
        async with self._act(
            ticket_id, agent, "change whom it is about in", EventKind.COMPLAINED_OF, origin=origin, said=said
        ) as (case, complaint, before):
            if before is not None:
                return
            if person is not None and person.id == complaint.investigator_id:
                raise Concerned(case.ticket.number, person.name, "investigate")
            await case.record(EventKind.COMPLAINED_OF, agent_id=agent.id, **said, **_from(origin))
            if person is not None and person.id == case.ticket.assignee_id:
                await tell_supervisors(case, "about_assignee")

    async def investigate(
        self, ticket_id: UUID, agent: Agent, investigator: Agent, *, origin: str | None = None
    ) -> None:
        """Name who looks into it. Raises `NotAllowed` for whom it is about."""
        said = {"to": str(investigator.id)}
        async with self._act(
            ticket_id, agent, "name the investigator of", EventKind.INVESTIGATES, origin=origin, said=said
        ) as (case, complaint, before):
            if before is not None:
                return
            check_unconcerned(case.ticket, complaint, investigator, "investigate")
            check_here(investigator, field="investigator")
            await case.record(EventKind.INVESTIGATES, agent_id=agent.id, **said, **_from(origin))
            if investigator.id != agent.id:
                await self._alert(case, investigator, "investigate")

    async def propose(
        self,
        ticket_id: UUID,
        agent: Agent,
        text: str,
        *,
        insists: Insistence | None = None,
        origin: str | None = None,
    ) -> UUID:
        """Send the customer a proposal with buttons, or, where nobody delivers, record that they were told it; returns the
        message's id. Then it is the customer's turn.

        By its assignee or its investigator. Raises `NotAllowed`, `BadInput`, `Held`.
        """
        said, guard = {"text": check_text(text)}, await self._guard.now()
        async with self._act(
            ticket_id, agent, "propose in", EventKind.PROPOSED, origin=origin, said=said
        ) as (case, complaint, before):
            if before is not None:
                return UUID(before.data["message_id"])
            ticket = case.ticket
            if ticket.taken_at is None:
                raise Refused(Objection.NOT_TAKEN, number=ticket.number)
            if agent.id not in (ticket.assignee_id, complaint.investigator_id):
                raise Refused(Objection.NOT_PROPOSER, number=ticket.number)
            overridden = listen(guard, said["text"], insists)
            key = new_id()
            draft = Draft(id=key, author=Author.AGENT, author_name=agent.name, text=said["text"], at=case.now)
            if not case.is_spoken:  # else the agent has told it, and there is nothing to press
                buttons = complaint_notices.proposal_buttons(case.language, action_of(key))
                text = complaint_notices.proposal(case.language, said["text"])
                draft = replace(draft, text=text, buttons=buttons)
                put_question(case.conversation, Question(at=case.now.timestamp(), buttons=buttons))
            case.posting.add(case.conversation, [draft], now=case.now)
            facts = {**said, **overridden, **_from(origin)}
            await case.record(EventKind.PROPOSED, agent_id=agent.id, message_id=str(key), **facts)
        return key

    async def record_answer(
        self, ticket_id: UUID, agent: Agent, answer: Answer, note: str = "", *, origin: str | None = None
    ) -> None:
        """What the customer told an agent of a proposal. That they withdraw, or cannot be reached, needs a reason.

        The customer is told what was recorded. Raises `NotAllowed`, `BadInput`.
        """
        told = answer in (Answer.ACCEPTED, Answer.DECLINED)
        because = clean_reason(note) if told else check_reason(note)
        kind = ANSWERED[answer]
        said = {"why": answer} if kind is EventKind.WAIVED else {}
        async with self._act(ticket_id, agent, "record an answer in", kind, origin=origin, said=said) as (
            case,
            _,
            before,
        ):
            if before is not None:
                return
            await record_answer(case, answer, means=Means.TOLD, agent=agent, because=because, origin=origin)
            if answer is not Answer.NOT_REACHED:
                name = await name_of_assignee(case)
                case.tell(
                    complaint_notices.answered(case.language, answer, number=case.ticket.number, agent=name)
                )

    async def find_cause(
        self, ticket_id: UUID, agent: Agent, cause: RootCause, text: str, *, origin: str | None = None
    ) -> None:
        """Say why it came to the complaint. Raises `NotAllowed`, `BadInput`."""
        said = {"cause": cause, "text": check_text(text)}
        async with self._act(
            ticket_id, agent, "name the cause of", EventKind.FOUND_CAUSE, origin=origin, said=said
        ) as (case, _, before):
            if before is None:
                await case.record(EventKind.FOUND_CAUSE, agent_id=agent.id, **said, **_from(origin))

    async def add_action(
        self,
        ticket_id: UUID,
        agent: Agent,
        *,
        text: str,
        owner: Agent,
        due: date,
        origin: str | None = None,
    ) -> UUID:
        """What is done so that it does not happen again, by whom and until the end of which day; returns its id.

        Raises `NotAllowed`, `BadInput`.
        """
        ends = end_of(due, self._cases.settings.calendar.zone)
        said = {"text": check_text(text), "owner": str(owner.id), "due": ends.isoformat()}
        async with self._act(
            ticket_id, agent, "add an action to", EventKind.ACTION_SET, origin=origin, said=said
        ) as (case, _, before):
            if before is not None:
                return UUID(before.data["action"])
            key = new_id()
            check_here(owner, field="owner")
            if ends <= case.now:
                raise Unfit("due", Objection.PAST_DAY, day=due)
            await case.record(
                EventKind.ACTION_SET, agent_id=agent.id, action=str(key), **said, **_from(origin)
            )
            if owner.id != agent.id:
                await self._alert(case, owner, "action_given", kind=AlertKind.ACTION, action=str(key))
        return key

    async def record_visit(
        self, ticket_id: UUID, agent: Agent, outcome: Outcome, note: str = "", *, origin: str | None = None
    ) -> None:
        """The follow-up visit (回访), by somebody who has not handled it. A dissatisfied customer reopens the ticket.

        Who is not reached is tried again, as often as the settings say. Raises `NotAllowed`, `BadInput`.
        """
        because = clean_reason(note) if outcome is Outcome.SATISFIED else check_reason(note)
        act = "make the follow-up visit of"
        async with self._act(
            ticket_id, agent, act, EventKind.VISITED, origin=origin, said={"outcome": outcome}
        ) as (case, complaint, before):
            if before is not None:
                return
            ticket = case.ticket
            if ticket.state != TicketState.RESOLVED:
                raise Refused(Objection.EARLY_VISIT, number=ticket.number, state=ticket.state)
            if agent.id in await list_handlers(case.session, ticket, complaint):
                raise Concerned(ticket.number, agent.name, act, handled=True)
            said = {"outcome": outcome, **({"because": because} if because else {}), **_from(origin)}
            tries = complaint.visit_tries + 1
            if outcome is Outcome.NOT_REACHED and tries < case.settings.complaints.visit_tries:
                await case.record(EventKind.VISIT_TRIED, agent_id=agent.id, **said)
                return
            await case.record(EventKind.VISITED, agent_id=agent.id, **said)
            if outcome is Outcome.SATISFIED:
                case.tell(complaint_notices.visited(case.language, number=ticket.number))
            elif outcome is Outcome.DISSATISFIED:
                await reopen(case, because=because, agent_id=agent.id)
                await tell_supervisors(case, "dissatisfied")

    @contextlib.asynccontextmanager
    async def _act(
        self,
        ticket_id: UUID,
        agent: Agent,
        act: str,
        kind: EventKind,
        *,
        origin: str | None,
        said: Mapping[str, Any],
    ) -> AsyncIterator[tuple[Case, Complaint, TicketEvent | None]]:
        """The case, its complaint, and the same as it was done before from there; then nothing is to be done.

        Raises `IllegalStep`, and `Concerned` for whom it is about.
        """
        async with self._cases.open(ticket_id) as case:
            await note_sign(case.session, agent.id, now=case.now)
            stage = Stage(case.ticket.stage) if case.ticket.stage else None
            complaint = await find_complaint(case.session, ticket_id)
            kinds = _VISITS if kind in _VISITS else (kind,)
            before = (
                await find_origin(case.session, ticket_id, origin, kinds=kinds, said=said) if origin else None
            )
            if complaint is None or (before is None and stage not in STEPS[kind]):
                raise IllegalStep(stage, kind)
            if before is None:
                check_unconcerned(case.ticket, complaint, agent, act)
            yield case, complaint, before

    async def _alert(
        self, case: Case, agent: Agent, why: str, *, kind: AlertKind = AlertKind.COMPLAINT, **data: str
    ) -> None:
        await raise_alert(
            case.session,
            case.ticket,
            kind,
            settings=case.settings,
            at=case.now,
            agents=[agent.id],
            why=why,
            **data,
        )


def _from(origin: str | None) -> dict[str, str]:
    return {"origin": origin} if origin else {}

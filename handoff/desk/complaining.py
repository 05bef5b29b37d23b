"""Complaints from Slack: the form that a button opens, and what is carried out of one that was sent off."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import BadInput, NotAllowed
from handoff.agents import Agent
from handoff.complaints.checks import Incomplete, Missing, list_missing
from handoff.complaints.life import IllegalStep
from handoff.complaints.views import ComplaintView, find_complaint_view
from handoff.desk import complaint_forms
from handoff.desk.complaint_steps import (
    AddAction,
    FindCause,
    Mistake,
    NameAbout,
    NameInvestigator,
    Propose,
    RecordAnswer,
    Step,
    plan,
    read_visit,
)
from handoff.desk.fields import View, ticket_of
from handoff.desk.floor import Floor
from handoff.desk.origins import form_origin
from handoff.desk.procedure import check_may_handle, check_may_visit
from handoff.life import EventKind
from handoff.tickets import Ticket, TicketEvent
from handoff.views import TicketView
from handoff.wording.explaining import word_held
from handoff.wording.reader import Reader
from handoff.wording.tickets import Sheet
from handoff.work import Held


class Complaining:
    """The procedure of complaints, on the floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    async def form(self, view: TicketView, sheet: Sheet, agent: Agent, reader: Reader) -> View:
        """What the agent can do in the complaint. Raises `NotAllowed`."""
        async with self._floor.database.read() as session:
            complaint = await self._find(session, view.ticket)
        check_may_handle(complaint, agent)
        return complaint_forms.complaint(complaint, sheet, agent, reader)

    async def form_of_visit(self, view: TicketView, agent: Agent, reader: Reader) -> View:
        """What the follow-up visit found. Raises `NotAllowed`."""
        async with self._floor.database.read() as session:
            complaint = await self._find(session, view.ticket)
        check_may_visit(complaint, agent)
        return complaint_forms.visit(complaint, reader)

    async def lacks_something(self, view: TicketView) -> bool:
        """Whether the ticket is a complaint that cannot be resolved yet. Raises `Incomplete` before it is taken."""
        async with self._floor.database.read() as session:
            missing = await list_missing(session, view.ticket)
        if Missing.TAKER in missing:
            raise Incomplete(view.ticket.number, "resolved", missing)
        return bool(missing)

    async def carry_out(self, form: Mapping[str, Any], agent: Agent, reader: Reader) -> dict[str, str]:
        """All that was filled in, or nothing of it; what has to be mended, by field. Raises `NotAllowed`, `NotFound`.

        Where a step is refused after all, because somebody was faster, those before it are done; they are not done
        again when the form is sent off again.
        """
        ticket_id, origin = ticket_of(form), form_origin(form)
        complaint, done = await self._look(ticket_id, origin)
        if not done:
            check_may_handle(complaint, agent)
        today = reader.now.astimezone(reader.settings.calendar.zone).date()
        guard = await self._floor.work.guard()
        wanted = plan(form, complaint, agent, done=done, check=guard.check, today=today)
        if wanted.mistakes:
            return {
                field: await self._word(error, ticket_id, reader) for field, error in wanted.mistakes.items()
            }
        for number, step in enumerate(wanted.steps):
            try:
                await self._do(step, ticket_id, agent, origin)
            except (BadInput, NotAllowed, Held) as error:
                told = await self._word(error, ticket_id, reader)
                return {step.field: reader.t("complaint_above_is_done", told=told) if number else told}
        return {}

    async def record_visit(self, form: Mapping[str, Any], agent: Agent) -> None:
        """Raises `NotAllowed`, `BadInput`."""
        outcome, note = read_visit(form)
        await self._floor.complaints.record_visit(
            ticket_of(form), agent, outcome, note, origin=form_origin(form)
        )

    async def _look(self, ticket_id: UUID, origin: str) -> tuple[ComplaintView, set[EventKind]]:
        """The complaint, and what was done in it from there: under the lock, so that both are of one moment."""
        async with self._floor.cases.open(ticket_id) as case:
            events = await case.session.scalars(select(TicketEvent).where(TicketEvent.ticket_id == ticket_id))
            done = {EventKind(each.kind) for each in events if each.data.get("origin") == origin}
            return await self._find(case.session, case.ticket), done

    async def _find(self, session: AsyncSession, ticket: Ticket) -> ComplaintView:
        """Raises `IllegalStep` where somebody has sorted it as something else."""
        found = await find_complaint_view(session, ticket, settings=self._floor.cases.settings)
        if found is None:
            raise IllegalStep(None, EventKind.INVESTIGATES)
        return found

    async def _do(self, step: Step, ticket_id: UUID, agent: Agent, origin: str) -> None:
        complaints = self._floor.complaints
        match step:
            case NameInvestigator(person=person):
                await complaints.investigate(ticket_id, agent, person, origin=origin)
            case NameAbout(person=person):
                await complaints.set_about(ticket_id, agent, person, origin=origin)
            case RecordAnswer(answer=answer, note=note):
                await complaints.record_answer(ticket_id, agent, answer, note, origin=origin)
            case Propose(text=text, insists=insists):
                await complaints.propose(ticket_id, agent, text, insists=insists, origin=origin)
            case FindCause(cause=cause, finding=finding):
                await complaints.find_cause(ticket_id, agent, cause, finding, origin=origin)
            case AddAction(text=text, owner=owner, due=due):
                await complaints.add_action(ticket_id, agent, text=text, owner=owner, due=due, origin=origin)

    async def _word(self, error: Mistake, ticket_id: UUID, reader: Reader) -> str:
        if isinstance(error, Held):
            return word_held(error, reader)
        return (await self._floor.explain(error, ticket_id))(reader)

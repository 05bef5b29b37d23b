"""The register of corrective actions: what owners and verifiers do, and what follows when they do not."""

import contextlib
from collections.abc import AsyncIterator, Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotFound
from handoff.agents import Agent
from handoff.alerts import AlertKind, raise_alert
from handoff.cases import Case, Cases
from handoff.complaints.action_life import ActionState, end_of
from handoff.complaints.corrective_actions import CorrectiveAction, follow_clock
from handoff.life import EventKind
from handoff.presence import note_sign
from handoff.refusals import Objection, Refused, Unfit
from handoff.work import check_reason, check_text

BATCH = 100  # actions of one look


class Register:
    """The acts on corrective actions. They are set in `handoff.complaints.acts`."""

    def __init__(self, cases: Cases) -> None:
        self._cases = cases

    async def finish(self, action_id: UUID, agent: Agent, text: str) -> None:
        """The owner, or a supervisor for them, says what was done. Raises `NotAllowed`, `BadInput`."""
        text = check_text(text)
        async with self._act(action_id, agent) as (case, action):
            supervisors = case.settings.supervisors_of(case.ticket.queue)
            if agent.id != action.owner_id and agent.username not in supervisors:
                owner = await case.session.get_one(Agent, action.owner_id)
                raise Refused(Objection.OTHERS_ACTION, agent=owner.name)
            await case.record(EventKind.ACTION_DONE, agent_id=agent.id, action=str(action_id), text=text)
            await _alert(case, action, "action_done", usernames=supervisors, agents=_setters(action))

    async def verify(self, action_id: UUID, agent: Agent, text: str = "") -> None:
        """It helps: somebody other than who did it has looked. Raises `NotAllowed`."""
        async with self._act(action_id, agent) as (case, action):
            _check_other(action, agent)
            note = {"text": check_text(text)} if text.strip() else {}
            await case.record(EventKind.ACTION_VERIFIED, agent_id=agent.id, action=str(action_id), **note)

    async def fail(self, action_id: UUID, agent: Agent, reason: str, *, due: date) -> None:
        """It does not help: it is open again until the end of another day. Raises `NotAllowed`, `BadInput`."""
        reason = check_reason(reason)
        async with self._act(action_id, agent) as (case, action):
            _check_other(action, agent)
            ends = end_of(due, case.settings.calendar.zone)
            if ends <= case.now:
                raise Unfit("due", Objection.PAST_DAY, day=due)
            await case.record(
                EventKind.ACTION_FAILED,
                agent_id=agent.id,
                action=str(action_id),
                due=ends.isoformat(),
                because=reason,
            )
            await _alert(case, action, "action_failed", agents=[action.owner_id])

    @contextlib.asynccontextmanager
    async def _act(self, action_id: UUID, agent: Agent) -> AsyncIterator[tuple[Case, CorrectiveAction]]:
        async with self._cases.database.read() as session:
            ticket_id = await session.scalar(
                select(CorrectiveAction.ticket_id).where(CorrectiveAction.id == action_id)
            )
        if ticket_id is None:
            raise NotFound("corrective action", action_id)
        async with self._cases.open(ticket_id) as case:
            await note_sign(case.session, agent.id, now=case.now)
            yield case, await _get(case, action_id)


async def list_due_actions(session: AsyncSession, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Actions of which a step is due, with their tickets."""
    query = (
        select(CorrectiveAction.id, CorrectiveAction.ticket_id)
        .where(CorrectiveAction.next_at <= now)
        .order_by(CorrectiveAction.next_at)
        .limit(BATCH)
    )
    return [(action_id, ticket_id) for action_id, ticket_id in await session.execute(query)]


async def fire_action(case: Case, action_id: UUID) -> None:
    """Carry out the step of an action that is due, unless somebody has, or it is not due any more."""
    action = await _get(case, action_id)
    step = follow_clock(action, case.settings)
    if step is None or action.next_at is None or action.next_at > case.now:
        return  # as the settings have it by now
    cause = f"{action.id}:{action.state}:{action.failures}:{action.fired}"
    action.fired += 1
    await case.session.flush()
    why = {
        EventKind.ACTION_REMINDED: "action_near",
        EventKind.ACTION_BREACHED: "action_late",
        EventKind.ACTION_ESCALATED: "action_very_late",
    }[step]
    if action.state == ActionState.DONE:
        why = f"{why}_to_verify"
    await case.record(step, action=str(action_id), due=action.due_at.isoformat())
    names = case.settings.supervisors_of(case.ticket.queue)
    if step is EventKind.ACTION_ESCALATED:
        names = case.settings.managers_of(case.ticket.queue)
    if step is EventKind.ACTION_REMINDED:
        names = []
    agents = [action.owner_id] if step is EventKind.ACTION_REMINDED else []
    await _alert(case, action, why, usernames=names, agents=agents, cause=cause)


async def _get(case: Case, action_id: UUID) -> CorrectiveAction:
    return await case.session.get_one(CorrectiveAction, action_id, populate_existing=True)


def _check_other(action: CorrectiveAction, agent: Agent) -> None:
    if agent.id in (action.owner_id, action.done_by_id):
        raise Refused(Objection.OWN_ACTION)


def _setters(action: CorrectiveAction) -> list[UUID]:
    """Who set it, and may well verify it; not, where they did it themselves."""
    return [each for each in (action.set_by_id,) if each not in (None, action.owner_id)]


async def _alert(
    case: Case,
    action: CorrectiveAction,
    why: str,
    *,
    usernames: Collection[str] = (),
    agents: Collection[UUID] = (),
    cause: str | None = None,
) -> None:
    await raise_alert(
        case.session,
        case.ticket,
        AlertKind.ACTION,
        settings=case.settings,
        at=case.now,
        cause=cause,
        usernames=usernames,
        agents=agents,
        why=why,
        action=str(action.id),
    )

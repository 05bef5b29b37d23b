"""Corrective actions in words, for one reader. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from handoff.agents import Agent
from handoff.complaints.action_life import ActionState
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.views import ActionLine
from handoff.wording.reader import Reader


@dataclass(frozen=True, kw_only=True)
class ActionRow:
    """A corrective action. `may_finish` and `may_judge` say what the reader can do."""

    id: UUID
    ticket_id: UUID
    number: str
    text: str
    line: str  # whose, and until when
    state: str
    state_id: str
    late: bool
    notes: Sequence[str]
    may_finish: bool = False
    may_judge: bool = False


class ActionWords:
    """Words corrective actions; `agent` reads them."""

    def __init__(self, reader: Reader, agent: Agent) -> None:
        self._reader = reader
        self._agent = agent

    def row(
        self,
        action: CorrectiveAction,
        agents: Mapping[UUID, Agent],
        number: str,
        *,
        supervisors: Collection[str] = (),
    ) -> ActionRow:
        """`agents` are its owner and who has done it, `supervisors` may report for the owner."""
        t, state = self._reader.t, ActionState(action.state)
        mine = action.owner_id == self._agent.id
        notes = []
        if action.done_by_id and state is ActionState.DONE:
            notes.append(t("action_done_by", agent=agents[action.done_by_id].name))
        if action.failures:
            notes.append(t("action_failures", count=action.failures))
        last_day = action.due_at.astimezone(self._reader.zone) - timedelta(seconds=1)
        return ActionRow(
            id=action.id,
            ticket_id=action.ticket_id,
            number=number,
            text=action.text or t("action_erased"),
            line=t("action_line", owner=agents[action.owner_id].name, due=f"{last_day:%Y-%m-%d}"),
            state=t.named("action_state", state),
            state_id=state,
            late=state is ActionState.OPEN and action.due_at <= self._reader.now,
            notes=notes,
            may_finish=state is ActionState.OPEN and (mine or self._agent.username in supervisors),
            may_judge=state is ActionState.DONE
            and self._agent.id not in (action.owner_id, action.done_by_id),
        )

    def parts(self, lines: Sequence[ActionLine]) -> dict[str, list[ActionRow]]:
        """The register in its parts: late, open, done, verified."""
        parts: dict[str, list[ActionRow]] = {"late": [], "open": [], "done": [], "verified": []}
        for row in self.rows(lines):
            parts["late" if row.late else row.state_id].append(row)
        return parts

    def rows(self, lines: Sequence[ActionLine]) -> list[ActionRow]:
        """Lines of the register, in their order."""
        return [
            self.row(
                line.action,
                {each.id: each for each in (line.owner, line.done_by) if each},
                line.ticket.number,
                supervisors=line.supervisors,
            )
            for line in lines
        ]

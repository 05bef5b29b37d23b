"""What the desk shows of complaints, ready for its templates. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from console.ticket_rows import TicketRow
from handoff.agents import Agent
from handoff.complaints.life import ANSWERED, Answer, Outcome, RootCause, Stage, may
from handoff.complaints.views import ActionLine, ComplaintView, VisitLine
from handoff.life import OPEN_STATES, EventKind, TicketState
from handoff.wording.actions import ActionRow, ActionWords
from handoff.wording.explaining import word_missing
from handoff.wording.reader import Reader
from handoff.wording.tickets import Option

Can = Callable[[EventKind], bool]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A stage on the way: before, now or later."""

    label: str
    when: str


@dataclass(frozen=True, kw_only=True)
class VisitPart:
    """The follow-up visit of a complaint: when, or what it found; `note` is why the reader cannot make it, or who did."""

    told: str = ""
    note: str = ""
    options: Sequence[Option] = ()


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A ticket's complaint. Each list of options is empty where the reader can do nothing about it now."""

    stage: str
    steps: Sequence[Step]
    missing: str
    concerned: bool  # the complaint is about the reader
    about: str
    about_options: Sequence[Option]
    investigator: str
    investigator_options: Sequence[Option]
    proposal: str
    proposed_before: bool
    may_propose: bool
    answer: str
    answer_options: Sequence[Option]
    cause: str
    finding: str
    cause_options: Sequence[Option]
    actions: Sequence[ActionRow]
    owner_options: Sequence[Option]
    today: str
    visit: VisitPart


@dataclass(frozen=True, kw_only=True)
class VisitRow:
    """A follow-up visit to be made."""

    ticket_id: UUID
    number: str
    customer: str
    notes: Sequence[str]
    late: bool
    now: bool
    may: bool


class ComplaintsView:
    """Words complaints for one reader."""

    def __init__(self, reader: Reader, agent: Agent) -> None:
        self._reader = reader
        self._texts = reader.t
        self._agent = agent
        self._actions = ActionWords(reader, agent)

    def panel(self, view: ComplaintView) -> Panel:
        t, complaint, stage = self._texts, view.complaint, view.stage
        about = complaint.about_id if complaint else None
        investigator = complaint.investigator_id if complaint else None
        concerned = about == self._agent.id
        is_open = view.ticket.state in OPEN_STATES

        def can(kind: EventKind) -> bool:
            return complaint is not None and is_open and not concerned and may(stage, kind)

        others = [each for each in view.agents.values() if each.id != about]
        works = self._agent.id in (view.ticket.assignee_id, investigator)
        answer = complaint.answer if complaint else None
        return Panel(
            stage=t.named("stage", stage) if stage else t("complaint_not_taken"),
            steps=self._steps(stage),
            missing=word_missing(self._reader, view.missing),
            concerned=concerned,
            about=_name(view, about) or t("complaint_nobody"),
            about_options=self._about_options(view, about, investigator)
            if can(EventKind.COMPLAINED_OF)
            else [],
            investigator=_name(view, investigator) or t("complaint_nobody_yet"),
            investigator_options=_people(others, investigator or self._agent.id)
            if can(EventKind.INVESTIGATES)
            else [],
            proposal=complaint.proposal if complaint else "",
            proposed_before=complaint is not None and complaint.proposed_at is not None,
            may_propose=can(EventKind.PROPOSED) and works and view.ticket.taken_at is not None,
            answer=t.named("answer", answer or "none") if stage is Stage.PROPOSED or answer else "",
            answer_options=self._answer_options(can),
            cause=t.named("cause", complaint.cause) if complaint and complaint.cause else "",
            finding=complaint.finding if complaint else "",
            cause_options=self._options("cause", RootCause, complaint.cause if complaint else None)
            if can(EventKind.FOUND_CAUSE)
            else [],
            actions=[self._actions.row(each, view.agents, view.ticket.number) for each in view.actions],
            owner_options=_people(view.agents.values(), self._agent.id) if can(EventKind.ACTION_SET) else [],
            today=self._today().isoformat(),
            visit=self._visit(view, concerned=concerned),
        )

    def _visit(self, view: ComplaintView, *, concerned: bool) -> VisitPart:
        t, complaint = self._texts, view.complaint
        if complaint is None or view.ticket.state != TicketState.RESOLVED:
            return VisitPart()
        if complaint.outcome:
            told = t.named("outcome", complaint.outcome)
            return VisitPart(told=told, note=_name(view, complaint.visitor_id))
        due = t("complaint_visit_due", time=self._reader.time(view.visit_from)) if view.visit_from else ""
        tries = t("complaint_visit_tries", count=complaint.visit_tries) if complaint.visit_tries else ""
        barred = concerned or self._agent.id in view.handlers
        return VisitPart(
            told=" · ".join(filter(None, (due, tries))),
            note=t("complaint_visit_not_yours") if barred else "",
            options=[] if barred else self._options("outcome", Outcome, None),
        )

    def _steps(self, stage: Stage | None) -> list[Step]:
        stages = list(Stage)
        at = stages.index(stage) if stage else -1
        return [
            Step(
                label=self._texts.named("stage", each),
                when="now" if place == at else "before" if place < at else "later",
            )
            for place, each in enumerate(stages)
        ]

    def _about_options(
        self, view: ComplaintView, about: UUID | None, investigator: UUID | None
    ) -> list[Option]:
        t = self._texts
        first = [each for key in view.suggested if (each := view.agents.get(key))]
        rest = [each for each in view.agents.values() if each.id not in view.suggested]
        people = [
            Option(
                value=str(each.id),
                label=t("complaint_served_before", agent=each.name) if each in first else each.name,
                chosen=each.id == about,
            )
            for each in [*first, *rest]
            if each.id != investigator
        ]
        return [Option(value="", label=t("complaint_nobody"), chosen=about is None), *people]

    def _answer_options(self, can: Can) -> list[Option]:
        return self._options("answer", [each for each in Answer if can(ANSWERED[each])], None)

    def _options(self, prefix: str, values: Iterable[str], chosen: str | None) -> list[Option]:
        return [
            Option(value=str(each), label=self._texts.named(prefix, each), chosen=each == chosen)
            for each in values
        ]

    def actions(self, lines: Sequence[ActionLine]) -> list[ActionRow]:
        """Lines of the register."""
        return self._actions.rows(lines)

    def visits(
        self, lines: Sequence[VisitLine], rows: Mapping[UUID, TicketRow], people: Mapping[UUID, str]
    ) -> list[VisitRow]:
        """Visits to be made; `rows` are their tickets', `people` all agents' names."""
        return [self._visit_row(line, rows[line.ticket.id], people) for line in lines]

    def _visit_row(self, line: VisitLine, row: TicketRow, people: Mapping[UUID, str]) -> VisitRow:
        t = self._texts
        late = line.due_at is not None and line.due_at <= self._reader.now
        now = line.since <= self._reader.now
        begins = "" if now else t("visit_later", time=self._reader.time(line.since))
        ends = t("visit_by", time=self._reader.time(line.due_at)) if line.due_at else ""
        tries = t("complaint_visit_tries", count=line.tries) if line.tries else ""
        handlers = sorted(people[each] for each in line.handlers if each in people)
        handled = t("visit_handled_by", agents=self._reader.listed(handlers)) if handlers else ""
        owner = t("visit_owner", agent=row.first_owner) if row.first_owner else ""
        may_visit = self._agent.id not in line.barred
        notes = [begins, ends, tries, owner, handled, "" if may_visit else t("complaint_visit_not_yours")]
        return VisitRow(
            ticket_id=line.ticket.id,
            number=line.ticket.number,
            customer=row.customer,
            notes=[each for each in notes if each],
            late=late,
            now=now,
            may=may_visit,
        )

    def today(self) -> str:
        """The first day that a date can be."""
        return self._today().isoformat()

    def _today(self) -> date:
        return self._reader.now.astimezone(self._reader.zone).date()


def _name(view: ComplaintView, agent_id: UUID | None) -> str:
    agent = view.agents.get(agent_id) if agent_id else None
    return agent.name if agent else ""


def _people(agents: Iterable[Agent], chosen: UUID | None) -> list[Option]:
    return [
        Option(value=str(each.id), label=each.name, chosen=each.id == chosen)
        for each in agents
        if each.left_at is None
    ]

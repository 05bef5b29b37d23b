"""What an agent wants done with a complaint: read from its form, and decided before anything of it is carried out. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from core.errors import BadInput, NotAllowed
from handoff.agents import Agent
from handoff.complaints.checks import Concerned
from handoff.complaints.life import ANSWERED, STEPS, Answer, IllegalStep, Outcome, RootCause
from handoff.complaints.views import ComplaintView
from handoff.desk.fields import filled, metadata_of, uuid_of
from handoff.desk.procedure import HANDLE
from handoff.guard import Offence
from handoff.life import EventKind
from handoff.refusals import Objection, Unfit
from handoff.work import Held, Insistence, check_reason, check_text, clean_reason

NOBODY = "nobody"  # whom a complaint is about, where it is nobody in particular
Choice = TypeVar("Choice", bound=StrEnum)
Mistake = BadInput | NotAllowed | Held


@dataclass(frozen=True, kw_only=True)
class NameInvestigator:
    """Who looks into it."""

    field: ClassVar[str] = "investigator"
    kind: ClassVar[EventKind] = EventKind.INVESTIGATES
    person: Agent


@dataclass(frozen=True, kw_only=True)
class NameAbout:
    """Whom it is about."""

    field: ClassVar[str] = "about"
    kind: ClassVar[EventKind] = EventKind.COMPLAINED_OF
    person: Agent | None  # None: nobody in particular


@dataclass(frozen=True, kw_only=True)
class RecordAnswer:
    """What the customer said of the proposal that they have."""

    field: ClassVar[str] = "answer"
    answer: Answer
    note: str

    @property
    def kind(self) -> EventKind:
        return ANSWERED[self.answer]


@dataclass(frozen=True, kw_only=True)
class Propose:
    """A proposal for the customer."""

    field: ClassVar[str] = "proposal"
    kind: ClassVar[EventKind] = EventKind.PROPOSED
    text: str
    insists: Insistence | None


@dataclass(frozen=True, kw_only=True)
class FindCause:
    """Why it came to it."""

    field: ClassVar[str] = "cause"
    kind: ClassVar[EventKind] = EventKind.FOUND_CAUSE
    cause: RootCause
    finding: str


@dataclass(frozen=True, kw_only=True)
class AddAction:
    """What is done so that it does not happen again."""

    field: ClassVar[str] = "measure"
    kind: ClassVar[EventKind] = EventKind.ACTION_SET
    text: str
    owner: Agent
    due: date


Step = NameInvestigator | NameAbout | RecordAnswer | Propose | FindCause | AddAction


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps in their order, which is the form's; none where there are mistakes, which are by field."""

    steps: Sequence[Step]
    mistakes: Mapping[str, Mistake]


def plan(
    form: Mapping[str, Any],
    view: ComplaintView,
    agent: Agent,
    *,
    done: Collection[EventKind],
    check: Callable[[str], Sequence[Offence]],
    today: date,
) -> Plan:
    """What a form that the agent sent off asks for; `done` has been carried out of the same form before.

    An answer comes before a proposal: it is about the one that the customer has.
    """
    steps: list[Step] = []
    mistakes: dict[str, Mistake] = {}
    readers: Sequence[Callable[[], Step | None]] = (
        lambda: _investigator(form, view),
        lambda: _about(form, view),
        lambda: _answer(form),
        lambda: _proposal(form, check),
        lambda: _cause(form),
        lambda: _action(form, view, today),
    )
    for read in readers:
        try:
            if (step := read()) is not None:
                steps.append(step)
        except Unfit as error:
            mistakes[error.field] = error
        except Held as held:
            mistakes[Propose.field] = held
    mistakes = mistakes or {**dict(_out_of_turn(steps, view, done)), **dict(_barred(steps, view, agent))}
    return Plan(steps=[] if mistakes else steps, mistakes=mistakes)


def named_in(view: ComplaintView) -> dict[str, str]:
    """What a form carries of who is named already: what is chosen in it counts where it differs."""
    named = (
        {"investigator": view.complaint.investigator_id, "about": view.complaint.about_id}
        if view.complaint
        else {}
    )
    return {field: str(agent_id) for field, agent_id in named.items() if agent_id}


def read_visit(form: Mapping[str, Any]) -> tuple[Outcome, str]:
    """What a follow-up visit found, and the note. Raises `BadInput`."""
    return _chosen(Outcome, form, "outcome"), filled(form, "reason")


def _out_of_turn(
    steps: Sequence[Step], view: ComplaintView, done: Collection[EventKind]
) -> Iterator[tuple[str, IllegalStep]]:
    stage = view.stage
    for step in steps:
        if step.kind in done:
            continue
        if stage not in STEPS[step.kind]:
            yield step.field, IllegalStep(stage, step.kind)
        else:
            stage = STEPS[step.kind][stage]


def _barred(steps: Sequence[Step], view: ComplaintView, agent: Agent) -> Iterator[tuple[str, Concerned]]:
    """Who is said to be whom it is about does not look into it; and whoever says so of themself does nothing more."""
    number = view.ticket.number
    about = next((step.person.id for step in steps if isinstance(step, NameAbout) and step.person), None)
    for step in steps:
        if isinstance(step, NameInvestigator):
            if step.person.id == about:
                yield step.field, Concerned(number, step.person.name, "investigate")
        elif agent.id == about and not isinstance(step, NameAbout):
            yield step.field, Concerned(number, agent.name, HANDLE)


def _about(form: Mapping[str, Any], view: ComplaintView) -> Step | None:
    chosen, shown = filled(form, "about"), metadata_of(form).get("about", "")
    if chosen in ("", shown):
        return None
    person = None if chosen == NOBODY else _person(form, "about", view)
    return NameAbout(person=person)


def _investigator(form: Mapping[str, Any], view: ComplaintView) -> Step | None:
    """Whom somebody has named since the form was opened stays: who reads the form does not know of them."""
    chosen, shown = filled(form, "investigator"), metadata_of(form).get("investigator", "")
    if chosen in ("", shown):
        return None
    person = _person(form, "investigator", view)
    named_id = view.complaint.investigator_id if view.complaint else None
    named = view.agents.get(named_id) if named_id else None
    if named is None or str(named.id) == shown:
        return NameInvestigator(person=person)
    if named.id != person.id:
        raise Unfit("investigator", Objection.INVESTIGATED, agent=named.name)
    return None


def _answer(form: Mapping[str, Any]) -> Step | None:
    note = filled(form, "note")
    if not filled(form, "answer"):
        _check_empty(note, "answer")
        return None
    answer = _chosen(Answer, form, "answer")
    is_told = answer in (Answer.ACCEPTED, Answer.DECLINED)
    return RecordAnswer(
        answer=answer, note=clean_reason(note) if is_told else _at("note", check_reason, note)
    )


def _proposal(form: Mapping[str, Any], check: Callable[[str], Sequence[Offence]]) -> Step | None:
    text, insist = filled(form, "proposal"), filled(form, "insist").strip()
    if not text.strip() and not insist:
        return None
    text = _at("proposal", check_text, text)
    if not insist and (offences := check(text)):
        raise Held(offences)
    return Propose(text=text, insists=Insistence(reason=insist) if insist else None)


def _cause(form: Mapping[str, Any]) -> Step | None:
    finding = filled(form, "finding")
    if not filled(form, "cause"):
        _check_empty(finding, "cause")
        return None
    return FindCause(cause=_chosen(RootCause, form, "cause"), finding=_at("finding", check_text, finding))


def _action(form: Mapping[str, Any], view: ComplaintView, today: date) -> Step | None:
    measure, owner, due = (filled(form, field) for field in ("measure", "owner", "due"))
    if not (measure.strip() or owner or due):
        return None
    text = _at("measure", check_text, measure)
    if not owner:
        raise Unfit("owner", Objection.NO_CHOICE)
    if not due:
        raise Unfit("due", Objection.NO_CHOICE)
    day = date.fromisoformat(due)
    if day < today:
        raise Unfit("due", Objection.PAST_DAY, day=day)
    return AddAction(text=text, owner=_person(form, "owner", view), due=day)


def _person(form: Mapping[str, Any], field: str, view: ComplaintView) -> Agent:
    agent_id = uuid_of(filled(form, field))
    found = view.agents.get(agent_id) if agent_id else None
    if found is None:
        raise Unfit(field, Objection.NO_PERSON)
    return found


def _chosen(choice: type[Choice], form: Mapping[str, Any], field: str) -> Choice:
    try:
        return choice(filled(form, field))
    except ValueError as error:
        raise Unfit(field, Objection.NO_CHOICE) from error


def _check_empty(note: str, field: str) -> None:
    """Raises `Unfit`: what was written about a choice that was not made would be lost."""
    if note.strip():
        raise Unfit(field, Objection.NO_CHOICE)


def _at(field: str, check: Callable[[str], str], text: str) -> str:
    """The text as it is kept. Raises `Unfit` for the field."""
    try:
        return check(text)
    except Unfit as error:
        raise Unfit(field, error.objection, **error.facts) from error

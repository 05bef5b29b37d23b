"""The forms of a complaint's procedure: what can be done in it now, and its follow-up visit. Pure.

What is filled in is read in `handoff.desk.complaint_steps`.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

from handoff.agents import Agent
from handoff.complaints.life import ANSWERED, Answer, Outcome, RootCause, Stage, may
from handoff.complaints.views import ComplaintView
from handoff.desk.blocks import LINE, NAME, WHOLE, Block, context, line, plain, section
from handoff.desk.complaint_steps import NOBODY, named_in
from handoff.desk.fields import (
    CHOICES,
    LONGEST,
    View,
    about_ticket,
    ask,
    modal,
    option,
    text_field,
)
from handoff.life import EventKind
from handoff.wording.explaining import word_missing
from handoff.wording.reader import Reader
from handoff.wording.tickets import Option, Sheet
from handoff.work import MAX_REASON

QUOTED = 600  # characters that are shown of a proposal
ACTIONS = 5  # corrective actions that are shown


def complaint(view: ComplaintView, sheet: Sheet, agent: Agent, reader: Reader) -> View:
    """What this agent can do in the complaint now, and what it still lacks.

    Who is to investigate is named in it, so that all that follows may be filled in at once.
    """
    t, asked = reader.t, _Asked(view, sheet, agent, reader)
    blocks = [
        *_needs(view, reader),
        *_known(view, reader),
        *asked.investigator(),
        *asked.about(),
        *asked.answer(),
        *asked.proposal(),
        *asked.cause(),
        *asked.action(),
    ]
    about = about_ticket(view.ticket.id) | named_in(view)
    return modal("complaint", t("complaint_handle"), blocks, about, reader, submit=t("complaint_save"))


def visit(view: ComplaintView, reader: Reader) -> View:
    """What the customer says when all is done."""
    t = reader.t
    outcome = _chooser([option(each, t(f"outcome_{each}")) for each in Outcome])
    note = text_field(most=MAX_REASON, is_long=True, hint=t("complaint_visit_note"))
    blocks = [
        *_known(view, reader),
        ask("outcome", t("complaint_visit_outcome"), outcome),
        ask("reason", t("complaint_visit_note"), note, hint=t("complaint_visit_note_hint"), optional=True),
    ]
    about = about_ticket(view.ticket.id)
    return modal("visit", t("complaint_visit"), blocks, about, reader, submit=t("complaint_record_visit"))


class _Asked:
    """The fields of a complaint's form: none of what is there already, or is not to be done now."""

    def __init__(self, view: ComplaintView, sheet: Sheet, agent: Agent, reader: Reader) -> None:
        self._view = view
        self._sheet = sheet
        self._agent = agent
        self._t = reader.t
        self._is_new = view.stage is Stage.ACCEPTED
        self._about = view.complaint.about_id if view.complaint else None
        self._investigator = view.complaint.investigator_id if view.complaint else None
        self._people = [Option(value=str(agent.id), label=agent.name), *sheet.colleagues]

    def investigator(self) -> Iterator[Block]:
        if may(self._view.stage, EventKind.INVESTIGATES):
            initial = str(self._investigator or self._agent.id)
            people = [each for each in self._people if each.value != str(self._about)]
            people.sort(key=lambda each: each.value != initial)
            hint = self._t("complaint_again_hint") if self._view.stage is Stage.FED_BACK else ""
            yield self._choice("investigator", "complaint_investigator", people, initial=initial, hint=hint)

    def about(self) -> Iterator[Block]:
        t, agents = self._t, self._view.agents
        served = [each for key in self._view.suggested if (each := agents.get(key))]
        labels = {each.id: t("complaint_served_before", agent=each.name) for each in served}
        labels |= {each.id: each.name for each in agents.values() if each.id not in labels}
        people = [
            Option(value=str(key), label=label) for key, label in labels.items() if key != self._investigator
        ]
        initial = str(self._about or "")
        if initial:
            people.sort(key=lambda each: each.value != initial)
            people.insert(1, Option(value=NOBODY, label=t("complaint_nobody")))
        if people:
            hint = t("complaint_about_hint")
            yield self._choice("about", "complaint_about", people, initial=initial, hint=hint)

    def answer(self) -> Iterator[Block]:
        t = self._t
        legal = [each for each in Answer if may(self._view.stage, ANSWERED[each])]
        if legal:
            options = [Option(value=each, label=t(f"answer_{each}")) for each in legal]
            yield self._choice("answer", "complaint_answer", options)
            yield self._text("note", "complaint_answer_note", most=MAX_REASON)

    def proposal(self) -> Iterator[Block]:
        t = self._t
        is_theirs = self._agent.id in (self._view.ticket.assignee_id, self._investigator)
        if self._can(EventKind.PROPOSED) and (is_theirs or self._is_new):
            hint = t(self._sheet.told("complaint_proposal_hint"))
            placeholder = t("complaint_proposal_placeholder")
            yield self._text("proposal", "complaint_proposal", hint=hint, placeholder=placeholder)
            yield self._text("insist", "complaint_insist", most=MAX_REASON)

    def cause(self) -> Iterator[Block]:
        t = self._t
        if self._can(EventKind.FOUND_CAUSE) and not (self._view.complaint and self._view.complaint.cause):
            options = [Option(value=each, label=t(f"cause_{each}")) for each in RootCause]
            yield self._choice("cause", "complaint_cause", options)
            yield self._text("finding", "complaint_finding")

    def action(self) -> Iterator[Block]:
        if self._can(EventKind.ACTION_SET):
            yield self._text("measure", "action_text")
            yield self._choice("owner", "action_owner", self._people)
            yield ask("due", self._t("action_due"), {"type": "datepicker"}, optional=True)

    def _can(self, kind: EventKind) -> bool:
        """Legal now, or once the investigator of this form is named."""
        return may(Stage.INVESTIGATING if self._is_new else self._view.stage, kind)

    def _choice(
        self, field: str, label: str, options: Sequence[Option], *, initial: str = "", hint: str = ""
    ) -> Block:
        cut = self._t("colleagues_cut", count=CHOICES) if len(options) > CHOICES else ""
        made = [option(each.value, each.label) for each in options[:CHOICES]]
        chooser = _chooser(made, initial=initial)
        return ask(field, self._t(label), chooser, hint="\n".join(filter(None, (hint, cut))), optional=True)

    def _text(
        self, field: str, label: str, *, most: int = LONGEST, hint: str = "", placeholder: str = ""
    ) -> Block:
        element = text_field(most=most, is_long=True, hint=placeholder)
        return ask(field, self._t(label), element, hint=hint, optional=True)


def _chooser(options: Sequence[Block], *, initial: str = "") -> Block:
    chosen = [each for each in options if each["value"] == initial]
    return {
        "type": "static_select",
        "options": list(options),
        **({"initial_option": chosen[0]} if chosen else {}),
    }


def _needs(view: ComplaintView, reader: Reader) -> Iterator[Block]:
    """Where it stands, and what it lacks."""
    t = reader.t
    if view.stage:
        stage = t("labelled", label=t("complaint_stage"), text=t.named("stage", view.stage))
        yield context(plain(stage, WHOLE))
    if view.missing:
        yield section(plain(t("complaint_needs", missing=word_missing(reader, view.missing)), WHOLE))
    else:
        yield section(plain(t("complaint_complete"), WHOLE))


def _known(view: ComplaintView, reader: Reader) -> Iterator[Block]:
    """What is on record of it, so that nobody has to look elsewhere."""
    t, found = reader.t, view.complaint
    if found is None:
        return
    facts = [
        ("complaint_about", _name(view, found.about_id)),
        ("complaint_investigator", _name(view, found.investigator_id)),
        ("complaint_proposal", line(found.proposal, QUOTED)),
        ("complaint_answer", t(f"answer_{found.answer}") if found.answer else ""),
        ("complaint_cause", _joined(t(f"cause_{found.cause}") if found.cause else "", found.finding)),
        *(("actions", each) for each in _actions(view, reader)),
    ]
    told = [t("labelled", label=t(label), text=text) for label, text in facts if text]
    if told:
        yield context(plain("\n".join(told), WHOLE))


def _actions(view: ComplaintView, reader: Reader) -> Iterator[str]:
    for each in view.actions[:ACTIONS]:
        last_day = each.due_at.astimezone(reader.zone) - timedelta(seconds=1)
        owner = _name(view, each.owner_id) or reader.t("a_colleague")
        yield _joined(line(each.text, LINE), reader.t("action_line", owner=owner, due=f"{last_day:%Y-%m-%d}"))


def _name(view: ComplaintView, agent_id: UUID | None) -> str:
    agent = view.agents.get(agent_id) if agent_id else None
    return line(agent.name, NAME) if agent else ""


def _joined(*parts: str) -> str:
    return " · ".join(line(part, LINE) for part in parts if part)

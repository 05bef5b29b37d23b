"""The forms of complaints, and their cards: that Slack takes them, whatever stands in them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core.ids import new_id
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from handoff.agents import Agent
from handoff.complaints.action_life import ActionState
from handoff.complaints.checks import Missing
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.facts import replay_complaints
from handoff.complaints.life import Answer, RootCause, Stage
from handoff.complaints.records import Complaint
from handoff.complaints.views import ComplaintView
from handoff.desk.cards import card
from handoff.desk.complaint_forms import complaint, visit
from handoff.desk.complaint_steps import AddAction, NameAbout, NameInvestigator, Plan, plan
from handoff.desk.fields import View, ticket_of
from handoff.desk.procedure import procedure_of
from handoff.guard import Offence
from handoff.kinds import Reason
from handoff.life import EventKind
from tests.slack.blocks import buttons, check_modal, fields, marked, strings
from tests.slack.cases import (
    CHEN,
    HOSTILE,
    LIN,
    LONG_ZH,
    OPEN,
    Case,
    check_harmless,
    checked,
    person,
    reader,
    taken,
)

WORDS = [HOSTILE, LONG_ZH, "&" * 4_000, "\u202e\x00"]


def complained(case: Case | None = None) -> Case:
    """小林 has taken a complaint."""
    return taken(case or Case(reason=Reason.COMPLAINT))


def proposed(case: Case | None = None, *, text: str = "补发") -> Case:
    """陈工 looks into it, and the customer has a proposal."""
    case = complained(case).then(EventKind.INVESTIGATES, LIN, to=str(CHEN.id))
    return case.then(EventKind.PROPOSED, CHEN, message_id=str(new_id()), text=text)


def fed_back(case: Case | None = None, *, text: str = "没复核") -> Case:
    """The customer has accepted, and the cause is found."""
    case = proposed(case, text=text).then(EventKind.AGREED, how="button")
    return case.then(EventKind.FOUND_CAUSE, CHEN, cause="process", text=text)


def view_of(case: Case, *, actions: Sequence[str] = (), suggested: Sequence[Agent] = ()) -> ComplaintView:
    """What the desk reads of it."""
    ticket = case.view.ticket
    found = replay_complaints(case.events)
    set_actions = [
        CorrectiveAction(
            text=text, owner_id=case.people[0].id, due_at=OPEN + timedelta(days=9), state=ActionState.OPEN
        )
        for text in actions
    ]
    stage = Stage(ticket.stage) if ticket.stage else None
    return ComplaintView(
        ticket=ticket,
        complaint=Complaint(**vars(found[-1])) if found else None,
        stage=stage,
        missing=list(Missing) if stage is not Stage.FED_BACK else [],
        actions=set_actions,
        agents={each.id: each for each in case.people},
        handlers={LIN.id},
        suggested=[each.id for each in suggested],
        visit_from=OPEN + timedelta(days=3) if ticket.resolved_at else None,
    )


def form(case: Case, language: ReplyLanguage = "zh", *, agent: Agent = LIN, **more: Any) -> View:
    """The form that the agent is shown, which Slack takes."""
    read = reader(language)
    view = complaint(view_of(case, **more), case.sheet(read, agent), agent, read)
    return taken_by_slack(view)


def taken_by_slack(view: View) -> View:
    check_modal(view)
    for text in marked(view):
        check_harmless(text)
    return view


def labels(view: View, field: str) -> list[str]:
    return [each["text"]["text"] for each in fields(view)[field]["element"]["options"]]


def submitted(view: View, **typed: str) -> Mapping[str, Any]:
    """What Slack sends of a form that was filled in."""
    values = {}
    for name, block in fields(view).items():
        kind = block["element"]["type"]
        chosen = typed.get(name) or block["element"].get("initial_option", {}).get("value")
        state: dict[str, Any] = {"type": kind}
        if kind == "static_select":
            state["selected_option"] = {"value": chosen} if chosen else None
        else:
            state["selected_date" if kind == "datepicker" else "value"] = chosen
        values[name] = {name: state}
    return {**view, "id": "V1", "state": {"values": values}}


def test_the_agent_is_chosen_to_investigate_and_colleagues_follow() -> None:
    view = form(complained())
    chooser = fields(view)["investigator"]["element"]
    assert chooser["initial_option"]["value"] == str(LIN.id)
    assert labels(view, "investigator") == ["小林", "陈工 · 离线"]


def test_whom_it_is_about_is_not_offered_to_investigate() -> None:
    case = complained().then(EventKind.COMPLAINED_OF, LIN, to=str(CHEN.id))
    view = form(case)
    assert labels(view, "investigator") == ["小林"]
    assert labels(view, "about") == ["陈工", "不针对某个人", "小林"]
    assert fields(view)["about"]["element"]["initial_option"]["value"] == str(CHEN.id)
    assert "被投诉人：陈工" in "".join(strings(view))


def test_who_served_the_customer_before_is_named_first() -> None:
    view = form(complained(), suggested=[CHEN])
    assert labels(view, "about") == ["陈工（上次接待过这位顾客）", "小林"]


def test_who_investigates_is_not_whom_it_is_about() -> None:
    assert labels(form(proposed()), "about") == ["小林"]


@pytest.mark.parametrize(
    ("case", "agent", "asked"),
    [
        (
            complained,
            LIN,
            "investigator about answer note proposal insist cause finding measure owner due",
        ),
        (proposed, LIN, "about answer note proposal insist cause finding measure owner due"),
        (proposed, CHEN, "about answer note proposal insist cause finding measure owner due"),
        (proposed, person("路过"), "about answer note cause finding measure owner due"),
        (fed_back, LIN, "investigator about measure owner due"),
    ],
)
def test_a_form_asks_for_what_is_legal_and_not_there_yet(case: Any, agent: Agent, asked: str) -> None:
    view = form(case(), agent=agent)
    assert list(fields(view)) == asked.split()
    assert all(block["optional"] for block in fields(view).values())
    assert view["callback_id"] == "complaint" and ticket_of(view) is not None


def test_an_answer_is_one_that_can_be_recorded_now() -> None:
    assert labels(form(complained()), "answer") == ["撤回投诉", "联系不上"]
    assert labels(form(proposed()), "answer") == ["接受", "不接受", "撤回投诉", "联系不上"]


def test_what_is_on_record_is_read_in_the_form() -> None:
    told = "\n".join(strings(form(fed_back(), actions=["加一道复核"])))
    for part in (
        "该有的都有了",
        "调查人：陈工",
        "处理方案：没复核",
        "顾客答复：接受",
        "根本原因：流程 · 没复核",
    ):
        assert part in told
    assert "整改措施：加一道复核 · 小林 · 2026-12-02 前" in told


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("story", [complained, proposed, fed_back])
def test_the_longest_forms_and_cards_are_taken_by_slack(
    language: ReplyLanguage, text: str, story: Any
) -> None:
    people = [LIN, CHEN, *(person(f"坐席{text[:80]}{number}") for number in range(150))]
    kinds = {proposed: {"text": text}, fed_back: {"text": text}}.get(story, {})
    case = story(
        Case(reason=Reason.COMPLAINT, people=people, asked=[LONG_ZH[:300]] * 5, customer=text), **kinds
    )
    more: dict[str, Any] = {"actions": [text] * 30, "suggested": people[2:5]}
    view = form(case, language, **more)
    assert {"zh": "只列出前 100 位", "en": "Only the first 100"}[language] in "".join(strings(view))
    read = reader(language)
    complained_of = view_of(case, **more)
    taken_by_slack(visit(complained_of, read))
    procedure = procedure_of(complained_of, read)
    checked(card(case.sheet(read), read, procedure))
    many = case.then(EventKind.RESOLVED, LIN)
    visited = replace(view_of(many, **more), visit_from=OPEN)
    checked(card(many.sheet(read), read, procedure_of(visited, read)))


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_the_visit_asks_for_an_outcome_and_a_note_that_need_not_be(language: ReplyLanguage) -> None:
    view = taken_by_slack(visit(view_of(fed_back()), reader(language)))
    assert {name: block["optional"] for name, block in fields(view).items()} == {
        "outcome": False,
        "reason": True,
    }
    assert len(labels(view, "outcome")) == 3


def test_a_card_offers_what_comes_next() -> None:
    def natural(case: Case, **more: Any) -> tuple[str, set[str]]:
        read = reader()
        post = checked(card(case.sheet(read), read, procedure_of(view_of(case, **more), read)))
        found = buttons(post.blocks)
        (primary,) = [name for name, each in found.items() if each.get("style") == "primary"]
        return primary, found.keys() & {"complaint", "visit", "resolve", "confirm", "reopen"}

    assert natural(Case(reason=Reason.COMPLAINT)) == ("take", set())
    assert natural(proposed()) == ("complaint", {"complaint", "resolve"})
    assert natural(fed_back(), actions=["加复核"]) == ("resolve", {"complaint", "resolve"})
    resolved = fed_back().then(EventKind.RESOLVED, LIN)
    assert natural(resolved) == ("visit", {"visit", "reopen"})
    visited = resolved.then(EventKind.VISITED, CHEN, outcome="satisfied")
    assert natural(visited) == ("confirm", {"confirm", "reopen"})


def clean(text: str) -> Sequence[Offence]:
    return []


def test_a_plan_is_in_the_forms_order() -> None:
    case = complained()
    view = form(case)
    typed = {"cause": RootCause.PEOPLE, "finding": "答非所问", "measure": "培训", "owner": str(CHEN.id)}
    sent = submitted(view, **typed, due="2026-11-23", answer=Answer.WITHDRAWN, note="算了")
    made = plan(sent, view_of(case), LIN, done=(), check=clean, today=OPEN.date())
    assert [step.field for step in made.steps] == ["investigator", "answer", "cause", "measure"]
    assert made.steps[0] == NameInvestigator(person=LIN)
    assert made.steps[-1] == AddAction(text="培训", owner=CHEN, due=OPEN.date())


@pytest.mark.parametrize("field", ["investigator", "about", "owner"])
@pytest.mark.parametrize("value", ["somebody", str(UUID(int=7))])
def test_a_person_who_is_not_there_any_more_is_told(field: str, value: str) -> None:
    case = complained()
    values = {"measure": "培训", "owner": str(CHEN.id), "due": "2026-11-23", field: value}
    sent = submitted(form(case), **values)
    made = plan(sent, view_of(case), LIN, done=(), check=clean, today=OPEN.date())
    assert made.mistakes.keys() == {field} and not made.steps


def test_what_the_form_has_done_already_counts_as_done() -> None:
    case = complained()
    sent = submitted(form(case), proposal="补发")
    after = view_of(proposed(case).then(EventKind.AGREED, how="button"))
    values = dict.fromkeys(("investigator",), str(CHEN.id))
    again = submitted(form(complained()), proposal="补发", **values)
    assert plan(sent, after, LIN, done=(), check=clean, today=OPEN.date()).mistakes.keys() == {"investigator"}
    done = {EventKind.INVESTIGATES, EventKind.PROPOSED}
    assert not plan(again, after, LIN, done=done, check=clean, today=OPEN.date()).mistakes


def made_of(view: View, now: ComplaintView, **typed: str) -> Plan:
    return plan(submitted(view, **typed), now, LIN, done=(), check=clean, today=OPEN.date())


def test_another_investigator_is_named_only_where_another_is_chosen() -> None:
    others = [LIN, CHEN, person("老王")]
    case = complained(Case(reason=Reason.COMPLAINT, people=others))
    case.then(EventKind.INVESTIGATES, LIN, to=str(CHEN.id))
    view = form(case)
    assert fields(view)["investigator"]["element"]["initial_option"]["value"] == str(CHEN.id)
    assert made_of(view, view_of(case)).steps == []
    assert made_of(view, view_of(case), investigator=str(LIN.id)).steps == [NameInvestigator(person=LIN)]
    # Somebody else has meanwhile named another: who only saw 陈工 does not undo that.
    case.then(EventKind.INVESTIGATES, CHEN, to=str(others[2].id))
    assert made_of(view, view_of(case)).steps == []
    assert made_of(view, view_of(case), investigator=str(LIN.id)).mistakes.keys() == {"investigator"}
    assert made_of(view, view_of(case), investigator=str(others[2].id)).steps == []


def test_whom_it_is_about_can_be_changed_and_taken_back() -> None:
    others = [LIN, CHEN, person("老王")]
    case = complained(Case(reason=Reason.COMPLAINT, people=others))
    case.then(EventKind.COMPLAINED_OF, LIN, to=str(CHEN.id)).then(EventKind.INVESTIGATES, LIN, to=str(LIN.id))
    view = form(case)
    assert made_of(view, view_of(case)).steps == []
    assert made_of(view, view_of(case), about=str(others[2].id)).steps == [NameAbout(person=others[2])]
    assert made_of(view, view_of(case), about="nobody").steps == [NameAbout(person=None)]

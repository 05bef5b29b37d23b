"""Every text exists in both languages, is used, and asks for the same values."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from string import Formatter

import pytest

import console
import handoff.desk
import handoff.wording
from console.accounts import DONE
from console.knowledge.forms import ACTIONS, CHANNELS
from console.knowledge.listing import Order, Term
from console.knowledge.lists import FORMS as LIST_FORMS
from console.knowledge.shelf import Stand
from console.openid import Failure
from console.problems import FAULT, UNAVAILABLE, UNKNOWN, UNREADABLE
from console.settings.forms import PARTS as SETTINGS_PARTS
from console.texts import PARTS, TEXTS, PageTexts
from core.file_types import FileKind
from core.messages import Spoken
from handoff.accounts import AccountState
from handoff.adjusting.layers import PLAIN
from handoff.agents import Role
from handoff.alerts import AlertKind
from handoff.assignment import Refusal, Why
from handoff.contacts.checks import Then
from handoff.contacts.records import Result
from handoff.gaps.reads import View
from handoff.gaps.tables import Ended
from handoff.gaps.tables import Why as WhyGap
from handoff.kinds import IncidentClass, TicketKind
from handoff.life import EventKind, TicketState
from handoff.presence import Duty, Presence
from handoff.provider_people import Closed
from handoff.refusals import TOLD, Objection
from handoff.reporting.cells import Ending, Fate, Figure, Silence
from handoff.standards import Promise, Tier
from handoff.wording.texts import WORDS
from nlu.knowledge.banned import Family, Hold
from nlu.knowledge.check import Severity, Topic
from nlu.knowledge.drafts import LISTS
from nlu.knowledge.editing import EDITS

FOLDER = Path(console.__file__).parent
WORDING = Path(handoff.wording.__file__).parent
SLACK = Path(handoff.desk.__file__).parent
SOURCES = [
    *(path for folder in (FOLDER, WORDING, SLACK) for path in folder.glob("*.py")),
    *FOLDER.glob("knowledge/*.py"),
    *FOLDER.glob("reports/*.py"),
    *FOLDER.glob("settings/*.py"),
    *FOLDER.glob("templates/*.html"),
]
# Those of keys put together from a prefix and a name are found by their prefix.
PREFIXES = (
    *(
        "problem_",
        "reason_",
        "sent_title_",
        "sent_lead_",
        "channel_",
        "found_",
        "grade_",
        "language_",
        "kind_",
        "incident_",
        "author_",
        "amendment_",
        "event_",
        "delivery_",
        "state_",
        "spent_",
    ),
    *("promise_", "tier_", "due_", "left_", "why_", "refusal_", "refused_", "chain_"),
    *("presence_", "duty_", "alert_", "slack_note_"),
    *("spoken_", "logged_", "then_", "result_"),
    *("role_", "audit_what_", "account_is_", "account_done_", "openid_"),
    *("find_", "way_", "saved_done_", "complaint_tab_"),
    *(
        f"kb_{prefix}_"
        for prefix in (
            *("tab", "stand", "term", "order", "language", "channel", "action", "lists_hint", "person"),
            *("kind", "list", "severity", "topic", "figure"),
            *("hold", "family", "caught"),
        )
    ),
    *("stage_", "missing_", "answer_", "cause_", "action_state_", "outcome_", "actions_"),
    "file_kind_",
    *("tile_", "table_", "column_", "formula_", "fate_", "ending_", "course_", "decision_", "csat_", "vote_"),
    *("unit_", "list_of_", "report_", "alerts_"),
    *(
        f"settings_{prefix}_"
        for prefix in (
            "part",
            "about",
            "title",
            "language",
            "day",
            "field",
            "plan",
            "visit",
            "unit",
            "basis",
            "bad",
        )
    ),
    *("gaps_view_", "gaps_nothing_", "gaps_language_", "gap_why_", "gap_ended_", "gap_bad_"),
)
# Under which names texts are given what has been counted.
COUNTED = ("count", "total", "asked", "messages", "tickets", "wrong")
ALWAYS_SAY_WHY = {
    AlertKind.TRANSFER,
    AlertKind.RETURN,
    AlertKind.COMPLAINT,
    AlertKind.ACTION,
    AlertKind.SURVEY,
}
# What must have a text: the codes that pages put behind these prefixes.
CODES: Mapping[str, Iterable[str]] = {
    "problem": [
        f"{each.name}{part}" for each in (FAULT, UNAVAILABLE, UNKNOWN, UNREADABLE) for part in ("", "_title")
    ],
    "refused": Objection,
    "file_kind": FileKind,
    "event": EventKind,
    "promise": Promise,
    "tier": Tier,
    "why": [*Why, "had_it", "bounced", "given", "gone", "silent", "nobody_on_duty"],
    "refusal": set(Refusal) - {Refusal.NOT_A_MEMBER},  # goes without saying
    "kind_is": TicketKind,
    "role": Role,
    "account_is": AccountState,
    "account_done": DONE,
    "openid": [*Failure, *Closed, "declined", "stale"],
    "kb_stand": Stand,
    "kb_term": Term,
    "kb_order": Order,
    "kb_action": ACTIONS,
    "kb_channel": CHANNELS,
    "kb_severity": Severity,
    "kb_topic": [topic.name.lower() for topic in Topic],
    "kb_tab": [
        *LIST_FORMS,
        "entries",
        "replies",
        "banned",
        "golden",
        "try",
        "publish",
        "history",
        "transfer",
    ],
    "kb_lists_hint": LIST_FORMS,
    "kb_hold": Hold,
    "kb_family": Family,
    "kb_caught": ["reply", "answer", "golden"],
    "kb_list": LISTS,
    "audit_what": [
        *EDITS,
        "knowledge.publish",
        "knowledge.rollback",
        "golden.add",
        "golden.delete",
        *(f"user.{what}" for what in ("role", "change", "invite", "revoke", "accept", "password")),
        *(f"user.{what}" for what in ("sign_out", "deactivate", "reactivate", "openid")),
        *("settings.change", "settings.back"),
        *("gap.assign", "gap.entry", "gap.end", "gap.open", "gap.answered"),
    ],
    "settings_part": [*SETTINGS_PARTS, "overview"],
    "settings_about": SETTINGS_PARTS,
    "settings_field": [place.replace(".", "_") for place in PLAIN],
    "gaps_view": View,
    "gaps_nothing": View,
    "gap_why": WhyGap,
    "gap_bad": ["assignee", "due", "buttons"],
    "gap_ended": [*Ended, *(f"{each}_short" for each in Ended)],
    "incident_class": map(str, IncidentClass),
    "state_is": TicketState,
    "duty": Duty,
    "presence": Presence,
    "channel": Spoken,
    "then": set(Then) - {Then.QUEUE},
    "logged": {*set(Result) - {Result.TOLD}, "queued"},
    "result": Result,
    "spoken": [
        *("take_hint", "resolve_hint", "transfer_hint", "hand_back_to_queue", "reopen_hint"),
        *("complaint_proposal_hint", "complaint_propose", "complaint_propose_again"),
    ],
    "fate": Fate,
    "ending": Ending,
    "csat": Silence,
    "list_of": Figure,
    "alert": {
        *(set(AlertKind) - ALWAYS_SAY_WHY),  # which always say why
        *("survey_low_score", "survey_complaint"),
        *(
            f"complaint_{why}"
            for why in ("about_assignee", "investigate", "declined", "dissatisfied", "no_answer")
        ),
        "warning_call",
        *(f"action_{why}" for why in ("given", "near", "late", "very_late", "done", "failed")),
        *("offered", "declined", "handed_back", "given", "lapsed", "silent", "gone", "bounced"),
        "left_behind",
    },
}


@pytest.mark.parametrize("prefix", CODES)
def test_every_code_that_is_shown_has_a_text(prefix: str) -> None:
    assert [code for code in CODES[prefix] if f"{prefix}_{code}" not in TEXTS] == []


def test_a_refusal_asks_for_what_is_known_when_it_is_made() -> None:
    always = {"number", "agent"}  # of the ticket, and who has it
    for objection in Objection:
        assert fields(TEXTS[f"refused_{objection}"].zh) <= fields(TOLD[objection]) | always


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_something_with_the_same_values(key: str) -> None:
    text = TEXTS[key]
    assert text.zh.strip() and text.en.strip()
    assert fields(text.zh) == fields(text.en)


@pytest.mark.parametrize("key", sorted(TEXTS.keys() - WORDS.keys()))
def test_an_english_number_stands_where_it_needs_no_plural(key: str) -> None:
    """“Entries: 1”, not “1 entries”; limits, which never are one, may stand before what they count."""
    assert not re.search(rf"{{(?:{'|'.join(COUNTED)})}} (?:\w+ )?\w+s\b", TEXTS[key].en)


def test_every_text_is_used_and_every_used_text_exists() -> None:
    own = "".join(
        path.read_text()
        for path in SOURCES
        if path.name not in ("chat_page.py", "chat.html")
        and not path.name.endswith("texts.py")
        and path != FOLDER / "knowledge" / "words.py"
    )
    named = set(re.findall(r"""\b(?:t|texts|_texts|texts_for\(request\))\(\s*["'](\w+)["']""", own))
    whole = {key for key in named if not key.endswith("_")}  # the others are put together
    assert whole - TEXTS.keys() == set()
    mentioned = set(re.findall(r"""["'](\w+)["']""", own))
    assert {key for key in TEXTS if key not in mentioned and not key.startswith(PREFIXES)} == set()


def test_a_name_without_a_text_is_shown_as_it_is() -> None:
    assert PageTexts("en").named("channel", "telegram") == "Telegram"
    assert PageTexts("en").named("channel", "whatsapp") == "whatsapp"


def test_no_text_has_the_name_of_another() -> None:
    names = Counter(name for part in PARTS for name in part)
    assert [name for name, count in names.items() if count > 1] == []

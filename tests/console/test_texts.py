"""Every text exists in both languages, is used, and asks for the same values."""

import re
from pathlib import Path
from string import Formatter

import pytest

import console
from console.texts import TEXTS, Texts

FOLDER = Path(console.__file__).parent
SOURCES = [*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.html")]
# Those of keys put together from a prefix and a name are found by their prefix.
PREFIXES = (
    *("reason_", "channel_", "language_", "kind_", "author_", "event_", "delivery_", "state_", "spent_"),
    *("stage_", "missing_", "answer_", "cause_", "action_state_", "outcome_", "actions_"),
)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_something_with_the_same_values(key: str) -> None:
    text = TEXTS[key]
    assert text.zh.strip() and text.en.strip()
    assert fields(text.zh) == fields(text.en)


def test_every_text_is_used_and_every_used_text_exists() -> None:
    own = "".join(
        path.read_text()
        for path in SOURCES
        if path.name not in ("chat_page.py", "chat.html") and not path.name.endswith("texts.py")
    )
    named = set(re.findall(r"""\b(?:t|texts|_texts|texts_for\(request\))\(\s*["'](\w+)["']""", own))
    assert named - TEXTS.keys() == set()
    mentioned = set(re.findall(r"""["'](\w+)["']""", own))
    assert {key for key in TEXTS if key not in mentioned and not key.startswith(PREFIXES)} == set()


def test_a_name_without_a_text_is_shown_as_it_is() -> None:
    assert Texts("en").named("channel", "telegram") == "Telegram"
    assert Texts("en").named("channel", "whatsapp") == "whatsapp"

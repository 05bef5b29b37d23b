"""Every text that agents read of tickets, on whichever desk, in Chinese and English."""

from collections.abc import Mapping
from typing import ClassVar

from core.languages import ReplyLanguage
from handoff.wording.words.complaints import COMPLAINTS
from handoff.wording.words.contacts import CONTACTS
from handoff.wording.words.desk import DESK
from handoff.wording.words.past import PAST
from handoff.wording.words.refusals import REFUSALS
from handoff.wording.words.slack import SLACK
from handoff.wording.words.status import STATUS
from handoff.wording.words.suggesting import SUGGESTING
from handoff.wording.words.talking import TALKING
from handoff.wording.words.text import Text
from handoff.wording.words.tickets import TICKETS

WORDS: Mapping[str, Text] = {
    **COMPLAINTS,
    **CONTACTS,
    **DESK,
    **PAST,
    **REFUSALS,
    **SLACK,
    **STATUS,
    **SUGGESTING,
    **TALKING,
    **TICKETS,
}


class Texts:
    """The texts in one language: `texts("taken_by", agent=…, number=…)`."""

    texts: ClassVar[Mapping[str, Text]] = WORDS

    def __init__(self, language: ReplyLanguage) -> None:
        self.language: ReplyLanguage = language

    def __call__(self, key: str, **values: object) -> str:
        text = self.texts[key]
        return (text.zh if self.language == "zh" else text.en).format(**values)

    def __contains__(self, key: str) -> bool:
        return key in self.texts

    def named(self, prefix: str, name: str) -> str:
        """The text `prefix_name` where there is one, or the bare name (e.g. of a channel added later)."""
        key = f"{prefix}_{name}"
        return self(key) if key in self else name

"""The language guard (服务忌语): what must not be said to customers, and how to say it better. Pure.

Texts are compared without case, script, spaces and punctuation, so that none of these hides a phrase. What stands in
quotation marks, or in a line that begins with ">", is the customer's own words and is left out.
"""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from core.languages import REPLY_LANGUAGES, ReplyLanguage
from core.yaml_files import read_yaml
from nlu.knowledge.banned import BannedPhrases, Family, Hold, is_chinese
from nlu.normalise import bare, normalise

SHIPPED = Path(__file__).parent / "banned_phrases.yml"

_QUOTED = re.compile(r'“[^“”]*”|「[^「」]*」|『[^『』]*』|«[^«»]*»|"[^"\n]*"|^\s*[>＞].*$', re.MULTILINE)
_TOKEN = re.compile(r"[a-z0-9]+|[\u3400-\u4dbf\u4e00-\u9fff]")
_SPELT = re.compile(r"(?<![^ ])(?:[a-z] ){3,}[a-z](?![^ ])")  # s h u t u p


class Level(StrEnum):
    """What happens to a text with such a phrase in it."""

    WARN = "warn"  # it is sent when the agent insists
    BLOCK = "block"  # it is sent when the agent gives a reason


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Phrases that are as bad for the same reason."""

    family: Family
    level: Level
    phrases: Sequence[str]
    better: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Offence:
    """A phrase that was found, and its rule."""

    phrase: str
    rule: Rule


class Guard:
    """Finds banned phrases in texts, in whichever language they are."""

    def __init__(self, rules: Mapping[ReplyLanguage, Sequence[Rule]]) -> None:
        self._words: list[tuple[str, str, Rule]] = []
        self._runs: list[tuple[str, str, Rule]] = []
        for language in rules:
            for rule in rules[language]:
                for phrase in rule.phrases:
                    self._add(phrase, rule)

    def _add(self, phrase: str, rule: Rule) -> None:
        known = self._runs if is_chinese(phrase) else self._words
        known.append((_key(phrase), phrase, rule))

    def check(self, text: str) -> list[Offence]:
        """The offences in what an agent is about to send, blocking ones first, each rule once."""
        said = _QUOTED.sub(" ", text)
        words, run = f" {_words(said)} ", _run(said)
        found = [(phrase, rule) for known, phrase, rule in self._words if known in words]
        found += [(phrase, rule) for known, phrase, rule in self._runs if known in run]
        by_rule = {id(rule): Offence(phrase=phrase, rule=rule) for phrase, rule in reversed(found)}
        return sorted(reversed(by_rule.values()), key=lambda each: each.rule.level is not Level.BLOCK)

    async def now(self) -> "Guard":
        """What counts now: this one always, where `handoff.live_guard` follows what is published."""
        return self

    def phrases(self) -> list[tuple[str, Rule]]:
        """All that it knows, with their rules."""
        return [(phrase, rule) for _, phrase, rule in (*self._runs, *self._words)]

    def find(self, phrase: str) -> Rule | None:
        """The rule of exactly this phrase, however it is written."""
        wanted = _key(phrase)
        return next((rule for key, _, rule in (*self._runs, *self._words) if key == wanted), None)

    def with_changes(self, changes: Iterable[BannedPhrases]) -> "Guard":
        """This one with a shop's own phrases. Of a phrase that both have only the shop's rule counts, or none if it is off."""
        changes = list(changes)
        if not changes:
            return self
        taken = {_key(phrase) for each in changes for phrase in each.phrases}
        made = Guard({})
        made._words = [each for each in self._words if each[0] not in taken]
        made._runs = [each for each in self._runs if each[0] not in taken]
        for each in changes:
            if each.hold is not Hold.OFF and each.family is not None:
                rule = Rule(
                    family=each.family,
                    level=Level(each.hold),
                    phrases=each.phrases,
                    better=each.better,
                    why=each.why,
                )
                for phrase in each.phrases:
                    made._add(phrase, rule)
        return made


@functools.cache
def load_guard(path: Path = SHIPPED) -> Guard:
    """From a file of banned phrases by language, read once. Raises `ConfigError`, which names the line."""
    document = read_yaml(path)
    file = document.parse(_File)
    rules: dict[ReplyLanguage, list[Rule]] = {}
    for language in REPLY_LANGUAGES:
        models: list[_Rule] = getattr(file, language)
        for number, model in enumerate(models):
            for place, phrase in enumerate(model.phrases):
                if not bare(normalise(phrase)):
                    where = (language, number, "phrases", place)
                    raise document.error(
                        where, f"{phrase!r} has no letter in it", "Write the words themselves"
                    )
        rules[language] = [Rule(**model.model_dump()) for model in models]
    guard = Guard(rules)
    for language in REPLY_LANGUAGES:
        for number, rule in enumerate(rules[language]):
            if offences := guard.check(rule.better):
                problem = f"{offences[0].phrase!r} is banned itself"
                raise document.error(
                    (language, number, "better"), problem, "Write a wording that may be sent"
                )
    return guard


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")

    family: Family
    level: Level
    phrases: list[str] = Field(min_length=1)
    better: str = Field(min_length=1)
    why: str = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    zh: list[_Rule] = []
    en: list[_Rule] = []


def _words(text: str) -> str:
    """The words, one space between; a word that is spelt out counts as written."""
    plain = normalise(text).replace("'", "")
    return _SPELT.sub(lambda spelt: spelt[0].replace(" ", ""), " ".join(_TOKEN.findall(plain)))


def _run(text: str) -> str:
    return bare(
        normalise(bare(text))
    )  # bare first: what a character is simplified to depends on its neighbours


def _key(phrase: str) -> str:
    """As it is looked for."""
    return _run(phrase) if is_chinese(phrase) else f" {_words(phrase)} "

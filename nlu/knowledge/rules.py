"""Rules for the files of a knowledge base that the shape of each part cannot tell."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from core.languages import REPLY_LANGUAGES
from nlu.knowledge.banned import find_banned_faults
from nlu.knowledge.entries import HUMAN
from nlu.knowledge.schema import KINDS, ActionModel, CannedReplyModel, EntryModel, FileModel, WordModel
from nlu.knowledge.variables import find_problems
from nlu.normalise import bare, normalise

Location = tuple[int | str, ...]

LONGEST_REPLY = 2_000  # characters of a canned reply; there has to be room for what is added to it


@dataclass(frozen=True)
class Fault:
    """A broken rule: in which of the files, where in it, what is wrong, and how to mend it."""

    file: int
    location: Location
    problem: str
    mend: str


def find_faults(
    files: Sequence[FileModel],
    where: Callable[[int, Location], str],
    *,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Fault]:
    """Every rule that is broken. `where` spells a place; `elsewhere` has the places of ids that are not given."""
    known = {HUMAN, *elsewhere, *(entry.id for file in files for entry in file.entries)}
    ids: dict[str, tuple[int, Location]] = {}
    words: dict[str, tuple[int, Location]] = {}
    replies: dict[str, tuple[int, Location]] = {}
    held: dict[str, tuple[int, Location]] = {}
    phrases: dict[str, tuple[int, Location]] = {}
    for number, file in enumerate(files):
        for index, entry in enumerate(file.entries):
            at: Location = ("entries", index)
            if entry.id in ids or entry.id in elsewhere:
                place = where(*ids[entry.id]) if entry.id in ids else elsewhere[entry.id]
                problem = f"the id {entry.id!r} is already used in {place}"
                yield Fault(number, (*at, "id"), problem, "Rename one of the two")
            ids.setdefault(entry.id, (number, (*at, "id")))
            for location, problem, mend in _entry_faults(entry, known):
                yield Fault(number, (*at, *location), problem, mend)
        for index, group in enumerate(file.synonyms):
            if len(group) < 2:
                yield Fault(number, ("synonyms", index), "a group has two words or more", "Add one")
            for position, word in enumerate(group):
                here = (number, ("synonyms", index, position))
                first = words.setdefault(normalise(word), here)
                if first != here:
                    problem = f"the word {word!r} already stands in {where(*first)}"
                    yield Fault(*here, problem, "Keep one of the two, or join the groups")
        for index, reply in enumerate(file.replies):
            spot = (number, ("replies", index, "id"))
            if replies.setdefault(reply.id, spot) != spot:
                problem = f"the id {reply.id!r} is already used in {where(*replies[reply.id])}"
                yield Fault(*spot, problem, "Rename one of the two")
            for location, problem, mend in _reply_faults(reply):
                yield Fault(number, ("replies", index, *location), problem, mend)
        for index, banned in enumerate(file.banned):
            spot = (number, ("banned", index, "id"))
            if held.setdefault(banned.id, spot) != spot:
                problem = f"the id {banned.id!r} is already used in {where(*held[banned.id])}"
                yield Fault(*spot, problem, "Rename one of the two")
            for location, problem, mend in find_banned_faults(vars(banned)):
                yield Fault(number, ("banned", index, *location), problem, mend)
            for position, phrase in enumerate(banned.phrases):
                there = (number, ("banned", index, "phrases", position))
                earlier = phrases.setdefault(bare(normalise(phrase)), there)
                if earlier != there:
                    problem = f"the phrase {phrase!r} already stands in {where(*earlier)}"
                    yield Fault(*there, problem, "Keep one of the two")


def _entry_faults(entry: EntryModel, known: Collection[str]) -> Iterator[tuple[Location, str, str]]:
    if entry.id == HUMAN:
        yield ("id",), f"the id {entry.id!r} is taken: as a button it means a person", "Use another"
    for part in ("title", "phrasings", "answers"):
        for language in REPLY_LANGUAGES:
            if not getattr(entry, part).get(language):
                noun = part.removesuffix("s")
                yield (part, language), f"{entry.id!r} has no {noun} in {language!r}", "Add at least one"
    for channel, wording in entry.answers_on.items():
        if not wording:
            yield ("answers_on", channel), "there is no text", "Add one, in zh or en, or delete the channel"
    for index, button in enumerate(entry.buttons):
        if button not in known:
            yield ("buttons", index), f"there is no entry {button!r}", "Use the id of an entry, or 'human'"
        elif button == entry.id or button in entry.buttons[:index]:
            problem = f"the button {button!r} leads nowhere new"
            yield ("buttons", index), problem, "Delete it: it is the entry itself, or already there"
    for index, attachment in enumerate(entry.attachments):
        if not _is_https(attachment.url):
            mend = "Use an address that begins with https:// and has no spaces"
            yield ("attachments", index, "url"), f"{attachment.url!r} is not an https address", mend
    yield from _action_faults(entry.action)
    if entry.valid_from and entry.valid_until and entry.valid_until < entry.valid_from:
        yield ("valid_until",), f"{entry.valid_until} is before valid_from", "Swap them"


def _reply_faults(reply: CannedReplyModel) -> Iterator[tuple[Location, str, str]]:
    for part in ("title", "text"):
        for language in REPLY_LANGUAGES:
            if not getattr(reply, part).get(language):
                yield (part, language), f"{reply.id!r} has no {part} in {language!r}", "Add it"
    for language, text in reply.text.items():
        if len(text) > LONGEST_REPLY:
            problem = f"{len(text):,} characters are more than a canned reply may have ({LONGEST_REPLY:,})"
            yield ("text", language), problem, "Make two of it"
        for problem, mend in find_problems(text):
            yield ("text", language), problem, mend
    for index, queue in enumerate(reply.queues):
        if queue in reply.queues[:index]:
            yield ("queues", index), f"the queue {queue!r} is already there", "Delete one of the two"


def _action_faults(action: ActionModel) -> Iterator[tuple[Location, str, str]]:
    if not isinstance(action, WordModel) and (action.handoff is None) == (action.collect is None):
        yield ("action",), "an action is either 'handoff' or 'collect'", "Keep one"
    if action.collect is None:
        return
    at: Location = ("action", "collect", "fields")
    fields = action.collect.fields
    if not fields:
        yield at, "there is no field to collect", "Add one, or use 'handoff'"
    for index, field in enumerate(fields):
        if field.name in (other.name for other in fields[:index]):
            yield (*at, index, "name"), f"there are two fields {field.name!r}", "Rename one"
        for part, wording in (("ask", field.ask), ("hint", field.hint)):
            for language in REPLY_LANGUAGES:
                if language not in wording:
                    yield (*at, index, part, language), f"there is no {part} in {language!r}", "Add it"
        try:
            re.compile(KINDS.get(field.pattern, field.pattern))
        except (re.error, OverflowError, RecursionError) as error:
            problem = f"{field.pattern!r} is neither a kind nor a regular expression ({error})"
            yield (*at, index, "pattern"), problem, f"Use one of {', '.join(KINDS)}, or mend it"


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and parts.port != 0 and " " not in url
    except ValueError:  # a port that is none, an unfinished [
        return False

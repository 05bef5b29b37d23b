"""Collecting fields before a person gets to work: is a reply what the field needs, and what comes next. Pure."""

import re
import unicodedata
from dataclasses import replace

from bot.decisions import Ask, Clarify, Decision, Entries, Handoff, Heard
from bot.phrases import is_cancel, is_unknown
from bot.state import Asking, Cause
from core.messages import Kind
from handoff.kinds import Reason
from nlu.knowledge.entries import Collect, Field

LONGEST = 200  # characters of a reply that are matched: a pattern must not be made to run for ever
TRIES = 2  # wrong replies after which it goes on without the field

_ANYTHING = "☃ ?"  # what only a pattern that takes any text matches
_TOKEN = re.compile(r"[!-~]+")
_EDGES = ".,:;!?\"'()[]<>"


def read_field(field: Field, text: str) -> str | None:
    """What the reply gives for the field; None if it does not match.

    The whole reply must match, or one word among others: "my order number is QH20261122".
    """
    reply = text.strip()[:LONGEST]
    plain = unicodedata.normalize("NFKC", reply)
    whole = next((each for each in (reply, plain) if re.fullmatch(field.pattern, each)), None)
    if whole is not None:
        return whole
    words = dict.fromkeys(word.strip(_EDGES) for word in _TOKEN.findall(plain))
    matching = [word for word in words if word and re.fullmatch(field.pattern, word)]
    return matching[0] if len(matching) == 1 else None


def takes_anything(field: Field) -> bool:
    """Whether any text will do, so that "no idea" and questions must be told apart from values."""
    return re.fullmatch(field.pattern, _ANYTHING) is not None


def form_of(asking: Asking | None, entries: Entries) -> Collect | None:
    """What is being collected; None when nothing is, or its entry is gone or was changed meanwhile."""
    entry = entries.get(asking.entry) if asking else None
    if asking is None or entry is None or not isinstance(entry.action, Collect):
        return None
    return entry.action if asking.field < len(entry.action.fields) else None


def is_value(asking: Asking, text: str, entries: Entries) -> bool:
    """Whether the text is what the field needs."""
    form = form_of(asking, entries)
    return form is not None and read_field(form.fields[asking.field], text) is not None


def take_reply(asking: Asking, heard: Heard, entries: Entries, *, is_skip: bool) -> Decision:
    """What to do with a reply to the field that was asked for."""
    form = form_of(asking, entries)
    if form is None:
        raise ValueError(f"nothing is collected for {asking.entry}")
    if heard.only_language:
        return Ask(asking=asking, cause=Cause.LANGUAGE)
    if is_skip:
        return _go_on(asking, form, None, Cause.SKIPPED)
    field = form.fields[asking.field]
    is_reply = heard.kind is not Kind.PRESS and bool(heard.text.strip())
    value = read_field(field, heard.text) if is_reply else None
    if value is None or takes_anything(field):
        if is_cancel(heard.text):
            return Clarify(cause=Cause.CANCELLED)
        if is_unknown(heard.text):
            return _go_on(asking, form, None, Cause.SKIPPED)
    if value is not None:
        return _go_on(asking, form, value, Cause.NEXT)
    if asking.tries + 1 >= TRIES:
        return _go_on(asking, form, None, Cause.SKIPPED)
    return Ask(asking=replace(asking, tries=asking.tries + 1), cause=Cause.WRONG)


def _go_on(asking: Asking, form: Collect, value: str | None, cause: Cause) -> Decision:
    """The next field, or a person when all has been asked; the value is kept, where there is one."""
    values = dict(asking.values or {})
    if value is not None:
        values[form.fields[asking.field].name] = value
    following = Asking(entry=asking.entry, field=asking.field + 1, values=values or None)
    if following.field < len(form.fields):
        return Ask(asking=following, cause=cause)
    return Handoff(reason=Reason.ENTRY, queue=form.queue, asking=following)

"""Slack's markup: as plain text for customers, and customers' texts such that Slack shows them as they are. Pure.

https://docs.slack.dev/messaging/formatting-message-text says what the sequences are. What counts as a mark is not
documented; it was measured by others: https://github.com/pocka/slack-message-parser/issues/34 (what may stand beside
a mark), https://github.com/yhatt/jsx-slack/blob/main/docs/about-escape-and-exact-mode.md (full-width marks, U+200B).
"""

import re
import unicodedata
from collections.abc import Mapping

import emoji

# Slack has no escape for its marks. It takes a character for one by its neighbours: outside a space or certain
# punctuation, inside no space. A word joiner on both sides is none of that punctuation; were it taken for a space, it
# would be one inside as well. The usual zero-width space will not do: Slack takes it for punctuation.
JOINER = "\u2060"

_HELD = "\ufffc"  # stands for a token while the text around it is read
_SPACED = r"[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"  # of scripts that put spaces between words
_URL = r'https?://(?:(?!@(?:channel|everyone|here)\b|[<>"`*|])[!-~])+'
_EMAIL = r"(?<![A-Za-z0-9._+-])[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
_TOKEN = re.compile(
    r"```(?P<block>(?:<[^<>]+>|[^<])+?)```"
    rf"|(?<!{_SPACED})(?<![`{JOINER}])`(?P<code>(?:<[^<>]+>|[^`<\n])+)`(?!{_SPACED}|`)"
    r"|<(?P<control>[^<>]+)>"
    r"|:(?P<emoji>[a-z0-9_+'-]+):(?::skin-tone-(?P<tone>[2-6]):)?"
    rf"|{_URL}|{_HELD}",
    re.DOTALL,
)
_CONTROL = re.compile(r"<([^<>]+)>")
_MENTION = re.compile(r"@(\w+)|!(here|channel|everyone)\b|!subteam\^(\w+)")
_MARK = re.compile(r"[*_~\n]")
_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_CHARACTERS = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}

# Controls, but no tab or line end; and what turns the direction of writing, which disguises names and addresses.
_REMOVED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# Between two letters nothing is a mark: order_no and 2*3 stay as they are, so that agents can copy them. So do
# addresses, which Slack links to nothing but themselves. A list needs nothing: mrkdwn has none.
_ESCAPED = re.compile(
    rf"(?P<kept>{_URL}|{_EMAIL})"
    r"|(?P<mark>[`｀＊＿>＞]|(?<![^\W_])[*_~]|[*_~](?![^\W_]))"
    r"|(?P<sign>@|#(?=\w)|:(?!\d\d:\d)(?=[^\s:]+:))"
)

_EMOJI_JOINER = "\u200d"  # makes one of several
_EMOJI_STYLE = "\ufe0f"  # asks for the picture of a character; a skin tone does so, too
_TONES = dict(zip("23456", "🏻🏼🏽🏾🏿", strict=True))
_ONLY_IN_SLACK = {"simple_smile": "🙂", "smiling_face_with_3_hearts": "🥰", "the_horns": "🤘"}
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # two make a flag
_BREAKS = ("\n", "。！？；", " ，、")  # the best ones first


def to_plain(text: str, *, people: Mapping[str, str]) -> str:
    """What an agent wrote in Slack, as a customer of any channel reads it.

    `people`: names by Slack user id. In code nothing is interpreted but Slack's own sequences, in which it wraps links
    even there: a "<" that an agent types arrives as "&lt;".
    """
    spelt: list[str] = []

    def hold(token: re.Match[str]) -> str:
        spelt.append(_spell_out(token, people))
        return _HELD

    plain = _without_marks(_TOKEN.sub(hold, text))
    tokens = iter(spelt)
    plain = re.sub(_HELD, lambda _: next(tokens), plain)
    return unescape(plain)


def unescape(text: str) -> str:
    """A text of ours as we sent it, where Slack gives it back."""
    return _ENTITY.sub(lambda entity: _CHARACTERS[entity[0]], text)


def mentions(text: str) -> frozenset[str]:
    """The Slack ids of people and groups who are mentioned; "here", "channel", "everyone". Not those in code."""
    found = (_MENTION.match(token["control"] or "") for token in _TOKEN.finditer(text))
    return frozenset(mention[mention.lastindex or 0] for mention in found if mention)


def escape(text: str) -> str:
    """A text whose characters Slack takes as they are, for a field of type mrkdwn or a notification's text."""
    inert = _ESCAPED.sub(_make_inert, _REMOVED.sub("", text))
    return inert.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fit(text: str, most: int) -> str:
    """At most `most` characters of the text, with … at the end where something was cut."""
    if len(text) <= most:
        return text
    return f"{text[: _whole(text, 0, most - 1)].rstrip()}…" if most > 0 else ""


def pieces(text: str, most: int) -> list[str]:
    """The text in pieces of at most `most` characters, at least 1, cut at line ends, sentences or spaces if possible.

    Joined they are the text again.
    """
    found: list[str] = []
    start = 0
    while len(text) - start > most:
        end = _break(text, start, start + most)
        found.append(text[start:end])
        start = end
    return [*found, text[start:]] if text else []


def _spell_out(token: re.Match[str], people: Mapping[str, str]) -> str:
    code = token["block"] or token["code"]
    if code is not None:
        return _CONTROL.sub(lambda control: _read(control[1], people), code.strip("\n"))
    if token["control"] is not None:
        return _read(token["control"], people)
    if token["emoji"] is not None:
        return _draw(token["emoji"], token["tone"]) or token[0]
    return token[0]


def _read(control: str, people: Mapping[str, str]) -> str:
    """What stands between < and >: a mention, a date or a link, perhaps with a label."""
    target, _, label = control.partition("|")
    if target.startswith("@"):
        return f"@{people.get(target[1:]) or label.removeprefix('@') or '…'}"
    if target.startswith("#"):
        return f"#{label or '…'}"
    if target.startswith("!subteam^"):
        return f"@{label.removeprefix('@') or '…'}"
    if target.startswith("!"):
        return label if "^" in target else f"@{target[1:]}"
    scheme, _, address = target.partition(":")
    if scheme == "tel":
        return label or address
    shown = address if scheme == "mailto" else target
    is_named = label.rstrip("/") not in ("", shown.rstrip("/"), address.strip("/"))
    return f"{label} ({shown})" if is_named else shown


def _draw(name: str, tone: str | None) -> str | None:
    """An emoji by Slack's name for it; None: the workspace's own, or one that only Slack calls so."""
    drawn = _ONLY_IN_SLACK.get(name) or _find_flag(name) or _find_emoji(name)
    if drawn is None or tone is None:
        return drawn
    toned = drawn[0] + _TONES[tone] + drawn[1:].removeprefix(_EMOJI_STYLE)
    return toned if emoji.is_emoji(toned) else drawn


def _find_flag(name: str) -> str | None:
    country = re.fullmatch(r"flag-([a-z])([a-z])", name)
    flag = "".join(_FLAG_LETTERS[ord(letter) - ord("a")] for letter in country.groups()) if country else ""
    return flag if emoji.is_emoji(flag) else None


def _find_emoji(name: str) -> str | None:
    person = re.sub("^male_", "man_", re.sub("^female_", "woman_", name.replace("-", "_")))
    for spelling in (name, person):
        alias = f":{spelling}:"
        if (drawn := emoji.emojize(alias, language="alias")) != alias:
            return drawn
    try:
        drawn = unicodedata.lookup(name.replace("_", " "))  # Slack has many names from Unicode's
    except KeyError:
        return None
    return drawn if emoji.is_emoji(drawn) else None


def _without_marks(text: str) -> str:
    """Takes off pairs of *, _ and ~ that format what is between them."""
    marks: set[int] = set()
    opened: dict[str, int] = {}
    for found in _MARK.finditer(text):
        mark, place = found[0], found.start()
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if mark == "\n":
            opened.clear()
        elif _is_in_a_face(before, after):
            continue
        elif mark not in opened:
            if _opens(mark, before, after):
                opened[mark] = place
        elif _closes(mark, before, after):
            marks |= {opened.pop(mark), place}
    return "".join(character for place, character in enumerate(text) if place not in marks)


def _is_in_a_face(before: str, after: str) -> bool:
    """As in ^_^ -_- and, in entities, >_<."""
    return (before == after and not before.isalnum()) or (before, after) == (";", "&")


def _opens(mark: str, before: str, after: str) -> bool:
    is_free = not before.isalnum() and before not in (mark, JOINER)
    return is_free and after not in ("", mark) and not after.isspace()


def _closes(mark: str, before: str, after: str) -> bool:
    # Slack formats while one types, at the second mark: Chinese goes on right behind it.
    return not re.match(_SPACED, after) and mark not in (before, after) and not before.isspace()


def _make_inert(found: re.Match[str]) -> str:
    if found["mark"]:
        return f"{JOINER}{found[0]}{JOINER}"
    return f"{found[0]}{JOINER}" if found["sign"] else found[0]


def _break(text: str, start: int, end: int) -> int:
    for low in ((start + end) // 2, start):  # better a space far on than a line end near the start
        for ends in _BREAKS:
            place = max(text.rfind(character, low, end) for character in ends) + 1
            if place > start:
                return place
    return _whole(text, start, end)


def _whole(text: str, start: int, end: int) -> int:
    """The last place up to `end` where a cut leaves what is seen as one character whole, and entities; else `end`."""
    return next((place for place in range(end, start, -1) if not _is_inside(text, place)), end)


def _is_inside(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    start = text.rfind("&", max(0, place - 4), place)
    entity = _ENTITY.match(text, start) if start >= 0 else None
    if entity is not None and entity.end() > place:
        return True
    if before == JOINER:  # the mark behind it would be one
        return after != JOINER and not after.isalnum() and not after.isspace()
    kind = unicodedata.category(after)
    is_in_an_emoji = (
        after in _TONES.values() or after == _EMOJI_JOINER or (before, kind) == (_EMOJI_JOINER, "So")
    )
    is_in_a_flag = before in _FLAG_LETTERS and after in _FLAG_LETTERS
    return is_in_an_emoji or is_in_a_flag or kind.startswith("M")

"""Parts of Block Kit, for cards, threads, forms and the home tab. Pure.

Limits: https://docs.slack.dev/reference/block-kit/blocks
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.slack.markup import escape, fit
from handoff.wording.reader import Reader

Block = dict[str, Any]
# Slack refuses messages of about 13,200 characters, counted over all blocks: https://github.com/slackapi/bolt-js/issues/2509
MOST_WEIGHT = 12_000
BLOCK_WEIGHT = 100  # what a block weighs beside its texts
TITLE = 150  # characters; Slack's limit for headers
LABEL = 75  # of buttons and options
PIECE = 2_000  # of a text that goes over several blocks; such a piece fits also where each character counts five times
NAME, LINE = 60, 120  # so much is shown of names, and of what has to stand in a line
WHOLE = 2_900  # characters of one block, a little less than Slack takes
# Nobody sees them, and some of them turn round what stands beside them.
UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_MARKS: Mapping[str, str] = {"late": "🔴", "soon": "🟡", "calm": "🟢", "stopped": "⏸️"}
_LEVELS: Mapping[str, str] = {
    "late": "clock_late",
    "soon": "clock_soon",
    "calm": "clock_calm",
    "stopped": "clock_stopped",
}


@dataclass(frozen=True, kw_only=True)
class Post:
    """A message. `text` is what notifications and screen readers say in place of the blocks."""

    text: str
    blocks: list[Block]


def plain(text: str, most: int) -> Block:
    """A text in which nothing has a meaning of its own."""
    return {"type": "plain_text", "text": fit(UNSEEN.sub("", text), most), "emoji": False}


def marked(text: str) -> Block:
    """A text of ours, with what is not ours escaped in it; names and addresses in it become no links by themselves."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: Block) -> Block:
    """A paragraph."""
    return {"type": "section", "text": text}


def context(text: Block) -> Block:
    """A paragraph in small grey letters."""
    return {"type": "context", "elements": [text]}


def button(label: str, action_id: str, value: str, *, primary: bool = False, url: str = "") -> Block:
    """A button; with a `url` it opens that."""
    made = {"type": "button", "text": plain(label, LABEL), "action_id": action_id, "value": value}
    return made | ({"style": "primary"} if primary else {}) | ({"url": url} if url else {})


def menu(action_id: str, entries: Mapping[str, str], value: str) -> Block:
    """A menu behind three dots; what is chosen comes back as `entry:value`, see `read_press`."""
    options = [{"text": plain(label, LABEL), "value": f"{entry}:{value}"} for entry, label in entries.items()]
    return {"type": "overflow", "action_id": action_id, "options": options}


def read_press(action: Mapping[str, Any]) -> tuple[str, str]:
    """What was pressed, and the value that it has; of a menu, which of its entries."""
    if action["type"] == "overflow":
        entry, _, value = str(action["selected_option"]["value"]).partition(":")
        return entry, value
    chosen = action.get("selected_option") or {}
    return action["action_id"], str(action.get("value") or chosen.get("value") or "")


def date(at: datetime, reader: Reader) -> str:
    """A moment, which Slack shows to everybody in their own time zone."""
    otherwise = f"{at.astimezone(reader.zone):%Y-%m-%d %H:%M}"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{otherwise}>"


def line(text: str, most: int) -> str:
    """The text without its line breaks and what nobody sees, cut."""
    return fit(" ".join(UNSEEN.sub("", text).split()), most)


def weigh(blocks: Sequence[Block]) -> int:
    """How much of `MOST_WEIGHT` the blocks take, about; to be escaped makes characters longer."""
    return sum(BLOCK_WEIGHT + sum(map(_count, _texts(block))) for block in blocks)


def clock_line(level: str, promise: str, due_at: datetime | None, reader: Reader) -> str:
    """A deadline: how urgent, in a mark and in words, what for, and by when."""
    said = f"{_MARKS[level]} {reader.t(_LEVELS[level])} · *{escape(promise)}*"
    return said + (f" · {reader.t('due_by', time=date(due_at, reader))}" if due_at else "")


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for key in part.keys() - {"type", "action_id", "block_id"}:
            yield from _texts(part[key])
    elif isinstance(part, list):
        for each in part:
            yield from _texts(each)


def _count(text: str) -> int:
    return len(text) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">"))

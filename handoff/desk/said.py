"""What a person wrote in a thread, as Slack's event tells it, and in plain words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.slack.markup import to_plain
from handoff.desk.events import is_said

NOTE = "//"


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message in a thread, as Slack's event tells it."""

    channel: str
    thread: str
    ts: str
    user: str
    text: str
    has_files: bool


def read_said(event: Mapping[str, Any]) -> Said | None:
    """A person's message in a thread; None for whatever else an event may be."""
    if not is_said(event) or event.get("bot_id") or not event.get("thread_ts") or not event.get("user"):
        return None
    if event["thread_ts"] == event.get("ts"):
        return None
    return Said(
        channel=event["channel"],
        thread=event["thread_ts"],
        ts=event["ts"],
        user=event["user"],
        text=event.get("text") or "",
        has_files=bool(event.get("files")),
    )


def say_plainly(said: Said, people: Mapping[str, str]) -> str:
    """What a customer, or a colleague who reads the note, is to read; without the mark of a note."""
    return to_plain(said.text, people=people).strip().removeprefix(NOTE).strip()

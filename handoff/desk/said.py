"""What a person wrote in a thread, as Slack's event tells it, and in plain words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.slack.markup import to_plain
from handoff.desk.events import is_said

NOTE = "//"


@dataclass(frozen=True, kw_only=True)
class SharedFile:
    """A file that was shared with it. `id` is empty for one that does not lie at Slack, or not any more."""

    id: str
    name: str
    size: int  # bytes; 0 where Slack does not tell


@dataclass(frozen=True, kw_only=True)
class Said:
    """A message in a thread, as Slack's event tells it."""

    channel: str
    thread: str
    ts: str
    user: str
    text: str
    files: Sequence[SharedFile] = ()


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
        files=tuple(_read_file(file) for file in event.get("files") or ()),
    )


def _read_file(file: Mapping[str, Any]) -> SharedFile:
    """https://docs.slack.dev/reference/objects/file-object"""
    is_there = not file.get("is_external") and file.get("mode") not in ("tombstone", "hidden_by_limit")
    return SharedFile(
        id=str(file.get("id") or "") if is_there else "",
        name=str(file.get("name") or file.get("title") or ""),
        size=int(file.get("size") or 0),
    )


def say_plainly(said: Said, people: Mapping[str, str]) -> str:
    """What a customer, or a colleague who reads the note, is to read; without the mark of a note."""
    return to_plain(said.text, people=people).strip().removeprefix(NOTE).strip()

"""Make a rich message fit a plainer channel."""

from collections.abc import Sequence
from dataclasses import replace

from channels.base import OutgoingFile
from core.files import MEGABYTE, is_ours
from core.messages import Attachment, Button, OutgoingMessage


def split_text(text: str, limit: int) -> list[str]:
    """Cut a text into parts of at most `limit` characters, at paragraphs, lines, sentences or spaces where possible.

    Joined again, the parts hold every character but the white space at the cuts.
    """
    parts = []
    rest = text
    while len(rest) > limit:
        cut = _best_cut(rest, limit)
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest or not parts:
        parts.append(rest)
    return [part for part in parts if part] or [text]


def _best_cut(text: str, limit: int) -> int:
    window = text[: limit + 1]
    for ends in ("\n\n", "\n", "。！？!?", "；;，,", " "):
        marks = [ends] if ends.startswith("\n") or ends == " " else list(ends)
        cut = max((_end_of_last(window, mark, limit) for mark in marks), default=0)
        if cut > limit // 2:
            return cut
    return limit


def _end_of_last(window: str, mark: str, limit: int) -> int:
    start = window.rfind(mark)
    if start < 0:
        return 0
    return min(start + (0 if mark.isspace() else len(mark)), limit)


def numbered(text: str, buttons: Sequence[Button]) -> str:
    """The text with its buttons as a numbered list, for channels without buttons.

    Buttons that are numbers themselves stand in one line as they are: what is typed is the number that is meant.
    Votes are left out: they are pressed, or not given, and no way to go on.
    """
    buttons = [button for button in buttons if not button.is_vote]
    if not buttons:
        return text
    if all(button.label.isdecimal() for button in buttons):
        return "\n".join([text, "", "  ".join(button.label for button in buttons)])
    lines = [f"{number}. {button.label}" for number, button in enumerate(buttons, start=1)]
    return "\n".join([text, "", *lines])


def linked(text: str, attachments: Sequence[Attachment]) -> str:
    """The text with the addresses of its files below it, for channels that cannot show them."""
    if not attachments:
        return text
    return "\n".join([text, "", *map(link, attachments)]).strip()


def link(attachment: Attachment) -> str:
    """A file as a line of text."""
    return f"{attachment.name}: {attachment.ref}" if attachment.name else attachment.ref


def parts_of_files(message: OutgoingMessage) -> tuple[list[OutgoingMessage], OutgoingMessage]:
    """A part for each file that we keep, and the message without them."""
    ours = [file for file in message.attachments if is_ours(file)]
    parts = [replace(message, text="", buttons=(), attachments=(file,)) for file in ours]
    others = tuple(file for file in message.attachments if file not in ours)
    return parts, replace(message, attachments=others)


def has_words(message: OutgoingMessage) -> bool:
    """Whether anything is left to be said of it; of a message that is nothing but files there is not."""
    return bool(message.text.strip() or message.buttons or message.attachments)


def told(file: OutgoingFile) -> str:
    """What to say of a file of ours that a channel does not take: where it lies, or at least that it is there."""
    if file.link:
        return f"{file.name}: {file.link}"
    size = f"{max(len(file.content) / MEGABYTE, 0.1):.1f} MB"
    return (
        f"📎 {file.name} ({size})\n"
        "这个文件在这里发不出来，请告诉我们怎样发给您。\n"
        "This file cannot be sent here. Please tell us how you would like to get it."
    )

"""Make a rich message fit a plainer channel."""

from collections.abc import Sequence

from core.messages import Attachment, Button


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
    """
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

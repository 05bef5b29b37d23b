"""How the parts of an entry that are more than a text stand in one cell: in words where words can say it, else as JSON."""

import json
import re
from collections.abc import Sequence
from typing import Any

_HANDOFF = re.compile(r"handoff[\s:：]+([^\s:：]+)", re.IGNORECASE)
_BETWEEN_IDS = re.compile(r"[\s,;，；、]+")
_KEYS = ("url", "name", "mime")  # of an attachment, in the order in which they stand


def read_lines(text: str) -> list[str]:
    """One item per line; blank lines do not count."""
    return [line for line in re.split(r"[\r\n]+", text) if line.strip()]


def read_ids(text: str) -> list[str]:
    """Ids, one per line or with commas between them."""
    return [word for word in _BETWEEN_IDS.split(text) if word]


def read_attachments(text: str) -> Any:
    """`https://… | name | mime`, one per line. Raises `ValueError`."""
    if text.startswith("["):
        return _read_json(text)
    rows = [[part.strip() for part in line.split("|")] for line in read_lines(text)]
    if any(len(row) > len(_KEYS) for row in rows):
        raise ValueError("more than 'url | name | mime' stands on a line")
    return [{key: part for key, part in zip(_KEYS, row, strict=False) if part} for row in rows]


def write_attachments(attachments: Sequence[dict[str, str]]) -> str:
    """What `read_attachments` reads."""
    if any("|" in part for attachment in attachments for part in attachment.values()):
        return _write_json(attachments)
    return "\n".join(" | ".join(attachment[key] for key in _KEYS) for attachment in attachments)


def read_action(text: str) -> Any:
    """`progress`, `handoff`, `handoff QUEUE`, or JSON. Raises `ValueError`."""
    if text.startswith("{"):
        return _read_json(text)
    found = _HANDOFF.fullmatch(text)
    return {"handoff": found[1]} if found else text.lower()


def write_action(action: str | dict[str, Any]) -> str:
    """What `read_action` reads."""
    match action:
        case str():
            return action
        case {"handoff": queue}:
            return f"handoff {queue}"
        case _:
            return _write_json(action)


def _read_json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"this is not valid JSON: {error.msg} (line {error.lineno}, character {error.colno})"
        ) from error
    except RecursionError as error:
        raise ValueError("this JSON is nested too deeply") from error


def _write_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

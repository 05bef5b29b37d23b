"""Parts of the forms in Slack, and what was filled in. Pure.

A block's id is the field that it asks for. Limits: https://docs.slack.dev/reference/views/
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.errors import BadInput
from handoff.desk.blocks import LABEL, WHOLE, Block, plain
from handoff.wording.reader import Reader

View = dict[str, Any]

TITLE = 24  # characters; Slack's limit for titles and the buttons below
HINT = 150  # in an empty field
CHOICES = 100  # of a group; Slack's limit
LONGEST = 3_000  # characters that a field of Slack takes


@dataclass(frozen=True, kw_only=True)
class Next:
    """The form that takes the place of the one that was sent off."""

    view: View


def modal(
    callback_id: str,
    title: str,
    blocks: list[Block],
    metadata: Mapping[str, str],
    reader: Reader,
    *,
    submit: str = "",
) -> View:
    """A form; one that asks for nothing is closed only."""
    view: View = {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": json.dumps(metadata, ensure_ascii=False),
        "title": plain(title, TITLE),
        "close": plain(reader.t("cancel" if submit else "seen"), TITLE),
        "blocks": blocks,
    }
    return view | ({"submit": plain(submit, TITLE)} if submit else {})


def about_ticket(ticket_id: UUID) -> dict[str, str]:
    """What a form carries of the ticket that it is about: see `ticket_of`."""
    return {"ticket": str(ticket_id)}


def ask(field: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    """A field with its label."""
    made: Block = {
        "type": "input",
        "block_id": field,
        "label": plain(label, HINT),
        "element": {**element, "action_id": field},
        "optional": optional,
    }
    return made | ({"hint": plain(hint, WHOLE)} if hint else {})


def text_field(*, most: int, is_long: bool = False, hint: str = "") -> Block:
    """Where something is written."""
    made: Block = {"type": "plain_text_input", "multiline": is_long, "max_length": most}
    return made | ({"placeholder": plain(hint, HINT)} if hint else {})


def option(value: str, label: str) -> Block:
    """One of a choice."""
    return {"text": plain(label, LABEL), "value": value}


def filled(view: Mapping[str, Any], field: str) -> str:
    """What was typed or chosen, a date as YYYY-MM-DD, a moment in seconds; nothing where a field was left empty, or is
    not there.
    """
    state = view["state"]["values"].get(field, {}).get(field, {})
    chosen = state.get("selected_option") or {}
    picked = state.get("selected_date") or state.get("selected_date_time")
    return str(state.get("value") or chosen.get("value") or picked or "")


def metadata_of(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a form carries beside its fields."""
    found = json.loads(view.get("private_metadata") or "{}")
    return found if isinstance(found, dict) else {}


def ticket_of(view: Mapping[str, Any]) -> UUID:
    """The ticket that a form is about. Raises `BadInput`."""
    ticket_id = uuid_of(str(metadata_of(view).get("ticket")))
    if ticket_id is None:
        raise BadInput("private_metadata", "names no ticket; open the form again")
    return ticket_id


def uuid_of(text: str) -> UUID | None:
    """The id, if it is one."""
    try:
        return UUID(text)
    except ValueError:
        return None

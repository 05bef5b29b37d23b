"""The register of corrective actions in Slack: a list with buttons, and a form for each. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from channels.slack.markup import escape
from core.errors import BadInput
from handoff.desk.blocks import LINE, TITLE, WHOLE, Block, button, context, line, marked, plain, section
from handoff.desk.fields import LONGEST, View, ask, filled, metadata_of, modal, text_field, uuid_of
from handoff.refusals import Objection, Unfit
from handoff.wording.actions import ActionRow
from handoff.wording.reader import Reader
from handoff.work import MAX_REASON, check_reason, check_text

FINISH, VERIFY, FAIL = "action_finish", "action_verify", "action_fail"
SHOWN = 30  # Slack shows 100 blocks
TEXT = 300  # characters that are shown of an action


@dataclass(frozen=True, kw_only=True)
class ActionForm:
    """What became of an action; `due` is there where it is to be done again, by when."""

    action_id: UUID
    text: str
    due: date | None = None


def register(parts: Mapping[str, Sequence[ActionRow]], reader: Reader, *, ticket_id: UUID | None) -> View:
    """What the agent can act on comes first in each part. With a `ticket_id` they are that ticket's."""
    t = reader.t
    left, blocks = SHOWN, list[Block]()
    for name, rows in parts.items():
        first = sorted(rows, key=lambda row: not (row.may_finish or row.may_judge))[:left]
        left -= len(first)
        if first:
            blocks.append({"type": "header", "text": plain(t(f"actions_{name}"), TITLE)})
            blocks += [block for row in first for block in _action(row, reader)]
    count = sum(map(len, parts.values()))
    if not count:
        blocks = [section(plain(t("no_actions"), WHOLE))]
    elif count > SHOWN:
        blocks.append(context(plain(t("actions_cut", count=SHOWN), WHOLE)))
    scope = {"scope": str(ticket_id)} if ticket_id else {}
    return modal("actions", t("actions"), blocks, scope, reader)


def finish(row: ActionRow, reader: Reader, scope: str) -> View:
    """What was done."""
    t = reader.t
    asked = ask("text", t("action_finish_note"), text_field(most=LONGEST, is_long=True))
    about = _about(row, scope)
    return modal(FINISH, t("action_finish"), [_told(row), asked], about, reader, submit=t("action_finish"))


def verify(row: ActionRow, reader: Reader, scope: str) -> View:
    """That it helps."""
    t = reader.t
    field = text_field(most=LONGEST, is_long=True)
    asked = ask("text", t("action_verify_note"), field, optional=True)
    about = _about(row, scope)
    return modal(VERIFY, t("action_verify"), [_told(row), asked], about, reader, submit=t("action_verify"))


def fail(row: ActionRow, reader: Reader, scope: str) -> View:
    """What is wrong, and until when it is done again."""
    t = reader.t
    blocks = [
        _told(row),
        ask("reason", t("action_fail_note"), text_field(most=MAX_REASON, is_long=True)),
        ask("due", t("action_due_again"), {"type": "datepicker"}),
    ]
    return modal(FAIL, t("action_fail_title"), blocks, _about(row, scope), reader, submit=t("action_save"))


FORMS = {FINISH: finish, VERIFY: verify, FAIL: fail}


def scope_of(view: Mapping[str, Any]) -> str:
    """The id of the ticket whose actions the list shows; empty where it shows all."""
    return str(metadata_of(view).get("scope", ""))


def read_action(view: Mapping[str, Any]) -> ActionForm:
    """Of an action that is done, or helps. Raises `BadInput`."""
    text = filled(view, "text")
    is_needed = view["callback_id"] == FINISH
    return ActionForm(action_id=_action_of(view), text=check_text(text) if is_needed or text.strip() else "")


def read_failure(view: Mapping[str, Any]) -> ActionForm:
    """Of an action that does not help. Raises `BadInput`."""
    reason, due = check_reason(filled(view, "reason")), filled(view, "due")
    if not due:
        raise Unfit("due", Objection.NO_CHOICE)
    return ActionForm(action_id=_action_of(view), text=reason, due=date.fromisoformat(due))


def _action_of(view: Mapping[str, Any]) -> UUID:
    action_id = uuid_of(str(metadata_of(view).get("action")))
    if action_id is None:
        raise BadInput("private_metadata", "names no action; open the list again")
    return action_id


def _about(row: ActionRow, scope: str) -> dict[str, str]:
    return {"ticket": str(row.ticket_id), "action": str(row.id), "scope": scope}


def _told(row: ActionRow) -> Block:
    return section(plain("\n".join([line(row.text, TEXT), f"{row.number} · {row.line}"]), WHOLE))


def _action(row: ActionRow, reader: Reader) -> Iterator[Block]:
    t = reader.t
    told = " · ".join([row.number, row.line, *row.notes])
    yield section(marked(f"*{escape(line(row.text, TEXT))}*\n{escape(line(told, LINE * 2))}"))
    buttons = [button(t("action_finish"), FINISH, str(row.id))] if row.may_finish else []
    if row.may_judge:
        buttons = [
            button(t("action_verify"), VERIFY, str(row.id), primary=True),
            button(t("action_fail"), FAIL, str(row.id)),
        ]
    if buttons:
        yield {"type": "actions", "block_id": str(row.id), "elements": buttons}

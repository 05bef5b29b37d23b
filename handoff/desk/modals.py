"""The forms of the Slack desk, and what was filled in. Pure.

A block's id is the field that it asks for, as errors name it: see `field_errors`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.errors import BadInput
from handoff.desk.blocks import LABEL, NAME, WHOLE, Block, context, line, plain, section
from handoff.desk.fields import (
    CHOICES,
    HINT,
    LONGEST,
    View,
    about_ticket,
    ask,
    filled,
    metadata_of,
    modal,
    option,
    text_field,
    ticket_of,
    uuid_of,
)
from handoff.refusals import Objection, Unfit
from handoff.wording.explaining import explain
from handoff.wording.reader import Reader
from handoff.wording.tickets import Option, Sheet
from handoff.work import MAX_REASON, check_reason, check_text

AGENT, QUEUE = "agent:", "queue:"  # what a receiver begins with
_ASKED_IN = {
    "queue": "to"
}  # fields of acts that have no block of their own, and the block that they are chosen in


@dataclass(frozen=True, kw_only=True)
class TransferForm:
    """Whom to ask to take a ticket over: a colleague or a queue."""

    ticket_id: UUID
    to: UUID | None
    queue: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReasonForm:
    """Why a transfer is declined, or a ticket reopened."""

    ticket_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class NoteForm:
    """A note."""

    ticket_id: UUID
    text: str


@dataclass(frozen=True, kw_only=True)
class ResolveForm:
    """A closing note, perhaps an empty one, and what the ticket was about, if that was said."""

    ticket_id: UUID
    text: str
    category: str | None = None


@dataclass(frozen=True, kw_only=True)
class InsistForm:
    """Why a reply that is held back is sent as it is."""

    held_id: str
    reason: str


def transfer(sheet: Sheet, reader: Reader) -> View:
    """Ask a colleague or a queue to take over; the sheet is the agent's own, who is no choice."""
    t = reader.t
    groups = {
        t("transfer_people"): _options(AGENT, sheet.colleagues),
        t("transfer_queues"): _options(QUEUE, sheet.queues),
    }
    cut = [
        t(text, count=CHOICES)
        for text, choices in (("colleagues_cut", sheet.colleagues), ("queues_cut", sheet.queues))
        if len(choices) > CHOICES
    ]
    chooser = {
        "type": "static_select",
        "placeholder": plain(t("transfer_choose"), HINT),
        "option_groups": [
            {"label": plain(label, LABEL), "options": options} for label, options in groups.items() if options
        ],
    }
    blocks = [
        context(plain(t(sheet.told("transfer_hint")), WHOLE)),
        ask("to", t("transfer_to"), chooser, hint="\n".join(cut)),
        _reason(reader, t("transfer_reason")),
    ]
    return modal(
        "transfer", t("transfer"), blocks, about_ticket(sheet.row.id), reader, submit=t("transfer_send")
    )


def resolve(sheet: Sheet, reader: Reader) -> View:
    """Confirm, say what it was about, and leave a note."""
    t = reader.t
    categories = [option(each.value, each.label) for each in sheet.categories[:CHOICES]]
    chooser = {
        "type": "static_select",
        "placeholder": plain(t("transfer_choose"), HINT),
        "options": categories,
    }
    blocks = [
        section(plain(t(sheet.told("resolve_hint")), WHOLE)),
        *([ask("category", t("category"), chooser, optional=True)] if categories else []),
        ask(
            "text",
            t("closing_note"),
            text_field(most=LONGEST, is_long=True),
            hint=t("closing_note_hint"),
            optional=True,
        ),
    ]
    return modal("resolve", t("resolve"), blocks, about_ticket(sheet.row.id), reader, submit=t("resolve"))


def note(reader: Reader, ticket_id: UUID, number: str) -> View:
    """A note for colleagues."""
    t = reader.t
    field = text_field(most=LONGEST, is_long=True)
    blocks = [ask("text", t("ticket", number=number), field, hint=t("note_hint"))]
    return modal("note", t("note"), blocks, about_ticket(ticket_id), reader, submit=t("save_note"))


def decline(sheet: Sheet, reader: Reader) -> View:
    """Why a transfer is not accepted."""
    t = reader.t
    blocks = [_reason(reader, t("decline_reason", agent=line(sheet.offered_by, NAME)))]
    return modal(
        "decline", t("decline_title"), blocks, about_ticket(sheet.row.id), reader, submit=t("decline")
    )


def reopen(sheet: Sheet, reader: Reader) -> View:
    """Why a ticket is taken up again."""
    t = reader.t
    blocks = [section(plain(t(sheet.told("reopen_hint")), WHOLE)), _reason(reader, t("reopen_reason"))]
    return modal("reopen", t("reopen_title"), blocks, about_ticket(sheet.row.id), reader, submit=t("reopen"))


def send_anyway(reader: Reader, held_id: str, phrases: Sequence[str]) -> View:
    """Why a reply with these phrases is sent as it is."""
    t = reader.t
    quoted = reader.listed([f"“{line(each, NAME)}”" for each in phrases])
    blocks = [section(plain(quoted, WHOLE)), _reason(reader, t("held_reason"))]
    title = t("held_send_anyway")
    return modal("send_anyway", title, blocks, {"held": held_id}, reader, submit=title)


def read_transfer(view: Mapping[str, Any]) -> TransferForm:
    """Raises `BadInput`."""
    chosen = filled(view, "to")
    agent_id = uuid_of(chosen.removeprefix(AGENT)) if chosen.startswith(AGENT) else None
    queue = chosen.removeprefix(QUEUE) if chosen.startswith(QUEUE) else None
    if agent_id is None and not queue:
        raise Unfit("to", Objection.NO_RECEIVER)
    return TransferForm(
        ticket_id=ticket_of(view), to=agent_id, queue=queue, reason=check_reason(filled(view, "reason"))
    )


def read_resolve(view: Mapping[str, Any]) -> ResolveForm:
    """Raises `BadInput`."""
    category = filled(view, "category") or None
    return ResolveForm(ticket_id=ticket_of(view), text=filled(view, "text").strip(), category=category)


def read_note(view: Mapping[str, Any]) -> NoteForm:
    """Raises `BadInput`."""
    return NoteForm(ticket_id=ticket_of(view), text=check_text(filled(view, "text")))


def read_reason(view: Mapping[str, Any]) -> ReasonForm:
    """Of a transfer that is declined, or a ticket that is reopened. Raises `BadInput`."""
    return ReasonForm(ticket_id=ticket_of(view), reason=check_reason(filled(view, "reason")))


def read_send_anyway(view: Mapping[str, Any]) -> InsistForm:
    """Raises `BadInput`."""
    held_id = metadata_of(view).get("held")
    if not isinstance(held_id, str):
        raise BadInput("private_metadata", "names no reply; press the button again")
    return InsistForm(held_id=held_id, reason=check_reason(filled(view, "reason")))


def field_errors(error: BadInput, reader: Reader) -> dict[str, str]:
    """What Slack is to show beside the field that has to be mended."""
    return {_ASKED_IN.get(error.field, error.field): explain(error, reader)}


def _reason(reader: Reader, hint: str) -> Block:
    return ask("reason", reader.t("reason"), text_field(most=MAX_REASON, is_long=True, hint=hint))


def _options(beginning: str, options: Sequence[Option]) -> list[Block]:
    return [option(beginning + each.value, each.label) for each in options[:CHOICES]]

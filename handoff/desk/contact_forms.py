"""The forms in which contacts are logged: somebody was in touch, and what was said of a ticket since. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from channels.slack.markup import escape
from core.messages import Spoken
from handoff.contacts.checks import KINDS, MAX_NAME, NewContact, Then
from handoff.contacts.reach import MAX_REACH
from handoff.contacts.records import Logged
from handoff.desk.blocks import WHOLE, Block, context, marked, plain, section
from handoff.desk.fields import (
    CHOICES,
    LONGEST,
    View,
    about_ticket,
    ask,
    filled,
    modal,
    option,
    text_field,
    ticket_of,
)
from handoff.kinds import TicketKind
from handoff.refusals import Objection, Unfit
from handoff.wording.contacts import split_then, then_options, word_logged
from handoff.wording.reader import Reader
from handoff.wording.tickets import Option, Sheet

CONTACT, SAID = "contact", "said"  # what the forms are called
LOG = "log_contact"  # and the button that opens the first

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class SaidForm:
    """What was said of a ticket."""

    ticket_id: UUID
    how: Spoken
    heard: str
    told: str
    at: datetime | None


def contact(reader: Reader) -> View:
    """Somebody was in touch: how, who, what about, and what is done about it."""
    t = reader.t
    kinds = [Option(value=kind, label=t(f"kind_is_{kind}")) for kind in KINDS]
    blocks = [
        context(plain(t("contact_hint"), WHOLE)),
        _how(reader, Spoken.PHONE),
        ask("name", t("contact_name"), text_field(most=MAX_NAME), optional=True),
        ask(
            "reach",
            t("contact_reach"),
            text_field(most=MAX_REACH),
            hint=t("contact_reach_hint"),
            optional=True,
        ),
        _choice("kind", t("contact_kind"), kinds, initial=TicketKind.ENQUIRY),
        ask("text", t("contact_text"), text_field(most=LONGEST, is_long=True)),
        _choice(
            "then",
            t("contact_then"),
            then_options(reader)[:CHOICES],
            initial=Then.MINE,
            hint=t("contact_then_hint"),
        ),
        ask(
            "answer",
            t("contact_answer"),
            text_field(most=LONGEST, is_long=True),
            hint=t("contact_answer_hint"),
            optional=True,
        ),
        _at(reader),
    ]
    return modal(CONTACT, t("contact_log"), blocks, {}, reader, submit=t("contact_save"))


def done(logged: Logged, reader: Reader, *, link: str) -> View:
    """What became of it; `link` leads to the ticket's card, if it is there already."""
    told = escape(word_logged(logged, reader))
    if link:
        told += f"\n<{link}|{reader.t('ticket', number=logged.number)}>"
    return modal("contact_done", reader.t("contact_log"), [section(marked(told))], {}, reader)


def said(sheet: Sheet, how: str, reader: Reader, *, may_tell: bool) -> View:
    """What was said of a ticket since; what we said is for its assignee to log."""
    t = reader.t
    blocks = [context(plain(t("said_hint"), WHOLE)), _how(reader, how)]
    field = text_field(most=LONGEST, is_long=True)
    blocks.append(ask("heard", t("said_heard"), field, optional=True))
    if may_tell:
        blocks.append(ask("told", t("said_told"), field, optional=True))
    else:
        blocks.append(context(plain(t("said_told_hint"), WHOLE)))
    blocks.append(_at(reader))
    return modal(SAID, t("said_title"), blocks, about_ticket(sheet.row.id), reader, submit=t("said_save"))


def read_contact(view: Mapping[str, Any]) -> NewContact:
    """Raises `BadInput`."""
    then, queue = split_then(filled(view, "then"))
    return NewContact(
        how=_chosen(view, "how", Spoken),
        name=filled(view, "name"),
        reach=filled(view, "reach"),
        kind=_chosen(view, "kind", TicketKind),
        text=filled(view, "text"),
        then=then,
        queue=queue,
        answer=filled(view, "answer"),
        at=_time(view),
    )


def read_said(view: Mapping[str, Any]) -> SaidForm:
    """Raises `BadInput`."""
    heard, told = filled(view, "heard"), filled(view, "told")
    if not heard.strip() and not told.strip():
        raise Unfit("heard", Objection.NO_TEXT)
    return SaidForm(
        ticket_id=ticket_of(view),
        how=_chosen(view, "how", Spoken),
        heard=heard,
        told=told,
        at=_time(view),
    )


def _how(reader: Reader, initial: str) -> Block:
    options = [Option(value=each, label=reader.t(f"channel_{each}")) for each in Spoken]
    return _choice("how", reader.t("contact_how"), options, initial=initial)


def _at(reader: Reader) -> Block:
    picker = {"type": "datetimepicker"}
    return ask("at", reader.t("contact_at"), picker, hint=reader.t("contact_at_hint"), optional=True)


def _choice(field: str, label: str, options: Sequence[Option], *, initial: str, hint: str = "") -> Block:
    made = {each.value: option(each.value, each.label) for each in options}
    chooser = {"type": "static_select", "options": list(made.values()), "initial_option": made[initial]}
    return ask(field, label, chooser, hint=hint)


def _chosen(view: Mapping[str, Any], field: str, choices: type[Choice]) -> Choice:
    try:
        return choices(filled(view, field))
    except ValueError as error:
        raise Unfit(field, Objection.NO_CHOICE) from error


def _time(view: Mapping[str, Any]) -> datetime | None:
    chosen = filled(view, "at")
    return datetime.fromtimestamp(int(chosen), UTC) if chosen else None

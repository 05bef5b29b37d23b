"""The forms of the acts in a card's menu: hand back, give, sort, report. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from handoff.desk.blocks import WHOLE, Block, context, plain
from handoff.desk.fields import (
    CHOICES,
    HINT,
    LONGEST,
    View,
    about_ticket,
    ask,
    filled,
    modal,
    option,
    text_field,
    ticket_of,
    uuid_of,
)
from handoff.kinds import IncidentClass, TicketKind, read_kind
from handoff.refusals import Objection, Unfit
from handoff.wording.reader import Reader
from handoff.wording.tickets import Sheet
from handoff.work import MAX_REASON, check_reason, check_text


@dataclass(frozen=True, kw_only=True)
class GiveForm:
    """Who is to have a ticket, and why."""

    ticket_id: UUID
    to: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class SortForm:
    """What a ticket is about."""

    ticket_id: UUID
    kind: TicketKind
    incident: IncidentClass | None


@dataclass(frozen=True, kw_only=True)
class ReportForm:
    """The first report of an incident."""

    ticket_id: UUID
    text: str


def hand_back(sheet: Sheet, reader: Reader) -> View:
    """Where it goes, and why; the sheet is the assignee's own."""
    t = reader.t
    reason = text_field(most=MAX_REASON, is_long=True, hint=t("hand_back_reason"))
    blocks = [context(plain(sheet.back_to, WHOLE)), ask("reason", t("reason"), reason)]
    about = about_ticket(sheet.row.id)
    return modal("hand_back", t("hand_back_title"), blocks, about, reader, submit=t("hand_back"))


def give(sheet: Sheet, reader: Reader) -> View:
    """To which colleague; the sheet is the supervisor's own, who is no choice."""
    t = reader.t
    people = [option(each.value, each.label) for each in sheet.colleagues[:CHOICES]]
    cut = t("colleagues_cut", count=CHOICES) if len(sheet.colleagues) > CHOICES else ""
    about = about_ticket(sheet.row.id)
    if not people:
        return modal("give", t("give_title"), [context(plain(t("nobody_to_give"), WHOLE))], about, reader)
    chooser = {"type": "static_select", "placeholder": plain(t("transfer_choose"), HINT), "options": people}
    blocks = [
        context(plain(t("give_hint"), WHOLE)),
        ask("to", t("transfer_to"), chooser, hint=cut),
        ask("reason", t("reason"), text_field(most=MAX_REASON, is_long=True, hint=t("give_reason"))),
    ]
    return modal("give", t("give_title"), blocks, about, reader, submit=t("give"))


def sort(sheet: Sheet, reader: Reader) -> View:
    """What it is about; what it is taken for is chosen."""
    t = reader.t
    kinds = {each.value: option(each.value, each.label) for each in sheet.kinds}
    hints = [t("labelled", label=each.label, text=each.hint) for each in sheet.kinds if each.hint]
    chosen = [kinds[each.value] for each in sheet.kinds if each.chosen]
    chooser: Block = {"type": "static_select", "options": list(kinds.values())}
    chooser |= {"initial_option": chosen[0]} if chosen else {}
    blocks = [ask("kind", t("sort_title"), chooser, hint="\n".join(hints))]
    return modal("sort", t("sort"), blocks, about_ticket(sheet.row.id), reader, submit=t("sort_save"))


def report(sheet: Sheet, reader: Reader) -> View:
    """What happened."""
    t = reader.t
    field = text_field(most=LONGEST, is_long=True, hint=t("report_hint"))
    blocks = [ask("text", t("ticket", number=sheet.row.number), field)]
    about = about_ticket(sheet.row.id)
    return modal("report", t("report_title"), blocks, about, reader, submit=t("report_send"))


def read_give(view: Mapping[str, Any]) -> GiveForm:
    """Raises `BadInput`."""
    to = uuid_of(filled(view, "to"))
    if to is None:
        raise Unfit("to", Objection.NO_RECEIVER)
    return GiveForm(ticket_id=ticket_of(view), to=to, reason=check_reason(filled(view, "reason")))


def read_sort(view: Mapping[str, Any]) -> SortForm:
    """Raises `BadInput`."""
    kind, incident = read_kind(filled(view, "kind"))
    return SortForm(ticket_id=ticket_of(view), kind=kind, incident=incident)


def read_report(view: Mapping[str, Any]) -> ReportForm:
    """Raises `BadInput`."""
    return ReportForm(ticket_id=ticket_of(view), text=check_text(filled(view, "text")))

"""What the pages show of contacts, ready for their templates. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from core.ids import new_id
from core.messages import Spoken
from handoff.contacts.checks import KINDS, MAX_NAME, Then
from handoff.contacts.reach import MAX_REACH
from handoff.contacts.register import ContactLine
from handoff.kinds import TicketKind
from handoff.wording.contacts import then_options
from handoff.wording.reader import Reader
from handoff.wording.tickets import Option, Sheet
from handoff.work import MAX_REPLY

LOGGED = ("answered", "followed_up", "queued", "added")  # what became of a contact, as an address says it
PREVIEW = 300  # characters of what was said, in the register

_FIRST: Mapping[str, str] = {
    **dict.fromkeys(("name", "reach", "text", "answer", "at"), ""),
    **{"how": Spoken.PHONE, "kind": TicketKind.ENQUIRY, "then": Then.MINE},
}


@dataclass(frozen=True, kw_only=True)
class ContactForm:
    """The form, with what was typed in it. `key` names it: sent twice, it counts once."""

    key: str
    hows: Sequence[Option]
    kinds: Sequence[Option]
    thens: Sequence[Option]
    typed: Mapping[str, str] = field(default_factory=dict)
    latest: str = ""  # the last moment that may be chosen
    most: int = MAX_REPLY
    most_name: int = MAX_NAME
    most_reach: int = MAX_REACH


@dataclass(frozen=True, kw_only=True)
class ContactRow:
    """A contact in the register."""

    id: UUID
    at: datetime
    time: str
    how: str
    who: str
    reach: str
    heard: str
    told: str
    by: str
    result: str
    result_id: str
    kind: str
    ticket_id: UUID
    number: str


def contact_form(reader: Reader, typed: Mapping[str, str] | None = None) -> ContactForm:
    """An empty form, or the one that was typed in before."""
    t, given = reader.t, {**_FIRST, **(typed or {})}

    def chosen(name: str, options: Sequence[Option]) -> list[Option]:
        return [
            Option(value=each.value, label=each.label, chosen=each.value == given[name]) for each in options
        ]

    return ContactForm(
        key=given.get("form") or str(new_id()),
        hows=chosen("how", how_options(reader)),
        kinds=chosen("kind", [Option(value=each, label=t(f"kind_is_{each}")) for each in KINDS]),
        thens=chosen("then", then_options(reader)),
        typed=given,
        latest=f"{reader.now.astimezone(reader.zone):%Y-%m-%dT%H:%M}",
    )


def told_of(logged: str, sheet: object, reader: Reader) -> str:
    """What became of a contact, over the ticket that it has led to; nothing for whatever else an address may say."""
    if not isinstance(sheet, Sheet) or logged not in LOGGED:
        return ""
    holder = sheet.row.holder or reader.t("holder_waiting")
    return reader.t(f"logged_{logged}", number=sheet.row.number, holder=holder)


def how_options(reader: Reader) -> list[Option]:
    """How somebody can be in touch."""
    return [Option(value=each, label=reader.t(f"channel_{each}")) for each in Spoken]


def contact_row(contact: ContactLine, reader: Reader) -> ContactRow:
    """Masked: the register is seen by everybody who passes; the opened ticket shows what was said."""
    t = reader.t
    is_this_year = contact.at.astimezone(reader.zone).year == reader.now.astimezone(reader.zone).year
    return ContactRow(
        id=contact.id,
        at=contact.at,
        time=reader.time(contact.at) if is_this_year else reader.moment(contact.at),
        how=t.named("channel", contact.how),
        who=contact.name or t("author_customer"),
        reach=reader.masked(contact.reach),
        heard=_cut(reader.masked(contact.heard)),
        told=_cut(reader.masked(contact.told)),
        by=t("contacts_by", agent=contact.by),
        result=t.named("result", contact.result),
        result_id=contact.result,
        kind=reader.kind(contact.kind, contact.incident),
        ticket_id=contact.ticket_id,
        number=contact.number,
    )


def _cut(text: str) -> str:
    return text if len(text) <= PREVIEW else f"{text[:PREVIEW]}…"


def day(value: str) -> date | None:
    """The day of a date field; None where it is empty, or none."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None

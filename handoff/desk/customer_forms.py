"""The form of a customer: who they are, their tags, and for supervisors their tier. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard
from uuid import UUID

from channels.slack.markup import escape
from handoff.customers import CustomerView, EarlierTicket
from handoff.desk.blocks import LINE, NAME, WHOLE, Block, date, line, marked, plain, section
from handoff.desk.fields import (
    CHOICES,
    HINT,
    View,
    about_ticket,
    ask,
    filled,
    metadata_of,
    modal,
    option,
    text_field,
    ticket_of,
)
from handoff.tags import MAX_TAG, MAX_TAGS, key_of, read_tags
from handoff.wording.reader import Reader
from handoff.wording.tickets import Sheet

IDENTITIES = 10  # so many are shown
TYPED = MAX_TAGS * (MAX_TAG + 2)  # characters of all tags, with commas between them
TIER = "tier:"  # what a tier's value begins with
NO_TIER = "none"
LONGEST_TIER = 140  # characters; Slack's limit for a value is 150


@dataclass(frozen=True, kw_only=True)
class CustomerForm:
    """What is to change of a ticket's customer; the tier only where `sets_tier` says so."""

    ticket_id: UUID
    add: Collection[str]
    remove: Collection[str]
    sets_tier: bool
    tier: str | None


def customer(
    known: CustomerView, sheet: Sheet, reader: Reader, *, tiers: Sequence[str], links: Mapping[UUID, str]
) -> View:
    """`tiers` are those that the agent may choose from; `links` lead to the threads of earlier tickets."""
    t = reader.t
    name = line(sheet.row.customer, LINE) or t("author_customer")
    if known.tier:
        name += f" · {t('tier', tier=line(known.tier, NAME))}"
    identities = [
        t("labelled", label=t.named("channel", channel), text=line(known_as, NAME))
        for channel, known_as in known.identities[:IDENTITIES]
    ]
    facts = {
        t("identities"): "\n".join(identities),
        t("language"): t.named("language", known.language),
    }
    earlier = [_earlier(each, reader, links.get(each.id, "")) for each in known.earlier]
    tags = ", ".join(known.tags)
    field = text_field(most=TYPED, hint=t("tags_placeholder"))
    blocks: list[Block] = [
        {"type": "header", "text": plain(name, HINT)},
        *(
            section(plain(t("labelled", label=label, text=text), WHOLE))
            for label, text in facts.items()
            if text
        ),
        ask(
            "tags",
            t("tags"),
            field | ({"initial_value": tags} if tags else {}),
            hint=t("tags_hint"),
            optional=True,
        ),
        *_tier(known, tiers, reader),
        section(marked("\n".join([f"*{t('recent_tickets')}*", *(earlier or [t("no_recent_tickets")])]))),
    ]
    before = (
        about_ticket(sheet.row.id)
        | {"tags": tags}
        | ({"tier": known.tier} if _is_offered(known.tier) else {})
    )
    return modal("customer", t("customer"), blocks, before, reader, submit=t("customer_save"))


def read_customer_form(view: Mapping[str, Any]) -> CustomerForm:
    """Raises `BadInput`. What the form did not show is left as it is: a colleague may have added it meanwhile."""
    before = metadata_of(view)
    there, wanted = read_tags(str(before.get("tags", ""))), read_tags(filled(view, "tags"))
    keys = {key_of(tag) for tag in wanted}
    known = {key_of(tag) for tag in there}
    chosen = filled(view, "tier")
    new = chosen.removeprefix(TIER) if chosen.startswith(TIER) else None
    return CustomerForm(
        ticket_id=ticket_of(view),
        add=[tag for tag in wanted if key_of(tag) not in known],
        remove=[tag for tag in there if key_of(tag) not in keys],
        sets_tier=bool(chosen) and new != before.get("tier"),
        tier=new,
    )


def _tier(known: CustomerView, tiers: Sequence[str], reader: Reader) -> list[Block]:
    """Without a choice made for who has a tier that cannot be offered: sent off untouched, the form changes nothing."""
    if not tiers:
        return []
    t = reader.t
    options = {each: option(TIER + each, each) for each in tiers if _is_offered(each)}
    none = option(NO_TIER, t("tier_none"))
    chooser: Block = {"type": "static_select", "options": [none, *options.values()][:CHOICES]}
    initial = options.get(known.tier) if known.tier else none
    chooser |= {"initial_option": initial} if initial in chooser["options"] else {}
    return [ask("tier", t("tier_label"), chooser, hint=t("tier_hint"), optional=True)]


def _is_offered(tier: str | None) -> TypeGuard[str]:
    """Whether Slack can show it as a choice."""
    return tier is not None and bool(line(tier, NAME)) and len(tier) <= LONGEST_TIER


def _earlier(ticket: EarlierTicket, reader: Reader, link: str) -> str:
    t = reader.t
    number = f"<{link}|{ticket.number}>" if link else ticket.number
    named = (t.named("reason", ticket.reason), t.named("state_is", ticket.state))
    return " · ".join([number, date(ticket.opened_at, reader), *map(escape, named)])

"""What the desk shows of a ticket's customer, ready for its template. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from handoff.customers import CustomerView
from handoff.wording.reader import Reader
from handoff.wording.tickets import Option


@dataclass(frozen=True, kw_only=True)
class EarlierRow:
    """Another ticket of the customer."""

    id: UUID
    number: str
    told: str


@dataclass(frozen=True, kw_only=True)
class CustomerPanel:
    """A ticket's customer. `tier_options` is empty for who may not set the tier."""

    id: UUID
    identities: Sequence[str]
    tags: Sequence[str]
    tier_options: Sequence[Option]
    earlier: Sequence[EarlierRow]


def customer_panel(
    customer_id: UUID, known: CustomerView, tiers: Sequence[str], reader: Reader
) -> CustomerPanel:
    """`tiers` are those that the reader may choose from."""
    t = reader.t
    none = Option(value="", label=t("tier_none"), chosen=known.tier is None)
    options = [Option(value=each, label=each, chosen=each == known.tier) for each in tiers]
    return CustomerPanel(
        id=customer_id,
        identities=[
            t("labelled", label=t.named("channel", channel), text=known_as)
            for channel, known_as in known.identities
        ],
        tags=known.tags,
        tier_options=[none, *options] if tiers else [],
        earlier=[
            EarlierRow(
                id=each.id,
                number=each.number,
                told=" · ".join(
                    (
                        reader.time(each.opened_at),
                        t.named("reason", each.reason),
                        t.named("state_is", each.state),
                    )
                ),
            )
            for each in known.earlier
        ],
    )

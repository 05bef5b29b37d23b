"""A conversation in words, as a stream: messages, with notes and the handover put in between by time. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.amending import Standing
from core.conversations import Message
from core.file_types import PICTURES
from core.files import is_ours
from core.messages import AMENDMENTS, Attachment, Author, Button, Kind
from core.outbox import DeliveryState, OutboxRow
from handoff.life import EventKind
from handoff.reads import last_read
from handoff.tickets import TicketEvent
from handoff.views import TicketView
from handoff.wording.reader import Reader


@dataclass(frozen=True, kw_only=True)
class Link:
    """An attachment to open. `outside` is true for an address that is not ours, `shown` for a picture that we keep."""

    href: str
    name: str
    size: str
    outside: bool
    shown: bool = False


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What has become of an outgoing message: `state` is for the eye, `text` for the reader."""

    state: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """An entry of the stream. `side` is an author, "note", or "mark" (a line across)."""

    key: str
    side: str
    who: str
    at: datetime
    time: str
    act: str = ""  # "pressed", "changed to"; how it was said
    text: str = ""
    entry: str = ""
    buttons: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    delivery: Delivery | None = None
    message_id: str = ""
    amended: str = ""  # how and when, if it was
    earlier: tuple[str, ...] = ()  # its wordings before, the first one first
    is_withdrawn: bool = False  # then `text` is what the customer does not see any more
    can_retry: bool = False  # it failed, and may be sent again
    read: str = ""  # by the customer, and when


def stream(view: TicketView, reader: Reader) -> list[Item]:
    """Everything that was said, in its order."""
    between = [item for event in view.events if (item := _from_event(event, view, reader))]
    items: list[Item] = []
    shown = {message.id for message in view.messages}
    amendments = [message for message in view.messages if message.kind in AMENDMENTS]
    read = last_read(view)
    for message in view.messages:
        if message.kind in AMENDMENTS and message.reply_to in shown:
            continue  # it is told with what it changes
        while between and between[0].at <= message.at:
            items.append(between.pop(0))
        item = _from_message(message, view, reader)
        if changes := [each for each in amendments if each.reply_to == message.id]:
            item = _amended(item, changes, view, reader)
        if message is read and view.conversation.read_at is not None:
            item = replace(item, read=reader.t("read_at", time=reader.time(view.conversation.read_at)))
        items.append(item)
    return items + between


def is_outside(attachment: Attachment) -> bool:
    """Whether the file lies at a web address of its own, which we do not fetch."""
    return attachment.ref.startswith("https://")


def tell_amended(stands: Standing, reader: Reader) -> str:
    """How and when a message was changed after it was sent; "" where it was not."""
    if stands.amendment is None:
        return ""
    key = "withdrawn_at" if stands.is_withdrawn else "corrected_at"
    return reader.t(key, time=reader.time(stands.amendment.at))


def _from_message(message: Message, view: TicketView, reader: Reader) -> Item:
    t = reader.t
    kind, row = Kind(message.kind), view.deliveries.get(message.id)
    return Item(
        key=f"m{message.id}",
        side=message.author,
        who=message.author_name or t.named("author", message.author),
        at=message.at,
        time=reader.time(message.at),
        act=t.named("kind", kind)
        if kind in (Kind.PRESS, Kind.EDIT, Kind.CORRECTION)
        else _elsewhere(message, view, reader),
        text=message.text.strip() or ("" if message.attachments else t.named("kind", kind)),
        entry=t("answered_with", title=reader.entry(message.entry)) if message.entry else "",
        buttons=tuple(each.label for each in map(Button.from_json, message.buttons) if not each.is_vote),
        links=tuple(_links(message, reader)),
        delivery=_delivery(row, reader) if row is not None else None,
        message_id=str(message.id),
        can_retry=row is not None and row.state == DeliveryState.BURIED and row.author != Author.BOT,
    )


def _amended(item: Item, changes: Sequence[Message], view: TicketView, reader: Reader) -> Item:
    """The item as its author changed it, oldest change first; what the channel could not change is said, and stays."""
    t, delivery = reader.t, item.delivery
    for change in changes:
        row = view.deliveries.get(change.id)
        if row is not None and row.state == DeliveryState.DROPPED:
            continue  # a later one has overtaken it
        if row is not None and row.state == DeliveryState.BURIED:
            reason = row.last_error or t("delivery_unknown_reason")
            failed = t(f"amendment_buried_{change.kind}", text=change.text, reason=reason)
            item = replace(item, delivery=Delivery(state="buried", text=failed))
            continue
        item = replace(item, delivery=delivery)
        if row is not None and row.state == DeliveryState.WAITING:
            under_way = t(f"amendment_waiting_{change.kind}")
            item = replace(item, delivery=Delivery(state="waiting", text=under_way))
        if change.kind == Kind.WITHDRAWAL:
            item = _withdrawn(item, change, reader)
        else:
            amended = t("corrected_at", time=reader.time(change.at))
            item = replace(item, text=change.text, amended=amended, earlier=(*item.earlier, item.text))
    return item


def _withdrawn(item: Item, change: Message, reader: Reader) -> Item:
    """Struck; of what was never sent it is said so."""
    never_sent = item.delivery is not None and item.delivery.state == DeliveryState.DROPPED
    told = reader.t("withdrawn_unsent" if never_sent else "withdrawn_at", time=reader.time(change.at))
    delivery = None if never_sent else item.delivery
    names = [link.name for link in item.links]  # the files are not kept
    return replace(
        item,
        amended=told,
        is_withdrawn=True,
        can_retry=False,
        delivery=delivery,
        text="\n".join(filter(None, [item.text, *names])),
        links=(),
    )


def _from_event(event: TicketEvent, view: TicketView, reader: Reader) -> Item | None:
    t = reader.t
    agent = view.agents.get(event.agent_id) if event.agent_id else None
    name = agent.name if agent else ""
    match event.kind:
        case EventKind.NOTED:
            side, who, text = "note", t("author_note", agent=name), event.data.get("text", "")
        case EventKind.REPORTED:
            side, who, text = "note", t("author_report", agent=name), event.data.get("text", "")
        case EventKind.OPENED if agent:
            how = t.named("channel", event.data.get("how", ""))
            side, who, text = "mark", "", t("contact_mark", how=how, agent=name)
        case EventKind.OPENED:
            reason = t.named("reason", view.ticket.reason)
            side, who, text = "mark", "", t("handed_over_mark", reason=reason)
        case EventKind.RESOLVED:
            category = event.data.get("category")
            told = (
                t("resolved_mark_as", category=reader.category(category)) if category else t("resolved_mark")
            )
            side, who, text = "mark", "", told
        case EventKind.REOPENED:
            side, who, text = "mark", "", t("reopened_mark")
        case _:
            return None
    return Item(
        key=f"e{event.position}", side=side, who=who, at=event.at, time=reader.time(event.at), text=text
    )


def _elsewhere(message: Message, view: TicketView, reader: Reader) -> str:
    """How it was said, if that was not on the conversation's channel: who phoned at first may come by."""
    how = message.facts.get("how")
    return reader.t.named("channel", how) if how and how != view.conversation.channel else ""


def said_in(message: Message, reader: Reader) -> str:
    """What was said, or the names of its files where they came without a word."""
    files = map(Attachment.from_json, message.attachments)
    return message.text or reader.listed([each.name or reader.t("attachment") for each in files])


def _links(message: Message, reader: Reader) -> Iterable[Link]:
    for number, attachment in enumerate(map(Attachment.from_json, message.attachments)):
        outside = is_outside(attachment)
        yield Link(
            href=attachment.ref if outside else f"/console/attachments/{message.id}/{number}",
            name=attachment.name or reader.t("attachment"),
            size=_size(attachment.size),
            outside=outside,
            shown=is_ours(attachment) and attachment.mime in PICTURES,
        )


def _delivery(row: OutboxRow, reader: Reader) -> Delivery:
    t = reader.t
    reason = row.last_error or t("delivery_unknown_reason")
    match row.state:
        case DeliveryState.WAITING if row.last_error:
            return Delivery(state="retrying", text=t("delivery_retrying", reason=reason))
        case DeliveryState.BURIED:
            return Delivery(state="buried", text=t("delivery_buried", reason=reason))
        case state:
            return Delivery(state=state, text=t.named("delivery", state))


def _size(size: int | None) -> str:
    if size is None:
        return ""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(size // 1000, 1)} kB"

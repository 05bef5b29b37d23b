"""What a thread still lacks of its ticket: messages, notes, and what became of it, in the order of time. Pure."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.conversations import Message
from core.messages import AMENDMENTS, Attachment, Author, Kind
from core.outbox import DeliveryState
from handoff.desk.blocks import MOST_WEIGHT, Post, weigh
from handoff.desk.entries import changed, entry, failed, folded
from handoff.desk.origins import ts_of
from handoff.life import EventKind
from handoff.tickets import TicketEvent
from handoff.views import TicketView
from handoff.wording.past import PastWords
from handoff.wording.reader import Reader
from handoff.wording.stream import Item, is_outside, said_in, stream

TOGETHER = 10  # of what is missing goes into one post
BLOCKS = 40  # of one post; Slack allows 50

_SAID = {EventKind.NOTED, EventKind.REPORTED}
_TOLD = {  # in a line; deadlines are alerts, and what is said is there already
    EventKind.ASSIGNED,
    EventKind.TAKEN,
    EventKind.WAITS,
    EventKind.RETURNED,
    EventKind.OFFERED,
    EventKind.ACCEPTED,
    EventKind.DECLINED,
    EventKind.LAPSED,
    EventKind.HANDED_BACK,
    EventKind.MOVED,
    EventKind.SORTED,
    EventKind.WITHDRAWN,
    EventKind.SENT_AGAIN,
    EventKind.RAISED,
    EventKind.RESOLVED,
    EventKind.SURVEYED,
    EventKind.CLOSED,
    EventKind.REOPENED,
}


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A post that brings the thread as far as the message `seq` and the event `position`; None where none is needed.

    `replies` are messages it passes of whose delivery the thread is to tell: (message id, ts of what was written here or "").
    `files` are to be put into the thread: (message id, number of the attachment).
    """

    post: Post | None
    seq: int
    position: int
    replies: Sequence[tuple[str, str]] = ()
    files: Sequence[tuple[str, int]] = ()


def begin(view: TicketView, reader: Reader, *, until: datetime) -> Missing:
    """The first post of a thread: what was said before it, folded."""
    opening = _opening(view) if until == view.ticket.opened_at else None
    before = [
        message
        for message in view.messages
        if message.at <= until and (opening is None or message.seq < opening)
    ]
    items = {item.key: item for item in stream(view, reader)}
    said = [items[f"m{message.id}"] for message in before if f"m{message.id}" in items]
    passed = [event.position for event in view.events if event.at <= until]
    if opening is not None:
        passed = passed[:1]  # what came with a contact is of the same moment, and told in the thread
    return Missing(
        post=folded(said, reader) if said else None,
        seq=before[-1].seq if before else 0,
        position=max(passed, default=0),
        files=[
            file for message in before if message.author == Author.CUSTOMER for file in _files_of(message)
        ],
    )


def follow(
    view: TicketView,
    reader: Reader,
    *,
    channel: str,
    seq: int,
    position: int,
    holders: Sequence[str] = (),
    base: str,
) -> Missing | None:
    """The next post of a thread that has come so far; None when nothing is missing.

    `holders` are who has the ticket, as users of Slack; `base` is our web address.
    """
    items = {item.key: item for item in stream(view, reader)}
    # Merged, not sorted: of each kind the order stays, whatever their times are, so that none is passed unseen.
    found = list(
        heapq.merge(
            _messages(view, reader, items, channel, seq, base),
            _events(view, reader, items, channel, position, holders),
            key=_when,
        )
    )
    if not found:
        return None
    posts: list[Post] = []
    replies: list[tuple[str, str]] = []
    files: list[tuple[str, int]] = []
    for _, missing in found[:TOGETHER]:
        if missing.post is not None:
            blocks = [block for post in [*posts, missing.post] for block in post.blocks]
            if posts and (len(blocks) > BLOCKS or weigh(blocks) > MOST_WEIGHT):
                break
            posts.append(missing.post)
        seq, position = max(seq, missing.seq), max(position, missing.position)
        replies += missing.replies
        files += missing.files
    return Missing(post=_join(posts), seq=seq, position=position, replies=replies, files=files)


def _opening(view: TicketView) -> int | None:
    """The message that a contact began with, which is the first of its thread; None for what the bot handed over."""
    opened_by = view.events[0].data.get("message_id")
    return next((each.seq for each in view.messages if str(each.id) == opened_by), None)


_Found = tuple[datetime, Missing]


def _when(found: _Found) -> datetime:
    return found[0]


def _messages(
    view: TicketView, reader: Reader, items: Mapping[str, Item], channel: str, seq: int, base: str
) -> list[_Found]:
    origins = written_here(view, channel)
    told = {event.data.get("message_id") for event in view.events if event.kind == EventKind.DELIVERY_FAILED}
    customer, where = view.line.customer or "", reader.t.named("channel", view.line.channel)
    found: list[_Found] = []
    for message in view.messages:
        if message.seq <= seq:
            continue
        ts = origins.get(str(message.id)) if message.author == Author.AGENT else None
        item = items.get(f"m{message.id}")
        if item and message.author == Author.AGENT and str(message.id) in told:
            item = replace(item, delivery=None)  # the event tells it, with the button
        if message.kind in AMENDMENTS:
            post = None if ts else _corrected(message, reader)
        else:
            post = (
                None
                if ts or item is None
                else entry(item, reader, customer=customer, channel=where, base=base)
            )
        replies = [(str(message.id), ts)] if ts else []
        files = [] if ts else _files_of(message)
        missing = Missing(post=post, seq=message.seq, position=0, replies=replies, files=files)
        found.append((message.at, missing))
    return found


def _files_of(message: Message) -> list[tuple[str, int]]:
    """Those that people sent, which whoever looks at the thread cannot open by an address."""
    if message.author not in (Author.CUSTOMER, Author.AGENT):
        return []
    files = map(Attachment.from_json, message.attachments)
    return [(str(message.id), number) for number, file in enumerate(files) if not is_outside(file)]


def written_here(view: TicketView, channel: str) -> Mapping[str, str]:
    """What agents said and changed in the thread itself: the message's or the amendment's id, and the ts. Pure."""
    found = {}
    for event in view.events:
        key = _SAYS.get(EventKind(event.kind))
        if key and (ts := ts_of(event.data.get("origin"), channel)):
            found[event.data[key]] = ts
    return found


_SAYS = {
    EventKind.REPLIED: "message_id",
    EventKind.CORRECTED: "amendment",
    EventKind.WITHDRAWN: "amendment",
}


def _corrected(amendment: Message, reader: Reader) -> Post | None:
    """The new words, of a message that was corrected elsewhere; of one that was withdrawn the event tells."""
    if amendment.kind != Kind.CORRECTION:
        return None
    name = amendment.author_name or reader.t.named("author", amendment.author)
    return changed(reader.t("slack_corrected", agent=name, text=amendment.text))


def _failed(
    event: TicketEvent,
    view: TicketView,
    reader: Reader,
    origins: Mapping[str, str],
    holders: Sequence[str],
    *,
    told: str,
) -> Post | None:
    """What did not arrive, a message with a button to send it again. Of what was written here `outcomes` tells."""
    message_id = event.data.get("message_id", "")
    message = next((each for each in view.messages if str(each.id) == message_id), None)
    if message is None or message_id in origins or message.author == Author.BOT:
        return None
    if message.kind in AMENDMENTS:
        return changed(told)
    row = view.deliveries.get(message.id)
    said = reader.t("slack_failed_message", text=said_in(message, reader), reason=event.data.get("error", ""))
    is_buried = row is not None and row.state == DeliveryState.BURIED
    return failed(holders, said, reader, ticket_id=view.ticket.id, message_id=message_id if is_buried else "")


def _events(
    view: TicketView,
    reader: Reader,
    items: Mapping[str, Item],
    channel: str,
    position: int,
    holders: Sequence[str],
) -> list[_Found]:
    new = [event for event in view.events if event.position > position]
    past = PastWords(reader, view)
    customer, where = view.line.customer or "", reader.t.named("channel", view.line.channel)
    origins = written_here(view, channel)
    found: list[_Found] = []
    for event, line in zip(new, past.history(new), strict=True):
        post, replies = None, []
        if event.kind in _SAID and not ts_of(event.data.get("origin"), channel):
            post = entry(items[f"e{event.position}"], reader, customer=customer, channel=where)
        elif event.kind in _TOLD or _is_insisted(event):
            post = changed(f"{line.who} · {line.what}")
        elif event.kind == EventKind.DELIVERY_FAILED:
            post = _failed(event, view, reader, origins, holders, told=line.what)
        if event.kind == EventKind.SENT_AGAIN:
            message_id = event.data["message_id"]
            replies = [(message_id, origins.get(message_id, ""))]
        found.append((event.at, Missing(post=post, seq=0, position=event.position, replies=replies)))
    return found


def _is_insisted(event: TicketEvent) -> bool:
    return event.kind == EventKind.REPLIED and bool(event.data.get("guard"))


def _join(posts: Sequence[Post]) -> Post | None:
    if not posts:
        return None
    blocks = [block for post in posts for block in post.blocks]
    return Post(text="\n".join(post.text for post in posts), blocks=blocks)

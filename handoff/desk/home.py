"""The home tab of the Slack desk: an agent's duty, tickets, queues and day. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.slack.markup import escape
from handoff.desk.blocks import (
    NAME,
    TITLE,
    WHOLE,
    Block,
    button,
    clock_line,
    context,
    date,
    line,
    marked,
    plain,
    section,
)
from handoff.desk.contact_forms import LOG
from handoff.lists import RunningDeadline
from handoff.presence import Duty, Presence
from handoff.wording.reader import Reader
from handoff.wording.tickets import Row

TICKETS = 40  # Slack shows 100 blocks
QUEUES = 30  # in which somebody waits
QUEUES_TOGETHER = 10  # in a block


@dataclass(frozen=True, kw_only=True)
class MyTicket:
    """A ticket of the agent's: as a list shows it, its next deadline, and where its thread is."""

    row: Row
    next: RunningDeadline | None = None
    permalink: str = ""


@dataclass(frozen=True, kw_only=True)
class MyQueue:
    """A queue that the agent works for: how many wait in it, and since when."""

    name: str
    waiting: int = 0
    oldest_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MyDay:
    """What the agent has done today."""

    taken: int = 0
    replied: int = 0
    resolved: int = 0


@dataclass(frozen=True, kw_only=True)
class MyDesk:
    """Everything that an agent's home tab shows."""

    duty: Duty
    presence: Presence
    mine: Sequence[MyTicket] = ()
    queues: Sequence[MyQueue] = ()
    day: MyDay = MyDay()


def home(desk: MyDesk, reader: Reader) -> dict[str, Any]:
    """The view to publish."""
    t, day = reader.t, desk.day
    figures = t("today_figures", taken=day.taken, replied=day.replied, resolved=day.resolved)
    blocks = [
        *_duty(desk, reader),
        {"type": "actions", "block_id": "contacts", "elements": [button(t("contact_log"), LOG, LOG)]},
        _header(t("mine")),
        *_mine(desk, reader),
        _header(t("my_queues")),
        *_queues(desk, reader),
        _header(t("today")),
        section(plain(figures, WHOLE)),
    ]
    return {"type": "home", "callback_id": "home", "blocks": blocks}


def home_of_customer(reader: Reader) -> dict[str, Any]:
    """For somebody who is no agent, where customers may write to the app."""
    t = reader.t
    said = [section(plain(text, WHOLE)) for text in (t("customer_home_write"), t("customer_home_answer"))]
    more = [context(plain(text, WHOLE)) for text in (t("customer_home_progress"), t("customer_home_agents"))]
    return {"type": "home", "callback_id": "home", "blocks": [_header(t("customer_home")), *said, *more]}


def home_of_barred(why: str, reader: Reader) -> dict[str, Any]:
    """For somebody who can do nothing at the desk; `why` is the text that tells them so."""
    return {
        "type": "home",
        "callback_id": "home",
        "blocks": [section(plain(reader.t(why), WHOLE))],
    }


def _header(text: str) -> Block:
    return {"type": "header", "text": plain(text, TITLE)}


def _duty(desk: MyDesk, reader: Reader) -> list[Block]:
    """The switch; the button that was pressed last stands out."""
    t = reader.t
    buttons = [button(t(f"duty_{duty}"), f"duty_{duty}", duty, primary=duty is desk.duty) for duty in Duty]
    is_shift_over = desk.duty is Duty.ON and desk.presence is Presence.OFFLINE
    presence = t("presence_shift_over" if is_shift_over else f"presence_{desk.presence}")
    return [
        _header(t("duty")),
        {"type": "actions", "block_id": "duty", "elements": buttons},
        context(plain(f"{presence} · {t(f'duty_{desk.duty}_hint')}", WHOLE)),
    ]


def _mine(desk: MyDesk, reader: Reader) -> list[Block]:
    """The tickets, the one that is due next first."""
    t = reader.t
    if not desk.mine:
        return [section(plain(t("nothing_mine"), WHOLE))]

    def due(mine: MyTicket) -> tuple[bool, datetime]:
        due_at = mine.next.due_at if mine.next else None
        return due_at is None, due_at or mine.row.opened_at

    first = sorted(desk.mine, key=due)
    blocks = [_ticket(each, reader) for each in first[:TICKETS]]
    if len(first) > TICKETS:
        blocks.append(context(plain(t("more_mine", count=len(first) - TICKETS), WHOLE)))
    return blocks


def _ticket(mine: MyTicket, reader: Reader) -> Block:
    row = mine.row
    top = " · ".join(escape(line(part, NAME)) for part in (row.customer, row.number, row.reason, row.queue))
    said = [f"🚨 *{top}*" if row.hot else f"*{top}*"]
    if mine.next and row.clock:
        promise = reader.t.named("promise", mine.next.promise)
        said.append(clock_line(row.clock.level, promise, mine.next.due_at, reader))
    if row.unanswered:
        said.append(reader.t("unanswered"))
    opens = button(reader.t("open_ticket"), "open", str(row.id), url=mine.permalink)
    return section(marked("\n".join(said))) | {"accessory": opens}


def _queues(desk: MyDesk, reader: Reader) -> list[Block]:
    """Those in which somebody waits, who has waited longest first; of the others how many they are."""
    t = reader.t
    waiting = [(each.oldest_at, each) for each in desk.queues if each.oldest_at is not None]
    if not waiting:
        return [section(plain(t("nobody_waits"), WHOLE))]
    waiting.sort(key=lambda pair: pair[0])
    lines = [
        t(
            "queue_waits",
            queue=f"*{escape(line(reader.queue(each.name), NAME))}*",
            count=each.waiting,
            since=date(oldest_at, reader),
        )
        for oldest_at, each in waiting[:QUEUES]
    ]
    blocks = [
        section(marked("\n".join(lines[start : start + QUEUES_TOGETHER])))
        for start in range(0, len(lines), QUEUES_TOGETHER)
    ]
    left, idle = len(waiting) - len(lines), len(desk.queues) - len(waiting)
    rest = [t(text, count=count) for text, count in (("queues_more", left), ("queues_idle", idle)) if count]
    return [*blocks, context(plain(" ".join(rest), WHOLE))] if rest else blocks

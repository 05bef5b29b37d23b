"""The mirror: what happens to tickets appears in Slack, as cards and in their threads. One process does it at a time.

Every change of a ticket marks its threads as due (`handoff.desk.threads`). For each channel one call is made after the other,
at Slack's pace, the thread that has waited longest first; what Slack has taken is written down before the next call. A
process that dies repeats at most the one call whose answer it did not get.
"""

import asyncio
import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog
from sqlalchemy import case, literal, select, update

from channels.slack.client import Slack, SlackAway, SlackBusy, SlackRefusal
from core.backoff import Backoff
from core.database import UNAVAILABLE
from core.locks import exclusive
from core.outbox import DeliveryState
from core.wakeups import DESK, Wakeups
from core.workers import work_forever
from handoff.cases import Cases
from handoff.complaints.views import find_complaint_view
from handoff.desk.blocks import Post
from handoff.desk.cards import card
from handoff.desk.entries import changed
from handoff.desk.following import Missing, begin, follow, written_here
from handoff.desk.outcomes import READ, Outcomes, outcome_of
from handoff.desk.people import list_people
from handoff.desk.procedure import procedure_of
from handoff.desk.sharing import Sharing
from handoff.desk.threads import SlackThread, add_uploads
from handoff.desk.whisper import Whisper
from handoff.reads import last_read
from handoff.views import TicketView, get_ticket_view
from handoff.wording.clocks import next_level_at
from handoff.wording.reader import Reader
from handoff.wording.tickets import DeskView

log = structlog.get_logger(__name__)

POLL = 1.0  # seconds between looks for what falls due by time
DELIVERY_LOOK = timedelta(seconds=1)  # between looks whether a reply has been delivered
RETRY = Backoff(first=1.0, longest=60.0)
REFUSED = timedelta(minutes=5)  # until somebody may have mended what Slack says no to

Read = Callable[[], Reader]


@dataclass(frozen=True, kw_only=True)
class _Due:
    """A thread to look at, as it was when we did."""

    ticket_id: UUID
    channel: str
    ts: str | None
    card: str | None
    seq: int | None
    position: int
    awaiting: list[list[str]]
    read_seq: int
    erase: bool
    changes: int
    attempt: int
    is_first: bool  # the ticket has no older thread elsewhere
    then_at: datetime | None = None  # when to look again, though nothing happens


class Mirror:
    """Brings Slack to what the tickets are. `read` makes the reader of cards; `base` is our web address, for attachments."""

    def __init__(
        self, cases: Cases, slack: Slack, whisper: Whisper, sharing: Sharing, *, read: Read, base: str = ""
    ) -> None:
        self._sharing = sharing
        self._cases = cases
        self._database = cases.database
        self._slack = slack
        self._outcomes = Outcomes(slack, whisper)
        self._read = read
        self._base = base

    async def run(self, wakeups: Wakeups) -> None:
        """For ever; while another process does it, wait for it to end."""
        async with exclusive(self._database, "slack"), asyncio.TaskGroup() as group:
            for channel in self._channels():
                for name, work in (("slack", self.step), ("slack.files", self._sharing.step)):
                    step = functools.partial(work, channel)
                    group.create_task(
                        work_forever(f"{name}.{channel}", step, wakeups=wakeups, topic=DESK, poll=POLL)
                    )

    async def step(self, channel: str) -> bool:
        """Make one call for the channel's thread that has waited longest; False when none is due."""
        due = await self._find(channel)
        if due is None:
            return False
        try:
            await self._bring_on(due)
        except SlackBusy as error:
            await self._postpone(due, timedelta(seconds=error.seconds))
        except SlackAway as error:
            log.warning("slack.away", channel=channel, error=str(error), attempt=due.attempt)
            await self._postpone(due, timedelta(seconds=RETRY.delay(due.attempt)), error=str(error))
        except SlackRefusal as error:
            await self._refused(due, error)
        except UNAVAILABLE:
            raise
        except Exception as error:  # one ticket that cannot be shown must not hold up all others
            log.exception("slack.not_shown", ticket=str(due.ticket_id), attempt=due.attempt)
            wait = timedelta(seconds=RETRY.delay(due.attempt))
            await self._postpone(due, wait, error=str(error) or type(error).__name__)
        return True

    def _channels(self) -> list[str]:
        slack = self._cases.settings.slack
        return sorted(set(slack.channels.values())) if slack else []

    async def _find(self, channel: str) -> _Due | None:
        query = (
            select(SlackThread)
            .where(SlackThread.channel == channel, SlackThread.due_at <= self._cases.clock())
            .order_by(SlackThread.due_at, SlackThread.ticket_id)
            .limit(1)
        )
        async with self._database.read() as session:
            row = await session.scalar(query)
            if row is None:
                return None
            others = select(SlackThread.channel).where(SlackThread.ticket_id == row.ticket_id)
            channels = list(await session.scalars(others))
        return _Due(
            ticket_id=row.ticket_id,
            channel=channel,
            ts=row.ts,
            card=row.card,
            seq=row.seq,
            position=row.position,
            awaiting=row.awaiting,
            read_seq=row.read_seq,
            erase=row.erase,
            changes=row.changes,
            attempt=row.attempts + 1,
            is_first=len(channels) == 1,
        )

    async def _bring_on(self, due: _Due) -> None:
        """The next call that the thread needs, or none any more."""
        async with self._database.read() as session:
            view = await get_ticket_view(session, due.ticket_id, after=due.seq)
            people = await list_people(session)
            complaint = await find_complaint_view(session, view.ticket, settings=self._cases.settings)
        reader = self._read()
        here = self._cases.settings.slack_channel_of(view.ticket.queue) == due.channel
        sheet, procedure = DeskView(reader, None).sheet(view), procedure_of(complaint, reader)
        shown = card(sheet, reader, procedure) if here else _moved(view, reader)
        if here:  # the levels of deadlines change by themselves
            due = replace(due, then_at=next_level_at(view.deadlines, reader.now))
        digest = _digest(shown)
        if due.ts is None:
            if not here:  # it has moved on before its card was there
                return await self._finish(due)
            ts = await self._slack.post(due.channel, shown.text, shown.blocks)
            return await self._keep(due, ts=ts, card=digest)
        if due.erase:
            return await self._forget(due)

        holders = [user for user, agent in people.items() if agent.id == view.ticket.assignee_id]
        if due.seq is None:
            until = view.ticket.opened_at if due.is_first else reader.now
            missing: Missing | None = begin(view, reader, until=until)
        else:
            missing = follow(
                view,
                reader,
                channel=due.channel,
                seq=due.seq,
                position=due.position,
                holders=holders,
                base=self._base,
            )
        if missing is not None and (here or missing.post is None):
            return await self._say(due, missing)
        if due.card != digest:
            await self._slack.call(
                "chat.update", channel=due.channel, ts=due.ts, text=shown.text, blocks=shown.blocks
            )
            return await self._keep(due, card=digest)
        if view.conversation.read_seq > due.read_seq:
            return await self._mark_read(due, view)
        if due.awaiting:
            return await self._tell_delivery(due, view, holders, reader)
        await self._finish(due)

    async def _say(self, due: _Due, missing: Missing) -> None:
        if (post := missing.post) is not None:
            await self._slack.post(due.channel, post.text, post.blocks, thread_ts=due.ts)
        awaiting = [*due.awaiting, *map(list, missing.replies)]
        values = {"seq": missing.seq, "position": missing.position, "awaiting": awaiting}
        await self._keep(due, files=missing.files, **values)

    async def _tell_delivery(
        self, due: _Due, view: TicketView, holders: Sequence[str], reader: Reader
    ) -> None:
        """Of the first message whose delivery has ended."""
        for message_id, ts in due.awaiting:
            outcome = outcome_of(view, message_id, reader)
            if outcome.state is DeliveryState.WAITING:
                continue
            await self._outcomes.tell(
                outcome, reader, channel=due.channel, thread=due.ts, ts=ts, holders=holders
            )
            left = [each for each in due.awaiting if each != [message_id, ts]]
            return await self._keep(due, awaiting=left)
        await self._postpone(due, DELIVERY_LOOK)

    async def _mark_read(self, due: _Due, view: TicketView) -> None:
        """The newest reply from the thread that the customer has read gets a mark."""
        read = last_read(view)
        ts = written_here(view, due.channel).get(str(read.id)) if read else None
        if read is not None and ts and read.seq > due.read_seq:
            await self._outcomes.react(due.channel, ts, READ)
        await self._keep(due, read_seq=view.conversation.read_seq)

    async def _forget(self, due: _Due) -> None:
        """Take what we said out of the thread: the customer was erased. What agents wrote is theirs."""
        me = await self._slack.identity()
        async with self._sharing.resting(due.channel):
            pages = self._slack.pages("conversations.replies", "messages", channel=due.channel, ts=due.ts)
            ours = [each async for each in pages if each.get("user") == me.user_id]
            for each in ours:
                for file in each.get("files") or ():
                    await self._delete("files.delete", file=file["id"])
                if each["ts"] != due.ts:
                    await self._delete("chat.delete", channel=due.channel, ts=each["ts"])
            await self._keep(due, card=None, erase=False, uploads=[])

    async def _delete(self, method: str, **what: Any) -> None:
        """What is gone already is deleted."""
        try:
            await self._slack.call(method, **what)
        except SlackRefusal as error:
            if error.code not in ("file_not_found", "file_deleted", "message_not_found"):
                raise

    async def _refused(self, due: _Due, error: SlackRefusal) -> None:
        if (error.method, error.code) == ("chat.update", "message_not_found"):  # somebody deleted the card
            await self._keep(due, ts=None, card=None, seq=None, position=0, uploads=[])
            return
        log.error("slack.refused", channel=due.channel, method=error.method, error=error.code)
        await self._postpone(due, REFUSED, error=str(error))

    async def _keep(self, due: _Due, **values: Any) -> None:
        """Slack has it. The thread goes on behind those that wait."""
        await self._update(due, due_at=self._cases.clock(), attempts=0, error=None, **values)

    async def _postpone(self, due: _Due, wait: timedelta, *, error: str | None = None) -> None:
        attempts = due.attempt if error else due.attempt - 1
        await self._update(due, due_at=self._cases.clock() + wait, attempts=attempts, error=error)

    async def _finish(self, due: _Due) -> None:
        """All is there, unless something happened meanwhile, and until the card changes by itself."""
        then_at = literal(due.then_at, SlackThread.due_at.type)
        nothing_new = case((SlackThread.changes == due.changes, then_at), else_=SlackThread.due_at)
        await self._update(due, due_at=nothing_new, attempts=0, error=None)

    async def _update(self, due: _Due, *, files: Sequence[tuple[str, int]] = (), **values: Any) -> None:
        which = (SlackThread.ticket_id == due.ticket_id, SlackThread.channel == due.channel)
        async with self._database.write() as session:
            if files:
                await add_uploads(session, due.ticket_id, due.channel, files, at=self._cases.clock())
            await session.execute(update(SlackThread).where(*which).values(values))


def _digest(post: Post) -> str:
    return hashlib.sha256(orjson.dumps([post.text, post.blocks])).hexdigest()


def _moved(view: TicketView, reader: Reader) -> Post:
    """What is left of a card whose ticket has gone to another channel."""
    told = reader.t("slack_moved", number=view.ticket.number, queue=reader.queue(view.ticket.queue))
    return changed(told)

"""Delivery: send the outbox of one channel, at least once and in order per conversation.

A message is claimed in a short transaction, sent outside of any, and marked in another one, which claims
what comes next as well. A sender that dies in between leaves a lease that runs out; then it is sent again.
Of a message in several parts one is sent at a time, so that none is sent again when a later one must wait.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Protocol

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import (
    Amending,
    CannotAmend,
    ChannelError,
    OutgoingFile,
    PushChannel,
    RetryLater,
    TemporaryFailure,
    Undeliverable,
)
from channels.files import FileLinks
from core.backoff import Backoff
from core.clock import Clock, utc_now
from core.connections import Signs
from core.database import Database
from core.errors import NotFound
from core.files import Files, file_id_of
from core.messages import Attachment, Kind, OutgoingMessage
from core.outbox import (
    LEASE,
    Amends,
    Parcel,
    bury,
    claim,
    mark_failed,
    mark_part_sent,
    mark_postponed,
    mark_sent,
)
from core.wakeups import DESK, OUTBOX, Wakeups
from core.workers import work_forever

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 8
RETRY = Backoff(first=2.0, factor=3.0, longest=900.0)  # eight tries last about half an hour
POLL = 1.0  # seconds between looks for what falls due by time
SEND_SECONDS = LEASE.total_seconds() - 15.0  # a part is sent before its lease ends, or order would be lost
STOP_SECONDS = 5.0  # what is under way at a stop may take this long

DELIVERIES = Counter(
    "shouwen_deliveries", "Attempts to deliver, by channel and outcome.", ["channel", "outcome"]
)


class OnBuried(Protocol):
    """Called in the transaction that buries a message: the agent learns of it if and only if it is buried."""

    async def __call__(self, session: AsyncSession, parcel: Parcel, error: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The channel took it, or the last part of it."""

    vendor_ids: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Begun:
    """The channel took a part of it; the next one is due."""

    vendor_ids: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Postponed:
    """The vendor's limits have us wait."""

    seconds: float


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Try again after the backoff."""

    error: str


@dataclass(frozen=True, kw_only=True)
class Buried:
    """Give up."""

    error: str


Outcome = Sent | Begun | Postponed | Failed | Buried


def judge(error: Exception, *, attempt: int) -> Outcome:
    """What becomes of a message whose sending raised."""
    if isinstance(error, RetryLater):
        return Postponed(seconds=error.seconds)
    text = str(error) or type(error).__name__
    if isinstance(error, Undeliverable) or attempt >= MAX_ATTEMPTS:
        return Buried(error=text)
    return Failed(error=text)


class Sender:
    """Delivers for one channel. `run()` does it for ever; `step()` starts what is due now.

    `links` are for files that the channel does not take; `signs` are told how the channel does.
    """

    def __init__(
        self,
        channel: PushChannel,
        database: Database,
        wakeups: Wakeups,
        *,
        on_buried: OnBuried,
        links: FileLinks | None = None,
        signs: Signs | None = None,
        clock: Clock = utc_now,
        backoff: Backoff = RETRY,
    ) -> None:
        self._channel = channel
        self._files = Files(database)
        self._links = links
        self._signs = signs or Signs(database, clock=clock)
        self._connection = f"{channel.name}.send"
        self._database = database
        self._wakeups = wakeups
        self._on_buried = on_buried
        self._clock = clock
        self._backoff = backoff
        self._sending: set[asyncio.Task[None]] = set()
        self._claiming = asyncio.Lock()  # room is counted and filled by one at a time
        self._stopping = False

    async def run(self) -> None:
        """Deliver until cancelled; then give what is under way a moment to end."""
        self._stopping = False
        try:
            await work_forever(
                f"sender.{self._channel.name}", self.step, wakeups=self._wakeups, topic=OUTBOX, poll=POLL
            )
        finally:
            self._stopping = True
            if self._sending:
                await asyncio.wait(self._sending, timeout=STOP_SECONDS)
            for task in self._sending:
                task.cancel()
            await self.idle()

    async def step(self) -> bool:
        """Start to send what is due, as far as there is room; False when there was nothing.

        Sending goes on behind it, so that a slow conversation holds up nobody else.
        """
        self._signs.alive(self._connection)
        if len(self._sending) >= self._channel.parallel:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
            return True
        async with self._claiming:
            async with self._database.write() as session:
                parcels = await self._claim(session)
            self._start(parcels)
        return bool(parcels)

    async def idle(self) -> None:
        """Wait until nothing is being sent; what became due meanwhile is sent too."""
        while self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)

    def _start(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            task = asyncio.create_task(self._deliver(parcel))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _claim(self, session: AsyncSession, *, freed: int = 0) -> list[Parcel]:
        room = self._channel.parallel - len(self._sending) + freed
        return await claim(session, self._channel.name, now=self._clock(), limit=room)

    async def _deliver(self, parcel: Parcel) -> None:
        try:
            outcome = await self._attempt(parcel)
            async with self._claiming:
                async with self._database.write() as session:
                    holds = await self._mark(session, parcel, outcome)
                    # This conversation's next message, or whatever else has waited longest.
                    parcels = [] if self._stopping else await self._claim(session, freed=1)
                self._start(parcels)
        except Exception:
            log.exception(
                "delivery.not_marked", position=parcel.position, consequence="sent again after the lease"
            )
            return
        if holds:
            DELIVERIES.labels(channel=self._channel.name, outcome=type(outcome).__name__.lower()).inc()
            self._report(parcel, outcome)

    async def _attempt(self, parcel: Parcel) -> Outcome:
        message = OutgoingMessage(
            address=parcel.address,
            text=parcel.text,
            buttons=parcel.buttons,
            attachments=parcel.attachments,
        )
        try:
            if parcel.amends is not None:
                async with asyncio.timeout(SEND_SECONDS):
                    await self._amend(message, parcel.amends)
                self._signs.fine(self._connection)
                return Sent(vendor_ids=[])
            parts = self._channel.split(message)
            part = await self._with_content(parts[len(parcel.vendor_ids)])
            async with asyncio.timeout(SEND_SECONDS):
                vendor_id = await self._channel.send(part)
            self._signs.fine(self._connection)
            vendor_ids = [*parcel.vendor_ids, vendor_id]
            return (
                Sent(vendor_ids=vendor_ids) if len(vendor_ids) == len(parts) else Begun(vendor_ids=vendor_ids)
            )
        except TimeoutError:
            error: Exception = TemporaryFailure(f"not sent within {SEND_SECONDS:g} s")
        except ChannelError as caught:
            error = caught
        except Exception as caught:  # the adapter's own fault counts as a failed attempt
            log.exception("delivery.adapter_failed", channel=self._channel.name, position=parcel.position)
            error = caught
        if isinstance(error, TemporaryFailure):  # all else is about this message, or its customer
            self._signs.trouble(self._connection, str(error))
        return judge(error, attempt=parcel.attempt)

    async def _with_content(self, part: OutgoingMessage) -> OutgoingMessage:
        """The part with the content of its files that we keep. Raises `Undeliverable` when one is gone."""
        files = tuple([await self._open(file) for file in part.attachments])
        return replace(part, attachments=files)

    async def _open(self, file: Attachment) -> Attachment:
        file_id = file_id_of(file)
        if file_id is None:
            return file
        try:
            content = (await self._files.get(file_id)).content
        except NotFound as error:  # removed meanwhile, with what was said
            raise Undeliverable(f"the file {file.name} is not kept any more") from error
        link = self._links.link(file) if self._links else None
        return OutgoingFile(
            ref=file.ref, name=file.name, mime=file.mime, size=file.size, content=content, link=link
        )

    async def _amend(self, message: OutgoingMessage, amends: Amends) -> None:
        if not isinstance(self._channel, Amending):
            raise CannotAmend("this channel cannot change what was sent")
        if not amends.vendor_ids:
            raise CannotAmend("nothing of it is known to have been sent")
        if amends.kind is Kind.WITHDRAWAL:
            await self._channel.withdraw(amends.vendor_ids, message.address)
        else:
            whole = replace(message, attachments=amends.attachments)
            await self._channel.amend(amends.vendor_ids, whole)

    async def _mark(self, session: AsyncSession, parcel: Parcel, outcome: Outcome) -> bool:
        """Put the outcome on record; False for a burial of what another sender has taken over since."""
        now = self._clock()
        match outcome:
            case Sent(vendor_ids=vendor_ids):
                await mark_sent(session, parcel, vendor_ids=vendor_ids, now=now)
            case Begun(vendor_ids=vendor_ids):
                await mark_part_sent(session, parcel, vendor_ids=vendor_ids, now=now)
            case Postponed(seconds=seconds):
                await mark_postponed(session, parcel, again_at=now + timedelta(seconds=seconds))
            case Failed(error=error):
                again_at = now + timedelta(seconds=self._backoff.delay(parcel.attempt))
                await mark_failed(session, parcel, error=error, again_at=again_at)
            case Buried(error=error):
                if not await bury(session, parcel, error=error):
                    return False
                await self._on_buried(session, parcel, error)
        return True

    def _report(self, parcel: Parcel, outcome: Outcome) -> None:
        facts = {
            "channel": self._channel.name,
            "conversation": str(parcel.conversation_id),
            "message": str(parcel.message_id),
            "attempt": parcel.attempt,
        }
        match outcome:
            case Sent():
                log.debug("delivery.sent", **facts)
            case Begun(vendor_ids=vendor_ids):
                log.debug("delivery.begun", parts=len(vendor_ids), **facts)
            case Postponed(seconds=seconds):
                log.info("delivery.postponed", seconds=seconds, **facts)
            case Failed(error=error):
                log.info("delivery.failed", error=error, **facts)
            case Buried(error=error):
                log.warning("delivery.buried", error=error, **facts)
                self._wakeups.publish(DESK)

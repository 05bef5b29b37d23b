"""Outcomes: what became of what was said or changed, told where it was written: a mark, a word with a button, a whisper."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from channels.slack.client import Slack, SlackRefusal
from core.conversations import Message
from core.messages import AMENDMENTS, Kind
from core.outbox import DeliveryState, OutboxRow
from handoff.desk.entries import changed, failed
from handoff.desk.floor import Spot
from handoff.desk.whisper import Whisper
from handoff.life import EventKind
from handoff.views import TicketView
from handoff.wording.reader import Reader
from handoff.wording.stream import said_in

ARRIVED, FAILED, CORRECTED, READ = "white_check_mark", "warning", "pencil2", "eyes"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What has become of a message, or of a change of one, so far."""

    ticket_id: UUID
    message_id: str
    kind: str  # of the message
    text: str
    state: DeliveryState
    reason: str
    is_second_try: bool  # somebody had it sent again


def outcome_of(view: TicketView, message_id: str, reader: Reader) -> Outcome:
    """As the outbox has it; who reads the record has what is in it. Pure."""
    row = view.deliveries.get(UUID(message_id))
    message = next((each for each in view.messages if str(each.id) == message_id), None)
    return Outcome(
        ticket_id=view.ticket.id,
        message_id=message_id,
        kind=message.kind if message else Kind.TEXT,
        text=said_in(message, reader) if message else "",
        state=_state(view, message, row),
        reason=(row.last_error if row else None) or reader.t("delivery_unknown_reason"),
        is_second_try=any(
            event.kind == EventKind.SENT_AGAIN and event.data.get("message_id") == message_id
            for event in view.events
        ),
    )


def _state(view: TicketView, message: Message | None, row: OutboxRow | None) -> DeliveryState:
    """Of a change that was made where the message lies, what has become of that: the customer has neither before."""
    state = DeliveryState(row.state) if row else DeliveryState.SENT
    if message is None or message.kind not in AMENDMENTS or state is not DeliveryState.SENT:
        return state
    original = view.deliveries.get(message.reply_to) if message.reply_to else None
    if original is None or original.vendor_ids:
        return state
    return DeliveryState.DROPPED if original.state == DeliveryState.BURIED else DeliveryState(original.state)


class Outcomes:
    """Tells them. Raises what the client raises; to be told twice does no harm."""

    def __init__(self, slack: Slack, whisper: Whisper) -> None:
        self._slack = slack
        self._whisper = whisper

    async def tell(
        self,
        outcome: Outcome,
        reader: Reader,
        *,
        channel: str,
        thread: str | None,
        ts: str,
        holders: Sequence[str],
    ) -> None:
        """To `holders`, who have the ticket. `ts` is what was written in the thread, or "" if it was written elsewhere."""
        if outcome.kind in AMENDMENTS:
            await self._tell_change(outcome, channel, thread, ts, holders)
        elif outcome.state is DeliveryState.SENT:
            await self._tell_arrival(outcome, reader, channel, thread, ts)
        elif outcome.state is DeliveryState.BURIED and ts:  # of what was written elsewhere the event tells
            await self.react(channel, ts, FAILED)
            post = failed(
                holders,
                reader.t("slack_not_delivered", reason=outcome.reason),
                reader,
                ticket_id=outcome.ticket_id,
                message_id=outcome.message_id,
            )
            await self._slack.post(channel, post.text, post.blocks, thread_ts=thread)

    async def react(self, channel: str, ts: str, name: str, *, method: str = "reactions.add") -> None:
        """Put a mark under a message, or take it away; that it is so already, or that the message is gone, is fine."""
        try:
            await self._slack.call(method, channel=channel, timestamp=ts, name=name)
        except SlackRefusal as error:
            if error.code not in ("already_reacted", "no_reaction", "message_not_found"):
                raise

    async def _tell_arrival(
        self, outcome: Outcome, reader: Reader, channel: str, thread: str | None, ts: str
    ) -> None:
        if ts:
            await self.react(channel, ts, ARRIVED)
            if outcome.is_second_try:
                await self.react(channel, ts, FAILED, method="reactions.remove")
        elif outcome.is_second_try:
            post = changed(reader.t("slack_arrived_after_all", text=outcome.text))
            await self._slack.post(channel, post.text, post.blocks, thread_ts=thread)

    async def _tell_change(
        self, outcome: Outcome, channel: str, thread: str | None, ts: str, holders: Sequence[str]
    ) -> None:
        is_correction = outcome.kind == Kind.CORRECTION
        if outcome.state is DeliveryState.BURIED:
            key = "slack_not_corrected" if is_correction else "slack_not_withdrawn"
            for user in holders:
                place = Spot(user=user, channel=channel, thread=thread or "")
                await self._whisper.say(place, key, reason=outcome.reason)
        elif outcome.state is DeliveryState.SENT and is_correction:
            await self.react(channel, ts, CORRECTED)

"""What agents write in the threads: to the customer, or kept among colleagues. Each event is handled once, in its thread's order.

Only the assignee's own plain words go to the customer, with the files that were shared with them, or neither. A note
(`//`), a word to a colleague, and what others write stay here.
What was not said in a ticket's thread is no matter of the desk: it may be a customer's.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

import structlog

from channels.slack.markup import mentions
from core.backoff import Backoff
from core.clock import Clock
from core.conversations import Conversation
from core.database import UNAVAILABLE, Database
from core.errors import BadInput, NotAllowed
from core.file_types import shown_name
from core.locks import exclusive
from core.messages import is_spoken
from core.wakeups import DESK, Wakeups
from core.workers import work_forever
from handoff.agents import Agent
from handoff.desk.changing import Changing
from handoff.desk.events import INSISTED, Pending, end_event, find_next, try_again
from handoff.desk.fetching import PASSING, Fetching, NotYet, Unreached
from handoff.desk.origins import origin_of
from handoff.desk.people import Barred, find_actor, list_people
from handoff.desk.said import NOTE, Said, read_said, say_plainly
from handoff.desk.threads import SlackThread, find_thread
from handoff.desk.whisper import Whisper
from handoff.lists import get_ticket_line
from handoff.tickets import Ticket
from handoff.wording.explaining import explain
from handoff.work import Held, Insistence, Work

log = structlog.get_logger(__name__)

POLL = 0.5  # seconds between looks for what falls due by time
RETRY = Backoff(first=1.0, longest=60.0)
MAX_ATTEMPTS = 8


class Customers(Protocol):
    """Those who write to us in Slack itself. Raises what the database raises; then nothing was taken."""

    @property
    def may_write_to_app(self) -> bool:
        """Whether whoever writes to the app is one of them."""
        ...

    async def hear(self, event: Mapping[str, Any]) -> None:
        """What was said outside of the desk; it may be theirs or not."""
        ...

    async def press(self, body: Mapping[str, Any]) -> None:
        """One of their buttons was pressed."""
        ...


class Way(StrEnum):
    """What becomes of something that was written in a thread."""

    REPLY = "reply"
    NOTE = "note"
    NOTE_MENTION = "note_mention"  # it names a colleague
    NOTE_NOT_YOURS = "note_not_yours"  # whoever wrote it has not taken the ticket
    NOTE_SPOKEN = "note_spoken"  # nobody delivers to the customer


def choose_way(text: str, ticket: Ticket, agent: Agent, *, channel: str) -> Way:
    """Where an agent's words go; `channel` is the customer's. Pure."""
    if text.lstrip().startswith(NOTE):
        return Way.NOTE
    if mentions(text):
        return Way.NOTE_MENTION
    if ticket.assignee_id != agent.id or ticket.taken_at is None:
        return Way.NOTE_NOT_YOURS
    return Way.NOTE_SPOKEN if is_spoken(channel) else Way.REPLY


class Listener:
    """Handles Slack's events. `run()` does it for ever; of several processes one does."""

    def __init__(
        self,
        work: Work,
        whisper: Whisper,
        *,
        database: Database,
        clock: Clock,
        fetching: Fetching,
        customers: Customers | None = None,
    ) -> None:
        self._work = work
        self._fetching = fetching
        self._customers = customers
        self._database = database
        self._whisper = whisper
        self._changing = Changing(work, whisper, database=database, clock=clock)
        self._clock = clock

    async def run(self, wakeups: Wakeups) -> None:
        async with exclusive(self._database, "slack_events"):
            try:
                await work_forever("slack.events", self.step, wakeups=wakeups, topic=DESK, poll=POLL)
            finally:
                await self._fetching.close()

    async def fetched(self) -> None:
        """Wait until no files are on their way."""
        await self._fetching.idle()

    async def step(self) -> bool:
        """Handle the next event that is due; False when there is none."""
        async with self._database.read() as session:
            pending = await find_next(session, now=self._clock(), but=self._fetching.under_way)
        if pending is None:
            return False
        try:
            keep = await self._handle(pending)
        except UNAVAILABLE:
            raise
        except NotYet:  # its files are on their way: what follows in its thread waits, other threads go on
            return True
        except Exception:
            if pending.attempt < MAX_ATTEMPTS:
                log.exception("slack.event_failed", position=pending.position, attempt=pending.attempt)
                again_at = self._clock() + timedelta(seconds=RETRY.delay(pending.attempt))
                async with self._database.write() as session:
                    await try_again(session, pending, at=again_at)
                return True
            log.exception("slack.event_given_up", position=pending.position, kind=pending.event.get("type"))
            keep = True
            if (said := read_said(pending.event)) and await self._find_thread(said):
                await self._whisper.say(said, "slack_given_up")
        async with self._database.write() as session:
            await end_event(session, pending.position, now=self._clock(), keep=keep)
        self._fetching.forget(pending.position)
        return True

    async def _handle(self, pending: Pending) -> bool:
        """True where the content is still needed: a reply that the language guard holds."""
        event = pending.event
        if event.get("subtype") in ("message_changed", "message_deleted"):
            await self._follow_change(event)
            return False
        said = read_said(event)
        thread = await self._find_thread(said)
        if said is None or thread is None:
            await self._pass_on(event)
            return False
        async with self._database.read() as session:
            actor = await find_actor(session, said.user)
            ticket = await session.get_one(Ticket, thread.ticket_id)
            conversation = await session.get_one(Conversation, ticket.conversation_id)
            people = {user_id: each.name for user_id, each in (await list_people(session)).items()}
        if isinstance(actor, Barred):
            await self._whisper.say(said, "slack_not_linked" if actor is Barred.STRANGER else actor)
            return False
        way = choose_way(said.text, ticket, actor, channel=conversation.channel)
        return await self._take_in(pending, said, way, ticket, actor, people)

    async def _take_in(
        self,
        pending: Pending,
        said: Said,
        way: Way,
        ticket: Ticket,
        agent: Agent,
        people: Mapping[str, str],
    ) -> bool:
        text = say_plainly(said, people)
        origin = origin_of(said.channel, said.ts)
        if not text and way is not Way.REPLY:
            if said.files and way is Way.NOTE_NOT_YOURS:
                await self._whisper.say(said, "slack_file_not_yours", number=ticket.number)
            return False
        if not text and not said.files:
            return False
        insisted = pending.event.get(INSISTED)
        try:
            if way is Way.REPLY:
                files = self._fetching.take(pending.position, said.files) if said.files else ()
                insists = None if insisted is None else Insistence(reason=insisted)
                await self._work.reply(ticket.id, agent, text, files=files, insists=insists, origin=origin)
                return False
            await self._work.note(ticket.id, agent, text, origin=origin)
        except Unreached as error:
            await self._whisper.say(said, "slack_file_unreached", file=shown_name(error.name))
            return False
        except PASSING as error:
            if pending.attempt < MAX_ATTEMPTS:
                raise
            log.warning("slack.file_given_up", position=pending.position, error=str(error))
            await self._whisper.say(said, "slack_files_unreached")
            return False
        except Held as held:
            await self._whisper.hold(said, held, held_id=str(pending.position))
            return True
        except (NotAllowed, BadInput) as error:
            refusal: NotAllowed | BadInput = error
            async with self._database.read() as session:
                line = await get_ticket_line(session, ticket.id)
            await self._whisper.tell(said, lambda reader: explain(refusal, reader, line))
            return False
        if way is not Way.NOTE:
            await self._whisper.say(said, f"slack_{way}", number=ticket.number)
        return False

    async def _find_thread(self, said: Said | None) -> SlackThread | None:
        """The ticket's thread in which it was said."""
        if said is None:
            return None
        async with self._database.read() as session:
            return await find_thread(session, said.channel, said.thread)

    async def _pass_on(self, event: Mapping[str, Any]) -> None:
        if self._customers is not None:
            await self._customers.hear(event)

    async def _follow_change(self, event: Mapping[str, Any]) -> None:
        """Of a message in a ticket's thread it is the desk's matter, else it may be a customer's."""
        before = event.get("previous_message") or {}
        said = read_said({**before, "channel": event.get("channel"), "type": "message"})
        if await self._find_thread(said) is None:
            await self._pass_on(event)
        else:
            await self._changing.follow(event)

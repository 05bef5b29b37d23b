"""Turns: a batch of conversations with unhandled messages, understood in one call, committed in one transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from sqlalchemy.ext.asyncio import AsyncSession

from bot import replies
from bot.claims import PENDING, Case, Claims, put_off
from bot.dialogue import (
    Answer,
    Clarify,
    Decision,
    Handoff,
    Heard,
    Policy,
    Relay,
    Silence,
    State,
    advance,
    decide,
)
from core.backoff import Backoff
from core.clock import Clock, utc_now
from core.conversations import Conversation, Draft, Owner
from core.database import Database
from core.inbox import InboxRow
from core.languages import ReplyLanguage
from core.messages import Author, Kind
from core.posting import Posting
from core.wakeups import DESK, Wakeups
from handoff import notices
from handoff.handover import DeskSettings, customer_wrote, find_open_ticket, hand_over
from handoff.progress import describe_progress
from handoff.tickets import Reason
from nlu.knowledge import KnowledgeBase
from nlu.understanding import Interpreter, Understanding

log = structlog.get_logger(__name__)

BATCH = 64  # conversations of one transaction
MAX_ATTEMPTS = 3  # failed turns of a message before people get it
RETRY = Backoff(first=2.0)

HANDLED = Counter("shouwen_messages_handled", "Customers' messages handled, by decision.", ["decision"])
TURN_SECONDS = Histogram("shouwen_turn_seconds", "Time of one turn (a batch of conversations).")


@dataclass(frozen=True, kw_only=True)
class Brain:
    """What the bot knows: swapped as a whole."""

    interpreter: Interpreter
    knowledge: KnowledgeBase
    policy: Policy


class Turns:
    """Handles what customers sent. `step()` is one turn."""

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        *,
        brain: Brain,
        desk: DeskSettings,
        pushed: Collection[str],
        default_language: ReplyLanguage = "zh",
        clock: Clock = utc_now,
    ) -> None:
        self.brain = brain
        self._database = database
        self._wakeups = wakeups
        self._desk = desk
        self._pushed = pushed
        self._default_language: ReplyLanguage = default_language
        self._clock = clock
        self._claims = Claims(database)
        self._careful = 0  # turns of a single conversation still to go, after a batch has failed
        self._current: UUID | None = None  # whom a turn of a single conversation handles

    async def step(self) -> bool:
        """Handle up to a batch of conversations; False when nothing more is known to wait."""
        careful = self._careful > 0
        self._careful = max(self._careful - 1, 0)
        self._current = None
        try:
            with TURN_SECONDS.time():
                return await self._turn(1 if careful else BATCH)
        except Exception:
            culprit = self._current
            if culprit is None:
                raise
            if careful:
                log.exception("turn.failed", conversation=str(culprit))
                async with self._database.write() as session:
                    until = self._clock() + timedelta(seconds=RETRY.delay(1))
                    await put_off(session, culprit, until=until)
            else:
                log.warning("turn.batch_failed", exc_info=True, consequence="one by one")
                self._careful = BATCH
            return True

    async def _turn(self, limit: int) -> bool:
        now = self._clock()
        brain = self.brain
        posting = Posting(self._pushed)
        desk_changed = False
        async with self._database.write() as session:
            cases = await self._claims.claim(session, now=now, limit=limit)
            if not cases:
                return False
            self._current = cases[0].conversation.id
            understood = _understand(brain.interpreter, cases)
            for case in cases:
                for row in case.rows:
                    decision = await self._handle(session, case, row, understood, posting, brain, now)
                    desk_changed |= isinstance(decision, Handoff | Relay)
            await posting.write(session)
            await self._claims.finish(session, cases, now=now)
        posting.announce(self._wakeups)
        if desk_changed:
            self._wakeups.publish(DESK)
        return len(cases) == limit or any(len(case.rows) == PENDING for case in cases)

    async def _handle(
        self,
        session: AsyncSession,
        case: Case,
        row: InboxRow,
        understood: dict[int, Understanding],
        posting: Posting,
        brain: Brain,
        now: datetime,
    ) -> Decision:
        conversation = case.conversation
        understanding = understood.get(row.position)
        language = self._language(conversation, understanding)
        heard = Heard(
            kind=Kind(row.kind),
            text=row.text,
            at=row.received_at,
            press=row.press,
            understanding=understanding,
        )
        state = State.from_json(conversation.state)
        decision: Decision
        if row.attempts >= MAX_ATTEMPTS and conversation.owner == Owner.BOT:
            decision = Handoff(reason=Reason.FAULT)
        else:
            decision = decide(
                state,
                heard,
                owner=Owner(conversation.owner),
                policy=brain.policy,
                entries=brain.knowledge.entries.keys(),
            )
        said = Draft(
            id=row.message_id,
            author=Author.CUSTOMER,
            kind=heard.kind,
            text=row.text,
            at=row.received_at,
            attachments=row.attachments,
            facts=_facts(row, decision, understanding),
        )
        reply = await self._carry_out(session, conversation, said, decision, state, language, brain, now)
        posting.add(conversation, [said, *([reply] if reply else [])], now=now)
        conversation.state = advance(state, heard, decision, brain.policy).to_json()
        conversation.language = language
        HANDLED.labels(decision=type(decision).__name__.lower()).inc()
        return decision

    async def _carry_out(
        self,
        session: AsyncSession,
        conversation: Conversation,
        said: Draft,
        decision: Decision,
        state: State,
        language: ReplyLanguage,
        brain: Brain,
        now: datetime,
    ) -> Draft | None:
        """Do what was decided; the reply to the customer, if there is one."""
        match decision:
            case Answer(entry=entry):
                text = brain.knowledge.entries[entry].answers[language]
                if brain.knowledge.entries[entry].action == "progress":
                    told = await describe_progress(
                        session, conversation.customer_id, language, hours=self._desk.hours, now=now
                    )
                    text = told or text
                return Draft(author=Author.BOT, text=text, at=now, reply_to=said.id, entry=entry)
            case Clarify():
                text, buttons = replies.clarify(decision, brain.knowledge, language)
                return Draft(author=Author.BOT, text=text, buttons=buttons, at=now, reply_to=said.id)
            case Handoff(reason=reason):
                pending = {"author": said.author, "kind": said.kind, "text": said.text, "entry": None}
                ticket = await hand_over(
                    session,
                    conversation,
                    reason,
                    settings=self._desk,
                    language=language,
                    pending=[pending] if said.kind is not Kind.PRESS else [],
                    now=now,
                )
                text = notices.handed_over(
                    language, reason, number=ticket.number, hours=self._desk.hours, now=now
                )
                return Draft(author=Author.BOT, text=text, at=now, reply_to=said.id)
            case Relay(urgent=urgent):
                ticket_or_none = await find_open_ticket(session, conversation)
                if ticket_or_none is None:
                    return None
                waits = await customer_wrote(
                    session, ticket_or_none, message_id=said.id, urgent=urgent, now=now
                )
                if not waits or state.waiting_told:
                    return None
                text = notices.still_waiting(
                    language, number=ticket_or_none.number, hours=self._desk.hours, now=now
                )
                return Draft(author=Author.BOT, text=text, at=now, reply_to=said.id)
            case Silence():
                return None

    def _language(self, conversation: Conversation, understanding: Understanding | None) -> ReplyLanguage:
        current: ReplyLanguage | None = (
            "zh" if conversation.language == "zh" else "en" if conversation.language == "en" else None
        )
        match understanding.language if understanding else "other":
            case "zh-Hans" | "zh-Hant":
                return "zh"
            case "en" if current != "zh" or _says_something(understanding):
                return "en"
        return current or self._default_language


def _understand(interpreter: Interpreter, cases: Sequence[Case]) -> dict[int, Understanding]:
    """Understandings by inbox position, of the rows that hold words: a button's label serves if the button is gone."""
    rows = [
        row
        for case in cases
        for row in case.rows
        if row.kind in (Kind.TEXT, Kind.EDIT, Kind.FILE, Kind.PRESS)
        and row.text.strip()
        and row.attempts < MAX_ATTEMPTS
    ]
    if not rows:
        return {}
    understood = interpreter.understand([row.text for row in rows])
    return {row.position: u for row, u in zip(rows, understood, strict=True)}


def _says_something(understanding: Understanding | None) -> bool:
    """More than "ok" or "hi": enough English to change the language of a conversation."""
    return understanding is not None and sum(c.isalpha() for c in understanding.text) >= 4


def _facts(row: InboxRow, decision: Decision, understanding: Understanding | None) -> dict[str, object]:
    facts: dict[str, object] = {"decision": type(decision).__name__.lower()}
    if understanding is not None:
        facts |= {"intent": understanding.intent, "confidence": round(understanding.confidence, 4)}
    if row.press:
        facts["press"] = row.press
    if row.edits:
        facts["edits"] = row.edits
    return facts

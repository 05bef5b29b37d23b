"""One turn: what is decided about each message of a batch is carried out in the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from bot import replies
from bot.claims import Case
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
from core.conversations import Conversation, Draft, Owner
from core.inbox import InboxRow
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from core.messages import Author, Kind
from core.posting import Posting
from handoff import notices
from handoff.handover import DeskSettings, customer_wrote, find_open_ticket, hand_over
from handoff.progress import describe_progress
from handoff.tickets import Reason
from nlu.knowledge import KnowledgeBase
from nlu.understanding import Interpreter, Understanding

MAX_ATTEMPTS = 3  # failed turns of a message before people get it
SAYS_SOMETHING = (
    4  # letters of English that change the language of a Chinese conversation: more than "ok" or "hi"
)

HANDLED = Counter("shouwen_messages_handled", "Customers' messages handled, by decision.", ["decision"])


@dataclass(frozen=True, kw_only=True)
class Brain:
    """What the bot knows: swapped as a whole."""

    interpreter: Interpreter
    knowledge: KnowledgeBase
    policy: Policy


@dataclass(frozen=True, kw_only=True)
class TurnSettings:
    """What a turn needs to know beside the brain. `pushed` names the channels that must be called to deliver."""

    desk: DeskSettings
    pushed: Collection[str]
    default_language: ReplyLanguage = "zh"


class Turn:
    """Handles cases in one transaction; afterwards `posting` holds what was said."""

    def __init__(self, session: AsyncSession, brain: Brain, settings: TurnSettings, *, now: datetime) -> None:
        self.posting = Posting(settings.pushed)
        self.concerns_desk = False  # a ticket was opened, or its customer wrote
        self._session = session
        self._brain = brain
        self._settings = settings
        self._now = now

    async def handle(self, cases: Sequence[Case]) -> None:
        """Understand all messages in one call, then decide about and carry out one after the other."""
        understood = self._understand(cases)
        for case in cases:
            story: list[Draft] = []
            for row in case.rows:
                story += await self._handle(case.conversation, row, understood.get(row.position), story)
        await self.posting.write(self._session)

    def _understand(self, cases: Sequence[Case]) -> Mapping[int, Understanding]:
        """By inbox position, for rows that hold words: a button's label serves if the button is gone."""
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
        understood = self._brain.interpreter.understand([row.text for row in rows])
        return {row.position: each for row, each in zip(rows, understood, strict=True)}

    async def _handle(
        self,
        conversation: Conversation,
        row: InboxRow,
        understanding: Understanding | None,
        story: Sequence[Draft],
    ) -> list[Draft]:
        heard = Heard(
            kind=Kind(row.kind),
            text=row.text,
            at=row.received_at,
            press=row.press,
            understanding=understanding,
        )
        state = State.from_json(conversation.state)
        decision = self._decide(conversation, row, heard, state)
        conversation.language = reply_language(
            conversation.language, understanding, self._settings.default_language
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
        reply = await self._carry_out(conversation, state, decision, [*story, said])
        drafts = [said, reply] if reply else [said]
        # Added one by one: a handoff raises the epoch, which fences off what the bot said before it.
        self.posting.add(conversation, drafts, now=self._now)
        conversation.state = advance(state, heard, decision, self._brain.policy).to_json()
        self.concerns_desk |= isinstance(decision, Handoff | Relay)
        HANDLED.labels(decision=type(decision).__name__.lower()).inc()
        return drafts

    def _decide(self, conversation: Conversation, row: InboxRow, heard: Heard, state: State) -> Decision:
        owner = Owner(conversation.owner)
        if row.attempts >= MAX_ATTEMPTS and owner is Owner.BOT:
            return Handoff(reason=Reason.FAULT)
        entries = self._brain.knowledge.entries.keys()
        return decide(state, heard, owner=owner, policy=self._brain.policy, entries=entries)

    async def _carry_out(
        self, conversation: Conversation, state: State, decision: Decision, story: Sequence[Draft]
    ) -> Draft | None:
        """Do what was decided about the last of the story; the reply to the customer, if there is one."""
        language: ReplyLanguage = "en" if conversation.language == "en" else "zh"
        said, now, hours = story[-1], self._now, self._settings.desk.hours
        match decision:
            case Answer(entry=entry):
                text = self._brain.knowledge.entries[entry].answers[language]
                if self._brain.knowledge.entries[entry].action == "progress":
                    told = await describe_progress(
                        self._session, conversation.customer_id, language, hours=hours, now=now
                    )
                    text = told or text
                return Draft(author=Author.BOT, text=text, at=now, reply_to=said.id, entry=entry)
            case Clarify():
                text, buttons = replies.clarify(decision, self._brain.knowledge, language)
                return Draft(author=Author.BOT, text=text, buttons=buttons, at=now, reply_to=said.id)
            case Handoff(reason=reason):
                ticket = await hand_over(
                    self._session,
                    conversation,
                    reason,
                    settings=self._settings.desk,
                    language=language,
                    unwritten=story,
                    now=now,
                )
                text = notices.handed_over(language, reason, number=ticket.number, hours=hours, now=now)
                return Draft(author=Author.BOT, text=text, at=now, reply_to=said.id)
            case Relay(urgent=urgent):
                open_ticket = await find_open_ticket(self._session, conversation)
                if open_ticket is None:
                    return None
                waits = await customer_wrote(
                    self._session, open_ticket, message_id=said.id, urgent=urgent, now=now
                )
                if not waits or state.waiting_told:
                    return None
                text = notices.still_waiting(language, number=open_ticket.number, hours=hours, now=now)
                return Draft(author=Author.BOT, text=text, at=now, reply_to=said.id)
            case Silence():
                return None


def reply_language(
    current: str | None, understanding: Understanding | None, default: ReplyLanguage
) -> ReplyLanguage:
    """The language to reply in: the customer's, and where that does not show, the conversation's or the default."""
    now: ReplyLanguage | None = next((language for language in REPLY_LANGUAGES if language == current), None)
    match understanding.language if understanding else "other":
        case "zh-Hans" | "zh-Hant":
            return "zh"
        case "en" if now != "zh" or _count_letters(understanding) >= SAYS_SOMETHING:
            return "en"
    return now or default


def _count_letters(understanding: Understanding | None) -> int:
    return sum(character.isalpha() for character in understanding.text) if understanding else 0


def _facts(row: InboxRow, decision: Decision, understanding: Understanding | None) -> dict[str, object]:
    facts: dict[str, object] = {"decision": type(decision).__name__.lower()}
    if understanding is not None:
        facts |= {"intent": understanding.intent, "confidence": round(understanding.confidence, 4)}
    if row.press:
        facts["press"] = row.press
    if row.edits:
        facts["edits"] = row.edits
    return facts

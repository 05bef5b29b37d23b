"""One turn: what is decided about each message of a batch is carried out in the caller's transaction."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from bot import replies
from bot.choices import awaited
from bot.claims import Case
from bot.decisions import (
    Answer,
    Ask,
    Clarify,
    Decision,
    Desk,
    Entries,
    Handoff,
    Heard,
    Policy,
    Relay,
    Silence,
    Tell,
    Thank,
    buttons_of,
)
from bot.dialogue import advance, decide
from bot.hearing import MAX_ATTEMPTS, hear, read_rows
from bot.nearness import near_at_handoff, near_at_relay
from bot.readings import Meant, Readings, choose, fresh
from bot.shortcomings import Shortcoming, find_shortcomings
from bot.state import State
from core.conversations import Conversation, Draft, Owner
from core.inbox import InboxRow
from core.languages import ReplyLanguage
from core.messages import Attachment, Author
from core.posting import Posting
from handoff import notices
from handoff.expectation import Expectation, expect
from handoff.gaps.clustering import terms_of
from handoff.gaps.noting import note_answered_before, note_message
from handoff.handover import customer_wrote, find_open_ticket, hand_over
from handoff.kinds import Reason
from handoff.presses import press
from handoff.progress import describe_named, describe_progress
from handoff.questions import Answered, Pressed
from handoff.settings import SettingsInForce
from handoff.tickets import Ticket
from handoff.votes import keep_vote, vote_buttons
from nlu.knowledge.entries import KnowledgeBase, Progress
from nlu.understanding import Interpreter, Understanding

# One thread: what an engine remembers by thread is remembered once.
_UNDERSTANDING = ThreadPoolExecutor(1, thread_name_prefix="understanding")

HANDLED = Counter("shouwen_messages_handled", "Customers' messages handled, by decision.", ["decision"])


@dataclass(frozen=True, kw_only=True)
class Brain:
    """What the bot knows: swapped as a whole."""

    interpreter: Interpreter
    knowledge: KnowledgeBase
    policy: Policy
    version: int | None = None  # of the knowledge base, where it was published


@dataclass(frozen=True, kw_only=True)
class TurnSettings:
    """What a turn needs to know beside the brain. `pushed` names the channels that must be called to deliver."""

    desk: SettingsInForce
    pushed: Collection[str]
    default_language: ReplyLanguage = "zh"
    ask_helpful: bool = False  # customers may say of an answer whether it helped


class Turn:
    """Handles cases in one transaction; afterwards `posting` holds what was said."""

    def __init__(self, session: AsyncSession, brain: Brain, settings: TurnSettings, *, now: datetime) -> None:
        self.posting = Posting(settings.pushed)
        self.concerns_desk = False  # a ticket was opened, or its customer wrote
        self._session = session
        self._brain = brain
        self._settings = settings
        self._desk = settings.desk.now
        self._now = now
        self._today = now.astimezone(self._desk.calendar.zone).date()
        self._entries = valid_entries(brain.knowledge, self._today)
        self._shortcomings: list[tuple[Draft, Shortcoming]] = []

    async def handle(self, cases: Sequence[Case]) -> None:
        """Understand all messages in one call, then decide about and carry out one after the other."""
        read = read_rows(cases)
        understood = await self._understand(read)
        for case in cases:
            story: list[Draft] = []
            for row in case.rows:
                story += await self._handle(case.conversation, row, read.get(row.position), understood, story)
        await self.posting.write(self._session)
        await self._note_shortcomings()

    async def _note_shortcomings(self) -> None:
        for said, found in self._shortcomings:
            note = note_answered_before if found.answered else note_message
            await note(self._session, said.id, found.why, at=said.at)

    async def _understand(self, read: Mapping[int, Readings]) -> Mapping[str, Understanding]:
        """By text, each once. In a thread: an engine may ask a server, and pages and sockets go on meanwhile."""
        texts = list(dict.fromkeys(text for each in read.values() for text in each.texts))
        if not texts:
            return {}
        understand = self._brain.interpreter.understand
        found = await asyncio.get_running_loop().run_in_executor(_UNDERSTANDING, understand, texts)
        return dict(zip(texts, found, strict=True))

    async def _handle(
        self,
        conversation: Conversation,
        row: InboxRow,
        given: Readings | None,
        understood: Mapping[str, Understanding],
        story: Sequence[Draft],
    ) -> list[Draft]:
        state = State.from_json(conversation.state)
        meant = self._choose(given, understood, state, row.received_at) if given else None
        heard = await hear(self._session, row, meant, conversation)
        decision = self._decide(conversation, row, heard, state)
        wanted = meant.language if meant else None
        if not isinstance(decision, Desk):  # its buttons' words tell nothing of the customer's language
            conversation.language = wanted or replies.reply_language(
                conversation.language, heard.understanding, self._settings.default_language
            )
        found = find_shortcomings(state, heard, decision)
        said = Draft(
            id=row.message_id,
            author=Author.CUSTOMER,
            kind=heard.kind,
            text=row.text,
            at=row.received_at,
            attachments=row.attachments,
            facts=_facts(row, decision, heard, conversation.language, found),
        )
        if heard.vote is not None and heard.vote.is_new:
            await keep_vote(self._session, heard.vote, at=row.received_at)
        self._shortcomings += [(said, each) for each in found]
        after = advance(state, heard, decision, self._brain.policy)
        if isinstance(decision, Desk):
            self.posting.add(conversation, [said], now=self._now)  # before what the desk says by itself
            answered = await self._press(conversation, decision)
            drafts = [said, *self._say(conversation, answered, said)]
            after = replace(after, question=answered.question)
        else:
            waiting = awaited(state.question, heard)
            if waiting and isinstance(decision, Handoff) and decision.reason is Reason.COMPLAINT:
                # Handed over, and kept as what was asked for.
                await self._press(conversation, Desk(action=waiting, text=row.text), is_complaint=True)
            reply = await self._carry_out(conversation, state, heard, decision, [*story, said])
            drafts = [said, reply] if reply else [said]
            # Added one by one: a handoff raises the epoch, which fences off what the bot said before it.
            self.posting.add(conversation, drafts, now=self._now)
        conversation.state = after.to_json()
        self.concerns_desk |= isinstance(decision, Handoff | Relay | Desk)
        HANDLED.labels(decision=type(decision).__name__.lower()).inc()
        return drafts

    async def _press(
        self, conversation: Conversation, decision: Desk, *, is_complaint: bool = False
    ) -> Answered:
        return await press(
            Pressed(
                session=self._session,
                conversation=conversation,
                posting=self.posting,
                settings=self._desk,
                now=self._now,
                language=_reply_language(conversation),
                action=decision.action,
                text=decision.text,
                typed=decision.typed,
                is_complaint=is_complaint,
            )
        )

    def _say(self, conversation: Conversation, answered: Answered, said: Draft) -> list[Draft]:
        """A notice of the desk in answer to a press, where it has not said something by itself."""
        if not answered.text:
            return []
        draft = Draft(
            author=Author.SYSTEM,
            text=answered.text,
            buttons=answered.question.buttons if answered.question else (),
            at=self._now,
            reply_to=said.id,
        )
        self.posting.add(conversation, [draft], now=self._now)
        return [draft]

    def _choose(
        self, given: Readings, understood: Mapping[str, Understanding], state: State, at: datetime
    ) -> Meant:
        topic = fresh(state.topic, at=at.timestamp())
        return choose(
            given,
            understood,
            topic=topic if state.asking is None else None,
            rejected=state.answered,
            entries=self._entries,
            policy=self._brain.policy,
        )

    def _decide(self, conversation: Conversation, row: InboxRow, heard: Heard, state: State) -> Decision:
        owner = Owner(conversation.owner)
        if row.attempts >= MAX_ATTEMPTS:
            is_bots = owner is Owner.BOT
            return Handoff(reason=Reason.FAULT, asking=state.asking) if is_bots else Relay(urgent=False)
        return decide(state, heard, owner=owner, policy=self._brain.policy, entries=self._entries)

    async def _carry_out(
        self,
        conversation: Conversation,
        state: State,
        heard: Heard,
        decision: Decision,
        story: Sequence[Draft],
    ) -> Draft | None:
        """Do what was decided about the last of the story; the reply to the customer, if there is one."""
        language = _reply_language(conversation)
        said, now, desk = story[-1], self._now, self._desk
        match decision:
            case Answer(entries=entries, asking=asking):
                text, files = await self._answers(conversation, entries, language)
                if asking is not None:
                    text = f"{text}\n\n{replies.ask_after_answer(asking, self._entries, language)}"
                reply = self._reply(decision, text, language, said, entries=entries, files=files)
                return self._ask_helpful(reply, heard, language) if asking is None else reply
            case Ask():
                return self._reply(decision, replies.ask(decision, self._entries, language), language, said)
            case Clarify():
                return self._reply(decision, replies.clarify(decision, language), language, said)
            case Handoff(reason=reason, entries=entries, asking=asking):
                text, files = await self._answers(conversation, entries, language)
                ticket = await hand_over(
                    self._session,
                    conversation,
                    reason,
                    settings=desk,
                    language=language,
                    unwritten=story,
                    now=now,
                    queue=decision.queue,
                    entry=entries[-1] if entries else asking.entry if asking else None,
                    collected=asking.values if asking else None,
                    near=near_at_handoff(decision, heard, self._brain.policy),
                )
                expected = await self._expect(ticket)
                notice = notices.handed_over(
                    language,
                    reason,
                    number=ticket.number,
                    expected=expected,
                    calendar=desk.calendar_of(ticket.queue),
                )
                text = f"{text}\n\n{notice}" if text else notice
                return self._reply(None, text, language, said, entries=entries, files=files)
            case Relay(urgent=urgent):
                open_ticket = await find_open_ticket(self._session, conversation)
                if open_ticket is None:
                    return None
                waits = await customer_wrote(
                    self._session,
                    open_ticket,
                    message_id=said.id,
                    urgent=urgent,
                    settings=desk,
                    now=now,
                    near=near_at_relay(heard),
                )
                if not waits or state.waiting_told:
                    return None
                expected = await self._expect(open_ticket)
                text = notices.still_waiting(
                    language,
                    number=open_ticket.number,
                    expected=expected,
                    calendar=desk.calendar_of(open_ticket.queue),
                )
                return Draft(author=Author.BOT, text=text, at=now, reply_to=said.id)
            case Tell(number=number):
                text = await describe_named(
                    self._session, conversation.customer_id, number, language, settings=desk, now=now
                )
                return self._reply(None, text, language, said)
            case Thank(aloud=True):
                return self._reply(decision, replies.thank(decision, language), language, said)
            case Silence() | Desk() | Thank():
                return None

    def _ask_helpful(self, reply: Draft, heard: Heard, language: ReplyLanguage) -> Draft:
        """An answer, with the two buttons of a vote under it; not where the customer has only said hello."""
        if not self._settings.ask_helpful or not (heard.press or terms_of(heard.words or heard.text)):
            return reply
        return replace(reply, buttons=(*reply.buttons, *vote_buttons(reply.id, language)))

    async def _expect(self, ticket: Ticket) -> Expectation:
        """How long the customer has to wait; kept, so that they are told when it becomes much longer."""
        expected = await expect(self._session, ticket, settings=self._desk, now=self._now)
        ticket.told = expected.to_json()
        return expected

    async def _answers(
        self, conversation: Conversation, entries: Sequence[str], language: ReplyLanguage
    ) -> tuple[str, list[dict[str, Any]]]:
        """What these entries say, and their files."""
        texts: list[str] = []
        files: list[dict[str, Any]] = []
        for entry in (self._entries[each] for each in entries):
            told = None
            if isinstance(entry.action, Progress):
                told = await describe_progress(
                    self._session,
                    conversation.customer_id,
                    language,
                    settings=self._desk,
                    now=self._now,
                )
            texts.append(told or entry.answer(language, conversation.channel))
            files += [
                Attachment(ref=file.url, name=file.name, mime=file.mime).to_json()
                for file in entry.attachments
            ]
        return "\n\n".join(texts), files

    def _reply(
        self,
        decision: Answer | Ask | Clarify | Thank | None,
        text: str,
        language: ReplyLanguage,
        said: Draft,
        *,
        entries: Sequence[str] = (),
        files: Sequence[dict[str, Any]] = (),
    ) -> Draft:
        actions = buttons_of(decision) if decision else ()
        facts: dict[str, object] = {"entries": list(entries)} if len(entries) > 1 else {}
        if entries and self._brain.version is not None:
            facts["version"] = self._brain.version
        return Draft(
            author=Author.BOT,
            text=text,
            buttons=replies.buttons(actions, self._entries, language),
            attachments=list(files),
            at=self._now,
            reply_to=said.id,
            entry=entries[0] if entries else None,
            facts=facts,
        )


def valid_entries(knowledge: KnowledgeBase, day: date) -> Entries:
    """The entries that may be answered on that day."""
    return {key: entry for key, entry in knowledge.entries.items() if entry.is_valid(day)}


def _reply_language(conversation: Conversation) -> ReplyLanguage:
    return "en" if conversation.language == "en" else "zh"


def _facts(
    row: InboxRow,
    decision: Decision,
    heard: Heard,
    language: str | None,
    shortcomings: Sequence[Shortcoming],
) -> dict[str, object]:
    facts: dict[str, object] = {"decision": type(decision).__name__.lower()}
    if language:
        facts["language"] = language
    if (understanding := heard.understanding) is not None:
        facts |= {"intent": understanding.intent, "confidence": round(understanding.confidence, 4)}
    if row.press:
        facts["press"] = row.press
    if row.edits:
        facts["edits"] = row.edits
    if no_help := [{"entry": each.answered, "why": each.why} for each in shortcomings if each.answered]:
        facts["no_help"] = no_help
    if heard.vote is not None and heard.vote.is_new:
        facts["votes"] = [heard.vote.to_fact()]
    return facts

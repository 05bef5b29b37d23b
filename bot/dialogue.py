"""The dialogue: what to do with one thing that a customer did. Pure: values in, a value out."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.choices import awaited, choose
from bot.collecting import form_of, is_value, take_reply
from bot.decisions import (
    ENTRY,
    OFFERED,
    SKIP,
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
from bot.phrases import LAST, find_choice, is_cancel, is_question, is_unknown
from bot.readings import LONGEST_CONTEXT, fresh, guesses_of, is_likely, is_sure
from bot.state import Asking, Cause, State, Topic
from core.conversations import Owner
from core.messages import VOTE, Kind
from handoff.aftercare.care import STOP
from handoff.kinds import Reason
from handoff.presses import is_desks
from nlu.knowledge.entries import HUMAN, Collect, HandOver, Progress
from nlu.understanding import Understanding, Urgency


def decide(state: State, heard: Heard, *, owner: Owner, policy: Policy, entries: Entries) -> Decision:
    """What to do now. `entries` are those that may be answered today, so that an old button does no harm."""
    understanding = heard.understanding
    urgent = understanding is not None and understanding.urgency is Urgency.EMERGENCY
    action = _pressed(state, heard, entries)
    if action is not None and is_desks(action) and not _is_flood(state, heard, policy):
        return Desk(action=action, typed=heard.kind is not Kind.PRESS)
    if action is not None and action.startswith(VOTE):
        return _take_vote(state, heard, owner, policy, entries)
    if owner is Owner.HUMAN:
        return Relay(urgent=urgent)
    if urgent:
        return Handoff(reason=Reason.EMERGENCY, asking=state.asking)
    if action == HUMAN or (understanding and understanding.wants_human.decision):
        return Handoff(reason=Reason.WANTS_HUMAN, asking=state.asking)
    chosen = action.removeprefix(ENTRY) if action else None
    if understanding and understanding.complaint.decision and chosen not in entries:
        return Handoff(reason=Reason.COMPLAINT, asking=state.asking)
    if _is_flood(state, heard, policy):
        hint = state.hinted is not Cause.FLOOD
        return Clarify(cause=Cause.FLOOD) if hint else Silence(cause=Cause.FLOOD)
    asking = state.asking if form_of(state.asking, entries) else None
    if chosen in entries and chosen is not None:
        return _answer((chosen,), 1.0, entries, interrupted=asking)
    if asking is not None and not _rejects_form(state, asking, heard, entries):
        other = _other_question(asking, heard, policy, entries)
        if other is not None:
            return _answer((other.intent,), other.confidence, entries, interrupted=asking)
        return take_reply(asking, heard, entries, is_skip=action == SKIP)
    if heard.ticket is not None and not _is_about_something_else(heard, policy, entries):
        return Tell(number=heard.ticket)
    waiting = awaited(state.question, heard)
    if waiting is not None and not _is_clear_question(heard, policy, entries):
        return Desk(action=waiting, text=heard.text)
    if action == SKIP:
        return Silence(cause=Cause.REPEATED)  # an old button
    if heard.only_language:
        return _repeat(state, heard, entries)
    if understanding is None or not understanding.intent:
        return _wordless(state, heard, policy)
    if len(heard.text) > policy.long_text:
        return Clarify(cause=Cause.LONG)
    if understanding.rejection and state.answered is not None:
        known = tuple(entry for entry in state.alternatives if entry in entries)
        return _miss(state, policy, Cause.REJECTED, known)
    if any(is_sure(question, policy) for question in heard.questions):
        return _answer_several(heard.questions, policy, entries)
    if is_sure(understanding, policy) and understanding.intent in entries:
        return _answer((understanding.intent,), understanding.confidence, entries)
    cause = Cause.REJECTED if heard.corrects and state.answered is not None else Cause.MISS
    return _miss(state, policy, cause, _likely(heard.questions or (understanding,), policy, entries))


def advance(state: State, heard: Heard, decision: Decision, policy: Policy) -> State:
    """The state after the decision was carried out."""
    at = heard.at.timestamp()
    recent = (*(t for t in state.recent if t > at - policy.flood_seconds), at)[-(policy.flood_messages + 1) :]
    topic = fresh(state.topic, at=at)
    question = state.question.followed() if state.question and state.question.is_fresh(at) else None
    match decision:
        case Answer(entries=answered, asking=asking):
            guesses = heard.understanding.alternatives if heard.understanding else ()
            alternatives = tuple(g.intent for g in guesses if g.intent not in answered)[:OFFERED]
            if (
                heard.only_language and topic is not None
            ):  # said again: the words stay those that asked for it
                topic = replace(topic, at=at)
            else:
                # Cut, and with that too long to be referred to: the state stays small.
                words = (heard.words or heard.text)[: LONGEST_CONTEXT + 1]
                topic = Topic(entries=answered, text=words, at=at)
            return State(
                answered=answered[-1],
                alternatives=alternatives,
                topic=topic,
                asking=asking,
                offered=buttons_of(decision),
                recent=recent,
                question=question,
            )
        case Ask(asking=asking):
            offered = buttons_of(decision)
            return State(topic=topic, asking=asking, offered=offered, recent=recent, question=question)
        case Clarify(cause=cause):
            missed = cause in (Cause.MISS, Cause.REJECTED, Cause.UNHELPFUL, Cause.VOICE)
            return State(
                misses=state.misses + missed,
                topic=topic,
                asking=state.asking if cause is Cause.FLOOD else None,
                offered=buttons_of(decision),
                hinted=cause,
                recent=recent,
                question=question,
            )
        case Handoff():
            return State(recent=recent, question=question)
        case Tell():
            return State(topic=topic, recent=recent, question=question)
        case Desk():  # what it asks in its turn is put down by who carries it out
            return replace(state, offered=(), recent=recent, question=None)
        case Relay():
            return replace(state, recent=recent, waiting_told=True, question=question)
        case Thank(helpful=False, aloud=True):
            return replace(state, offered=buttons_of(decision), recent=recent)
        case Silence() | Thank():
            return replace(state, recent=recent)


def _pressed(state: State, heard: Heard, entries: Entries) -> str | None:
    """The action that was chosen, by pressing or in words."""
    if heard.kind is Kind.PRESS:
        return heard.press
    if heard.opts_out and not (state.asking and is_cancel(heard.text)):
        return STOP
    if state.asking is not None and is_value(state.asking, heard.text, entries):
        return None  # "2" may be what was asked for
    if state.question is not None and state.question.is_last:
        return choose(state.question, heard)
    number = find_choice(heard.text) if state.offered else None
    if number is None:
        return choose(state.question, heard) if state.asking is None else None
    if number == LAST:
        number = sum(action.startswith(ENTRY) for action in state.offered)
    return state.offered[number - 1] if number and number <= len(state.offered) else None


def _answer(
    ids: tuple[str, ...],
    confidence: float,
    entries: Entries,
    *,
    offer: tuple[str, ...] = (),
    interrupted: Asking | None = None,
) -> Decision:
    """Answer with these entries, and do what the last of them does. `interrupted` is what was being collected."""
    action = entries[ids[-1]].action
    if isinstance(action, HandOver):
        return Handoff(reason=Reason.ENTRY, entries=ids, queue=action.queue, asking=interrupted)
    if isinstance(action, Collect):
        resumed = interrupted if interrupted and interrupted.entry == ids[-1] else Asking(entry=ids[-1])
        return Answer(entries=ids, confidence=confidence, asking=resumed)
    if interrupted and not interrupted.reminded:
        return Answer(entries=ids, confidence=confidence, asking=replace(interrupted, reminded=True))
    if interrupted:  # the customer is about something else by now: it waits behind a button
        return Answer(entries=ids, confidence=confidence, offer=(ENTRY + interrupted.entry, HUMAN))
    following = [each if each == HUMAN else ENTRY + each for entry in ids for each in entries[entry].buttons]
    return Answer(
        entries=ids, confidence=confidence, offer=_offer([*offer, *following], entries, answered=ids)
    )


def _offer(actions: Iterable[str], entries: Entries, *, answered: tuple[str, ...]) -> tuple[str, ...]:
    """Each once, a person last; without what has just been answered or is not there any more."""
    each = dict.fromkeys(actions)
    shown = [action for action in each if action.removeprefix(ENTRY) in entries]
    person = [HUMAN] if HUMAN in each else []
    return (*(action for action in shown if action.removeprefix(ENTRY) not in answered), *person)


def _rejects_form(state: State, asking: Asking, heard: Heard, entries: Entries) -> bool:
    """Whether the reply to the first field says that the entry was not the one meant."""
    found = heard.understanding
    if found is None or state.answered != asking.entry or is_value(asking, heard.text, entries):
        return False
    return heard.corrects or (found.rejection and not is_unknown(heard.text))


def _other_question(asking: Asking, heard: Heard, policy: Policy, entries: Entries) -> Understanding | None:
    """What is clearly asked instead of giving the field. What may be its value must be a question by its form."""
    found = heard.understanding
    if found is None or heard.only_language or not is_sure(found, policy):
        return None
    if found.intent == asking.entry or found.intent not in entries:
        return None
    return found if is_question(heard.text) or not is_value(asking, heard.text, entries) else None


def _is_clear_question(heard: Heard, policy: Policy, entries: Entries) -> bool:
    """Whether a text is a question by its form, and one that the bot is sure of."""
    asked = [each for each in (heard.understanding, *heard.questions) if each is not None]
    return is_question(heard.text) and any(is_sure(each, policy) and each.intent in entries for each in asked)


def _is_about_something_else(heard: Heard, policy: Policy, entries: Entries) -> bool:
    """Whether a message that names a ticket clearly asks for something else than its progress."""
    found = heard.understanding
    if found is None or not is_sure(found, policy) or found.intent not in entries:
        return False
    return not isinstance(entries[found.intent].action, Progress)


def _answer_several(questions: Sequence[Understanding], policy: Policy, entries: Entries) -> Decision:
    """Answer what is clear, in order, and offer the rest. Of entries that do more than answer, only the last may."""
    sure = [each for each in questions if is_sure(each, policy)]
    ids = list(dict.fromkeys(each.intent for each in sure))
    acting = [each for each in ids if isinstance(entries[each].action, HandOver | Collect)]
    later = acting[1:]
    answered = [each for each in ids if each not in acting] + acting[:1]
    unsure = [each for each in questions if each not in sure]
    guessed = [each.intent for each in unsure if is_likely(guesses_of(each)[0], policy)]
    offer = tuple(ENTRY + each for each in dict.fromkeys([*later, *guessed]) if each not in answered)
    return _answer(tuple(answered), min(each.confidence for each in sure), entries, offer=offer[:OFFERED])


def _repeat(state: State, heard: Heard, entries: Entries) -> Decision:
    """The last thing again, in the language that was asked for."""
    offered = tuple(action.removeprefix(ENTRY) for action in state.offered if action.startswith(ENTRY))
    if state.answered is None and offered:
        return Clarify(cause=Cause.LANGUAGE, entries=tuple(entry for entry in offered if entry in entries))
    topic = fresh(state.topic, at=heard.at.timestamp())
    said = tuple(entry for entry in topic.entries if entry in entries) if topic else ()
    if not said:
        return Clarify(cause=Cause.LANGUAGE)
    return Answer(entries=said, confidence=1.0, offer=_offer(state.offered, entries, answered=said))


def _is_flood(state: State, heard: Heard, policy: Policy) -> bool:
    since = (heard.at - timedelta(seconds=policy.flood_seconds)).timestamp()
    return sum(t > since for t in state.recent) >= policy.flood_messages


def _wordless(state: State, heard: Heard, policy: Policy) -> Decision:
    match heard.kind:
        case Kind.VOICE:
            return _miss(state, policy, Cause.VOICE, ())
        case Kind.FILE:
            cause = Cause.FILE
        case Kind.STICKER | Kind.OTHER:
            cause = Cause.STICKER
        case _:
            cause = Cause.EMPTY
    return Silence(cause=Cause.REPEATED) if state.hinted is cause else Clarify(cause=cause)


def _likely(found: Sequence[Understanding], policy: Policy, entries: Entries) -> tuple[str, ...]:
    """What may be meant, of each question the likeliest first."""
    ranked = itertools.zip_longest(*map(guesses_of, found))
    likely = [guess.intent for place in ranked for guess in place if guess and is_likely(guess, policy)]
    return tuple(entry for entry in dict.fromkeys(likely) if entry in entries)[:OFFERED]


def _take_vote(state: State, heard: Heard, owner: Owner, policy: Policy, entries: Entries) -> Decision:
    """An answer that did not help is a rejected one, as long as it is the last thing that was said."""
    vote = heard.vote
    if vote is None:
        return Silence(cause=Cause.REPEATED)  # of nothing that was answered here
    if not vote.is_new or owner is Owner.HUMAN or _is_flood(state, heard, policy):
        return Thank(helpful=vote.helpful, aloud=False)
    if vote.helpful or state.answered != vote.entry or state.asking is not None:
        return Thank(helpful=vote.helpful)
    known = tuple(entry for entry in state.alternatives if entry in entries)
    return _miss(state, policy, Cause.UNHELPFUL, known)


def _miss(state: State, policy: Policy, cause: Cause, entries: tuple[str, ...]) -> Decision:
    if state.misses + 1 >= policy.misses_before_handoff:
        return Handoff(reason=Reason.LOW_CONFIDENCE)
    return Clarify(cause=cause, entries=entries)

"""What was served badly, as a decision tells: messages are gathered into gaps, entries are counted. Pure."""

from dataclasses import dataclass

from bot.decisions import Clarify, Decision, Handoff, Heard
from bot.readings import fresh
from bot.state import Cause, State
from core.messages import Kind
from handoff.gaps.tables import Why
from handoff.kinds import Reason


@dataclass(frozen=True, kw_only=True)
class Shortcoming:
    """What was served badly: the message that was decided about; or, where the entry `answered` was no help, the question
    that was answered with it, last before this message."""

    why: Why
    answered: str | None = None


def find_shortcomings(state: State, heard: Heard, decision: Decision) -> tuple[Shortcoming, ...]:
    """What this decision tells. A text that only rejects, or only wishes for a person, is no question itself."""
    found = heard.understanding
    rejects = found is not None and found.rejection and not heard.corrects
    asks = heard.kind is Kind.TEXT and found is not None and not rejects
    missed = (Shortcoming(why=Why.MISSED),) if asks else ()
    topic = fresh(state.topic, at=heard.at.timestamp())
    answered = state.answered if topic is not None else None
    rejected = (Shortcoming(why=Why.REJECTED, answered=answered),) if answered else ()
    match decision:
        case Clarify(cause=Cause.MISS):
            return missed
        case Clarify(cause=Cause.REJECTED):
            return (*rejected, *(missed if heard.corrects else ()))
        case Handoff(reason=Reason.LOW_CONFIDENCE):
            return (*(rejected if rejects or heard.corrects else ()), *missed)
        case Handoff(reason=Reason.WANTS_HUMAN | Reason.COMPLAINT, entries=()) if answered:
            return (Shortcoming(why=Why.HANDED_OVER, answered=answered),)
    return ()

"""What is known of a complaint, and how each event changes it. Pure.

A ticket has one for each episode in which it was a complaint: the row is kept by it, and the log alone rebuilds it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from handoff.complaints.life import Answer, Outcome, RootCause, Stage
from handoff.facts import Event, Facts, apply
from handoff.life import EventKind


@dataclass(frozen=True, kw_only=True)
class ComplaintFacts:
    """A complaint's present. What people wrote is empty once its customer was erased."""

    episode: int  # of its ticket
    stage: Stage
    accepted_at: datetime
    about_id: UUID | None  # the agent complained about; None: nobody in particular
    investigator_id: UUID | None = None
    proposal_id: UUID | None = None  # the message
    proposer_id: UUID | None = None
    proposed_at: datetime | None = None
    proposal: str = ""
    answer: Answer | None = None  # None: none yet, or it is being looked into again
    answered_at: datetime | None = None
    cause: RootCause | None = None
    finding: str = ""  # the cause in words
    visit_tries: int = 0  # in vain
    visitor_id: UUID | None = None
    outcome: Outcome | None = None


def follow(before: ComplaintFacts | None, was: Facts, facts: Facts, event: Event) -> ComplaintFacts | None:
    """The complaint after an event; `was` and `facts` are the ticket's before and after it."""
    if facts.stage is None:
        return before  # how far it came is kept
    if was.stage is None or before is None:
        about = before.about_id if before else None  # it is the same matter
        return ComplaintFacts(episode=facts.episode, stage=facts.stage, accepted_at=event.at, about_id=about)
    return replace(_change(before, event), stage=facts.stage)


def _change(before: ComplaintFacts, event: Event) -> ComplaintFacts:
    at, data = event.at, event.data
    match EventKind(event.kind):
        case EventKind.COMPLAINED_OF:
            return replace(before, about_id=UUID(data["to"]) if data["to"] else None)
        case EventKind.INVESTIGATES:
            return replace(before, investigator_id=UUID(data["to"]), answer=None, answered_at=None)
        case EventKind.PROPOSED:
            return replace(
                before,
                proposal_id=UUID(data["message_id"]),
                proposer_id=event.agent_id,
                proposed_at=at,
                proposal=data.get("text", ""),
                answer=None,
                answered_at=None,
            )
        case EventKind.AGREED:
            return replace(before, answer=Answer.ACCEPTED, answered_at=at)
        case EventKind.REFUSED:
            return replace(before, answer=Answer.DECLINED, answered_at=at)
        case EventKind.WAIVED:
            return replace(before, answer=Answer(data["why"]), answered_at=at)
        case EventKind.FOUND_CAUSE:
            return replace(before, cause=RootCause(data["cause"]), finding=data.get("text", ""))
        case EventKind.VISIT_TRIED:
            return replace(before, visit_tries=before.visit_tries + 1)
        case EventKind.VISITED:
            return replace(before, visitor_id=event.agent_id, outcome=Outcome(data["outcome"]))
        case _:
            return before


def replay_complaints(events: Iterable[Event]) -> list[ComplaintFacts]:
    """The complaints of a ticket's events, oldest first, one for each episode in which it was one."""
    facts: Facts | None = None
    found: dict[int, ComplaintFacts] = {}
    present: ComplaintFacts | None = None
    for event in events:
        was, facts = facts, apply(facts, event)
        present = follow(present, was, facts, event) if was else None
        if present is not None:
            found[present.episode] = present
    return list(found.values())

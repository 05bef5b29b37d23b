"""Who should get a ticket, and why. Pure: values in, a choice out that explains itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from handoff.presence import Presence


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a ticket asks for."""

    language: str
    skills: frozenset[str]
    urgent: bool
    avoid: frozenset[UUID] = frozenset()  # who has lost it by silence, or did not want it


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An agent, as far as it matters."""

    agent_id: UUID
    presence: Presence
    is_member: bool  # of the queue
    languages: frozenset[str] | None  # None: all
    skills: frozenset[str]
    load: int  # tickets in hand
    capacity: int
    served_at: datetime | None = None  # when they last served this customer, if that is not long ago
    free_since: datetime | None = None  # when they last got a ticket


class Refusal(StrEnum):
    """Why an agent does not get a ticket."""

    NOT_A_MEMBER = "not_a_member"
    OFFLINE = "offline"
    AWAY = "away"
    LANGUAGE = "language"
    SKILLS = "skills"
    AVOIDED = "avoided"
    FULL = "full"


class Why(StrEnum):
    """Why the one who gets it does."""

    KNOWS_CUSTOMER = "knows_customer"
    LEAST_LOADED = "least_loaded"
    LONGEST_FREE = "longest_free"  # of those who have as little
    ONLY_ONE = "only_one"
    URGENT = "urgent"  # nobody has room, and it cannot wait


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Who gets it, if anybody, and why all others do not."""

    agent_id: UUID | None
    why: Why | None
    refused: Mapping[UUID, Refusal]

    @property
    def on_duty(self) -> bool:
        """Whether anybody of the queue is there who could do it, if not now."""
        return self.agent_id is not None or Refusal.FULL in self.refused.values()


def choose(need: Need, candidates: Sequence[Candidate]) -> Choice:
    """The one who knows the customer, else the least loaded, else who has been free for longest."""
    refused = {each.agent_id: refusal for each in candidates if (refusal := _refuse(need, each))}
    able = [each for each in candidates if refused.get(each.agent_id) in (None, Refusal.FULL)]
    free = [each for each in able if each.agent_id not in refused]
    if not free and need.urgent and able:
        best = min(able, key=_by_load)
        del refused[best.agent_id]
        return Choice(agent_id=best.agent_id, why=Why.URGENT, refused=refused)
    if not free:
        return Choice(agent_id=None, why=None, refused=refused)
    knowing = [each for each in free if each.served_at is not None]
    if knowing:
        best = max(knowing, key=lambda each: (each.served_at, -each.load, each.agent_id))
        return Choice(agent_id=best.agent_id, why=Why.KNOWS_CUSTOMER, refused=refused)
    best, *others = sorted(free, key=_by_load)
    tied = any(_share(each) == _share(best) for each in others)
    why = Why.LONGEST_FREE if tied else Why.LEAST_LOADED if others else Why.ONLY_ONE
    return Choice(agent_id=best.agent_id, why=why, refused=refused)


def _refuse(need: Need, candidate: Candidate) -> Refusal | None:
    if not candidate.is_member:
        return Refusal.NOT_A_MEMBER
    if candidate.presence is Presence.OFFLINE:
        return Refusal.OFFLINE
    if candidate.presence is Presence.AWAY:
        return Refusal.AWAY
    if candidate.languages is not None and need.language not in candidate.languages:
        return Refusal.LANGUAGE
    if not need.skills <= candidate.skills:
        return Refusal.SKILLS
    if candidate.agent_id in need.avoid:
        return Refusal.AVOIDED
    return Refusal.FULL if candidate.load >= candidate.capacity else None


def _share(candidate: Candidate) -> float:
    return candidate.load / max(candidate.capacity, 1)


def _by_load(candidate: Candidate) -> tuple[float, float, UUID]:
    since = candidate.free_since
    return _share(candidate), since.timestamp() if since else 0.0, candidate.agent_id

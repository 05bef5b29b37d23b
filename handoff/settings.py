"""How the desk works: its queues, its people, its standards. Values, made from the configuration."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, Self

from core.files import FileLimits
from core.languages import ReplyLanguage
from core.masking import HOME_REGION
from handoff.aftercare.occasions import Plan
from handoff.calendar import WorkingCalendar
from handoff.complaints.action_life import REMIND_BEFORE, VERIFY_WITHIN
from handoff.kinds import Reason, TicketKind
from handoff.standards import Standards


@dataclass(frozen=True, kw_only=True)
class QueueSettings:
    """One queue. People are named by their user names."""

    titles: Mapping[ReplyLanguage, str]
    members: Collection[str] | None = None  # None: everybody
    owner: str | None = None  # on duty for it: responsible for what nobody has been asked yet
    supervisor: str | None = None
    skills: Collection[str] = ()  # that whoever gets its tickets needs
    calendar: WorkingCalendar | None = None  # its own hours


@dataclass(frozen=True, kw_only=True)
class AgentSettings:
    """What is known of an agent beside the account."""

    skills: Collection[str] = ()
    languages: Collection[str] | None = None  # None: all
    capacity: int = 5  # tickets in hand at once that are not waiting for their customers
    shifts: WorkingCalendar | None = None  # None: whenever they say that they are on duty


@dataclass(frozen=True, kw_only=True)
class ComplaintSettings:
    """How complaints are followed up; when the visit is due is in the standards."""

    visit_tries: int = 3  # so often a customer who is not reached is tried
    remind_before: timedelta = REMIND_BEFORE  # a corrective action's date
    verify_within: timedelta = VERIFY_WITHIN  # after it was done


@dataclass(frozen=True, kw_only=True)
class SurveySettings:
    """Who is asked how it was, when a ticket is resolved."""

    every: timedelta = timedelta(days=30)  # no customer is asked again sooner, on whatever channel
    nps_share: float = 0.1  # of tickets whose customers are asked whether they would recommend us
    skip: Collection[TicketKind] = (TicketKind.COMPLAINT,)  # asked about by their follow-up visit


@dataclass(frozen=True, kw_only=True)
class CareSettings:
    """Planned care visits (回访), by the plan's name."""

    plans: Mapping[str, Plan] = field(default_factory=dict)
    every: timedelta = timedelta(days=14)  # no customer is visited again sooner


@dataclass(frozen=True, kw_only=True)
class SlackSettings:
    """The desk in Slack: a channel for each queue, by the channels' ids."""

    channels: Mapping[str, str]
    language: ReplyLanguage = (
        "zh"  # of cards and threads, which everybody reads; private words are in the agent's
    )
    sending_delay: timedelta = timedelta(
        0
    )  # until it is over, a reply can still be edited or deleted in Slack


@dataclass(frozen=True, kw_only=True)
class DeskSettings:
    """How tickets find their queue and their people, and when people are there."""

    calendar: WorkingCalendar
    queues: Mapping[str, QueueSettings]
    routes: Mapping[Reason, str]  # queue by reason; others go to the default queue
    default_queue: str
    agents: Mapping[str, AgentSettings] = field(default_factory=dict)
    supervisors: Collection[str] = ()  # of queues that name none
    managers: Collection[str] = ()
    standards: Standards = field(default_factory=Standards)
    complaints: ComplaintSettings = field(default_factory=ComplaintSettings)
    alert_ports: Collection[str] = ()  # by which alerts go out, beside the desk
    away_after: timedelta = timedelta(minutes=10)  # without a sign of life an agent counts as away
    known_for: timedelta = timedelta(days=30)  # so long a returning customer goes to who served them last
    surveys: SurveySettings = field(default_factory=SurveySettings)
    care: CareSettings = field(default_factory=CareSettings)
    # What a resolved ticket was about, by its id, in the order in which they are offered; none: nobody is asked.
    categories: Mapping[str, Mapping[ReplyLanguage, str]] = field(default_factory=dict)
    slack: SlackSettings | None = None
    files: FileLimits = field(default_factory=FileLimits)  # that agents send to customers
    region: str = HOME_REGION  # whose telephone numbers need no country's code

    @property
    def now(self) -> Self:
        """These are in force for good: see `SettingsInForce`."""
        return self

    @property
    def titles(self) -> dict[str, Mapping[ReplyLanguage, str]]:
        """The queues' names."""
        return {name: queue.titles for name, queue in self.queues.items()}

    def queue_for(self, reason: Reason, named: str | None = None) -> str:
        """The queue that an entry names, if there is such a one; else the one for the reason."""
        if named is not None and named in self.queues:
            return named
        return self.routes.get(reason, self.default_queue)

    def queue(self, name: str) -> QueueSettings:
        """The queue of that name; one that is not configured any more is like the default queue."""
        return self.queues.get(name) or self.queues[self.default_queue]

    def calendar_of(self, queue: str) -> WorkingCalendar:
        """When people are there for a queue."""
        return self.queue(queue).calendar or self.calendar

    def slack_channel_of(self, queue: str) -> str | None:
        """Where the queue's cards are, in Slack; a queue without a channel of its own shares the default queue's."""
        if self.slack is None:
            return None
        return self.slack.channels.get(queue) or self.slack.channels.get(self.default_queue)

    def agent(self, username: str) -> AgentSettings:
        """What is known of an agent."""
        return self.agents.get(username) or _USUAL

    def named_people(self) -> set[str]:
        """All user names that the settings name."""
        queues = self.queues.values()
        names = {*self.agents, *self.supervisors, *self.managers}
        names |= {name for queue in queues for name in (queue.owner, queue.supervisor) if name}
        return names | {name for queue in queues for name in queue.members or ()}

    def is_member(self, username: str, queue: str) -> bool:
        """Whether an agent works for a queue."""
        members = self.queue(queue).members
        return members is None or username in members

    def managers_of(self, queue: str) -> list[str]:
        """Who is told of the worst."""
        return list(self.managers) or self.supervisors_of(queue)

    def supervisors_of(self, queue: str) -> list[str]:
        """Who is told when a deadline of the queue has passed."""
        supervisor = self.queue(queue).supervisor
        return [supervisor] if supervisor else list(self.supervisors) or list(self.managers)

    def answering_for(self, queue: str) -> list[str]:
        """Who answers for a ticket that nobody was asked to take yet; none named: all its people do."""
        owner = self.queue(queue).owner
        return [owner] if owner else self.supervisors_of(queue)

    def supervises(self, username: str, queue: str) -> bool:
        """Whether an agent may give the queue's tickets to others."""
        return username in self.supervisors_of(queue) or username in self.managers


_USUAL = AgentSettings()


class SettingsInForce(Protocol):
    """What parts hold that outlive a change of the settings: they ask for `now` each time, and keep it for one act."""

    @property
    def now(self) -> DeskSettings: ...

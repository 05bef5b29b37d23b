"""A service department with everything between its customers and its agents, on a clock that is moved by hand."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from bench.by_heart import ByHeart, understood
from bot.decisions import Policy
from bot.turn import Brain, TurnSettings
from bot.turns import Turns
from core.database import Database
from core.inbox import Inbox
from core.wakeups import LocalWakeups
from handoff.agents import Agent, add_agent
from handoff.calendar import Window, WorkingCalendar
from handoff.cases import Cases
from handoff.complaints.acts import Complaints
from handoff.guard import Guard
from handoff.kinds import Reason
from handoff.public_holidays import PublicHolidays
from handoff.settings import AgentSettings, DeskSettings, QueueSettings
from handoff.standards import Promise, Standards, Term
from handoff.timekeeper import Timekeeper
from handoff.transfers import Transfers
from handoff.work import Work
from nlu.knowledge.entries import Entry, HandOver, KnowledgeBase

ZONE = ZoneInfo("Asia/Shanghai")

# What customers say when they need a person, and how often.
ASKS: Mapping[str, float] = {
    "我要人工": 0.5,
    "agent please": 0.1,
    "洗衣机坏了": 0.25,
    "你们太差劲了": 0.12,
    "插座冒烟了": 0.03,
}
URGENT = "插座冒烟了"
BY_HEART = {
    "我要人工": understood("greeting", 0.2, wants_human=True),
    "agent please": understood("greeting", 0.2, wants_human=True, language="en"),
    "洗衣机坏了": understood("repair", 0.95),
    "你们太差劲了": understood("greeting", 0.2, complaint=True),
    URGENT: understood("greeting", 0.2, emergency=True),
}
KNOWLEDGE = KnowledgeBase(
    entries={
        "repair": Entry(
            id="repair",
            title={"zh": "报修", "en": "Repair"},
            phrasings={"zh": ("洗衣机坏了",), "en": ("my washer broke",)},
            answers={"zh": "我们来安排维修", "en": "We will see to the repair"},
            action=HandOver(queue="repair"),
        )
    }
)


def _every_day(start: int, end: int | None) -> Mapping[int, Sequence[Window]]:
    window = Window(start=time(start), end=time.max if end is None else time(end))
    return {day: [window] for day in range(7)}


HOLIDAYS = PublicHolidays("CN")
OPEN = WorkingCalendar(zone=ZONE, days=_every_day(9, 21), holidays=HOLIDAYS)
ALWAYS = WorkingCalendar(zone=ZONE, days=_every_day(0, None))


@dataclass(frozen=True, kw_only=True)
class Post:
    """Where an agent works, and when: hours of the day, which may end on the next."""

    username: str
    queues: Sequence[str]
    start: int
    hours: int
    works_on_holidays: bool = False
    days_off: Sequence[int] = ()  # of a week of seven days that begins with the first day
    languages: Sequence[str] | None = None


def posts(agents: int) -> list[Post]:
    """The roster: a supervisor for each queue, a hotline round the clock, and all others."""
    leads = [
        Post(username=f"lead_{queue}", queues=(queue, "service"), start=9, hours=12)
        for queue in ("service", "repair", "care")
    ]
    watches = [Post(username="lead_hotline", queues=("hotline",), start=9, hours=12, works_on_holidays=True)]
    for number in range(max(agents // 10, 3)):
        start = (9, 21, 15)[number % 3]
        watches.append(
            Post(
                username=f"hotline_{number}",
                queues=("hotline",),
                start=start,
                hours=12,
                works_on_holidays=True,
            )
        )
    others = [
        Post(
            username=f"agent_{number:03}",
            queues=(("service",), ("service", "repair"), ("service", "care"))[number % 3],
            start=9 if number % 2 else 12,
            hours=9,
            days_off=(number % 7, (number + 1) % 7),
            languages=("zh",) if number % 4 == 0 else None,
        )
        for number in range(max(agents - len(leads) - len(watches), 3))
    ]
    return [*leads, *watches, *others]


def settings_for(roster: Sequence[Post]) -> DeskSettings:
    """Four queues with an owner and a supervisor each; service falls to everybody but the hotline."""

    def queue(name: str, zh: str, calendar: WorkingCalendar | None = None) -> QueueSettings:
        members = [post.username for post in roster if name in post.queues]
        lead = f"lead_{name}"
        return QueueSettings(
            titles={"zh": zh, "en": name}, members=members, owner=lead, supervisor=lead, calendar=calendar
        )

    return DeskSettings(
        calendar=OPEN,
        queues={
            "service": queue("service", "客服"),
            "repair": queue("repair", "维修"),
            "care": queue("care", "投诉"),
            "hotline": queue("hotline", "应急", ALWAYS),
        },
        routes={Reason.COMPLAINT: "care", Reason.EMERGENCY: "hotline"},
        default_queue="service",
        agents={
            post.username: AgentSettings(
                languages=post.languages,
                capacity=6,
                shifts=None
                if post.works_on_holidays
                else WorkingCalendar(
                    zone=ZONE, days=_every_day(post.start, post.start + post.hours), holidays=HOLIDAYS
                ),
            )
            for post in roster
        },
        managers=("lead_service",),
        standards=Standards(
            customer_tiers=("gold",),
            value_added={
                Promise.TAKE: Term(duration=timedelta(minutes=5)),
                Promise.FIRST_RESPONSE: Term(duration=timedelta(minutes=10)),
            },
        ),
    )


@dataclass
class Department:
    """The real parts, and the time."""

    database: Database
    settings: DeskSettings
    roster: Sequence[Post]
    inbox: Inbox
    turns: Turns
    work: Work
    transfers: Transfers
    complaints: Complaints
    timekeeper: Timekeeper
    now: datetime
    agents: dict[UUID, Agent] = field(default_factory=dict)


@contextlib.asynccontextmanager
async def department(
    database: Database, *, agents: int, now: datetime, settings: DeskSettings | None = None
) -> AsyncIterator[Department]:
    """A department on an empty database that has the schema; `settings` are its own unless others are given."""
    roster = posts(agents)
    settings = settings or settings_for(roster)
    wakeups = LocalWakeups()
    brain = Brain(interpreter=ByHeart(BY_HEART), knowledge=KNOWLEDGE, policy=Policy(answer_at=0.6))

    def clock() -> datetime:
        return made.now

    inbox = Inbox(database, wakeups, clock=clock)
    cases = Cases(database, wakeups, pushed=(), settings=settings, clock=clock)
    made = Department(
        database=database,
        settings=settings,
        roster=roster,
        inbox=inbox,
        turns=Turns(
            database, wakeups, brain=brain, settings=TurnSettings(desk=settings, pushed=()), clock=clock
        ),
        work=Work(cases, guard=Guard({})),
        transfers=Transfers(cases),
        complaints=Complaints(cases, guard=Guard({})),
        timekeeper=Timekeeper(cases),
        now=now,
    )
    async with database.write() as session:
        for post in roster:
            agent = await add_agent(
                session, username=post.username, name=post.username, password=None, now=now
            )
            made.agents[agent.id] = agent
    async with inbox.running():
        yield made

"""A ticket that things happen to, as the Slack desk reads it, for tests of what Slack shows; and what must not stand there."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.conversations import Conversation, Message
from core.ids import new_id
from core.languages import ReplyLanguage
from core.messages import Author, Kind
from core.outbox import OutboxRow
from handoff.agents import Agent
from handoff.calendar import Window, WorkingCalendar
from handoff.desk.blocks import Post
from handoff.desk.cards import card
from handoff.history import replay
from handoff.kinds import KIND_BY_REASON, Reason, TicketKind
from handoff.life import EventKind
from handoff.lists import RunningDeadline, TicketLine
from handoff.settings import DeskSettings, QueueSettings
from handoff.standards import deadlines
from handoff.tickets import Ticket, TicketEvent
from handoff.views import TicketView
from handoff.wording.reader import Reader
from handoff.wording.stream import Item, stream
from handoff.wording.texts import Texts
from handoff.wording.tickets import DeskView, Sheet
from tests.slack.blocks import check_message, marked, strings

OPEN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # Monday 10:00 in Shanghai
ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingCalendar(
    zone=ZONE, days={day: [Window(start=datetime.min.time(), end=datetime.max.time())] for day in range(7)}
)
QUEUES = {
    "service": QueueSettings(titles={"zh": "客服", "en": "Service"}),
    "refunds": QueueSettings(titles={"zh": "退款", "en": "Refunds"}),
}
SETTINGS = DeskSettings(calendar=CALENDAR, queues=QUEUES, routes={}, default_queue="service")
LONG_ZH = "我等了整整一周，物流一直没有更新，客服也没有人回复我，这样的服务实在让人失望。" * 120
HOSTILE = "<!channel> <@U123> <https://evil.example|your bank> *bold* _it_ ~no~ `code`\n> quoted &lt;!here&gt; @here"


def person(name: str, **changes: Any) -> Agent:
    """An agent who is off duty."""
    values: dict[str, Any] = {"username": name, "duty": "off", "duty_since": None, "seen_at": None}
    return Agent(id=new_id(), name=name, password_hash=None, created_at=OPEN, **(values | changes))


LIN, CHEN = person("小林"), person("陈工")


def reader(
    language: ReplyLanguage = "zh", *, later: timedelta = timedelta(), settings: DeskSettings = SETTINGS
) -> Reader:
    return Reader(
        t=Texts(language),
        now=OPEN + later,
        zone=ZONE,
        titles={"late": {"zh": "物流太慢", "en": "Delivery is late"}},
        settings=settings,
        region="CN",
    )


@dataclass(kw_only=True)
class Case:
    """A ticket that things happen to, a minute apart; `view` is what the desk would read of it."""

    customer: str | None = "王小姐"
    asked: Sequence[str] = ("等了一周还没到，我要投诉",)
    tried: Sequence[str] = ("late",)
    collected: Mapping[str, str] = field(default_factory=dict)
    reason: Reason = Reason.WANTS_HUMAN
    kind: TicketKind | None = None
    tier: str | None = None
    tags: Sequence[str] = ()
    queue: str = "service"
    settings: DeskSettings = SETTINGS
    people: Sequence[Agent] = (LIN, CHEN)

    def __post_init__(self) -> None:
        self.id = new_id()
        self.customer_id = new_id()
        self.events: list[TicketEvent] = []
        self.messages: list[Message] = []
        self.deliveries: dict[UUID, OutboxRow] = {}
        kind = self.kind or KIND_BY_REASON.get(self.reason, TicketKind.ENQUIRY)
        incident = 1 if self.reason is Reason.EMERGENCY else None
        self.then(
            EventKind.OPENED,
            reason=self.reason,
            queue=self.queue,
            ticket_kind=kind,
            incident=incident,
            tier=self.tier,
        )

    def then(self, kind: EventKind, by: Agent | None = None, **data: Any) -> "Case":
        """Something happens to it."""
        self.events.append(
            TicketEvent(
                position=len(self.events) + 1,
                ticket_id=self.id,
                kind=kind,
                at=OPEN + timedelta(minutes=len(self.events)),
                agent_id=by.id if by else None,
                data=json.loads(json.dumps(data)),
            )
        )
        return self

    def say(self, author: Author, text: str, **values: Any) -> "Case":
        """Somebody says something."""
        usual: dict[str, Any] = {"kind": Kind.TEXT, "buttons": [], "attachments": [], "facts": {}}
        usual |= {"author_name": None, "reply_to": None, "entry": None}
        self.messages.append(
            Message(
                id=new_id(),
                seq=len(self.messages) + 1,
                at=OPEN + timedelta(seconds=len(self.messages)),
                author=author,
                text=text,
                **(usual | values),
            )
        )
        return self

    @property
    def view(self) -> TicketView:
        """What the desk reads."""
        facts = replay(self.events)
        summary = {"asked": self.asked, "tried": self.tried, "collected": self.collected}
        values = {**vars(facts), "id": self.id, "number": "SW-2611-0042", "customer_id": self.customer_id}
        ticket = Ticket(**values, reason=self.reason, language="zh", summary=summary, told={})
        names = {each.id: each for each in self.people}
        running = [
            RunningDeadline(
                promise=due.promise,
                tier=due.tier,
                course="running",
                guessed=due.guessed,
                since=due.since,
                due_at=due.at,
            )
            for due in deadlines(facts, self.settings.standards, CALENDAR)
        ]
        line = TicketLine(
            **{name: getattr(ticket, name) for name in _LINE},
            customer=self.customer,
            channel="webchat",
            assignee=names[ticket.assignee_id].name if ticket.assignee_id else None,
            said_by=Author.CUSTOMER,
            said_as=Kind.TEXT,
            said="在吗",
            next=running[0] if running else None,
        )
        return TicketView(
            line=line,
            ticket=ticket,
            deadlines=running,
            conversation=Conversation(channel="webchat", read_seq=0),
            messages=self.messages,
            deliveries=self.deliveries,
            events=self.events,
            agents=names,
            tags=self.tags,
        )

    def sheet(self, reader: Reader, agent: Agent | None = None) -> Sheet:
        """The ticket in words."""
        return DeskView(reader, agent).sheet(self.view)

    def card(self, language: ReplyLanguage = "zh", *, later: timedelta = timedelta()) -> Post:
        """Its card, which Slack takes."""
        read = reader(language, later=later, settings=self.settings)
        return checked(card(self.sheet(read), read))

    def items(self, language: ReplyLanguage = "zh") -> list[Item]:
        """The conversation in words."""
        return stream(self.view, reader(language))


_LINE = (
    *("id", "number", "state", "kind", "incident", "priority", "reason", "language", "queue", "opened_at"),
    *("taken_at", "assignee_id", "offered_at", "offered_to_id", "offered_queue", "customer_id"),
)


def checked(post: Post) -> Post:
    """The post, which Slack takes, and in which nothing that people wrote has a meaning of its own."""
    check_message(post.text, post.blocks)
    for text in [*marked(post.blocks), post.text]:
        check_harmless(text)
    return post


def check_harmless(text: str) -> None:
    """Only dates and links that we made, and nothing of what customers try in these tests."""
    for token in re.findall(r"<[^>]*>", text):
        assert re.match(
            r"<(!date\^\d+\^\{date_short_pretty\} \{time\}\|[-\d: ]+|https?://[^|<> ]+\|[^<>]+)>$", token
        )
    outside = re.sub(r"<[^>]*>", "", text)
    assert "<" not in outside and ">" not in outside.replace("\n> ", "")
    for attempt in ("*bold*", "_it_", "~no~", "`code`", "@here", "&lt;!here"):
        assert attempt not in outside


def said(post: Post) -> str:
    return "\n".join(strings(post.blocks))


def taken(case: Case, by: Agent = LIN) -> Case:
    return case.then(EventKind.TAKEN, by)


def resolved(case: Case) -> Case:
    return taken(case).then(EventKind.RESOLVED, LIN)

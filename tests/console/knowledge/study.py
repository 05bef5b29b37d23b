"""A desk with a knowledge base: entries, admins, and browsers that are signed in."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from console import audit, gaps
from console.knowledge import routes as knowledge_base
from console.knowledge.library import Library
from console.knowledge.minds import Minds
from console.knowledge.shelf import Shelf
from core.audit import AuditRow
from core.conversations import Conversation, Draft, lock_conversation
from core.messages import Author
from core.posting import Posting
from handoff.agents import Role
from handoff.guard import load_guard
from nlu.knowledge.check import check
from nlu.knowledge.documents import from_data
from nlu.knowledge.drafts import find_draft, import_knowledge
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.publishing import Publisher
from nlu.knowledge.remembering import Remembering
from nlu.knowledge.versions import find_live, get_version
from tests.console.knowledge.engine import Pairs, explain
from tests.console.settings.bureau import open_settings
from tests.console.world import CALENDAR, PASSWORD, SETTINGS, World
from tests.nlu.knowledge_bases import entry

HOME = "/console/knowledge"
NOWHERE = Path("/nowhere/kb.yml")
ENTRIES = (
    entry(
        "late",
        title={"zh": "物流太慢", "en": "Delivery is late"},
        phrasings={
            "zh": ["快递怎么还没到", "物流太慢了"],
            "en": ["my parcel is late", "delivery takes ages"],
        },
        answers={"zh": "一般三天内送到。", "en": "It usually takes three days."},
        buttons=["refund", "human"],
    ),
    entry(
        "refund",
        title={"zh": "退款多久到账", "en": "When is my refund there"},
        phrasings={"zh": ["退款什么时候到账", "钱退了吗"], "en": ["where is my refund", "refund status"]},
        answers={"zh": "一到三个工作日。", "en": "One to three working days."},
    ),
    entry(
        "invoice",
        title={"zh": "开发票", "en": "Get an invoice"},
        phrasings={"zh": ["能开发票吗", "我要发票"], "en": ["can i get an invoice", "send me an invoice"]},
        answers={"zh": "订单详情里可以开。", "en": "In the order’s details."},
    ),
)


def form_of(data: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """What a browser sends for an entry."""
    fields: dict[str, Any] = {"id": data["id"], "action": data.get("action", "answer")}
    for part in ("title", "answers"):
        fields |= {f"{part}_{language}": text for language, text in data[part].items()}
    fields |= {f"phrasings_{language}": "\r\n".join(texts) for language, texts in data["phrasings"].items()}
    fields["button_id"] = [*data.get("buttons", ()), ""]
    return fields | changes


@dataclass
class Study:
    """The world of the knowledge base's pages."""

    world: World
    engine: Pairs = field(default_factory=Pairs)
    second_pair: bool = False

    def __post_init__(self) -> None:
        world = self.world
        self.database = world.database
        trainer = Remembering(self.engine)
        self.publisher = Publisher(
            world.database, world.wakeups, trainer, check=self.check, clock=world.clock
        )
        self.library = Library(
            database=world.database,
            shelf=Shelf(world.database),
            minds=Minds(world.database, trainer, self.engine.load, explain),
            publisher=self.publisher,
            check=self.check,
            guard=load_guard(),
            titles=SETTINGS.titles,
            zone=CALENDAR.zone,
            region="CN",
            configured=NOWHERE,
            second_pair=self.second_pair,
            clock=world.clock,
        )
        world.app.include_router(knowledge_base.routes(self.library, world.sessions))
        world.app.include_router(audit.routes(self.library, world.sessions))
        world.app.include_router(gaps.routes(self.library, world.sessions))
        self.adjusting = open_settings(world)

    def check(self, knowledge: KnowledgeBase) -> Sequence[Any]:
        today = self.world.clock().astimezone(CALENDAR.zone).date()
        return check(knowledge, (), today=today, queues=["service"])

    async def drafts(self, *entries: Mapping[str, Any]) -> None:
        """The draft becomes these entries."""
        await import_knowledge(
            self.database, from_data({"entries": list(entries)}), configured=NOWHERE, by="setup"
        )

    async def opens(self) -> None:
        """Some entries are live."""
        await self.drafts(*ENTRIES)
        await self.publisher.publish(by="setup")

    @contextlib.asynccontextmanager
    async def signed_in(
        self, role: Role = Role.ADMIN, username: str | None = None, *, language: str = "en"
    ) -> AsyncIterator[httpx.AsyncClient]:
        """A browser of somebody with this role."""
        username = username or str(role)
        await self.account(username, role)
        async with self.world.browser() as browser:
            browser.headers["accept-language"] = language
            await browser.post("/console/sign-in", data={"username": username, "password": PASSWORD})
            yield browser

    async def account(self, username: str, role: Role) -> None:
        agent = await self.world.agent(username, username.title())
        async with self.database.write() as session:
            (await session.merge(agent)).role = role

    async def draft(self) -> KnowledgeBase:
        async with self.database.read() as session:
            draft = await find_draft(session)
        assert draft is not None
        return draft

    async def live(self) -> tuple[int, KnowledgeBase]:
        async with self.database.read() as session:
            mark = await find_live(session)
            assert mark is not None
            return mark.version, from_data((await get_version(session, mark.version)).snapshot)

    async def acts(self) -> list[tuple[str, str, str]]:
        """Who did what to what, oldest first; without what set the scene."""
        async with self.database.read() as session:
            rows = await session.scalars(select(AuditRow).order_by(AuditRow.position))
            return [(row.who, row.what, row.object) for row in rows if row.who != "setup"]

    async def hears(self, *texts: str) -> None:
        """Customers write, and the bot says nothing."""
        ticket = await self.world.ticket("（开场）")
        async with self.database.write() as session:
            conversation = await lock_conversation(session, ticket.conversation_id)
            assert isinstance(conversation, Conversation)
            posting = Posting(set())
            drafts = [Draft(author=Author.CUSTOMER, text=text, at=self.world.clock()) for text in texts]
            posting.add(conversation, drafts, now=self.world.clock())
            await posting.write(session)

    async def close(self) -> None:
        self.engine.go.set()
        await self.library.minds.close()

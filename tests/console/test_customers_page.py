"""Customers in the console: found, seen as a whole, merged by supervisors, exported and erased by who may."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select

from core.audit import AuditRow
from core.customers import Customer, Identity
from core.database import Database
from core.ids import new_id
from handoff.aftercare.customer_dates import has_opted_out, set_dates
from handoff.aftercare.occasions import DateKind
from handoff.agents import Agent, Role
from handoff.persons.records import CustomerMerge
from handoff.persons.search import Wanted, find_customers
from handoff.reporting.cells import Figure
from handoff.reporting.tables import DayFigure, ReportSession
from handoff.standards import Standards
from handoff.tickets import Ticket
from tests.console.test_overview import count
from tests.console.world import PASSWORD, SETTINGS, World

HOME = "/console/customers"
HOSTILE = '<img src=x onerror="alert(1)">'


@contextlib.asynccontextmanager
async def signed_in(
    world: World, role: Role = Role.ADMIN, *, language: str = "en"
) -> AsyncIterator[httpx.AsyncClient]:
    agent = await world.agent(str(role), str(role).title())
    async with world.database.write() as session:
        (await session.merge(agent)).role = role
    async with world.browser() as browser:
        browser.headers["accept-language"] = language
        await browser.post("/console/sign-in", data={"username": str(role), "password": PASSWORD})
        yield browser


async def known(world: World, ticket: Ticket, channel: str, external_id: str) -> None:
    async with world.database.write() as session:
        row = Identity(id=new_id(), customer_id=ticket.customer_id, channel=channel, external_id=external_id)
        session.add(row)


async def resolve(world: World, ticket: Ticket) -> None:
    async with world.database.read() as session:
        agent = (await session.scalars(select(Agent).limit(1))).one()
    await world.work.take(ticket.id, agent)
    await world.work.reply(ticket.id, agent, "好了")
    await world.work.resolve(ticket.id, agent)


async def test_customers_are_found_by_whatever_is_known_of_them(world: World) -> None:
    wang = await world.ticket(customer="王芳", collected={"phone": "138 0013 8000"}, tier="gold")
    li = await world.ticket(customer="Li Lei")
    await known(world, wang, "telegram", "4711")
    await known(world, li, "phone", "+8613900001111")
    async with signed_in(world) as browser:
        await browser.post(f"{HOME}/{wang.customer_id}/tag", data={"tags": "VIP，爱问"})

        async def found(**asked: str) -> set[str]:
            page = (await browser.get(HOME, params=asked)).text
            return {name for name in ("王芳", "Li Lei") if name in page}

        assert await found() == {"王芳", "Li Lei"}
        for q in ("王", "telegram:4711", "4711", "13800138000", "+86 138 0013 8000", "vip", wang.number):
            assert await found(q=q) == {"王芳"}, q
        for q in ("li l", "139-0000-1111", str(li.customer_id)):
            assert await found(q=q) == {"Li Lei"}, q
        assert await found(tag="爱问") == {"王芳"} == await found(tier="gold")
        assert await found(q="100%") == set() == await found(q="nobody")
        page = (await browser.get(HOME)).text
        assert "4711" in page and "13900001111" not in page.replace(" ", "")  # masked in the list


async def test_the_list_is_read_page_by_page(database: Database) -> None:
    world = World(database)
    async with database.write() as session:
        for number in range(7):
            customer = Customer(id=new_id(), name=f"no {number}", tier=None, created_at=world.clock())
            session.add(customer)
            await session.flush()
            known_as = {"channel": "telegram", "external_id": str(number)}
            session.add(Identity(id=new_id(), customer_id=customer.id, **known_as))
    async with database.read() as session:
        first, more = await find_customers(session, Wanted(), region="CN", size=4)
        rest, last = await find_customers(session, Wanted(), region="CN", page=2, size=4)
    assert [each.name for each in (*first, *rest)] == [f"no {number}" for number in range(6, -1, -1)]
    assert (more, last) == (True, False)


async def test_a_person_is_shown_as_a_whole_and_hostile_names_are_only_text(world: World) -> None:
    ticket = await world.ticket(HOSTILE, customer=HOSTILE, collected={"phone": "13800138000"})
    await known(world, ticket, "telegram", HOSTILE)
    path = f"{HOME}/{ticket.customer_id}"
    async with signed_in(world) as browser:
        assert (await browser.post(f"{path}/note", data={"text": HOSTILE})).status_code == 303
        assert (await browser.post(f"{path}/tag", data={"tags": "<b>x</b>"})).status_code == 303
        assert (await browser.post(f"{path}/note", data={"text": "  "})).status_code == 422
        page = (await browser.get(path)).text
        said = await browser.get(f"{path}/conversations/{ticket.conversation_id}")
        assert said.status_code == 200 and "&lt;img src=x onerror" in said.text and HOSTILE not in said.text
        strange = await browser.get(f"{HOME}/{new_id()}/conversations/{ticket.conversation_id}")
        assert strange.status_code == 404
        listed = (await browser.get(HOME)).text
    assert HOSTILE not in page + listed and "<b>x</b>" not in page + listed
    assert "&lt;img src=x onerror" in page and "&lt;b&gt;x" in page
    assert ticket.number in page and "+8613800138000" in page and "Admin, " in page


async def test_a_conversation_is_read_as_it_stands(world: World) -> None:
    lin = await world.agent("xiao", "小肖")
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    wrong = await world.work.reply(ticket.id, lin, "星期三到")
    worse = await world.work.reply(ticket.id, lin, "不该说的")
    await world.work.correct(ticket.id, lin, wrong, "星期四到")
    await world.work.withdraw(ticket.id, lin, worse)
    await count(world.database)
    async with world.database.read() as session:
        shown = await session.scalar(select(ReportSession.id))
        said = select(func.sum(DayFigure.count)).where(
            DayFigure.figure == Figure.MESSAGES, DayFigure.key.like("agent|%")
        )
        assert await session.scalar(said) == 2
    async with signed_in(world, language="zh") as browser:
        pages = [
            await browser.get(f"{HOME}/{ticket.customer_id}/conversations/{ticket.conversation_id}"),
            await browser.get(f"/console/overview/sessions/{shown}"),
        ]
    for page in pages:
        assert "星期四到" in page.text and "星期三到" not in page.text
        assert "<del>不该说的</del>" in page.text
        assert page.text.count("已更正") == page.text.count("已撤回") == 1


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.VIEWER, {"show"}),
        (Role.AGENT, {"show", "note"}),
        (Role.SUPERVISOR, {"show", "note", "tier", "merge", "merges", "export"}),
        (Role.ADMIN, {"show", "note", "tier", "merge", "merges", "export", "erase"}),
    ],
)
async def test_each_role_may_what_it_may(world: World, role: Role, allowed: set[str]) -> None:
    ticket, other = await world.ticket(customer="王芳"), await world.ticket(customer="王")
    path = f"{HOME}/{ticket.customer_id}"
    async with signed_in(world, role) as browser:
        answers = {
            "show": await browser.get(path),
            "note": await browser.post(f"{path}/note", data={"text": "x"}),
            "tier": await browser.post(f"{path}/tier", data={"tier": ""}),
            "merges": await browser.get(f"{HOME}/merges"),
            "export": await browser.post(f"{path}/export"),
            "erase": await browser.post(f"{path}/erase", data={"confirm": "no"}),
            "merge": await browser.post(f"{path}/merge", data={"other": str(other.customer_id)}),
        }
    assert {name for name, answer in answers.items() if answer.status_code != 403} == allowed


async def test_a_suggested_merge_shows_its_evidence_is_done_and_undone(world: World) -> None:
    one = await world.ticket(customer="王芳", collected={"phone": "13800138000"})
    other = await world.ticket(customer="W. Fang", collected={"tel": "+86 138 0013 8000"})
    path = f"{HOME}/{one.customer_id}"
    async with signed_in(world, Role.SUPERVISOR) as browser:
        shown, listed = (await browser.get(path)).text, (await browser.get(f"{HOME}/merges")).text
        assert "W. Fang" in shown and "+86 138 0013 8000" in shown
        assert "W. Fang" in listed and "The same number" in listed
        assert "13800138000" not in listed.replace(" ", "")  # masked, as in all lists
        merged = await browser.post(f"{path}/merge", data={"other": str(other.customer_id)})
        assert merged.status_code == 303
        page = (await browser.get(path)).text
        assert one.number in page and other.number in page and "Merged in: W. Fang" in page
        moved_on = await browser.get(f"{HOME}/{other.customer_id}")
        assert moved_on.status_code == 303 and moved_on.headers["location"] == path
        assert "W. Fang" not in (await browser.get(HOME)).text
        again = await browser.post(f"{path}/merge", data={"other": str(other.customer_id)})
        assert again.status_code == 409 and "one customer already" in again.text
        merge_id = await the_merge(world)
        await browser.post(f"{path}/unmerge", data={"merge": str(merge_id)})
        assert other.number not in (await browser.get(path)).text
        await browser.post(f"{path}/dismiss", data={"other": str(other.customer_id), "back": "1"})
        assert "W. Fang" not in (await browser.get(f"{HOME}/merges")).text


async def the_merge(world: World) -> UUID:
    async with world.database.read() as session:
        return (await session.scalars(select(CustomerMerge.id))).one()


async def test_erasing_asks_for_the_name_and_waits_for_open_tickets(world: World) -> None:
    ticket = await world.ticket("我住中关村", customer="王  芳")
    path = f"{HOME}/{ticket.customer_id}"
    async with signed_in(world) as browser:
        refused = await browser.post(f"{path}/erase", data={"confirm": "王 芳"})
        assert refused.status_code == 409 and f"Ticket {ticket.number} is open" in refused.text
        await resolve(world, ticket)
        wrong = await browser.post(f"{path}/erase", data={"confirm": "王"})
        assert wrong.status_code == 422 and "nothing was erased" in wrong.text
        exported = await browser.post(f"{path}/export")
        assert exported.json()["messages"][0]["text"] == "我住中关村"
        assert "attachment" in exported.headers["content-disposition"]
        done = await browser.post(f"{path}/erase", data={"confirm": "王 芳"})
        assert done.status_code == 200 and "still count" in done.text
        assert (await browser.get(path)).status_code == 404
        assert "王" not in (await browser.get(HOME)).text
    async with world.database.read() as session:
        rows = list(await session.scalars(select(AuditRow).order_by(AuditRow.position)))
    acts = [(row.who, row.what) for row in rows if row.what.startswith("customer.")]
    assert acts == [("admin", "customer.export"), ("admin", "customer.erase")]
    assert all("王" not in str((row.object, row.before, row.after)) for row in rows)


async def test_of_who_is_erased_after_a_merge_nothing_is_listed(world: World) -> None:
    one, other = await world.ticket(customer="王芳"), await world.ticket(customer="W. Fang")
    async with signed_in(world) as browser:
        path = f"{HOME}/{one.customer_id}"
        await browser.post(f"{path}/merge", data={"other": str(other.customer_id)})
        for ticket in (one, other):
            await resolve(world, ticket)
        assert (await browser.post(f"{path}/erase", data={"confirm": "王芳"})).status_code == 200
    async with world.database.read() as session:
        assert await find_customers(session, Wanted(), region="CN") == ([], False)


async def test_whose_queue_it_is_sets_the_tier_as_at_the_desk(database: Database) -> None:
    standards = Standards(customer_tiers=("gold",))
    world = World(database, settings=replace(SETTINGS, standards=standards, supervisors=("agent",)))
    ticket = await world.ticket(customer="王芳")
    path = f"{HOME}/{ticket.customer_id}"
    async with signed_in(world, Role.AGENT) as browser:
        assert f"{path}/tier" in (await browser.get(path)).text
        assert (await browser.post(f"{path}/tier", data={"tier": "gold"})).status_code == 303
    async with signed_in(world, Role.SUPERVISOR) as browser:  # by role, in whatever queue
        desk = f"/console/desk/tickets/{ticket.id}"
        assert "/customer/tier" in (await browser.get(desk)).text
        assert (await browser.post(f"{desk}/customer/tier", data={"tier": ""})).status_code == 303
    async with database.read() as session:
        assert (await session.get_one(Ticket, ticket.id)).tier is None


async def test_consent_is_shown_and_withdrawn(world: World) -> None:
    ticket = await world.ticket()
    path = f"{HOME}/{ticket.customer_id}"
    async with world.database.write() as session:
        now = world.clock()
        days = {DateKind.BIRTHDAY: now.date()}
        await set_dates(session, ticket.customer_id, days, consents=True, now=now)
    async with signed_in(world, Role.AGENT) as browser:
        assert "agreed" in (await browser.get(path)).text
        await browser.post(f"{path}/withdraw")
        page = (await browser.get(path)).text
        assert "opted out" in page and "Withdraw consent" not in page
    async with world.database.read() as session:
        assert await has_opted_out(session, ticket.customer_id)


async def test_who_is_not_there_is_told_in_words(world: World) -> None:
    async with signed_in(world, language="zh") as browser:
        gone = await browser.get(f"{HOME}/{new_id()}")
        assert gone.status_code == 404 and "没有这位顾客" in gone.text
        assert (await browser.post(f"{HOME}/{new_id()}/note", data={"text": "x"})).status_code == 404

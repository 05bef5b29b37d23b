"""Complaints by how far they are, and the register of corrective actions: filtered, kept under names, taken away."""

import csv
import html
import io
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from handoff.agents import Agent, Role
from handoff.complaints.corrective_actions import CorrectiveAction
from handoff.complaints.life import Answer, Outcome, RootCause
from handoff.finding import actions as finding_actions
from handoff.finding.saved import SavedFilter
from handoff.kinds import Reason
from handoff.tickets import Ticket
from tests.console.test_customers_page import signed_in
from tests.console.test_desk import NASTY, at_desk
from tests.console.test_tickets import get, numbers
from tests.console.world import World

PAGE = "/console/complaints"


async def proposed(world: World, lin: Agent, chen: Agent, customer: str) -> Ticket:
    ticket = await world.ticket("我要投诉", customer=customer, reason=Reason.COMPLAINT)
    await world.work.take(ticket.id, lin)
    await world.complaints.investigate(ticket.id, lin, chen)
    await world.complaints.propose(ticket.id, lin, "补发")
    return ticket


async def resolved(world: World, lin: Agent, chen: Agent, customer: str, measure: str = "加复核") -> Ticket:
    ticket = await proposed(world, lin, chen, customer)
    await world.complaints.record_answer(ticket.id, lin, Answer.ACCEPTED)
    await world.complaints.find_cause(ticket.id, lin, RootCause.PROCESS, "没复核")
    due = (world.clock() + timedelta(days=2)).date()
    await world.complaints.add_action(ticket.id, lin, text=measure, owner=chen, due=due)
    await world.work.resolve(ticket.id, lin)
    return ticket


@pytest.fixture
async def people(world: World) -> tuple[Agent, Agent, Agent]:
    return await world.agent(), await world.agent("chen", "陈工"), await world.agent("boss", "班长")


async def test_each_tab_has_its_complaints_and_the_filters_of_tickets(
    world: World, people: tuple[Agent, Agent, Agent]
) -> None:
    lin, chen, boss = people
    await world.ticket("别的事")
    waiting = await proposed(world, lin, chen, "甲")
    visit = await resolved(world, lin, chen, "乙")
    done = await resolved(world, lin, chen, "丙")
    world.clock.ahead += timedelta(days=3, minutes=1)
    await world.complaints.record_visit(done.id, boss, Outcome.SATISFIED)
    await world.work.confirm(done.id, lin)
    wanted = {
        "": {waiting.number, visit.number},
        "tab=running": {waiting.number, visit.number},
        "tab=proposals&sort=due": {waiting.number},
        "tab=visits&sort=due": {visit.number},
        "tab=closed": {done.number},
        "tab=nonsense": {waiting.number, visit.number},
        "tab=running&q=甲": {waiting.number},
        "tab=running&stage=fed_back": {visit.number},
        "tab=proposals&queue=gone": set(),
    }
    async with at_desk(world) as browser:
        for query, found in wanted.items():
            page = await get(browser, query, PAGE)
            assert set(numbers(page)) == found, query
        page = await get(browser, "tab=visits&lang=en", PAGE)
        assert "Due now" in page and "first owner 小林" in page and "handled by 小林, 陈工" in page
        assert "is no filter and was left out" in await get(browser, "tab=visits&lang=en&x=1", PAGE)


async def test_the_register_has_late_ones_first_and_is_filtered_and_paged(
    world: World, people: tuple[Agent, Agent, Agent], monkeypatch: pytest.MonkeyPatch
) -> None:
    lin, chen, _ = people
    tickets = [await resolved(world, lin, chen, str(number), f"措施{number}") for number in range(4)]
    async with world.database.write() as session:
        for number, ticket in enumerate(tickets):
            values = {"due_at": world.clock() + timedelta(days=2 - number)}
            mine = CorrectiveAction.ticket_id == ticket.id
            await session.execute(update(CorrectiveAction).where(mine).values(**values))
    async with at_desk(world, "chen") as browser:
        page = await get(browser, "tab=actions", PAGE)
        shown = [f"措施{number}" for number in (3, 2, 1, 0)]
        assert sorted(shown, key=page.index) == shown
        assert page.count('class="tag is-removed"') == 2
        late = await get(browser, "tab=actions&state=late&mine=1", PAGE)
        assert "措施3" in late and "措施0" not in late
        assert "措施1" not in await get(browser, f"tab=actions&owner={lin.id}", PAGE)
        monkeypatch.setattr(
            finding_actions.find_actions, "__kwdefaults__", {"place": None, "back": False, "size": 3}
        )
        first = await get(browser, "tab=actions", PAGE)
        assert "措施0" not in first
        link = html.unescape(first.split('rel="next" href="')[1].split('"')[0])
        second = (await browser.get(link)).text
        assert "措施0" in second and "措施1" not in second
    async with at_desk(world) as browser:  # who did not own it may not say that it is done
        action_id = await action_of(world, tickets[0])
        refused = await browser.post(f"{PAGE}/actions/{action_id}/finish", data={"note": "好了"})
        assert refused.status_code == 409 and "陈工 负责" in refused.text and "措施1" in refused.text


async def test_complaints_and_actions_are_taken_away(
    world: World, people: tuple[Agent, Agent, Agent]
) -> None:
    lin, chen, _ = people
    await resolved(world, lin, chen, "=1+1", "=2+2")
    async with signed_in(world, Role.SUPERVISOR) as browser:
        found = {}
        for tab in ("visits", "actions"):
            answer = await browser.get(f"{PAGE}/found.csv?tab={tab}")
            found[tab] = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [len(rows) for rows in found.values()] == [2, 2]
    assert found["visits"][1][1] == "'=1+1" and found["actions"][1][1] == "'=2+2"


async def test_a_tab_s_filter_is_kept_under_a_name(world: World, people: tuple[Agent, Agent, Agent]) -> None:
    async with at_desk(world) as browser:
        for kind, query in (
            ("complaints", "tab=proposals&queue=service&q=王"),
            ("actions", "tab=actions&state=late"),
        ):
            answer = await browser.post("/console/filters", data={"list": kind, "query": query, "name": kind})
            assert answer.headers["location"].startswith(f"{PAGE}?tab=")
            assert f">{kind}</span>" in (await browser.get(answer.headers["location"])).text
    async with world.database.read() as session:
        saved = {each.list: each.query for each in await session.scalars(select(SavedFilter))}
    assert saved == {"complaints": "tab=proposals&queue=service", "actions": "tab=actions&state=late"}


async def test_what_was_written_stays_text(world: World, people: tuple[Agent, Agent, Agent]) -> None:
    lin, chen, _ = people
    await resolved(world, lin, chen, NASTY, NASTY)
    async with at_desk(world) as browser:
        for tab in ("running", "visits", "actions"):
            page = await get(browser, f"tab={tab}", PAGE)
            assert "<script>alert" not in page and "<img src=x" not in page, tab


async def action_of(world: World, ticket: Ticket) -> object:
    async with world.database.read() as session:
        return await session.scalar(
            select(CorrectiveAction.id).where(CorrectiveAction.ticket_id == ticket.id)
        )

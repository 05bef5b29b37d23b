"""Complaints at the desk: what it shows of them, only what is legal now, and why something was not done."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from playwright.async_api import Browser, expect

from handoff.agents import Agent
from handoff.complaints.life import Answer, RootCause
from handoff.kinds import Reason
from handoff.tickets import Ticket
from tests.console.test_desk import NASTY, SCRIPT, address, at_desk
from tests.console.world import PASSWORD, World

TOMORROW = date.today() + timedelta(days=2)  # noqa: DTZ011 - the desk's clock is real
EN = {"Accept-Language": "en"}
VISITS, REGISTER = "/console/complaints?tab=visits", "/console/complaints?tab=actions"


async def accepted(world: World) -> tuple[Ticket, Agent, Agent, Agent]:
    """A complaint that 小林 has taken; 陈工 and 班长 are there too."""
    people = await world.agent(), await world.agent("chen", "陈工"), await world.agent("boss", "班长")
    ticket = await world.ticket("等了一周还没到，我要投诉", reason=Reason.COMPLAINT)
    await world.work.take(ticket.id, people[0])
    return ticket, *people


async def resolved(world: World) -> tuple[Ticket, UUID]:
    """One that 小林 and 陈工 have handled; its corrective action is 陈工's."""
    ticket, lin, chen, _ = await accepted(world)
    await world.complaints.investigate(ticket.id, lin, chen)
    await world.complaints.propose(ticket.id, lin, "补发")
    await world.complaints.record_answer(ticket.id, lin, Answer.ACCEPTED)
    await world.complaints.find_cause(ticket.id, lin, RootCause.PROCESS, "没复核")
    action = await world.complaints.add_action(ticket.id, lin, text="加复核", owner=chen, due=TOMORROW)
    await world.work.resolve(ticket.id, lin)
    return ticket, action


async def test_the_panel_offers_what_is_legal_now_and_leads_through(world: World) -> None:
    ticket, _, chen, _ = await accepted(world)
    panel = address(ticket, "/complaint")
    async with at_desk(world) as browser:

        async def offered() -> set[str]:
            text = (await browser.get(address(ticket))).text
            acts = ("about", "investigate", "propose", "answer", "cause", "action", "visit")
            return {act for act in acts if f"{panel}/{act}" in text}

        assert await offered() == {"about", "investigate", "answer"}
        await browser.post(f"{panel}/investigate", data={"person": str(chen.id)})
        assert await offered() == {"about", "investigate", "propose", "answer", "cause", "action"}
        held = await browser.post(f"{panel}/propose", data={"proposal": "这不归我管"}, headers=SCRIPT)
        assert held.status_code == 409 and "不归我管" in held.json()["detail"]
        await browser.post(f"{panel}/propose", data={"proposal": f"补发 {NASTY}"})
        assert await offered() == {"about", "propose", "answer", "cause", "action"}
        refused = await browser.post(address(ticket, "/resolve"), headers={**SCRIPT, **EN})
        assert refused.status_code == 409
        assert "an answer to a proposal, the root cause, a corrective action" in refused.json()["detail"]
        await browser.post(f"{panel}/answer", data={"answer": "accepted", "note": "电话"})
        await browser.post(f"{panel}/cause", data={"cause": "process", "finding": NASTY})
        late = {"measure": "加复核", "owner": str(chen.id), "due": "2020-01-01"}
        told = await browser.post(f"{panel}/action", data=late, headers=SCRIPT)
        assert (told.status_code, told.json()["detail"]) == (422, "期限要是今天或以后的日期。")
        await browser.post(f"{panel}/action", data={**late, "due": TOMORROW.isoformat()})
        page = (await browser.get(address(ticket))).text
        assert "加复核" in page and "已反馈" in page and "流程" in page
        assert NASTY not in page and "<script>alert" not in page
        assert (await browser.post(address(ticket, "/resolve"), headers=SCRIPT)).status_code == 204
        assert await offered() == set()  # who handled it does not visit
        assert "回访由没有经手的同事来做" in (await browser.get(address(ticket))).text
    async with at_desk(world, "boss") as browser:
        assert f"{panel}/visit" in (await browser.get(address(ticket))).text
        answer = await browser.post(f"{panel}/visit", data={"outcome": "satisfied"})
        assert answer.status_code == 303
        assert "已回访" in (await browser.get(address(ticket))).text


async def test_whom_it_is_about_is_told_so_and_offered_nothing(world: World) -> None:
    ticket, lin, chen, _ = await accepted(world)
    await world.complaints.set_about(ticket.id, chen, lin)
    async with at_desk(world) as browser:
        page = (await browser.get(address(ticket), headers=EN)).text
        assert "This complaint is about you" in page and "/complaint/investigate" not in page
        told = await browser.post(
            address(ticket, "/complaint/investigate"), data={"person": str(chen.id)}, headers=SCRIPT
        )
        assert (told.status_code, "小林 是被投诉人" in told.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("act", "data", "status", "told"),
    [
        ("investigate", {"person": "nobody"}, 422, "choose again"),
        ("investigate", {"person": str(UUID(int=7))}, 422, "choose again"),
        ("answer", {"answer": "withdrawn"}, 422, "say why"),
        ("answer", {"answer": "nonsense"}, 422, ""),
        ("propose", {"proposal": "补发"}, 409, "The complaint is “Accepted”"),
        ("visit", {"outcome": "satisfied"}, 409, "The complaint is “Accepted”"),
    ],
)
async def test_what_cannot_be_done_says_why(
    world: World, act: str, data: dict[str, str], status: int, told: str
) -> None:
    ticket, *_ = await accepted(world)
    async with at_desk(world) as browser:
        path = address(ticket, f"/complaint/{act}")
        script = await browser.post(path, data=data, headers={**SCRIPT, **EN})
        assert script.status_code == status
        if told:
            assert told in script.json()["detail"]
            page = await browser.post(path, data=data, headers=EN)
            assert page.status_code == status and told in page.text


async def test_a_ticket_of_another_kind_has_no_such_panel(world: World) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser:
        assert 'data-key="complaint"' not in (await browser.get(address(ticket))).text


async def test_the_register_shows_visits_and_actions_to_those_who_can_do_them(world: World) -> None:
    ticket, action = await resolved(world)
    acts = f"/console/complaints/actions/{action}"
    async with world.browser() as browser:
        assert (await browser.get("/console/complaints")).status_code in (303, 401)
    async with at_desk(world) as browser:  # neither owner nor, before it is done, judge
        visits = (await browser.get(VISITS)).text
        assert ticket.number in visits and "回访由没有经手的同事来做" in visits
        page = (await browser.get(REGISTER)).text
        assert ticket.number in page and "加复核" in page
        assert acts not in page
        told = await browser.post(f"{acts}/finish", data={"note": "好了"})
        assert told.status_code == 409 and "这项整改由 陈工 负责" in told.text
    async with at_desk(world, "chen") as browser:
        assert f"{acts}/finish" in (await browser.get(REGISTER)).text
        assert (await browser.post(f"{acts}/finish", data={"note": "好了"})).status_code == 303
        assert acts not in (await browser.get(REGISTER)).text
    async with at_desk(world, "boss") as browser:
        english = (await browser.get(REGISTER, headers=EN)).text
        assert "To verify" in english and f"{acts}/verify" in english
        assert "Due now" not in (await browser.get(VISITS, headers=EN)).text
        again = {"note": "又发错了", "due": TOMORROW.isoformat()}
        assert (await browser.post(f"{acts}/fail", data=again)).status_code == 303
    world.clock.ahead = timedelta(days=3, minutes=1)
    async with at_desk(world, "boss") as browser:
        page = (await browser.get(REGISTER, headers=EN)).text
        assert "failed verification 1×" in page and "Overdue" in page
        assert "Due now" in (await browser.get(VISITS, headers=EN)).text


@pytest.mark.browser
async def test_a_complaint_in_the_browser_keeps_what_is_typed_while_news_arrive(
    world: World, chromium: Browser
) -> None:
    ticket, *_ = await accepted(world)
    async with world.served() as url:
        context = await chromium.new_context(locale="zh-CN")
        page = await context.new_page()
        await page.goto(f"{url}/console/sign-in?next={address(ticket)}")
        await page.fill("[name=username]", "lin")
        await page.fill("[name=password]", PASSWORD)
        await page.click("form button:has-text('登录')")
        await page.wait_for_url(f"**{address(ticket)}")  # loaded: until then Chromium lets clicks go by
        await page.click(".complaint summary")
        await page.click("[data-act=investigate] button")
        await page.fill("[name=proposal]", "这不归我管")
        await world.customer_says(ticket, "还在吗？")
        await expect(page.locator("#stream")).to_contain_text("还在吗？")
        await page.click("[data-act=propose] button")
        await expect(page.locator(".complaint [data-error]")).to_contain_text("还没发出")
        await expect(page.locator("[name=proposal]")).to_have_value("这不归我管")
        await page.fill("[name=proposal]", "给您补发，明天到")
        await page.click("[data-act=propose] button")
        await expect(page.locator("#stream")).to_contain_text("给您补发，明天到")
        await expect(page.locator(".stages .now")).to_have_text("已提方案")
        await expect(page.locator("[name=proposal]")).to_have_value("")
        await page.select_option("[data-act=answer] select", "accepted")
        await page.fill("[data-act=cause] [name=finding]", "仓库漏单")
        await page.fill("[data-act=action] [name=measure]", "每晚核对")
        await page.fill("[data-act=action] [name=due]", "2099-01-01")
        for act in ("answer", "cause", "action"):
            await page.click(f"[data-act={act}] button")
        await expect(page.locator(".complaint .missing")).to_have_count(0)
        await page.click("[data-act=resolve] button")
        await expect(page.locator(".ticket-head .state")).to_have_text("小林 已解决")
        await context.close()

"""Contacts at the browser desk: the form, what was said since, and the register."""

import uuid
from datetime import timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import func, select

from core.messages import Spoken
from core.outbox import OutboxRow
from handoff.contacts.checks import NewContact, Then
from handoff.contacts.records import Contact, Logged
from handoff.kinds import TicketKind
from handoff.tickets import Ticket
from tests.console.test_desk import SCRIPT, at_desk
from tests.console.test_desk_in_browser import PHONE, desk
from tests.console.world import World

REGISTER = "/console/desk/contacts"
NASTY = "<img src=x onerror=\"document.title='stolen'\">"


def form(**changes: str) -> dict[str, str]:
    """What the form sends."""
    values = {
        **{"how": "phone", "name": "王先生", "reach": "138 1234 5678", "kind": "enquiry"},
        **{"text": "订单三天没动了", "then": "mine", "answer": "", "at": ""},
    }
    return {**values, "form": str(uuid.uuid4()), **changes}


async def logs(world: World, **changes: Any) -> Logged:
    """小林 logs a contact."""
    values: dict[str, Any] = {
        **{"how": Spoken.PHONE, "name": "王先生", "reach": "138 1234 5678", "kind": TicketKind.ENQUIRY},
        **{"text": "订单三天没动了", "then": Then.ANSWERED, "answer": "今天发出"},
    }
    by = values.pop("by", None) or changes.pop("by", None)
    return await world.contacts.log(by or await world.agent(), NewContact(**{**values, **changes}))


async def tickets(world: World) -> list[Ticket]:
    async with world.database.read() as session:
        return list(await session.scalars(select(Ticket)))


def said_at(address: str | uuid.UUID) -> str:
    return f"/console/desk/tickets/{address}/said"


async def test_a_contact_is_logged_and_its_ticket_is_shown(world: World) -> None:
    await world.agent()
    async with at_desk(world) as browser:
        page = (await browser.get("/console/desk")).text
        assert 'data-opens="dialog-contact" data-source="/console/desk/contacts/form"' in page
        assert "交给“客服”" in (await browser.get(f"{REGISTER}/form")).text
        assert '<details class="logging" open>' in (await browser.get(f"{REGISTER}?log=1")).text
        answer = await browser.post(REGISTER, data=form())
        (ticket,) = await tickets(world)
        address = f"/console/desk/tickets/{ticket.id}"
        assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?logged=followed_up")
        page = (await browser.get(answer.headers["location"])).text
    assert f"已登记为 {ticket.number}，由 小林 跟进" in page
    assert 'href="tel:+8613812345678"' in page and "+86 138 1234 5678" in page
    assert "电话 · 小林 登记" in page and "登记了电话，进入“客服”" in page and "小林 登记" in page
    assert "机器人答过" not in page and "我说的" in page and "不会发出去" in page


async def test_a_script_is_told_where_to_go(world: World) -> None:
    await world.agent()
    async with at_desk(world) as browser:
        answer = await browser.post(REGISTER, data=form(then="queue:service"), headers=SCRIPT)
        assert answer.status_code == 204 and answer.headers["location"].endswith("?logged=queued")
        again = await browser.post(REGISTER, data=form(text="还没到"), headers=SCRIPT)
        assert again.headers["location"].endswith("?logged=added")
        refused = await browser.post(REGISTER, data=form(reach="12"), headers=SCRIPT)
    assert refused.status_code == 422 and "座机请带区号" in refused.json()["detail"]


async def test_what_was_typed_stands_there_when_something_has_to_be_mended(world: World) -> None:
    await world.agent()
    async with at_desk(world) as browser:
        sent = form(kind="complaint", then="answered", answer=NASTY, name=NASTY, how="letter")
        answer = await browser.post(REGISTER, data=sent)
        assert answer.status_code == 422 and "投诉答复过了也要按流程跟进" in answer.text
        assert NASTY not in answer.text and "订单三天没动了" in answer.text and sent["form"] in answer.text
        assert 'value="complaint" selected' in answer.text and 'value="letter" selected' in answer.text
        assert await tickets(world) == []
        for _ in range(2):
            mended = await browser.post(REGISTER, data={**sent, "then": "mine"})
            assert mended.status_code == 303
    assert len(await tickets(world)) == 1


@pytest.mark.parametrize("changes", [{"how": "fax"}, {"kind": "?"}, {"then": "nobody"}, {"at": "soon"}])
async def test_what_no_form_sends_is_refused(world: World, changes: dict[str, str]) -> None:
    await world.agent()
    async with at_desk(world) as browser:
        assert (await browser.post(REGISTER, data=form(**changes), headers=SCRIPT)).status_code == 422
    assert await tickets(world) == []


async def test_a_moment_is_one_of_the_desks_clock(world: World) -> None:
    await world.agent()
    called = (world.clock() - timedelta(hours=5)).replace(second=0, microsecond=0)
    local = called.astimezone(world.settings.calendar.zone)
    async with at_desk(world) as browser:
        await browser.post(REGISTER, data=form(at=f"{local:%Y-%m-%dT%H:%M}"))
    assert [each.opened_at for each in await tickets(world)] == [called]


async def test_a_moment_that_cannot_be_read_is_called_so(world: World) -> None:
    await world.agent()
    async with at_desk(world) as browser:
        refused = await browser.post(REGISTER, data=form(at="昨天下午"))
    assert refused.status_code == 422 and "这不是日期和时间" in refused.text
    assert await tickets(world) == []


async def test_what_was_said_since_is_put_on_record_and_never_sent(world: World) -> None:
    lin = await world.agent()
    logged = await logs(world, by=lin, then=Then.MINE, answer="")
    address = said_at(logged.ticket_id)
    async with at_desk(world) as browser:
        for to, text in (("customer", "明天上午到"), ("heard", "好的谢谢"), ("colleagues", "已催仓库")):
            sent = {"to": to, "text": text, "how": "visit"}
            assert (await browser.post(address, data=sent, headers=SCRIPT)).status_code == 204
        page = (await browser.get(f"/console/desk/tickets/{logged.ticket_id}")).text
        stream = page[page.index('id="stream"') :]
        assert stream.index("明天上午到") < stream.index("好的谢谢") < stream.index("已催仓库")
        assert "来访" in page and "告诉了顾客（来访）" in page and "又来联系" in page
        by_writing = address.replace("/said", "/say")
        refused = await browser.post(by_writing, data={"to": "customer", "text": "您好"}, headers=SCRIPT)
        assert refused.status_code == 409 and "收不到消息" in refused.json()["detail"]
        written = await world.ticket()
        refused = await browser.post(said_at(written.id), data={"to": "heard", "text": "喂"}, headers=SCRIPT)
        assert refused.status_code == 409
    async with world.database.read() as session:
        assert await session.scalar(select(func.count()).select_from(OutboxRow)) == 0


async def test_forms_do_not_promise_what_nobody_hears(world: World) -> None:
    lin = await world.agent()
    logged = await logs(world, by=lin, then=Then.MINE, answer="")
    async with at_desk(world) as browser:
        page = (await browser.get(f"/console/desk/tickets/{logged.ticket_id}")).text
    assert "顾客会" not in page and page.count("顾客不会收到通知") >= 2


async def test_what_was_heard_is_neither_corrected_nor_taken_back(world: World) -> None:
    lin = await world.agent()
    logged = await logs(world, by=lin, then=Then.MINE, answer="明天上午到")
    async with world.database.read() as session:
        told = await session.scalar(select(Contact.told_id))
    assert told is not None
    async with at_desk(world) as browser:
        page = (await browser.get(f"/console/desk/tickets/{logged.ticket_id}")).text
        assert "明天上午到" in page and f"correct-{told}" not in page and f"withdraw-{told}" not in page
        for act in ("correct", "withdraw"):
            form = {"message": str(told), "text": "后天到"}
            refused = await browser.post(
                f"/console/desk/tickets/{logged.ticket_id}/{act}", data=form, headers=SCRIPT
            )
            assert refused.status_code == 409 and "收不到消息" in refused.json()["detail"]


async def register(browser: httpx.AsyncClient, **asked: str) -> str:
    return (await browser.get(REGISTER, params=asked)).text


async def test_the_register_lists_contacts_and_finds_them(world: World) -> None:
    lin = await world.agent()
    phoned = await logs(world, by=lin)
    await logs(world, by=lin, how=Spoken.LETTER, name="李女士", reach="li@example.com", text="谢谢师傅 100%")
    await logs(
        world, by=lin, how=Spoken.VISIT, name="赵大爷", reach="", text=f"空调坏了{NASTY}", then=Then.MINE
    )
    async with at_desk(world) as browser:
        everything = await register(browser)
        assert everything.index("赵大爷") < everything.index("李女士") < everything.index("王先生")
        assert "+86 138****5678" in everything and "12345678" not in everything  # lists are masked
        assert "当场办结" in everything and "跟进" in everything and "小林 登记" in everything
        assert NASTY not in everything
        for asked, found in (
            ("13812345678", {"王先生"}),
            ("138-1234-5678", {"王先生"}),
            ("5678", {"王先生"}),
            (phoned.number, {"王先生"}),
            ("三天没动", {"王先生"}),
            ("LI@example", {"李女士"}),
            ("100%", {"李女士"}),
            ("赵", {"赵大爷"}),
            ("今天发出", {"王先生", "李女士", "赵大爷"}),
        ):
            page = await register(browser, q=asked)
            assert {name for name in ("王先生", "李女士", "赵大爷") if name in page} == found, asked
        assert "没有找到" in await register(browser, q="没有这回事")
        tomorrow = (world.clock() + timedelta(days=2)).date().isoformat()
        assert "没有找到" in await register(browser, since=tomorrow)
        assert "王先生" in await register(browser, until=tomorrow, since="nonsense")
        english = (await browser.get(REGISTER, headers={"Accept-Language": "en"})).text
    assert "Register of contacts" in english and "Answered at once" in english


async def test_the_register_has_pages(world: World) -> None:
    lin = await world.agent()
    for number in range(53):
        await logs(world, by=lin, name=f"顾客{number:02}", reach="")
    async with at_desk(world) as browser:
        first = await register(browser)
        assert "顾客52" in first and "顾客03" in first and "顾客02" not in first
        assert "第 1 页" in first and f"{REGISTER}?page=2" in first
        second = await register(browser, page="2")
        assert "顾客02" in second and "顾客03" not in second and "第 2 页" in second
        beyond = await register(browser, page="9")
        assert "没有登记" in beyond and f"{REGISTER}?page=8" in beyond


@pytest.mark.browser
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_call_is_logged_and_followed_up_in_a_browser(world: World, chromium: Browser) -> None:
    await world.agent()
    async with world.served() as url, desk(chromium, url, **PHONE) as page:
        await page.click("[data-opens=dialog-contact]")
        dialog = page.locator("#dialog-contact")
        await expect(dialog.locator("[name=name]")).to_be_focused()
        await dialog.locator("[name=name]").fill("王先生")
        await page.keyboard.press("Escape")
        await expect(dialog).to_be_hidden()
        await expect(page.locator("[data-opens]")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(dialog.locator("[name=name]")).to_have_value("王先生")
        await dialog.locator("[name=reach]").fill("12")
        await dialog.locator("[name=text]").fill("订单三天没动了")
        await dialog.get_by_role("button", name="登记", exact=True).click()
        await expect(dialog.locator("[data-error]")).to_contain_text("座机请带区号")
        await dialog.locator("[name=reach]").fill("138 1234 5678")
        await dialog.get_by_role("button", name="登记", exact=True).click()
        await expect(page.locator("p.notice")).to_contain_text("由 小林 跟进")
        await page.fill("[data-composer] textarea", "明天上午到")
        await page.click(".send")
        await expect(page.locator(".item.agent .said")).to_have_text("明天上午到")
        await page.click("text=顾客说的")
        await expect(page.locator("[data-composer] textarea")).to_have_attribute(
            "placeholder", "顾客刚才说了什么……"
        )

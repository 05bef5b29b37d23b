"""What agents do with tickets beside answering: the lists, the forms, and what is said when something cannot be done."""

import re
from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from core.database import Database
from handoff.alerts import AlertKind, raise_alert
from handoff.calendar import Window
from handoff.kinds import Reason
from handoff.settings import DeskSettings, QueueSettings
from handoff.standards import BASIC, Promise, Standards
from tests.console.test_desk import SCRIPT, address, at_desk
from tests.console.world import CALENDAR, SETTINGS, World

ENGLISH = {"Accept-Language": "en"}
QUEUE = "/console/desk/queue"
SUPERVISED: DeskSettings = replace(
    SETTINGS,
    queues={
        **SETTINGS.queues,
        "money": QueueSettings(titles={"zh": "财务", "en": "Accounts"}, members=("chen",)),
    },
    managers=("boss",),
)


def says(page: str, *texts: str) -> bool:
    """Whether they stand on the page in this order."""
    at = 0
    for text in texts:
        at = page.find(text, at)
        if at < 0:
            pytest.fail(f"{text!r} is not on the page, or not there")
    return True


async def test_my_tickets_are_sorted_by_what_is_due_next_and_say_what_that_is(world: World) -> None:
    lin = await world.agent()
    slow, soon, stopped = [await world.ticket(customer=name) for name in ("慢慢来", "快到时", "等回复")]
    for ticket in (slow, stopped):
        await world.work.take(ticket.id, lin)
        await world.work.reply(ticket.id, lin, "您好")
    await world.work.wait(stopped.id, lin)
    await world.work.take(soon.id, lin)
    world.clock.ahead += timedelta(minutes=12, seconds=30)
    async with at_desk(world) as browser:
        assert says(
            (await browser.get(QUEUE)).text,
            *("我的工单", "快到时", "clock soon", "首次响应 2 分钟后", "慢慢来", "告知进展 7 小时后"),
            *("等回复", "计时暂停，等顾客", "等待接手"),
        )
        world.clock.ahead += timedelta(minutes=5)
        english = (await browser.get(QUEUE, headers=ENGLISH)).text
    assert says(
        english, "Mine", "clock late", "First response 2 min overdue", "clock stopped, waiting for customer"
    )


async def test_a_ticket_that_a_rule_gave_says_take_it(world: World) -> None:
    await world.agent()
    async with at_desk(world) as browser:
        assert (
            await browser.post("/console/desk/duty", data={"duty": "on"}, headers=SCRIPT)
        ).status_code == 204
        ticket = await world.ticket(reason=Reason.EMERGENCY)
        await world.clocks_run()
        assert says(
            (await browser.get(QUEUE)).text,
            "我的工单",
            "派给您：请接手",
            "派单后接手",
            "突发事件一类",
            "等待接手",
        )
        page = (await browser.get(address(ticket))).text
        assert says(
            page,
            "派给您，等您接手",
            address(ticket, "/take"),
            "应急标准（加急）：5 分钟，不分昼夜（取最严；基本标准 10 分钟工作时间）",
        )
        assert says(page, "系统派单：只有这一位有空", "派给 小林：只有这一位有空")
        await browser.post(address(ticket, "/take"))
        assert "派给您" not in (await browser.get(QUEUE)).text


async def test_a_transfer_is_offered_seen_and_accepted(database: Database) -> None:
    world = World(database, settings=SUPERVISED)
    lin, chen = await world.agent(), await world.agent("chen", "陈工")
    ticket = await world.ticket(customer="王小姐")
    await world.work.take(ticket.id, lin)
    async with at_desk(world) as sender, at_desk(world, "chen") as receiver:
        offer = {"to": f"agent:{chen.id}", "reason": "要查财务系统，电话 13812345678"}
        assert says(
            (await sender.get(address(ticket))).text, "dialog-transfer", f"agent:{chen.id}", "queue:money"
        )
        assert (await sender.post(address(ticket, "/transfer"), data=offer)).status_code == 303
        assert says((await sender.get(address(ticket))).text, "已请 陈工 接手，接受前仍由您负责")
        # Masked in the list, as all previews are; whole on the ticket's page.
        lists = (await receiver.get(QUEUE)).text
        assert says(
            lists,
            "转给我的",
            "王小姐",
            "小林 请您接手：要查财务系统，电话 138****5678",
            "答复转派",
            "/accept",
        )
        assert says(
            (await receiver.get(address(ticket))).text, "小林 请您接手：要查财务系统，电话 13812345678"
        )
        assert says((await receiver.get("/console/desk/alerts")).text, "需要留意（1）", "小林 请您接手工单")
        assert (await receiver.post(address(ticket, "/accept"), headers=SCRIPT)).status_code == 204
        # Who acts on a ticket has seen what was said of it.
        assert "需要留意" not in (await receiver.get("/console/desk/alerts")).text
        assert says((await receiver.get(QUEUE)).text, "我的工单", "王小姐")
        page = (await receiver.get(address(ticket))).text
        assert says(page, "首问责任人：小林", "责任链（3）", "自己接手", "接受转派：要查财务系统", "至今")
        late = await receiver.post(address(ticket, "/accept"), headers=SCRIPT)
        assert late.status_code == 409 and "已经在 陈工 手上" in late.json()["detail"]
        stale = await sender.post(address(ticket, "/resolve"), headers=ENGLISH)
        assert stale.status_code == 409 and "陈工 has ticket" in stale.text


async def test_a_queue_is_asked_and_only_its_people_see_the_offer(database: Database) -> None:
    world = World(database, settings=SUPERVISED)
    lin = await world.agent()
    await world.agent("chen", "陈工")
    await world.agent("wei", "小魏")
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    await world.transfers.offer(ticket.id, lin, queue="money", reason="退款")
    async with at_desk(world, "chen") as chen, at_desk(world, "wei") as wei:
        assert says(
            (await chen.get(QUEUE, headers=ENGLISH)).text,
            "Offered to me",
            "小林 offers this to “Accounts”: 退款",
        )
        assert "转给我的" not in (await wei.get(QUEUE)).text
        answer = await wei.post(address(ticket, "/accept"), headers={**SCRIPT, **ENGLISH})
        assert answer.json()["detail"].endswith("is offered to colleagues of the queue “Accounts”.")
        assert (await chen.post(address(ticket, "/decline"), data={"reason": "不归我们"})).status_code == 303
        assert says((await chen.get(address(ticket))).text, "请 “财务”队列 接手：退款", "没有接：不归我们")
    async with at_desk(world) as sender:
        assert says((await sender.get("/console/desk/alerts")).text, "陈工 没有接工单", "不归我们")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # words are the same on both
@pytest.mark.parametrize(
    ("act", "data", "status", "zh", "en"),
    [
        ("transfer", {"to": "agent:ME", "reason": "忙"}, 422, "这是您自己", "This is you"),
        ("transfer", {"to": "agent:CHEN", "reason": " "}, 422, "请写一句理由", "say why"),
        ("transfer", {"to": "", "reason": "忙"}, 422, "请选一位同事", "choose a colleague"),
        (
            "transfer",
            {"to": "agent:00000000-0000-0000-0000-000000000000", "reason": "忙"},
            422,
            "请选一位同事",
            "choose",
        ),
        ("transfer", {"to": "queue:gone", "reason": "忙"}, 422, "没有“gone”这个队列", "no queue “gone”"),
        ("hand-back", {}, 422, "请写一句理由", "say why"),
        ("sort", {"kind": "incident"}, 422, "一类或二类", "class, 1 or 2"),
        ("sort", {"kind": "incident-9"}, 422, "请选一项", "choose what"),
        ("report", {"text": "起火"}, 409, "不是突发事件", "is no incident"),
        ("confirm", {}, 409, "现在是“已派人”", "is “assigned”"),
        ("reopen", {"reason": "还没好"}, 409, "已经是打开的", "is open already"),
        (
            "give",
            {"to": "CHEN", "reason": "忙"},
            409,
            "只有“客服”队列的主管",
            "Only a supervisor of the queue “Service”",
        ),
        ("accept", {}, 409, "已经在 小林 手上", "小林 has ticket"),
    ],
)
async def test_what_cannot_be_done_is_explained_in_the_agents_language(
    world: World, act: str, data: dict[str, str], status: int, zh: str, en: str
) -> None:
    lin, chen = await world.agent(), await world.agent("chen", "陈工")
    ticket = await world.ticket()
    await world.work.take(ticket.id, lin)
    sent = {
        key: value.replace("ME", str(lin.id)).replace("CHEN", str(chen.id)) for key, value in data.items()
    }
    async with at_desk(world) as browser:
        for language, told in (("zh", zh), ("en", en)):
            headers = {**SCRIPT, "Accept-Language": language}
            answer = await browser.post(address(ticket, f"/{act}"), data=sent, headers=headers)
            assert answer.status_code == status and told in answer.json()["detail"]
        page = await browser.post(address(ticket, f"/{act}"), data=sent)  # without a script
        assert page.status_code == status and zh in page.text


async def test_an_incident_is_sorted_reported_and_its_managers_are_paged(database: Database) -> None:
    world = World(database, settings=SUPERVISED)
    await world.agent()
    await world.agent("boss", "王主管")
    ticket = await world.ticket()
    async with at_desk(world) as browser, at_desk(world, "boss") as boss:
        assert (await browser.post(address(ticket, "/sort"), data={"kind": "incident-1"})).status_code == 303
        page = (await browser.get(address(ticket))).text
        assert says(page, "突发事件一类", "首报", "还有 1 小时", "改为突发事件一类（", "接手 ", " → ")
        assert says(
            (await boss.get("/console/desk/alerts", headers=ENGLISH)).text, "grave", "Incident of class 1"
        )
        await browser.post(address(ticket, "/sort"), data={"kind": "incident-2"})
        await browser.post(address(ticket, "/sort"), data={"kind": "incident-1"})  # is not paged again
        assert says((await boss.get("/console/desk/alerts")).text, "需要留意（1）")
        await browser.post(address(ticket, "/report"), data={"text": "<b>已断电</b>"})
        page = (await browser.get(address(ticket))).text
        assert (
            says(page, "首报 · 小林", "&lt;b&gt;已断电&lt;/b&gt;") and address(ticket, "/report") not in page
        )
        given = await boss.post(
            address(ticket, "/give"),
            data={"to": str((await world.agent("wei", "小魏")).id), "reason": "您懂电"},
        )
        assert given.status_code == 303
        assert says(
            (await boss.get(address(ticket))).text,
            "派给 小魏，等待接手",
            "王主管 指派：您懂电",
            "指派给 小魏：您懂电",
        )
    async with at_desk(world, "wei") as wei:
        assert says((await wei.get("/console/desk/alerts")).text, "王主管 指派了工单")


async def test_what_is_resolved_is_confirmed_by_its_first_owner_or_reopened(world: World) -> None:
    lin, chen = await world.agent(), await world.agent("chen", "陈工")
    ticket = await world.ticket(customer="王小姐")
    await world.work.take(ticket.id, lin)
    await world.transfers.offer(ticket.id, lin, to=chen, reason="退款")
    await world.transfers.accept(ticket.id, chen)
    await world.work.resolve(ticket.id, chen)
    async with at_desk(world) as owner, at_desk(world, "chen") as other:
        assert says(
            (await owner.get(QUEUE)).text, "待我确认", "王小姐", "确认结果，过期自动关闭 2 天后", "陈工"
        )
        assert "待我确认" not in (await other.get(QUEUE)).text
        refused = await other.post(address(ticket, "/confirm"), headers=SCRIPT)
        assert refused.status_code == 409 and "首问责任人是 小林" in refused.json()["detail"]
        await owner.post(address(ticket, "/reopen"), data={"reason": "顾客说没收到"})
        page = (await owner.get(address(ticket))).text
        assert says(page, "派给 陈工，等待接手", "重新打开：顾客说没收到", "上次由这位处理")
        await world.work.take(ticket.id, chen)
        await world.work.resolve(ticket.id, chen)
        assert (await owner.post(address(ticket, "/confirm"), headers=SCRIPT)).status_code == 204
        assert says(
            (await owner.get(address(ticket), headers=ENGLISH)).text, "Closed", "confirmed the outcome"
        )
        assert "待我确认" not in (await owner.get(QUEUE)).text


async def test_deadlines_that_were_recalculated_say_from_when_to_when(database: Database) -> None:
    lenient = replace(
        SETTINGS, standards=Standards(basic={**BASIC, Promise.RESOLUTION: BASIC[Promise.UPDATE]})
    )
    world = World(database)
    await world.agent()
    ticket = await world.ticket()
    changed = World(database, settings=lenient)
    await changed.timekeeper.recalculate()
    async with at_desk(changed) as browser:
        assert says(
            (await browser.get(address(ticket))).text, "系统", "日历或标准有变，时限重算（解决 ", " → "
        )


class Unpublished:
    """A country that has decreed no holidays yet."""

    def is_day_off(self, day: date) -> bool:
        return False

    def is_made_up(self, day: date) -> bool:
        return False

    def is_published(self, year: int) -> bool:
        return False


async def test_a_deadline_in_a_year_without_decreed_holidays_warns(database: Database) -> None:
    always = [Window(start=time.min, end=time.max)]
    calendar = replace(CALENDAR, days=dict.fromkeys(range(7), always), holidays=Unpublished())
    world = World(database, settings=replace(SETTINGS, calendar=calendar))
    await world.agent()
    ticket = await world.ticket()
    async with at_desk(world) as browser:
        page = (await browser.get(address(ticket))).text
    assert says(page, "时限", "⚠", "放假安排还没公布")


async def test_duty_and_presence_are_told_apart(world: World, database: Database) -> None:
    await world.agent()
    async with at_desk(world) as browser:
        assert says(
            (await browser.get("/console/desk/duty")).text, "is-offline", 'value="off"', 'aria-pressed="true"'
        )
        there = await browser.post(
            "/console/desk/duty",
            data={"duty": "on"},
            headers={"Referer": "http://localhost:8080/console/desk/tickets/1"},
        )
        assert (there.status_code, there.headers["location"]) == (303, "/console/desk/tickets/1")
        assert says((await browser.get("/console/desk/duty")).text, "is-online", "在线")
        world.clock.ahead += timedelta(minutes=11)  # no sign of life
        assert says(
            (await browser.get("/console/desk/duty", headers=ENGLISH)).text, "is-away", "Away", "On duty"
        )
        assert (
            await browser.post("/console/desk/duty", data={"duty": "asleep"}, headers=SCRIPT)
        ).status_code == 422


async def test_an_alert_about_no_ticket_leads_nowhere_and_is_dismissed(world: World) -> None:
    lin = await world.agent()
    async with at_desk(world) as browser:
        async with world.database.write() as session:
            await raise_alert(
                session,
                None,
                AlertKind.REPORT,
                settings=world.settings,
                at=world.clock(),
                agents=[lin.id],
                report="2026-11-16–2026-11-22",
                to="boss@example.com",
                because="no mailbox",
            )
        page = (await browser.get("/console/desk/alerts", headers=ENGLISH)).text
        assert says(page, "could not be sent to boss@example.com: no mailbox") and "/tickets/" not in page
        (shown,) = re.findall(r"/console/desk/alerts/([0-9a-f-]{36})/seen", page)
        await browser.post(f"/console/desk/alerts/{shown}/seen", headers=SCRIPT)
        assert "no mailbox" not in (await browser.get("/console/desk/alerts")).text


async def test_alerts_are_dismissed_one_by_one_and_all_up_to_what_was_shown(database: Database) -> None:
    world = World(database, settings=SUPERVISED)
    await world.agent("boss", "王主管")
    await world.ticket(customer="甲", reason=Reason.EMERGENCY)
    async with at_desk(world, "boss") as boss:
        await world.clocks_run(minutes=11)
        page = (await boss.get("/console/desk/alerts")).text
        assert says(page, "首次响应已超时，现在在 队列里") and says(page, "接手已超时", "突发事件一类")
        shown = page.split("/console/desk/alerts/")
        newest = shown[2].split("/")[0]
        count = page.count("<li")
        await boss.post(f"/console/desk/alerts/{newest}/seen", headers=SCRIPT)
        assert says(
            (await boss.get("/console/desk/alerts", headers=ENGLISH)).text, f"Needs attention ({count - 1})"
        )
        last = (await boss.get("/console/desk/alerts")).text.split('name="until" value="')[1].split('"')[0]
        await world.ticket(customer="乙", reason=Reason.EMERGENCY)  # comes while the list is read
        await boss.post("/console/desk/alerts/seen", data={"until": last}, headers=SCRIPT)
        assert says((await boss.get("/console/desk/alerts")).text, "需要留意（1）", "突发事件一类")


async def test_a_note_tells_whom_it_mentions_and_nobody_else(world: World, database: Database) -> None:
    lin, chen, wei = [
        await world.agent(name, shown) for name, shown in (("lin", "小林"), ("chen", "小陈"), ("wei", "小魏"))
    ]
    ticket = await world.ticket()
    note = "@小陈 他的电话是 13800138000，@小林 我自己也记着"
    await world.work.note(ticket.id, lin, note)
    await world.work.note(ticket.id, lin, "@wei 这条是在 Slack 里写的", origin="C1:1")
    for agent, told in ((chen, True), (lin, False), (wei, False)):
        async with at_desk(world, agent.username) as browser:
            page = (await browser.get("/console/desk")).text
        assert ("小林在备注里提到了您" in page) is told
        assert "13800138000" not in page  # masked, as all alerts are

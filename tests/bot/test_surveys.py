"""How customers are asked how it was: agent resolves, customer presses, types, or says something else."""

import asyncio
import contextlib
import uuid
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from channels.degrade import numbered
from core.conversations import Message
from core.customers import Identity
from core.ids import new_id
from core.messages import Button, Kind
from handoff.aftercare.surveys import (
    LOW,
    SCALE,
    Answers,
    Next,
    Survey,
    SurveyKind,
    choose_kind,
    follow,
    is_due,
    is_low,
)
from handoff.kinds import Reason, TicketKind
from handoff.life import EventKind, TicketState
from handoff.settings import SurveySettings
from handoff.tickets import Ticket
from handoff.views import get_ticket_view
from handoff.wording.reader import Reader
from handoff.wording.texts import Texts
from handoff.wording.tickets import DeskView
from tests.shop import Shop


async def resolved(shop: Shop, says: str = "我要人工", *, by: str = "小林", **where: Any) -> Message:
    """A ticket is opened, taken, answered and resolved; the notice of that."""
    receipt = await shop.customer_sends(says, **where)
    await shop.handle()
    agent = await shop.agent(by)
    ticket = max(
        (each for each in await shop.tickets() if each.conversation_id == receipt.conversation_id),
        key=lambda each: each.opened_at,
    )
    await shop.work.take(ticket.id, agent)
    await shop.work.reply(ticket.id, agent, "办好了")
    await shop.work.resolve(ticket.id, agent)
    return (await shop.record(ticket.conversation_id))[-1]


def labels(message: Message) -> list[str]:
    return [button["label"] for button in message.buttons]


async def press(shop: Shop, message: Message, label: str, **where: Any) -> list[Message]:
    action = next(button["action"] for button in message.buttons if button["label"] == label)
    return await shop.customer_says(label, kind=Kind.PRESS, press=action, **where)


async def surveys(shop: Shop) -> list[Survey]:
    async with shop.database.read() as session:
        return list(await session.scalars(select(Survey).order_by(Survey.sent_at, Survey.id)))


async def answered(shop: Shop) -> tuple[bool | None, int | None, str | None]:
    """What the only survey holds."""
    (survey,) = await surveys(shop)
    return survey.solved, survey.score, survey.comment


async def history(shop: Shop, ticket: Ticket, language: str = "zh") -> list[str]:
    """What an agent reads of the survey."""
    agent = await shop.agent("小林")
    async with shop.database.read() as session:
        view = await get_ticket_view(session, ticket.id)
    reader = Reader(
        t=Texts(language),  # type: ignore[arg-type]
        now=shop.now,
        zone=shop.cases.settings.calendar.zone,
        titles={},
        settings=shop.cases.settings,
        region="CN",
    )
    lines = zip(view.events, DeskView(reader, agent).sheet(view).history, strict=True)
    return [past.what for event, past in lines if event.kind == EventKind.SURVEYED]


async def test_a_content_customer_is_asked_three_things_and_thanked(shop: Shop) -> None:
    notice = await resolved(shop)
    assert "标记为已解决。您看解决了吗" in notice.text and labels(notice) == ["已解决", "没解决"]
    (question,) = await press(shop, notice, "已解决")
    assert labels(question) == ["1", "2", "3", "4", "5"]
    (question,) = await press(shop, question, "5")
    assert labels(question) == ["跳过"]
    assert [each.text for each in await shop.customer_says("小林很耐心")] == [
        "谢谢，您的话已记在工单里，同事会看到。"
    ]
    assert await answered(shop) == (True, 5, "小林很耐心")
    ticket = await shop.ticket()
    assert ticket.state == TicketState.RESOLVED
    assert await history(shop, ticket) == [
        "顾客说已解决",
        "顾客打了 5 分（满分 5 分）",
        "顾客留言：小林很耐心",
    ]
    assert await history(shop, ticket, "en") == [
        "says it is solved",
        "rated it 5 of 5",
        "commented: 小林很耐心",
    ]
    assert await shop.alerts() == []
    assert (await shop.customer_says("运费多少"))[0].entry == "delivery_fee"  # the bot has the customer again


@pytest.mark.parametrize(
    ("says", "typed", "done"),
    [
        ("我要人工", ("1", "五分", "跳过"), (True, 5, None)),
        ("我要人工", ("解决了", "给4分吧", "没有了"), (True, 4, None)),
        ("我要人工", (" 已解决。 ", "3", "还行，就是慢"), (True, 3, "还行，就是慢")),
        ("agent please", ("Solved", "5 stars", "Skip"), (True, 5, None)),
        ("agent please", ("yes", "4/5", "no thanks"), (True, 4, None)),
        ("agent please", ("the first one", "3 out of 5", "a bit slow"), (True, 3, "a bit slow")),
    ],
)
async def test_on_a_channel_without_buttons_all_of_it_is_typed(
    shop: Shop, says: str, typed: tuple[str, ...], done: tuple[bool, int, str | None]
) -> None:
    await resolved(shop, says)
    for text in typed:
        (reply,) = await shop.customer_says(text)
    assert await answered(shop) == done
    assert reply.buttons == []


@pytest.mark.parametrize(("says", "answer"), [("我要人工", "还没解决"), ("agent please", "not yet")])
async def test_not_solved_opens_the_ticket_again_for_the_same_owner(
    shop: Shop, says: str, answer: str
) -> None:
    lin = await shop.agent("小林")
    notice = await resolved(shop, says)
    label = labels(notice)[1]
    (told,) = await press(shop, notice, label)
    again = ("已重新打开，请 小林 接着跟进", "is open again. 小林 will go on")
    assert any(each in told.text for each in again)
    ticket = await shop.ticket()
    assert (ticket.state, ticket.assignee_id, ticket.episode) == (TicketState.ASSIGNED, lin.id, 2)
    reopened = [each.data for each in await shop.events(ticket) if each.kind == EventKind.REOPENED]
    assert reopened == [{"why": "not_solved"}]
    (doubled,) = await press(shop, notice, label)
    assert any(each in doubled.text for each in ("小林 正在跟进", "小林 is on it"))
    await press(shop, notice, labels(notice)[0])  # it would be odd to praise what goes on
    assert await answered(shop) == (False, None, None)
    await shop.work.take(ticket.id, lin)
    await shop.work.reply(ticket.id, lin, "这次真的好了")
    await shop.work.resolve(ticket.id, lin)
    assert (await shop.record(ticket.conversation_id))[-1].buttons == []  # has been asked this month
    await shop.customer_says(answer)  # to nothing that was asked: as always
    assert (await shop.ticket()).state == TicketState.RESOLVED
    await press(shop, notice, label)
    assert (await shop.ticket()).episode == 3


async def test_at_night_who_says_not_solved_hears_when_it_goes_on(shop: Shop) -> None:
    notice = await resolved(shop)
    shop.time_passes(hours=13)
    (told,) = await press(shop, notice, "没解决")
    assert "现在是休息时间，同事明天 09:00 上班后会在这里回复您" in told.text


async def same_person(shop: Shop, known: str, *others: tuple[str, str]) -> None:
    """Who is known as `known` on the channel "api" is also known like this."""
    async with shop.database.write() as session:
        customer_id = await session.scalar(
            select(Identity.customer_id).where(Identity.channel == "api", Identity.external_id == known)
        )
        assert customer_id is not None
        for channel, external_id in others:
            session.add(
                Identity(id=new_id(), customer_id=customer_id, channel=channel, external_id=external_id)
            )


async def test_nobody_is_asked_twice_within_the_time_on_whatever_channel(shop: Shop) -> None:
    await resolved(shop, customer="wang")
    await same_person(shop, "wang", ("pushy", "w-1"))
    notice = await resolved(shop, customer="w-1", channel="pushy")
    assert notice.buttons == [] and "如果还没解决" in notice.text
    assert labels(await resolved(shop, customer="li"))  # somebody else
    shop.time_passes(days=29, hours=23)
    assert (await resolved(shop, customer="w-1", channel="pushy")).buttons == []
    shop.time_passes(hours=1)
    assert labels(await resolved(shop, customer="w-1", channel="pushy"))
    assert len(await surveys(shop)) == 3


async def test_two_tickets_that_are_resolved_at_once_ask_once(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.customer_says("运费多少", customer="wang")
    await same_person(shop, "wang", *(("pushy", f"w-{number}") for number in range(4)))
    for number in range(4):
        await shop.customer_says("我要人工", customer=f"w-{number}", channel="pushy")
    tickets = await shop.tickets()
    for ticket in tickets:
        await shop.work.take(ticket.id, lin)
    await asyncio.gather(*(shop.work.resolve(ticket.id, lin) for ticket in tickets))
    assert len(await surveys(shop)) == 1


async def test_after_tickets_of_a_kind_that_is_left_out_nobody_is_asked(shop: Shop) -> None:
    shop.change_desk(surveys=SurveySettings(skip=(TicketKind.ENQUIRY,)))
    assert (await resolved(shop, customer="a")).buttons == []
    shop.change_desk(surveys=SurveySettings())
    assert labels(await resolved(shop, customer="b"))


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_sample_is_asked_whether_it_would_recommend_us(shop: Shop, at_once: bool) -> None:
    shop.change_desk(surveys=SurveySettings(nps_share=1))
    notice = await resolved(shop)
    (question,) = await press(shop, notice, "已解决")
    assert labels(question) == [str(number) for number in range(11)]
    assert numbered("?", [Button.from_json(each) for each in question.buttons]).endswith("8  9  10")
    if not at_once:
        await shop.customer_says("运费多少")  # a number now means something else
        assert (await shop.customer_says("6"))[0].text.startswith("这句我没太明白")
        await press(shop, question, "6")
    else:
        await shop.customer_says("6")  # the number itself, not the sixth button
    assert await answered(shop) == (True, 6, None)
    assert await history(shop, await shop.ticket()) == ["顾客说已解决", "顾客推荐意愿 6 分（满分 10 分）"]


async def test_of_a_low_score_the_first_owner_and_the_supervisor_hear(shop: Shop) -> None:
    await shop.agent("班长")
    notice = await resolved(shop)
    (question,) = await press(shop, notice, "已解决")
    (why,) = await press(shop, question, "2")
    assert "负责的同事和主管都会看到。哪里没做好" in why.text
    assert await shop.alerts() == [("survey", None, {"小林", "班长"})]
    (doubled,) = await press(shop, question, "5")
    assert "之前的回答已经记下了" in doubled.text
    assert await answered(shop) == (True, 2, None)
    assert len(await shop.alerts()) == 1


async def asked_why(shop: Shop) -> None:
    """The customer is asked for a comment."""
    await shop.agent("班长")
    await resolved(shop)
    for text in ("已解决", "4"):
        await shop.customer_says(text)


@pytest.mark.parametrize(
    ("text", "reason", "kept"),
    [
        ("我的订单到哪了", None, None),  # a question that the bot is sure of
        ("SW-2611-0001", None, None),
        ("我要人工", Reason.WANTS_HUMAN, None),
        ("插座冒烟了", Reason.EMERGENCY, None),
        ("你们太差劲了", Reason.COMPLAINT, "你们太差劲了"),
        ("那个东西怎么弄", None, "那个东西怎么弄"),  # the bot is not sure
        ("x" * 3_000, None, "x" * 2_000),
    ],
)
async def test_while_a_comment_is_waited_for_what_is_more_urgent_goes_its_usual_way(
    shop: Shop, text: str, reason: Reason | None, kept: str | None
) -> None:
    await asked_why(shop)
    (reply,) = await shop.customer_says(text)
    assert await answered(shop) == (True, 4, kept)
    tickets = await shop.tickets()
    assert [each.reason for each in tickets[1:]] == ([reason] if reason else [])
    said = [each.text for each in await shop.record(tickets[0].conversation_id) if each.author == "customer"]
    assert said[-1] == text  # whatever it was, nothing is lost
    if reason is None and kept is None:
        assert "订单到哪了：答案" in reply.text or "提交的工单 SW-2611-0001" in reply.text
    heard = [kind for kind, _, who in await shop.alerts() if "班长" in who]
    assert heard.count("survey") == (reason is Reason.COMPLAINT)


async def test_a_comment_is_waited_for_ten_minutes_and_only_next(shop: Shop) -> None:
    await asked_why(shop)
    shop.time_passes(minutes=11)
    assert "这句我没太明白" in (await shop.customer_says("挺好的"))[0].text
    assert await answered(shop) == (True, 4, None)


async def test_buttons_of_others_of_long_ago_and_of_nobody_are_explained(shop: Shop) -> None:
    notice = await resolved(shop, customer="a")
    (told,) = await press(shop, notice, "没解决", customer="b")
    assert told.text == "这个按钮在这里用不了。想办什么，直接写给我，或说「转人工」。"
    (survey,) = await surveys(shop)
    made_up = (
        *("survey:", "survey:x", "survey:x:solved", f"survey:{uuid.uuid4()}:solved", "care:x", "care:stop:x"),
        *(
            f"survey:{survey.id}:{rest}"
            for rest in ("", "score", "score:9", "score:-1", "score:²", "comment", "skip", "x")
        ),
    )
    for action in made_up:
        (told,) = await shop.customer_says("x", kind=Kind.PRESS, press=action, customer="a")
        assert "这个按钮在这里用不了" in told.text
        shop.time_passes(minutes=1)
    assert await answered(shop) == (None, None, None)
    shop.time_passes(days=31)
    (told,) = await press(shop, notice, "没解决", customer="a")
    assert "过去很久" in told.text
    assert (await shop.tickets())[0].state == TicketState.RESOLVED


async def test_not_solved_while_another_ticket_is_open_says_where_work_goes_on(shop: Shop) -> None:
    notice = await resolved(shop)
    await shop.customer_says("我要人工")
    _, second = await shop.tickets()
    (told,) = await press(shop, notice, "没解决")
    assert f"工单 {second.number} 正在等同事接手" in told.text
    assert (await shop.tickets())[0].state == TicketState.RESOLVED
    assert await answered(shop) == (False, None, None)


async def test_a_button_of_the_desk_works_while_a_person_answers_and_numbers_are_the_persons(
    shop: Shop,
) -> None:
    lin = await shop.agent("小林")
    await shop.customer_says("我要人工")
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, lin)
    buttons = (Button(action="human", label="要"), Button(action="care:stop", label="不要"))

    async def ask() -> None:
        async with shop.cases.open(ticket.id) as case:
            case.tell("还要发给您吗？", buttons=buttons)

    await ask()
    assert "以后不再给您发" in (await shop.customer_says("2"))[0].text
    await ask()
    await shop.work.reply(ticket.id, lin, "还有，要几个？")
    assert await shop.customer_says("2") == []
    assert "以后不再给您发" in (await shop.customer_says("不要"))[0].text
    assert await shop.customer_says("要") == []  # a person is there already


# --- Rules --------------------------------------------------------------------------------------------------

choices = st.sampled_from(["solved", "not_solved", "score", "skip", "comment", "x"])
values = st.sampled_from(["", "0", "1", "2", "5", "6", "10", "11", "-1", "很好", "  "])


@given(st.sampled_from(SurveyKind), st.lists(st.tuples(choices, values, st.booleans()), max_size=12))
def test_whatever_is_pressed_a_score_is_of_what_is_solved_on_its_scale_and_stays(
    kind: SurveyKind, pressed: list[tuple[str, str, bool]]
) -> None:
    answers = Answers(kind=kind)
    for choice, value, is_open in pressed:
        found = follow(answers, choice, value, is_open=is_open)
        if found is None:
            continue
        after, following = found
        if answers.score is not None:
            assert after.score == answers.score
        if after.score is not None and answers.score is None:
            assert after.score in SCALE[kind] and after.solved and following is Next.COMMENT
        if answers.comment is not None:
            assert after.comment == answers.comment
        assert (following is Next.REOPEN) == (choice == "not_solved" and not is_open)
        assert (following is Next.OPEN) <= is_open
        answers = after
    assert is_low(answers) == (answers.score is not None and answers.score <= LOW[kind])


def test_the_sample_is_drawn_by_the_ticket_alone_and_is_about_as_large_as_wanted() -> None:
    tickets = [uuid.UUID(int=number) for number in range(5_000)]
    drawn = [choose_kind(ticket, 0.1) is SurveyKind.NPS for ticket in tickets]
    assert 0.08 < sum(drawn) / len(drawn) < 0.12
    assert all(choose_kind(each, 1) is SurveyKind.NPS for each in tickets)
    assert not any(choose_kind(each, 0) is SurveyKind.NPS for each in tickets)


@given(st.datetimes(), st.timedeltas(min_value=timedelta(), max_value=timedelta(days=100)))
def test_the_time_between_two_surveys_is_kept_to_the_moment(last: Any, passed: timedelta) -> None:
    every = timedelta(days=30)
    with contextlib.suppress(OverflowError):
        assert is_due(last, every=every, now=last + passed) == (passed >= every)
    assert is_due(None, every=every, now=last)

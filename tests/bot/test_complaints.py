"""Complaints: customer says, agent does, time passes. One dialogue for each rule of the procedure."""

import contextlib
import random
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from core.conversations import Message
from core.errors import BadInput, NotAllowed
from core.messages import Author, Kind
from handoff.agents import Agent
from handoff.complaints.checks import Concerned, Incomplete, Missing
from handoff.complaints.facts import replay_complaints
from handoff.complaints.life import Answer, IllegalStep, Outcome, RootCause, Stage
from handoff.complaints.records import Complaint
from handoff.history import replay
from handoff.kinds import IncidentClass, TicketKind
from handoff.life import OPEN_STATES, EventKind, TicketState
from handoff.tickets import Ticket
from handoff.work import Held, Insistence
from tests.shop import Shop

TODAY = date(2026, 11, 23)


async def accepted(shop: Shop, name: str = "小林", *, says: str = "你们太差劲了") -> Ticket:
    """A complaint that somebody has taken."""
    await shop.customer_says(says)
    ticket = await shop.ticket()
    await shop.work.take(ticket.id, await shop.agent(name))
    return await shop.ticket()


async def proposed(shop: Shop, *, says: str = "你们太差劲了") -> tuple[Ticket, Message]:
    """小魏 has looked into it, and 小林 has made a proposal."""
    ticket = await accepted(shop, says=says)
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    await shop.complaints.investigate(ticket.id, lin, wei)
    await shop.complaints.propose(ticket.id, lin, "给您补发，并免运费")
    return ticket, (await shop.record(ticket.conversation_id))[-1]


async def concluded(shop: Shop) -> Ticket:
    """The customer has accepted, cause and action are there, and 小林 has resolved it."""
    ticket, message = await proposed(shop)
    await press(shop, message, 0)
    lin = await shop.agent("小林")
    await shop.complaints.find_cause(ticket.id, lin, RootCause.PROCESS, "出库没有复核")
    await shop.complaints.add_action(
        ticket.id, lin, text="出库加一道复核", owner=await shop.agent("小魏"), due=TODAY + timedelta(days=10)
    )
    await shop.work.resolve(ticket.id, lin)
    return await shop.ticket()


async def press(shop: Shop, message: Message, number: int) -> list[Message]:
    button = message.buttons[number]
    return await shop.customer_says(button["label"], kind=Kind.PRESS, press=button["action"])


async def complaints(shop: Shop, ticket: Ticket) -> list[Complaint]:
    query = select(Complaint).where(Complaint.ticket_id == ticket.id).order_by(Complaint.episode)
    async with shop.database.read() as session:
        return list(await session.scalars(query))


async def stage(shop: Shop) -> str | None:
    return (await shop.ticket()).stage


async def whys(shop: Shop) -> list[tuple[str, set[str]]]:
    """Why colleagues were alerted about complaints and actions, and who."""
    return [(why, whom) for kind, why, whom in await shop.reasons() if kind in ("complaint", "action")]


async def test_the_whole_way_from_accepted_to_closed(shop: Shop) -> None:
    lin, wei, boss = await shop.agent("小林"), await shop.agent("小魏"), await shop.agent("班长")
    await shop.customer_says("你们太差劲了")
    ticket = await shop.ticket()
    assert (ticket.kind, await stage(shop)) == (TicketKind.COMPLAINT, None)
    await shop.work.take(ticket.id, lin)
    assert await stage(shop) == Stage.ACCEPTED
    await shop.complaints.investigate(ticket.id, lin, wei)
    assert await stage(shop) == Stage.INVESTIGATING
    assert ("investigate", {"小魏"}) in await whys(shop)
    await shop.complaints.propose(ticket.id, lin, "给您补发，并免运费")
    assert (await stage(shop), (await shop.ticket()).state) == (Stage.PROPOSED, TicketState.WAITING)
    message = (await shop.record(ticket.conversation_id))[-1]
    assert (message.author, message.author_name) == (Author.AGENT, "小林")
    assert message.text.startswith("给您补发，并免运费\n") and "接受吗" in message.text
    assert [button["label"] for button in message.buttons] == ["接受", "不接受"]
    (told,) = await press(shop, message, 0)
    assert "您接受这个方案" in told.text and "小林 会照此办好" in told.text
    assert (await stage(shop), (await shop.ticket()).state) == (Stage.FED_BACK, TicketState.IN_PROGRESS)
    await shop.complaints.find_cause(ticket.id, wei, RootCause.PROCESS, "出库没有复核")
    await shop.complaints.add_action(ticket.id, lin, text="加复核", owner=wei, due=TODAY + timedelta(days=9))
    await shop.work.resolve(ticket.id, lin)
    await shop.complaints.record_visit(ticket.id, boss, Outcome.SATISFIED)
    assert await stage(shop) == Stage.FOLLOWED_UP
    await shop.work.confirm(ticket.id, wei)  # the queue's owner was asked first
    after = await shop.ticket()
    assert (after.stage, after.state) == (Stage.CLOSED, TicketState.CLOSED)
    assert replay(await shop.events(ticket)) == after.facts


async def test_steps_out_of_turn_are_refused_by_name(shop: Shop) -> None:
    lin, wei = await shop.agent("小林"), await shop.agent("小魏")
    await shop.customer_says("你们太差劲了")
    ticket = await shop.ticket()
    with pytest.raises(IllegalStep, match="not taken yet"):
        await shop.complaints.investigate(ticket.id, lin, wei)
    await shop.work.take(ticket.id, lin)
    with pytest.raises(IllegalStep, match=r"that is accepted cannot be “proposed”, only: .*investigates"):
        await shop.complaints.propose(ticket.id, lin, "补发")
    with pytest.raises(IllegalStep, match="cannot be “agreed”"):
        await shop.complaints.record_answer(ticket.id, lin, Answer.ACCEPTED)
    with pytest.raises(IllegalStep, match="cannot be “visited”"):
        await shop.complaints.record_visit(ticket.id, wei, Outcome.SATISFIED)
    await shop.customer_says("我要人工", customer="c2")
    other = await shop.ticket()
    await shop.work.take(other.id, lin)
    with pytest.raises(IllegalStep, match="no complaint"):
        await shop.complaints.investigate(other.id, lin, wei)


async def test_whom_it_is_about_can_do_nothing_in_it(shop: Shop) -> None:
    lin, wei, boss = await shop.agent("小林"), await shop.agent("小魏"), await shop.agent("班长")
    ticket = await accepted(shop)
    await shop.complaints.set_about(ticket.id, wei, lin)
    assert ("about_assignee", {"班长"}) in await whys(shop)
    with pytest.raises(Concerned, match="小林 cannot change whom it is about"):
        await shop.complaints.set_about(ticket.id, lin, None)
    with pytest.raises(Concerned, match="小林 cannot investigate"):
        await shop.complaints.investigate(ticket.id, wei, lin)
    await shop.complaints.investigate(ticket.id, wei, wei)
    with pytest.raises(Concerned, match="小魏 cannot investigate"):  # who looks into it is not the one
        await shop.complaints.set_about(ticket.id, boss, wei)
    with pytest.raises(Concerned, match="小林 cannot propose"):
        await shop.complaints.propose(ticket.id, lin, "补发")
    with pytest.raises(Concerned, match="小林 cannot record an answer"):
        await shop.complaints.record_answer(ticket.id, lin, Answer.WITHDRAWN, "说算了")
    with pytest.raises(NotAllowed, match="assignee or its investigator"):
        await shop.complaints.propose(ticket.id, boss, "补发")
    await shop.complaints.propose(ticket.id, wei, "补发")  # the investigator may, without being the assignee
    await shop.complaints.record_answer(ticket.id, wei, Answer.ACCEPTED)
    await shop.complaints.find_cause(ticket.id, wei, RootCause.PEOPLE, "答非所问")
    await shop.complaints.add_action(ticket.id, wei, text="培训", owner=lin, due=TODAY)
    await shop.work.resolve(ticket.id, lin)
    for agent in (lin, wei):
        with pytest.raises(Concerned, match="follow-up visit"):
            await shop.complaints.record_visit(ticket.id, agent, Outcome.SATISFIED)
    await shop.complaints.record_visit(ticket.id, boss, Outcome.DISSATISFIED, "说还是没解决")
    assert (await shop.ticket()).assignee_id is None  # it does not go back to whom it is about
    await shop.on_duty("小林")
    await shop.clocks_run(seconds=1)
    assert (await shop.ticket()).assignee_id is None  # nor does routing give it to them
    await shop.on_duty("小魏")
    await shop.clocks_run(seconds=1)
    await shop.work.take(ticket.id, wei)
    first, second = await complaints(shop, ticket)
    assert (first.outcome, second.stage, second.about_id) == ("dissatisfied", "accepted", lin.id)


async def test_the_language_guard_reads_proposals_too(shop: Shop) -> None:
    lin = await shop.agent("小林")
    ticket = await accepted(shop)
    await shop.complaints.investigate(ticket.id, lin, lin)
    with pytest.raises(Held):
        await shop.complaints.propose(ticket.id, lin, "这不归我管，你爱要不要")
    assert await stage(shop) == Stage.INVESTIGATING
    insists = Insistence(reason="顾客的原话")
    await shop.complaints.propose(ticket.id, lin, "这不归我管，你爱要不要", insists=insists)
    assert (await shop.events(ticket))[-1].data["reason"] == "顾客的原话"


@pytest.mark.parametrize(
    ("says", "answer", "word", "expected"),
    [
        ("你们太差劲了", "接受。", "接受这个方案", Stage.FED_BACK),
        ("你们太差劲了", " 不接受 ", "再给您一个方案", Stage.INVESTIGATING),
        ("this is a disgrace", "accept", "you accept the proposal", Stage.FED_BACK),
        ("this is a disgrace", "Not acceptable!", "another proposal", Stage.INVESTIGATING),
    ],
)
async def test_the_words_of_a_button_answer_as_the_button_does(
    shop: Shop, says: str, answer: str, word: str, expected: Stage
) -> None:
    ticket, _ = await proposed(shop, says=says)
    (told,) = await shop.customer_says(answer)
    assert word in told.text
    assert await stage(shop) == expected
    kinds = [event.kind for event in await shop.events(ticket)]
    assert EventKind.CUSTOMER_WROTE not in kinds
    assert (await shop.events(ticket))[-1].data["how"] == "words"
    await shop.customer_says("接受")  # nothing waits for it any more: a message like any other
    assert [event.kind for event in await shop.events(ticket)] == [*kinds, EventKind.CUSTOMER_WROTE]


async def test_other_words_are_for_the_agent_to_read(shop: Shop) -> None:
    ticket, _ = await proposed(shop)
    assert await shop.customer_says("接受可以，但要今天发") == []
    assert (await stage(shop), (await shop.ticket()).state) == (Stage.PROPOSED, TicketState.IN_PROGRESS)
    await shop.complaints.record_answer(ticket.id, await shop.agent("小林"), Answer.ACCEPTED, "电话里同意了")
    assert "您接受这个方案" in (await shop.told(ticket))[-1]  # so that nothing is recorded behind their back
    assert await stage(shop) == Stage.FED_BACK


async def test_a_refused_proposal_is_looked_into_again_and_the_supervisor_knows(shop: Shop) -> None:
    lin = await shop.agent("小林")
    await shop.agent("班长")
    ticket, message = await proposed(shop)
    (told,) = await press(shop, message, 1)
    assert "小林 会再给您一个方案" in told.text
    assert await stage(shop) == Stage.INVESTIGATING
    assert ("declined", {"班长"}) in await whys(shop)
    await shop.complaints.propose(ticket.id, lin, "全额退款")
    second = (await shop.record(ticket.conversation_id))[-1]
    (told,) = await press(shop, message, 0)  # a button of the first one
    assert "又给您发过新的" in told.text
    assert await stage(shop) == Stage.PROPOSED
    await press(shop, second, 0)
    assert await stage(shop) == Stage.FED_BACK


async def test_old_and_doubled_presses_explain_themselves(shop: Shop) -> None:
    ticket, message = await proposed(shop)
    await press(shop, message, 0)
    for number in (0, 1):
        (told,) = await press(shop, message, number)
        assert "您之前已选「接受」" in told.text and "小林 会看到" in told.text
    lin = await shop.agent("小林")
    await shop.complaints.find_cause(ticket.id, lin, RootCause.POLICY, "规则没写清")
    await shop.complaints.add_action(ticket.id, lin, text="改规则", owner=lin, due=TODAY)
    await shop.work.resolve(ticket.id, lin)
    (told,) = await press(shop, message, 1)
    assert "不用再选了" in told.text
    for action in ("proposal:nonsense", f"proposal:{ticket.id}:accepted", message.buttons[0]["action"] + "x"):
        (told,) = await shop.customer_says("接受", kind=Kind.PRESS, press=action)
        assert "不用再选了" in told.text
    (told,) = await shop.customer_says(
        "接受", kind=Kind.PRESS, press=message.buttons[0]["action"], customer="somebody-else"
    )
    assert "不用再选了" in told.text
    assert await stage(shop) == Stage.FED_BACK


async def test_what_is_missing_to_resolve_it_is_said_exactly(shop: Shop) -> None:
    lin = await shop.agent("小林")
    ticket, message = await proposed(shop)

    async def missing() -> tuple[Missing, ...]:
        with pytest.raises(
            Incomplete, match=r"is a complaint and cannot be resolved yet\. It needs: "
        ) as caught:
            await shop.work.resolve(ticket.id, lin)
        return caught.value.missing

    assert await missing() == (Missing.ANSWER, Missing.CAUSE, Missing.ACTION)
    await press(shop, message, 1)
    await shop.complaints.find_cause(ticket.id, lin, RootCause.PRODUCT, "插头松")
    assert await missing() == (Missing.ANSWER, Missing.ACTION)
    with pytest.raises(BadInput, match="say why"):
        await shop.complaints.record_answer(ticket.id, lin, Answer.NOT_REACHED)
    await shop.complaints.record_answer(ticket.id, lin, Answer.NOT_REACHED, "三天打了五次没人接")
    assert await missing() == (Missing.ACTION,)
    with pytest.raises(BadInput, match="due: 2026-11-22 is over"):
        await shop.complaints.add_action(ticket.id, lin, text="换插头", owner=lin, due=date(2026, 11, 22))
    await shop.complaints.add_action(ticket.id, lin, text="换插头", owner=lin, due=TODAY)
    await shop.work.resolve(ticket.id, lin)


async def test_a_customer_who_does_not_answer_does_not_end_a_complaint(shop: Shop) -> None:
    lin = await shop.agent("小林")
    ticket, _ = await proposed(shop)
    await shop.clocks_run(days=3)
    after = await shop.ticket()
    assert (after.state, after.stage) == (TicketState.IN_PROGRESS, Stage.PROPOSED)
    assert ("no_answer", {"小林"}) in await whys(shop)
    await shop.complaints.record_answer(ticket.id, lin, Answer.NOT_REACHED, "电话也不接")
    await shop.complaints.find_cause(ticket.id, lin, RootCause.PRODUCT, "插头松")
    await shop.complaints.add_action(ticket.id, lin, text="换插头", owner=lin, due=date(2026, 12, 1))
    await shop.work.wait(ticket.id, lin)
    await shop.clocks_run(days=3)  # nothing is missing any more
    assert (await shop.ticket()).state == TicketState.RESOLVED


async def test_it_is_closed_only_after_the_visit_and_the_clocks_see_to_that(shop: Shop) -> None:
    for name in ("班长", "经理", "小张"):
        await shop.agent(name)
    ticket = await concluded(shop)
    with pytest.raises(Incomplete, match="follow-up visit") as caught:
        await shop.work.confirm(ticket.id, await shop.agent("小林"))
    assert caught.value.missing == (Missing.VISIT,)
    before = len(await shop.alerts())
    await shop.clocks_run(days=2.9)
    assert len(await shop.alerts()) == before
    await shop.clocks_run(
        days=0.2
    )  # the time has come: those of the queue who have not handled it hear of it
    assert (await shop.alerts())[before:] == [("warning", "visit", {"班长"})]
    await shop.clocks_run(days=1)
    await shop.clocks_run(days=0.5)
    assert (await shop.alerts())[before + 1 :] == [
        ("breach", "visit", {"班长"}),
        ("escalation", "visit", {"经理"}),
    ]
    assert (await shop.ticket()).state == TicketState.RESOLVED  # for longer than the outcome waits elsewhere
    await shop.complaints.record_visit(ticket.id, await shop.agent("班长"), Outcome.SATISFIED)
    await shop.clocks_run(days=3)
    assert (await shop.ticket()).state == TicketState.CLOSED  # nobody objected


async def test_who_handled_it_does_not_visit_and_who_is_not_reached_is_tried_three_times(shop: Shop) -> None:
    boss = await shop.agent("班长")
    ticket = await concluded(shop)
    for name in ("小林", "小魏"):
        with pytest.raises(Concerned, match="has handled it"):
            await shop.complaints.record_visit(ticket.id, await shop.agent(name), Outcome.SATISFIED)
    with pytest.raises(BadInput, match="say why"):
        await shop.complaints.record_visit(ticket.id, boss, Outcome.NOT_REACHED)
    for tries in (1, 2):
        await shop.complaints.record_visit(ticket.id, boss, Outcome.NOT_REACHED, "没人接")
        (complaint,) = await complaints(shop, ticket)
        assert (complaint.visit_tries, complaint.stage) == (tries, Stage.FED_BACK)
    await shop.complaints.record_visit(ticket.id, boss, Outcome.NOT_REACHED, "没人接")
    (complaint,) = await complaints(shop, ticket)
    assert (complaint.outcome, complaint.stage) == (Outcome.NOT_REACHED, Stage.FOLLOWED_UP)


async def test_a_dissatisfied_customer_reopens_it_and_the_supervisor_knows(shop: Shop) -> None:
    lin, boss = await shop.agent("小林"), await shop.agent("班长")
    ticket = await concluded(shop)
    await shop.complaints.record_visit(ticket.id, boss, Outcome.DISSATISFIED, "补发的也坏了")
    after = await shop.ticket()
    assert (after.state, after.episode, after.assignee_id, after.stage) == ("assigned", 2, lin.id, None)
    assert ("dissatisfied", {"班长"}) in await whys(shop)
    reopened = [event for event in await shop.events(ticket) if event.kind == EventKind.REOPENED]
    assert [event.data for event in reopened] == [{"because": "补发的也坏了"}]
    assert "已重新打开" in (await shop.told(ticket))[-1]
    await shop.work.take(ticket.id, lin)
    with pytest.raises(Incomplete) as caught:
        await shop.work.resolve(ticket.id, lin)
    assert caught.value.missing == (Missing.ANSWER, Missing.CAUSE, Missing.ACTION)  # all anew
    assert [each.stage for each in await complaints(shop, ticket)] == [Stage.FOLLOWED_UP, Stage.ACCEPTED]


async def test_a_proposal_has_its_clock_and_a_refused_one_starts_it_again(shop: Shop) -> None:
    lin = await shop.agent("小林")
    for name in ("班长", "经理"):
        await shop.agent(name)

    async def told() -> list[tuple[str, set[str]]]:
        return [(kind, whom) for kind, promise, whom in await shop.alerts() if promise == "proposal"]

    ticket = await accepted(shop)
    await shop.work.reply(ticket.id, lin, "我先查一下")
    await shop.clocks_run(hours=10)  # until 20:00; 21:00 to 09:00 do not count
    assert await told() == []
    await shop.clocks_run(hours=15)  # 11:00: 13 of 16 hours
    assert await told() == [("warning", {"小林"})]
    await shop.complaints.investigate(ticket.id, lin, lin)
    await shop.complaints.propose(ticket.id, lin, "补发")
    await shop.clocks_run(days=1)
    assert len(await told()) == 1
    await press(shop, (await shop.record(ticket.conversation_id))[-1], 1)
    await shop.clocks_run(days=3)
    assert [kind for kind, _ in await told()] == ["warning", "warning", "breach", "escalation"]
    assert await told() == [("warning", {"小林"})] * 2 + [("breach", {"班长"}), ("escalation", {"经理"})]


async def test_corrective_actions_are_followed_until_somebody_else_has_verified_them(shop: Shop) -> None:
    lin, wei, boss = await shop.agent("小林"), await shop.agent("小魏"), await shop.agent("班长")
    await shop.agent("经理")
    ticket, _ = await proposed(shop)
    action = await shop.complaints.add_action(
        ticket.id, lin, text="加复核", owner=wei, due=TODAY + timedelta(days=3)
    )
    assert ("action_given", {"小魏"}) in await whys(shop)
    with pytest.raises(NotAllowed, match="小魏’s to do"):
        await shop.register.finish(action, lin, "做完了")
    await shop.complaints.record_answer(ticket.id, lin, Answer.ACCEPTED)
    await shop.complaints.find_cause(ticket.id, lin, RootCause.PROCESS, "没复核")
    await shop.work.resolve(ticket.id, lin)
    await shop.complaints.record_visit(ticket.id, boss, Outcome.SATISFIED)
    await shop.work.confirm(ticket.id, wei)  # a closed ticket does not end its actions

    async def since(count: int) -> list[tuple[str, set[str]]]:
        return (await whys(shop))[count:]

    count = len(await whys(shop))
    await shop.clocks_run(days=2.9)  # due at the end of the 26th
    assert await since(count) == [("action_near", {"小魏"})]
    await shop.clocks_run(days=1.9)
    assert await since(count + 1) == [("action_late", {"班长"}), ("action_very_late", {"经理"})]
    await shop.register.finish(action, wei, "系统里加了一步")
    assert (await since(count + 3)) == [("action_done", {"班长", "小林"})]
    with pytest.raises(NotAllowed, match="does not verify it"):
        await shop.register.verify(action, wei)
    await shop.clocks_run(days=3)
    assert await since(count + 4) == [("action_late_to_verify", {"班长"})]
    with pytest.raises(BadInput, match="say why"):
        await shop.register.fail(action, lin, "", due=date(2026, 12, 20))
    await shop.register.fail(action, lin, "昨天又发错了", due=date(2026, 12, 20))
    assert await since(count + 5) == [("action_failed", {"小魏"})]
    await shop.register.finish(action, boss, "替小魏补上")  # a supervisor may report for the owner
    for agent in (wei, boss):
        with pytest.raises(NotAllowed, match="does not verify it"):
            await shop.register.verify(action, agent)
    await shop.register.verify(action, lin)
    with pytest.raises(NotAllowed, match="that is verified cannot be “action_done”"):
        await shop.register.finish(action, wei, "再做一次")
    before = await whys(shop)
    await shop.clocks_run(days=60)
    assert await whys(shop) == before


async def test_a_ticket_becomes_a_complaint_by_sorting_and_not_out_of_one_behind_the_supervisors_back(
    shop: Shop,
) -> None:
    lin, boss = await shop.agent("小林"), await shop.agent("班长")
    ticket = await accepted(shop, says="我要人工")
    assert await stage(shop) is None
    await shop.work.sort(ticket.id, lin, TicketKind.COMPLAINT)
    assert await stage(shop) == Stage.ACCEPTED
    await shop.work.sort(ticket.id, lin, TicketKind.ENQUIRY)  # a slip, mended at once
    assert await stage(shop) is None
    await shop.work.sort(ticket.id, lin, TicketKind.COMPLAINT)
    await shop.complaints.investigate(ticket.id, lin, lin)
    with pytest.raises(NotAllowed, match="only 班长, 经理 can say that it is none"):
        await shop.work.sort(ticket.id, lin, TicketKind.ENQUIRY)
    await shop.work.sort(ticket.id, boss, TicketKind.INCIDENT, incident=IncidentClass.MINOR)
    await shop.work.resolve(ticket.id, lin)
    with pytest.raises(NotAllowed, match="reopen it"):
        await shop.work.sort(ticket.id, lin, TicketKind.COMPLAINT)


@pytest.mark.parametrize("seed", range(1, 4))
async def test_after_anything_that_happens_the_log_rebuilds_the_complaint(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    agents = [await shop.agent(name) for name in ("小林", "小魏", "班长")]
    await shop.customer_says("你们太差劲了")
    ticket = await shop.ticket()
    weights = [1, 3, 6, 4, 2, 2, 2, 4, 4, 4, 1, 1]
    for act in chance.choices(range(len(weights)), weights, k=100):
        shop.time_passes(minutes=chance.randint(0, 90))
        with contextlib.suppress(NotAllowed):
            await _act(shop, chance, act, *chance.sample(agents, 2))
    events = await shop.events(ticket)
    assert replay(events) == (await shop.ticket()).facts
    assert replay_complaints(events) == [each.facts for each in await complaints(shop, ticket)]
    assert len({event.kind for event in events}) > 8


async def _act(shop: Shop, chance: random.Random, act: int, one: Agent, two: Agent) -> None:
    ticket, acts = await shop.ticket(), shop.complaints
    key = ticket.id
    match act:
        case 0:
            await acts.set_about(key, one, chance.choice((None, two)))
        case 1:
            await acts.investigate(key, one, two)
        case 2:
            await acts.propose(key, one, "补发")
        case 3 if ticket.state in OPEN_STATES:
            await shop.customer_says(chance.choice(("接受", "不接受", "接受")))
        case 4:
            await acts.record_answer(key, one, chance.choice(list(Answer)), "电话")
        case 5:
            await acts.find_cause(key, one, chance.choice(list(RootCause)), "查过")
        case 6:
            await acts.add_action(key, one, text="改", owner=two, due=date(2027, 1, 1))
        case 7:
            await acts.record_visit(key, one, chance.choice(list(Outcome)), "问过")
        case 8:
            await shop.work.take(key, one)
        case 9:
            await shop.work.resolve(key, one)
        case 10:
            await shop.transfers.hand_back(key, one, "不归我")
        case 11:
            await shop.work.confirm(key, one)

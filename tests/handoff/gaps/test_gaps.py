"""From a message that is served badly to a gap that is answered, and open again when it is not after all."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from bot.reasking import Reasking
from bot.turn import Brain
from core.audit import list_acts
from core.conversations import Message
from core.customers import Customer
from core.messages import Kind
from handoff.gaps import acts
from handoff.gaps.closing import choose_answer
from handoff.gaps.noting import note_message
from handoff.gaps.reads import View, list_gaps
from handoff.gaps.sorting import Sorter
from handoff.gaps.tables import Ended, Gap, GapMessage, GapState, Why
from handoff.privacy.erasure import erase_customers
from handoff.privacy.retention import Retention, enforce_retention
from handoff.tickets import Ticket
from handoff.work import Work
from nlu.knowledge.versions import Mark
from nlu.understanding import Understanding
from tests.doubles import BY_HEART, ByHeart, understood
from tests.shop import Shop

XINJIANG = ["能不能送货到新疆", "新疆可以送货吗", "你好，请问新疆送货吗"]


class Counter:
    """The gaps of a shop, with somebody who sorts them."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.sorter = Sorter(shop.database, clock=lambda: shop.now)
        self.reasking = Reasking(
            shop.database, zone=shop.cases.settings.calendar.zone, clock=lambda: shop.now
        )
        self.people = 0
        self.position = 0

    async def hears(self, *texts: str, chat: str | None = None) -> None:
        """Each from a customer of its own, or all from one."""
        for text in texts:
            self.people += 1
            await self.shop.customer_says(text, customer=chat or f"c{self.people}")
            self.shop.time_passes(minutes=1)

    async def sort(self) -> None:
        while await self.sorter.step():
            pass

    async def gaps(self) -> list[Gap]:
        await self.sort()
        async with self.shop.database.read() as session:
            return list(await session.scalars(select(Gap).order_by(Gap.created_at, Gap.id)))

    async def noted(self) -> list[tuple[str, str, str | None]]:
        """What was noted: the text, why, and the entry that was no help."""
        query = select(Message.text, GapMessage.why, GapMessage.answered).join(
            Message, Message.id == GapMessage.message_id
        )
        async with self.shop.database.read() as session:
            return [tuple(row) for row in await session.execute(query.order_by(GapMessage.at, Message.seq))]  # type: ignore[misc]

    async def titles(self, view: View = View.OPEN) -> list[tuple[str, int]]:
        await self.sort()
        zone = self.shop.cases.settings.calendar.zone
        async with self.shop.database.read() as session:
            listed = await list_gaps(
                session,
                view,
                language=None,
                agent_id=UUID(int=0),
                page=1,
                now=self.shop.now,
                zone=zone,
                region="CN",
            )
        return [(line.title, line.count) for line in listed.lines]

    async def goes_live(self, version: int, **known: Understanding) -> None:
        """A version goes live that knows these texts, too, and is the worker's."""
        brain = self.shop.turns.brain
        learned = Brain(
            interpreter=ByHeart({**BY_HEART, **known}), knowledge=brain.knowledge, policy=brain.policy
        )
        self.shop.turns.brain = learned
        self.position += 1
        self.reasking.take(Mark(position=self.position, version=version, key="k", made_at=None), learned)
        await self.reasking.step()
        self.shop.time_passes(minutes=1)


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


def sure(entry: str, *texts: str) -> Mapping[str, Understanding]:
    return {text: understood(entry, 0.95) for text in texts}


# Noting


async def test_what_is_missed_is_noted_and_what_only_says_hello_is_no_gap(counter: Counter) -> None:
    await counter.hears("你好", XINJIANG[0], "我的订单到哪了")
    assert [text for text, _, _ in await counter.noted()] == ["你好", XINJIANG[0]]
    assert await counter.titles() == [(XINJIANG[0], 1)]
    assert [text for text, _, _ in await counter.noted()] == [XINJIANG[0]]


async def test_the_question_is_noted_and_not_the_words_that_reject_its_answer(counter: Counter) -> None:
    await counter.hears("运费多少", "不是这个", chat="lin")
    assert await counter.noted() == [("运费多少", Why.REJECTED, "delivery_fee")]


async def test_who_gets_a_person_after_an_answer_was_not_helped_by_it(counter: Counter) -> None:
    await counter.hears("运费多少", "我要人工", chat="lin")
    await counter.hears("我要人工", chat="wei")  # nothing was answered before
    assert await counter.noted() == [("运费多少", Why.HANDED_OVER, "delivery_fee")]


async def test_presses_are_no_questions(counter: Counter) -> None:
    await counter.hears("那个东西怎么弄", chat="lin")
    await counter.shop.customer_says("都不是", customer="lin", kind=Kind.PRESS, press="human")
    assert [text for text, _, _ in await counter.noted()] == ["那个东西怎么弄"]


async def test_a_ticket_that_is_opened_again_brings_back_its_question(counter: Counter) -> None:
    shop = counter.shop
    await counter.hears("运费多少", "我要人工", chat="lin")
    async with shop.database.write() as session:  # as if the bot had noted nothing
        await session.execute(delete(GapMessage))
    agent, work = await shop.agent("小林"), Work(shop.cases, guard=shop.work._guard)
    ticket = await shop.ticket()
    await work.take(ticket.id, agent)
    await work.reply(ticket.id, agent, "满 99 元包邮")
    await work.resolve(ticket.id, agent)
    await work.reopen(ticket.id, agent, "顾客又来问")
    assert await counter.noted() == [("运费多少", Why.REOPENED, "delivery_fee")]


# Sorting


async def test_the_same_question_is_one_gap_however_it_is_asked(counter: Counter) -> None:
    await counter.hears(XINJIANG[0], "保修期多久", XINJIANG[1])
    assert len(await counter.gaps()) == 2
    counter.sorter = Sorter(counter.shop.database, clock=lambda: counter.shop.now)  # another process goes on
    await counter.hears(XINJIANG[2], "请问保修期是多久啊")
    titles = await counter.titles()
    assert [count for _, count in titles] == [3, 2]
    assert titles[0][0] in XINJIANG and "保修" in titles[1][0]


async def test_two_who_sort_in_turn_make_no_gap_twice(counter: Counter) -> None:
    other = Sorter(counter.shop.database, clock=lambda: counter.shop.now)
    for text in XINJIANG:
        await counter.hears(text)
        await counter.sorter.step()
        counter.sorter, other = other, counter.sorter
    assert len(await counter.gaps()) == 1


async def test_two_who_sort_at_the_same_time_make_no_gap_twice(counter: Counter) -> None:
    others = [Sorter(counter.shop.database, clock=lambda: counter.shop.now) for _ in range(4)]
    for text in XINJIANG:
        await counter.hears(text)
        await asyncio.gather(*(each.step() for each in others))
    assert len(await counter.gaps()) == 1


async def test_a_gap_has_no_words_of_its_own_so_that_erasing_leaves_none(counter: Counter) -> None:
    await counter.hears(f"{XINJIANG[0]}，我电话13800138000")
    assert "13800138000" not in (await counter.titles())[0][0]
    async with counter.shop.database.write() as session:
        await erase_customers(session, list(await session.scalars(select(Customer.id))))
    assert await counter.titles() == [("", 1)]


async def test_retention_leaves_counts_and_no_words(counter: Counter) -> None:
    await counter.hears(*XINJIANG)
    await counter.gaps()
    counter.shop.time_passes(days=100)
    kept = Retention(messages=timedelta(days=90))
    async with counter.shop.database.write() as session:  # the bot has handed over: their tickets are done
        await session.execute(update(Ticket).values(state="closed"))
    await enforce_retention(counter.shop.database, kept, now=counter.shop.now)
    assert await counter.titles() == [("", 3)]
    await counter.hears(XINJIANG[0])  # nothing is left by which it could be known
    assert sorted(await counter.titles()) == [("", 3), (XINJIANG[0], 1)]


# Answered, and open again


async def test_a_gap_is_done_when_its_messages_are_answered_by_what_is_live(counter: Counter) -> None:
    await counter.hears(*XINJIANG, "保修期多久")
    await counter.gaps()
    await counter.goes_live(7, **sure("delivery_fee", *XINJIANG))
    done, still = await counter.gaps()
    assert (done.state, done.ended, done.entry, done.version) == (
        GapState.DONE,
        Ended.ANSWERED,
        "delivery_fee",
        7,
    )
    assert still.state == GapState.OPEN
    async with counter.shop.database.read() as session:
        (act,) = await list_acts(session, words="gap.answered", limit=5)
    assert act.after == {"entry": "delivery_fee", "version": 7}
    # It goes wrong again.
    counter.shop.turns.brain = Brain(
        interpreter=ByHeart(BY_HEART),
        knowledge=counter.shop.turns.brain.knowledge,
        policy=counter.shop.turns.brain.policy,
    )
    await counter.hears(XINJIANG[1])
    again, _ = await counter.gaps()
    assert again.id == done.id and again.state == GapState.OPEN and again.reopened_at is not None


async def test_what_was_asked_before_the_gap_was_answered_does_not_open_it_again(counter: Counter) -> None:
    await counter.hears(*XINJIANG[:2])
    async with counter.shop.database.write() as session:
        earlier = await session.scalar(select(Message.id).where(Message.text == XINJIANG[1]))
        assert earlier is not None
        await session.execute(delete(GapMessage).where(GapMessage.message_id == earlier))
    await counter.gaps()
    await counter.goes_live(7, **sure("delivery_fee", *XINJIANG))
    async with counter.shop.database.write() as session:  # its customer answers the survey only now
        await note_message(session, earlier, Why.DISLIKED, at=counter.shop.now)
    (gap,) = await counter.gaps()
    assert (gap.state, gap.last_at) == (GapState.DONE, counter.shop.now)


async def test_each_going_live_is_asked_once_and_all_gaps_are(counter: Counter) -> None:
    texts = [f"型号{chr(0x4E00 + number)}{chr(0x6E00 + number)}" for number in range(23)]
    await counter.hears(*texts)
    assert len(await counter.gaps()) == 23
    await counter.goes_live(2, **sure("delivery_fee", *texts[:12], *texts[20:]))
    states = [gap.state for gap in await counter.gaps()]
    assert states.count(GapState.DONE) == 15
    interpreter = counter.shop.turns.brain.interpreter
    assert isinstance(interpreter, ByHeart)
    asked = len(interpreter.calls)
    counter.reasking._asked = None  # another worker
    await counter.reasking.step()
    assert len(interpreter.calls) == asked


async def test_what_is_out_of_scope_or_no_gap_stays_so(counter: Counter) -> None:
    for ended in (Ended.OUT_OF_SCOPE, Ended.DISMISSED):
        await counter.hears(XINJIANG[0])
        (gap,) = await counter.gaps()
        async with counter.shop.database.write() as session:
            await acts.end(session, gap.id, ended, by="班长", now=counter.shop.now)
        await counter.hears(XINJIANG[1])
        assert [each.state for each in await counter.gaps()] == [GapState.DONE]


@pytest.mark.parametrize(
    ("answers", "entry", "found"),
    [
        ([("a", None)] * 4 + [(None, None)], None, "a"),
        ([("a", None)] * 3 + [(None, None)], None, None),
        ([("a", None)] * 2 + [("b", None)] * 2, None, None),
        ([("a", "a")] * 3, None, None),  # what was no help then is none now
        ([("a", "a")] * 3, "a", "a"),  # unless somebody has made it better
        ([("b", "a")] * 3, None, "b"),
        ([(None, None)], "a", None),
    ],
)
def test_what_answers_a_gap(
    answers: Sequence[tuple[str | None, str | None]], entry: str | None, found: str | None
) -> None:
    assert choose_answer(answers, entry=entry) == found

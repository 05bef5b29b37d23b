"""Typing signs reach who watches, soon and seldom, and are nowhere else."""

import asyncio

from core.ids import new_id
from core.messages import Address
from core.redis_wakeups import RedisWakeups
from core.typing_signs import AT_MOST, Side, TypingSign, TypingSigns
from core.wakeups import SAFETY_POLL, LocalWakeups

SIGN = TypingSign(conversation_id=new_id(), name="小林 “L”", address=Address(channel="telegram", chat="-5:7"))


async def test_a_sign_is_seen_on_its_side_of_its_conversation() -> None:
    signs, other = TypingSigns(LocalWakeups()), TypingSign(conversation_id=new_id())
    with (
        signs.watch(Side.AGENT, [SIGN.conversation_id]) as watch,
        signs.watch(Side.CUSTOMER) as customers,
        signs.watch(Side.AGENT) as every,
    ):
        signs.give(Side.AGENT, other)
        signs.give(Side.AGENT, SIGN)
        assert await watch.next(1) == [SIGN]
        assert {sign.conversation_id for sign in await every.next(1)} == {
            SIGN.conversation_id,
            other.conversation_id,
        }
        assert await customers.next(0.01) == []


async def test_signs_are_not_told_more_often_than_they_say_something_new() -> None:
    now = 100.0
    signs = TypingSigns(LocalWakeups(), now=lambda: now)
    told = 0
    with signs.watch(Side.CUSTOMER) as watch:
        for _ in range(40):  # ten seconds, four keys in each
            signs.give(Side.CUSTOMER, SIGN)
            told += len(await watch.next(0.001))
            now += 0.25
    assert told == 10 * AT_MOST.per_second


async def test_a_sign_travels_to_another_process(redis_url: str) -> None:
    here, there = RedisWakeups(redis_url), RedisWakeups(redis_url)
    async with here.running(), there.running():
        async with asyncio.timeout(10):
            while {here.poll_seconds, there.poll_seconds} != {SAFETY_POLL}:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        with TypingSigns(there).watch(Side.AGENT, [SIGN.conversation_id]) as watch:
            TypingSigns(here).give(Side.AGENT, SIGN)
            assert await watch.next(5) == [SIGN]

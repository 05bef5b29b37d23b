"""Wake-ups save waiting; losing Redis loses nothing but time."""

import asyncio
import random

import redis.asyncio

from core.redis_wakeups import REDIS_CHANNEL, RedisWakeups
from core.wakeups import BLIND_POLL, SAFETY_POLL, LocalWakeups


async def until_connected(*all_wakeups: RedisWakeups) -> None:
    async with asyncio.timeout(10):
        while any(wakeups.poll_seconds != SAFETY_POLL for wakeups in all_wakeups):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_a_waiter_gets_the_keys_of_its_topic_only() -> None:
    wakeups = LocalWakeups()
    with wakeups.listen("a") as waiter, wakeups.listen("b") as other:
        wakeups.publish("a", ("1", "2"))
        wakeups.publish("a", ("2", "3"))
        assert await waiter.wait(1) == {"1", "2", "3"}
        assert await other.wait(0.01) == set()


async def test_a_waiter_is_woken_only_for_the_keys_that_it_wants() -> None:
    wakeups = LocalWakeups()
    with wakeups.listen("a", wants=lambda key: key.startswith("1")) as waiter:
        wakeups.publish("a", ("21", "3"))
        assert await waiter.wait(0.01) == set()
        wakeups.publish("a", ("12", "22"))
        assert await waiter.wait(1) == {"12"}


async def test_a_wake_up_before_the_wait_is_not_lost() -> None:
    wakeups = LocalWakeups()
    with wakeups.listen("a") as waiter:
        wakeups.publish("a", ("1",))
        await asyncio.sleep(0)
        assert await waiter.wait(1) == {"1"}


async def test_redis_carries_wake_ups_to_another_process_and_not_back(redis_url: str) -> None:
    here, there = RedisWakeups(redis_url), RedisWakeups(redis_url)
    async with here.running(), there.running():
        await until_connected(here, there)
        with here.listen("t") as mine, there.listen("t") as theirs:
            here.publish("t", ("key",))
            assert await theirs.wait(5) == {"key"}
            assert await mine.wait(5) == {"key"}
            assert await mine.wait(0.2) == set()


async def test_a_message_that_is_none_of_ours_does_not_end_the_wake_ups(redis_url: str) -> None:
    wakeups = RedisWakeups(redis_url)
    async with wakeups.running():
        await until_connected(wakeups)
        with wakeups.listen("t") as waiter:
            async with redis.asyncio.Redis.from_url(redis_url) as stranger:
                for data in (b"junk", b"[]", b"[1, 2]", b'["x", {"t": ["key"]}]'):
                    await stranger.publish(REDIS_CHANNEL, data)
            assert await waiter.wait(5) == {"key"}


async def test_it_ends_whenever_it_is_asked_to(redis_url: str) -> None:
    chance = random.Random(7)
    for _ in range(60):  # redis-py swallows a cancellation that comes while it connects
        async with asyncio.timeout(10):
            async with RedisWakeups(redis_url).running():
                await asyncio.sleep(chance.uniform(0, 0.012))


async def test_without_redis_waiters_are_told_to_poll_and_local_wake_ups_still_work() -> None:
    wakeups = RedisWakeups("redis://127.0.0.1:1/0")
    async with wakeups.running():
        assert wakeups.poll_seconds == BLIND_POLL
        with wakeups.listen("t") as waiter:
            wakeups.publish("t", ("key",))
            assert await waiter.wait(1) == {"key"}

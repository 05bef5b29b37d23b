"""Wake-ups: hints that something changed. They only save waiting; losing one loses nothing.

Inside one process they are events. Between processes they travel by Redis pub/sub
(`RedisWakeups`); while Redis is away, `poll_seconds` tells waiters to look by themselves more often.
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterator
from typing import Protocol

INBOX = "inbox"  # key: "" — customers wrote
OUTBOX = "outbox"  # key: channel — something waits to be sent
CONVERSATION = "conversation"  # key: conversation id — its record has grown
DESK = "desk"  # key: "" — a ticket changed
KNOWLEDGE = "knowledge"  # key: "" — another version of the knowledge base is live
SETTINGS = "settings"  # key: "" — the desk's settings were changed

SAFETY_POLL = 5.0  # seconds between looks when wake-ups are expected to arrive
BLIND_POLL = 0.25  # seconds between looks when they are not

Wants = Callable[[str], bool]  # whether a key is one to wake for


class Waiter:
    """Collects the keys of one topic that woke it; with `wants` only those that it is for do."""

    def __init__(self, wants: Wants | None = None) -> None:
        self._event = asyncio.Event()
        self._keys: set[str] = set()
        self._wants = wants

    def wake(self, keys: Collection[str]) -> None:
        if self._wants is not None:
            keys = [key for key in keys if self._wants(key)]
            if not keys:
                return
        self._keys.update(keys)
        self._event.set()

    async def wait(self, timeout: float) -> set[str]:
        """The keys that woke us since the last call; empty when the time ran out."""
        if not self._event.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._event.wait()
        self._event.clear()
        keys, self._keys = self._keys, set()
        return keys


class Wakeups(Protocol):
    """The port: publish keys of a topic, and listen to a topic, to all its keys or those that one `wants`."""

    @property
    def poll_seconds(self) -> float: ...

    def publish(self, topic: str, keys: Collection[str] = ("",)) -> None: ...

    def listen(
        self, topic: str, *, wants: Wants | None = None
    ) -> contextlib.AbstractContextManager[Waiter]: ...


class LocalWakeups:
    """Wake-ups within this process.

    `alone` is False when other processes work on the same database without Redis:
    their changes are found by polling only.
    """

    def __init__(self, *, alone: bool = True) -> None:
        self._waiters: dict[str, set[Waiter]] = {}
        self._alone = alone

    @property
    def poll_seconds(self) -> float:
        return SAFETY_POLL if self._alone else BLIND_POLL

    def publish(self, topic: str, keys: Collection[str] = ("",)) -> None:
        for waiter in self._waiters.get(topic, ()):
            waiter.wake(keys)

    @contextlib.contextmanager
    def listen(self, topic: str, *, wants: Wants | None = None) -> Iterator[Waiter]:
        waiter = Waiter(wants)
        waiters = self._waiters.setdefault(topic, set())
        waiters.add(waiter)
        try:
            yield waiter
        finally:
            waiters.discard(waiter)

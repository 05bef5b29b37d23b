"""Typing signs: who is writing in a conversation just now.

They travel as wake-ups, and are nowhere else: nothing is stored, and losing one loses nothing. A sign is good for some
seconds and ends by itself; who goes on writing gives another.
"""

import contextlib
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import orjson

from core.messages import Address
from core.pacing import Buckets, Rate
from core.wakeups import Waiter, Wakeups

LASTS = 6.0  # seconds that a sign is good for; pages know it too
AT_MOST = Rate(per_second=0.5)  # of one side of a conversation: more often it would say nothing new
UUID_LENGTH = 36  # characters, with which a key begins


class Side(StrEnum):
    """Who writes. The values are topics of wake-ups."""

    CUSTOMER = "typing customer"
    AGENT = "typing agent"


@dataclass(frozen=True, kw_only=True)
class TypingSign:
    """Somebody writes. `address` is where the customer is, and `name` the agent's, where it is an agent."""

    conversation_id: UUID
    name: str = ""
    address: Address | None = None


class TypingSigns:
    """Gives signs, and watches for them."""

    def __init__(self, wakeups: Wakeups, *, now: Callable[[], float] = time.monotonic) -> None:
        self._wakeups = wakeups
        self._now = now
        self._given = Buckets()

    def give(self, side: Side, sign: TypingSign) -> None:
        """Tell all who watch, unless they have just been told."""
        now, limits = self._now(), [(AT_MOST, (side, sign.conversation_id))]
        if self._given.earliest(limits, now=now) <= now:
            self._given.take(limits, at=now, now=now)
            self._wakeups.publish(side.value, (_write(sign),))

    @contextlib.contextmanager
    def watch(self, side: Side, conversation_ids: Collection[UUID] | None = None) -> Iterator["Watch"]:
        """See the signs that are given meanwhile, in these conversations or in all."""
        wanted = None if conversation_ids is None else frozenset(map(str, conversation_ids))
        wants = None if wanted is None else lambda key: key[:UUID_LENGTH] in wanted
        with self._wakeups.listen(side.value, wants=wants) as waiter:
            yield Watch(waiter)


class Watch:
    """Signs as they come."""

    def __init__(self, waiter: Waiter) -> None:
        self._waiter = waiter

    async def next(self, timeout: float) -> list[TypingSign]:
        """Those that came since the last call; none when the time ran out."""
        return [_read(key) for key in await self._waiter.wait(timeout)]


def _write(sign: TypingSign) -> str:
    place = sign.address
    rest = [sign.name, *([place.channel, place.chat] if place else [])]
    return f"{sign.conversation_id}{orjson.dumps(rest).decode()}"


def _read(key: str) -> TypingSign:
    name, *place = orjson.loads(key[UUID_LENGTH:])
    return TypingSign(
        conversation_id=UUID(key[:UUID_LENGTH]),
        name=name,
        address=Address(channel=place[0], chat=place[1]) if place else None,
    )

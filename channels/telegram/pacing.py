"""Pacing: keep to Telegram's limits, so that 429 stays the exception.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio

from channels.base import RetryLater
from core.pacing import Buckets, Limit, Rate

LONGEST_WAIT = 5.0  # seconds; who would wait longer comes again later, and holds up nobody meanwhile
SHORTEST_RETURN = 1.0  # seconds

CHAT = Rate(per_second=1.0)
GROUP = Rate(per_second=15 / 60, burst=5)  # besides CHAT: at most 20 in any minute; groups have negative ids
OVERALL = Rate(per_second=30.0)
TYPING = Rate(per_second=1 / 4)  # of one chat: what it shows lasts five seconds


class Pacing:
    """Gives out the moments at which messages may be sent (a leaky bucket for each limit)."""

    def __init__(self, *, chat: Rate = CHAT, group: Rate = GROUP, overall: Rate = OVERALL) -> None:
        self._chat = chat
        self._group = group
        self._overall = overall
        self._buckets = Buckets()

    def reserve(self, chat: int, *, now: float) -> float:
        """Take the next free moment for this chat; returns the seconds until then. `now` is monotonic.

        Raises `RetryLater`, and takes nothing, where that is more than `LONGEST_WAIT` away.
        """
        limits: list[Limit] = [(self._overall, 0), (self._chat, chat)]
        if chat < 0:
            limits.append((self._group, chat))
        start = self._buckets.earliest(limits, now=now)
        if start - now > LONGEST_WAIT:
            # Come again when a moment can be taken, not when it is there: others would have taken it by then.
            raise RetryLater(max(start - now - LONGEST_WAIT, SHORTEST_RETURN))
        self._buckets.take(limits, at=start, now=now)
        return start - now

    def spare(self, chat: int, *, now: float) -> bool:
        """Whether there is room now for a sign that somebody is typing; takes it if so. Messages to the chat go first."""
        limits: list[Limit] = [(self._overall, 0), (TYPING, ("typing", chat))]
        if self._buckets.earliest([*limits, (self._chat, chat)], now=now) > now:
            return False
        self._buckets.take(limits, at=now, now=now)
        return True

    async def wait(self, chat: int) -> None:
        """Return when a message may be sent to this chat. Raises `RetryLater` when that is far off."""
        seconds = self.reserve(chat, now=asyncio.get_running_loop().time())
        if seconds > 0:
            await asyncio.sleep(seconds)

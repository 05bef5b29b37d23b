"""Pacing: keep to Telegram's limits, so that 429 stays the exception.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
from dataclasses import dataclass

from channels.base import RetryLater

REMEMBERED = 10_000  # chats
LONGEST_WAIT = 5.0  # seconds; who would wait longer comes again later, and holds up nobody meanwhile
SHORTEST_RETURN = 1.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many a second in the long run, and so many at once after a rest."""

    per_second: float
    burst: int = 1


CHAT = Rate(per_second=1.0)
GROUP = Rate(per_second=15 / 60, burst=5)  # besides CHAT: at most 20 in any minute; groups have negative ids
OVERALL = Rate(per_second=30.0)


class Pacing:
    """Gives out the moments at which messages may be sent (a leaky bucket for each limit)."""

    def __init__(self, *, chat: Rate = CHAT, group: Rate = GROUP, overall: Rate = OVERALL) -> None:
        self._chat = chat
        self._group = group
        self._overall = overall
        self._full: dict[tuple[Rate, int], float] = {}  # when the limit will be at rest again

    def reserve(self, chat: int, *, now: float) -> float:
        """Take the next free moment for this chat; returns the seconds until then. `now` is monotonic.

        Raises `RetryLater`, and takes nothing, where that is more than `LONGEST_WAIT` away.
        """
        limits = [(self._overall, 0), (self._chat, chat)]
        if chat < 0:
            limits.append((self._group, chat))
        start = max(now, *(self._earliest(limit) for limit in limits))
        if start - now > LONGEST_WAIT:
            # Come again when a moment can be taken, not when it is there: others would have taken it by then.
            raise RetryLater(max(start - now - LONGEST_WAIT, SHORTEST_RETURN))
        if len(self._full) > REMEMBERED:
            self._full = {limit: rest for limit, rest in self._full.items() if rest > now}
        for limit in limits:
            self._full[limit] = max(self._full.get(limit, start), start) + 1 / limit[0].per_second
        return start - now

    async def wait(self, chat: int) -> None:
        """Return when a message may be sent to this chat. Raises `RetryLater` when that is far off."""
        seconds = self.reserve(chat, now=asyncio.get_running_loop().time())
        if seconds > 0:
            await asyncio.sleep(seconds)

    def _earliest(self, limit: tuple[Rate, int]) -> float:
        rate, _ = limit
        return self._full.get(limit, 0.0) - (rate.burst - 1) / rate.per_second

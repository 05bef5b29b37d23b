"""Pacing: keep to Telegram's limits, so that 429 stays the exception.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

import asyncio
from dataclasses import dataclass

REMEMBERED = 10_000  # chats


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
        """Take the next free moment for this chat; returns the seconds until then. `now` is monotonic."""
        limits = [(self._overall, 0), (self._chat, chat)]
        if chat < 0:
            limits.append((self._group, chat))
        start = max(now, *(self._earliest(limit) for limit in limits))
        if len(self._full) > REMEMBERED:
            self._full = {limit: rest for limit, rest in self._full.items() if rest > now}
        for limit in limits:
            self._full[limit] = max(self._full.get(limit, start), start) + 1 / limit[0].per_second
        return start - now

    async def wait(self, chat: int) -> None:
        """Return when a message may be sent to this chat."""
        seconds = self.reserve(chat, now=asyncio.get_running_loop().time())
        if seconds > 0:
            await asyncio.sleep(seconds)

    def _earliest(self, limit: tuple[Rate, int]) -> float:
        rate, _ = limit
        return self._full.get(limit, 0.0) - (rate.burst - 1) / rate.per_second

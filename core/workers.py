"""Workers: loops that look for work, do it, and wait for a wake-up or the poll tick."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.backoff import Backoff
from core.wakeups import Wakeups

log = structlog.get_logger(__name__)

RETRY = Backoff(first=0.2, longest=30.0)


async def work_forever(
    name: str, step: Callable[[], Awaitable[bool]], *, wakeups: Wakeups, topic: str, poll: float | None = None
) -> None:
    """Call `step` until it returns False (nothing left to do), then wait for `topic`; for ever.

    A step that raises is logged and tried again after a backoff: a worker never ends by itself.
    `poll` shortens the waiting where work falls due by time, in seconds.
    """
    attempt = 0
    with wakeups.listen(topic) as waiter:
        while True:
            try:
                busy = await step()
                attempt = 0
            except Exception:
                attempt += 1
                log.exception("worker.step_failed", worker=name, attempt=attempt)
                await asyncio.sleep(RETRY.delay(attempt))
                continue
            if not busy:
                await waiter.wait(min(poll or wakeups.poll_seconds, wakeups.poll_seconds))

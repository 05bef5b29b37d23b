"""Ending background tasks."""

import asyncio
from typing import Any

AGAIN = 0.5  # seconds until a task that took no notice is cancelled once more


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel the tasks and wait until all have ended; what they raise is dropped.

    A cancellation that arrives at an unlucky moment is swallowed by some libraries (redis-py 8.1 while it
    connects or reads), so it is repeated until it has been heard.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # looked at, so that nobody warns of it

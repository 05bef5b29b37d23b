"""Files that agents share in the threads, on their way from Slack to us: beside the listener, whom a large one would hold up."""

import asyncio
from collections.abc import Callable, Collection, Sequence

import structlog

from channels.base import ChannelError, TemporaryFailure, Undeliverable
from channels.slack.client import Slack, SlackAway, SlackBusy, SlackRefusal
from channels.slack.files import open_file
from core.files import FileLimits, Upload
from core.messages import Attachment
from core.wakeups import DESK, Wakeups
from handoff.desk.said import SharedFile
from handoff.outgoing_files import check_count, check_size

log = structlog.get_logger(__name__)

AT_ONCE = 3  # events whose files are fetched
FETCH_SECONDS = 120  # all files of one message
PASSING = (ChannelError, SlackAway, SlackBusy)  # after these, trying again may help


class Unreached(Exception):
    """Slack does not let us have a file."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotYet(Exception):
    """The files are on their way."""


class Fetching:
    """Fetches the files of events, which are known by their positions. Use it in one process at a time."""

    def __init__(self, slack: Slack, wakeups: Wakeups, limits: Callable[[], FileLimits]) -> None:
        self._slack = slack
        self._wakeups = wakeups
        self._limits = limits
        self._room = asyncio.Semaphore(AT_ONCE)
        self._tasks: dict[int, asyncio.Task[list[Upload]]] = {}

    @property
    def under_way(self) -> Collection[int]:
        """The events that wait for their files."""
        return [position for position, task in self._tasks.items() if not task.done()]

    def take(self, position: int, files: Sequence[SharedFile]) -> list[Upload]:
        """The files of an event, each time it is handled.

        Raises `NotYet` the first time: come again when it is not `under_way` any more. Then it may raise
        `Unreached`, one of `PASSING`, and `Unfit`.
        """
        task = self._tasks.get(position)
        if task is None:
            check_count(len(files))
            check_size(sum(file.size for file in files), self._limits())
            task = asyncio.create_task(self._fetch(files))
            task.add_done_callback(lambda _: self._wakeups.publish(DESK))
            self._tasks[position] = task
        if not task.done():
            raise NotYet
        return self._tasks.pop(position).result()

    def forget(self, position: int) -> None:
        """The event is done with; where its files are not wanted any more, they are let go."""
        if task := self._tasks.pop(position, None):
            task.cancel()

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        """Let go of what is under way."""
        for task in self._tasks.values():
            task.cancel()
        await self.idle()
        self._tasks.clear()

    async def _fetch(self, files: Sequence[SharedFile]) -> list[Upload]:
        async with self._room:
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    fetched: list[Upload] = []
                    for file in files:
                        room = self._limits().most_bytes - sum(len(each.content) for each in fetched)
                        fetched.append(await self._fetch_one(file, room))
                    return fetched
            except TimeoutError as error:
                raise TemporaryFailure(f"not fetched within {FETCH_SECONDS} s") from error

    async def _fetch_one(self, file: SharedFile, room: int) -> Upload:
        """The file. No more of it is read than shows that it is larger than `room`."""
        if not file.id:
            raise Unreached(file.name)
        content = bytearray()
        try:
            async with open_file(self._slack, Attachment(ref=file.id, name=file.name)) as opened:
                async for chunk in opened.content:
                    content += chunk
                    check_size(self._limits().most_bytes - room + len(content), self._limits())
        except (SlackRefusal, Undeliverable) as error:
            log.warning("slack.file_not_fetched", error=str(error))
            raise Unreached(file.name) from error
        return Upload(name=opened.name, content=bytes(content))

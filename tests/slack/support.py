"""What the parts of the Slack tests share: time that does not pass by itself, and how we write what Slack sends."""

from typing import Any

from channels.slack.client import Pace

PATIENCE = 3.0  # seconds that Slack waits for an answer

Json = dict[str, Any]
Post = tuple[dict[str, str], bytes]  # headers and body of a request of Slack's


class FakePace:
    """Time passes only where it is waited for."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def pace(self) -> Pace:
        return Pace(now=lambda: self.time, sleep=self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.time += max(seconds, 0)

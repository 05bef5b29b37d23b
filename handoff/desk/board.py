"""The board: messages of the house in channels of Slack, such as reports, which are about no ticket.

Importing this module needs the extra slack.
"""

from channels.base import OutgoingFile
from channels.slack.client import Slack
from channels.slack.files import upload_file
from handoff.desk.blocks import Post


class SlackBoard:
    """Posts them, by the desk's client and at its pace. Raises `SlackBusy`, `SlackAway`, `SlackRefusal`, `ChannelError`."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def post(self, channel: str, post: Post) -> str:
        """Post a message; its ts."""
        return await self._slack.post(channel, post.text, post.blocks)

    async def share(self, channel: str, ts: str, *, name: str, content: bytes) -> None:
        """Put a file into a message's thread."""
        mime = "application/octet-stream"
        file = OutgoingFile(ref=name, name=name, mime=mime, content=content)
        await upload_file(self._slack, file, channel=channel, thread=ts)

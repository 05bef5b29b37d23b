"""Customers in Slack as one thing to wire: how they are heard, and how they are answered."""

from collections.abc import Mapping
from typing import Any

from channels.slack.channel import SlackChannel
from channels.slack.client import Slack
from channels.slack.mapping import Places, read_press, read_written, to_inbound
from channels.slack.people import People
from core.clock import Clock, utc_now
from core.inbox import Inbox

MOST_NAMED = 10  # people who are mentioned in one message


class SlackCustomers:
    """Those who write to us at these places. Deliver through `channel`.

    What comes in is handed over by whoever Slack calls. Both ways of it return when the inbox has it.
    """

    def __init__(self, slack: Slack, inbox: Inbox, places: Places, *, clock: Clock = utc_now) -> None:
        self._slack = slack
        self._inbox = inbox
        self._places = places
        self.may_write_to_app = places.direct_messages
        self._people = People(slack, clock=clock)
        self.channel = SlackChannel(slack)

    async def hear(self, event: Mapping[str, Any]) -> None:
        """An event; what is not said to us by a person is passed over. Raises what the database raises."""
        written = read_written(event, self._places)
        if written is None:
            return
        author = await self._people.find(written.user)
        if author.is_bot:  # one that shares a file is not marked as such
            return
        names = {
            user: (await self._people.find(user)).name or ""
            for user in sorted(written.mentioned)[:MOST_NAMED]
        }
        me = await self._people.find_me()
        await self._inbox.record(to_inbound(written, author, names=names, me=me))

    async def press(self, body: Mapping[str, Any]) -> None:
        """The press of a customer's button. Raises what the database raises."""
        message = read_press(body, self._places)
        if message is not None:
            await self._inbox.record(message)

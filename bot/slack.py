"""Both sides of Slack, wired: the agents' desk and, where they are let in, customers. They share one client and its pace.

Importing this module needs the extra slack.
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from bot.config import Config, Environment
from channels.base import PushChannel
from channels.slack.client import Slack
from channels.slack.connection import SlackCustomers
from channels.slack.mapping import Places
from core.connections import Signs
from core.inbox import Inbox
from core.wakeups import Wakeups
from handoff.cases import Cases
from handoff.complaints.acts import Complaints
from handoff.desk.connection import SlackDesk
from handoff.suggesting import Suggesting
from handoff.transfers import Transfers
from handoff.work import Work
from nlu.knowledge.entries import Wording


class SlackSides:
    """The `desk`, by whose door all of Slack comes in, and the `customers`, if there may be any. Raises `ConfigError`."""

    def __init__(
        self,
        config: Config,
        environment: Environment,
        inbox: Inbox,
        cases: Cases,
        wakeups: Wakeups,
        work: Work,
        transfers: Transfers,
        complaints: Complaints,
        *,
        suggesting: Suggesting,
        channels: Mapping[str, PushChannel],
        titles: Mapping[str, Wording],
        signs: Signs,
    ) -> None:
        self._slack = slack = Slack(
            environment.slack_bot_token or "", api_url=environment.slack_api_url, signs=signs
        )
        places = config.channels.slack
        self.customers: SlackCustomers | None = None
        if places.is_used:
            here = Places(direct_messages=places.direct_messages, channels=frozenset(places.channels))
            self.customers = SlackCustomers(slack, inbox, here)
        self.desk = SlackDesk(
            slack,
            cases,
            wakeups,
            work,
            transfers,
            complaints,
            suggesting=suggesting,
            channels=channels,
            signing_secret=environment.slack_signing_secret,
            app_token=environment.slack_app_token,
            titles=titles,
            zone=ZoneInfo(config.shop.time_zone),
            region=config.privacy.region,
            base=environment.public_url or "",
            customers=self.customers,
            signs=signs,
        )

    async def close(self) -> None:
        """Close the connections to Slack."""
        await self._slack.close()

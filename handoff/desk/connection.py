"""The desk in Slack as a whole: what each role of a process runs of it.

Importing this module needs the extra slack.
"""

import functools
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from channels.base import PushChannel
from channels.slack.client import Slack
from core.connections import Signs
from core.errors import ConfigError
from core.languages import ReplyLanguage
from core.wakeups import Wakeups
from handoff.cases import Cases
from handoff.complaints.acts import Complaints
from handoff.complaints.register import Register
from handoff.contacts.acts import Contacts
from handoff.customers import CustomerActs
from handoff.desk.alerting import SlackPort
from handoff.desk.bolt import listen_on_socket, open_door, routes
from handoff.desk.fetching import Fetching
from handoff.desk.floor import Floor
from handoff.desk.homing import Homes
from handoff.desk.listening import Customers, Listener
from handoff.desk.mirror import Mirror
from handoff.desk.sharing import Sharing
from handoff.desk.whisper import Whisper
from handoff.suggesting import Suggesting
from handoff.transfers import Transfers
from handoff.wording.reader import Reader, TitlesById
from handoff.wording.texts import Texts
from handoff.work import Work

Job = Callable[[], Coroutine[Any, Any, None]]


class SlackDesk:
    """Everything of it, wired together; who made the client closes it. Raises `ConfigError` when Slack has no way in.

    `channels` fetch what customers send.
    """

    def __init__(
        self,
        slack: Slack,
        cases: Cases,
        wakeups: Wakeups,
        work: Work,
        transfers: Transfers,
        complaints: Complaints,
        *,
        suggesting: Suggesting,
        channels: Mapping[str, PushChannel],
        signing_secret: str | None,
        app_token: str | None,
        titles: TitlesById,
        zone: ZoneInfo,
        region: str,
        base: str = "",
        customers: Customers | None = None,
        signs: Signs | None = None,
    ) -> None:
        if signing_secret is None and app_token is None:
            raise ConfigError(
                "SLACK_SIGNING_SECRET",
                "neither it nor SLACK_APP_TOKEN is set, so nothing comes in from Slack",
                "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for https: docs/slack.md",
            )
        self._signing_secret = signing_secret  # with it Slack may call us
        self._app_token = app_token  # with it we call Slack, and it calls back through the same socket
        self._cases = cases
        self._wakeups = wakeups
        assert cases.settings.slack is not None
        self._settings = settings = cases.settings.slack
        self.slack = slack

        def read_in(language: ReplyLanguage) -> Reader:
            return Reader(
                t=Texts(language),
                now=cases.clock(),
                zone=zone,
                titles=titles,
                settings=cases.settings,
                region=region,
            )

        whisper = Whisper(self.slack, read_in=read_in, language=settings.language)
        self._floor = Floor(
            slack=self.slack,
            cases=cases,
            work=work,
            transfers=transfers,
            complaints=complaints,
            contacts=Contacts(cases, region=region),
            register=Register(cases),
            customer_acts=CustomerActs(cases),
            suggesting=suggesting,
            whisper=whisper,
            wakeups=wakeups,
        )
        self._customers = customers
        self._signs = signs or Signs(cases.database, clock=cases.clock)
        self.listener = Listener(
            work,
            whisper,
            database=cases.database,
            clock=cases.clock,
            fetching=Fetching(slack, wakeups, lambda: cases.settings.files),
            customers=customers,
        )
        self.sharing = Sharing(slack, cases.database, channels, clock=cases.clock)
        self.mirror = Mirror(
            cases, slack, whisper, self.sharing, read=lambda: read_in(settings.language), base=base
        )
        self.homes = Homes(self._floor)
        self.port = SlackPort(self.slack, cases.database, read=lambda: read_in(settings.language))

    def jobs(self) -> Sequence[Job]:
        """What follows the tickets and handles what came in; with an app token, the socket by which it comes."""
        jobs: list[Job] = [
            functools.partial(self.mirror.run, self._wakeups),
            functools.partial(self.listener.run, self._wakeups),
            functools.partial(self.homes.run, self._wakeups),
        ]
        if self._app_token is not None:
            jobs.append(self._listen_on_socket)
        return jobs

    def routes(self) -> APIRouter:
        """Where Slack calls us."""
        return routes(self._door(), self._signs)

    def _door(self) -> Any:
        return open_door(
            self._floor,
            signing_secret=self._signing_secret,
            settings=self._settings,
            clock=self._cases.clock,
            customers=self._customers,
        )

    async def _listen_on_socket(self) -> None:
        assert self._app_token is not None
        await listen_on_socket(self._door(), self.slack, self._app_token, self._signs)

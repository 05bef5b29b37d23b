"""Reports that go out, wired: what makes them, and what carries them where the configuration says."""

import contextlib
import functools
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.config import Config, Environment
from bot.extras import extra
from console.reports.by_mail import MailCarrier
from console.reports.making import Maker
from core.clock import Clock, utc_now
from core.database import Database
from core.errors import ConfigError
from core.mail import EXAMPLE, Mailer
from handoff.cases import Cases
from handoff.reporting.schedule import Way
from handoff.reporting.sendings import Carrier, Reports
from handoff.settings import SettingsInForce
from handoff.wording.reader import TitlesById
from nlu.knowledge.live import LiveKnowledge

if TYPE_CHECKING:
    from channels.slack.client import Slack


_MENDS = {
    "SLACK_BOT_TOKEN": "Set it as docs/slack.md says",
    "SMTP_URL": f"Set it, for example {EXAMPLE}",
    "MAIL_FROM": "Set it, for example Shouwen <desk@example.com>",
}


def check_reports(config: Config, environment: Environment) -> None:
    """Whether what carries the planned reports is set. Raises `ConfigError`."""
    for name, report in config.reports.planned().items():
        for to in report.to():
            check_way(to.way, environment, wanted_by=f"reports.{name}.{to.way}")


def check_way(way: Way, environment: Environment, *, wanted_by: str) -> None:
    """Whether reports can go that way. Raises `ConfigError`."""
    if way is Way.SLACK:
        is_set = {"SLACK_BOT_TOKEN": environment.slack_bot_token is not None}
    else:
        is_set = {
            "SMTP_URL": environment.smtp_url is not None,
            "MAIL_FROM": environment.mail_from is not None,
        }
    for variable, found in is_set.items():
        if not found:
            raise ConfigError(variable, f"is not set, but {wanted_by} needs it", _MENDS[variable])


async def read_titles(database: Database) -> TitlesById:
    """What the entries of the live version are called."""
    knowledge = await LiveKnowledge(database).find()
    return {entry.id: entry.title for entry in knowledge.entries.values()} if knowledge else {}


def open_carriers(
    config: Config,
    environment: Environment,
    database: Database,
    ways: Collection[Way],
    *,
    settings: SettingsInForce,
    slack: "Slack | None" = None,
    clock: Clock = utc_now,
) -> Mapping[Way, Carrier]:
    """One for each way; `slack` is the client that carries to Slack. Raises `ConfigError`."""
    language = config.reports.language or config.shop.default_language
    maker = Maker(
        database=database,
        settings=settings,
        titles=functools.partial(read_titles, database),
        shop=config.shop.name.by_language()[language],
        language=language,
        zone=ZoneInfo(config.shop.time_zone),
        region=config.privacy.region,
        base=environment.public_url or "",
        clock=clock,
    )
    carriers: dict[Way, Carrier] = {}
    if Way.EMAIL in ways:
        assert environment.smtp_url is not None and environment.mail_from is not None
        carriers[Way.EMAIL] = MailCarrier(maker, Mailer(environment.smtp_url), sender=environment.mail_from)
    if Way.SLACK in ways:
        assert slack is not None
        with extra("slack", "SLACK_BOT_TOKEN"):
            from console.reports.in_slack import SlackCarrier  # noqa: PLC0415
            from handoff.desk.board import SlackBoard  # noqa: PLC0415
        carriers[Way.SLACK] = SlackCarrier(maker, SlackBoard(slack))
    return carriers


def connect_slack(environment: Environment) -> "Slack":
    """A client for who has no desk in Slack, to be closed at the end."""
    with extra("slack", "SLACK_BOT_TOKEN"):
        from channels.slack.client import Slack  # noqa: PLC0415
    return Slack(environment.slack_bot_token or "", api_url=environment.slack_api_url)


def open_reports(
    stack: contextlib.AsyncExitStack,
    config: Config,
    environment: Environment,
    cases: Cases,
    *,
    settings: SettingsInForce,
    slack: "Slack | None",
) -> Reports | None:
    """What sends the planned reports; None where none are planned. `slack` is the desk's client, if there is a desk there."""
    schedules = config.reports.schedules()
    if not schedules:
        return None
    ways = {to.way for each in schedules for to in each.to}
    if Way.SLACK in ways and slack is None:
        slack = connect_slack(environment)
        stack.push_async_callback(slack.close)
    carriers = open_carriers(
        config, environment, cases.database, ways, settings=settings, slack=slack, clock=cases.clock
    )
    zone = ZoneInfo(config.shop.time_zone)
    return Reports(cases.database, schedules, carriers, settings=settings, zone=zone, clock=cases.clock)

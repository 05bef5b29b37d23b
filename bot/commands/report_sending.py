"""The command that sends a report at once, to where it goes by itself or to where one wants to try it."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot.commands.common import CONFIG, ConfigOption, load, tell, with_database
from bot.config import Config, Environment
from bot.desk_base import read_in_force
from bot.report_config import check_address
from bot.reports import check_way, connect_slack, open_carriers
from core.clock import utc_now
from core.database import Database
from core.errors import BadInput, ShouwenError
from core.logs import set_up_logs
from handoff.reporting.figures import Period, period_of
from handoff.reporting.schedule import Destination, Unit, Way
from handoff.reporting.sendings import Parcel


def send(
    unit: Annotated[Unit, typer.Argument(help="The report of a week, or of a month.")],
    to: Annotated[str | None, typer.Option(help="Only to this e-mail address.")] = None,
    slack: Annotated[str | None, typer.Option(help="Only to this channel of Slack, by its id.")] = None,
    day: Annotated[
        str | None, typer.Option("--date", help="A day in it, such as 2026-11-20; by default the last one.")
    ] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Send a report at once: where config.yml says, or to one destination as a try-out.

    What goes out by itself does not mind: it comes all the same.
    """
    set_up_logs(level="warning")
    settings, environment = load(config)
    period = read_period(unit, day, ZoneInfo(settings.shop.time_zone))
    chosen = choose(settings, unit, to, slack)
    for each in chosen:
        check_way(each.way, environment, wanted_by="this report" if to or slack else f"reports ({each})")
    tell(f"The report of {period.start} to {period.end}…")
    failed = with_database(
        environment, lambda database: _send(settings, environment, database, unit, period, chosen)
    )
    if failed:
        raise typer.Exit(1)


async def _send(
    settings: Config,
    environment: Environment,
    database: Database,
    unit: Unit,
    period: Period,
    chosen: Sequence[Destination],
) -> int:
    """How many could not be sent."""
    ways = {each.way for each in chosen}
    slack = connect_slack(environment) if Way.SLACK in ways else None
    failed = 0

    async def note(reached: str) -> None:
        """Nobody goes on from there: whoever gave the command sees how it went."""

    try:
        carriers = open_carriers(
            settings,
            environment,
            database,
            ways,
            settings=await read_in_force(settings, database, environment),
            slack=slack,
        )
        for each in chosen:
            try:
                await carriers[each.way].carry(Parcel(unit=unit, period=period, to=each), note)
                typer.echo(f"Sent to {each}.")
            except ShouwenError as error:
                failed += 1
                typer.secho(f"Not sent to {each}: {error}", fg=typer.colors.RED, err=True)
    finally:
        if slack is not None:
            await slack.close()
    return failed


def read_period(unit: Unit, day: str | None, zone: ZoneInfo) -> Period:
    """The week or month of that day; the last whole one where none is named. Raises `BadInput`."""
    if day is None:
        return period_of(unit, utc_now().astimezone(zone).date()).before()
    try:
        return period_of(unit, date.fromisoformat(day))
    except ValueError as error:
        raise BadInput("--date", f"{day} is no day; write for example 2026-11-20") from error


def choose(settings: Config, unit: Unit, to: str | None, slack: str | None) -> Sequence[Destination]:
    """Where it is to go: what is named, or else what is configured. Raises `BadInput`."""
    found = []
    if to is not None:
        try:
            found.append(Destination(way=Way.EMAIL, address=check_address(to)))
        except ValueError as error:
            raise BadInput("--to", str(error)) from error
    if slack is not None:
        if not re.fullmatch(r"[CG][A-Z0-9]{2,}", slack):
            raise BadInput("--slack", f"{slack} is no channel's id; it looks like C012AB3CD")
        found.append(Destination(way=Way.SLACK, address=slack))
    name = "weekly" if unit is Unit.WEEK else "monthly"
    found = found or [
        each for schedule in settings.reports.schedules() if schedule.unit is unit for each in schedule.to
    ]
    if not found:
        raise BadInput(
            unit, f"reports.{name} is not set, so it goes nowhere; say --to ADDRESS or --slack CHANNEL"
        )
    return found

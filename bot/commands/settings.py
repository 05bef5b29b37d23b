"""Commands for the desk's settings."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import orjson
import typer

from bot.commands.common import CONFIG, ConfigOption, load, with_database
from bot.desk_base import DeskBase
from core.database import Database
from core.logs import set_up_logs
from core.wakeups import LocalWakeups
from handoff.adjusting.acts import Adjusting, Standing
from handoff.adjusting.layers import NAMED, PLAIN, names_below


def show(config: ConfigOption = CONFIG) -> None:
    """Print what is in force at the desk, and where each part comes from: config.yml, the console, or as shipped."""
    set_up_logs(level="error")
    settings, environment = load(config)
    base = DeskBase(settings, environment)

    async def act(database: Database) -> Standing:
        return await Adjusting(database, LocalWakeups(), base).read()

    standing = with_database(environment, act)
    for line in _lines(standing, ZoneInfo(settings.shop.time_zone)):
        typer.echo(line)


def _lines(standing: Standing, zone: ZoneInfo) -> Iterator[str]:
    left_out = dict(standing.laid.left_out)
    for place in _places(standing):
        change = standing.change(place)
        if place in left_out:
            where = f"from config.yml; what was changed in the console is left out: {left_out[place]}"
        elif change is not None:
            where = f"from the console: {change.by}, {change.at.astimezone(zone):%Y-%m-%d %H:%M}"
        else:
            where = "from config.yml" if standing.is_said(place) else "as shipped"
        value = orjson.dumps(_without_nothing(standing.value(place))).decode()
        yield f"desk.{place}: {value}  ({where})"


def _places(standing: Standing) -> list[str]:
    """All that hold something, or were changed."""
    found = {place: None for place in PLAIN if standing.value(place) is not None}
    for named in NAMED:
        found |= {f"{named}.{name}": None for name in names_below(standing.laid.data, named)}
    found |= {place: None for place, row in standing.rows.items() if row.is_laid}
    return sorted(found)


def _without_nothing(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {key: each for key, each in value.items() if each not in (None, [], {})}

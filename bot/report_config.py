"""The part of config.yml about reports: which go out, when, and to whom."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from bot.desk_config import DAYS, DayName, SlackChannel
from bot.sections import Section
from core.languages import ReplyLanguage
from core.mail import is_address
from handoff.reporting.schedule import LAST_DAY, Destination, Schedule, Unit, Way


def _check_time(value: str) -> str:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", value.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f'{value!r} is no time of the day; write for example "08:00", in quotes')
    return value.strip().zfill(5)


def check_address(value: str) -> str:
    """An e-mail address by itself. Raises `ValueError`."""
    value = value.strip()
    if not is_address(value):
        raise ValueError(f"{value!r} is no e-mail address; write for example boss@example.com")
    return value


Address = Annotated[str, AfterValidator(check_address)]
TimeOfDay = Annotated[str, AfterValidator(_check_time)]


class _Report(Section):
    """When a report goes out, and where to."""

    at: TimeOfDay = "08:00"
    email: list[Address] = Field(default_factory=list)
    slack: SlackChannel | None = None

    @model_validator(mode="after")
    def _check_goes_somewhere(self) -> Self:
        if not self.email and self.slack is None:
            raise ValueError("it would go nowhere; set email, slack or both")
        return self

    def to(self) -> list[Destination]:
        """Each destination once."""
        found = [Destination(way=Way.EMAIL, address=each) for each in self.email]
        found += [Destination(way=Way.SLACK, address=self.slack)] if self.slack else []
        return list(dict.fromkeys(found))

    def schedule(self, unit: Unit, day: int) -> Schedule:
        """As `handoff` takes it."""
        return Schedule(unit=unit, day=day, at=time.fromisoformat(self.at), to=self.to())


class WeeklySection(_Report):
    """The report of the last whole week."""

    day: DayName = "mon"


class MonthlySection(_Report):
    """The report of the last whole month."""

    day: int = Field(default=1, ge=1, le=LAST_DAY)


class ReportsSection(Section):
    """Reports that go out by themselves: docs/reports.md."""

    language: ReplyLanguage | None = None  # None: the shop's
    weekly: WeeklySection | None = None
    monthly: MonthlySection | None = None

    def planned(self) -> Mapping[str, WeeklySection | MonthlySection]:
        """Those that are set, by their names in config.yml."""
        found = {"weekly": self.weekly, "monthly": self.monthly}
        return {name: each for name, each in found.items() if each is not None}

    def schedules(self) -> list[Schedule]:
        """As `handoff` takes them."""
        weekly = [self.weekly.schedule(Unit.WEEK, DAYS.index(self.weekly.day))] if self.weekly else []
        monthly = [self.monthly.schedule(Unit.MONTH, self.monthly.day)] if self.monthly else []
        return weekly + monthly

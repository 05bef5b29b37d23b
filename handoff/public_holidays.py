"""Public holidays of a country, and the days of rest on which it works to make up for them, by the `holidays` library."""

from datetime import date

import holidays

LOOK_BACK = 10  # years before the newest exchange of days, in most of which there is one where it is decreed every year
MOST = 8


class PublicHolidays:
    """A country's, or those of a part of it (`CN`, `US`, `DE-BY`)."""

    def __init__(self, code: str) -> None:
        """Raises `NotImplementedError` for a place that the library does not know."""
        country, _, part = code.upper().partition("-")
        self.code = code.upper()
        self._days = holidays.country_holidays(country, subdiv=part or None)
        self._named: dict[str, holidays.HolidayBase] = {}  # by language
        self._known: dict[date, tuple[bool, bool]] = {}  # off, made up: the library looks long

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicHolidays) and other.code == self.code

    def __hash__(self) -> int:
        return hash(self.code)

    def is_day_off(self, day: date) -> bool:
        """Whether it is a public holiday."""
        return self._look_up(day)[0]

    def is_made_up(self, day: date) -> bool:
        """Whether a day of rest is worked, in exchange for another (调休)."""
        return self._look_up(day)[1]

    def find_name(self, day: date, language: str) -> str | None:
        """What a public holiday is called, in the language if the library has it, else in the country's; None for other days."""
        if language not in self._named:
            wanted = "zh_CN" if language == "zh" else "en_US"
            known = wanted if wanted in self._days.supported_languages else None
            country, _, part = self.code.partition("-")
            self._named[language] = holidays.country_holidays(country, subdiv=part or None, language=known)
        return self._named[language].get(day)

    def _look_up(self, day: date) -> tuple[bool, bool]:
        if day not in self._known:
            self._load(day.year)
            self._known[day] = day in self._days, day in self._days.weekend_workdays
        return self._known[day]

    def is_published(self, year: int) -> bool:
        """Whether the year's exchanged days are decreed: without them, where every year has some, the rest is a guess."""
        if not self._days.has_substituted_holidays:
            return True
        newest = next((each for each in range(year, year - 3 * LOOK_BACK, -1) if self._exchanges(each)), year)
        before = sum(self._exchanges(each) for each in range(newest - LOOK_BACK, newest))
        return newest == year or before < MOST

    def _exchanges(self, year: int) -> bool:
        self._load(year)
        return any(day.year == year for day in self._days.weekend_workdays)

    def _load(self, year: int) -> None:
        _ = date(year, 1, 1) in self._days  # the library adds a year when it is first asked for a day of it

"""Working hours: is somebody there, and if not, when next? Pure; the calendar of holidays comes on top later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

LOOK_AHEAD = 14  # days


@dataclass(frozen=True, kw_only=True)
class Window:
    """A stretch of one day; `end` may be 24:00, given as `time.max`."""

    start: time
    end: time


@dataclass(frozen=True, kw_only=True)
class WorkingHours:
    """Windows by weekday (0 is Monday) in a time zone."""

    zone: ZoneInfo
    days: Mapping[int, Sequence[Window]]

    def is_open(self, at: datetime) -> bool:
        """Whether people are there at that moment."""
        local = at.astimezone(self.zone)
        return any(w.start <= local.time() < w.end for w in self.days.get(local.weekday(), ()))

    def next_opening(self, at: datetime) -> datetime | None:
        """The next moment from `at` on when people are there (`at` itself when open), in the hours' zone.

        None when nobody is there within the next two weeks.
        """
        local = at.astimezone(self.zone)
        if self.is_open(at):
            return local
        for offset in range(LOOK_AHEAD):
            day = (local + timedelta(days=offset)).date()
            for window in sorted(self.days.get(day.weekday(), ()), key=lambda w: w.start):
                start = datetime.combine(day, window.start, self.zone)
                if start >= local:
                    return start
        return None

"""For whom a page of the desk is worded: one language, one time zone, one moment. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core.languages import ReplyLanguage
from core.masking import mask
from handoff.settings import DeskSettings
from handoff.wording.texts import Texts

# Names of knowledge base entries, by id and language.
TitlesById = Mapping[str, Mapping[ReplyLanguage, str]]


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Says in the reader's words what more than one part of a page says."""

    t: Texts
    now: datetime
    zone: ZoneInfo
    titles: TitlesById
    settings: DeskSettings
    region: str  # whose telephone numbers need no country's code

    def entry(self, entry_id: str) -> str:
        """An entry's title; one that was removed since shows its id."""
        return self._named(self.titles, entry_id)

    def queue(self, name: str) -> str:
        """A queue's title."""
        return self._named(self.settings.titles, name)

    def category(self, name: str) -> str:
        """What a resolved ticket was about."""
        return self._named(self.settings.categories, name)

    def kind(self, kind: str, incident: int | None) -> str:
        """What a ticket is about; of an incident, its class, also where it is a complaint besides."""
        if incident is not None:
            return self.t.named("incident_class", str(incident))
        return self.t.named("kind_is", kind)

    def time(self, at: datetime) -> str:
        """A moment: today's by its time, others with their date."""
        local = at.astimezone(self.zone)
        today = local.date() == self.now.astimezone(self.zone).date()
        return f"{local:%H:%M}" if today else f"{local:%m-%d %H:%M}"

    def moment(self, at: datetime) -> str:
        """A moment with its whole date."""
        return to_moment(at, self.zone)

    def duration(self, span: timedelta) -> str:
        """About how long, in its largest unit."""
        minutes = int(span.total_seconds() // 60)
        if minutes < 1:
            return self.t("just_now")
        if minutes < 60:
            return self.t("minutes", count=minutes)
        if minutes < 24 * 60:
            return self.t("hours", count=minutes // 60)
        return self.t("days", count=minutes // (24 * 60))

    def exactly(self, span: timedelta, *, in_days: bool = True) -> str:
        """How long, to the minute."""
        hours, minutes = divmod(int(span.total_seconds() // 60), 60)
        days, hours = divmod(hours, 24) if in_days else (0, hours)
        parts = {"days": days, "hours": hours, "minutes": minutes}
        said = [self.t(unit, count=count) for unit, count in parts.items() if count]
        return " ".join(said) or self.t("under_a_minute")

    def listed(self, said: Sequence[str]) -> str:
        """One after the other."""
        return ("、" if self.t.language == "zh" else ", ").join(said)

    def masked(self, text: str) -> str:
        """For lists, which everybody sees who passes; the opened ticket shows what was written."""
        return mask(text.strip(), region=self.region)

    def _named(self, names: TitlesById, name: str) -> str:
        titles = names.get(name)
        return titles[self.t.language] if titles else name


def to_moment(at: datetime, zone: ZoneInfo) -> str:
    """A moment with its whole date; the same in all languages."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

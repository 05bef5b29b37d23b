"""The desk's part of config.yml: hours, queues, people, standards."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    model_serializer,
    model_validator,
)

from bot.sections import Mistake, Section, Titles
from core.file_types import FileKind
from core.files import MEGABYTE, FileLimits
from core.languages import ReplyLanguage
from handoff import standards
from handoff.aftercare.occasions import DateKind, Plan
from handoff.calendar import Window, WorkingCalendar
from handoff.complaints.action_life import REMIND_BEFORE, VERIFY_WITHIN
from handoff.guard import SHIPPED as SHIPPED_PHRASES
from handoff.kinds import Reason, TicketKind
from handoff.public_holidays import PublicHolidays
from handoff.settings import (
    AgentSettings,
    CareSettings,
    ComplaintSettings,
    DeskSettings,
    QueueSettings,
    SlackSettings,
    SurveySettings,
)
from handoff.standards import BASIC, EMERGENCY, FOLLOW_UP, Basis, Promise, Standards

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _check_window(value: str) -> str:
    _parse_window(value)
    return value


def _parse_window(value: str) -> Window:
    found = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*", value)
    if not found:
        told = f"{value!r} is not a stretch of the day; write for example 09:00-21:00"
        raise Mistake("window", told, given=value)
    h1, m1, h2, m2 = (int(part) for part in found.groups())
    if h1 > 23 or h2 > 24 or m1 > 59 or m2 > 59 or (h2 == 24 and m2):
        told = f"{value!r} holds a time that does not exist; use 00:00 to 24:00"
        raise Mistake("no_time", told, given=value)
    if (h1, m1) >= (h2, m2):
        told = f"{value!r} ends before it starts; split a night into two days"
        raise Mistake("backwards", told, given=value)
    return Window(start=time(h1, m1), end=time.max if h2 == 24 else time(h2, m2))


def _parse_windows(values: Sequence[str]) -> list[Window]:
    return [_parse_window(value) for value in values]


def _check_country(code: str) -> str:
    try:
        PublicHolidays(code)
    except NotImplementedError as error:
        told = f"{code} is not a country whose holidays are known; write for example CN, or DE-BY"
        raise Mistake("country", told, given=code) from error
    return code


Hours = list[Annotated[str, AfterValidator(_check_window)]]


Week = dict[DayName, Hours]


def _parse_week(week: Week) -> dict[int, list[Window]]:
    return {DAYS.index(day): _parse_windows(windows) for day, windows in week.items()}


Username = Annotated[str, AfterValidator(lambda name: name.strip().lower())]  # as accounts have it


class QueueSection(Titles):
    """A queue; people are named by their user names."""

    members: list[Username] | None = None
    owner: Username | None = None
    supervisor: Username | None = None
    skills: list[str] = Field(default_factory=list)
    hours: Week | None = None


class AgentSection(Section):
    """What is known of an agent beside the account."""

    skills: list[str] = Field(default_factory=list)
    languages: list[ReplyLanguage] | None = None
    capacity: int = Field(default=5, ge=1, le=100)
    shifts: Week | None = None


class Term(Section):
    """A stretch of time, such as "30m", "8h" or "3d calendar"."""

    duration: timedelta
    basis: Basis = Basis.WORKING

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if isinstance(value, dict) and isinstance(value.get("duration"), timedelta):
            return value  # one of ours
        return _parse_term(value if isinstance(value, str) else str(value))

    @model_serializer
    def _write(self) -> str:
        return spell_term(self.duration, self.basis)


_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def _parse_term(value: str) -> dict[str, object]:
    found = re.fullmatch(r"\s*(\d{1,4})\s*([mhd])(?:\s+(working|calendar))?\s*", value)
    if not found or not int(found[1]):
        told = f"{value!r} is not a stretch of time; write for example 30m, 8h or 3d calendar"
        raise Mistake("term", told, given=value)
    basis = Basis(found[3]) if found[3] else Basis.WORKING
    if found[2] == "d" and basis is Basis.WORKING:
        told = f"{value!r}: working days differ in length; write hours, or {value.strip()} calendar"
        raise Mistake("working_days", told, given=value.strip())
    return {"duration": int(found[1]) * _UNITS[found[2]], "basis": basis}


def _parse_span(value: object) -> object:
    """A bare stretch of calendar time: "14d"."""
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"\s*(\d{1,4})\s*([mhd])\s*", str(value))
    if not found or not int(found[1]):
        told = f"{value!r} is not a stretch of time; write for example 30d"
        raise Mistake("span", told, given=str(value))
    return int(found[1]) * _UNITS[found[2]]


def spell_span(span: timedelta, units: Collection[str] = tuple(_UNITS)) -> str:
    """In the largest unit that fits, as it is read: "14d"."""
    whole = [name for name in units if not span % _UNITS[name]]
    return f"{span // _UNITS[whole[-1]]}{whole[-1]}"


def spell_term(duration: timedelta, basis: Basis) -> str:
    """As it is read: "8h", "3d calendar"."""
    if basis is Basis.WORKING:
        return spell_span(duration, ("m", "h"))
    return f"{spell_span(duration)} {basis}"


Span = Annotated[
    timedelta, BeforeValidator(_parse_span), PlainSerializer(lambda span: spell_span(span), return_type=str)
]
Promised = dict[Promise, Term]


class StandardsSection(Section):
    """Terms by promise. What is left out is as shipped, or as in another standard that applies."""

    basic: Promised = Field(default_factory=dict)
    value_added: Promised = Field(default_factory=dict)
    customer_tiers: list[str] = Field(default_factory=list)
    emergency: Promised = Field(default_factory=dict)

    def standards(self, follow_up: Term) -> Standards:
        """As `handoff` takes it; `follow_up` is from `ComplaintsSection`."""
        return Standards(
            follow_up=_term(follow_up),
            basic={**BASIC, **_terms(self.basic)},
            value_added=_terms(self.value_added),
            customer_tiers=tuple(self.customer_tiers),
            emergency={**EMERGENCY, **_terms(self.emergency)},
        )


def _terms(promised: Promised) -> dict[Promise, standards.Term]:
    return {promise: _term(term) for promise, term in promised.items()}


def _term(term: Term) -> standards.Term:
    return standards.Term(duration=term.duration, basis=term.basis)


class ComplaintsSection(Section):
    """How complaints are followed up; see docs/complaints.md."""

    follow_up: Term = Term(duration=FOLLOW_UP.duration, basis=FOLLOW_UP.basis)
    visit_tries: int = Field(default=3, ge=1, le=10)
    remind_days: int = Field(default=REMIND_BEFORE.days, ge=1, le=30)
    verify_days: int = Field(default=VERIFY_WITHIN.days, ge=1, le=90)

    def settings(self) -> ComplaintSettings:
        """As `handoff` takes it."""
        return ComplaintSettings(
            visit_tries=self.visit_tries,
            remind_before=timedelta(days=self.remind_days),
            verify_within=timedelta(days=self.verify_days),
        )


class SurveysSection(Section):
    """Who is asked how it was."""

    every: Span = timedelta(days=30)
    nps_share: float = Field(default=0.1, ge=0, le=1)
    skip: list[TicketKind] = Field(default_factory=lambda: [TicketKind.COMPLAINT])


def _check_text(text: str) -> str:
    """Of what stands in braces only the name is filled in."""
    unknown = {part for part in re.findall(r"\{[^}]*\}?|\}", text) if part != "{name}"}
    if unknown:
        named = ", ".join(sorted(unknown))
        raise Mistake("braces", f"{named} is not filled in; only {{name}} is", given=named)
    return text


VisitText = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_check_text)]


class VisitSection(Section):
    """What a customer is told on an occasion."""

    zh: VisitText
    en: VisitText

    def plan(self, kind: DateKind, **when: list[int]) -> Plan:
        """As `handoff` takes it."""
        return Plan(kind=kind, texts={"zh": self.zh, "en": self.en}, **when)


class AfterPurchaseSection(VisitSection):
    """So many months after a purchase."""

    after_months: list[Annotated[int, Field(ge=1, le=120)]] = Field(min_length=1)


class RenewalSection(VisitSection):
    """So many days before a renewal."""

    before_days: list[Annotated[int, Field(ge=0, le=366)]] = Field(min_length=1)


class PlansSection(Section):
    """Planned care visits; what is left out is not made."""

    after_purchase: AfterPurchaseSection | None = None
    birthday: VisitSection | None = None
    renewal: RenewalSection | None = None


class CareSection(Section):
    """Care visits, to who has consented."""

    every: Span = timedelta(days=14)
    plans: PlansSection = PlansSection()

    def settings(self) -> CareSettings:
        """As `handoff` takes it."""
        found, plans = {}, self.plans
        if plans.after_purchase:
            months = plans.after_purchase.after_months
            found["after_purchase"] = plans.after_purchase.plan(DateKind.PURCHASE, after_months=months)
        if plans.birthday:
            found["birthday"] = plans.birthday.plan(DateKind.BIRTHDAY)
        if plans.renewal:
            found["renewal"] = plans.renewal.plan(DateKind.RENEWAL, before_days=plans.renewal.before_days)
        return CareSettings(plans=found, every=self.every)


SlackChannel = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,}$")]


class SlackSection(Section):
    """The desk in Slack: see docs/slack.md."""

    channels: dict[str, SlackChannel] = Field(default_factory=dict)
    language: ReplyLanguage = "zh"
    sending_delay: Annotated[float, Field(ge=0, le=60)] = 0

    def settings(self) -> SlackSettings:
        """As `handoff` takes it."""
        return SlackSettings(
            channels=self.channels,
            language=self.language,
            sending_delay=timedelta(seconds=self.sending_delay),
        )


CategoryId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]


class FilesSection(Section):
    """Files that agents send to customers. More than 50 MB Telegram does not take."""

    most_megabytes: int = Field(default=FileLimits().most_bytes // MEGABYTE, ge=1, le=50)
    kinds: list[FileKind] = Field(default_factory=lambda: list(FileLimits().kinds), min_length=1)

    def limits(self) -> FileLimits:
        """As `handoff` takes it."""
        return FileLimits(most_bytes=self.most_megabytes * MEGABYTE, kinds=frozenset(self.kinds))


class DeskSection(Section):
    """Queues, people, standards and the working calendar."""

    hours: Week
    holidays: Annotated[str, AfterValidator(_check_country)] | None = None
    exceptions: dict[date, Hours] = Field(default_factory=dict)
    banned_phrases: Path = SHIPPED_PHRASES
    queues: dict[str, QueueSection] = Field(min_length=1)
    routes: dict[Reason, str] = Field(default_factory=dict)
    default_queue: str
    agents: dict[Username, AgentSection] = Field(default_factory=dict)
    supervisors: list[Username] = Field(default_factory=list)
    managers: list[Username] = Field(default_factory=list)
    standards: StandardsSection = StandardsSection()
    complaints: ComplaintsSection = ComplaintsSection()
    away_after_minutes: int = Field(default=10, ge=1, le=240)
    surveys: SurveysSection = SurveysSection()
    care: CareSection = CareSection()
    slack: SlackSection = SlackSection()
    categories: dict[CategoryId, Titles] = Field(default_factory=dict)
    files: FilesSection = FilesSection()

    def unknown_queues(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Where a queue is used that is none, and its name."""
        used = [
            (("default_queue",), self.default_queue),
            *((("routes", reason.value), queue) for reason, queue in self.routes.items()),
            *((("slack", "channels", queue), queue) for queue in self.slack.channels),
        ]
        return ((place, queue) for place, queue in used if queue not in self.queues)

    def settings(self, *, zone: ZoneInfo, alert_ports: Collection[str], slack: bool) -> DeskSettings:
        """As values that `handoff` works with; with `slack` cards are kept in the channels that queues have there."""
        usual = WorkingCalendar(
            zone=zone,
            days=_parse_week(self.hours),
            holidays=PublicHolidays(self.holidays) if self.holidays else None,
            exceptions={day: _parse_windows(windows) for day, windows in self.exceptions.items()},
        )

        def own(week: Week | None) -> WorkingCalendar | None:
            return None if week is None else replace(usual, days=_parse_week(week))

        return DeskSettings(
            calendar=usual,
            queues={
                name: QueueSettings(
                    titles=queue.by_language(),
                    members=queue.members,
                    owner=queue.owner,
                    supervisor=queue.supervisor,
                    skills=queue.skills,
                    calendar=own(queue.hours),
                )
                for name, queue in self.queues.items()
            },
            routes=self.routes,
            default_queue=self.default_queue,
            agents={
                username: AgentSettings(
                    skills=agent.skills,
                    languages=agent.languages,
                    capacity=agent.capacity,
                    shifts=own(agent.shifts),
                )
                for username, agent in self.agents.items()
            },
            supervisors=self.supervisors,
            managers=self.managers,
            standards=self.standards.standards(self.complaints.follow_up),
            complaints=self.complaints.settings(),
            alert_ports=alert_ports,
            away_after=timedelta(minutes=self.away_after_minutes),
            surveys=SurveySettings(
                every=self.surveys.every, nps_share=self.surveys.nps_share, skip=self.surveys.skip
            ),
            care=self.care.settings(),
            slack=self.slack.settings() if slack else None,
            categories={name: category.by_language() for name, category in self.categories.items()},
            files=self.files.limits(),
        )

"""The forms of each part of the settings, made of what is in force. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.datastructures import FormData

from console.settings.fields import Field, Kind, Typed, assemble, read, type_in
from console.texts import PageTexts
from core.file_types import FileKind
from core.languages import REPLY_LANGUAGES
from handoff.adjusting.acts import Standing
from handoff.adjusting.layers import names_below
from handoff.kinds import Reason, TicketKind
from handoff.standards import EMERGENCY, Promise

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NEW = "new"


@dataclass(frozen=True, kw_only=True)
class Form:
    """What is saved together. `prefix` says that it is for a new one, whose name is typed: `prefix.name`."""

    key: str
    title: str
    fields: Sequence[Field]
    hint: str = ""
    prefix: str = ""
    is_optional: bool = False  # when nothing stands in it, there is none
    may_remove: bool = False
    is_open: bool = False

    @property
    def places(self) -> list[str]:
        """Each place once."""
        return list(dict.fromkeys(field.place for field in self.fields))

    def type_in(self, sent: FormData) -> dict[str, Typed]:
        """What was sent, by the fields' names."""
        return {field.name: type_in(field, sent) for field in self.fields}

    def wanted(self, typed: Mapping[str, Typed], name: str = "") -> dict[str, Any]:
        """The values that were typed, by place."""
        found = assemble(self.fields, [read(field.kind, typed[field.name]) for field in self.fields])
        if self.prefix:
            found = {f"{self.prefix}.{name}": next(iter(found.values()))}
        return {place: None if self.is_optional and not value else value for place, value in found.items()}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the settings: a page of its own. `named` are the places with names that may be removed in it."""

    name: str
    make: Callable[["Making"], Iterable[Form]]
    named: Sequence[str] = ()
    plain: Sequence[str] = ()  # what else is in it, by the beginnings of its places

    def has(self, place: str) -> bool:
        """Whether a place is in it."""
        return any(place == each or place.startswith(f"{each}.") for each in (*self.named, *self.plain))


@dataclass(frozen=True, kw_only=True)
class Making:
    """What forms are made of."""

    t: PageTexts
    standing: Standing
    accounts: Collection[str]
    today: date

    def names(self, place: str) -> list[str]:
        """The names that stand below a place."""
        return names_below(self.standing.laid.data, place)

    def queues(self) -> dict[str, str]:
        """The queues, as options."""
        titles = self.standing.laid.settings.titles
        return {name: titles[name].get(self.t.language, name) for name in titles}

    def titles(self, place: str) -> list[Field]:
        """A name in each language."""
        return [
            Field(place=place, part=(each,), label=self.t(f"settings_title_{each}"))
            for each in REPLY_LANGUAGES
        ]

    def week(self, place: str, part: Sequence[str], group: str) -> list[Field]:
        """A field for each weekday."""
        hint = self.t("settings_windows_hint")
        return [
            Field(
                place=place if part else f"{place}.{day}",
                part=(*part, day) if part else (),
                label=self.t(f"settings_day_{day}"),
                kind=Kind.NAMES,
                group=group,
                hint=hint,
            )
            for day in DAYS
        ]

    def field(self, place: str, kind: Kind = Kind.TEXT, **more: Any) -> Field:
        """A whole place, with the words that belong to it."""
        key = f"settings_field_{place.replace('.', '_')}"
        return Field(place=place, label=self.t(key), kind=kind, **more)

    def part(self, place: str, part: str, kind: Kind = Kind.TEXT, *, hint: str = "", **more: Any) -> Field:
        """A part of a place, with the words that belong to it."""
        told = self.t(hint) if hint else ""
        return Field(
            place=place, part=(part,), label=self.t(f"settings_part_{part}"), kind=kind, hint=told, **more
        )


def _queue_fields(making: Making, place: str) -> list[Field]:
    return [
        *making.titles(place),
        making.part(place, "members", Kind.NAMES, hint="settings_hint_members", names_people=True),
        making.part(place, "owner", hint="settings_hint_owner", names_people=True),
        making.part(place, "supervisor", hint="settings_hint_supervisor", names_people=True),
        making.part(place, "skills", Kind.NAMES, hint="settings_hint_queue_skills"),
        *making.week(place, ("hours",), making.t("settings_queue_hours")),
    ]


def _make_queues(making: Making) -> Iterable[Form]:
    t, queues = making.t, making.queues()
    by_reason = {"": t("settings_route_default"), **queues}
    routes = [
        Field(place=f"routes.{reason}", label=t(f"reason_{reason}"), kind=Kind.CHOICE, options=by_reason)
        for reason in Reason
    ]
    yield Form(
        key="routes",
        title=t("settings_routes"),
        hint=t("settings_routes_hint"),
        fields=[making.field("default_queue", Kind.CHOICE, options=queues), *routes],
    )
    for name, title in queues.items():
        place = f"queues.{name}"
        yield Form(key=place, title=title, fields=_queue_fields(making, place), may_remove=True)
    yield Form(
        key=NEW, title=t("settings_queue_new"), fields=_queue_fields(making, "queues."), prefix="queues"
    )


def _make_people(making: Making) -> Iterable[Form]:
    t = making.t
    yield Form(
        key="leaders",
        title=t("settings_leaders"),
        hint=t("settings_leaders_hint"),
        fields=[
            making.field("supervisors", Kind.NAMES, names_people=True),
            making.field("managers", Kind.NAMES, names_people=True),
            making.field("away_after_minutes", Kind.NUMBER),
        ],
    )
    languages = {each: t(f"settings_language_{each}") for each in REPLY_LANGUAGES}
    for username in sorted({*making.accounts, *making.names("agents")}):
        place = f"agents.{username}"
        yield Form(
            key=place,
            title=username,
            is_optional=True,
            fields=[
                making.part(place, "skills", Kind.NAMES, hint="settings_hint_skills"),
                making.part(
                    place, "languages", Kind.CHECKS, options=languages, hint="settings_hint_languages"
                ),
                making.part(place, "capacity", Kind.NUMBER, hint="settings_hint_capacity"),
                *making.week(place, ("shifts",), t("settings_shifts")),
            ],
        )


def _make_hours(making: Making) -> Iterable[Form]:
    t = making.t
    yield Form(
        key="hours",
        title=t("settings_hours"),
        hint=t("settings_hours_hint"),
        fields=[
            *making.week("hours", (), t("settings_week")),
            making.field("holidays", hint=t("settings_holidays_hint")),
        ],
    )
    days = sorted(making.names("exceptions"), key=lambda day: (day < making.today.isoformat(), day))
    for day in days:
        yield Form(
            key=f"exceptions.{day}",
            title=day,
            fields=[_exception(making, f"exceptions.{day}")],
            may_remove=True,
        )
    yield Form(
        key=NEW,
        title=t("settings_exception_new"),
        fields=[_exception(making, "exceptions.")],
        prefix="exceptions",
        is_open=True,
    )


def _exception(making: Making, place: str) -> Field:
    return Field(
        place=place, label=making.t("settings_open"), kind=Kind.NAMES, hint=making.t("settings_open_hint")
    )


def _make_standards(making: Making) -> Iterable[Form]:
    t = making.t

    def terms(tier: str, promises: Iterable[Promise]) -> list[Field]:
        return [
            Field(place=f"standards.{tier}.{promise}", label=t(f"promise_{promise}"), kind=Kind.TERM)
            for promise in promises
        ]

    everyday = [promise for promise in Promise if promise is not Promise.REPORT]
    yield Form(
        key="basic",
        title=t("settings_tier_basic"),
        fields=[*terms("basic", everyday), making.field("complaints.follow_up", Kind.TERM)],
    )
    yield Form(
        key="value_added",
        title=t("settings_tier_value_added"),
        hint=t("settings_tier_value_added_hint"),
        fields=[
            making.field("standards.customer_tiers", Kind.NAMES),
            *terms("value_added", everyday),
        ],
    )
    yield Form(
        key="emergency",
        title=t("settings_tier_emergency"),
        fields=terms("emergency", [promise for promise in Promise if promise in EMERGENCY]),
    )


def _make_care(making: Making) -> Iterable[Form]:
    t = making.t
    kinds = {kind.value: t(f"kind_is_{kind}") for kind in TicketKind}
    yield Form(
        key="surveys",
        title=t("settings_surveys"),
        fields=[
            making.field("surveys.every", Kind.SPAN),
            making.field("surveys.nps_share", Kind.NUMBER, hint=t("settings_share_hint")),
            making.field("surveys.skip", Kind.CHECKS, options=kinds),
        ],
    )
    numbers = ("visit_tries", "remind_days", "verify_days")
    yield Form(
        key="complaints",
        title=t("settings_complaints"),
        fields=[making.field(f"complaints.{each}", Kind.NUMBER) for each in numbers],
    )
    yield Form(key="care", title=t("settings_care"), fields=[making.field("care.every", Kind.SPAN)])
    for plan, when in (("after_purchase", "after_months"), ("birthday", ""), ("renewal", "before_days")):
        place = f"care.plans.{plan}"
        texts = [
            Field(
                place=place,
                part=(each,),
                label=t(f"settings_visit_{each}"),
                kind=Kind.AREA,
                hint=t("settings_visit_hint", name="{name}"),
            )
            for each in REPLY_LANGUAGES
        ]
        dates = [making.part(place, when, Kind.NUMBERS, hint="settings_hint_numbers")] if when else []
        yield Form(
            key=place,
            title=t(f"settings_plan_{plan}"),
            fields=[*dates, *texts],
            is_optional=True,
            may_remove=True,
        )
    files = {kind.value: t(f"file_kind_{kind}") for kind in FileKind}
    yield Form(
        key="files",
        title=t("settings_files"),
        fields=[
            making.field("files.most_megabytes", Kind.NUMBER),
            making.field("files.kinds", Kind.CHECKS, options=files),
        ],
    )


def _make_categories(making: Making) -> Iterable[Form]:
    titles = making.standing.laid.settings.categories
    for name in making.names("categories"):
        place = f"categories.{name}"
        title = titles[name].get(making.t.language, name)
        yield Form(key=place, title=title, fields=making.titles(place), may_remove=True)
    title = making.t("settings_category_new")
    fields = making.titles("categories.")
    yield Form(key=NEW, title=title, fields=fields, prefix="categories", is_open=not titles)


PARTS = {
    part.name: part
    for part in (
        Part(name="queues", make=_make_queues, named=("queues",), plain=("default_queue", "routes")),
        Part(
            name="people",
            make=_make_people,
            named=("agents",),
            plain=("supervisors", "managers", "away_after_minutes"),
        ),
        Part(name="hours", make=_make_hours, named=("exceptions",), plain=("hours", "holidays")),
        Part(name="standards", make=_make_standards, plain=("standards", "complaints.follow_up")),
        Part(
            name="care",
            make=_make_care,
            named=("care.plans",),
            plain=("surveys", "complaints", "care", "files"),
        ),
        Part(name="categories", make=_make_categories, named=("categories",)),
    )
}

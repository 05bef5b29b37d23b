"""A form of the settings as it is shown: its values, where they come from, what is wrong with what was typed. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from console.settings.fields import Field, Kind, Typed, read, write
from console.settings.forms import Form
from console.texts import PageTexts
from handoff.adjusting.acts import Standing
from handoff.adjusting.changes import SettingChange
from handoff.adjusting.layers import Misfit, find_value

OF_ALL = (
    "in_use",
    "no_id",
    "no_day",
    "place",
)  # mistakes of a whole place or its name, not of what stands there


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a value comes from. `says` is what config.yml says instead, where it was changed here, and `back` leads there."""

    text: str
    is_changed: bool = False
    back: str = ""
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class FieldView:
    """A field as it is shown."""

    field: Field
    typed: Typed
    source: Source | None  # of a field that is a place of its own
    shipped: str = ""
    told: Sequence[str] = ()
    strangers: Sequence[str] = ()  # user names that have no account
    theirs: str | None = None  # what somebody else has saved meanwhile


@dataclass(frozen=True, kw_only=True)
class FormView:
    """A form as it is shown. `told` is what is wrong elsewhere."""

    form: Form
    groups: Sequence[tuple[str, Sequence[FieldView]]]
    seen: int
    place: str  # of a form that is one place
    source: Source | None
    name: str = ""
    told: Sequence[str] = ()
    stranger: str = ""  # whom it is about has no account
    is_open: bool = False
    tickets: int = 0
    changed: int = 0


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What was sent, and could not be saved."""

    key: str
    name: str = ""
    typed: Mapping[str, Typed] = field(default_factory=dict)
    misfit: Misfit | None = None
    told: Sequence[str] = ()
    is_overtaken: bool = False

    def with_told(self, told: str) -> Self:
        """Refused, in these words."""
        return replace(self, told=(*self.told, told))

    def refused(self, misfit: Misfit) -> Self:
        """Refused for what does not fit."""
        return replace(self, misfit=misfit)

    def overtaken(self) -> Self:
        """Somebody else was faster."""
        return replace(self, is_overtaken=True)


@dataclass(frozen=True, kw_only=True)
class Viewing:
    """Shows forms to a reader. `when` words a moment."""

    t: PageTexts
    standing: Standing
    accounts: Collection[str]
    when: Callable[[datetime], str]
    tickets: Mapping[str, int] = field(default_factory=dict)  # open ones, by queue

    def form(self, form: Form, attempt: Attempt | None) -> FormView:
        """The form with what holds, or with what was tried."""
        tried = attempt if attempt is not None and attempt.key == form.key else None
        places = [] if form.prefix else form.places
        fields = [self._field(form, each, tried, alone=len(places) == 1) for each in form.fields]
        told = list(tried.told) if tried else []
        if tried and tried.misfit and not any(view.told for view in fields):
            told.append(self.tell_elsewhere(tried.misfit))
        changed = sum(self.standing.change(place) is not None for place in places)
        key = places[0] if len(places) == 1 else ""
        person = key.removeprefix("agents.") if key.startswith("agents.") else ""
        return FormView(
            form=form,
            groups=_grouped(fields),
            seen=self.standing.seen(places),
            place=key,
            source=self.source(key, form.fields[0]) if key else None,
            name=tried.name if tried else "",
            told=told,
            stranger="" if person in self.accounts else person,
            is_open=tried is not None or form.is_open,
            tickets=self.tickets.get(key.removeprefix("queues."), 0) if key.startswith("queues.") else 0,
            changed=changed,
        )

    def source(self, place: str, field: Field | None = None) -> Source:
        """Where what holds at a place comes from."""
        change = self.standing.change(place)
        if change is not None:
            back = self.t("settings_back" if self.standing.is_said(place) else "settings_undo")
            return Source(text=self.by(change), is_changed=True, says=self._says(place, field), back=back)
        if self.standing.is_said(place):
            return Source(text=self.t("settings_from_config"))
        shipped = find_value(self.standing.base.shipped, place)
        return Source(text=self.t("settings_unset" if shipped in (None, []) else "settings_from_shipped"))

    def by(self, change: SettingChange) -> str:
        """Who changed something, and when."""
        return self.t("settings_from_here", who=change.by, when=self.when(change.at))

    def tell(self, misfit: Misfit) -> str:
        """What is wrong, in the reader's words."""
        key = f"settings_bad_{misfit.code}"
        values = {"given": "", "limit": "", "problem": misfit.problem} | dict(misfit.values)
        return self.t(key if key in self.t else "settings_bad_other", **values)

    def tell_elsewhere(self, misfit: Misfit) -> str:
        """The same, with the place that it is about."""
        if misfit.code in OF_ALL:
            return self.tell(misfit)
        return self.t("settings_bad_elsewhere", place=misfit.place, problem=self.tell(misfit))

    def _says(self, place: str, field: Field | None) -> str:
        value = find_value(self.standing.base.said, place)
        if isinstance(value, Mapping):  # is told field by field
            return ""
        return self.word(value, field)

    def word(self, value: Any, field: Field | None = None) -> str:
        """A value as text, on one line, as the field has it."""
        if value is None or value == []:
            return self.t("settings_says_nothing")
        options = (field.options if field else None) or {}
        if isinstance(value, list):
            return ", ".join(options.get(str(each), str(each)) for each in value)
        typed = write(field.kind if field else Kind.TEXT, value)
        if field is not None and field.kind in (Kind.SPAN, Kind.TERM):
            count = f"{typed.text} {self.t(f'settings_unit_{typed.unit}')}"
            basis = self.t(f"settings_basis_{typed.basis}")
            return f"{count} · {basis}" if field.kind is Kind.TERM else count
        return options.get(str(value), str(value))

    def _field(self, form: Form, field: Field, tried: Attempt | None, *, alone: bool) -> FieldView:
        value = None if form.prefix else field.find(self.standing.value(field.place))
        stands = write(field.kind, value)
        typed = tried.typed[field.name] if tried else stands
        shipped = None if field.part or form.prefix else find_value(self.standing.base.shipped, field.place)
        return FieldView(
            field=field,
            typed=typed,
            source=self._source_of(form, field, value, alone=alone),
            shipped=self.word(shipped, field) if shipped not in (None, [], value) else "",
            told=[self.tell(tried.misfit)]
            if tried and tried.misfit and _is_about(tried, form, field)
            else [],
            strangers=self._strangers(field, typed),
            theirs=self.word(value, field) if tried and tried.is_overtaken and typed != stands else None,
        )

    def _source_of(self, form: Form, field: Field, value: Any, *, alone: bool) -> Source | None:
        """Of a form that is one place, what config.yml says of a field that differs; the form itself says the rest."""
        if form.prefix or (alone and not field.part):
            return None
        if not field.part:
            return self.source(field.place, field)
        said = field.find(self.standing.file.value(field.place))
        is_said = self.standing.change(field.place) and self.standing.file.value(field.place) is not None
        if not is_said or (said or None) == (value or None):
            return None
        return Source(text="", is_changed=True, says=self.word(said, field))

    def _strangers(self, field: Field, typed: Typed) -> list[str]:
        if not field.names_people:
            return []
        value = read(field.kind, typed)
        names = value if field.kind is Kind.NAMES else [value] if value else []
        return [name for name in names if name.strip().lower() not in self.accounts]


def _is_about(tried: Attempt, form: Form, field: Field) -> bool:
    """Whether what was refused stands in the field."""
    assert tried.misfit is not None
    place = f"{form.prefix}.{tried.name}" if form.prefix else field.place
    return tried.misfit.code not in OF_ALL and tried.misfit.is_of(".".join((place, *field.part)))


def _grouped(fields: Sequence[FieldView]) -> list[tuple[str, list[FieldView]]]:
    """Fields that follow each other and belong together; each other one alone."""
    groups: list[tuple[str, list[FieldView]]] = []
    for view in fields:
        group = view.field.group
        if group and groups and groups[-1][0] == group:
            groups[-1][1].append(view)
        else:
            groups.append((group, [view]))
    return groups

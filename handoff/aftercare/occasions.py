"""Occasions for a planned care visit (回访): months after a purchase, birthdays, days before a renewal. Pure."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from core.languages import ReplyLanguage

LATE = timedelta(days=14)  # so long after its day a visit that follows a purchase is still made


class DateKind(StrEnum):
    """What a date of a customer is."""

    PURCHASE = "purchase"  # of the last one
    BIRTHDAY = "birthday"
    RENEWAL = "renewal"  # the next one


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Which customers are visited when, and what they are told; `{name}` in a text is the customer's."""

    kind: DateKind
    texts: Mapping[ReplyLanguage, str]
    after_months: Sequence[int] = ()  # of a purchase
    before_days: Sequence[int] = ()  # of a renewal


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last one where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def find_occasion(plan: Plan, day: date, today: date) -> date | None:
    """The day of the occasion for which a visit may be made today, the latest of them."""
    match plan.kind:
        case DateKind.PURCHASE:
            due = [add_months(day, months) for months in plan.after_months]
            return max((each for each in due if each <= today <= each + LATE), default=None)
        case DateKind.BIRTHDAY:
            years = today.year - day.year
            return today if years > 0 and add_months(day, 12 * years) == today else None
        case DateKind.RENEWAL:
            due = [day - timedelta(days=days) for days in plan.before_days]
            return max((each for each in due if each <= today <= day), default=None)


def list_days(plan: Plan, today: date) -> list[date]:
    """The dates of purchases or renewals for which today may be an occasion: what is looked for in the database."""
    if plan.kind is DateKind.RENEWAL:
        return [today + timedelta(days=days) for days in range(max(plan.before_days, default=-1) + 1)]
    found = set()
    for months in plan.after_months:
        for ago in range(LATE.days + 1):
            due = today - timedelta(days=ago)
            first = add_months(due.replace(day=1), -months)
            last = calendar.monthrange(first.year, first.month)[1]
            found |= {
                each
                for each in (first.replace(day=number) for number in range(min(due.day, last), last + 1))
                if add_months(each, months) == due
            }
    return sorted(found)


def list_birthdays(today: date) -> list[tuple[int, int]]:
    """Whose birthday is today, by month and day: in other years that of 29 February is the 28th."""
    shown = [(today.month, today.day)]
    is_last_of_february = today.month == 2 and add_months(today.replace(day=1), 1) - today == timedelta(
        days=1
    )
    return [*shown, (2, 29)] if is_last_of_february and today.day == 28 else shown

"""Findings: what a look at something that is configured has found, as codes and facts, for whoever words them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Grade(StrEnum):
    """How it stands."""

    FINE = "fine"
    WARNING = "warning"  # it works, but not for long, or not as well as it could
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at; `code` names the sentence that tells it, and how to mend it."""

    code: str
    grade: Grade = Grade.BROKEN
    facts: Mapping[str, str] = field(default_factory=dict)

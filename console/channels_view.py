"""How each channel does, in words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from console.channel_texts import tell_finding
from console.texts import PageTexts
from core.connections import SILENT, Connection, ConnectionState
from core.findings import Finding, Grade
from core.traffic import BuriedMessage, Traffic

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Wire:
    """A connection of a channel. `ticks` is true where whoever has it gives a sign of life all the time."""

    name: str
    ticks: bool = False


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A channel that can be configured. `wants` is what to set, by name; `wires` are none where we serve it ourselves."""

    name: str
    is_on: bool
    wants: Sequence[str] = ()
    wires: Sequence[Wire] = ()
    way: str = ""  # by which it is connected, where there are several


class State(StrEnum):
    """How a channel does."""

    FINE = "fine"
    TROUBLE = "trouble"
    SILENT = "silent"  # nobody tells of it
    OFF = "off"


# The worst of its connections is how a channel does.
_WORST = (State.TROUBLE, State.SILENT, State.FINE)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A connection as it is shown."""

    name: str
    state: State
    label: str
    since: str
    error: str
    mend: str


@dataclass(frozen=True, kw_only=True)
class BuriedLine:
    """A message that was given up, with where its conversation is read."""

    at: str
    error: str
    path: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """A finding of a test in words."""

    grade: Grade
    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Tested:
    """What the test of a channel has found, the worst first."""

    grade: Grade
    verdict: str
    findings: Sequence[Told]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A channel as it is shown."""

    name: str
    title: str
    state: State
    label: str
    about: str
    way: str
    wants: Sequence[str]
    lines: Sequence[Line]
    facts: Sequence[tuple[str, str]]
    buried: Sequence[BuriedLine]
    tested: Tested | None


def state_of(wire: Wire, row: Connection | None, *, now: datetime) -> State:
    """How a connection does, by what was last told of it."""
    if row is None or (wire.ticks and now - row.seen_at > SILENT):
        return State.SILENT
    return State.FINE if row.state == ConnectionState.FINE else State.TROUBLE


def worst_of(states: Sequence[State]) -> State:
    """Of several connections; fine where there are none, since we serve it ourselves."""
    return min(states, key=_WORST.index, default=State.FINE)


class ChannelsView:
    """Words channels for one reader."""

    def __init__(self, t: PageTexts, connections: Mapping[str, Connection], *, now: datetime) -> None:
        self._t = t
        self._connections = connections
        self._now = now

    def row(
        self,
        setup: Setup,
        traffic: Traffic | None,
        buried: Sequence[BuriedMessage],
        tested: Sequence[Finding] | None,
    ) -> Row:
        """One channel; `traffic` is None where customers do not write by it."""
        t = self._t
        states = [state_of(each, self._connections.get(each.name), now=self._now) for each in setup.wires]
        state = worst_of(states) if setup.is_on else State.OFF
        return Row(
            name=setup.name,
            title=t(f"channel_title_{setup.name}"),
            state=state,
            label=t(f"channel_state_{state}"),
            about=t(f"channel_about_{setup.name}"),
            way=t(f"channel_way_{setup.way}") if setup.is_on and setup.way else "",
            wants=setup.wants,
            lines=self._lines(setup, states) if setup.is_on else [],
            facts=self._facts(setup, traffic) if traffic else [],
            buried=[self._buried(each) for each in buried],
            tested=None if tested is None else self.tested(tested),
        )

    def tested(self, findings: Sequence[Finding]) -> Tested:
        """What a test has found."""
        t = self._t
        order = [Grade.BROKEN, Grade.WARNING, Grade.FINE]
        found = sorted(findings, key=lambda each: order.index(each.grade))
        worst = found[0].grade if found else Grade.FINE
        told = [
            Told(grade=each.grade, label=t(f"grade_{each.grade}"), text=tell_finding(each, t))
            for each in found
        ]
        return Tested(grade=worst, verdict=t(f"channel_tested_{worst}"), findings=told)

    def ago(self, at: datetime | None) -> str:
        """How long ago, in its largest unit."""
        if at is None:
            return self._t("channel_not_lately")
        minutes = (self._now - at) // MINUTE
        if minutes < 1:
            return self._t("channel_just_now")
        for unit, length in (("days", 24 * 60), ("hours", 60), ("minutes", 1)):
            if minutes >= length:
                return self._t("channel_ago", span=self._t(unit, count=minutes // length))
        raise AssertionError("a minute is a minute")

    def _lines(self, setup: Setup, states: Sequence[State]) -> list[Line]:
        """What mends several is told of the first."""
        lines: list[Line] = []
        for wire, state in zip(setup.wires, states, strict=True):
            line = self._line(wire, state)
            is_told = any(each.mend == line.mend for each in lines)
            lines.append(replace(line, mend="") if is_told else line)
        return lines

    def _line(self, wire: Wire, state: State) -> Line:
        t, row = self._t, self._connections.get(wire.name)
        if row is None:
            since = t("channel_never_seen")
        elif state is State.SILENT:
            since = t("channel_silent_since", ago=self.ago(row.seen_at))
        else:
            is_new = self._now - row.since < MINUTE
            since = t("channel_since_now") if is_new else t("channel_since", ago=self.ago(row.since))
        error = ""
        if row is not None and row.error and row.error_at:
            error = t("channel_last_error", ago=self.ago(row.error_at), error=row.error)
        needs_mend = state is not State.FINE
        kind = "silent" if state is State.SILENT else wire.name
        return Line(
            name=t(f"channel_wire_{wire.name}"),
            state=state,
            label=t(f"channel_state_{state}"),
            since=since,
            error=error,
            mend=t(f"channel_mend_{kind}") if needs_mend else "",
        )

    def _facts(self, setup: Setup, traffic: Traffic) -> Sequence[tuple[str, str]]:
        t = self._t
        facts = [
            (t("channel_last_in"), self.ago(traffic.last_in)),
            (t("channel_last_out"), self.ago(traffic.last_out)),
        ]
        if setup.wires:  # who reads the record waits for nobody
            facts += [
                (t("channel_waiting"), str(traffic.waiting)),
                (t("channel_buried"), str(traffic.buried)),
            ]
        return facts

    def _buried(self, each: BuriedMessage) -> BuriedLine:
        return BuriedLine(
            at=self.ago(each.at),
            error=each.error or self._t("channel_no_reason"),
            path=_path(each.customer_id, each.conversation_id),
        )


def _path(customer_id: UUID, conversation_id: UUID) -> str:
    return f"/console/customers/{customer_id}/conversations/{conversation_id}"

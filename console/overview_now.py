"""How it stands now, in words. Pure."""

from dataclasses import dataclass

from console.asked import address
from handoff.life import HELD_STATES, TicketState
from handoff.presence import Presence
from handoff.reporting.today import Today
from handoff.wording.reader import Reader

TICKETS = "/console/tickets"  # each number of now opens into the list of all tickets


@dataclass(frozen=True, kw_only=True)
class NowTile:
    """One number of now."""

    id: str
    label: str
    text: str
    note: str
    href: str | None
    level: str = ""  # "soon" or "late", where somebody should look


@dataclass(frozen=True, kw_only=True)
class NowQueue:
    """Open tickets of a queue."""

    title: str
    href: str
    number: int
    note: str


class NowView:
    """Words it for a reader."""

    def __init__(self, reader: Reader, today: Today) -> None:
        self.tiles = _tiles(reader, today)
        self.queues = [
            NowQueue(
                title=reader.queue(name),
                href=address(TICKETS, [("state", "open"), ("queue", name), ("sort", "oldest")]),
                number=sum(states.values()),
                note=_states(reader, states),
            )
            for name, states in today.open.items()
        ]


def _tiles(reader: Reader, today: Today) -> list[NowTile]:
    t = reader.t
    waited = t("now_nobody")
    if today.waiting_since is not None:
        waited = t("now_oldest", time=reader.duration(reader.now - today.waiting_since))
    totals: dict[TicketState, int] = {}
    for states in today.open.values():
        for state, number in states.items():
            totals[state] = totals.get(state, 0) + number
    present = today.presence
    return [
        NowTile(
            id="waiting",
            label=t("now_waiting"),
            text=f"{today.waiting:,}",
            note=waited,
            href=address(TICKETS, [("state", "new"), ("sort", "oldest")]) if today.waiting else None,
        ),
        NowTile(
            id="at_risk",
            label=t("now_at_risk"),
            text=f"{today.at_risk:,}",
            note=t("now_late", count=today.late) if today.late else "",
            href=address(TICKETS, [("state", "open"), ("deadline", "at_risk"), ("sort", "due")])
            if today.at_risk
            else None,
            level="late" if today.late else "soon" if today.at_risk else "",
        ),
        NowTile(
            id="open",
            label=t("now_open"),
            text=f"{today.open_count:,}",
            note=_states(reader, totals) if today.open_count else "",
            href=address(TICKETS, [("state", "open"), ("sort", "oldest")]) if today.open_count else None,
        ),
        NowTile(
            id="on_duty",
            label=t("now_on_duty"),
            text=f"{present.get(Presence.ONLINE, 0):,}",
            note=t(
                "now_others",
                away=present.get(Presence.AWAY, 0),
                offline=present.get(Presence.OFFLINE, 0),
            ),
            href=None,
        ),
    ]


def _states(reader: Reader, states: dict[TicketState, int] | object) -> str:
    assert isinstance(states, dict)
    held = sum(number for state, number in states.items() if state in HELD_STATES)
    waiting = states.get(TicketState.WAITING, 0)
    return reader.t("now_of_them", new=states.get(TicketState.NEW, 0), held=held - waiting, waiting=waiting)

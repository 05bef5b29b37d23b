"""Complaints by how far they are: each tab of their page is a filter of tickets. Pure."""

from dataclasses import replace
from enum import StrEnum

from handoff.complaints.life import Stage
from handoff.finding.filters import TicketFilter
from handoff.kinds import TicketKind
from handoff.life import OPEN_STATES, TicketState


class Tab(StrEnum):
    """What of complaints is looked at."""

    RUNNING = "running"  # not closed
    PROPOSALS = "proposals"  # the customer has one, and has not answered
    VISITS = "visits"  # resolved, and to be asked whether all is well
    CLOSED = "closed"
    ACTIONS = "actions"  # the register of corrective actions


def read_tab(text: str) -> Tab:
    """The tab of an address: those that run where it names none."""
    return Tab(text) if text in set(Tab) else Tab.RUNNING


def fit(tab: Tab, wanted: TicketFilter) -> TicketFilter:
    """What a tab looks for."""
    found = replace(wanted, kinds=(TicketKind.COMPLAINT,))
    match tab:
        case Tab.PROPOSALS:
            return replace(found, states=OPEN_STATES, stages=(Stage.PROPOSED,))
        case Tab.VISITS:
            return replace(found, states=(TicketState.RESOLVED,), stages=(Stage.FED_BACK,))
        case Tab.CLOSED:
            return replace(found, states=(TicketState.CLOSED,))
        case _:
            some = tuple(each for each in wanted.states if each is not TicketState.CLOSED)
            return replace(found, states=some or (*OPEN_STATES, TicketState.RESOLVED))

"""What an agent may do with a ticket now: what a desk offers. The acts themselves look again, under the lock. Pure."""

from enum import StrEnum

from handoff.agents import Agent
from handoff.life import DONE_STATES, HELD_STATES, MOVES, EventKind, TicketState
from handoff.lists import TicketLine
from handoff.settings import DeskSettings
from handoff.tickets import Ticket


class Act(StrEnum):
    """What agents do, beside leaving notes, which anybody may at any time."""

    TAKE = "take"
    REPLY = "reply"
    WAIT = "wait"
    RESOLVE = "resolve"
    OFFER = "offer"  # to a colleague or a queue
    ANSWER_OFFER = "answer_offer"  # accept or decline it
    HAND_BACK = "hand_back"
    GIVE = "give"  # as a supervisor
    SORT = "sort"
    REPORT = "report"
    CONFIRM = "confirm"
    REOPEN = "reopen"


def permitted(ticket: Ticket, agent: Agent | None, settings: DeskSettings) -> frozenset[Act]:
    """The acts that are open to the agent; without one, those that are open to somebody."""
    state = TicketState(ticket.state)
    is_mine = state in HELD_STATES and (agent is None or ticket.assignee_id == agent.id)
    is_first_owner = agent is None or ticket.first_owner_id in (agent.id, None)
    conditions = {
        Act.TAKE: state is TicketState.NEW or (is_mine and ticket.taken_at is None),
        Act.REPLY: is_mine,
        Act.WAIT: is_mine and state in MOVES[EventKind.WAITS],
        Act.RESOLVE: is_mine,
        Act.OFFER: is_mine,
        Act.ANSWER_OFFER: is_offered_to(ticket, agent, settings) if agent else ticket.offered_at is not None,
        Act.HAND_BACK: is_mine,
        Act.GIVE: state not in DONE_STATES
        and (agent is None or settings.supervises(agent.username, ticket.queue)),
        Act.SORT: state in MOVES[EventKind.SORTED],
        Act.REPORT: ticket.incident is not None
        and ticket.reported_at is None
        and state in MOVES[EventKind.REPORTED],
        Act.CONFIRM: state is TicketState.RESOLVED and is_first_owner,
        Act.REOPEN: state in DONE_STATES,
    }
    return frozenset(act for act, holds in conditions.items() if holds)


def is_offered_to(ticket: Ticket | TicketLine, agent: Agent, settings: DeskSettings) -> bool:
    """Whether the agent may accept a transfer: it is theirs, or one to a queue that they work for."""
    if ticket.offered_at is None or ticket.assignee_id == agent.id:
        return False
    if ticket.offered_queue is not None:
        return settings.is_member(agent.username, ticket.offered_queue)
    return ticket.offered_to_id == agent.id

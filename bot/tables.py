"""Imports every module that maps a table, so that `Base.metadata` is whole."""

from core import conversations, cursors, customers, inbox, outbox, tokens
from handoff import agents, alerts, care, customer_dates, deadlines, surveys, tickets
from nlu.knowledge import drafts, versions

__all__ = [
    "agents",
    "alerts",
    "care",
    "conversations",
    "cursors",
    "customer_dates",
    "customers",
    "deadlines",
    "drafts",
    "inbox",
    "outbox",
    "surveys",
    "tickets",
    "tokens",
    "versions",
]

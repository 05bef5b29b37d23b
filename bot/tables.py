"""Imports every module that maps a table, so that `Base.metadata` is whole."""

from core import conversations, cursors, customers, inbox, outbox, tokens
from handoff import agents, alerts, deadlines, tickets
from nlu.knowledge import drafts, versions

__all__ = [
    "agents",
    "alerts",
    "conversations",
    "cursors",
    "customers",
    "deadlines",
    "drafts",
    "inbox",
    "outbox",
    "tickets",
    "tokens",
    "versions",
]

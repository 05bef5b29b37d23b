"""Imports every module that maps a table, so that `Base.metadata` is whole."""

from core import conversations, cursors, customers, inbox, outbox, tokens
from handoff import agents, tickets
from nlu.knowledge import drafts, versions

__all__ = [
    "agents",
    "conversations",
    "cursors",
    "customers",
    "drafts",
    "inbox",
    "outbox",
    "tickets",
    "tokens",
    "versions",
]

"""Imports every module that maps a table, so that `Base.metadata` is whole."""

from core import conversations, cursors, customers, inbox, outbox, tokens
from handoff import agents, alerts, complaint_records, corrective_actions, deadlines, tickets
from nlu.knowledge import drafts, versions

__all__ = [
    "agents",
    "alerts",
    "complaint_records",
    "conversations",
    "corrective_actions",
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

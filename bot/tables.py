"""Imports every module that maps a table, so that `Base.metadata` is whole."""

from core import conversations, cursors, customers, inbox, outbox, tokens
from handoff import (
    agents,
    alerts,
    care,
    complaint_records,
    corrective_actions,
    customer_dates,
    deadlines,
    surveys,
    tickets,
)
from nlu.knowledge import drafts, versions

__all__ = [
    "agents",
    "alerts",
    "care",
    "complaint_records",
    "conversations",
    "corrective_actions",
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

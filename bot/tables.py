"""Imports every module that maps a table, so that `Base.metadata` is whole."""

from core import audit, changes, connections, conversations, cursors, customers, files, inbox, outbox, tokens
from handoff import agents, alerts, deadlines, invitations, tags, tickets, votes
from handoff.adjusting import changes as setting_changes
from handoff.aftercare import care, customer_dates, surveys
from handoff.complaints import corrective_actions, records
from handoff.contacts import records as contact_records
from handoff.desk import events, people, threads
from handoff.finding import saved
from handoff.gaps import tables as gaps
from handoff.reporting import sendings
from handoff.reporting import tables as reporting
from nlu.knowledge import drafts, golden, versions

__all__ = [
    "agents",
    "alerts",
    "audit",
    "care",
    "changes",
    "connections",
    "contact_records",
    "conversations",
    "corrective_actions",
    "cursors",
    "customer_dates",
    "customers",
    "deadlines",
    "drafts",
    "events",
    "files",
    "gaps",
    "golden",
    "inbox",
    "invitations",
    "outbox",
    "people",
    "records",
    "reporting",
    "saved",
    "sendings",
    "setting_changes",
    "surveys",
    "tags",
    "threads",
    "tickets",
    "tokens",
    "versions",
    "votes",
]

"""Imports every module that maps a table, so that `Base.metadata` is whole."""

from core import conversations, cursors, customers, inbox, outbox, tokens
from handoff import agents, tickets

__all__ = ["agents", "conversations", "cursors", "customers", "inbox", "outbox", "tickets", "tokens"]

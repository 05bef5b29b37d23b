"""The composition root: reads as the diagram of the system. Only here concrete adapters are named.

    customers ─► channels ─► inbox ─► turns ─► record ─► feed ─► web chat, HTTP API, desk
                                        │         └────► outbox ─► senders ─► Telegram
                                        └─► tickets ─► desk ─► work ─► record
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog
import uvicorn
from fastapi import APIRouter

from bot.config import Config, Environment
from bot.schema import check_schema
from bot.turns import Brain, Turns
from bot.web import create_app
from channels import http_api
from channels.base import PushChannel
from channels.delivery import Sender
from channels.webchat import socket as webchat
from console import chat_page, desk, home, sign_in
from core.database import Database
from core.errors import ConfigError
from core.feed import Feed
from core.inbox import Inbox
from core.wakeups import INBOX, OUTBOX, LocalWakeups, Wakeups
from core.workers import work_forever
from handoff.deliveries import report_burial
from handoff.work import Work
from nlu.embedded import EmbeddedInterpreter
from nlu.knowledge import load_knowledge
from nlu.training import ensure_trained

if TYPE_CHECKING:
    from channels.telegram.connection import Telegram

log = structlog.get_logger(__name__)

PUSHED = frozenset({"telegram"})  # channels that must be called to deliver; the others' customers read the record


class Role(StrEnum):
    """What a process does; one process may do all."""

    WEB = "web"  # pages, web chat, HTTP API, webhooks
    WORKER = "worker"  # turns
    SENDER = "sender"  # calls the push channels, and polls those that are polled


ALL_ROLES = frozenset(Role)

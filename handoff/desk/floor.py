"""What every act from Slack needs: who acts, on which ticket, and how they are answered."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from channels.slack.client import Slack, SlackAway, SlackBusy, SlackRefusal
from core.database import UNAVAILABLE, Database
from core.errors import BadInput, NotAllowed, NotFound
from core.wakeups import Wakeups
from handoff.agents import Agent
from handoff.cases import Cases
from handoff.complaints.acts import Complaints
from handoff.complaints.register import Register
from handoff.contacts.acts import Contacts
from handoff.customers import CustomerActs
from handoff.desk.people import Barred, find_actor
from handoff.desk.whisper import Whisper
from handoff.lists import get_ticket_line
from handoff.suggesting import Suggesting
from handoff.transfers import Transfers
from handoff.views import TicketView, get_ticket_view
from handoff.wording.explaining import explain
from handoff.wording.reader import Reader
from handoff.wording.tickets import DeskView, Sheet
from handoff.work import Work

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where somebody did something in Slack, and who. `thread` is empty outside of threads."""

    user: str
    channel: str = ""
    thread: str = ""


@dataclass(frozen=True, kw_only=True)
class Floor:
    """Where agents act from Slack."""

    slack: Slack
    cases: Cases
    work: Work
    transfers: Transfers
    complaints: Complaints
    contacts: Contacts
    register: Register
    customer_acts: CustomerActs
    suggesting: Suggesting
    whisper: Whisper
    wakeups: Wakeups

    @property
    def database(self) -> Database:
        return self.cases.database

    async def agent(self, spot: Spot) -> Agent | None:
        """Who acts; None, and they are told why, when the user cannot."""
        actor = await self.actor(spot.user)
        if isinstance(actor, Barred):
            await self.whisper.say(spot, actor)
            return None
        return actor

    async def actor(self, user: str) -> Agent | Barred:
        """Who acts, or why the user cannot."""
        async with self.database.read() as session:
            return await find_actor(session, user)

    async def look(self, ticket_id: UUID, agent: Agent, reader: Reader) -> tuple[TicketView, Sheet]:
        """A ticket as the agent sees it. Raises `NotFound`."""
        async with self.database.read() as session:
            view = await get_ticket_view(session, ticket_id)
        return view, DeskView(reader, agent).sheet(view)

    async def explain(self, error: NotAllowed | BadInput, ticket_id: UUID) -> Callable[[Reader], str]:
        """Why something was not done, for whoever reads it."""
        async with self.database.read() as session:
            line = await get_ticket_line(session, ticket_id)
        return lambda reader: explain(error, reader, line)

    async def show(self, method: str, **values: Any) -> bool:
        """Open a form, or change an open one; False where Slack does not take it, as when somebody waited for too long."""
        try:
            await self.slack.call(method, **values)
        except (SlackAway, SlackBusy, SlackRefusal) as error:
            log.warning("slack.no_form", method=method, error=str(error))
            return False
        return True

    @contextlib.asynccontextmanager
    async def answering(self, spot: Spot, ticket_id: UUID) -> AsyncIterator[None]:
        """What the block refuses to do is explained to who wanted it, privately."""
        try:
            yield
        except (NotAllowed, BadInput) as error:
            await self.whisper.tell(spot, await self.explain(error, ticket_id))
        except NotFound:
            await self.whisper.say(spot, "slack_no_ticket")
        except UNAVAILABLE:
            await self.whisper.say(spot, "slack_away")
            raise

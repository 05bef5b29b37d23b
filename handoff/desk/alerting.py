"""Alerts in Slack: in the ticket's thread, with a mention of those whom they are for."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.slack.client import Slack
from core.database import Database
from handoff.agents import Agent
from handoff.alerts import Alert, AlertNotice
from handoff.attention import UnseenAlert
from handoff.desk.entries import called
from handoff.desk.people import list_people
from handoff.desk.threads import SlackThread
from handoff.tickets import Ticket
from handoff.wording.alerts import word_alerts
from handoff.wording.reader import Reader


class SlackPort:
    """Sends alerts to Slack. One whose ticket has no card yet fails, and is tried again."""

    name = "slack"

    def __init__(self, slack: Slack, database: Database, *, read: Callable[[], Reader]) -> None:
        self._slack = slack
        self._database = database
        self._read = read

    async def send(self, notice: AlertNotice) -> None:
        """Into the thread; the grave ones are shown in the channel too. Raises `SlackBusy`, `SlackAway`, `SlackRefusal`."""
        async with self._database.read() as session:
            thread, unseen = await self._look_up(session, notice)
            people = await list_people(session)
        (line,) = word_alerts([unseen], self._read())
        users = [user_id for user_id, agent in people.items() if agent.username in notice.recipients]
        post = called(sorted(users), line.text)
        await self._slack.post(
            thread.channel, post.text, post.blocks, thread_ts=thread.ts, reply_broadcast=line.grave
        )

    async def _look_up(self, session: AsyncSession, notice: AlertNotice) -> tuple[SlackThread, UnseenAlert]:
        alert = await session.get_one(Alert, notice.id)
        ticket = await session.get_one(Ticket, alert.ticket_id)
        assignee = await session.get(Agent, ticket.assignee_id) if ticket.assignee_id else None
        channel = self._read().settings.slack_channel_of(ticket.queue)
        thread = await session.scalar(
            select(SlackThread).where(SlackThread.ticket_id == ticket.id, SlackThread.channel == channel)
        )
        if thread is None or thread.ts is None:
            raise LookupError(f"{notice.ticket} has no card in Slack yet")
        return thread, UnseenAlert(alert=alert, ticket=ticket, assignee=assignee)

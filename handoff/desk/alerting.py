"""Alerts in Slack: each in its ticket's thread, a burst in the queue's channel, with a mention of those whom it is for.

What is about no ticket stands in the channel of the default queue.
"""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.slack.client import Slack
from core.conversations import Message
from core.database import Database
from core.messages import Author
from handoff.agents import Agent
from handoff.alert_sender import AlertNotice
from handoff.alerts import Alert, AlertKind
from handoff.attention import UnseenAlert
from handoff.desk.entries import called, summed_up
from handoff.desk.people import list_people
from handoff.desk.threads import SlackThread, link_to, read_cards
from handoff.tickets import Ticket
from handoff.wording.alerts import word_alerts
from handoff.wording.reader import Reader


class SlackPort:
    """Sends alerts to Slack. One whose ticket has no card yet fails, and is tried again.

    What the thread tells by itself is not told there twice: see `handoff.desk.following`.
    """

    name = "slack"
    gathers = True

    def __init__(self, slack: Slack, database: Database, *, read: Callable[[], Reader]) -> None:
        self._slack = slack
        self._database = database
        self._read = read

    async def send(self, notices: Sequence[AlertNotice]) -> None:
        """One into the thread, a grave one shown in the channel too. Raises `SlackBusy`, `SlackAway`, `SlackRefusal`."""
        async with self._database.read() as session:
            people = await list_people(session)
        wanted = {username for notice in notices for username in notice.recipients}
        users = sorted(user_id for user_id, agent in people.items() if agent.username in wanted)
        if len(notices) == 1:
            await self._tell(notices[0], users, people)
        else:
            await self._sum_up(notices, users)

    async def _tell(self, notice: AlertNotice, users: Sequence[str], people: Mapping[str, Agent]) -> None:
        async with self._database.read() as session:
            (unseen,) = await _look_up(session, [notice])
            if unseen.ticket is None:
                return await self._tell_house(unseen, users)
            if unseen.ticket.assignee_id in {
                agent.id for agent in people.values()
            } and await _is_agents_failure(session, notice):
                return
            thread = await self._find_thread(session, unseen.ticket)
        (line,) = word_alerts([unseen], self._read())
        post = called(users, line.text)
        await self._slack.post(
            thread.channel, post.text, post.blocks, thread_ts=thread.ts, reply_broadcast=line.grave
        )

    async def _tell_house(self, unseen: UnseenAlert, users: Sequence[str]) -> None:
        reader = self._read()
        channel = reader.settings.slack_channel_of(reader.settings.default_queue)
        if channel is None:
            raise LookupError("the default queue has no channel in Slack")
        (line,) = word_alerts([unseen], reader)
        post = called(users, line.text)
        await self._slack.post(channel, post.text, post.blocks)

    async def _sum_up(self, notices: Sequence[AlertNotice], users: Sequence[str]) -> None:
        """A burst: all are of one queue and of one kind."""
        reader, queue = self._read(), notices[0].queue
        channel = reader.settings.slack_channel_of(queue)
        if channel is None:
            raise LookupError(f"the queue {queue} has no channel in Slack")
        async with self._database.read() as session:
            unseen = await _look_up(session, notices)
            tickets = [each.ticket for each in unseen if each.ticket]
            cards = await read_cards(session, [each.id for each in tickets])
        workspace = (await self._slack.identity()).url
        links = {each.number: link_to(cards[each.id], workspace) for each in tickets if each.id in cards}
        worded = zip(unseen, word_alerts(unseen, reader), strict=True)
        alerts = [(each.ticket.number if each.ticket else "", line.text) for each, line in worded]
        head = reader.t(f"alerts_{notices[0].kind}", queue=reader.queue(queue), count=len(notices))
        post = summed_up(users, head, alerts, links, reader)
        await self._slack.post(channel, post.text, post.blocks)

    async def _find_thread(self, session: AsyncSession, ticket: Ticket) -> SlackThread:
        channel = self._read().settings.slack_channel_of(ticket.queue)
        thread = await session.scalar(
            select(SlackThread).where(SlackThread.ticket_id == ticket.id, SlackThread.channel == channel)
        )
        if thread is None or thread.ts is None:
            raise LookupError(f"{ticket.number} has no card in Slack yet")
        return thread


async def _is_agents_failure(session: AsyncSession, notice: AlertNotice) -> bool:
    """Whether what did not arrive was an agent's, of which the thread tells who has the ticket."""
    message_id = notice.data.get("message_id")
    if notice.kind is not AlertKind.DELIVERY or message_id is None:
        return False
    message = await session.get(Message, UUID(message_id))
    return message is not None and message.author == Author.AGENT


async def _look_up(session: AsyncSession, notices: Sequence[AlertNotice]) -> list[UnseenAlert]:
    query = (
        select(Alert, Ticket, Agent)
        .outerjoin(Ticket, Ticket.id == Alert.ticket_id)
        .outerjoin(Agent, Agent.id == Ticket.assignee_id)
        .where(Alert.id.in_([notice.id for notice in notices]))
        .order_by(Alert.id)
    )
    return [
        UnseenAlert(alert=alert, ticket=ticket, assignee=assignee)
        for alert, ticket, assignee in await session.execute(query)
    ]

"""The bot and an agent who takes over, at the same moments: after the take the customer hears nothing of the bot any more."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import OpenedAttachment
from channels.delivery import Sender
from core.messages import Attachment, OutgoingMessage
from core.outbox import DeliveryState, OutboxRow, Parcel
from handoff.life import TicketState
from handoff.tickets import Ticket
from tests.shop import Shop
from tests.telegram.support import eventually, running

ANSWER = "Where is my order: the answer"
RACES = 1_000
TOGETHER = 50  # customers who write in the same moments


class Phone:
    """A push channel that takes its time, and remembers what came in which order."""

    name = "pushy"
    parallel = 20

    def __init__(self, chance: random.Random) -> None:
        self.heard: dict[str, list[str]] = defaultdict(list)
        self._chance = chance

    def split(self, message: OutgoingMessage) -> Sequence[OutgoingMessage]:
        return [message]

    async def send(self, part: OutgoingMessage) -> str:
        await asyncio.sleep(self._chance.uniform(0, 0.004))
        self.heard[part.address.chat].append(part.text)
        return "sent"

    def open_attachment(self, attachment: Attachment) -> AbstractAsyncContextManager[OpenedAttachment]:
        raise NotImplementedError


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is raced is not the database
async def test_after_a_take_no_customer_hears_the_bot_again(shop: Shop) -> None:
    chance = random.Random(5)
    phone = Phone(chance)
    sender = Sender(phone, shop.database, shop.wakeups, on_buried=_never, clock=lambda: shop.now)
    lin = await shop.agent("小林")
    taken: set[str] = set()

    async def write(customer: str) -> None:
        for text in ("where is my order", "我要人工", "where is my order"):
            await asyncio.sleep(chance.uniform(0, 0.02))
            await shop.customer_sends(text, channel="pushy", customer=customer)

    async def turn() -> None:
        while True:
            if not await shop.turns.step():
                await asyncio.sleep(0.005)

    async def take() -> None:
        while True:
            async with shop.database.read() as session:
                new = list(await session.scalars(select(Ticket.id).where(Ticket.state == TicketState.NEW)))
            await asyncio.gather(*(shop.work.take(ticket_id, lin) for ticket_id in new))
            await asyncio.sleep(0.005)

    async def is_quiet() -> bool:
        async with shop.database.read() as session:
            waiting = select(func.count()).where(OutboxRow.state == DeliveryState.WAITING)
            tickets = select(func.count()).select_from(Ticket).where(Ticket.taken_at.is_not(None))
            return await session.scalar(waiting) == 0 and await session.scalar(tickets) == len(taken)

    async with running(turn(), take(), sender.run()):
        for start in range(0, RACES, TOGETHER):
            customers = [f"c{number}" for number in range(start, start + TOGETHER)]
            taken.update(customers)
            await asyncio.gather(*map(write, customers))
            await eventually(is_quiet)
    before = [text for heard in phone.heard.values() for text in heard[: _joined(heard)]]
    after = [text for heard in phone.heard.values() for text in heard[_joined(heard) + 1 :]]
    assert len(phone.heard) == RACES
    assert ANSWER in before and after == []


def _joined(heard: Sequence[str]) -> int:
    """Where the customer is told that somebody is there."""
    return next(number for number, text in enumerate(heard) if "小林" in text)


async def _never(session: AsyncSession, parcel: Parcel, error: str) -> None:
    raise AssertionError("nothing fails here")

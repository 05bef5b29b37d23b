"""The home tabs of agents: published when they are opened, and again when something changes that they show."""

import hashlib
from typing import Any

import orjson
import structlog
from sqlalchemy import select, update

from channels.slack.client import SlackAway, SlackBusy, SlackRefusal
from core.locks import exclusive
from core.wakeups import DESK, Wakeups
from core.workers import work_forever
from handoff.desk.floor import Floor
from handoff.desk.home import home, home_of_barred, home_of_customer
from handoff.desk.people import Barred, SlackPerson, find_actor
from handoff.desk.reading import read_my_desk
from handoff.marks import QueueMark, read_queue_mark

log = structlog.get_logger(__name__)


async def show_home(floor: Floor, user: str, *, is_for_customers: bool = False) -> None:
    """Bring the user's home tab to what it is to show. Raises like `Slack.call`.

    With `is_for_customers` whoever is no agent may be a customer, and is told how to write to us.
    """
    reader = await floor.whisper.reader(user)
    workspace = (await floor.slack.identity()).url
    async with floor.database.read() as session:
        actor = await find_actor(session, user)
        if isinstance(actor, Barred):
            is_customer = is_for_customers and actor is Barred.STRANGER
            view = home_of_customer(reader) if is_customer else home_of_barred(actor, reader)
        else:
            view = home(await read_my_desk(session, actor, reader, workspace=workspace), reader)
        known = await session.scalar(select(SlackPerson.home).where(SlackPerson.user_id == user))
    if (digest := _digest(view)) == known:
        return
    await floor.slack.call("views.publish", user_id=user, view=view)
    async with floor.database.write() as session:
        await session.execute(update(SlackPerson).where(SlackPerson.user_id == user).values(home=digest))


async def renew_home(floor: Floor, user: str) -> None:
    """The same after something was done, which stands whether Slack takes the tab or not: the next change brings it."""
    try:
        await show_home(floor, user)
    except (SlackAway, SlackBusy, SlackRefusal) as error:
        log.warning("slack.no_home", user=user, error=str(error))


class Homes:
    """Keeps the tabs that were opened once."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._seen: QueueMark | None = None

    async def run(self, wakeups: Wakeups) -> None:
        """For ever; of several processes one does it."""
        async with exclusive(self._floor.database, "slack_homes"):
            await work_forever("slack.homes", self.step, wakeups=wakeups, topic=DESK)

    async def step(self) -> bool:
        """Look at all of them when any ticket has changed. One that Slack does not take is left for the next change."""
        async with self._floor.database.read() as session:
            mark = await read_queue_mark(session)
            opened = select(SlackPerson.user_id).where(SlackPerson.home.is_not(None))
            users = list(await session.scalars(opened))
        if mark == self._seen:
            return False
        self._seen = mark
        for user in users:
            await renew_home(self._floor, user)
        return False


def _digest(view: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(view)).hexdigest()

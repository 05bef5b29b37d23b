"""Who writes to us, as Slack knows them. Nobody is kept waiting for it: what Slack does not tell now is left open."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from channels.slack.client import Slack, SlackAway, SlackBusy, SlackRefusal
from channels.slack.mapping import Person, read_person
from core.clock import Clock

log = structlog.get_logger(__name__)

KNOWN_FOR = timedelta(hours=1)  # then a name may have changed
UNKNOWN_FOR = timedelta(minutes=1)
REMEMBERED = 10_000  # people


@dataclass(frozen=True, kw_only=True)
class _Known:
    person: Person
    until: datetime


class People:
    """Asks Slack for its users, and remembers them for a while."""

    def __init__(self, slack: Slack, *, clock: Clock) -> None:
        self._slack = slack
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def find(self, user: str) -> Person:
        """What Slack tells of a user; nothing, while it does not."""
        now = self._clock()
        known = self._known.get(user)
        if known is not None and known.until > now:
            return known.person
        try:
            answer = await self._slack.call("users.info", user=user, include_locale="true")
            found = _Known(person=read_person(answer["user"]), until=now + KNOWN_FOR)
        except (SlackAway, SlackBusy, SlackRefusal) as error:
            log.warning("slack.person_unknown", user=user, error=str(error))
            found = _Known(person=known.person if known else Person(), until=now + UNKNOWN_FOR)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[user] = found
        return found.person

    async def find_me(self) -> str:
        """The bot's own user id; empty while Slack does not tell it."""
        try:
            return (await self._slack.identity()).user_id
        except (SlackAway, SlackBusy, SlackRefusal) as error:
            log.warning("slack.self_unknown", error=str(error))
            return ""

"""Whispers: what only one person in Slack sees, in their language; in the app's messages where there is no place for it."""

from collections.abc import Callable
from typing import Any, Protocol

import structlog

from channels.slack.client import Slack, SlackAway, SlackBusy, SlackRefusal
from core.languages import ReplyLanguage, to_reply_language
from handoff.desk.blocks import Post
from handoff.desk.entries import held, refused
from handoff.wording.reader import Reader
from handoff.work import Held

log = structlog.get_logger(__name__)

ReadIn = Callable[[ReplyLanguage], Reader]


class Place(Protocol):
    """Where somebody wrote, and who. On the home tab and in forms there is no channel."""

    @property
    def channel(self) -> str: ...
    @property
    def thread(self) -> str: ...
    @property
    def user(self) -> str: ...


class Whisper:
    """Tells people privately what became of what they did. A whisper that Slack does not take is only logged."""

    def __init__(self, slack: Slack, *, read_in: ReadIn, language: ReplyLanguage) -> None:
        self._slack = slack
        self._read_in = read_in
        self._language = language
        self._languages: dict[str, ReplyLanguage] = {}  # by user

    async def reader(self, user: str) -> Reader:
        """In the language that the user has chosen in Slack."""
        if user not in self._languages:
            try:
                answer = await self._slack.call("users.info", user=user, include_locale="true")
                chosen = to_reply_language(answer["user"].get("locale"))
            except (SlackAway, SlackBusy, SlackRefusal, KeyError):
                chosen = None
            else:
                self._languages[user] = chosen or self._language
            return self._read_in(chosen or self._language)
        return self._read_in(self._languages[user])

    async def say(self, place: Place, key: str, **values: object) -> None:
        """A text of ours."""
        await self.tell(place, lambda reader: reader.t(key, **values))

    async def tell(self, place: Place, word: Callable[[Reader], str]) -> None:
        """A sentence."""
        await self._send(place, refused(word(await self.reader(place.user))))

    async def hold(self, place: Place, error: Held, *, held_id: str) -> None:
        """Why a reply was not sent yet, and how it may be."""
        reader = await self.reader(place.user)
        await self._send(place, held(error, reader, held_id=held_id))

    async def _send(self, place: Place, post: Post) -> None:
        values: dict[str, Any] = {"thread_ts": place.thread} if place.thread else {}
        try:
            if not place.channel:
                await self._slack.post(place.user, post.text, post.blocks)
                return
            await self._slack.call(
                "chat.postEphemeral",
                channel=place.channel,
                user=place.user,
                text=post.text,
                blocks=post.blocks,
                **values,
            )
        except (SlackAway, SlackBusy, SlackRefusal) as error:
            log.warning("slack.not_whispered", channel=place.channel, error=str(error))

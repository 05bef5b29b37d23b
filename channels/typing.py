"""Agents' typing signs, for customers of channels that must be called to show them."""

import asyncio
from collections.abc import Mapping

import structlog

from channels.base import ChannelError, PushChannel, ShowsTyping
from core.messages import Address
from core.typing_signs import Side, TypingSigns

log = structlog.get_logger(__name__)

POLL = 60.0  # seconds of one wait: nothing is found by looking
MOST_SECONDS = 3.0  # of one call; later it would say nothing true any more


class TypingSender:
    """Hands signs on to the channels that can show them. What cannot be shown is dropped: the next one says the same."""

    def __init__(self, channels: Mapping[str, PushChannel], signs: TypingSigns) -> None:
        self._showing = {name: each for name, each in channels.items() if isinstance(each, ShowsTyping)}
        self._signs = signs

    async def run(self) -> None:
        """Hand them on until cancelled."""
        with self._signs.watch(Side.AGENT) as watch:
            while True:
                places = [sign.address for sign in await watch.next(POLL) if sign.address]
                # Together: a slow channel holds up nothing but itself.
                await asyncio.gather(*(self._show(place) for place in places))

    async def _show(self, place: Address) -> None:
        channel = self._showing.get(place.channel)
        if channel is None:
            return
        try:
            async with asyncio.timeout(MOST_SECONDS):
                await channel.show_typing(place)
        except (ChannelError, TimeoutError) as error:
            log.debug("typing.not_shown", channel=place.channel, error=type(error).__name__)
        except Exception:  # a sign is not worth the sender
            log.exception("typing.failed", channel=place.channel)

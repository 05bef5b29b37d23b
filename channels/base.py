"""What a channel is to the rest: the ports, and the errors by which sending fails.

ChannelError
├── RetryLater       the vendor's limits have us wait `seconds`; not a failed attempt
├── TemporaryFailure the attempt failed and may work later
└── Undeliverable    it will never work (blocked, gone): bury at once
    └── CannotAmend  the customer keeps what was sent: the channel cannot change it, or not any more
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from core.errors import ShouwenError
from core.messages import Address, Attachment, OutgoingMessage


class ChannelError(ShouwenError):
    """Base of what sending can raise."""


class RetryLater(ChannelError):
    """The vendor's rate limit: wait, then send the same again."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the channel asks to wait {seconds:g} s")
        self.seconds = seconds


class TemporaryFailure(ChannelError):
    """Network trouble or a vendor's fault."""


class Undeliverable(ChannelError):
    """The customer cannot be reached this way any more."""


class CannotAmend(Undeliverable):
    """What was sent stays as it is."""


@dataclass(frozen=True, kw_only=True)
class OpenedAttachment:
    """A customer's file, fetched from its channel."""

    name: str
    mime: str
    content: AsyncIterator[bytes]


@dataclass(frozen=True, kw_only=True)
class OutgoingFile(Attachment):
    """A file that we keep, as a channel is given it to send. `link` is its public address, where we have one."""

    content: bytes = field(repr=False)
    link: str | None = None


class PushChannel(Protocol):
    """A channel that must be called to deliver: it has outbox rows and a sender."""

    @property
    def name(self) -> str: ...

    @property
    def parallel(self) -> int:
        """How many conversations may be sent to at once."""
        ...

    def split(self, message: OutgoingMessage) -> Sequence[OutgoingMessage]:
        """The message as one or more parts that the vendor takes; the same parts whenever it is asked.

        Of files that we keep each is a part of its own, without text.
        """
        ...

    async def send(self, part: OutgoingMessage) -> str:
        """Send one part that `split` made; returns the vendor's id. Raises `ChannelError`.

        A file that we keep comes as an `OutgoingFile`.
        """
        ...

    def open_attachment(self, attachment: Attachment) -> AbstractAsyncContextManager[OpenedAttachment]:
        """Fetch a customer's file so that an agent can see it. Raises `ChannelError`."""
        ...


@runtime_checkable
class Amending(Protocol):
    """What a push channel has besides, where it can change and take back what was sent.

    Both may be asked again for what is done already. They raise `ChannelError`: `CannotAmend` where it is too late.
    """

    async def amend(self, vendor_ids: Sequence[str], message: OutgoingMessage) -> None:
        """Put the message, with the files it had, in the place of the parts that were sent."""
        ...

    async def withdraw(self, vendor_ids: Sequence[str], address: Address) -> None:
        """Delete the parts that were sent."""
        ...


@runtime_checkable
class ShowsTyping(Protocol):
    """What a push channel has besides, where its customers can see that somebody is writing to them."""

    async def show_typing(self, address: Address) -> None:
        """Show it for some seconds, unless the vendor's limits speak against it now. Raises `ChannelError`."""
        ...


def check_room(vendor_ids: Sequence[str], parts: Sequence[OutgoingMessage]) -> None:
    """Raises `CannotAmend` unless each part has one that was sent, whose place it can take."""
    if len(parts) > len(vendor_ids):
        raise CannotAmend("the new text is too long for the place of the old one")

"""Conversations: one customer on one channel, and the record of what was said.

`seq` numbers the messages of a conversation without gaps. It is given under the conversation's row
lock, so who has read up to N has missed nothing before N.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, table_of
from core.errors import NotFound
from core.ids import new_id
from core.messages import Address, Author, Button, Kind


class Owner(StrEnum):
    """Who answers the customer now."""

    BOT = "bot"
    HUMAN = "human"  # a ticket is open; the bot keeps quiet


class Conversation(Base):
    """One customer on one channel. `state` is the dialogue's memory; `epoch` rises when the owner changes."""

    __tablename__ = "conversations"
    __table_args__ = (UniqueConstraint("channel", "chat"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    channel: Mapped[str]
    chat: Mapped[str]
    language: Mapped[str | None]  # the last language the customer was understood in
    owner: Mapped[str] = mapped_column(default=Owner.BOT)
    epoch: Mapped[int] = mapped_column(default=0)
    last_seq: Mapped[int] = mapped_column(default=0)
    state: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    read_seq: Mapped[int] = mapped_column(
        default=0
    )  # the last of agents' messages that the customer has read
    read_at: Mapped[datetime | None]  # when they read it; None also where the channel does not tell


class Message(Base):
    """An immutable entry of a conversation."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("conversation_id", "seq"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int]
    at: Mapped[datetime]
    author: Mapped[str]
    author_name: Mapped[str | None]  # of an agent, as the customer sees it
    kind: Mapped[str]
    text: Mapped[str]
    buttons: Mapped[list[Any]] = mapped_column(default=list)
    attachments: Mapped[list[Any]] = mapped_column(default=list)
    reply_to: Mapped[UUID | None]  # the customer's message that this one answers, or ours that it changes
    entry: Mapped[str | None]  # of a bot's answer: the entry it was taken from
    facts: Mapped[dict[str, Any]] = mapped_column(
        default=dict
    )  # e.g. how a customer's message was understood


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message before it has a place in its conversation."""

    author: Author
    text: str
    at: datetime
    kind: Kind = Kind.TEXT
    id: UUID = field(default_factory=new_id)
    author_name: str | None = None
    buttons: tuple[Button, ...] = ()
    attachments: list[dict[str, Any]] = field(default_factory=list)
    reply_to: UUID | None = None
    entry: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


async def find_conversation_id(session: AsyncSession, address: Address) -> UUID | None:
    """The conversation at that address; None until a first message has come from there."""
    query = select(Conversation.id).where(
        Conversation.channel == address.channel, Conversation.chat == address.chat
    )
    return await session.scalar(query)


async def lock_conversation(session: AsyncSession, conversation_id: UUID) -> Conversation:
    """The conversation, locked until the transaction ends. Raises `NotFound`.

    `FOR NO KEY UPDATE`: intake may go on inserting rows that refer to it.
    """
    query = select(Conversation).where(Conversation.id == conversation_id).with_for_update(key_share=True)
    conversation = await session.scalar(query.execution_options(populate_existing=True))
    if conversation is None:
        raise NotFound("conversation", conversation_id)
    return conversation


def number_messages(conversation: Conversation, drafts: Iterable[Draft]) -> list[dict[str, Any]]:
    """Give drafts their place in a locked conversation; returns the rows for `write_messages`."""
    rows = []
    for draft in drafts:
        conversation.last_seq += 1
        rows.append(
            {
                "id": draft.id,
                "conversation_id": conversation.id,
                "seq": conversation.last_seq,
                "at": draft.at,
                "author": draft.author,
                "author_name": draft.author_name,
                "kind": draft.kind,
                "text": draft.text,
                "buttons": [button.to_json() for button in draft.buttons],
                "attachments": draft.attachments,
                "reply_to": draft.reply_to,
                "entry": draft.entry,
                "facts": draft.facts,
            }
        )
    return rows


_INSERT_MESSAGES = insert(table_of(Message))


async def write_messages(session: AsyncSession, rows: list[dict[str, Any]]) -> None:
    """Insert numbered rows, of any number of conversations, in one statement."""
    if rows:
        await session.execute(_INSERT_MESSAGES, rows)

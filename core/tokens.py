"""API tokens: a name for an app of the shop's own, and the hash of its secret."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.audit import note_act
from core.database import Base
from core.errors import BadInput, NotFound

PREFIX = "sw_"  # so that secret scanners and people recognise one
LONGEST_NAME = 60
USE_EVERY = timedelta(minutes=1)  # how exactly it is known when a token was last used


class NameTaken(BadInput):
    """There is a token of this name."""

    def __init__(self, name: str) -> None:
        super().__init__("name", f"{name} exists already; choose another")


class ApiToken(Base):
    """Who may use the HTTP API. The secret itself is shown once and never stored."""

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    made_by: Mapped[str | None]  # a user name; None where it was made before that was noted
    last_used_at: Mapped[datetime | None]  # to the minute


async def add_token(session: AsyncSession, name: str, *, by: str, now: datetime) -> str:
    """Make a token and return its secret. Raises `BadInput` when the name is unfit, `NameTaken` when it is taken."""
    name = name.strip()
    if not name or not name.replace("-", "").replace("_", "").isalnum() or len(name) > LONGEST_NAME:
        raise BadInput("name", f"use up to {LONGEST_NAME} letters, digits, - and _, for example: web-shop")
    if await session.get(ApiToken, name):
        raise NameTaken(name)
    secret = PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(name=name, secret_hash=hash_secret(secret), created_at=now, made_by=by))
    await session.flush()
    await note_act(session, who=by, what="token.add", object=name, now=now)
    return secret


async def revoke_token(session: AsyncSession, name: str, *, by: str, now: datetime) -> None:
    """Take it away: from the next request on its app is refused, everywhere. Raises `NotFound`.

    The app's customers and conversations stay; a new token of this name has them again.
    """
    token = await session.get(ApiToken, name, with_for_update=True)
    if token is None:
        raise NotFound("token", name)
    await session.delete(token)
    await note_act(session, who=by, what="token.revoke", object=name, now=now)


async def list_tokens(session: AsyncSession) -> Sequence[ApiToken]:
    """All, by name."""
    return (await session.scalars(select(ApiToken).order_by(ApiToken.name))).all()


async def find_token(session: AsyncSession, secret: str) -> ApiToken | None:
    """Whose secret this is, or None."""
    query = select(ApiToken).where(ApiToken.secret_hash == hash_secret(secret))
    return (await session.scalars(query)).one_or_none()


def is_use_news(token: ApiToken, now: datetime) -> bool:
    """Whether a use now is to be noted. Pure."""
    return token.last_used_at is None or now - token.last_used_at >= USE_EVERY


async def note_use(session: AsyncSession, name: str, *, now: datetime) -> None:
    """It was used just now; of many who note the same minute one writes."""
    is_news = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - USE_EVERY)
    await session.execute(update(ApiToken).where(ApiToken.name == name, is_news).values(last_used_at=now))


def hash_secret(secret: str) -> str:
    """SHA-256: enough for a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""API tokens: a name for an app of the shop's own, and the hash of its secret."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from core.errors import BadInput

PREFIX = "sw_"  # so that secret scanners and people recognise one


class ApiToken(Base):
    """Who may use the HTTP API. The secret itself is shown once and never stored."""

    __tablename__ = "api_tokens"

    name: Mapped[str] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


async def add_token(session: AsyncSession, name: str, *, now: datetime) -> str:
    """Make a token and return its secret. Raises `BadInput` when the name is unfit or taken."""
    name = name.strip()
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise BadInput("name", "use letters, digits, - and _, for example: web-shop")
    if await session.get(ApiToken, name):
        raise BadInput("name", f"{name} exists already; choose another")
    secret = PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(name=name, secret_hash=hash_secret(secret), created_at=now))
    return secret


async def find_token_name(session: AsyncSession, secret: str) -> str | None:
    """Whose secret this is, or None."""
    return await session.scalar(select(ApiToken.name).where(ApiToken.secret_hash == hash_secret(secret)))


def hash_secret(secret: str) -> str:
    """SHA-256: enough for a secret of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""Who calls the HTTP API: the app whose token a request carries."""

import asyncio

import structlog

from channels.http_api.models import Unauthorised
from core.clock import Clock, utc_now
from core.database import UNAVAILABLE, Database
from core.tokens import ApiToken, find_token, is_use_news, note_use

log = structlog.get_logger(__name__)

SECURITY_SCHEME = "token"


class Tokens:
    """Looks each one up: what was revoked is refused from then on, whichever process is asked.

    Requests that come while a token is being looked up share the next look, which begins after all of them came: under
    load it costs next to nothing, and misses nothing.
    """

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._waiting: dict[str, asyncio.Task[ApiToken | None]] = {}  # looks that have not begun, by secret
        self._looking: dict[str, asyncio.Task[ApiToken | None]] = {}

    async def check_app(self, authorization: str | None) -> str:
        """The app's name, by the header. Raises `Unauthorised`."""
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthorised(
                "send the header 'Authorization: Bearer TOKEN'; make a token with: shouwen token add NAME"
            )
        token = await self._find(secret.strip())
        if token is None:
            raise Unauthorised("this token is not known; make one with: shouwen token add NAME")
        if is_use_news(token, self._clock()):
            await self._note_use(token.name)
        return token.name

    async def _find(self, secret: str) -> ApiToken | None:
        look = self._waiting.get(secret)
        if look is None:
            look = asyncio.create_task(self._look(secret, after=self._looking.get(secret)))
            self._waiting[secret] = look
        return await asyncio.shield(look)  # who goes away does not end it for the others

    async def _look(self, secret: str, *, after: asyncio.Task[ApiToken | None] | None) -> ApiToken | None:
        if after is not None:
            await asyncio.wait((after,))
        self._looking[secret] = self._waiting.pop(secret)
        try:
            async with self._database.read() as session:
                return await find_token(session, secret)
        finally:
            del self._looking[secret]

    async def _note_use(self, name: str) -> None:
        """No request fails for it."""
        try:
            async with self._database.write() as session:
                await note_use(session, name, now=self._clock())
        except UNAVAILABLE as error:
            log.warning("tokens.use_not_noted", token=name, error=type(error).__name__)

"""Who calls the HTTP API: the app whose token a request carries."""

import structlog

from channels.http_api.models import Unauthorised
from core.clock import Clock, utc_now
from core.database import UNAVAILABLE, Database
from core.tokens import find_token, is_use_news, note_use

log = structlog.get_logger(__name__)

SECURITY_SCHEME = "token"


class Tokens:
    """Looks each one up: what was revoked is refused from then on, whichever process is asked."""

    def __init__(self, database: Database, *, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def check_app(self, authorization: str | None) -> str:
        """The app's name, by the header. Raises `Unauthorised`."""
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthorised(
                "send the header 'Authorization: Bearer TOKEN'; make a token with: shouwen token add NAME"
            )
        async with self._database.read() as session:
            token = await find_token(session, secret.strip())
        if token is None:
            raise Unauthorised("this token is not known; make one with: shouwen token add NAME")
        if is_use_news(token, self._clock()):
            await self._note_use(token.name)
        return token.name

    async def _note_use(self, name: str) -> None:
        """No request fails for it."""
        try:
            async with self._database.write() as session:
                await note_use(session, name, now=self._clock())
        except UNAVAILABLE as error:
            log.warning("tokens.use_not_noted", token=name, error=type(error).__name__)

"""Who calls the HTTP API: the app whose token a request carries."""

import time

from channels.http_api.models import Unauthorised
from core.database import Database
from core.tokens import find_token_name

TOKEN_SECONDS = 30.0  # how long a token found valid is not looked up again
SECURITY_SCHEME = "token"


class Tokens:
    """Tokens found valid are remembered for a while."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found: dict[str, tuple[str, float]] = {}  # secret -> app, valid until

    async def check_app(self, authorization: str | None) -> str:
        """The app's name, by the header. Raises `Unauthorised`."""
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            raise Unauthorised(
                "send the header 'Authorization: Bearer TOKEN'; make a token with: shouwen token add NAME"
            )
        secret = secret.strip()
        now = time.monotonic()
        app, until = self._found.get(secret, ("", 0.0))
        if until > now:
            return app
        async with self._database.read() as session:
            found = await find_token_name(session, secret)
        if found is None:
            raise Unauthorised("this token is not known; make one with: shouwen token add NAME")
        self._found[secret] = (found, now + TOKEN_SECONDS)
        return found

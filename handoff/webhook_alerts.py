"""Alerts as HTTP posts to an address of the shop's own: a pager, a chat, an incident tool."""

from collections.abc import Sequence

import httpx
import orjson

from core.errors import ShouwenError
from handoff.alert_sender import AlertNotice

SECONDS = 10.0


class WebhookRefused(ShouwenError):
    """The receiver answered with something else than success."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the alert's receiver answered {status}")
        self.status = status


class WebhookPort:
    """Posts each alert as JSON. The id is sent as `Idempotency-Key` too: the same alert may come twice."""

    name = "webhook"
    gathers = False  # a receiver knows each by its id

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = httpx.AsyncClient(timeout=SECONDS)

    async def send(self, notices: Sequence[AlertNotice]) -> None:
        """Raises `httpx.HTTPError`, `WebhookRefused`."""
        for notice in notices:
            await self._post(notice)

    async def _post(self, notice: AlertNotice) -> None:
        response = await self._client.post(
            self._url,
            content=orjson.dumps(notice, default=str),  # asyncpg has a UUID of its own
            headers={"Content-Type": "application/json", "Idempotency-Key": str(notice.id)},
        )
        if not response.is_success:
            raise WebhookRefused(response.status_code)

    async def close(self) -> None:
        await self._client.aclose()

"""The door for Slack: events, interactions and commands, by HTTP or Socket Mode, checked and acknowledged by Bolt.

Events are written down before Slack is told so; what people press and submit is done before.
https://docs.slack.dev/interactivity/handling-user-interaction
"""

import asyncio
import logging
import re
import secrets
from datetime import timedelta
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from channels.slack.client import CUSTOMER_PRESS, Slack
from core.backoff import Backoff
from core.clock import Clock, utc_now
from core.connections import Signs
from core.wakeups import DESK
from handoff.desk.commanding import Commanding
from handoff.desk.events import record_event
from handoff.desk.faq_forms import CALLBACK
from handoff.desk.faq_saving import FaqSaving
from handoff.desk.fields import Next
from handoff.desk.floor import Floor
from handoff.desk.homing import show_home
from handoff.desk.listening import Customers
from handoff.desk.pressing import Pressing
from handoff.desk.submitting import Submitting
from handoff.settings import SlackSettings

log = structlog.get_logger(__name__)

RECEIVES = "slack.receive"  # the connection's name
LOOK_SECONDS = 20.0  # between looks whether the socket is open
RETRY = Backoff(first=1.0, longest=60.0)
ANY = re.compile(r".+")
CUSTOMERS = re.compile(f"^{CUSTOMER_PRESS}")


def open_door(
    floor: Floor,
    *,
    signing_secret: str | None,
    settings: SlackSettings,
    clock: Clock = utc_now,
    customers: Customers | None = None,
) -> AsyncApp:
    """The Bolt app. Without a `signing_secret` it takes what comes over Socket Mode only."""

    slack, database = floor.slack, floor.database
    pressing, submitting, commanding = Pressing(floor), Submitting(floor), Commanding(floor)
    faq = FaqSaving(floor)
    queues = frozenset(settings.channels.values())
    is_for_customers = customers is not None and customers.may_write_to_app

    async def authorize() -> AuthorizeResult:
        me = await slack.identity()
        return AuthorizeResult(
            enterprise_id=None,
            team_id=me.team_id,
            bot_token=slack.token,
            bot_id=me.bot_id,
            bot_user_id=me.user_id,
        )

    # It warns of what is meant so: that we say ourselves who we are, and that not every event has a listener.
    logger = logging.getLogger("slack_bolt.desk")
    logger.setLevel(logging.ERROR)
    app = AsyncApp(
        logger=logger,
        authorize=authorize,
        signing_secret=signing_secret or secrets.token_hex(),  # none given: nothing by HTTP is believed
        raise_error_for_unhandled_request=False,
    )

    @app.middleware
    async def keep(body: dict[str, Any], context: AsyncBoltContext, next: Any) -> BoltResponse | None:
        if body.get("type") != "event_callback":
            await next()
            return None
        event = body.get("event") or {}
        if event.get("type") == "app_home_opened":
            if event.get("tab") != "messages":  # where customers write
                await show_home(floor, event["user"], is_for_customers=is_for_customers)
        elif event.get("channel"):
            delay = settings.sending_delay if event["channel"] in queues else timedelta(0)
            await record_event(database, body, delay=delay, now=clock())
            floor.wakeups.publish(DESK)
        return BoltResponse(status=200, body="")

    @app.action(CUSTOMERS)  # before those of the desk: the first that fits is taken
    async def press_as_customer(ack: AsyncAck, body: dict[str, Any]) -> None:
        if customers is not None:
            await customers.press(body)
        await ack()

    @app.action(ANY)
    async def press(ack: AsyncAck, body: dict[str, Any]) -> None:
        await pressing.press(body)
        await ack()

    @app.view(ANY)
    async def submit(ack: AsyncAck, body: dict[str, Any]) -> None:
        answer = await submitting.submit(body)
        if isinstance(answer, Next):
            await ack(response_action="update", view=answer.view)
        elif answer:
            await ack(response_action="errors", errors=dict(answer))
        else:
            await ack()

    @app.message_shortcut(CALLBACK)
    async def save_as_faq(ack: AsyncAck, body: dict[str, Any]) -> None:
        await faq.open(body)
        await ack()

    @app.command("/shouwen")
    async def command(ack: AsyncAck, body: dict[str, Any]) -> None:
        told = await commanding.answer(body)
        await (ack(text=told) if told else ack())  # nothing is told where a form has opened

    return app


def routes(app: AsyncApp, signs: Signs) -> APIRouter:
    """Slack's one address: /slack/events."""
    router = APIRouter(include_in_schema=False)
    handler = AsyncSlackRequestHandler(app)

    @router.post("/slack/events")
    async def take(request: Request) -> Response:
        answer = await handler.handle(request)
        if answer.status_code == 200:  # signed by Slack, and taken
            signs.fine(RECEIVES)
        return answer

    return router


async def listen_on_socket(app: AsyncApp, slack: Slack, app_token: str, signs: Signs) -> None:
    """The other way in, for ever: a WebSocket that we open. It is opened anew when it breaks."""
    handler = AsyncSocketModeHandler(app, app_token, web_client=slack.client)
    attempt = 0
    while True:
        try:
            await handler.connect_async()  # type: ignore[no-untyped-call]
            break
        except Exception as error:  # refused, or no network: the operator may mend it meanwhile
            attempt += 1
            signs.trouble(RECEIVES, type(error).__name__)
            log.warning("slack.no_socket", error=str(error), attempt=attempt)
            await asyncio.sleep(RETRY.delay(attempt))
    try:
        while True:
            if await handler.client.is_connected():
                signs.fine(RECEIVES)
            else:
                signs.trouble(RECEIVES, "the socket is not open")
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]

"""The composition root: reads as the diagram of the system. Only here concrete adapters are named.

customers ─► channels ─► inbox ─► turns ─► record ─► feed ─► web chat, HTTP API, desk
                                    │         └────► outbox ─► senders ─► Telegram, Slack
                                    └─► tickets ─► desk, Slack ─► work ─► record
"""

import asyncio
import contextlib
import dataclasses
import functools
import signal
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import structlog
from fastapi import APIRouter

from bot import customer_api
from bot.brains import Engine, Follower
from bot.checks import ChannelChecks
from bot.config import Config, Environment, keep_secret, webhook_settings
from bot.console import open_library
from bot.desk_base import DeskBase
from bot.engines import make_engine, open_brains
from bot.extras import extra
from bot.rasa import make_worker_engine
from bot.reasking import Reasking
from bot.reports import check_reports, open_reports
from bot.schema import check_schema
from bot.server import Server, listen
from bot.turn import TurnSettings
from bot.turns import Turns
from bot.web import create_app
from channels import files as file_routes
from channels.base import PushChannel
from channels.delivery import Sender
from channels.files import FileLinks
from channels.http_api import routes as http_api
from channels.typing import TypingSender
from channels.webchat import socket as webchat
from channels.webchat.examining import address_of
from console import account, accounts, assets, audit, chat_page, desk, gaps, home, invitations, sign_in
from console import channels as channel_pages
from console.knowledge import routes as knowledge_base
from console.sessions import Sessions
from console.settings import routes as desk_settings
from console.ways import Ways
from core.connections import Signs
from core.daily import work_daily
from core.database import Database
from core.feed import Feed
from core.inbox import Inbox
from core.read_marks import ReadMarks
from core.tasks import end_tasks
from core.typing_signs import TypingSigns
from core.wakeups import DESK, INBOX, LocalWakeups, Wakeups
from core.workers import work_forever
from handoff.adjusting.acts import Adjusting
from handoff.adjusting.live import LiveSettings
from handoff.aftercare.care import Care
from handoff.alert_sender import AlertPort, AlertSender, LogPort
from handoff.cases import Cases
from handoff.complaints.acts import Complaints
from handoff.complaints.register import Register
from handoff.contacts.acts import Contacts
from handoff.customers import CustomerActs
from handoff.deliveries import report_burial
from handoff.desk.events import KEPT, remove_events
from handoff.gaps.sorting import Sorter
from handoff.guard import load_guard
from handoff.live_guard import LiveGuard
from handoff.privacy.retention import enforce_retention
from handoff.reads import report_read
from handoff.reporting.keeper import Keeper
from handoff.settings import SettingsInForce
from handoff.suggesting import Suggesting
from handoff.timekeeper import Timekeeper
from handoff.transfers import Transfers
from handoff.work import Work
from nlu.knowledge.entries import KnowledgeBase, Wording
from nlu.knowledge.live import LiveKnowledge, read_knowledge_of
from nlu.knowledge.versions import Mark

if TYPE_CHECKING:
    from bot.slack import SlackSides
    from channels.telegram.connection import Telegram

log = structlog.get_logger(__name__)

# What runs until the process is asked to stop; begun when all the rest is ready.
Job = Callable[[], Coroutine[Any, Any, None]]

# Channels that must be called to deliver; the others' customers read the record.
PUSHED = frozenset({"telegram", "slack"})


class Role(StrEnum):
    """What a process does; one process may do all."""

    WEB = "web"  # pages, web chat, HTTP API, webhooks
    WORKER = "worker"  # turns
    SENDER = "sender"  # calls the push channels, and polls those that are polled
    CLOCK = "clock"  # deadlines, routing, alerts, reports


async def run(
    config: Config,
    environment: Environment,
    *,
    roles: Collection[Role],
    port: int | None,
    on_ready: Callable[[], None],
) -> None:
    """Run the roles until SIGINT or SIGTERM. A worker trains first where that is needed.

    With a `port` but without the role web, only health and metrics are served there.

    Raises `ConfigError` for what the operator can mend: a port in use, a schema that does not fit.
    """
    check_reports(config, environment)
    stopping = asyncio.Event()
    async with contextlib.AsyncExitStack() as stack:
        database = Database(environment.database_url)
        stack.push_async_callback(database.close)
        await check_schema(database)
        wakeups = await _connect_wakeups(stack, environment, alone=database.is_sqlite)
        inbox = await stack.enter_async_context(Inbox(database, wakeups).running())
        signs = Signs(database)
        telegram: Telegram | None = None
        if {Role.WEB, Role.SENDER} & set(roles):
            telegram = _connect_telegram(environment, inbox, database, signs)
        if telegram is not None:
            stack.push_async_callback(telegram.close)
        base = DeskBase(config, environment)
        settings = LiveSettings(database, base)
        await settings.load()
        cases = Cases(database, wakeups, pushed=PUSHED, settings=settings)
        live = LiveKnowledge(database)
        guard = LiveGuard(load_guard(config.desk.banned_phrases), live)
        work, transfers, complaints = (
            Work(cases, guard=guard),
            Transfers(cases),
            Complaints(cases, guard=guard),
        )
        shop, region = config.shop.name.by_language(), config.privacy.region
        suggesting = Suggesting(cases, live, shop=shop, region=region)
        jobs: list[Job] = [signs.run, functools.partial(settings.run, wakeups)]
        titles: dict[str, Wording] = {}  # of entries; of those that are gone too: records name them

        embedded = make_engine(config, environment) if {Role.WORKER, Role.WEB} & set(roles) else None
        if Role.WORKER in roles:
            engine = make_worker_engine(config, environment, engine=embedded)
            stack.push_async_callback(asyncio.to_thread, engine.close)
            jobs += await _open_turns(config, engine, database, wakeups, settings, titles)
        elif Role.WEB in roles:

            async def name(mark: Mark) -> None:
                titles.update(_titles(await read_knowledge_of(database, mark.version)))

            jobs.append(functools.partial(Follower(database, name).run, wakeups))

        # Not before: what takes long until here, a training, is ended at once.
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)

        if set(roles) == {Role.SENDER} and telegram is None and settings.now.slack is None:
            mend = (
                "set TELEGRAM_BOT_TOKEN, or SLACK_BOT_TOKEN with desk.slack.channels or channels.slack: "
                "there is nothing else to send to"
            )
            log.warning("sender.idle", mend=mend)

        channels: dict[str, PushChannel] = {}
        if telegram is not None:
            channels[telegram.channel.name] = telegram.channel
        slack: SlackSides | None = None
        if settings.now.slack and {Role.WEB, Role.SENDER, Role.CLOCK} & set(roles):
            slack = _load_slack()(
                config,
                environment,
                inbox,
                cases,
                wakeups,
                work,
                transfers,
                complaints,
                suggesting=suggesting,
                channels=channels,  # which its own joins
                titles=titles,
                signs=signs,
            )
            stack.push_async_callback(slack.close)
            if Role.SENDER in roles:
                jobs += slack.desk.jobs()

        if slack is not None and slack.customers is not None:
            channels[slack.customers.channel.name] = slack.customers.channel
        if Role.SENDER in roles:
            on_buried = functools.partial(report_burial, settings=settings)
            links = FileLinks(_secret_key(config, environment), base=environment.public_url or "")
            jobs += [
                Sender(channel, database, wakeups, on_buried=on_buried, links=links, signs=signs).run
                for channel in channels.values()
            ]
            jobs.append(TypingSender(channels, TypingSigns(wakeups)).run)
            if telegram is not None and config.channels.telegram.mode == "polling":
                jobs.append(telegram.poll)

        if Role.CLOCK in roles:
            jobs += _open_clock(stack, config, cases, wakeups, environment, settings, slack)

        routers: list[APIRouter] = []
        if Role.WEB in roles:
            feed = await stack.enter_async_context(Feed(database, wakeups).running())
            read_marks = ReadMarks(database, wakeups, on_read=report_read)
            secret_key, public = _secret_key(config, environment), environment.public_url or ""
            links = FileLinks(secret_key, base=public)
            sessions = Sessions(
                database,
                secret_key=secret_key,
                demo=config.web.demo and not public,
                secure=public.startswith("https://"),
            )
            zone, ways = ZoneInfo(config.shop.time_zone), _ways(config, environment)
            assert embedded is not None
            if Role.WORKER not in roles:
                stack.push_async_callback(asyncio.to_thread, embedded.close)
            library = open_library(config, embedded, database, wakeups, settings)
            stack.push_async_callback(library.minds.close)
            routers += [
                http_api.routes(
                    database=database, inbox=inbox, feed=feed, links=links, read_marks=read_marks
                ),
                customer_api.routes(database=database),
                webchat.routes(
                    database=database,
                    inbox=inbox,
                    feed=feed,
                    links=links,
                    read_marks=read_marks,
                    signs=TypingSigns(wakeups),
                    allowed_origins=config.web.allowed_origins,
                ),
                file_routes.routes(database, links),
                home.routes(sessions),
                chat_page.routes(
                    titles=config.shop.name.by_language(), default_language=config.shop.default_language
                ),
                sign_in.routes(database, sessions, ways=ways),
                account.routes(database, sessions, ways=ways),
                accounts.routes(database, sessions, ways=ways, settings=settings, zone=zone),
                invitations.routes(database, sessions, ways=ways, zone=zone),
                desk.routes(
                    database,
                    wakeups,
                    feed,
                    work,
                    transfers,
                    sessions,
                    complaints,
                    Register(cases),
                    CustomerActs(cases),
                    suggesting=suggesting,
                    contacts=Contacts(cases, region=region),
                    settings=settings,
                    titles=titles,
                    channels=channels,
                    zone=zone,
                    region=region,
                    stopping=stopping,
                ),
                knowledge_base.routes(library, sessions),
                audit.routes(library, sessions),
                gaps.routes(library, sessions),
                channel_pages.routes(
                    database,
                    sessions,
                    ChannelChecks(
                        config,
                        environment,
                        database,
                        feed,
                        chat=address_of(config.web.host, port or environment.port),
                    ),
                    zone=zone,
                ),
                desk_settings.routes(Adjusting(database, wakeups, base), sessions),
                assets.routes(),
                *_connect_openid(stack, config, environment, database, sessions, ways),
            ]
            if slack is not None and environment.slack_signing_secret:
                routers.append(slack.desk.routes())
            if telegram is not None and config.channels.telegram.mode == "webhook":
                secret, public_url = webhook_settings(environment)
                routers.append(telegram.routes(secret=secret))
                jobs.append(functools.partial(telegram.register, public_url=public_url, secret=secret))

        if port is not None:
            listening = stack.enter_context(listen(config.web.host, port))
            server = Server(create_app(database=database, routers=routers), listening)
            stack.push_async_callback(server.end)
            jobs.append(server.watch)

        await _run_until(stopping, jobs, on_ready)


async def _open_turns(
    config: Config,
    engine: Engine,
    database: Database,
    wakeups: Wakeups,
    settings: SettingsInForce,
    titles: dict[str, Wording],
) -> tuple[Job, ...]:
    """The turns, with the brain of the live version, and what exchanges it when another goes live."""
    brains, loaded = await open_brains(config, engine, database, take_changes=True)
    titles.update(_titles(loaded.brain.knowledge))
    turns = Turns(
        database,
        wakeups,
        brain=loaded.brain,
        settings=TurnSettings(
            desk=settings,
            pushed=PUSHED,
            default_language=config.shop.default_language,
            ask_helpful=config.bot.ask_helpful,
        ),
    )

    reasking = Reasking(database, zone=ZoneInfo(config.shop.time_zone))
    reasking.take(loaded.mark, loaded.brain)

    async def swap(mark: Mark) -> None:
        turns.brain = await brains.load(mark.version)
        titles.update(_titles(turns.brain.knowledge))
        reasking.take(mark, turns.brain)

    follower = Follower(database, swap, seen=loaded.mark)
    return (
        functools.partial(work_forever, "turns", turns.step, wakeups=wakeups, topic=INBOX, poll=1.0),
        functools.partial(follower.run, wakeups),
        functools.partial(reasking.run, wakeups),
    )


def _open_clock(
    stack: contextlib.AsyncExitStack,
    config: Config,
    cases: Cases,
    wakeups: Wakeups,
    environment: Environment,
    settings: SettingsInForce,
    slack: "SlackSides | None",
) -> tuple[Job, ...]:
    """What keeps the promises' time, visits customers, carries alerts and reports out, removes what is kept too long."""
    ports: list[AlertPort] = [LogPort()]
    if environment.alerts_webhook_url is not None:
        with extra("alerts", "ALERTS_WEBHOOK_URL"):
            from handoff.webhook_alerts import WebhookPort  # noqa: PLC0415
        webhook = WebhookPort(environment.alerts_webhook_url)
        stack.push_async_callback(webhook.close)
        ports.append(webhook)
    if slack is not None:
        ports.append(slack.desk.port)
    timekeeper, care, alerts = Timekeeper(cases), Care(cases), AlertSender(cases.database, ports)

    async def remove_old(now: datetime) -> None:
        await enforce_retention(cases.database, config.privacy.retention.settings(), now=now)
        async with cases.database.write() as session:
            await remove_events(session, before=now - KEPT)

    zone = ZoneInfo(config.shop.time_zone)
    client = slack.desk.slack if slack else None
    reports = open_reports(stack, config, environment, cases, settings=settings, slack=client)
    return (
        *((functools.partial(reports.run, wakeups),) if reports else ()),
        functools.partial(work_daily, "retention", remove_old, database=cases.database, zone=zone),
        functools.partial(timekeeper.run, wakeups),
        functools.partial(Keeper(cases.database, zone=zone).run, wakeups),
        functools.partial(Sorter(cases.database).run, wakeups),
        functools.partial(work_forever, "care", care.step, wakeups=wakeups, topic=DESK, poll=60.0),
        functools.partial(work_forever, "alerts", alerts.step, wakeups=wakeups, topic=DESK, poll=1.0),
    )


async def _connect_wakeups(
    stack: contextlib.AsyncExitStack, environment: Environment, *, alone: bool
) -> Wakeups:
    if environment.redis_url is None:
        return LocalWakeups(alone=alone)
    with extra("redis", "REDIS_URL"):
        from core.redis_wakeups import RedisWakeups  # noqa: PLC0415
    wakeups = RedisWakeups(environment.redis_url)
    await stack.enter_async_context(wakeups.running())
    return wakeups


def _connect_telegram(
    environment: Environment, inbox: Inbox, database: Database, signs: Signs
) -> "Telegram | None":
    """The adapter, imported only when it is configured: aiogram takes 150 MB and 2.6 s."""
    if environment.telegram_bot_token is None:
        return None
    with extra("telegram", "TELEGRAM_BOT_TOKEN"):
        from channels.telegram.connection import Telegram  # noqa: PLC0415
    return Telegram(
        environment.telegram_bot_token,
        api_url=environment.telegram_api_url,
        inbox=inbox,
        database=database,
        signs=signs,
    )


def _load_slack() -> "type[SlackSides]":
    """The desk in Slack and its customers, imported only when they are configured."""
    with extra("slack", "SLACK_BOT_TOKEN"):
        from bot.slack import SlackSides  # noqa: PLC0415
    return SlackSides


def _connect_openid(
    stack: contextlib.AsyncExitStack,
    config: Config,
    environment: Environment,
    database: Database,
    sessions: Sessions,
    ways: Ways,
) -> list[APIRouter]:
    """Signing in by way of an OpenID provider, where there is one."""
    if environment.openid is None:
        return []
    with extra("oidc", "OIDC_ISSUER"):
        from console import openid_sign_in  # noqa: PLC0415
        from console.openid import Provider  # noqa: PLC0415
    provider = Provider(**dataclasses.asdict(environment.openid))
    stack.push_async_callback(provider.close)
    secret_key, admission = _secret_key(config, environment), config.web.sign_in.admission()
    return [
        openid_sign_in.routes(
            database, sessions, provider, secret_key=secret_key, ways=ways, admission=admission
        )
    ]


def _ways(config: Config, environment: Environment) -> Ways:
    return Ways(
        passwords=config.web.sign_in.passwords,
        provider=config.web.sign_in.title.by_language() if environment.openid else None,
        base=environment.public_url or "",
    )


def _secret_key(config: Config, environment: Environment) -> str:
    return environment.secret_key or keep_secret(config.data_folder / "secret_key")


def _titles(knowledge: KnowledgeBase) -> dict[str, Wording]:
    return {entry.id: entry.title for entry in knowledge.entries.values()}


async def _run_until(stopping: asyncio.Event, jobs: Collection[Job], on_ready: Callable[[], None]) -> None:
    """Run all until `stopping` is set. What fails ends the others, and its error is raised."""
    tasks = [asyncio.create_task(job()) for job in jobs]
    stop = asyncio.create_task(stopping.wait())
    on_ready()
    try:
        while not stop.done():
            await asyncio.wait((stop, *tasks), return_when=asyncio.FIRST_COMPLETED)
            for task in [task for task in tasks if task.done()]:
                tasks.remove(task)
                task.result()
    finally:
        stopping.set()
        await end_tasks(stop, *tasks)

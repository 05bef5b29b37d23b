"""Commands that run the service, or talk to it."""

import asyncio
import contextlib
import gc
import getpass
import sys
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from bot.app import PUSHED, Role, run
from bot.commands.common import CONFIG, ConfigOption, in_loop, load, prepare, read_text, tell, with_database
from bot.engines import open_brains
from bot.rasa import make_command_engine
from bot.terminal import talk
from core.clock import utc_now
from core.database import Database
from core.logs import set_up_logs
from handoff.invitations import link_to, make_set_up


def run_command(
    role: Annotated[list[Role] | None, typer.Option(help="Only these roles; by default all.")] = None,
    port: Annotated[int | None, typer.Option(help="Instead of PORT or 8080.", min=1, max=65_535)] = None,
    host: Annotated[str | None, typer.Option(help="Instead of web.host of the configuration.")] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Run the service: everything in one process, or the given roles.

    A process without the role web listens only when --port is given, for /healthz, /readyz and /metrics.
    """
    set_up_logs()
    settings, environment = load(config)
    set_up_logs(region=settings.privacy.region)
    if host is not None:
        settings = settings.model_copy(update={"web": settings.web.model_copy(update={"host": host})})
    roles = set(role or Role)
    prepare(environment)
    set_up = with_database(environment, offer_set_up) if Role.WEB in roles else None
    chosen = port or (environment.port if Role.WEB in roles else None)

    def welcome() -> None:
        spare_the_collector()
        if Role.WEB in roles and chosen is not None:
            here = _address(settings.web.host, chosen)
            typer.echo(_welcome(here, telegram=environment.telegram_bot_token is not None))
            if set_up is not None:
                link = link_to(set_up, base=environment.public_url or here)
                typer.echo(
                    f"  Nobody has an account yet. Make the first admin here, within 7 days:\n    {link}\n"
                )
        else:
            typer.echo(f"Shouwen 首问 is running: {', '.join(sorted(roles))}")

    in_loop(lambda: run(settings, environment, roles=roles, port=chosen, on_ready=welcome))


def spare_the_collector() -> None:
    """Have Python look for cyclic garbage less often, and never among what stays for good.

    A message makes thousands of objects and hardly a cycle; looking through them after every 700 costs a
    sixth of all processor time under load (measured with bench/throughput.py).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


async def offer_set_up(database: Database) -> str | None:
    """The secret of a link for the first admin, while nobody has an account."""
    async with database.write() as session:
        return await make_set_up(session, now=utc_now())


def _address(host: str, port: int) -> str:
    local = host in ("127.0.0.1", "0.0.0.0", "::1", "::")
    return f"http://{'localhost' if local else host}:{port}"


def _welcome(here: str, *, telegram: bool) -> str:
    return f"""
  Shouwen 首问 is ready
    Try it     {here}/            chat and desk side by side
    Chat       {here}/chat
    Desk       {here}/console/desk
    HTTP API   {here}/docs
    Telegram   {"on" if telegram else "off: set TELEGRAM_BOT_TOKEN in .env"}
    Commands   {sys.argv[0]} --help
  Ctrl+C stops it.
"""


def chat(
    language: Annotated[str | None, typer.Option(help="zh or en; otherwise by what you write.")] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Talk to the bot in the terminal."""
    set_up_logs(level="warning")
    settings, environment = load(config)
    interactive = sys.stdin.isatty()
    if interactive:
        typer.echo("Ask in Chinese or English; an empty line or Ctrl+D ends it. 中文英文都可以，空行结束。")

    async def lines() -> AsyncIterator[str]:
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            if interactive and not line.strip():
                return
            yield read_text(line)

    async def act(database: Database) -> None:
        with contextlib.closing(make_command_engine(settings, environment, tell=tell)) as engine:
            _, loaded = await open_brains(settings, engine, database, take_changes=False)
            await talk(
                database,
                settings,
                loaded.brain,
                lines(),
                environment=environment,
                pushed=PUSHED,
                user=getpass.getuser(),
                language=language,
            )

    with_database(environment, act)

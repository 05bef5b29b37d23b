"""Commands that run the service, or talk to it."""

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from bot.app import PUSHED, Role, load_brain, run
from bot.commands.common import CONFIG, ConfigOption, in_loop, load, prepare, read_text, with_database
from bot.terminal import talk
from core.database import Database
from core.logs import set_up_logs


def run_command(
    role: Annotated[list[Role] | None, typer.Option(help="Only these roles; by default all.")] = None,
    port: Annotated[int | None, typer.Option(help="Instead of PORT or 8080.", min=1, max=65_535)] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Run the service: everything in one process, or the given roles."""
    set_up_logs()
    settings, environment = load(config)
    roles = set(role or Role)
    prepare(environment)
    brain = load_brain(settings) if Role.WORKER in roles else None
    chosen = port or environment.port

    def tell() -> None:
        if Role.WEB in roles:
            host = (
                "localhost"
                if settings.web.host in ("127.0.0.1", "0.0.0.0", "::1", "::")
                else settings.web.host
            )
            here = f"http://{host}:{chosen}"
            typer.echo(
                f"\n  Shouwen 首问 is ready\n"
                f"    Try it     {here}/            chat and desk side by side\n"
                f"    Chat       {here}/chat\n"
                f"    Desk       {here}/console/desk\n"
                f"    HTTP API   {here}/docs\n"
                f"    Telegram   {'on' if environment.telegram_bot_token else 'off: set TELEGRAM_BOT_TOKEN in .env'}\n"
                f"  Ctrl+C stops it.\n"
            )
        else:
            typer.echo(f"Shouwen 首问 is running: {', '.join(sorted(roles))}")

    in_loop(lambda: run(settings, environment, roles=roles, port=chosen, brain=brain, on_ready=tell))


def chat(
    language: Annotated[str | None, typer.Option(help="zh or en; otherwise by what you write.")] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Talk to the bot in the terminal."""
    set_up_logs(level="warning")
    settings, environment = load(config)
    brain = load_brain(settings)
    interactive = sys.stdin.isatty()
    if interactive:
        typer.echo("Ask in Chinese or English; an empty line or Ctrl+D ends it. 中文英文都可以，空行结束。")

    async def lines() -> AsyncIterator[str]:
        while line := await asyncio.to_thread(sys.stdin.buffer.readline):
            if interactive and not line.strip():
                return
            yield read_text(line)

    async def act(database: Database) -> None:
        await talk(
            database, settings, brain, lines(), pushed=PUSHED, user=getpass.getuser(), language=language
        )

    with_database(environment, act)

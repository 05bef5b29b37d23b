"""`shouwen chat`: a bot of its own in this process, on the configured database."""

import asyncio
from collections.abc import AsyncIterator, Collection

import typer

from bot.config import Config, Environment, keep_secret
from bot.desk_base import read_in_force
from bot.turn import Brain, TurnSettings
from bot.turns import Turns
from channels.files import FileLinks
from channels.terminal import Terminal
from core.conversations import Message
from core.database import Database
from core.feed import Feed
from core.inbox import Inbox
from core.languages import to_reply_language
from core.messages import Author
from core.tasks import end_tasks
from core.wakeups import INBOX, LocalWakeups
from core.workers import work_forever


async def talk(
    database: Database,
    config: Config,
    brain: Brain,
    lines: AsyncIterator[str],
    *,
    environment: Environment,
    pushed: Collection[str],
    user: str,
    language: str | None,
) -> None:
    """Send the lines as a customer and print what comes back, until the lines end."""
    links = FileLinks(
        environment.secret_key or keep_secret(config.data_folder / "secret_key"),
        base=environment.public_url or f"http://localhost:{environment.port}",
    )
    wakeups = LocalWakeups(alone=False)  # a server may run beside us, with an agent who answers
    turns = Turns(
        database,
        wakeups,
        brain=brain,
        settings=TurnSettings(
            desk=await read_in_force(config, database, environment),
            pushed=pushed,
            default_language=config.shop.default_language,
        ),
    )
    async with Inbox(database, wakeups).running() as inbox, Feed(database, wakeups).running() as feed:
        working = asyncio.create_task(work_forever("turns", turns.step, wakeups=wakeups, topic=INBOX))
        terminal = Terminal(
            database, inbox, feed, user=user, language=to_reply_language(language), show=_show, links=links
        )
        try:
            await terminal.run(lines)
        finally:
            await end_tasks(working)


def _show(message: Message, text: str) -> None:
    who = {Author.BOT: "首问", Author.SYSTEM: "——", Author.AGENT: message.author_name or "客服"}[
        Author(message.author)
    ]
    typer.secho(f"{who}: ", fg=typer.colors.CYAN, nl=False)
    typer.echo(text)

"""Commands about tickets."""

from typing import Annotated

import typer

from bot.commands.common import CONFIG, ConfigOption, load, with_database
from bot.desk_base import read_in_force
from core.clock import utc_now
from core.database import Database
from core.errors import BadInput, NotFound
from core.languages import REPLY_LANGUAGES, to_reply_language
from core.logs import set_up_logs
from handoff.numbers import parse_number
from handoff.progress import describe_ticket
from handoff.tickets import find_ticket


def progress(
    number: Annotated[str, typer.Argument(help="Such as SW-2611-0042, or as it was said: 2611 42.")],
    language: Annotated[str, typer.Option(help=f"One of {', '.join(REPLY_LANGUAGES)}.")] = "zh",
    config: ConfigOption = CONFIG,
) -> None:
    """Print what a customer who asks for this ticket is told."""
    set_up_logs(level="warning")
    settings, environment = load(config)
    parsed, spoken = parse_number(number), to_reply_language(language)
    if parsed is None:
        raise BadInput("number", f"{number} is no ticket number; write for example SW-2611-0042")
    if spoken is None:
        raise BadInput(
            "language", f"{language} is none we reply in; choose one of {', '.join(REPLY_LANGUAGES)}"
        )

    async def act(database: Database) -> str:
        in_force = await read_in_force(settings, database, environment)
        async with database.read() as session:
            ticket = await find_ticket(session, parsed)
            if ticket is None:
                raise NotFound("ticket", parsed)
            return await describe_ticket(session, ticket, spoken, settings=in_force, now=utc_now())

    typer.echo(with_database(environment, act))

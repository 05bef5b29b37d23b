"""Commands about what is kept of customers: export, erase, dates, and the removal of what is kept too long."""

from datetime import date
from pathlib import Path
from typing import Annotated

import orjson
import typer

from bot.commands.common import CONFIG, ConfigOption, load, me, tell, with_database
from core.clock import utc_now
from core.database import Database
from core.errors import BadInput, ShouwenError
from core.locks import exclusive
from core.logs import set_up_logs
from core.persons import get_customer_id
from handoff.aftercare.customer_dates import set_dates
from handoff.aftercare.occasions import DateKind
from handoff.persons.records import find_family
from handoff.privacy.acts import erase_person, export_person
from handoff.privacy.erasure import Erased, read_said
from handoff.privacy.retention import enforce_retention
from nlu.knowledge.files import read_knowledge
from nlu.knowledge.forgetting import Forgotten, find_theirs, phrasings_of
from nlu.knowledge.publishing import LOCK

CustomerArgument = Annotated[
    str, typer.Argument(help="The customer's id, or CHANNEL:ID as the channel knows them, e.g. telegram:123.")
]


def export(
    customer: CustomerArgument,
    output: Annotated[Path, typer.Option("--output", "-o", help="The JSON file to write.")],
    config: ConfigOption = CONFIG,
) -> None:
    """Write everything that is kept of a customer to a file."""
    set_up_logs(level="warning")
    _, environment = load(config)

    async def act(database: Database) -> bytes:
        async with database.write() as session:
            customer_id = await get_customer_id(session, customer)
            document = await export_person(session, customer_id, who=me(), now=utc_now())
        return orjson.dumps(document, default=str, option=orjson.OPT_INDENT_2)

    output.write_bytes(with_database(environment, act) + b"\n")
    typer.echo(
        f"{output} has everything that is kept of {customer}. Files that they sent are named, not copied; "
        "those that agents sent them are in it."
    )


def erase(
    customer: CustomerArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Remove a customer from everywhere; counts stay. It cannot be undone."""
    set_up_logs(level="warning")
    settings, environment = load(config)

    async def look(database: Database) -> None:
        async with database.read() as session:
            await get_customer_id(session, customer)

    async def act(database: Database) -> tuple[Erased, list[str]]:
        # Not while somebody publishes: the version would have what the draft has no longer.
        async with exclusive(database, LOCK, on_wait=_tell_waiting), database.write() as session:
            customer_id = await get_customer_id(session, customer)
            said = await read_said(session, await find_family(session, [customer_id]))
            return await erase_person(session, customer_id, who=me(), now=utc_now()), said

    with_database(environment, look)
    if not yes:
        typer.confirm(f"Erase {customer} for good? Export first what has to be kept", abort=True)
    erased, said = with_database(environment, act)
    typer.echo(
        f"{customer} is erased: {erased.messages} messages in {erased.conversations} conversations, "
        f"{erased.tickets} tickets. They still count; what was said and by whom is gone."
    )
    for line in _describe(erased.forgotten):
        typer.echo(line)
    if _stands_in_files(settings.bot.knowledge, said):
        typer.echo(
            f"Still there: phrasings made of their words, in {settings.bot.knowledge}. Remove them there too; "
            "what the database has now is written by: shouwen kb export FILE"
        )
    typer.echo("Backups and log files still have what they had.")


def set_date(
    customer: CustomerArgument,
    kind: Annotated[DateKind, typer.Argument(help="What the day is: of the last purchase, …")],
    day: Annotated[str, typer.Argument(help="Such as 2026-01-31; or none, to take it away.")],
    consent: Annotated[
        bool, typer.Option("--consent", help="The customer has agreed to be written to on these occasions.")
    ] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Keep a date on which a customer is to be visited; without their consent nobody is."""
    set_up_logs(level="warning")
    _, environment = load(config)
    parsed = _parse_day(day)

    async def act(database: Database) -> None:
        async with database.write() as session:
            customer_id = await get_customer_id(session, customer)
            await set_dates(session, customer_id, {kind: parsed}, consents=consent, now=utc_now())

    with_database(environment, act)
    visits = (
        "They are visited by the plans of desk.care." if consent else "Without consent there are no visits."
    )
    typer.echo(f"The {kind} of {customer} is {day} now. {visits}")


def _parse_day(day: str) -> date | None:
    if day == "none":
        return None
    try:
        return date.fromisoformat(day)
    except ValueError as error:
        raise BadInput("day", f"{day} is no day; write for example 2026-01-31, or none") from error


def retention(config: ConfigOption = CONFIG) -> None:
    """Remove what is kept longer than privacy.retention says; the service does the same every day."""
    set_up_logs(level="warning")
    settings, environment = load(config)
    periods = settings.privacy.retention.settings()
    removed = with_database(environment, lambda database: enforce_retention(database, periods, now=utc_now()))
    typer.echo(
        f"Emptied: {removed.messages} messages, {removed.tickets} tickets. "
        f"Deleted: {removed.inbox} rows of the inbox, {removed.outbox} of the outbox. "
        f"Erased: {removed.customers} customers."
    )


def _describe(forgotten: Forgotten) -> list[str]:
    if not forgotten.phrasings:
        return []
    places = [f"the draft ({', '.join(forgotten.entries)})"] if forgotten.entries else []
    places += [f"version {number}" for number in forgotten.versions]
    lines = [f"Phrasings made of their words are gone from the knowledge base: {', '.join(places)}."]
    if forgotten.was_live:
        lines.append("The live version's model still knows them: restart a worker, which trains it again.")
    return lines


def _stands_in_files(path: Path, said: list[str]) -> bool:
    """Whether the files of the knowledge base hold their words as well; files that cannot be read hold none."""
    try:
        knowledge = read_knowledge(path)
    except ShouwenError:
        return False
    return bool(find_theirs(phrasings_of(knowledge), said))


def _tell_waiting() -> None:
    tell("Somebody is publishing the knowledge base: waiting for the end of it.")

"""Commands about the knowledge base: its draft, and its versions."""

import time
from contextlib import closing
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bot import engines
from bot.brains import Engine
from bot.commands.common import CONFIG, ConfigOption, load, me, tell, with_database
from bot.config import Config, Environment
from bot.desk_base import read_in_force
from core.database import Database
from core.errors import NotAllowed
from core.logs import set_up_logs
from core.wakeups import LocalWakeups
from nlu.knowledge.check import LeftOutPhrasing, Severity, describe
from nlu.knowledge.documents import fingerprint, from_data
from nlu.knowledge.drafts import (
    Changes,
    are_news,
    find_draft,
    import_knowledge,
    look_at_files,
    note_configured,
)
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.files import read_knowledge, write_knowledge
from nlu.knowledge.publishing import Published, Publisher
from nlu.knowledge.versions import find_live, get_version, list_live, list_versions

NoteOption = Annotated[str, typer.Option(help="Why, for those who look at the versions later.")]
SHOWN = 20  # versions and changes of what is live


def import_file(
    file: Annotated[Path, typer.Argument(help="YAML (a file or a folder), CSV or XLSX.")],
    publish: Annotated[bool, typer.Option("--publish", help="Make it live at once.")] = False,
    note: NoteOption = "",
    config: ConfigOption = CONFIG,
) -> None:
    """Put a file in the place of the draft; nothing changes if anything in it is wrong."""
    set_up_logs(level="warning")
    settings, environment = load(config)
    with closing(engines.make_engine(settings, environment)) as engine:
        if publish:
            engine.get_ready()  # beside what comes before
        knowledge = read_knowledge(file)

        async def act(database: Database) -> None:
            changes = await import_knowledge(
                database, knowledge, configured=settings.bot.knowledge, by=me(), file=file.name
            )
            typer.echo(f"The draft has what is in {file}: {_count(knowledge)}.")
            for line in _describe(changes):
                typer.echo(line)
            if publish:
                await _publish(settings, engine, database, note)
            else:
                typer.echo("Next: shouwen kb check, then shouwen kb publish")

        with_database(environment, act)


def export_file(
    file: Annotated[Path, typer.Argument(help="Its ending says what is written: .yml, .csv or .xlsx.")],
    version: Annotated[int | None, typer.Option(help="This version instead of the draft.")] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Write the draft, or a version, to a file."""
    settings, environment = load(config)

    async def act(database: Database) -> KnowledgeBase:
        async with database.read() as session:
            if version is not None:
                knowledge = from_data((await get_version(session, version)).snapshot)
            else:
                knowledge = _needed(await find_draft(session))
        write_knowledge(knowledge, file)
        if file.resolve() == settings.bot.knowledge.resolve():
            await note_configured(database, settings.bot.knowledge)
        return knowledge

    knowledge = with_database(environment, act)
    what = "the draft" if version is None else f"version {version}"
    typer.echo(f"{file} has {what}: {_count(knowledge)}.")


def check_knowledge(
    path: Annotated[Path | None, typer.Argument(help="A file or folder, instead of the draft.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Do not ask the engine.")] = False,
    config: ConfigOption = CONFIG,
) -> None:
    """Say what could be better in the draft, or in a file. Ends with status 1 if there are mistakes.

    The engine is asked how it takes each phrasing that it has not learned: which are nearer to another entry,
    and which entries are taken for each other.

    Without a draft, or when the files at bot.knowledge have changed since they were last taken, these are checked.
    """
    set_up_logs(level="warning")
    settings, environment = load(config)

    async def find(database: Database) -> tuple[str, KnowledgeBase]:
        configured = settings.bot.knowledge
        async with database.read() as session:
            draft = await find_draft(session)
            files = look_at_files(configured) if draft is None or configured.exists() else None
            if draft is None or (files is not None and await are_news(session, files)):
                return str(configured), read_knowledge(configured)
        return "the draft", draft

    where, knowledge = (str(path), read_knowledge(path)) if path else with_database(environment, find)
    left_out = [] if quick else _ask_engine(settings, environment, knowledge)
    in_force = settings.desk_settings()  # a file is checked without a database
    if path is None:
        in_force = with_database(environment, lambda database: read_in_force(settings, database))
    findings = engines.check_knowledge(settings, in_force, knowledge, left_out)
    typer.echo(f"{where}: {_count(knowledge)}")
    typer.echo(describe(findings))
    if any(finding.severity is Severity.MISTAKE for finding in findings):
        raise typer.Exit(1)


def _ask_engine(
    settings: Config, environment: Environment, knowledge: KnowledgeBase
) -> list[LeftOutPhrasing]:
    # SciPy comes with it, which nothing else that is done here needs.
    from nlu.evaluation import left_out_phrasings, open_bench  # noqa: PLC0415

    tell(
        "Asking the engine: a minute or two for a knowledge base like the sample (--quick leaves it out) ..."
    )
    bench = open_bench(
        settings.nlu.encoder.settings(environment.embeddings_key),
        engines.models_folder(settings),
        precision=settings.bot.target_precision,
    )
    return left_out_phrasings(knowledge, bench)


def publish(note: NoteOption = "", config: ConfigOption = CONFIG) -> None:
    """Train the draft and make it live, as a new version."""
    set_up_logs(level="warning")
    settings, environment = load(config)
    with closing(engines.make_engine(settings, environment)) as engine:
        engine.get_ready()  # beside what comes before
        with_database(environment, lambda database: _publish(settings, engine, database, note))


def show_versions(config: ConfigOption = CONFIG) -> None:
    """List the newest versions, and what was live when."""
    settings, environment = load(config)
    zone = ZoneInfo(settings.shop.time_zone)

    async def act(database: Database) -> None:
        async with database.read() as session:
            live = await find_live(session)
            versions = await list_versions(session, limit=SHOWN)
            history = await list_live(session, limit=SHOWN)
            draft = await find_draft(session)
        if live is None:
            typer.echo("There is no version yet. Next: shouwen kb publish, or shouwen run")
            return
        for version in versions:
            mark = "live" if version.number == live.version else ""
            made = f"{version.created_at.astimezone(zone):%Y-%m-%d %H:%M}  {version.made_by}"
            typer.echo(f"{version.number:>5}  {mark:<4}  {made}  {version.note}".rstrip())
        typer.echo("\nWent live:")
        for change in history:
            since = f"{change.since.astimezone(zone):%Y-%m-%d %H:%M}"
            typer.echo(f"{change.version:>5}  {since}  {change.made_by}  {change.note}".rstrip())
        if draft is not None and fingerprint(draft) not in {
            version.fingerprint for version in versions if version.number == live.version
        }:
            typer.echo("\nThe draft is not what is live. To see it: shouwen kb export FILE")

    with_database(environment, act)


def roll_back(
    number: Annotated[int, typer.Argument(help="As shouwen kb versions shows it.", min=1)],
    note: NoteOption = "",
    config: ConfigOption = CONFIG,
) -> None:
    """Make an older version live again. The draft stays as it is."""
    set_up_logs(level="warning")
    settings, environment = load(config)
    with closing(engines.make_engine(settings, environment)) as engine:

        async def act(database: Database) -> None:
            await (await _publisher(settings, engine, database)).roll_back(number, by=me(), note=note)

        with_database(environment, act)
    typer.echo(f"Version {number} is live again. The draft is as it was; to have this version in it:")
    typer.echo(f"  shouwen kb export v{number}.yml --version {number} && shouwen kb import v{number}.yml")


async def _publish(settings: Config, engine: Engine, database: Database, note: str) -> None:
    begin = time.monotonic()
    publisher = await _publisher(settings, engine, database)
    published: Published = await publisher.publish(by=me(), note=note)
    if published.is_new:
        typer.echo(f"Version {published.number} is live, after {time.monotonic() - begin:.1f} s.")
    else:
        typer.echo(f"Nothing to publish: the draft is the same as version {published.number}, which is live.")


async def _publisher(settings: Config, engine: Engine, database: Database) -> Publisher:
    # The processes that run look for a new version by themselves, five times a second: nobody is to be woken.
    in_force = await read_in_force(settings, database)
    return engines.make_publisher(settings, in_force, engine, database, LocalWakeups(), on_wait=_tell_waiting)


def _tell_waiting() -> None:
    tell("Somebody else is publishing: waiting for the end of it.")


def _needed(draft: KnowledgeBase | None) -> KnowledgeBase:
    if draft is None:
        raise NotAllowed("there is no draft yet. Run: shouwen kb import FILE")
    return draft


def _count(knowledge: KnowledgeBase) -> str:
    phrasings = sum(len(texts) for entry in knowledge.entries.values() for texts in entry.phrasings.values())
    return f"{len(knowledge.entries)} entries, {phrasings} phrasings"


def _describe(changes: Changes) -> list[str]:
    if not changes:
        return ["  nothing changed"]
    named = {
        "added": changes.added,
        "changed": (*changes.changed, *changes.lists),
        "removed": changes.removed,
    }
    return [f"  {what}: {', '.join(names)}" for what, names in named.items() if names]

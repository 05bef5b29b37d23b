"""The command line: `shouwen`, and the same as `python -m bot`."""

import asyncio
import getpass
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
import uvloop
from sqlalchemy.exc import SQLAlchemyError

from bot.app import PUSHED, Role, load_brain, run
from bot.config import Config, Environment, load_config, load_environment
from bot.dialogue import Answer, Handoff, Heard, State, decide
from bot.schema import check_schema, upgrade_schema
from bot.terminal import talk
from core.clock import utc_now
from core.conversations import Owner
from core.database import Database, async_url
from core.errors import ShouwenError
from core.logs import set_up_logs
from core.messages import Kind
from core.tokens import add_token
from handoff.agents import add_agent
from nlu.knowledge import load_knowledge
from nlu.understanding import Signal

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
db = typer.Typer(no_args_is_help=True, help="The database.")
user = typer.Typer(no_args_is_help=True, help="People who sign in to the desk.")
token = typer.Typer(no_args_is_help=True, help="Tokens of the HTTP API.")
kb = typer.Typer(no_args_is_help=True, help="The knowledge base.")
app.add_typer(db, name="db")
app.add_typer(user, name="user")
app.add_typer(token, name="token")
app.add_typer(kb, name="kb")

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="SHOUWEN_CONFIG")
]
CONFIG = Path("config.yml")


def main() -> None:
    """Run the command line; what people can mend is told in one line, without a traceback."""
    try:
        app()
    except ShouwenError as error:
        fail(str(error))
    except (SQLAlchemyError, OSError) as error:
        fail(
            f"the database or the system said: {str(error).splitlines()[0]}. Check DATABASE_URL and permissions."
        )


def fail(message: str) -> None:
    """Say what is wrong and end with status 1."""
    typer.secho(f"shouwen: {message}", fg=typer.colors.RED, err=True)
    raise SystemExit(1)


def load(config_path: Path) -> tuple[Config, Environment]:
    """Configuration and environment, with `.env` read from beside the configuration."""
    config = load_config(config_path)
    return config, load_environment(config, dotenv=config_path.resolve().parent / ".env")


def in_loop(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on uvloop's event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def with_database(environment: Environment, act: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """Run `act` on the configured database, its schema brought up to date first where that is ours to do."""
    prepare(environment)

    async def go() -> T:
        database = Database(environment.database_url)
        try:
            await check_schema(database)
            return await act(database)
        finally:
            await database.close()

    return in_loop(go)


def prepare(environment: Environment) -> None:
    """SQLite is brought to this version's schema by itself; PostgreSQL when the operator says so."""
    if async_url(environment.database_url).get_backend_name() == "sqlite":
        upgrade_schema(environment.database_url)


@app.command("run")
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


@app.command()
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
            yield _text(line)

    async def act(database: Database) -> None:
        await talk(
            database, settings, brain, lines(), pushed=PUSHED, user=getpass.getuser(), language=language
        )

    with_database(environment, act)


@app.command()
def parse(config: ConfigOption = CONFIG) -> None:
    """Read texts from stdin, one a line; write what each is understood as, one JSON object a line."""
    set_up_logs(level="warning")
    settings, _ = load(config)
    brain = load_brain(settings)
    for line in sys.stdin.buffer:
        text = _text(line)
        (found,) = brain.interpreter.understand([text])
        heard = Heard(kind=Kind.TEXT, text=text, at=utc_now(), understanding=found)
        decision = decide(
            State(), heard, owner=Owner.BOT, policy=brain.policy, entries=brain.knowledge.entries.keys()
        )
        match decision:
            case Answer():
                reason = "confident"
            case Handoff(reason=why):
                reason = str(why)
            case _:
                reason = str(decision.cause) if hasattr(decision, "cause") else ""
        shown = {
            "text": text,
            "language": found.language,
            "intent": found.intent,
            "confidence": round(found.confidence, 4),
            "alternatives": [
                {"intent": guess.intent, "probability": round(guess.probability, 4)}
                for guess in found.alternatives
            ],
            "complaint": _signal(found.complaint),
            "wants_human": _signal(found.wants_human),
            "urgency": found.urgency,
            "decision": type(decision).__name__.lower(),
            "reason": reason,
        }
        typer.echo(json.dumps(shown, ensure_ascii=False))


def _text(line: bytes) -> str:
    """A line of stdin, read as UTF-8 whatever the locale; what is not UTF-8 becomes U+FFFD."""
    return line.decode("utf-8", "replace").rstrip("\r\n")


def _signal(signal: Signal) -> dict[str, float | bool]:
    return {"probability": round(signal.probability, 4), "decision": signal.decision}


@kb.command("check")
def check_knowledge(config: ConfigOption = CONFIG) -> None:
    """Check the knowledge base's files and count what is in them."""
    settings, _ = load(config)
    knowledge = load_knowledge(settings.bot.knowledge)
    phrasings = sum(len(texts) for entry in knowledge.entries.values() for texts in entry.phrasings.values())
    typer.echo(
        f"{settings.bot.knowledge}: {len(knowledge.entries)} entries, {phrasings} phrasings, no mistakes found"
    )


@db.command("upgrade")
def upgrade(config: ConfigOption = CONFIG) -> None:
    """Bring the database to this version's schema."""
    set_up_logs(level="warning")
    _, environment = load(config)
    upgrade_schema(environment.database_url)
    typer.echo("The database has the schema of this version.")


@user.command("add")
def add_user(
    username: str,
    name: Annotated[str | None, typer.Option(help="As customers see it.")] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Add an agent; the password is asked for (or read from stdin when it is no terminal)."""
    _, environment = load(config)
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")

    async def act(database: Database) -> None:
        async with database.write() as session:
            await add_agent(
                session, username=username, name=name or username, password=password, now=utc_now()
            )

    with_database(environment, act)
    typer.echo(f"{username} can sign in at /console/desk now.")


@token.command("add")
def add_api_token(name: str, config: ConfigOption = CONFIG) -> None:
    """Make a token for an app; it is shown once."""
    _, environment = load(config)

    async def act(database: Database) -> str:
        async with database.write() as session:
            return await add_token(session, name, now=utc_now())

    typer.echo(with_database(environment, act))

"""Commands for who runs the service: the schema, people, tokens."""

import sys
from typing import Annotated

import typer

from bot.commands.common import CONFIG, ConfigOption, in_loop, load, me, read_text, with_database
from bot.doctor import examine
from bot.schema import upgrade_schema
from core.clock import utc_now
from core.database import Database
from core.findings import Grade
from core.logs import set_up_logs
from core.tokens import add_token, list_tokens, revoke_token
from handoff.accounts import invite, invite_again
from handoff.accounts import set_role as give_role
from handoff.agents import Role, add_agent, find_agent
from handoff.invitations import link_to

SIGNS = {Grade.FINE: "✓", Grade.WARNING: "!", Grade.BROKEN: "✗"}


def doctor(config: ConfigOption = CONFIG) -> None:
    """Look whether all that is configured is in order, and say how to mend what is not. Changes nothing."""
    set_up_logs(level="error")
    settings, environment = load(config)

    async def look() -> bool:
        broken = False
        async for diagnosis in examine(settings, environment, now=utc_now()):
            typer.echo(f"{SIGNS[diagnosis.grade]} {diagnosis.subject}: {diagnosis.text}")
            broken |= diagnosis.grade is Grade.BROKEN
        return broken

    if in_loop(look):
        raise typer.Exit(1)


def upgrade_database(config: ConfigOption = CONFIG) -> None:
    """Bring the database to this version's schema."""
    set_up_logs(level="warning")
    _, environment = load(config)
    upgrade_schema(environment.database_url)
    typer.echo("The database has the schema of this version.")


def add_user(
    username: str,
    name: Annotated[str | None, typer.Option(help="As customers see it.")] = None,
    role: Annotated[Role, typer.Option(help="What they may do in the console.")] = Role.AGENT,
    config: ConfigOption = CONFIG,
) -> None:
    """Add an agent; the password is asked for (or read from stdin when it is no terminal)."""
    _, environment = load(config)
    if sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        password = read_text(sys.stdin.buffer.readline())

    async def act(database: Database) -> None:
        async with database.write() as session:
            await add_agent(
                session,
                username=username,
                name=name or username,
                password=password,
                now=utc_now(),
                role=role,
            )

    with_database(environment, act)
    typer.echo(f"{username} can sign in at /console/desk now.")


def invite_user(
    username: str,
    name: Annotated[str, typer.Option(help="As customers see it.")] = "",
    email: Annotated[str, typer.Option(help="Their e-mail address.")] = "",
    role: Annotated[Role | None, typer.Option(help="What they may do in the console.")] = None,
    config: ConfigOption = CONFIG,
) -> None:
    """Print a link by which somebody comes in once, within 7 days, and sets their password. Also for a forgotten one."""
    _, environment = load(config)

    async def act(database: Database) -> str:
        now = utc_now()
        async with database.write() as session:
            known = await find_agent(session, username)
            if known is None:
                _, secret = await invite(
                    session,
                    username=username,
                    name=name,
                    email=email,
                    role=role or Role.AGENT,
                    by=me(),
                    now=now,
                )
                return secret
            if role is not None and role != known.role:
                await give_role(session, username, role, by=me(), now=now)
            _, secret = await invite_again(session, known.id, by=me(), now=now)
            return secret

    secret = with_database(environment, act)
    base = environment.public_url or f"http://localhost:{environment.port}"
    typer.echo(link_to(secret, base=base))


def set_role(username: str, role: Role, config: ConfigOption = CONFIG) -> None:
    """Change what somebody may do in the console: admin, supervisor, agent or viewer."""
    _, environment = load(config)

    async def act(database: Database) -> None:
        async with database.write() as session:
            await give_role(session, username, role, by=me(), now=utc_now())

    with_database(environment, act)
    typer.echo(f"{username} is {role} now.")


def add_api_token(name: str, config: ConfigOption = CONFIG) -> None:
    """Make a token for an app; it is shown once."""
    _, environment = load(config)

    async def act(database: Database) -> str:
        async with database.write() as session:
            return await add_token(session, name, by=me(), now=utc_now())

    typer.echo(with_database(environment, act))


def list_api_tokens(config: ConfigOption = CONFIG) -> None:
    """List the tokens: name, when and by whom each was made, when it was last used."""
    _, environment = load(config)

    async def act(database: Database) -> None:
        async with database.read() as session:
            for token in await list_tokens(session):
                used = f"{token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never"
                by = token.made_by or "somebody"
                typer.echo(f"{token.name}  made {token.created_at:%Y-%m-%d} by {by}, last used {used} (UTC)")

    with_database(environment, act)


def revoke_api_token(name: str, config: ConfigOption = CONFIG) -> None:
    """Take a token away: its app is refused from the next request on."""
    _, environment = load(config)

    async def act(database: Database) -> None:
        async with database.write() as session:
            await revoke_token(session, name, by=me(), now=utc_now())

    with_database(environment, act)
    typer.echo(f"{name} is refused from now on.")

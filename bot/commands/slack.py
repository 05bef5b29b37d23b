"""Commands about the desk in Slack: who is who."""

import re
from typing import Annotated

import typer

from bot.commands.common import CONFIG, ConfigOption, load, with_database
from bot.extras import extra
from core.clock import utc_now
from core.database import Database
from core.errors import BadInput, ConfigError, NotFound
from handoff.agents import Agent, find_agent
from handoff.desk.people import link_person, list_people, unlink_person
from handoff.presence import list_agents

USER_ID = re.compile(r"[UW][A-Z0-9]{2,}")

UserArgument = Annotated[
    str, typer.Argument(help="The Slack member id: in Slack, profile → ⋮ → Copy member ID.")
]


def link(user: UserArgument, agent: str, config: ConfigOption = CONFIG) -> None:
    """Name the agent that a Slack user is: what they write in a ticket's thread may go to its customer."""
    _, environment = load(config)
    if not USER_ID.fullmatch(user):
        raise BadInput(
            "user", f"{user} is no Slack member id; it looks like U012AB3CD. See: shouwen slack people"
        )

    async def act(database: Database) -> str:
        async with database.write() as session:
            found = await _find(database, agent)
            await link_person(session, user, found, now=utc_now())
            return found.name

    typer.echo(f"{user} is {with_database(environment, act)} now.")


def unlink(agent: str, config: ConfigOption = CONFIG) -> None:
    """From now on the agent is nobody in Slack."""
    _, environment = load(config)

    async def act(database: Database) -> bool:
        async with database.write() as session:
            return await unlink_person(session, await _find(database, agent))

    was_linked = with_database(environment, act)
    typer.echo(f"{agent} is nobody in Slack now." if was_linked else f"{agent} was nobody in Slack before.")


def people(config: ConfigOption = CONFIG) -> None:
    """List who is who, and whom Slack knows by an e-mail address that begins with an agent's user name."""
    _, environment = load(config)
    token = environment.slack_bot_token
    if token is None:
        raise ConfigError("SLACK_BOT_TOKEN", "is not set", "Set it as docs/slack.md says")
    with extra("slack", "SLACK_BOT_TOKEN"):
        from channels.slack.client import Slack  # noqa: PLC0415
        from handoff.desk.directory import suggest  # noqa: PLC0415

    async def act(database: Database) -> list[str]:
        async with database.read() as session:
            agents = [each for each in await list_agents(session) if each.left_at is None]
            linked = await list_people(session)
        lines = [f"{user_id}  {agent.username}" for user_id, agent in sorted(linked.items())]
        taken = {agent.username for agent in linked.values()}
        slack = Slack(token, api_url=environment.slack_api_url)
        try:
            found = await suggest(slack, [each.username for each in agents if each.username not in taken])
        finally:
            await slack.close()
        lines += [f"{user_id}  {name}?  Run: shouwen slack link {user_id} {name}" for user_id, name in found]
        missing = taken | {name for _, name in found}
        return [*lines, *(f"–  {each.username}" for each in agents if each.username not in missing)]

    for line in with_database(environment, act):
        typer.echo(line)


async def _find(database: Database, username: str) -> Agent:
    async with database.read() as session:
        agent = await find_agent(session, username)
    if agent is None:
        raise NotFound("agent", username)
    return agent

"""What `shouwen doctor` finds wrong with our place in Slack."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.servers import free_port
from bot.config import Environment, SlackSection, load_config
from bot.doctor import look_at_slack
from channels.slack.client import Slack, SlackAway, SlackRefusal
from console.channel_texts import tell_finding
from console.texts import PageTexts
from core.connections import Signs, read_connections
from core.database import Database
from core.findings import Grade
from handoff.desk.examining import SCOPES, examine_slack
from tests.slack.workspace import Workspace

ROOT = Path(__file__).parents[2]


async def examined(slack: Slack, queues: Mapping[str, str], **more: Any) -> list[str]:
    """What is found, as `shouwen doctor` says it."""
    found = await examine_slack(slack, queues, **more)
    return [tell_finding(each, PageTexts("en")) for each in found]


@pytest.fixture
async def slack(workspace: Workspace) -> AsyncIterator[Slack]:
    slack = Slack(workspace.token, api_url=workspace.api_url)
    yield slack
    await slack.close()


async def test_nothing_where_all_is_in_order(slack: Slack, workspace: Workspace) -> None:
    ours = {name: workspace.channels[name] for name in ("service", "care")}
    assert await examined(slack, ours) == []


async def test_channels_that_are_not_there_or_that_we_are_not_in_are_named(
    slack: Slack, workspace: Workspace
) -> None:
    general = workspace.channels["general"]
    missing, uninvited = await examined(slack, {"care": "C0NOTHERE", "service": general})
    assert "C0NOTHERE" in missing and "care" in missing and "desk.slack.channels" in missing
    (report,) = await examined(slack, {}, reports={"weekly": "C0NOTHERE"})
    assert "for reports" in report and "reports.weekly.slack" in report
    assert "#general" in uninvited and "/invite @Shouwen" in uninvited


async def test_a_refused_token_is_told(workspace: Workspace) -> None:
    slack = Slack("xoxb-wrong", api_url=workspace.api_url)
    try:
        (told,) = await examined(slack, {})
    finally:
        await slack.close()
    assert "invalid_auth" in told and "OAuth & Permissions" in told


async def test_missing_scopes_are_named(slack_emulator: str) -> None:
    async with httpx.AsyncClient(base_url=slack_emulator) as http:
        workspace = await Workspace.begin(http, scopes=sorted(SCOPES - {"reactions:write", "commands"}))
        slack = Slack(workspace.token, api_url=workspace.api_url)
        (told,) = await examined(slack, {})
        await slack.close()
    assert "commands, reactions:write" in told and "reinstall" in told


async def test_where_customers_write_more_is_needed(slack_emulator: str) -> None:
    async with httpx.AsyncClient(base_url=slack_emulator) as http:
        workspace = await Workspace.begin(http, scopes=sorted(SCOPES))
        slack = Slack(workspace.token, api_url=workspace.api_url)
        general = workspace.channels["general"]
        scopes, uninvited = await examined(slack, {}, customers=[general], direct_messages=True)
        in_channels_only = await examined(slack, {}, customers=[workspace.channels["service"]])
        missing = await examined(slack, {}, customers=["C0NOTHERE"])
        await slack.close()
    assert "im:history" in scopes and "#general" in uninvited
    assert in_channels_only == []
    assert "channels.slack.channels" in missing[0]


async def test_customers_without_a_token_are_told_of() -> None:
    config = load_config(ROOT / "config.yml")
    customers = config.channels.model_copy(update={"slack": SlackSection(direct_messages=True)})
    environment = Environment(database_url="sqlite://")
    assert await look_at_slack(config, environment) == []
    (told,) = await look_at_slack(config.model_copy(update={"channels": customers}), environment)
    assert told.grade is Grade.BROKEN and "SLACK_BOT_TOKEN" in told.text


async def test_whether_slack_answers_and_knows_us_is_noted(workspace: Workspace, database: Database) -> None:
    signs = Signs(database)

    async def noted(token: str, api_url: str, method: str, **values: Any) -> tuple[str, str | None]:
        slack = Slack(token, api_url=api_url, signs=signs)
        with contextlib.suppress(SlackRefusal, SlackAway):
            await slack.call(method, **values)
        await slack.close()
        await signs.write()
        async with database.read() as session:
            row = (await read_connections(session))["slack.call"]
        return row.state, row.error

    assert await noted(workspace.token, workspace.api_url, "auth.test") == ("fine", None)
    unknown = await noted("xoxb-wrong", workspace.api_url, "auth.test")
    assert unknown == ("trouble", "auth.test: invalid_auth")
    refused = await noted(workspace.token, workspace.api_url, "conversations.info", channel="C0NOTHERE")
    assert refused[0] == "fine"
    away = await noted(workspace.token, f"http://127.0.0.1:{free_port()}/api/", "auth.test")
    assert away[0] == "trouble" and "xoxb" not in str(away)

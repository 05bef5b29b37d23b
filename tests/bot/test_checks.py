"""Which channels are configured, what those that are not want, and how our own are looked at."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.servers import free_port
from bot import checks
from bot.checks import ChannelChecks, find_setups
from bot.config import Config, Environment, SlackSection, TelegramSection, load_config
from console.channels_view import Setup
from core.clock import utc_now
from core.database import Database
from core.errors import NotFound
from core.feed import Feed
from core.findings import Grade
from core.tokens import add_token
from core.wakeups import LocalWakeups

CONFIG = load_config(Path(__file__).parents[2] / "config.yml")
NOTHING = Environment(database_url="sqlite://")


def setup(name: str, config: Config = CONFIG, **variables: str) -> Setup:
    found = find_setups(config, NOTHING.model_copy(update=variables))
    return next(each for each in found if each.name == name)


def ticks(setup: Setup) -> Sequence[str]:
    return [wire.name for wire in setup.wires if wire.ticks]


def test_what_we_serve_ourselves_is_on_and_all_else_says_what_it_wants() -> None:
    found = find_setups(CONFIG, NOTHING)
    assert [each.name for each in found if each.is_on] == ["webchat", "api"]
    assert list(setup("telegram").wants) == ["TELEGRAM_BOT_TOKEN"]
    for name in ("slack", "slack_desk"):
        assert "SLACK_BOT_TOKEN" in setup(name).wants


def test_by_which_way_telegram_comes_says_what_else_is_wanted() -> None:
    polled = setup("telegram", telegram_bot_token="42:T")
    assert (polled.is_on, polled.way, ticks(polled)) == (
        True,
        "polling",
        ["telegram.receive", "telegram.send"],
    )
    channels = CONFIG.channels.model_copy(update={"telegram": TelegramSection(mode="webhook")})
    called = CONFIG.model_copy(update={"channels": channels})
    wanting = setup("telegram", called, telegram_bot_token="42:T")
    assert list(wanting.wants) == ["TELEGRAM_WEBHOOK_SECRET", "PUBLIC_URL"]
    whole = setup(
        "telegram",
        called,
        telegram_bot_token="42:T",
        telegram_webhook_secret="s",
        public_url="https://x.example",
    )
    assert (whole.is_on, ticks(whole)) == (True, ["telegram.send"])  # nobody knows when a webhook is called


def test_the_desk_in_slack_and_its_customers_are_two() -> None:
    variables = {"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}
    customers = CONFIG.channels.model_copy(update={"slack": SlackSection(direct_messages=True)})
    config = CONFIG.model_copy(update={"channels": customers})
    assert setup("slack", config, **variables).is_on
    assert list(setup("slack_desk", config, **variables).wants) == ["desk.slack.channels"]
    assert ticks(setup("slack", config, **variables)) == ["slack.receive", "slack.send"]


async def test_our_own_channels_are_asked_like_customers_ask_them(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(database, LocalWakeups())
    looks = ChannelChecks(CONFIG, NOTHING, database, feed, chat=f"ws://127.0.0.1:{free_port()}")
    async with feed.running():
        assert [(each.code, each.grade) for each in await looks.look("webchat")] == [
            ("webchat_away", Grade.BROKEN)
        ]
        assert [each.code for each in await looks.look("api")] == ["api_no_token"]
        async with database.write() as session:
            await add_token(session, "web-shop", by="lin", now=utc_now())
        assert [each.code for each in await looks.look("api")] == ["api_fine"]
    monkeypatch.setattr(checks, "FEED_SECONDS", 0.01)
    assert [each.code for each in await looks.look("webchat")] == ["feed_away"]


@pytest.mark.parametrize("name", ["telegram", "slack", "slack_desk", "pigeons", ""])
async def test_what_is_not_configured_is_not_looked_at(database: Database, name: str) -> None:
    looks = ChannelChecks(CONFIG, NOTHING, database, Feed(database, LocalWakeups()), chat="ws://nowhere")
    with pytest.raises(NotFound):
        await looks.look(name)

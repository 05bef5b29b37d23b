"""What `shouwen doctor` and the page of channels find wrong with our bot on Telegram."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.telegram.examining import examine_telegram
from core.findings import Finding, Grade
from tests.telegram.support import FakeBotApi

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PUBLIC = "https://shop.example"
OURS = f"{PUBLIC}/telegram/webhook"


async def examined(bot_api: FakeBotApi, *, public_url: str | None = None, **info: Any) -> list[Finding]:
    hook = {"url": "", "has_custom_certificate": False, "pending_update_count": 0, **info}
    bot_api.plan.append((200, {"ok": True, "result": hook}))
    return await examine_telegram("42:TEST", bot_api.url, public_url=public_url, now=NOW)


@pytest.mark.parametrize(("public_url", "url"), [(None, ""), (PUBLIC, OURS), (f"{PUBLIC}/", OURS)])
async def test_where_all_is_in_order_it_says_who_we_are(
    bot_api: FakeBotApi, public_url: str | None, url: str
) -> None:
    (found,) = await examined(bot_api, public_url=public_url, url=url)
    assert (found.code, found.grade, found.facts["name"]) == ("telegram_name", Grade.FINE, "shop_bot")


@pytest.mark.parametrize(
    ("public_url", "info", "code", "grade"),
    [
        (None, {"url": "https://old.example"}, "telegram_webhook", Grade.WARNING),
        (PUBLIC, {"url": ""}, "telegram_no_webhook", Grade.BROKEN),
        (PUBLIC, {"url": "https://old.example"}, "telegram_no_webhook", Grade.BROKEN),
        (None, {"pending_update_count": 51}, "telegram_waiting", Grade.WARNING),
    ],
)
async def test_what_does_not_come_to_us_is_told(
    bot_api: FakeBotApi, public_url: str | None, info: dict[str, Any], code: str, grade: Grade
) -> None:
    _, found = await examined(bot_api, public_url=public_url, **info)
    assert (found.code, found.grade) == (code, grade)


@pytest.mark.parametrize(("minutes", "is_news"), [(59, True), (61, False)])
async def test_what_telegram_could_not_hand_over_lately_is_told(
    bot_api: FakeBotApi, minutes: int, is_news: bool
) -> None:
    at = int((NOW - timedelta(minutes=minutes)).timestamp())
    found = await examined(
        bot_api, public_url=PUBLIC, url=OURS, last_error_date=at, last_error_message="Wrong response: 502"
    )
    assert [each.code for each in found[1:]] == (["telegram_hook_failed"] if is_news else [])


async def test_a_refused_token_and_no_token_at_all_are_told(bot_api: FakeBotApi) -> None:
    bot_api.refuses(401, "Unauthorized")
    (refused,) = await examine_telegram("42:TEST", bot_api.url, public_url=None, now=NOW)
    assert refused.code == "telegram_away" and "Unauthorized" in refused.facts["error"]
    (unfit,) = await examine_telegram("no token", bot_api.url, public_url=None, now=NOW)
    assert unfit.code == "config" and "@BotFather" in unfit.facts["error"]

"""What is wrong with our bot on Telegram: token, network, webhook."""

from datetime import datetime, timedelta

from channels.base import ChannelError
from channels.telegram.client import ask_name, create_bot, translated
from channels.telegram.webhook import PATH
from core.errors import ConfigError
from core.findings import Finding, Grade

RECENT = timedelta(hours=1)  # within which what Telegram could not hand over is still news
MANY = 50  # messages that wait at Telegram


async def examine_telegram(
    token: str, api_url: str | None, *, public_url: str | None, now: datetime
) -> list[Finding]:
    """Asks Telegram who we are and how it hands over what customers write. With a `public_url` that is by webhook there."""
    try:
        bot = create_bot(token, api_url)
    except ConfigError as error:
        return [Finding(code="config", facts={"error": str(error)})]
    try:
        name = await ask_name(bot)
        with translated(bot):
            hook = await bot.get_webhook_info()
    except ChannelError as error:
        return [Finding(code="telegram_away", facts={"error": str(error)})]
    finally:
        await bot.session.close()
    found = [Finding(code="telegram_name", grade=Grade.FINE, facts={"name": name.username})]
    wanted = public_url.rstrip("/") + PATH if public_url else ""
    if hook.url != wanted:
        code = "telegram_no_webhook" if wanted else "telegram_webhook"
        grade = Grade.BROKEN if wanted else Grade.WARNING
        found.append(Finding(code=code, grade=grade, facts={"url": hook.url or "–", "wanted": wanted}))
    elif hook.last_error_message and hook.last_error_date and now - hook.last_error_date < RECENT:
        found.append(Finding(code="telegram_hook_failed", facts={"error": hook.last_error_message}))
    if hook.pending_update_count > MANY:
        count = str(hook.pending_update_count)
        found.append(Finding(code="telegram_waiting", grade=Grade.WARNING, facts={"count": count}))
    return found

"""Sending to Telegram: against a Bot API server that fails as Telegram documents it."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot

from channels.base import RetryLater, TemporaryFailure, Undeliverable
from channels.telegram.channel import MAX_UNITS, TelegramChannel, split_units
from channels.telegram.client import create_bot
from channels.telegram.pacing import Pacing, Rate
from core.errors import ConfigError
from core.messages import Address, Attachment, Button, OutgoingMessage
from tests.telegram.support import FakeBotApi

TOKEN = "42:SECRET"
LONG = "\n".join(f"第 {number} 段话，" + "说了很多。" * 18 for number in range(100))


@pytest.fixture
async def bot(bot_api: FakeBotApi) -> AsyncIterator[Bot]:
    bot = create_bot(TOKEN, bot_api.url)
    yield bot
    await bot.session.close()


@pytest.fixture
def channel(bot: Bot) -> TelegramChannel:
    """Without pacing worth waiting for."""
    quick = Rate(per_second=1e6)
    return TelegramChannel(bot, pacing=Pacing(chat=quick, group=quick, overall=quick))


def message(text: str = "你好", *, chat: str = "1001", buttons: tuple[Button, ...] = ()) -> OutgoingMessage:
    return OutgoingMessage(address=Address(channel="telegram", chat=chat), text=text, buttons=buttons)


async def test_text_is_sent_as_it_is_with_its_buttons(channel: TelegramChannel, bot_api: FakeBotApi) -> None:
    buttons = (Button(action="entry:refund", label="退款"), Button(action="human", label="转人工"))
    (vendor_id,) = await channel.send(message("<b>*_hi_*</b> &", buttons=buttons))
    (form,) = bot_api.called("sendMessage")
    assert vendor_id
    assert (form["chat_id"], form["text"]) == ("1001", "<b>*_hi_*</b> &")
    assert "parse_mode" not in form
    assert form["reply_markup"].count("callback_data") == 2


async def test_a_group_is_answered_in_its_topic(channel: TelegramChannel, bot_api: FakeBotApi) -> None:
    await channel.send(message(chat="-100123/7/77"))
    (form,) = bot_api.called("sendMessage")
    assert (form["chat_id"], form["message_thread_id"]) == ("-100123", "77")


async def test_a_long_text_is_split_and_the_buttons_stand_under_its_end(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    ids = await channel.send(message(LONG, buttons=(Button(action="human", label="转人工"),)))
    forms = bot_api.called("sendMessage")
    assert len(forms) == len(ids) > 1
    assert "".join(form["text"] for form in forms).replace("\n", "") == LONG.replace("\n", "")
    assert [("reply_markup" in form) for form in forms] == [False] * (len(forms) - 1) + [True]


@pytest.mark.parametrize("text", [LONG, "😀" * 5000, "a😀" * 3000, "x" * 4096, "word " * 2000])
def test_no_part_is_longer_than_telegram_takes_and_nothing_is_lost(text: str) -> None:
    parts = split_units(text)
    assert all(0 < len(part.encode("utf-16-le")) // 2 <= MAX_UNITS for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


async def test_actions_too_long_for_telegram_become_a_numbered_list(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    buttons = (Button(action="entry:" + "长" * 30, label="长"), Button(action="human", label="转人工"))
    await channel.send(message("哪一个？", buttons=buttons))
    (form,) = bot_api.called("sendMessage")
    assert form["text"] == "哪一个？\n\n1. 长\n2. 转人工"
    assert "reply_markup" not in form


async def test_429_is_obeyed(channel: TelegramChannel, bot_api: FakeBotApi) -> None:
    bot_api.refuses(429, "Too Many Requests: retry after 17", retry_after=17)
    with pytest.raises(RetryLater) as caught:
        await channel.send(message())
    assert caught.value.seconds == 17


async def test_429_in_the_middle_of_a_long_text_does_not_repeat_its_beginning(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    bot_api.plan.append((200, {"ok": True, "result": {"message_id": 1}}))
    bot_api.refuses(429, "Too Many Requests: retry after 1", retry_after=1)
    bot_api.refuses(502, "Bad Gateway")
    await channel.send(message(LONG))
    texts = [form["text"] for form in bot_api.called("sendMessage")]
    assert texts[1] == texts[2] == texts[3]
    assert len(set(texts)) == len(texts) - 2


@pytest.mark.parametrize(
    ("status", "description"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (403, "Forbidden: user is deactivated"),
        (400, "Bad Request: chat not found"),
    ],
)
async def test_a_customer_who_cannot_be_reached(
    channel: TelegramChannel, bot_api: FakeBotApi, status: int, description: str
) -> None:
    bot_api.refuses(status, description)
    with pytest.raises(Undeliverable, match=description):
        await channel.send(message())


@pytest.mark.parametrize("status", [500, 502, 401])
async def test_what_may_work_later(channel: TelegramChannel, bot_api: FakeBotApi, status: int) -> None:
    bot_api.refuses(status, "trouble")
    with pytest.raises(TemporaryFailure):
        await channel.send(message())


async def test_a_server_that_is_not_there(channel: TelegramChannel, bot: Bot) -> None:
    away = create_bot(TOKEN, "http://127.0.0.1:1")
    with pytest.raises(TemporaryFailure) as caught:
        await TelegramChannel(away).send(message())
    assert TOKEN not in str(caught.value)
    await away.session.close()


async def test_an_answer_in_other_words_than_ours_is_a_success(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    bot_api.plan.append((200, {"ok": True, "result": {"message_id": 5, "date": "tomorrow", "chat": None}}))
    assert await channel.send(message()) == ["5"]


async def test_a_file_is_streamed(channel: TelegramChannel, bot_api: FakeBotApi) -> None:
    content = bytes(range(256)) * 1000
    bot_api.files["photos/1.jpg"] = content
    attachment = Attachment(ref="photos/1.jpg", name="photo.jpg", mime="image/jpeg")
    async with channel.open_attachment(attachment) as opened:
        assert (opened.name, opened.mime) == ("photo.jpg", "image/jpeg")
        assert b"".join([chunk async for chunk in opened.content]) == content


async def test_a_file_that_is_gone_says_so_without_the_token(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    with pytest.raises(Undeliverable) as caught:
        async with channel.open_attachment(Attachment(ref="photos/gone.jpg")):
            pass
    assert TOKEN not in str(caught.value)
    bot_api.refuses(400, "Bad Request: file is too big")
    with pytest.raises(Undeliverable, match="too big"):
        async with channel.open_attachment(Attachment(ref="photos/big.jpg")):
            pass


def test_a_chat_gets_one_message_a_second_and_all_together_thirty() -> None:
    pacing = Pacing()
    assert [pacing.reserve(1, now=100.0) for _ in range(3)] == pytest.approx([0.0, 1.0, 2.0])
    others = [pacing.reserve(chat, now=200.0) for chat in range(2, 62)]
    assert others[-1] == pytest.approx(59 / 30)
    assert pacing.reserve(1, now=300.0) == 0.0


def test_a_group_gets_twenty_messages_a_minute() -> None:
    pacing = Pacing()
    moments = [pacing.reserve(-5, now=0.0) for _ in range(60)]
    assert moments[:3] == pytest.approx([0.0, 1.0, 2.0])
    for start in moments:
        assert sum(start <= moment < start + 60 for moment in moments) <= 20


def test_a_token_or_address_that_cannot_be_one_is_refused_with_the_mend() -> None:
    with pytest.raises(ConfigError, match=r"TELEGRAM_BOT_TOKEN.*BotFather"):
        create_bot("not a token")
    with pytest.raises(ConfigError, match="TELEGRAM_API_URL"):
        create_bot(TOKEN, "api.telegram.org")

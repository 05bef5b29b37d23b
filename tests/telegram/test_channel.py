"""Sending to Telegram: against a Bot API server that fails as Telegram documents it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import uuid4

import pytest
from aiogram import Bot
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import CannotAmend, RetryLater, TemporaryFailure, Undeliverable
from channels.delivery import Sender
from channels.telegram.channel import MAX_UNITS, TelegramChannel, split_units
from channels.telegram.client import create_bot
from channels.telegram.pacing import LONGEST_WAIT, Pacing
from channels.typing import TypingSender
from core.database import Database
from core.errors import ConfigError
from core.messages import Address, Attachment, Button, OutgoingMessage
from core.outbox import Parcel
from core.pacing import Rate
from core.typing_signs import Side, TypingSign, TypingSigns
from core.wakeups import LocalWakeups
from tests.telegram.support import (
    FakeBotApi,
    MovingClock,
    deliveries,
    eventually,
    make_conversation,
    queue,
    running,
)

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


async def send_all(channel: TelegramChannel, whole: OutgoingMessage) -> Sequence[str]:
    """Send a message as the delivery does: part by part; the vendor's ids."""
    return [await channel.send(part) for part in channel.split(whole)]


async def test_text_is_sent_as_it_is_with_its_buttons(channel: TelegramChannel, bot_api: FakeBotApi) -> None:
    buttons = (Button(action="entry:refund", label="退款"), Button(action="human", label="转人工"))
    (vendor_id,) = await send_all(channel, message("<b>*_hi_*</b> &", buttons=buttons))
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
    ids = await send_all(channel, message(LONG, buttons=(Button(action="human", label="转人工"),)))
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
    await send_all(channel, message("哪一个？", buttons=buttons))
    (form,) = bot_api.called("sendMessage")
    assert form["text"] == "哪一个？\n\n1. 长\n2. 转人工"
    assert "reply_markup" not in form


VOTES = (
    Button(action="helpful:0197c0de-0000-7000-8000-000000000000:yes", label="👍"),
    Button(action="helpful:0197c0de-0000-7000-8000-000000000000:no", label="👎"),
)


@pytest.mark.parametrize(
    ("action", "rows"), [("human", [["转人工"], ["👍", "👎"]]), ("entry:" + "长" * 30, [["👍", "👎"]])]
)
async def test_votes_stand_in_a_row_of_their_own_and_are_never_numbered(
    channel: TelegramChannel, bot_api: FakeBotApi, action: str, rows: list[list[str]]
) -> None:
    buttons = (Button(action=action, label="转人工"), *VOTES)
    await send_all(channel, message("答案", buttons=buttons))
    (form,) = bot_api.called("sendMessage")
    keyboard = json.loads(form["reply_markup"])["inline_keyboard"]
    assert [[key["text"] for key in row] for row in keyboard] == rows
    assert "👍" not in form["text"]


async def test_429_is_obeyed(channel: TelegramChannel, bot_api: FakeBotApi) -> None:
    bot_api.refuses(429, "Too Many Requests: retry after 17", retry_after=17)
    with pytest.raises(RetryLater) as caught:
        await channel.send(message())
    assert caught.value.seconds == 17


async def test_a_long_text_that_is_interrupted_goes_on_where_it_was(
    channel: TelegramChannel,
    bot_api: FakeBotApi,
    database: Database,
    wakeups: LocalWakeups,
    clock: MovingClock,
) -> None:
    async def no_burial(session: AsyncSession, parcel: Parcel, error: str) -> None:
        raise AssertionError(error)

    bot_api.plan.append((200, {"ok": True, "result": {"message_id": 1}}))
    bot_api.refuses(429, "Too Many Requests: retry after 1", retry_after=1)
    for _ in range(4):
        bot_api.refuses(502, "Bad Gateway")
    await queue(database, await make_conversation(database), LONG, at=clock())
    for _ in range(6):
        sender = Sender(channel, database, wakeups, on_buried=no_burial, clock=clock)
        await sender.step()
        await sender.idle()
        clock.move(minutes=15)
    parts = [part.text for part in channel.split(message(LONG))]
    texts = [form["text"] for form in bot_api.called("sendMessage")]
    assert texts == [parts[0], *[parts[1]] * 5, *parts[1:]]
    assert await deliveries(database) == [(LONG, "sent")]


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
    assert await channel.send(message()) == "5"


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


def moments_of_a_crowd(pacing: Pacing, chat: int, *, size: int) -> list[float]:
    """When those get their turn who all want to write to a chat at second 0, and come again as they are told."""
    returns = [0.0] * size
    moments = []
    while returns:
        now = min(returns)
        returns.remove(now)
        try:
            moments.append(now + pacing.reserve(chat, now=now))
        except RetryLater as error:
            returns.append(now + error.seconds)
    return moments


def test_a_group_gets_twenty_messages_a_minute() -> None:
    moments = moments_of_a_crowd(Pacing(), -5, size=60)
    assert moments[:3] == pytest.approx([0.0, 1.0, 2.0])
    for start in moments:
        assert sum(start <= moment < start + 60 for moment in moments) <= 20


def test_a_crowd_in_a_group_uses_every_moment_there_is() -> None:
    """Five at once, and then one every four seconds: nobody takes a moment and leaves it unused."""
    assert max(moments_of_a_crowd(Pacing(), -5, size=60)) < (60 - 5) * 4 + 5


def test_who_would_wait_long_is_told_to_come_again_and_takes_nothing() -> None:
    pacing = Pacing()
    while True:
        try:
            assert pacing.reserve(-5, now=0.0) <= LONGEST_WAIT
        except RetryLater as error:
            told = error.seconds
            break
    for _ in range(100):
        with pytest.raises(RetryLater) as caught:
            pacing.reserve(-5, now=0.0)
        assert caught.value.seconds == told
    assert pacing.reserve(-5, now=told) <= LONGEST_WAIT


async def test_a_part_that_must_wait_long_is_not_sent(bot: Bot, bot_api: FakeBotApi) -> None:
    channel = TelegramChannel(bot, pacing=Pacing(group=Rate(per_second=0.001)))
    await channel.send(message(chat="-5/7"))
    with pytest.raises(RetryLater):
        await channel.send(message(chat="-5/8"))
    assert len(bot_api.called("sendMessage")) == 1


def test_a_token_or_address_that_cannot_be_one_is_refused_with_the_mend() -> None:
    with pytest.raises(ConfigError, match=r"TELEGRAM_BOT_TOKEN.*BotFather"):
        create_bot("not a token")
    with pytest.raises(ConfigError, match="TELEGRAM_API_URL"):
        create_bot(TOKEN, "api.telegram.org")


def files(*mimes: str) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(ref=f"https://shop.example/{n}", name=f"f{n}", mime=m) for n, m in enumerate(mimes)
    )


async def test_files_go_out_as_what_they_are_before_the_text_and_its_buttons(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    whole = replace(
        message("看这里", buttons=(Button(action="human", label="转人工"),)),
        attachments=files("image/png", "application/pdf", "text/csv"),
    )
    assert len(await send_all(channel, whole)) == 3
    (photo,), (document,) = bot_api.called("sendPhoto"), bot_api.called("sendDocument")
    assert (photo["photo"], document["document"]) == ("https://shop.example/0", "https://shop.example/1")
    (text,) = bot_api.called("sendMessage")
    assert text["text"] == "看这里\n\nf2: https://shop.example/2"  # Telegram does not fetch this kind
    assert "reply_markup" in text


async def test_a_file_that_telegram_cannot_fetch_is_sent_as_its_address(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    bot_api.refuses(400, "Bad Request: failed to get HTTP URL content")
    await send_all(channel, replace(message("看这里"), attachments=files("image/png")))
    assert [form["text"] for form in bot_api.called("sendMessage")] == [
        "f0: https://shop.example/0",
        "看这里",
    ]


async def test_what_was_sent_is_edited_part_by_part_and_files_stay(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    picture = Attachment(ref="https://shop.example/a.png", name="a.png", mime="image/png")
    whole = replace(message("新的话"), attachments=(picture,))
    await channel.amend(["7", "8", "9"], whole)
    (edit,) = bot_api.called("editMessageText")
    assert (edit["chat_id"], edit["message_id"], edit["text"]) == ("1001", "8", "新的话")
    assert "parse_mode" not in edit
    assert [form["message_id"] for form in bot_api.called("deleteMessage")] == [
        "9"
    ]  # the text was longer before


async def test_a_text_that_has_grown_out_of_its_place_is_not_begun(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    with pytest.raises(CannotAmend, match="too long"):
        await channel.amend(["7"], message(LONG))
    assert bot_api.called("editMessageText") == []


async def test_all_parts_are_deleted(channel: TelegramChannel, bot_api: FakeBotApi) -> None:
    await channel.withdraw(["7", "8"], message(chat="-100200/5").address)
    forms = bot_api.called("deleteMessage")
    assert [(form["chat_id"], form["message_id"]) for form in forms] == [("-100200", "7"), ("-100200", "8")]


# As Telegram words them: the descriptions are in no documentation, but have been the same for years.
@pytest.mark.parametrize(
    "description",
    ["message can't be deleted for everyone", "message can't be edited", "message to edit not found"],
)
async def test_what_cannot_be_changed_any_more_is_told(
    channel: TelegramChannel, bot_api: FakeBotApi, description: str
) -> None:
    bot_api.refuses(400, f"Bad Request: {description}")
    with pytest.raises(CannotAmend, match=description):
        await channel.withdraw(["7"], message().address)
    bot_api.refuses(400, f"Bad Request: {description}")
    with pytest.raises(CannotAmend, match=description):
        await channel.amend(["7"], message())


async def test_what_is_so_already_is_done(channel: TelegramChannel, bot_api: FakeBotApi) -> None:
    """Such as when the answer to the first try was lost."""
    bot_api.refuses(
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly "
        "the same as a current content and reply markup of the message",
    )
    await channel.amend(["7"], message())
    bot_api.refuses(400, "Bad Request: message to delete not found")
    await channel.withdraw(["7"], message().address)


async def test_a_change_obeys_the_limits_and_a_block_is_final(
    channel: TelegramChannel, bot_api: FakeBotApi
) -> None:
    bot_api.refuses(429, "Too Many Requests: retry after 7", retry_after=7)
    with pytest.raises(RetryLater):
        await channel.amend(["7"], message())
    bot_api.refuses(403, "Forbidden: bot was blocked by the user")
    with pytest.raises(Undeliverable):
        await channel.withdraw(["7"], message().address)


async def test_an_agents_typing_is_shown_now_and_then_and_never_before_a_message(
    bot: Bot, bot_api: FakeBotApi
) -> None:
    wakeups = LocalWakeups()
    signs = TypingSigns(wakeups, now=iter(range(0, 1000, 10)).__next__)  # never too soon for themselves
    channel = TelegramChannel(bot, pacing=Pacing(overall=Rate(per_second=1e6)))
    topic = Address(channel="telegram", chat="-5/9/7")

    def give(address: Address) -> None:
        signs.give(Side.AGENT, TypingSign(conversation_id=uuid4(), name="小林", address=address))

    async def shown() -> list[tuple[str, str]]:
        forms = bot_api.called("sendChatAction")
        return [(form["chat_id"], form["action"]) for form in forms]

    async with running(TypingSender({"telegram": channel}, signs).run()):
        await asyncio.sleep(0)
        give(Address(channel="webchat", chat="x"))  # which nobody calls
        give(message().address)
        await eventually(lambda: has(shown, 1))
        give(message().address)  # still shown
        await send_all(channel, message(chat="2002"))
        give(Address(channel="telegram", chat="2002"))  # the message's moment
        give(topic)
        await eventually(lambda: has(shown, 2))
    assert [chat for chat, _ in await shown()] == ["1001", "-5"]
    assert bot_api.called("sendChatAction")[1]["message_thread_id"] == "7"


async def has(shown: Callable[[], Awaitable[list[tuple[str, str]]]], count: int) -> bool:
    return len(await shown()) >= count

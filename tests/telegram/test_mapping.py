"""What Telegram's updates mean to us.

The updates have the shape of Telegram's own samples (https://core.telegram.org/bots/webhooks#testing-your-bot-with-updates),
with the fields that https://core.telegram.org/bots/api has made mandatory since.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from channels.telegram.client import BotName, read_update
from channels.telegram.mapping import Place, to_inbound
from core.messages import Address, Attachment, InboundMessage, Kind, Sender

UPDATES: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("updates.json").read_text("utf-8"))
BOT = BotName(id=42, username="shop_bot")
FILE = "AwADBAADbXXXXXXXXXXXGBdhD2l6_XX"


def mapped(name: str) -> InboundMessage:
    message = to_inbound(read_update(UPDATES[name]), BOT)
    assert message is not None
    return message


def changed(name: str, **fields: Any) -> InboundMessage:
    """The update with other fields in its message."""
    ((kind, message),) = [(key, value) for key, value in UPDATES[name].items() if key != "update_id"]
    found = to_inbound(read_update({"update_id": 1, kind: {**message, **fields}}), BOT)
    assert found is not None
    return found


def test_a_text() -> None:
    assert mapped("text") == InboundMessage(
        address=Address(channel="telegram", chat="1111111"),
        external_id="42:1111111:1365",
        sender=Sender(external_id="1111111", name="Test Firstname Test Lastname", language="zh"),
        kind=Kind.TEXT,
        text="我的订单到哪了",
    )


@pytest.mark.parametrize(
    ("name", "kind", "text", "attachment"),
    [
        (
            "photo",
            Kind.FILE,
            "这个坏了",
            Attachment(ref="large", name="photo.jpg", mime="image/jpeg", size=100801),
        ),
        (
            "document",
            Kind.FILE,
            "",
            Attachment(ref=FILE, name="Testfile.pdf", mime="application/pdf", size=536392),
        ),
        ("animation", Kind.FILE, "", Attachment(ref=FILE, name="giphy.mp4", mime="video/mp4", size=90000)),
        ("video", Kind.FILE, "", Attachment(ref=FILE, name="video.mp4", mime="video/mp4")),
        ("audio", Kind.FILE, "", Attachment(ref=FILE, name="audio.mp3", mime="audio/mpeg", size=3897500)),
        ("voice", Kind.VOICE, "", Attachment(ref=FILE, name="voice.ogg", mime="audio/ogg", size=23000)),
        (
            "video_note",
            Kind.VOICE,
            "",
            Attachment(ref=FILE, name="video-note.mp4", mime="video/mp4", size=50000),
        ),
        (
            "sticker",
            Kind.STICKER,
            "👋",
            Attachment(ref=FILE, name="sticker.tgs", mime="application/x-tgsticker", size=44398),
        ),
    ],
)
def test_files(name: str, kind: Kind, text: str, attachment: Attachment) -> None:
    message = mapped(name)
    assert (message.kind, message.text, message.attachments) == (kind, text, (attachment,))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("location", "位置: 31.2304, 121.4737"),
        ("contact", "联系人: 王 芳 +8613800000000"),
        ("poll", "投票: 几点? (三点 / 五点)"),
        ("newer_than_this_program", "Telegram 消息: unknown"),
        ("poll_of_another_version", "Telegram 消息: unknown"),
    ],
)
def test_what_has_no_text_is_described(name: str, text: str) -> None:
    message = mapped(name)
    assert (message.kind, message.text) == (Kind.OTHER, text)


def test_descriptions_follow_the_customers_language() -> None:
    person = {"id": 1, "is_bot": False, "first_name": "Ann", "language_code": "en-GB"}
    assert changed("location", **{"from": person}).text == "Location: 31.2304, 121.4737"


def test_an_edit_names_the_message_that_it_changes() -> None:
    message = mapped("edited")
    assert (message.kind, message.text) == (Kind.EDIT, "订单 1024 到哪了")
    assert message.edits == mapped("text").external_id


def test_every_edit_counts_once() -> None:
    first, again = mapped("edited"), mapped("edited")
    later = changed("edited", edit_date=1441646700)
    same_second = changed("edited", text="订单 2048 到哪了")
    assert first.external_id == again.external_id
    assert len({first.external_id, later.external_id, same_second.external_id}) == 3


def test_a_press_has_its_action_and_the_buttons_label() -> None:
    message = mapped("press")
    assert (message.kind, message.press, message.text) == (Kind.PRESS, "entry:return_process", "退货流程")
    assert message.address == mapped("text").address
    assert message.external_id == "press:42:4382bfdwdsb323b2d9"


def test_a_press_on_a_message_that_telegram_does_not_show_any_more_still_counts() -> None:
    assert mapped("press_on_old_message").press == "human"


@pytest.mark.parametrize(
    ("language", "text"),
    [("zh-hans", "你好"), ("zh-hant", "你好"), ("en", "hello"), ("fr", "hello"), (None, "hello")],
)
def test_start_is_a_greeting_in_the_customers_language(language: str | None, text: str) -> None:
    person = {"id": 1, "is_bot": False, "first_name": "Ann", "language_code": language}
    assert changed("start", **{"from": person}).text == text


def test_start_with_a_parameter_is_a_greeting_too() -> None:
    assert changed("start", text="/start spring_sale").text == "你好"


def test_in_a_group_a_mention_is_taken_off_and_each_person_has_a_conversation() -> None:
    message = mapped("group_mention")
    assert message.text == "发货了吗"
    assert message.address.chat == "-1001234567890/1111111"
    assert mapped("group_command").text == "你好"


def test_in_a_group_a_reply_to_the_bot_is_for_the_bot_and_is_answered_in_its_topic() -> None:
    message = mapped("group_reply_in_topic")
    assert message.text == "还没收到"
    assert Place.parse(message.address.chat) == Place(chat=-1001234567890, user=1111111, topic=77)


@pytest.mark.parametrize(
    "name",
    [
        "group_chatter",
        "group_other_bot",
        "pinned",
        "edited_location",
        "press_in_inline_message",
        "from_a_bot",
        "channel_post",
        "blocked",
    ],
)
def test_what_is_not_for_us_is_left_alone(name: str) -> None:
    assert to_inbound(read_update(UPDATES[name]), BOT) is None


def test_what_a_database_cannot_hold_is_left_out() -> None:
    person = {"id": 1, "is_bot": False, "first_name": "A\0nn"}
    message = changed("text", text="a\0b\ud800c", **{"from": person})
    assert (message.text, message.sender.name) == ("ab?c", "Ann")

"""What Slack's events mean to us where people are customers. Payloads are as Slack documents them: `customer_payloads.json`."""

import json
from pathlib import Path
from typing import Any

import pytest

from channels.slack.mapping import Person, Place, Places, read_person, read_press, read_written, to_inbound
from core.messages import Address, Attachment, InboundMessage, Kind, Sender

PAYLOADS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parent / "customer_payloads.json").read_text("utf-8")
)
EVERYWHERE = Places(direct_messages=True, channels=frozenset({"C2147483705"}))
ME = "U0LAN0Z89"
ANN = Person(name="Ann", language="en")


def heard(payload: dict[str, Any], places: Places = EVERYWHERE) -> InboundMessage | None:
    """The message in an event, by Ann."""
    written = read_written(payload, places)
    return None if written is None else to_inbound(written, ANN, names={"U061F7AUR": "Bob"}, me=ME)


def meant(payload: dict[str, Any]) -> InboundMessage:
    found = heard(payload)
    assert found is not None
    return found


def with_files(*names: str, text: str = "坏了") -> dict[str, Any]:
    return {**PAYLOADS["file"], "text": text, "files": [PAYLOADS[name] for name in names]}


def test_a_direct_message_is_a_conversation_of_its_own() -> None:
    assert meant(PAYLOADS["direct"]) == InboundMessage(
        address=Address(channel="slack", chat="D024BE91L"),
        external_id="D024BE91L:1355517523.000005",
        sender=Sender(external_id="U2147483697", name="Ann", language="en"),
        kind=Kind.TEXT,
        text="运费多少",
    )


def test_in_a_channel_each_person_has_a_conversation_in_each_thread() -> None:
    first, second = meant(PAYLOADS["in_channel"]), meant(PAYLOADS["in_thread"])
    assert first.address.chat == "C2147483705:1355517523.000005:U2147483697"
    assert second.address.chat == "C2147483705:1355517523.000005:U061F7AUR"
    # Who began the thread goes on in the same conversation, also by words that are shown in the channel too.
    more = {**PAYLOADS["in_thread"], "user": "U2147483697", "subtype": "thread_broadcast"}
    assert meant(more).address == first.address
    assert first.text == "where is my order?"  # whom it is said to is no part of the question


@pytest.mark.parametrize("chat", ["D024BE91L", "C2147483705:1355517523.000005:U061F7AUR"])
def test_a_place_is_read_as_it_is_written(chat: str) -> None:
    assert Place.parse(chat).to_text() == chat


@pytest.mark.parametrize("chat", ["", "C2147483705", "D1:1.0:U1", "C1:x:U1", "12345", "U1"])
def test_what_is_no_place_is_refused(chat: str) -> None:
    with pytest.raises(ValueError, match="no place in Slack"):
        Place.parse(chat)


def test_only_where_people_are_customers() -> None:
    for places, names in (
        (Places(), []),
        (Places(direct_messages=True), ["direct", "edited", "file"]),
        (Places(channels=frozenset({"C2147483705"})), ["in_channel", "in_thread"]),
    ):
        messages = ("direct", "edited", "file", "in_channel", "in_thread")
        assert [name for name in messages if heard(PAYLOADS[name], places)] == names


def test_an_edit_names_what_it_changes() -> None:
    edit = meant(PAYLOADS["edited"])
    assert (edit.kind, edit.text) == (Kind.EDIT, "运费多少？")
    assert edit.edits == meant(PAYLOADS["direct"]).external_id
    assert edit.address == meant(PAYLOADS["direct"]).address
    assert edit.external_id == "edit:D024BE91L:1355517523.000005:1358878755.000001"


def test_what_slack_itself_adds_is_no_edit() -> None:
    edited = PAYLOADS["edited"]
    same = {**edited, "previous_message": edited["message"]}
    language = {**edited, "message": {**edited["message"], "edited": None}}
    deleted = {**edited, "message": {**edited["message"], "subtype": "tombstone", "user": "USLACKBOT"}}
    assert [heard(event) for event in (same, language, deleted)] == [None, None, None]


def test_apps_and_slack_are_no_customers() -> None:
    joined = {**PAYLOADS["in_channel"], "subtype": "channel_join"}
    gone = {**PAYLOADS["direct"], "subtype": "message_deleted"}
    nobody = {**PAYLOADS["direct"], "user": None}
    reaction = {"type": "reaction_added", "user": "U2147483697", "item": {"channel": "D024BE91L"}}
    for event in (PAYLOADS["from_an_app"], joined, gone, nobody, reaction):
        assert heard(event) is None


def test_markup_becomes_plain_words() -> None:
    text = "<@U061F7AUR> says *50 &lt; 60* :smile: <https://shop.example|shop>"
    assert meant({**PAYLOADS["direct"], "text": text}).text == (
        "@Bob says 50 < 60 😄 shop (https://shop.example)"
    )
    written = read_written({**PAYLOADS["direct"], "text": f"{text} <!here> <!subteam^S1>"}, EVERYWHERE)
    assert written is not None and written.mentioned == {"U061F7AUR"}


def test_a_file_is_named_by_its_id() -> None:
    message = meant(PAYLOADS["file"])
    assert (message.kind, message.text) == (Kind.FILE, "坏了")
    assert message.attachments == (
        Attachment(ref="F12345678", name="照片.jpg", mime="image/jpeg", size=20481),
    )


def test_files_that_slack_says_little_of() -> None:
    message = meant(with_files("file_of_another_workspace", "file_elsewhere", "file_deleted"))
    assert [(each.ref, each.name) for each in message.attachments] == [
        ("F87654321", ""),
        ("https://drive.example.com/receipt", "Receipt"),
    ]
    assert meant(with_files("file_deleted")).kind is Kind.TEXT
    unsafe = {**PAYLOADS["file_elsewhere"], "url_private": "javascript:alert(1)"}
    assert meant({**PAYLOADS["file"], "files": [unsafe]}).attachments == ()


def test_a_clip_is_a_voice_message() -> None:
    message = meant(with_files("clip", text=""))
    assert (message.kind, message.text, message.attachments[0].ref) == (Kind.VOICE, "", "F0AUDIO1")


def test_a_forwarded_message_is_read_with_what_is_said_of_it() -> None:
    forwarded = {**PAYLOADS["forwarded"], "files": [PAYLOADS["clip"] | {"subtype": None}]}
    message = meant({**PAYLOADS["direct"], "text": "help", "attachments": [forwarded]})
    assert (message.text, [each.ref for each in message.attachments]) == ("help\nit is broken", ["F0AUDIO1"])
    preview = {**PAYLOADS["forwarded"], "is_share": None}
    assert meant({**PAYLOADS["direct"], "attachments": [preview]}).text == "运费多少"


def test_what_has_no_words_is_something_else() -> None:
    assert meant({**PAYLOADS["direct"], "text": ""}).kind is Kind.OTHER


def test_a_press_is_the_choice_that_the_button_stands_for() -> None:
    press = read_press(PAYLOADS["press"], EVERYWHERE)
    assert press == InboundMessage(
        address=Address(channel="slack", chat="D024BE91L"),
        external_id="press:D024BE91L:1548261231.000200:U2147483697:1548426417.840180",
        sender=Sender(external_id="U2147483697"),
        kind=Kind.PRESS,
        text="运费 & 包装",
        press="entry:delivery_fee",
    )


def test_a_press_in_a_thread_belongs_to_who_presses() -> None:
    body = PAYLOADS["press"]
    container = {**body["container"], "thread_ts": "1355517523.000005"}
    in_thread = {**body, "channel": {"id": "C2147483705", "name": "shop"}, "container": container}
    press = read_press(in_thread, EVERYWHERE)
    assert press is not None and press.address.chat == "C2147483705:1355517523.000005:U2147483697"


def test_a_press_elsewhere_or_of_the_desks_is_none_of_theirs() -> None:
    body = PAYLOADS["press"]
    of_the_desk = {**body, "actions": [{**body["actions"][0], "action_id": "take"}]}
    assert read_press(of_the_desk, EVERYWHERE) is None
    assert read_press(body, Places(channels=frozenset({"C2147483705"}))) is None


def test_a_person_is_called_what_they_call_themselves() -> None:
    user = {"name": "ann", "real_name": "Ann Lee", "locale": "zh-TW", "profile": {"display_name": "安"}}
    assert read_person(user) == Person(name="安", language="zh")
    assert read_person({**user, "profile": {"display_name": ""}, "locale": "fr-FR"}) == Person(name="Ann Lee")
    assert read_person({"name": "helper", "is_bot": True}) == Person(name="helper", is_bot=True)

"""What customers in Slack are sent: whole, as it was written, and within the limits of Slack."""

import pytest
from slack_sdk.models.blocks import Block

from channels.base import RetryLater, TemporaryFailure, Undeliverable
from channels.delivery import MAX_ATTEMPTS, Buried, Failed, Postponed, judge
from channels.slack.channel import MAX_TEXT, SlackChannel, choices, said
from channels.slack.client import Slack
from channels.slack.files import is_slacks
from core.messages import Address, Attachment, Button, OutgoingMessage
from tests.slack.blocks import check_message
from tests.slack.support import FakePace
from tests.slack.workspace import Workspace


@pytest.fixture
def channel() -> SlackChannel:
    return SlackChannel(Slack("xoxb-1"))


def message(text: str, *, chat: str = "D024BE91L", **changes: object) -> OutgoingMessage:
    return OutgoingMessage(address=Address(channel="slack", chat=chat), text=text, **changes)  # type: ignore[arg-type]


def buttons(count: int, label: str = "运费") -> tuple[Button, ...]:
    return tuple(Button(action=f"entry:{number}", label=label) for number in range(count))


def test_a_text_is_said_as_it_is_written_and_only_addresses_mean_something() -> None:
    text = "*no* _markup_ <!channel> & :smile: `x`\nsee (https://shop.example/a?b=1&c=2)。再看https://shop.example/中"
    (block,) = said(text)
    ((section,), elements) = block["elements"], block["elements"][0]["elements"]
    assert section["type"] == "rich_text_section"
    assert "".join(each.get("text", each.get("url")) for each in elements) == text
    links = [each["url"] for each in elements if each["type"] == "link"]
    assert links == ["https://shop.example/a?b=1&c=2", "https://shop.example/"]
    assert all("style" not in each for each in elements)
    assert said("") == []


@pytest.mark.parametrize("text", ["https://", "https://[x", "http://a", "https://|.|", "https://shop"])
def test_what_only_looks_like_an_address_is_text(text: str) -> None:
    ((element,),) = [section["elements"] for section in said(text)[0]["elements"]]
    assert element == {"type": "text", "text": text}


@pytest.mark.parametrize(
    "text", ["短", "长" * 2 * MAX_TEXT, "One. Two! " * 1_000, "https://a.example/" + "x" * 4_000]
)
def test_long_texts_are_cut_and_nothing_is_lost(channel: SlackChannel, text: str) -> None:
    parts = channel.split(message(text, buttons=buttons(1)))
    assert "".join(part.text for part in parts).replace(" ", "") == text.replace(" ", "")
    assert all(0 < len(part.text) <= MAX_TEXT for part in parts)
    assert [len(part.buttons) for part in parts] == [0] * (len(parts) - 1) + [1]


def test_buttons_stand_under_the_text_as_many_in_a_row_as_slack_takes() -> None:
    blocks = choices(buttons(60, label="很长的标签" * 30))
    assert [len(block["elements"]) for block in blocks] == [25, 25, 10]
    check_message("which?", blocks)
    assert [each["value"] for block in blocks for each in block["elements"]] == [
        f"entry:{n}" for n in range(60)
    ]
    assert blocks[0]["elements"][0]["text"]["text"].endswith("…")
    for block in [*said("which? https://shop.example"), *blocks]:
        parsed = Block.parse(block)
        assert parsed is not None and parsed.to_dict()["type"] == block["type"]


def test_votes_stand_in_a_row_of_their_own() -> None:
    votes = (Button(action="helpful:x:yes", label="👍"), Button(action="helpful:x:no", label="👎"))
    blocks = choices([*buttons(2), *votes])
    assert [[each["text"]["text"] for each in block["elements"]] for block in blocks] == [
        ["运费", "运费"],
        ["👍", "👎"],
    ]
    check_message("the answer", blocks)


def test_an_action_that_is_too_long_makes_a_numbered_list(channel: SlackChannel) -> None:
    long = (Button(action="x" * 2_001, label="A"), Button(action="human", label="B"))
    (part,) = channel.split(message("which?", buttons=long))
    assert (part.text, part.buttons) == ("which?\n\n1. A\n2. B", ())


def test_files_are_named_by_their_addresses(channel: SlackChannel) -> None:
    file = Attachment(ref="https://shop.example/m.pdf", name="说明书", mime="application/pdf")
    (part,) = channel.split(message("给您", attachments=(file,)))
    assert part.text == "给您\n\n说明书: https://shop.example/m.pdf" and part.attachments == ()


@pytest.mark.parametrize(
    ("url", "is_theirs"),
    [
        ("https://files.slack.com/files-pri/T1-F1/a.png", True),
        ("https://slack.com/a.png", True),
        ("https://files.slack.example:8443/a.png", False),
        ("http://slack.example:8080/files-pri/a.png", True),
        ("http://slack.example/files-pri/a.png", False),
        ("http://files.slack.com/a.png", False),
        ("https://evilslack.com/a.png", False),
        ("https://slack.com.evil.example/a.png", False),
        ("https://slack.com@evil.example/a.png", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_the_token_goes_to_slack_alone(url: str, is_theirs: bool) -> None:
    assert is_slacks(url, api_url="http://slack.example:8080/api/") is is_theirs


def test_a_slack_of_ones_own_has_its_files_too() -> None:
    assert is_slacks("https://files.slack-gov.com/a.png", api_url="https://slack-gov.com/api/")


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        (429, RetryLater, Postponed),
        (500, TemporaryFailure, Failed),
        ("internal_error", TemporaryFailure, Failed),
        ("not_in_channel", TemporaryFailure, Failed),
        ("missing_scope", TemporaryFailure, Failed),
        ("messages_tab_disabled", TemporaryFailure, Failed),
        ("is_archived", Undeliverable, Buried),
        ("channel_not_found", Undeliverable, Buried),
    ],
)
async def test_what_slack_answers_decides_what_becomes_of_a_message(
    workspace: Workspace, status: int | str, error: type[Exception], outcome: type
) -> None:
    slack = Slack(workspace.token, api_url=workspace.api_url)
    await workspace.fail(1, status, method="chat.postMessage")
    with pytest.raises(error) as caught:
        await SlackChannel(slack).send(message("您好"))
    await slack.close()
    assert isinstance(judge(caught.value, attempt=1), outcome)
    assert isinstance(judge(caught.value, attempt=MAX_ATTEMPTS), outcome if outcome is Postponed else Buried)


@pytest.mark.parametrize("chat", ["", "1001", "U061F7AUR", "C2147483705"])
async def test_where_nobody_can_be_written_to_is_given_up(channel: SlackChannel, chat: str) -> None:
    with pytest.raises(Undeliverable):
        await channel.send(message("您好", chat=chat))


async def test_a_busy_channel_holds_up_nobody_else(workspace: Workspace) -> None:
    pace = FakePace()
    slack = Slack(workspace.token, api_url=workspace.api_url, pace=pace.pace())
    channel, busy = SlackChannel(slack), workspace.channels["service"]
    ts = await workspace.say(workspace.users["guest"], busy, "早")
    thread = f"{busy}:{ts}:{workspace.users['guest']}"
    sent, began = 0, pace.time
    with pytest.raises(RetryLater) as later:
        while True:
            pace.time = began  # all at once
            await channel.send(message("您好", chat=thread))
            sent += 1
    assert (sent, later.value.seconds) == (5, 1.0)  # a short burst, and who can wait for two seconds
    pace.time = began
    await channel.send(message("您好", chat=await workspace.open_direct(workspace.users["guest"])))
    assert pace.time - began < 0.5
    pace.time += later.value.seconds
    await channel.send(message("您好", chat=thread))
    assert len(await workspace.replies(busy, ts)) == 1 + sent + 1
    await slack.close()

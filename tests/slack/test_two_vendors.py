"""A complaint on Telegram, served from Slack: the real service as a process, and two third-party emulators, over real HTTP."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.e2e.home import Home, make_home, train_models
from tests.slack.office import read
from tests.slack.support import Json, Post
from tests.slack.workspace import Workspace
from tests.telegram.conftest import customer as customer
from tests.telegram.conftest import emulator_url as emulator_url
from tests.telegram.conftest import token as token
from tests.telegram.support import Customer, eventually

ANSWERED = {"answer": "withdrawn", "note": "电话里说不用了"}
FOUND = {"cause": "process", "finding": "仓库漏单", "measure": "每晚核对", "due": "2099-01-01"}
COMPLAINT = "等了一周还没到，你们的服务太差了，我要投诉"


@pytest.fixture
def home(
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    workspace: Workspace,
    emulator_url: str,
    token: str,
) -> Home:
    """With both vendors' tokens, and lin linked to her Slack user."""
    made = make_home(
        tmp_path,
        models=train_models(tmp_path_factory),
        TELEGRAM_BOT_TOKEN=token,
        TELEGRAM_API_URL=emulator_url,
        SLACK_BOT_TOKEN=workspace.token,
        SLACK_SIGNING_SECRET=workspace.signing_secret,
        SLACK_API_URL=workspace.api_url,
    )
    config = yaml.safe_load((tmp_path / "config.yml").read_text("utf-8"))
    channels = {queue: workspace.channels[queue] for queue in ("service", "care")}
    made.configure("desk", **{**config["desk"], "slack": {"channels": channels}})
    made.configure("desk", surveys={"every": "30d", "nps_share": 0, "skip": []})
    added = made.run("user", "add", "lin", "--name", "小林", stdin=b"a long password\n")
    assert added.status == 0, added.err
    linked = made.run("slack", "link", workspace.users["lin"], "lin")
    assert linked.status == 0, linked.err
    return made


class Agent:
    """lin, in Slack."""

    def __init__(self, workspace: Workspace, http: httpx.AsyncClient) -> None:
        self.workspace = workspace
        self.http = http
        self.channel = workspace.channels["care"]
        self.user = workspace.users["lin"]

    async def card(self, *words: str) -> Json:
        """The card, as soon as it says all of this."""

        async def look() -> Json | None:
            cards = [each for each in await self.workspace.history(self.channel) if each.get("blocks")]
            return next((each for each in cards if all(word in read(each) for word in words)), None)

        found: Json = await eventually(look)
        return found

    async def reads(self, ts: str, *words: str) -> str:
        """The thread, as soon as all of this stands in it."""

        async def look() -> str | None:
            said = "\n".join(read(each) for each in await self.workspace.replies(self.channel, ts))
            return said if all(word in said for word in words) else None

        found: str = await eventually(look)
        return found

    async def press(self, ts: str, action: str) -> None:
        await self._post(await self.workspace.press(self.user, self.channel, ts, action))

    async def submit(self, values: dict[str, Any]) -> None:
        await self._post(await self.workspace.submit(self.user, (await self.workspace.views())[-1], values))

    async def says(self, ts: str, text: str) -> str:
        return await self.workspace.say(self.user, self.channel, text, thread_ts=ts)

    async def _post(self, post: Post) -> None:
        headers, body = post
        answer = await self.http.post("/slack/events", content=body, headers=headers)
        assert answer.is_success and "errors" not in answer.text, answer.text


async def test_a_complaint_on_telegram_is_served_from_slack(
    url: str, workspace: Workspace, customer: Customer
) -> None:
    async with httpx.AsyncClient(base_url=url) as http:
        agent = Agent(workspace, http)
        await customer.says(COMPLAINT)
        card = await agent.card("王", COMPLAINT)
        ts = card["ts"]
        assert "Telegram" in read(card) and "投诉" in read(card)
        await agent.press(ts, "take")
        await agent.card("小林")
        said = await agent.says(ts, "非常抱歉，我马上为您催仓库。")
        read_so_far = await customer.reads(3)  # told of the ticket, that 小林 is there, and the answer
        assert read_so_far[-1] == "非常抱歉，我马上为您催仓库。"

        async def is_marked() -> bool:
            return "white_check_mark" in await workspace.reactions(agent.channel, said)

        await eventually(is_marked)
        await customer.says("好的，请快一点 <!channel>")
        thread = await agent.reads(ts, "好的，请快一点 <!channel>")
        assert "小林" in thread
        reply = (await workspace.replies(agent.channel, ts))[-1]
        assert "<!channel>" not in json.dumps([reply["text"], *_marked(reply)])
        # A complaint cannot be resolved before it has an answer, a cause and a corrective action: the form asks for them.
        await agent.press(ts, "resolve")
        form = (await workspace.views())[-1]
        assert form["callback_id"] == "complaint" and "根本原因" in read(form)
        owners = next(block for block in form["blocks"] if block.get("block_id") == "owner")
        (lin,) = owners["element"]["options"]
        await agent.submit({**ANSWERED, **FOUND, "owner": lin["value"]})
        await agent.press(ts, "resolve")
        await agent.submit({"text": "已补发"})
        await agent.card("已解决")
        assert "已补发" in await agent.reads(ts, "已补发")

        # Asked whether it is solved, the customer answers by a button; the answer is on the card.
        async def is_asked() -> bool:
            return any("您看解决了吗" in text for text in await customer.reads(4))

        await eventually(is_asked)
        await customer.presses("已解决")
        await agent.card("已解决", "顾客说已解决")


def _marked(message: Json) -> list[str]:
    """The texts in which Slack would see mentions."""
    found: list[str] = []

    def walk(part: Any) -> None:
        if isinstance(part, dict):
            if part.get("type") == "mrkdwn":
                found.append(part["text"])
            for value in part.values():
                walk(value)
        elif isinstance(part, list):
            for each in part:
                walk(each)

    walk(message["blocks"])
    return found

"""A customer in Slack of a shop whose agents work in the browser: the real service as a process, over real HTTP."""

import re
from pathlib import Path

import httpx
import pytest

from tests.e2e.home import Home, make_home, train_models
from tests.slack.test_customers import said
from tests.slack.workspace import Workspace
from tests.telegram.support import eventually


@pytest.fixture
def home(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, workspace: Workspace) -> Home:
    """With direct messages, and no queue in Slack."""
    made = make_home(
        tmp_path,
        models=train_models(tmp_path_factory),
        SLACK_BOT_TOKEN=workspace.token,
        SLACK_SIGNING_SECRET=workspace.signing_secret,
        SLACK_API_URL=workspace.api_url,
    )
    made.configure("channels", slack={"direct_messages": True})
    return made


class Guest:
    """A customer, in a direct message to the app."""

    def __init__(self, workspace: Workspace, direct: str) -> None:
        self.workspace = workspace
        self.user = workspace.users["guest"]
        self.direct = direct

    async def says(self, text: str, **files: bytes) -> None:
        await self.workspace.say(self.user, self.direct, text, files=files)

    async def reads(self, words: str) -> str:
        """The answer in which this stands, as soon as there is one."""

        async def look() -> str | None:
            history = await self.workspace.history(self.direct, reader=self.user)
            answers = [said(each) for each in history if each.get("bot_id")]
            return next((answer for answer in answers if words in answer), None)

        found: str = await eventually(look)
        return found


async def test_a_customer_in_slack_is_served_from_the_browser(url: str, workspace: Workspace) -> None:
    guest = Guest(workspace, await workspace.open_direct(workspace.users["guest"]))
    await guest.says("I want to talk to a human agent")
    (number,) = re.findall(r"SW-\d+-\d+", await guest.reads("SW-"))
    await guest.says("here it is", broken=b"\x89PNG")
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, follow_redirects=True) as desk:
        page = await desk.post("/console/demo")
        assert page.status_code == 200 and "guest" in page.text and "Slack" in page.text
        (ticket,) = set(re.findall(r"/console/desk/tickets/[0-9a-f-]{36}", page.text))
        assert number in page.text
        await desk.post(f"{ticket}/take")
        await desk.post(f"{ticket}/say", data={"to": "customer", "text": "Hello, I am *here*"})
        assert await guest.reads("Hello") == "Hello, I am *here*"

        async def file() -> str:
            links = re.findall(r'href="(/console/attachments/[^"]+)"', (await desk.get(ticket)).text)
            return links[0] if links else ""

        assert (await desk.get(await eventually(file))).content == b"\x89PNG"

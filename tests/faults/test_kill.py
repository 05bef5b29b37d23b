"""Kill -9 at random moments under load: what was accepted is answered exactly once, in order."""

import asyncio
import random
import signal
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from bench import servers
from nlu.knowledge.documents import write_yaml
from tests.e2e.home import train_models
from tests.nlu.conftest import few

CUSTOMERS = 30
MESSAGES = 8  # of each customer: fewer than the bot takes for a flood
KILLS = 3
ONE_PROCESS = ((),)
WEB_AND_WORKER = (("web",), ("worker",))
TEXTS = {  # and the entries that answer them
    "我的订单到哪了": "order_status",
    "how much is shipping": "delivery_fee",
    "怎么申请退货": "return_how",
    "thanks": "thanks",
    "可以开发票吗": "invoice_request",
    "hello": "greeting",
}


@dataclass
class Town:
    """Processes of the service that can be killed and started again."""

    url: str
    token: str
    folder: Path
    environment: dict[str, str]
    groups: Sequence[Sequence[str]]
    processes: list[subprocess.Popen[bytes]]

    def kill(self, number: int) -> None:
        self.processes[number].send_signal(signal.SIGKILL)
        self.processes[number].wait()

    def start(self, number: int) -> None:
        self.processes[number] = servers.start(self.groups[number], self.folder, self.environment)


@pytest.fixture
def town(
    groups: Sequence[Sequence[str]],
    tmp_path: Path,
    database_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    trained = train_models(tmp_path_factory).parent
    environment = servers.make_home(tmp_path, {"DATABASE_URL": database_url}, data_folder=trained)
    config = yaml.safe_load((tmp_path / "config.yml").read_text("utf-8"))
    config["bot"]["knowledge"] = "asked.yml"
    (tmp_path / "config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    (tmp_path / "asked.yml").write_text(write_yaml(few(*TEXTS.values())), "utf-8")  # learned in a moment
    token = servers.run_command(["token", "add", "load"], tmp_path, environment).strip()
    url = f"http://127.0.0.1:{environment['PORT']}"
    made = Town(url, token, tmp_path, environment, groups, [])
    for group in groups:
        made.processes.append(servers.start(group, tmp_path, environment))
    try:
        servers.wait_until_ready(url, made.processes)
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("database_url", "groups"),
    [
        ("sqlite", ONE_PROCESS),
        pytest.param("postgres", ONE_PROCESS, marks=pytest.mark.postgres),
        pytest.param("postgres", WEB_AND_WORKER, marks=pytest.mark.postgres),
    ],
    indirect=["database_url"],
)
async def test_after_kills_every_accepted_message_is_answered_exactly_once(town: Town) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    accepted: dict[str, list[str]] = {}
    async with httpx.AsyncClient(
        base_url=town.url, headers={"Authorization": f"Bearer {town.token}"}
    ) as http:
        load = asyncio.gather(*(write(http, f"c{n}", accepted, chance) for n in range(CUSTOMERS)))
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            victim = chance.randrange(len(town.processes))
            town.kill(victim)
            town.start(victim)
        conversations = dict(await load)
        for customer, conversation_id in conversations.items():
            record = await read_until_answered(http, conversation_id, accepted[customer])
            said = [m["id"] for m in record if m["author"] == "customer"]
            replies = [m["reply_to"] for m in record if m.get("reply_to")]
            assert said == accepted[customer]
            assert replies == accepted[customer]


async def write(
    http: httpx.AsyncClient, customer: str, accepted: dict[str, list[str]], chance: random.Random
) -> tuple[str, str]:
    """Post one message after the other, each again until it is accepted, as an app would."""
    conversation_id = ""
    for number in range(MESSAGES):
        body = {
            "id": str(uuid.uuid4()),
            "customer": {"id": customer},
            "text": list(TEXTS)[(number + int(customer[1:])) % len(TEXTS)],
        }
        while True:
            try:
                answer = await http.post("/api/v1/messages", json=body, timeout=10)
            except httpx.TransportError:
                await asyncio.sleep(0.1)
                continue
            if answer.status_code == 202:
                break
            assert answer.status_code == 503, answer.text
            await asyncio.sleep(0.1)
        accepted.setdefault(customer, []).append(answer.json()["message_id"])
        conversation_id = answer.json()["conversation_id"]
        await asyncio.sleep(chance.uniform(0, 0.5))
    return customer, conversation_id


async def read_until_answered(
    http: httpx.AsyncClient, conversation_id: str, messages: list[str]
) -> list[dict[str, str]]:
    """The whole conversation, once its last message is answered."""
    url = f"/api/v1/conversations/{conversation_id}/messages"
    async with asyncio.timeout(120):
        while True:
            try:
                answer = await http.get(url, params={"after": messages[-1], "wait": 5}, timeout=30)
                if answer.status_code == 200 and answer.json()["messages"]:
                    whole = await http.get(url)
                    record: list[dict[str, str]] = whole.json()["messages"]
                    return record
            except httpx.TransportError:
                await asyncio.sleep(0.2)

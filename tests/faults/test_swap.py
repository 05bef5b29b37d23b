"""Versions go live, and back, under customers who write: no message is lost, doubled or answered by half of each."""

import asyncio
import itertools
import random
import re
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from bench import servers
from nlu.knowledge.documents import from_data, write_yaml
from tests.e2e.home import train_models
from tests.faults.test_kill import ONE_PROCESS, WEB_AND_WORKER

TWO_WORKERS = (("web",), ("worker",), ("worker",))
CUSTOMERS = 8
QUESTIONS = {  # whole questions, which need nothing of what was said before
    "fee": "请问从广州寄到北京的运费一共要多少钱",
    "invoice": "where can I get an invoice for the order that I placed last week",
}
ON_EACH = (
    ("sqlite", ONE_PROCESS),
    pytest.param("postgres", ONE_PROCESS, marks=pytest.mark.postgres),
    pytest.param("postgres", TWO_WORKERS, marks=pytest.mark.postgres),
)


def knowledge(tag: str) -> str:
    """Two entries whose ids and answers tell the version: a model of one is of no use with the answers of another."""
    entries = [
        {
            "id": f"{name}_{tag}",
            "title": {"zh": f"{name} {tag}", "en": f"{name} {tag}"},
            "phrasings": {
                "zh": [question, f"{question}呢"],
                "en": [f"{question}, {name}", f"please: {question}"],
            },
            "answers": {"zh": f"{name} as of {tag}", "en": f"{name} as of {tag}"},
        }
        for name, question in QUESTIONS.items()
    ]
    return write_yaml(from_data({"entries": entries}))


@dataclass
class Town:
    """Processes of the service, and the command line beside them."""

    folder: Path
    environment: dict[str, str]
    groups: Sequence[Sequence[str]]
    url: str = ""
    token: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, number: int) -> None:
        self.processes[number] = servers.start(self.groups[number], self.folder, self.environment)

    def kill(self, number: int) -> None:
        self.processes[number].kill()
        self.processes[number].wait()

    async def kb(self, *arguments: str) -> str:
        """Run `shouwen kb` beside the service, to its end."""
        command = ["kb", *arguments]
        return await asyncio.to_thread(servers.run_command, command, self.folder, self.environment)

    def start_publishing(self) -> subprocess.Popen[bytes]:
        """`shouwen kb publish` as a process that can be killed."""
        return subprocess.Popen(
            [sys.executable, "-m", "bot", "kb", "publish"],
            cwd=self.folder,
            env={**self.environment, "PYTHONPATH": str(servers.ROOT)},
            stdout=subprocess.DEVNULL,
        )

    async def publishes(self, tag: str) -> None:
        (self.folder / f"{tag}.yml").write_text(knowledge(tag), "utf-8")
        assert "is live" in await self.kb("import", f"{tag}.yml", "--publish", "--note", tag)


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
    config["bot"] |= {"knowledge": "v1.yml", "answer_at": 0.9, "flood_messages": 10_000}
    (tmp_path / "config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    (tmp_path / "v1.yml").write_text(knowledge("v1"), "utf-8")
    made = Town(tmp_path, environment, groups, url=f"http://127.0.0.1:{environment['PORT']}")
    made.token = servers.run_command(["token", "add", "load"], tmp_path, environment).strip()
    made.processes = [servers.start(group, tmp_path, environment) for group in groups]
    try:
        servers.wait_until_ready(made.url, made.processes)
        yield made
    finally:
        for process in made.processes:
            process.kill()
            process.wait()


class Customers:
    """Write one message after the other, and are read again at the end."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._stopped = asyncio.Event()
        self.accepted: dict[str, list[str]] = {}  # message ids by conversation

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """All write steadily until the end of the block."""
        tasks = [asyncio.create_task(self._write(f"c{number}")) for number in range(CUSTOMERS)]
        try:
            yield
        finally:
            self._stopped.set()
            await asyncio.gather(*tasks)

    async def _write(self, customer: str) -> None:
        for text in itertools.cycle(QUESTIONS.values()):
            conversation_id, message_id = await self.send(customer, text)
            self.accepted.setdefault(conversation_id, []).append(message_id)
            if self._stopped.is_set():
                return
            await asyncio.sleep(random.uniform(0.05, 0.2))

    async def send(self, customer: str, text: str) -> tuple[str, str]:
        """Post a message, again until it is accepted, as an app would."""
        body = {"id": str(uuid.uuid4()), "customer": {"id": customer}, "text": text}
        while True:
            try:
                answer = await self._http.post("/api/v1/messages", json=body)
                if answer.status_code == 202:
                    return answer.json()["conversation_id"], answer.json()["message_id"]
                assert answer.status_code == 503, answer.text
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)

    async def ask(self, customer: str) -> str:
        """The version that answers this customer now."""
        conversation_id, message_id = await self.send(customer, QUESTIONS["fee"])
        record = await self.read(conversation_id, after=message_id)
        return version_of(record[0])

    async def read(self, conversation_id: str, *, after: str | None = None) -> list[dict[str, Any]]:
        """The conversation; what follows a message is waited for."""
        url = f"/api/v1/conversations/{conversation_id}/messages"
        while True:
            try:
                answer = await self._http.get(url, params={"after": after, "wait": 5} if after else {})
                if answer.status_code == 200 and answer.json()["messages"]:
                    messages: list[dict[str, Any]] = answer.json()["messages"]
                    return messages
            except httpx.TransportError:
                await asyncio.sleep(0.1)

    async def check_that_all_are_answered(self) -> list[list[str]]:
        """Each message once, in order, as one version would. Returns the versions, by conversation."""
        versions = []
        for conversation_id, accepted in self.accepted.items():
            record = await self.read(conversation_id)
            while not any(each.get("reply_to") == accepted[-1] for each in record):
                record += await self.read(conversation_id, after=record[-1]["id"])
            assert [each["id"] for each in record if each["author"] == "customer"] == accepted
            replies = [each for each in record if each["author"] != "customer"]
            assert [each["reply_to"] for each in replies] == accepted
            asked = [each["text"] for each in record if each["author"] == "customer"]
            for question, reply in zip(asked, replies, strict=True):
                assert QUESTIONS.get(reply["text"].partition(" as of ")[0]) == question, reply
            versions.append([version_of(each) for each in replies])
        return versions


def version_of(reply: dict[str, Any]) -> str:
    found = re.search(r" as of (v\d)$", reply["text"])
    assert found, reply
    return found[1]


async def until_all_answer_as(customers: Customers, version: str) -> None:
    """Every worker has it when it answers many times in a row; a minute is far more than that may take."""
    in_a_row = 0
    async with asyncio.timeout(60):
        while in_a_row < 20:
            answers = await asyncio.gather(*(customers.ask(f"probe{number}") for number in range(4)))
            in_a_row = in_a_row + len(answers) if set(answers) == {version} else 0


@asynccontextmanager
async def customers_of(town: Town) -> AsyncIterator[Customers]:
    headers = {"Authorization": f"Bearer {town.token}"}
    async with httpx.AsyncClient(base_url=town.url, headers=headers, timeout=30) as http:
        yield Customers(http)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("database_url", "groups"), ON_EACH, indirect=["database_url"])
async def test_versions_go_live_and_back_while_customers_write(town: Town) -> None:
    async with customers_of(town) as customers:
        async with customers.writing():
            await until_all_answer_as(customers, "v1")
            for tag in ("v2", "v3"):
                await town.publishes(tag)
                await until_all_answer_as(customers, tag)
            await town.kb("rollback", "2")
            await until_all_answer_as(customers, "v2")
            await town.publishes("v4")
            await until_all_answer_as(customers, "v4")
        for versions in await customers.check_that_all_are_answered():
            assert set(versions) <= {"v1", "v2", "v3", "v4"}
            if town.groups == ONE_PROCESS:  # two workers may change a moment one after the other
                changes = [version for version, _ in itertools.groupby(versions)]
                assert changes == ["v1", "v2", "v3", "v2", "v4"]
    assert all(process.poll() is None for process in town.processes)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("database_url", "groups"),
    [("sqlite", ONE_PROCESS), pytest.param("postgres", WEB_AND_WORKER, marks=pytest.mark.postgres)],
    indirect=["database_url"],
)
async def test_publishers_and_workers_that_are_killed_around_a_swap(town: Town) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)
    worker = len(town.processes) - 1
    async with customers_of(town) as customers:
        async with customers.writing():
            await until_all_answer_as(customers, "v1")
            # A publisher dies somewhere between its start and its end: then it has published, or nothing has changed.
            (town.folder / "v2.yml").write_text(knowledge("v2"), "utf-8")
            await town.kb("import", "v2.yml")
            publisher = town.start_publishing()
            await asyncio.sleep(chance.uniform(0.5, 4))
            publisher.kill()
            publisher.wait()
            live = await town.kb("versions")
            assert ("    2  live" in live) or ("    1  live" in live and "    2  " not in live), live
            # The next one need not wait for it.
            assert "version 2" in (await town.kb("publish")).lower()
            # A worker dies about when it would swap.
            await asyncio.sleep(chance.uniform(0, 0.5))
            town.kill(worker)
            town.start(worker)
            await until_all_answer_as(customers, "v2")
            await town.publishes("v3")
            town.kill(worker)
            town.start(worker)
            await until_all_answer_as(customers, "v3")
        await customers.check_that_all_are_answered()

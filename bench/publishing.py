"""From pressing publish to live: the sample knowledge base with one new phrasing, and a service that takes it.

    python -m bench.publishing [--runs 5]

Live is when the service's own metrics say that it uses the version. The service goes on answering meanwhile. Prints JSON:

- by a command, which starts with pressing; its publisher is in a process of its own
- after editing: the same, got ready while the draft was edited
- in the console: an entry is saved in the editor, the publish page is looked at until it shows what would flip, and Publish
  is pressed
- in the console, at once: saved, and pressed as soon as the publish page is there
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from bench.servers import service
from bot.commands.common import in_loop, load
from bot.engines import make_engine, make_publisher
from core.database import Database
from core.logs import set_up_logs
from core.wakeups import LocalWakeups
from nlu.embedded.resources import SAMPLE
from nlu.knowledge.documents import load_knowledge
from nlu.knowledge.drafts import replace_draft
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.publishing import Publisher

ENTRY = "greeting"  # gets the new phrasings
EDITING = 2.0  # seconds from the first edit to pressing
LOOK = 0.02  # seconds between looks at the metrics


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--console", action="store_true", help="only the console's ways")
    arguments = parser.parse_args()
    runs, only_console = arguments.runs, arguments.console
    set_up_logs(level="warning")
    with tempfile.TemporaryDirectory() as name, service(Path(name)) as running:
        os.environ["DATABASE_URL"] = f"sqlite:///{running.folder / 'shouwen.db'}"
        config, environment = load(running.folder / "config.yml")

        async def press() -> list[list[float]]:
            database = Database(environment.database_url)
            with closing(make_engine(config, environment)) as engine:
                publisher = make_publisher(config, config.desk_settings(), engine, database, LocalWakeups())
                seconds = [
                    [
                        await _publish_once(
                            publisher, database, running.url, f"{run} {editing}", editing=editing
                        )
                        for editing in (False, True)
                    ]
                    for run in range(runs)
                ]
            await database.close()
            return seconds

        pressed = [] if only_console else in_loop(press)
        console = Console(running.url, running.processes[0].pid)
        looked, at_once = (
            [console.publish_once(f"{run} {looks}", looks=looks) for run in range(runs)]
            for looks in (True, False)
        )
    figures = {
        name: {"median": statistics.median(seconds), "runs": seconds}
        for name, seconds in (
            ("by a command", [command for command, _ in pressed]),
            ("after editing", [edited for _, edited in pressed]),
            ("in the console", looked),
            ("in the console, at once", at_once),
        )
        if seconds
    }
    print(json.dumps({"from publish to live, seconds": figures, "of a core": console.computed}, indent=2))


class Console:
    """An admin's browser: the demo agent, on this machine."""

    def __init__(self, url: str, pid: int) -> None:
        """`pid` is the service's, all in one process."""
        self.computed: list[float] = []  # seconds of a core that it took for each publication
        self._url = url
        self._pid = pid
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self._browser.addheaders = [("Accept", "text/html"), ("Accept-Language", "en")]
        self._ask("/console/demo", {})

    def publish_once(self, phrasing: str, *, looks: bool) -> float:
        """Seconds from pressing Publish until the service uses the version."""
        page = self._ask(f"/console/knowledge/entries/{ENTRY}")
        entry = _sample_with(f"hello from the console for the {phrasing} time").entries[ENTRY]
        fields = [("seen", _hidden(page, "seen")), ("action", "answer")]
        for part, texts in (("title", entry.title), ("answers", entry.answers)):
            fields += [(f"{part}_{language}", text) for language, text in texts.items()]
        fields += [(f"phrasings_{each}", "\n".join(texts)) for each, texts in entry.phrasings.items()]
        fields += [("button_id", each) for each in entry.buttons]
        self._ask(f"/console/knowledge/entries/{ENTRY}", fields)
        page = self._ask("/console/knowledge/publish")
        draft = _hidden(page, "draft")
        if looks:
            while "data-again" in self._ask(f"/console/knowledge/publish/figures?draft={draft}"):
                time.sleep(0.5)
            time.sleep(EDITING)
        before = _used_by(self._url)
        start, computed = time.perf_counter(), _computed_by(self._pid)
        done = self._ask("/console/knowledge/publish", {"draft": draft, "note": "bench"})
        _wait_until_used(before + 1, self._url)
        seconds = round(time.perf_counter() - start, 2)
        assert f"Version {before + 1} is live" in done
        self.computed.append(round(_computed_by(self._pid) - computed, 2))
        return seconds

    def _ask(self, path: str, form: Mapping[str, str] | Sequence[tuple[str, str]] | None = None) -> str:
        data = None if form is None else urllib.parse.urlencode(form).encode()
        with self._browser.open(f"{self._url}{path}", data, timeout=120) as answer:
            text: str = answer.read().decode()
        return text


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, f"the page has no field {name}"
    return found[1]


async def _publish_once(
    publisher: Publisher, database: Database, url: str, phrasing: str, *, editing: bool
) -> float:
    if editing:
        publisher.get_ready()
        await asyncio.sleep(EDITING)
    async with database.write() as session:
        await replace_draft(session, _sample_with(f"hello for the {phrasing} time today"))
    start = time.perf_counter()
    number = (await publisher.publish(by="bench")).number
    await asyncio.to_thread(_wait_until_used, number, url)
    return round(time.perf_counter() - start, 2)


def _sample_with(phrasing: str) -> KnowledgeBase:
    knowledge = load_knowledge(SAMPLE)
    entry = knowledge.entries[ENTRY]
    phrasings = {**entry.phrasings, "en": (*entry.phrasings["en"], phrasing)}
    return replace(knowledge, entries={**knowledge.entries, ENTRY: replace(entry, phrasings=phrasings)})


def _wait_until_used(number: int, url: str) -> None:
    while _used_by(url) != number:
        time.sleep(LOOK)


def _computed_by(pid: int) -> float:
    """Seconds of processor time so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _used_by(url: str) -> int:
    """The version that the service says it uses."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    line = next(line for line in lines if line.startswith("shouwen_knowledge_version "))
    return int(float(line.split()[1]))


if __name__ == "__main__":
    main()

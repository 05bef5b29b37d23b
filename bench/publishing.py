"""From pressing publish to live: the sample knowledge base with one new phrasing, and a service that takes it.

    python -m bench.publishing [--runs 5]

The publisher is in a process of its own, as the console's is; live is when the service's own metrics say that it uses
the version. The service goes on answering meanwhile. Prints JSON: once for a command, which starts with pressing, and once
for a console, whose publisher gets ready while the draft is edited.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
import urllib.request
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
    runs = parser.parse_args().runs
    set_up_logs(level="warning")
    with tempfile.TemporaryDirectory() as name, service(Path(name)) as running:
        os.environ["DATABASE_URL"] = f"sqlite:///{running.folder / 'shouwen.db'}"
        config, environment = load(running.folder / "config.yml")

        async def press() -> list[list[float]]:
            database = Database(environment.database_url)
            with closing(make_engine(config, environment)) as engine:
                publisher = make_publisher(config, engine, database, LocalWakeups())
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

        by_command, by_console = zip(*in_loop(press), strict=True)
    figures = {
        name: {"median": statistics.median(seconds), "runs": seconds}
        for name, seconds in (("by a command", by_command), ("after editing", by_console))
    }
    print(json.dumps({"from publish to live, seconds": figures}, indent=2))


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


def _used_by(url: str) -> int:
    """The version that the service says it uses."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    line = next(line for line in lines if line.startswith("shouwen_knowledge_version "))
    return int(float(line.split()[1]))


if __name__ == "__main__":
    main()

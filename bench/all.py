"""Measure everything that bench/README.md reports; prints the table and, with --json, every run.

make bench                         # SQLite, PostgreSQL and Redis as installed here
make bench ARGS="--runs 5 --json"
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import uvloop

from bench.databases import POSTGRES, fresh_database
from bench.machine import machine
from bench.servers import ROOT, Service, make_home, running, service, wait_until_ready
from bench.throughput import measure
from nlu.embedded.aside import train_aside
from nlu.knowledge.documents import load_knowledge

SAMPLE = ROOT / "nlu" / "sample_kb"
REDIS = os.environ.get("TEST_REDIS_URL")
# A token switches the adapter on; nobody answers at this address, and nobody needs to.
TELEGRAM = {"TELEGRAM_BOT_TOKEN": "1:bench", "TELEGRAM_API_URL": "http://127.0.0.1:9"}

Figures = dict[str, Any]


@contextlib.contextmanager
def on_sqlite(extra: Mapping[str, str] | None = None) -> Iterator[Service]:
    """One process on SQLite."""
    with (
        tempfile.TemporaryDirectory() as folder,
        service(Path(folder), environment=dict(extra or {})) as made,
    ):
        yield made


@contextlib.contextmanager
def on_postgres() -> Iterator[Service]:
    """One web and one worker process on PostgreSQL, woken by Redis."""
    with fresh_database() as url, tempfile.TemporaryDirectory() as folder:
        roles = (("web",), ("worker",))
        environment = {"DATABASE_URL": url, "REDIS_URL": REDIS or ""}
        with service(Path(folder), roles=roles, environment=environment) as made:
            yield made


def play(
    place: Callable[[], contextlib.AbstractContextManager[Service]], customers: int, messages: int
) -> Figures:
    """One run of the load generator against a fresh service."""
    with place() as made, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        figures = runner.run(measure(made.url, made.token, customers=customers, messages=messages))
        return {**figures, "peak_memory_mb": round(made.peak_memory())}


def start_twice() -> Figures:
    """Seconds until a fresh folder is ready (it trains first), and until it is ready again."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        variables = make_home(folder, {}, data_folder=folder / "data")
        seconds = []
        for _ in range(2):
            begin = time.monotonic()
            with running((), folder, variables) as process:
                wait_until_ready(f"http://127.0.0.1:{variables['PORT']}", [process])
                seconds.append(round(time.monotonic() - begin, 2))
        return {"first_start_s": seconds[0], "second_start_s": seconds[1], "training_s": train(folder)}


def train(folder: Path) -> float:
    """Seconds of a training of the sample in a process of its own, its start included."""
    begin = time.monotonic()
    train_aside(load_knowledge(SAMPLE), folder / "data" / "models", target_precision=0.9)
    return round(time.monotonic() - begin, 2)


def median(runs: list[Figures], *path: str) -> float:
    """The median over the runs of one figure."""
    values = []
    for run in runs:
        value: Any = run
        for step in path:
            value = value[step]
        values.append(float(value))
    return round(statistics.median(values), 2)


FAULTS = ("lost_messages", "doubled_messages", "lost_replies", "doubled_replies", "out_of_order")


def table(results: Mapping[str, list[Figures]]) -> str:
    """The figures as Markdown, medians over the runs."""
    lines = [
        "| | delivered/s | accepted/s | reply p50 | p95 | p99 | accept p50 | peak memory | lost, doubled, out of order |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, runs in results.items():
        if "reply_ms" in runs[0]:
            faults = sum(run[fault] for run in runs for fault in FAULTS) + sum(
                len(run["errors"]) for run in runs
            )
            cells = [
                f"{median(runs, 'delivered_per_second'):,.0f}",
                f"{median(runs, 'accepted_per_second'):,.0f}",
                *(f"{median(runs, 'reply_ms', p):,.1f} ms" for p in ("p50", "p95", "p99")),
                f"{median(runs, 'accept_ms', 'p50'):,.1f} ms",
                f"{median(runs, 'peak_memory_mb'):,.0f} MB",
                str(faults),
            ]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    starts = results["start"]
    lines += [
        "",
        f"First start with training {median(starts, 'first_start_s')} s, second start "
        f"{median(starts, 'second_start_s')} s, training alone {median(starts, 'training_s')} s.",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print every run as well")
    chosen = parser.parse_args()
    jobs: dict[str, Callable[[], Figures]] = {
        "start": start_twice,
        "SQLite, one at a time": lambda: play(on_sqlite, 1, 500),
        "SQLite, 200 at once": lambda: play(on_sqlite, 200, 10_000),
        "SQLite with a Telegram token, 200 at once": lambda: play(lambda: on_sqlite(TELEGRAM), 200, 5_000),
    }
    if POSTGRES and REDIS:
        jobs["PostgreSQL, one at a time"] = lambda: play(on_postgres, 1, 500)
        jobs["PostgreSQL, 200 at once"] = lambda: play(on_postgres, 200, 20_000)
    results: dict[str, list[Figures]] = {name: [] for name in jobs}
    for _ in range(chosen.runs):  # in turns, so that a slow moment of the machine does not hit one alone
        for name, job in jobs.items():
            results[name].append(job())
            print(f"{name}: {json.dumps(results[name][-1])}", file=sys.stderr, flush=True)
    print(f"{machine()}, medians of {chosen.runs} runs\n\n{table(results)}")
    if chosen.json:
        print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()

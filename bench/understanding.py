"""How good and how fast the understanding is: the table of bench/README.md, in one run.

    python -m bench.understanding [--data FOLDER] [--rasa]

Without --data only the sample knowledge base is measured. FOLDER has `banking77/` and `clinc150/`, each with
train.csv and test.csv of the columns text,label; a label that stands in the test only means out of scope.
"""

import argparse
import dataclasses
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.exam import sit
from core.logs import set_up_logs
from nlu.embedded.aside import train_aside
from nlu.embedded.resources import SAMPLE, ordinary_texts
from nlu.embedded.trained import load_interpreter
from nlu.encoders.settings import EncoderSettings
from nlu.evaluation import evaluate_knowledge, evaluate_rows, open_bench, read_rows
from nlu.knowledge.documents import load_knowledge
from nlu.knowledge.entries import Entry, KnowledgeBase
from nlu.rasa.evaluation import evaluate_rasa
from nlu.signals import load_examples

PRECISION = 0.9  # as a new shop has it
QUESTIONS = Path(__file__).parent / "questions.txt"
REPEATS = 200  # of a timing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with banking77/ and clinc150/")
    parser.add_argument("--rasa", action="store_true", help="Rasa too, on the same rows (minutes)")
    arguments = parser.parse_args()
    set_up_logs(level="warning")
    with tempfile.TemporaryDirectory() as cache:
        _measure_training_and_speed(Path(cache))
        bench = open_bench(EncoderSettings(), Path(cache), precision=PRECISION)
        knowledge = load_knowledge(SAMPLE)
        _tell("sample, crosswise", evaluate_knowledge(knowledge, load_examples(), ordinary_texts(), bench))
        if arguments.data:
            _measure_many_phrasings(read_rows(arguments.data / "banking77" / "train.csv"), Path(cache))
        for name in ("banking77", "clinc150") if arguments.data else ():
            train, test = (read_rows(arguments.data / name / f"{part}.csv") for part in ("train", "test"))
            _tell(name, evaluate_rows(train, test, bench)[0])
            if arguments.rasa:
                _tell(f"{name}, Rasa", evaluate_rasa(train, test, precision=PRECISION)[0])


def _measure_training_and_speed(cache: Path) -> None:
    knowledge = load_knowledge(SAMPLE)
    start = time.perf_counter()
    trained = train_aside(knowledge, cache, target_precision=PRECISION)
    first = time.perf_counter() - start
    again = []
    for _ in range(3):
        start = time.perf_counter()
        train_aside(knowledge, cache, target_precision=PRECISION)
        again.append(time.perf_counter() - start)
    interpreter = load_interpreter(trained.model, cache)
    texts = QUESTIONS.read_text("utf-8").splitlines()
    batch = (texts * (64 // len(texts) + 1))[:64]
    interpreter.understand(batch)
    alone = [_milliseconds(lambda text=text: interpreter.understand([text])) for text in texts * 10]  # type: ignore[misc]
    together = [_milliseconds(lambda: interpreter.understand(batch)) for _ in range(REPEATS)]
    figures = {
        "model_megabytes": round(len(trained.model) / 1e6, 1),
        "first_training_seconds": round(first, 2),
        "later_training_seconds": round(statistics.median(again), 2),
        "one_message_ms_p50": round(statistics.median(alone), 2),
        "batch_of_64_ms_p50": round(statistics.median(together), 2),
    }
    print(json.dumps({"sample, cost": figures}, indent=2))
    print(json.dumps({"sample, exam": sit(interpreter)}, indent=2), flush=True)


def _measure_many_phrasings(rows: Sequence[tuple[str, str]], cache: Path) -> None:
    """What publishing a knowledge base of ten thousand phrasings takes that no training has seen."""
    phrasings: defaultdict[str, list[str]] = defaultdict(list)
    for text, label in rows:
        phrasings[label].append(text)
    named = {f"entry-{number}": (label, texts) for number, (label, texts) in enumerate(phrasings.items())}
    entries = {
        name: Entry(
            id=name,
            title={"zh": label, "en": label},
            phrasings={"zh": (label,), "en": tuple(texts)},
            answers={"zh": label, "en": label},
        )
        for name, (label, texts) in named.items()
    }
    start = time.perf_counter()
    train_aside(KnowledgeBase(entries), cache, target_precision=PRECISION)
    seconds = round(time.perf_counter() - start, 2)
    print(json.dumps({"new knowledge base": {"phrasings": len(rows), "training_seconds": seconds}}, indent=2))


def _milliseconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def _tell(name: str, report: Any) -> None:
    print(json.dumps({name: dataclasses.asdict(report)}, indent=2, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()

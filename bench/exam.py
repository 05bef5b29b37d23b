"""An exam: messages by writers who saw none of the texts that the product learns from. None of them is learned.

How much ordinary texts weigh for signals was set with the exam's figures in sight, so those of signals flatter a little.

`bench/exam/*.csv` have the columns text,intent,complaint,wants_human,emergency. The intent is an entry of the sample, `none`
where no entry answers it, or empty where a message only complains, asks for a person or raises an alarm.
"""

import csv
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlu.evaluation import heard, score
from nlu.signals import SignalName
from nlu.understanding import Interpreter, Understanding

EXAM = Path(__file__).parent / "exam"
BATCH = 64


def sit(interpreter: Interpreter) -> dict[str, Any]:
    """The figures of each language."""
    return {path.stem: _sit(interpreter, path) for path in sorted(EXAM.glob("*.csv"))}


def _sit(interpreter: Interpreter, path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    understood: list[Understanding] = []
    for first in range(0, len(rows), BATCH):
        understood += interpreter.understand([row["text"] for row in rows[first : first + BATCH]])
    pairs = list(zip(rows, understood, strict=True))
    plain = [(row, found) for row, found in pairs if row["intent"] not in ("", "none") and not _carries(row)]
    answered = [(row, found) for row, found in plain if found.confidence >= found.answer_at]
    return {
        "messages": len(rows),
        "plain questions: right entry": _share([row["intent"] == found.intent for row, found in plain]),
        "plain questions: answered": _share([found.confidence >= found.answer_at for _, found in plain]),
        "of those: rightly": _share([row["intent"] == found.intent for row, found in answered]),
        "of none: not answered": _share(
            [found.confidence < found.answer_at for row, found in pairs if row["intent"] == "none"]
        ),
        **{
            name.value: {
                **dataclasses.asdict(score(_decided(name, understood), _labelled(name, rows))),
                "on plain questions": _share([heard(name, found) for _, found in plain]),
            }
            for name in SignalName
        },
    }


def _carries(row: dict[str, str]) -> bool:
    return any(row[name.value] == "1" for name in SignalName)


def _decided(name: SignalName, understood: Sequence[Understanding]) -> NDArray[np.bool_]:
    return np.array([heard(name, found) for found in understood])


def _labelled(name: SignalName, rows: Sequence[dict[str, str]]) -> NDArray[np.bool_]:
    return np.array([row[name.value] == "1" for row in rows])


def _share(flags: Sequence[bool]) -> float:
    return round(sum(flags) / max(len(flags), 1), 3)

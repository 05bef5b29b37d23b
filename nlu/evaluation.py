"""How good it is: honest figures from left-out examples of a knowledge base, or from a test file."""

import csv
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from nlu.calibration import Doubles, calibration_error, lowest_threshold
from nlu.confidence import evidence
from nlu.embedded import EmbeddedInterpreter
from nlu.encoder import Encoder, Floats
from nlu.knowledge import KnowledgeBase
from nlu.normalise import normalise
from nlu.ridge import spread_folds
from nlu.rules import Verdict, judge
from nlu.signals import Example, SignalName
from nlu.training import (
    TARGET_PRECISION,
    UNRELATED,
    LeftOut,
    calibrate,
    encode_unrelated,
    fit_entries,
    fit_signal,
    labelled,
    labelled_pairs,
    train,
)

FOLDS = 5
LEAST = 0.3  # the lowest threshold, as for a knowledge base of many entries


@dataclass(frozen=True, kw_only=True)
class SignalScore:
    """Of the decisions of rules and classifier together, on left-out examples."""

    f1: float
    precision: float
    recall: float


@dataclass(frozen=True, kw_only=True)
class KnowledgeReport:
    """Cross-validation over a knowledge base. Rates are shares of phrasings."""

    phrasings: int
    accuracy: Mapping[str, float]  # by language: the likeliest entry is right, sure or not
    answered: Mapping[str, float]  # by language: sure enough to answer
    answered_right: Mapping[str, float]  # by language: of what was answered
    unknown_not_answered: float  # phrasings of an entry that was left out altogether
    unrelated_not_answered: float  # messages about something else altogether
    calibration_error: float
    answer_at: float
    signals: Mapping[str, SignalScore]


def evaluate_knowledge(
    knowledge: KnowledgeBase,
    signals: Mapping[SignalName, Sequence[Example]],
    unrelated: Sequence[str],
    encoder: Encoder,
    *,
    precision: float = TARGET_PRECISION,
) -> KnowledgeReport:
    """Five-fold cross-validation; confidence, too, is judged on rows it was not fitted to."""
    examples = labelled(knowledge)
    vectors = encoder.encode(examples.texts)
    _, left_out = fit_entries(examples, vectors, encode_unrelated(unrelated, examples, encoder), FOLDS)
    confidence, answer_at = _judge_crosswise(left_out, precision)
    best = left_out.scores.argmax(axis=1)
    known = left_out.right >= 0
    right = best == left_out.right
    answers = confidence >= answer_at
    stranger = left_out.groups == UNRELATED
    languages = [
        (str(language), known & (left_out.groups == language))
        for language in np.unique(left_out.groups[known])
    ]
    return KnowledgeReport(
        phrasings=int(known.sum()),
        accuracy={language: _share(right[rows]) for language, rows in languages},
        answered={language: _share(answers[rows]) for language, rows in languages},
        answered_right={language: _share(right[rows & answers]) for language, rows in languages},
        unknown_not_answered=_share(~answers[~known & ~stranger]),
        unrelated_not_answered=_share(~answers[stranger]),
        calibration_error=round(calibration_error(confidence, right, left_out.weight), 4),
        answer_at=round(float(answer_at.mean()), 4),
        signals={name.value: _score_signal(name, signals[name], vectors, encoder) for name in signals},
    )


def _judge_crosswise(left_out: LeftOut, precision: float) -> tuple[Doubles, Doubles]:
    """Each row's confidence and threshold from a calibration on the other rows."""
    count = len(left_out.right)
    confidence, threshold = np.zeros(count), np.zeros(count)
    for fold in spread_folds(left_out.right + 1, FOLDS, seed=1):
        rest = np.setdiff1d(np.arange(count), fold)
        learned = left_out.rows(rest)
        shares, logistic, chance = calibrate(learned)
        right = learned.scores.argmax(axis=1) == learned.right
        threshold[fold] = lowest_threshold(chance, right, learned.weight, precision=precision, least=LEAST)
        asked = left_out.rows(fold)
        confidence[fold] = logistic.probability(evidence(asked.scores, asked.nearest, shares))
    return confidence, threshold


def _score_signal(
    name: SignalName, examples: Sequence[Example], ordinary: Floats, encoder: Encoder
) -> SignalScore:
    fitted = fit_signal(name, examples, ordinary, encoder)
    yes = np.array([example.yes for example in examples])
    verdicts = [judge(name, normalise(example.text)) for example in examples]
    decided = np.array([verdict is Verdict.YES for verdict in verdicts])
    open_ = np.array([verdict is Verdict.OPEN for verdict in verdicts])
    decided |= open_ & (fitted.probabilities >= fitted.model.threshold)
    hits = int((decided & yes).sum())
    precision, recall = hits / max(int(decided.sum()), 1), hits / max(int(yes.sum()), 1)
    f1 = 2 * hits / max(int(decided.sum() + yes.sum()), 1)
    return SignalScore(f1=round(f1, 4), precision=round(precision, 4), recall=round(recall, 4))


def _share(flags: NDArray[np.bool_]) -> float:
    return round(float(flags.mean()), 4) if len(flags) else 0.0


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """A row of a test file and what became of it; `decision` is `answer` or `clarify`."""

    text: str
    label: str
    intent: str
    confidence: float
    decision: str


@dataclass(frozen=True, kw_only=True)
class RowsReport:
    """Figures of a test file. In scope: the row's label was in training."""

    rows: int
    in_scope: int
    accuracy: float  # in scope, as if everything were answered
    answered_right: float  # in scope: answered, and rightly
    out_of_scope_not_answered: float | None
    answered_precision: float  # of all that was answered
    calibration_error: float
    answer_at: float
    training_seconds: float


def read_rows(path: Path) -> list[tuple[str, str]]:
    """The (text, label) pairs of a CSV file with these columns. Raises `BadInput`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = {"text", "label"} - set(reader.fieldnames or ())
            if missing:
                raise BadInput(str(path), f"there is no column {' and no column '.join(sorted(missing))}")
            rows = [(row["text"], row["label"]) for row in reader if row["text"] and row["label"]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(str(path), f"the file cannot be read as CSV in UTF-8 ({error})") from error
    if not rows:
        raise BadInput(str(path), "there is no row in it")
    return rows


def evaluate_rows(
    training: Sequence[tuple[str, str]],
    test: Sequence[tuple[str, str]],
    signals: Mapping[SignalName, Sequence[Example]],
    unrelated: Sequence[str],
    encoder: Encoder,
    *,
    precision: float = TARGET_PRECISION,
) -> tuple[RowsReport, list[Prediction]]:
    """Train on one set of (text, label) pairs, predict the other."""
    start = time.perf_counter()
    model = train(labelled_pairs(training), signals, unrelated, encoder, precision=precision)
    seconds = time.perf_counter() - start
    interpreter = EmbeddedInterpreter(model, encoder)
    predictions = []
    for first in range(0, len(test), 64):
        part = test[first : first + 64]
        for (text, label), understood in zip(
            part, interpreter.understand([text for text, _ in part]), strict=True
        ):
            predictions.append(
                Prediction(
                    text=text,
                    label=label,
                    intent=understood.intent,
                    confidence=understood.confidence,
                    decision="answer" if understood.confidence >= interpreter.answer_at else "clarify",
                )
            )
    return _report(predictions, frozenset(model.entries), interpreter.answer_at, seconds), predictions


def _report(
    predictions: list[Prediction], known: frozenset[str], answer_at: float, seconds: float
) -> RowsReport:
    in_scope = np.array([row.label in known for row in predictions])
    right = np.array([row.label == row.intent for row in predictions])
    answered = np.array([row.decision == "answer" for row in predictions])
    confidence = np.array([row.confidence for row in predictions])
    return RowsReport(
        rows=len(predictions),
        in_scope=int(in_scope.sum()),
        accuracy=_share(right[in_scope]),
        answered_right=_share((right & answered)[in_scope]),
        out_of_scope_not_answered=_share(~answered[~in_scope]) if (~in_scope).any() else None,
        answered_precision=_share(right[answered]),
        calibration_error=round(calibration_error(confidence, right, np.ones(len(right))), 4),
        answer_at=round(answer_at, 4),
        training_seconds=round(seconds, 2),
    )


def write_predictions(predictions: Sequence[Prediction], path: Path) -> None:
    """As CSV: text, label, intent, confidence, decision."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "label", "intent", "confidence", "decision"))
        writer.writerows(
            (row.text, row.label, row.intent, row.confidence, row.decision) for row in predictions
        )

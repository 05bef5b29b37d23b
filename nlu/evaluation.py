"""How good it is: honest figures from texts that were left out of training, or from a test file.

Nothing is measured by a way of its own: each fold is trained and asked as in service.
"""

import csv
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from nlu.embedded.calibration import Doubles, calibration_error, risk_and_coverage
from nlu.embedded.examples import of_knowledge, of_pairs
from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.embedded.model import SignalsModel
from nlu.embedded.reading import Reader
from nlu.embedded.resources import gather
from nlu.embedded.ridge import Indices, spread_folds
from nlu.embedded.signal_training import train_signals
from nlu.embedded.training import UNKNOWN_SHARE, UNRELATED_SHARE, Knobs, Training, train
from nlu.encoders.port import Encoder
from nlu.encoders.settings import EncoderSettings
from nlu.knowledge.check import LeftOutPhrasing
from nlu.knowledge.entries import KnowledgeBase
from nlu.signals import Example, SignalName, load_unrelated
from nlu.understanding import Interpreter, Understanding, Urgency

FOLDS = 5
THIRDS = 3
BATCH = 64


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What every fold is trained with."""

    encoder: Encoder  # remembers vectors, so that folds cost little
    knobs: Knobs
    signals: SignalsModel
    unrelated: Sequence[str]

    def of_knowledge(self, knowledge: KnowledgeBase) -> Interpreter:
        """An engine that has learned from this knowledge base only."""
        return self._interpreter(train(of_knowledge(knowledge, self.unrelated), self.signals, *self._rest))

    def of_pairs(self, pairs: Sequence[tuple[str, str]]) -> Interpreter:
        """An engine that has learned from (text, label) pairs only."""
        return self._interpreter(train(of_pairs(pairs, self.unrelated), self.signals, *self._rest))

    @property
    def _rest(self) -> tuple[Encoder, Knobs]:
        return self.encoder, self.knobs

    def _interpreter(self, training: Training) -> Interpreter:
        return EmbeddedInterpreter(training.model, self.encoder)


def open_bench(settings: EncoderSettings, cache: Path, *, precision: float) -> Bench:
    """With what is in the cache, or made now. Raises `ConfigError`, `EncoderUnavailable`."""
    tools = gather(settings, cache, precision=precision)
    return Bench(encoder=tools.encoder, knobs=tools.knobs, signals=tools.signals, unrelated=load_unrelated())


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A text that an engine was asked without having learned it, and what it made of it."""

    text: str
    label: str  # what it means
    group: str  # its language
    understood: Understanding

    @property
    def right(self) -> bool:
        """Whether the likeliest entry is the right one, sure or not."""
        return self.understood.intent == self.label

    @property
    def answered(self) -> bool:
        """Whether the engine is sure enough to answer."""
        return self.understood.confidence >= self.understood.answer_at


@dataclass(frozen=True, kw_only=True)
class SignalScore:
    """Of the decisions of rules and classifier together."""

    f1: float
    precision: float
    recall: float


@dataclass(frozen=True, kw_only=True)
class KnowledgeReport:
    """Cross-validation over a knowledge base. Rates are shares of phrasings."""

    phrasings: int
    accuracy: Mapping[str, float]  # by language: the likeliest entry is right, sure or not
    among_three: Mapping[str, float]  # by language: the right entry is among the first three
    answered: Mapping[str, float]  # by language: sure enough to answer
    answered_right: Mapping[str, float]  # by language: of what was answered
    unknown_not_answered: float  # phrasings of entries that were left out, a third of them at a time
    unrelated_not_answered: float  # messages about something else altogether
    calibration_error: (
        float  # over phrasings, with and without their entries left out, and unrelated messages
    )
    risk_coverage: Sequence[Mapping[str, float]]
    signals: Mapping[str, SignalScore]


def evaluate_knowledge(
    knowledge: KnowledgeBase,
    examples: Mapping[SignalName, Sequence[Example]],
    ordinary: Sequence[str],
    bench: Bench,
) -> KnowledgeReport:
    """Five-fold cross-validation over phrasings and over the signals' examples; three-fold over entries."""
    known = ask_crosswise(knowledge, bench)
    unknown = _ask_without_entries(knowledge, bench)
    unrelated = _ask_unrelated(knowledge, bench)
    everything = [*known, *unknown, *unrelated]
    confidence = np.array([asked.understood.confidence for asked in everything])
    right = np.array([asked.right for asked in everything])
    shares = (
        1.0,
        UNKNOWN_SHARE * len(known) / max(len(unknown), 1),
        UNRELATED_SHARE * len(known) / max(len(unrelated), 1),
    )
    weight = np.repeat(shares, (len(known), len(unknown), len(unrelated)))
    return KnowledgeReport(
        phrasings=len(known),
        accuracy=_by_group(known, lambda asked: asked.right),
        among_three=_by_group(known, _is_among_three),
        answered=_by_group(known, lambda asked: asked.answered),
        answered_right=_by_group([asked for asked in known if asked.answered], lambda asked: asked.right),
        unknown_not_answered=_share(not asked.answered for asked in unknown),
        unrelated_not_answered=_share(not asked.answered for asked in unrelated),
        calibration_error=round(calibration_error(confidence, right, weight), 4),
        risk_coverage=risk_and_coverage(confidence, right, weight),
        signals=_score_signals(knowledge, examples, ordinary, bench),
    )


def ask_crosswise(knowledge: KnowledgeBase, bench: Bench) -> list[Asked]:
    """Each phrasing, asked of an engine that was trained without its fold."""
    rows = [
        (text, entry.id, language)
        for entry in knowledge.entries.values()
        for language, texts in entry.phrasings.items()
        for text in texts
    ]
    strata = np.unique([f"{entry} {language}" for _, entry, language in rows], return_inverse=True)[1]
    asked = []
    for fold in spread_folds(strata, FOLDS):
        left_out = {rows[number] for number in fold}
        entries = {
            entry.id: replace(
                entry,
                phrasings={
                    language: tuple(text for text in texts if (text, entry.id, language) not in left_out)
                    for language, texts in entry.phrasings.items()
                },
            )
            for entry in knowledge.entries.values()
        }
        engine = bench.of_knowledge(replace(knowledge, entries=entries))
        asked += _ask(engine, [rows[number] for number in fold])
    return asked


def left_out_phrasings(knowledge: KnowledgeBase, bench: Bench) -> list[LeftOutPhrasing]:
    """What `nlu.knowledge.check` judges by: each phrasing as it is taken when it was not learned."""
    asked = ask_crosswise(knowledge, bench)
    reader = Reader(knowledge.synonyms)
    vectors = bench.encoder.encode([reader.read(each.text) for each in asked])
    owners = np.array([each.label for each in asked])
    found = []
    for row, each in enumerate(asked):
        cosines = vectors @ vectors[row]
        own = np.flatnonzero((owners == each.label) & (np.arange(len(asked)) != row))
        others = np.flatnonzero(owners != each.label)
        nearest = int(others[cosines[others].argmax()]) if len(others) else row
        found.append(
            LeftOutPhrasing(
                text=each.text,
                entry=each.label,
                guess=each.understood.intent,
                probability=each.understood.confidence,
                closeness=float(cosines[own].max()) if len(own) else -1.0,
                other=asked[nearest].label,
                other_text=asked[nearest].text,
                other_closeness=float(cosines[nearest]) if len(others) else -1.0,
            )
        )
    return found


def _ask_without_entries(knowledge: KnowledgeBase, bench: Bench) -> list[Asked]:
    """Phrasings of a third of the entries, asked of an engine that knows the other two thirds."""
    asked = []
    entries = list(knowledge.entries.values())
    for third in range(min(THIRDS, len(entries) - 1)):
        held_out = entries[third::THIRDS]
        kept = {entry.id: entry for entry in entries if entry not in held_out}
        rows = [
            (text, "", language)
            for entry in held_out
            for language, texts in entry.phrasings.items()
            for text in texts
        ]
        asked += _ask(bench.of_knowledge(replace(knowledge, entries=kept)), rows)
    return asked


def _ask_unrelated(knowledge: KnowledgeBase, bench: Bench) -> list[Asked]:
    """Messages that no entry answers, asked of an engine that was trained without their fold."""
    asked = []
    texts = np.array(bench.unrelated)
    for fold in spread_folds(np.zeros(len(texts), np.intp), FOLDS):
        rest = replace(bench, unrelated=list(np.delete(texts, fold)))
        asked += _ask(rest.of_knowledge(knowledge), [(str(text), "", "") for text in texts[fold]])
    return asked


def _ask(engine: Interpreter, rows: Sequence[tuple[str, str, str]]) -> list[Asked]:
    understood: list[Understanding] = []
    for first in range(0, len(rows), BATCH):
        understood += engine.understand([text for text, _, _ in rows[first : first + BATCH]])
    return [
        Asked(text=text, label=label, group=group, understood=each)
        for (text, label, group), each in zip(rows, understood, strict=True)
    ]


def _is_among_three(asked: Asked) -> bool:
    return asked.right or asked.label in [guess.intent for guess in asked.understood.alternatives[:2]]


def _score_signals(
    knowledge: KnowledgeBase,
    examples: Mapping[SignalName, Sequence[Example]],
    ordinary: Sequence[str],
    bench: Bench,
) -> dict[str, SignalScore]:
    """Each example, asked of classifiers that were trained without its fold."""
    parts = {name: _strata(examples[name]) for name in examples}
    decided = {name: np.zeros(len(examples[name]), bool) for name in examples}
    training = train(of_knowledge(knowledge, bench.unrelated), bench.signals, bench.encoder, bench.knobs)
    for number in range(FOLDS):
        folds = {name: spread_folds(parts[name], FOLDS)[number] for name in examples}
        rest = {
            name: [example for row, example in enumerate(examples[name]) if row not in set(folds[name])]
            for name in examples
        }
        signals = train_signals(rest, ordinary, bench.encoder)
        engine = EmbeddedInterpreter(replace(training.model, signals=signals), bench.encoder)
        for name, fold in folds.items():
            asked = _ask(engine, [(examples[name][row].text, "", "") for row in fold])
            decided[name][fold] = [heard(name, each.understood) for each in asked]
    return {
        name.value: score(decided[name], np.array([example.yes for example in examples[name]]))
        for name in examples
    }


def _strata(examples: Sequence[Example]) -> Indices:
    return np.array([example.yes * 2 + (example.language == "zh") for example in examples], np.intp)


def heard(name: SignalName, understood: Understanding) -> bool:
    """Whether the signal was decided to be there."""
    match name:
        case SignalName.COMPLAINT:
            return understood.complaint.decision
        case SignalName.WANTS_HUMAN:
            return understood.wants_human.decision
        case SignalName.EMERGENCY:
            return understood.urgency is Urgency.EMERGENCY


def score(decided: NDArray[np.bool_], yes: NDArray[np.bool_]) -> SignalScore:
    """Of yes-or-no decisions, against what is so."""
    hits = int((decided & yes).sum())
    precision, recall = hits / max(int(decided.sum()), 1), hits / max(int(yes.sum()), 1)
    f1 = 2 * hits / max(int(decided.sum() + yes.sum()), 1)
    return SignalScore(f1=round(f1, 4), precision=round(precision, 4), recall=round(recall, 4))


def _by_group(rows: Sequence[Asked], counts: Callable[[Asked], bool]) -> dict[str, float]:
    groups = sorted({asked.group for asked in rows})
    return {group: _share(counts(asked) for asked in rows if asked.group == group) for group in groups}


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return round(sum(values) / len(values), 4) if values else 0.0


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
    risk_coverage: Sequence[Mapping[str, float]]
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
    training: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]], bench: Bench
) -> tuple[RowsReport, list[Prediction]]:
    """Train on one set of (text, label) pairs, predict the other."""
    start = time.perf_counter()
    engine = bench.of_pairs(training)
    seconds = time.perf_counter() - start
    predictions = [
        Prediction(
            text=asked.text,
            label=asked.label,
            intent=asked.understood.intent,
            confidence=asked.understood.confidence,
            decision="answer" if asked.answered else "clarify",
        )
        for asked in _ask(engine, [(text, label, "") for text, label in test])
    ]
    return report_rows(predictions, {label for _, label in training}, seconds), predictions


def report_rows(
    predictions: Sequence[Prediction], known: Collection[str], training_seconds: float
) -> RowsReport:
    """Figures of predictions, of whatever engine; `known` are the labels it was trained on."""
    in_scope = np.array([row.label in known for row in predictions])
    right = np.array([row.label == row.intent for row in predictions])
    answered = np.array([row.decision == "answer" for row in predictions])
    confidence: Doubles = np.array([row.confidence for row in predictions])
    ones = np.ones(len(predictions))
    return RowsReport(
        rows=len(predictions),
        in_scope=int(in_scope.sum()),
        accuracy=_share(right[in_scope]),
        answered_right=_share((right & answered)[in_scope]),
        out_of_scope_not_answered=_share(~answered[~in_scope]) if (~in_scope).any() else None,
        answered_precision=_share(right[answered]),
        calibration_error=round(calibration_error(confidence, right, ones), 4),
        risk_coverage=risk_and_coverage(confidence, right, ones),
        training_seconds=round(training_seconds, 2),
    )


def write_predictions(predictions: Sequence[Prediction], path: Path) -> None:
    """As CSV: text, label, intent, confidence, decision."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "label", "intent", "confidence", "decision"))
        writer.writerows(
            (row.text, row.label, row.intent, row.confidence, row.decision) for row in predictions
        )

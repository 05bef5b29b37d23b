"""What training has learned, as plain arrays and JSON in one blob: loading it executes nothing."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from core.errors import ShouwenError
from nlu.embedded.calibration import Logistic
from nlu.embedded.confidence import Shares
from nlu.embedded.correction import Correction
from nlu.embedded.form import Form
from nlu.embedded.machine import Machine
from nlu.embedded.ngrams import Vocabulary
from nlu.signals import SignalName

MODEL_VERSION = 5  # raise it when the form or training change, so that models are trained anew


class DamagedModel(ShouwenError):
    """The bytes are not a model of this version."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"the trained model cannot be read ({problem}); it must be trained anew")


@dataclass(frozen=True, kw_only=True)
class SignalModel:
    """From a signal's score to its probability, and from which probability it counts."""

    chance: Logistic
    threshold: float


@dataclass(frozen=True, kw_only=True)
class SignalsModel:
    """The signals' classifiers. Classes of the form are the signals, in the order of the mapping."""

    form: Form
    signals: Mapping[SignalName, SignalModel]


@dataclass(frozen=True, kw_only=True)
class Model:
    """Known phrasings, and what closeness to them says of the entries.

    Classes of the machine are the entries. Its known texts are first their phrasings, grouped by entry as
    `counts` says, then messages that no entry answers.
    """

    encoder: str  # key of the encoder whose vectors it knows
    entries: tuple[str, ...]
    counts: tuple[int, ...]
    machine: Machine
    exact: Mapping[str, int]  # bare phrasing -> entry, where only one entry has it
    synonyms: tuple[tuple[str, ...], ...]
    correction: Correction
    confidence: Logistic
    shares: Shares
    answer_at: tuple[float, ...]  # by entry: the confidence from which answering keeps the target precision
    offer_at: tuple[float, ...]  # by entry: the share from which offering it as a button is worth the place
    signals: SignalsModel


def to_bytes(model: Model) -> bytes:
    """The model as one blob, of about 1 KB a phrasing."""
    facts = {
        "version": MODEL_VERSION,
        "encoder": model.encoder,
        "entries": model.entries,
        "counts": model.counts,
        "idf": model.machine.vocabulary.idf,
        "exact": model.exact,
        "synonyms": model.synonyms,
        "correction": {
            "syllables": model.correction.syllables,
            "pairs": sorted(model.correction.pairs),
            "by_pinyin": model.correction.by_pinyin,
            "words": model.correction.words,
        },
        "confidence": model.confidence,
        "shares": model.shares,
        "answer_at": model.answer_at,
        "offer_at": model.offer_at,
    }
    return _pack({**_arrays(model.machine), **_signal_arrays(model.signals)}, facts)


def from_bytes(data: bytes, *, common: frozenset[str]) -> Model:
    """What `to_bytes` wrote; `common` are the words that correction leaves alone. Raises `DamagedModel`."""
    arrays, facts = _unpack(data)
    try:
        model = Model(
            encoder=facts["encoder"],
            entries=tuple(facts["entries"]),
            counts=tuple(facts["counts"]),
            machine=_machine(arrays, facts["idf"]),
            exact=facts["exact"],
            synonyms=tuple(tuple(group) for group in facts["synonyms"]),
            correction=Correction(
                syllables=facts["correction"]["syllables"],
                pairs=frozenset(facts["correction"]["pairs"]),
                by_pinyin=facts["correction"]["by_pinyin"],
                words=facts["correction"]["words"],
                common=common,
            ),
            confidence=_logistic(facts["confidence"]),
            shares=Shares(**facts["shares"]),
            answer_at=tuple(facts["answer_at"]),
            offer_at=tuple(facts["offer_at"]),
            signals=_signals(arrays),
        )
    except (KeyError, TypeError, ValueError, AttributeError, orjson.JSONDecodeError) as error:
        raise DamagedModel(f"{type(error).__name__}: {error}") from error
    machine, count = model.machine, len(model.entries)
    fits = len(machine.vectors) == len(machine.weights) and machine.weights.shape[1] == count
    fits = fits and machine.vectors.shape[1] == machine.directions.shape[1]
    if not fits or len(model.counts) != count or sum(model.counts) > len(machine.vectors):
        raise DamagedModel("its parts do not fit together")
    return model


def signals_to_bytes(signals: SignalsModel) -> bytes:
    """The signals' classifiers as one blob."""
    return _pack(_signal_arrays(signals), {"version": MODEL_VERSION})


def signals_from_bytes(data: bytes) -> SignalsModel:
    """What `signals_to_bytes` wrote. Raises `DamagedModel`."""
    arrays, _ = _unpack(data)
    try:
        return _signals(arrays)
    except (KeyError, TypeError, ValueError, orjson.JSONDecodeError) as error:
        raise DamagedModel(f"{type(error).__name__}: {error}") from error


def _pack(arrays: Mapping[str, NDArray[Any]], facts: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, facts=_json(facts), **arrays)
    return buffer.getvalue()


def _unpack(data: bytes) -> tuple[Mapping[str, NDArray[Any]], Mapping[str, Any]]:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        facts: dict[str, Any] = orjson.loads(arrays["facts"].tobytes())
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedModel(str(error)) from error
    if facts.get("version") != MODEL_VERSION:
        raise DamagedModel(f"it has version {facts.get('version')}, not {MODEL_VERSION}")
    return arrays, facts


def _json(value: object) -> NDArray[np.uint8]:
    return np.frombuffer(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), np.uint8)


def _arrays(machine: Machine) -> dict[str, NDArray[Any]]:
    return {
        "entries_directions": machine.directions,
        "entries_vectors": machine.vectors.astype(np.float16),
        "entries_weights": machine.weights.astype(np.float16),
        "entries_letters": machine.letters.astype(np.float16),
    }


def _machine(arrays: Mapping[str, NDArray[Any]], idf: Mapping[str, float]) -> Machine:
    return Machine(
        directions=arrays["entries_directions"],
        vectors=arrays["entries_vectors"].astype(np.float32),
        weights=arrays["entries_weights"].astype(np.float32),
        vocabulary=Vocabulary(idf),
        letters=arrays["entries_letters"],
    )


def _signal_arrays(signals: SignalsModel) -> dict[str, NDArray[Any]]:
    facts = {
        "idf": signals.form.vocabulary.idf,
        "signals": {name.value: signal for name, signal in signals.signals.items()},
    }
    return {
        "signals_directions": signals.form.directions,
        "signals_squares": signals.form.squares,
        "signals_letters": signals.form.letters.astype(np.float16),
        "signals_facts": _json(facts),
    }


def _signals(arrays: Mapping[str, NDArray[Any]]) -> SignalsModel:
    facts = orjson.loads(arrays["signals_facts"].tobytes())
    return SignalsModel(
        form=Form(
            directions=arrays["signals_directions"],
            squares=arrays["signals_squares"],
            vocabulary=Vocabulary(facts["idf"]),
            letters=arrays["signals_letters"],
        ),
        signals={
            SignalName(name): SignalModel(chance=_logistic(signal["chance"]), threshold=signal["threshold"])
            for name, signal in facts["signals"].items()
        },
    )


def _logistic(facts: Mapping[str, Any]) -> Logistic:
    return Logistic(facts["bias"], tuple(facts["weights"]))

"""The knowledge base as a Rasa project: what it is trained from, in Rasa's own files. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nlu.knowledge.entries import KnowledgeBase
from nlu.normalise import clip, normalise

NONE = "_none"  # the intent of what is about no entry; an entry's id starts with a letter or digit
FALLBACK = "nlu_fallback"  # what Rasa's FallbackClassifier puts first when nothing is likely

# Rasa reads [words](name) in an example as an entity, and a message that starts with / as a command that
# names its intent: a customer could choose the answer, with full confidence.
_BRACKETS = re.compile(r"[\[\]]")

# Without transformer layers DIET learns from the n-grams of the whole sentence. Two layers cost twenty times
# the training (8.5 minutes against 20 seconds for the sample) and gave no better answers: see docs/rasa.md.
_PIPELINE: tuple[dict[str, Any], ...] = (
    {"name": "JiebaTokenizer"},  # words of Chinese; English stays as it is written
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 3},
    {
        "name": "DIETClassifier",
        "batch_size": [128, 256],
        "learning_rate": 0.005,
        "number_of_transformer_layers": 0,
        "connection_density": 1.0,
        "dense_dimension": {"text": 64, "label": 20},
        "concat_dimension": {"text": 64, "label": 20},
        "drop_rate": 0.4,
        "sparse_input_dropout": False,
        "constrain_similarities": True,
        "entity_recognition": False,
        "evaluate_every_number_of_epochs": -1,
        "random_seed": 7,
    },
)
# Texts are learned from this often in all: a few texts many times, many a few times.
_LESSONS = 80_000
_FEWEST_EPOCHS, _MOST_EPOCHS = 8, 60
_FALLBACK_CLASSIFIER: dict[str, Any] = {
    "name": "FallbackClassifier",
    "threshold": 0.3,
    "ambiguity_threshold": 0.05,
}


def rasa_text(text: str) -> str:
    """A text as Rasa gets it, in training and in parsing alike; may be empty."""
    return " ".join(_BRACKETS.sub(" ", normalise(clip(text))).split()).strip("-/ ")


def entry_intents(knowledge: KnowledgeBase) -> dict[str, tuple[str, ...]]:
    """What Rasa learns of each entry: its phrasings and titles."""
    return {
        entry.id: _distinct(
            [*(text for texts in entry.phrasings.values() for text in texts), *entry.title.values()]
        )
        for entry in knowledge.entries.values()
    }


def pair_intents(pairs: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """What Rasa learns of plain (text, intent) pairs."""
    texts: dict[str, list[str]] = {}
    for text, intent in pairs:
        texts.setdefault(intent, []).append(text)
    return {intent: _distinct(each) for intent, each in texts.items()}


def with_none(intents: Mapping[str, Sequence[str]], unrelated: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The intents and one more, of the texts that are about none of them."""
    known = {text for texts in intents.values() for text in texts}
    none = tuple(text for text in _distinct(unrelated) if text not in known)
    return {**{intent: tuple(texts) for intent, texts in intents.items()}, NONE: none}


def _distinct(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(rasa_text, texts))))


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Rasa project that tells intents apart; `intents` are texts as `rasa_text` gives them."""

    intents: Mapping[str, Sequence[str]]
    epochs: int | None = None  # instead of as many as fit the number of texts
    fallback: bool = True  # with Rasa's own fallback last, for who serves the project without us

    def files(self) -> dict[str, str]:
        """The files of the project by path: what `rasa train nlu` reads."""
        return {
            "config.yml": _dump(self._config()),
            "domain.yml": _dump({"version": "3.1", "intents": list(self.intents)}),
            "data/nlu.yml": examples_document(self.intents),
        }

    def document(self) -> str:
        """All of it as the one YAML document that Rasa's `POST /model/train` takes."""
        return _dump(
            {**self._config(), "version": "3.1", "intents": list(self.intents), **_nlu(self.intents)}
        )

    def _config(self) -> dict[str, Any]:
        texts = sum(map(len, self.intents.values()))
        fitting = min(max(_LESSONS // max(texts, 1), _FEWEST_EPOCHS), _MOST_EPOCHS)
        *featurizers, diet = _PIPELINE
        pipeline = [*featurizers, {**diet, "epochs": self.epochs or fitting}]
        if self.fallback:
            pipeline.append(_FALLBACK_CLASSIFIER)
        return {
            "recipe": "default.v1",
            "assistant_id": "shouwen",
            "language": "zh",
            "pipeline": pipeline,
            "policies": [],
        }


def examples_document(intents: Mapping[str, Sequence[str]]) -> str:
    """Examples of intents as Rasa reads them, for training or for a test."""
    return _dump({"version": "3.1", **_nlu(intents)})


def write_project(project: Project, folder: Path) -> None:
    """Write the project's files into the folder, which is made where it is missing."""
    for name, content in project.files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


class _Examples(str):
    """Written as a block of lines: Rasa takes examples in this form only."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(
    _Examples,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style="|"),
)


def _nlu(intents: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "nlu": [
            {"intent": intent, "examples": _Examples("".join(f"- {text}\n" for text in texts))}
            for intent, texts in intents.items()
            if texts
        ]
    }


def _dump(document: Mapping[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False)

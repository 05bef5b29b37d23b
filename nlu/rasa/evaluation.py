"""How good Rasa is on plain rows: the figures of `nlu.evaluation`, of a server that is started for it."""

import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nlu.evaluation import Prediction, RowsReport, report_rows
from nlu.rasa.client import RasaClient
from nlu.rasa.rows import guess_rows
from nlu.rasa.server import RasaServer, find_rasa
from nlu.signals import load_unrelated


def evaluate_rasa(
    training: Sequence[tuple[str, str]], test: Sequence[tuple[str, str]], *, precision: float
) -> tuple[RowsReport, list[Prediction]]:
    """Train on one set of (text, label) pairs, predict the other. Raises `ConfigError` without Rasa."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RasaServer(find_rasa(), Path(folder), _free_port()) as server,
    ):
        guessed = guess_rows(
            RasaClient(server.url),
            training,
            [text for text, _ in test],
            load_unrelated(),
            precision=precision,
        )
    predictions = [
        Prediction(
            text=text,
            label=label,
            intent=guess.label,
            confidence=guess.confidence,
            decision="answer" if guess.confidence >= guessed.answer_at else "clarify",
        )
        for (text, label), guess in zip(test, guessed.guesses, strict=True)
    ]
    known = {label for _, label in training}
    return report_rows(predictions, known, guessed.training_seconds), predictions


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

"""The training process: `python -m nlu.embedded.child` reads a task as JSON and writes model and figures to files.

See `nlu.embedded.trained`, which starts it.
"""

import os
import sys
from pathlib import Path
from typing import Any

import orjson

from nlu.embedded.examples import of_knowledge
from nlu.embedded.model import to_bytes
from nlu.embedded.resources import gather
from nlu.embedded.trained import FIGURES_FILE, MODEL_FILE, SECRET
from nlu.embedded.training import train
from nlu.encoders.settings import EncoderSettings, Kind
from nlu.knowledge.documents import from_data
from nlu.signals import load_unrelated


def _run(task: dict[str, Any]) -> None:
    folder = Path(task["folder"])
    settings = {**task["encoder"], "kind": Kind(task["encoder"]["kind"]), "secret": os.environ.get(SECRET)}
    tools = gather(EncoderSettings(**settings), Path(task["cache"]), precision=task["precision"])
    examples = of_knowledge(from_data(task["knowledge"]), load_unrelated())
    training = train(examples, tools.signals, tools.encoder, tools.knobs)
    (folder / MODEL_FILE).write_bytes(to_bytes(training.model))
    (folder / FIGURES_FILE).write_bytes(orjson.dumps(training.figures))


if __name__ == "__main__":
    _run(orjson.loads(sys.stdin.buffer.read()))

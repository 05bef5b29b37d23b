"""The training process: `python -m nlu.embedded.child` reads a task and a knowledge base, and writes model and figures.

See `nlu.embedded.aside`, which starts it. The task is the first line of its input, the knowledge base is the rest, both as
JSON; it may be long in coming.
"""

import os
import select
import threading
import time
from io import FileIO
from pathlib import Path
from typing import Any

import orjson

from nlu.embedded.aside import FIGURES_FILE, MODEL_FILE, SECRET
from nlu.embedded.examples import of_knowledge
from nlu.embedded.model import to_bytes
from nlu.embedded.resources import gather
from nlu.embedded.training import train
from nlu.encoders.settings import EncoderSettings, Kind
from nlu.knowledge.documents import from_data
from nlu.signals import load_unrelated

ORPHAN_CHECK = 1.0  # seconds


def _run(task: dict[str, Any], rest: FileIO) -> None:
    threading.Thread(target=_end_with, args=(task["parent"],), daemon=True).start()
    folder = Path(task["folder"])
    settings = {**task["encoder"], "kind": Kind(task["encoder"]["kind"]), "secret": os.environ.get(SECRET)}
    tools = gather(EncoderSettings(**settings), Path(task["cache"]), precision=task["precision"])
    unrelated = load_unrelated()
    arrives, _, _ = select.select([rest], [], [], task["patience"])
    knowledge = rest.readall() if arrives else b""
    if not knowledge:  # nobody wants it any more
        return
    training = train(
        of_knowledge(from_data(orjson.loads(knowledge)), unrelated), tools.signals, tools.encoder, tools.knobs
    )
    (folder / MODEL_FILE).write_bytes(to_bytes(training.model))
    (folder / FIGURES_FILE).write_bytes(orjson.dumps(training.figures))


def _end_with(parent: int) -> None:
    """End when the process that wanted the model is gone: a first training is a minute's work, and much memory."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_CHECK)
    os._exit(1)


if __name__ == "__main__":
    with FileIO(0) as standard_input:  # unbuffered, so that the rest is still there to be waited for
        _run(orjson.loads(standard_input.readline()), standard_input)
    os._exit(0)  # its memory goes back at once, not piece by piece: somebody waits

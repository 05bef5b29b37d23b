"""A small HTTP server that talks like Rasa 3.6: for what a real one would be slow or unable to show."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

from nlu.rasa.project import NONE

Intents = Mapping[str, list[str]]


@dataclass
class FakeRasa:
    """What it serves, and how it behaves; a test may change all of it while it runs."""

    url: str = ""
    model: str | None = "first.tar.gz"
    models: set[str] = field(default_factory=lambda: {"first.tar.gz", "second.tar.gz"})
    rankings: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)  # texts that are answered with an error
    broken: bool = False  # whether every answer is an error page, as from a proxy before a dead server
    parsed: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)  # cleared: parsing waits
    close_after_answer: bool = False  # without saying so, as Rasa does with idle connections
    trainings: list[Intents] = field(default_factory=list)  # that were begun, with what
    train: threading.Event = field(default_factory=threading.Event)  # cleared: trainings wait
    cannot_train: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.hold.set()
        self.train.set()

    @property
    def learned(self) -> list[set[str]]:
        """Of each training that was begun: the entries."""
        return [set(intents) - {NONE} for intents in self.trainings]

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        self.paths.append(path)
        match method, path.partition("?")[0]:
            case _ if self.broken:
                return 502, "<html>Bad gateway</html>"
            case "GET", "/status" if self.model is None:
                return 409, {"message": "No agent loaded."}
            case "GET", "/status":
                return 200, {"model_file": self.model, "num_active_training_jobs": 0}
            case "PUT", "/model":
                name = body["model_file"].removeprefix("models/")
                if name not in self.models:
                    return 400, {"message": f"Agent with name {name!r} could not be loaded."}
                self.model = name
                return 204, None
            case "POST", "/model/parse":
                self.hold.wait()
                self.parsed.append(body["text"])
                if body["text"] in self.refused:
                    return 500, {"message": "An unexpected error occurred."}
                ranking = self.rankings.get(body["text"], [("_none", 0.9)])
                named = [{"name": name, "confidence": confidence} for name, confidence in ranking]
                return 200, {"text": body["text"], "intent": named[0], "intent_ranking": named}
            case "POST", "/model/train":
                with self.lock:
                    self.trainings.append(_examples(body))
                    name = f"trained-{len(self.trainings)}.tar.gz"
                self.train.wait()
                if self.cannot_train:
                    return 500, {"message": "An unexpected error occurred during training."}
                self.models.add(name)
                return 200, Model(name)
            case "POST", "/model/test/intents":
                asked = [(text, intent) for intent, texts in _examples(body).items() for text in texts]
                return 200, {"intent_evaluation": {"predictions": _predict(asked)}}
            case _:
                return 404, {"message": "Not found."}


@dataclass(frozen=True)
class Model:
    """An answer that is a file."""

    name: str


def _examples(document: Any) -> Intents:
    """As Rasa reads them."""
    return {
        each["intent"]: [line.removeprefix("- ") for line in each["examples"].splitlines()]
        for each in document["nlu"]
    }


def _predict(asked: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """Mostly right and sure of it; each fourth entry's text is taken for the entry of another, without confidence."""
    entries = sorted({intent for _, intent in asked} - {NONE})
    rows = []
    for number, (text, intent) in enumerate(asked):
        right = intent == NONE or number % 4 or len(entries) < 2
        predicted = intent if right else next(each for each in entries if each != intent)
        rows.append({"text": text, "predicted": predicted, "confidence": 0.95 if right else 0.3})
    return rows


@contextmanager
def fake_rasa(port: int = 0, *, again: FakeRasa | None = None) -> Iterator[FakeRasa]:
    """Run one; on a free port unless one is given. `again` is one that was running before, with its models."""
    rasa = again or FakeRasa()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            connections.append(self.connection)

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            data = self.rfile.read(length)
            # YAML is a superset of JSON
            status, answer = rasa.answer(self.command, self.path, yaml.safe_load(data) if data else None)
            content = b"" if answer is None else _encode(answer)
            try:
                self.send_response(status)
                if isinstance(answer, Model):
                    self.send_header("filename", answer.name)
                if status != 204:
                    self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:  # the client has given up
                self.close_connection = True
            if rasa.close_after_answer:
                self.close_connection = True

        do_GET = do_POST = do_PUT = handle_any

        def log_message(self, format: str, *args: object) -> None:
            pass

    connections: list[socket.socket] = []
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    rasa.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield rasa
    finally:
        rasa.hold.set()
        rasa.train.set()
        server.shutdown()
        thread.join()
        server.server_close()
        for connection in connections:  # who dies hangs up
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def _encode(answer: Any) -> bytes:
    match answer:
        case Model():
            return b"a model, which nobody reads"
        case str():
            return answer.encode()
        case _:
            return json.dumps(answer).encode()

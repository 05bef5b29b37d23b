"""A small HTTP server that talks like Rasa 3.6: for what a real one would be slow or unable to show."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


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
            case _:
                return 404, {"message": "Not found."}


@contextmanager
def fake_rasa() -> Iterator[FakeRasa]:
    """Run one on a free port."""
    rasa = FakeRasa()
    rasa.hold.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            data = self.rfile.read(length)
            status, answer = rasa.answer(self.command, self.path, json.loads(data) if data else None)
            content = b"" if answer is None else _encode(answer)
            try:
                self.send_response(status)
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

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    rasa.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield rasa
    finally:
        rasa.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _encode(answer: Any) -> bytes:
    return (answer if isinstance(answer, str) else json.dumps(answer)).encode()

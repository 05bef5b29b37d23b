"""A small HTTP server that speaks OpenAI's embeddings API, as its reference describes it; and misbehaves as told."""

import contextlib
import hashlib
import json
import socket
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

SIZE = 8


@dataclass(frozen=True)
class Odd:
    """An answer that is not the right one; a `body` that is no text is sent as JSON."""

    status: int = 200
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def explained(status: int, message: str, **headers: str) -> Odd:
    """An error as the API reference has it."""
    body = {"error": {"message": message, "type": "error", "param": None, "code": None}}
    return Odd(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass
class FakeEndpoint:
    """What it answers, and what it was asked; a test may change all of it while it runs."""

    url: str = ""
    size: int = SIZE
    odd: deque[Odd] = field(default_factory=deque)  # the next answers, before right ones
    always: Odd | None = None  # instead of right ones
    shuffled: bool = False  # rows come in another order, as `index` allows
    drips: bool = False  # sends spaces for ever
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)  # cleared: answers wait
    under_way: int = 0
    most_under_way: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def texts(self) -> list[str]:
        """All it was sent."""
        return [text for request in self.requests for text in request["input"]]

    def answer(self, request: dict[str, Any]) -> Odd:
        with self.lock:
            self.requests.append(request)
            odd = self.odd.popleft() if self.odd else self.always
        if odd is not None:
            return odd
        size = request.get("dimensions", self.size)
        rows = [
            {"object": "embedding", "index": number, "embedding": vector_of(text, size)}
            for number, text in enumerate(request["input"])
        ]
        if self.shuffled:
            rows.reverse()
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return Odd(body={"object": "list", "data": rows, "model": request["model"], "usage": usage})


def vector_of(text: str, size: int = SIZE) -> list[float]:
    """The vector that it gives for a text; not of length 1, as some servers' are not."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    vector: list[float] = (np.random.default_rng(seed).standard_normal(size) * 3).tolist()
    return vector


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients that give up are meant."""


@contextlib.contextmanager
def fake_endpoint(port: int = 0) -> Iterator[FakeEndpoint]:
    """Run one; on a free port unless one is given."""
    endpoint = FakeEndpoint()
    endpoint.hold.set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            connections.append(self.connection)

        def do_POST(self) -> None:
            endpoint.paths.append(self.path)
            endpoint.headers.append(dict(self.headers))
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with endpoint.lock:
                endpoint.under_way += 1
                endpoint.most_under_way = max(endpoint.most_under_way, endpoint.under_way)
            endpoint.hold.wait()
            answer = endpoint.answer(request)
            with endpoint.lock:
                endpoint.under_way -= 1
            try:
                self.send(answer)
            except OSError:  # the client has given up
                self.close_connection = True

        def send(self, answer: Odd) -> None:
            content = (answer.body if isinstance(answer.body, str) else json.dumps(answer.body)).encode()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(1_000_000 if endpoint.drips else len(content)))
            self.end_headers()
            while endpoint.drips:
                self.wfile.write(b" ")
                stopping.wait(0.01)
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    stopping = threading.Event()
    connections: list[socket.socket] = []
    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield endpoint
    finally:
        endpoint.drips = False
        stopping.set()
        endpoint.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
        for connection in connections:  # who dies hangs up
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

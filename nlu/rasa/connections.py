"""HTTP to one server over connections that are kept: blocking, for use from several threads.

A request that meets a connection which the server has closed meanwhile is sent once more on a new one.
"""

import contextlib
import http.client
import queue
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from core.errors import ConfigError

CONNECT_TIMEOUT = 5.0  # seconds: however long the work takes, who is there says so at once
_CLOSED = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Answer:
    """What the server said; `headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Requests to the server at an address such as http://127.0.0.1:5005?token=secret.

    Raises `ConfigError` when the address cannot be one.
    """

    def __init__(self, url: str, *, where: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            parts, port = urlsplit(""), None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(where, "this is not an address", "Set it like http://127.0.0.1:5005")
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port = parts.hostname, port
        self._path, self._query = parts.path.rstrip("/"), parts.query
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._under_way: set[http.client.HTTPConnection] = set()
        self._closed = False

    def request(
        self,
        method: str,
        path: str,
        *,
        timeout: float,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
        keep_body: bool = True,
    ) -> Answer:
        """Send a request and read the answer within `timeout` seconds for each wait on the network.

        Without `keep_body` the body of a success, however large, is read but not kept.

        Raises `OSError` (a `TimeoutError` when it took too long) or `http.client.HTTPException`.
        """
        query = "&".join(filter(None, (self._query, urlencode(params or {}))))
        target = f"{self._path}{path}{'?' if query else ''}{query}"
        headers = {"Content-Type": content_type} if body is not None else {}
        until = time.monotonic() + timeout
        with contextlib.suppress(queue.Empty):
            kept = self._idle.get_nowait()
            with contextlib.suppress(*_CLOSED):
                return self._exchange(kept, method, target, body, headers, timeout, keep_body)
        new = self._kind(self._host, self._port)
        return self._exchange(
            new, method, target, body, headers, max(until - time.monotonic(), 0.001), keep_body
        )

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout: float,
        keep_body: bool,
    ) -> Answer:
        with self._in_use(connection):
            if connection.sock is None:
                connection.timeout = min(timeout, CONNECT_TIMEOUT)
                connection.connect()
                self._check_open()
            connection.sock.settimeout(timeout)
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            read = bytearray()
            while chunk := response.read(_CHUNK):
                if keep_body or response.status >= 300:
                    read += chunk
        lower = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, lower, bytes(read))

    def close(self) -> None:
        """Close all connections: what is under way fails at once, and so does what is asked later."""
        with self._lock:
            self._closed = True
            under_way = list(self._under_way)
        for connection in under_way:
            with contextlib.suppress(AttributeError, OSError):  # it has no socket yet, or no more
                connection.sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    @contextlib.contextmanager
    def _in_use(self, connection: http.client.HTTPConnection) -> Iterator[None]:
        """Kept for later at the end of the block, unless it has failed or all is closed."""
        with self._lock:
            self._under_way.add(connection)
        try:
            self._check_open()
            yield
            self._check_open()
        except BaseException:
            connection.close()
            raise
        else:
            self._idle.put(connection)
        finally:
            with self._lock:
                self._under_way.discard(connection)

    def _check_open(self) -> None:
        if self._closed:
            raise ConnectionAbortedError("we have closed it")

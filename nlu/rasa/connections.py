"""HTTP to one server over connections that are kept: blocking, for use from several threads.

A request that meets a connection which the server has closed meanwhile is sent once more on a new one.
"""

import contextlib
import http.client
import queue
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from core.errors import ConfigError

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
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = None
            parts = parts._replace(scheme="")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(where, "this is not an address", "Set it like http://127.0.0.1:5005")
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port = parts.hostname, port
        self._path, self._query = parts.path.rstrip("/"), parts.query
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()

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
        with _closed_on_error(connection):
            connection.timeout = timeout
            if connection.sock is not None:
                connection.sock.settimeout(timeout)
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            read = bytearray()
            while chunk := response.read(_CHUNK):
                if keep_body or response.status >= 300:
                    read += chunk
        self._idle.put(connection)
        lower = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, lower, bytes(read))

    def close(self) -> None:
        """Close what is idle."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()


@contextlib.contextmanager
def _closed_on_error(connection: http.client.HTTPConnection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise

"""One call of OpenAI's embeddings API, which many servers speak: sent, tried again, and checked.

By httpx: it keeps connections open (a new one to another continent costs more than the call), is safe to use
from threads, and takes proxies and certificates from the environment, as operators expect.
"""

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import httpx
import numpy as np
import orjson
from numpy.typing import NDArray

from core.backoff import Backoff
from core.clock import Clock, utc_now
from core.errors import ConfigError
from nlu.encoders.port import EncoderUnavailable

Doubles = NDArray[np.float64]

URL = "nlu.encoder.url"
SECRET = "EMBEDDINGS_KEY"
BACKOFF = Backoff(first=0.25, longest=8.0)
_LARGEST = 64 * 1024 * 1024  # bytes of an answer
_SAID = 200  # characters of a server's explanation that are shown
_HARMLESS = 3  # characters of a text; shorter ones are in any explanation
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class EmbeddingsApi:
    """A server at a URL such as https://api.openai.com/v1, with a model. Safe to use from threads.

    Raises `ConfigError` when the URL or the secret cannot be one.
    """

    def __init__(
        self,
        url: str,
        *,
        model: str,
        secret: str | None = None,
        dimensions: int | None = None,
        connections: int = 4,
        backoff: Backoff = BACKOFF,
        clock: Clock = utc_now,
    ) -> None:
        self.where = url
        self._address = _address(url)
        self._secret = secret
        self._facts = {"model": model} | ({"dimensions": dimensions} if dimensions else {})
        self._backoff = backoff
        self._clock = clock
        self._stopping = threading.Event()
        self._http = httpx.Client(
            headers={"Content-Type": "application/json", **_authorization(secret)},
            limits=httpx.Limits(max_connections=connections),
        )

    def stop(self) -> None:
        """End waits between tries, and begin none."""
        self._stopping.set()

    def close(self) -> None:
        """Close the connections; no call may be under way."""
        self._http.close()

    def embed(self, texts: Sequence[str], *, timeout: float, until: float) -> Doubles:
        """The texts' vectors, one a row: finite, not zero, of any length. Raises `EncoderUnavailable`.

        A try takes `timeout` seconds; what may pass is tried again while `until` (as `time.monotonic` counts)
        is not reached.
        """
        attempt = 0
        told: EncoderUnavailable | None = None
        while True:
            attempt += 1
            try:
                return self._try(texts, timeout=timeout, until=until)
            except EncoderUnavailable as error:
                if told is None or error.status is not None:
                    told = error  # of several, what the server said itself tells most
                wait = max(self._backoff.delay(attempt), error.retry_after or 0.0)
                if not _may_pass(error) or time.monotonic() + wait >= until or self._stopping.wait(wait):
                    raise told from error.__cause__

    def _try(self, texts: Sequence[str], *, timeout: float, until: float) -> Doubles:
        seconds = min(timeout, until - time.monotonic())
        if seconds <= 0:
            raise self._unavailable("there was no time left for all texts", "See whether it is overloaded")
        ends = time.monotonic() + seconds
        body = orjson.dumps({**self._facts, "input": list(texts)})
        try:
            with self._http.stream("POST", self._address, content=body, timeout=seconds) as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > _LARGEST:
                        raise self._unavailable("the answer is too long", _CHECK)
                    if time.monotonic() > ends:  # httpx's timeout is for each chunk
                        raise httpx.ReadTimeout("the answer drips")
        except httpx.TimeoutException as error:
            raise self._unavailable(f"no answer within {seconds:.2g} s", _SEE) from error
        except httpx.HTTPError as error:
            problem = f"cannot be reached ({str(error) or type(error).__name__})"
            raise self._unavailable(problem, f"Check {URL} and the network") from error
        if response.status_code != HTTPStatus.OK:
            raise self._refused(response, bytes(content), texts)
        return self._parse(bytes(content), len(texts))

    def _parse(self, content: bytes, count: int) -> Doubles:
        try:
            rows: list[dict[str, Any]] = orjson.loads(content)["data"]
            order = [row.get("index", place) for place, row in enumerate(rows)]
            vectors = np.array([row["embedding"] for row in rows], np.float64)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise self._unavailable(
                "the answer is not one of the embeddings API", _CHECK, HTTPStatus.OK
            ) from error
        if sorted(order, key=str) != sorted(range(count), key=str):
            problem = f"sent {count} texts, got vectors for {len(rows)} of them or for others"
            raise self._unavailable(problem, _CHECK, HTTPStatus.OK)
        if vectors.ndim != 2 or not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
            problem = "the answer has vectors that are none (zeros, or not numbers)"
            raise self._unavailable(problem, _SEE, HTTPStatus.OK)
        return vectors[np.argsort(order)]

    def _refused(self, response: httpx.Response, content: bytes, texts: Sequence[str]) -> EncoderUnavailable:
        status, said = response.status_code, _explanation(content, texts)
        match status:
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN if self._secret is None:
                problem, mend = f"it wants a key ({said})", f"Set {SECRET}"
            case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
                problem, mend = f"the key was refused ({said})", f"Check {SECRET}"
            case HTTPStatus.NOT_FOUND:
                problem = f"there is no such address or model ({said})"
                mend = f"Check {URL}, which often ends in /v1, and nlu.encoder.model"
            case HTTPStatus.TOO_MANY_REQUESTS:
                problem, mend = (
                    f"too many requests, or nothing left to pay them ({said})",
                    "See your account there",
                )
            case _ if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                problem, mend = f"it fails with status {status} ({said})", _SEE
            case _ if status >= HTTPStatus.BAD_REQUEST:
                problem, mend = f"it refuses with status {status} ({said})", _CHECK
            case _:
                problem, mend = f"status {status} is no answer ({said})", f"Check {URL}"
        after = _seconds(response.headers.get("Retry-After"), self._clock)
        return self._unavailable(problem, mend, status, retry_after=after)

    def _unavailable(
        self, problem: str, mend: str, status: int | None = None, *, retry_after: float | None = None
    ) -> EncoderUnavailable:
        return EncoderUnavailable(self.where, problem, mend, status=status, retry_after=retry_after)


_SEE = "See the server's log or its status page"
_CHECK = "Check nlu.encoder: url, model, dimensions, batch and longest"


def _may_pass(error: EncoderUnavailable) -> bool:
    status = error.status
    return status is None or status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        address = httpx.URL("")
    if address.scheme not in ("http", "https") or not address.host:
        raise ConfigError(URL, f"{url!r} is not an address", "Set it like https://api.openai.com/v1")
    return address.copy_with(path=f"{address.path.rstrip('/')}/embeddings")


def _authorization(secret: str | None) -> Mapping[str, str]:
    if secret is None:
        return {}
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ConfigError(SECRET, "holds characters that no key has", "Copy it again")
    return {"Authorization": f"Bearer {secret}"}


def _explanation(content: bytes, texts: Sequence[str]) -> str:
    """What the server says of its error; not if it repeats what it was sent, which is customers'."""
    try:
        said = orjson.loads(content)
    except ValueError:
        return "without explanation"
    for name in ("error", "message"):  # {"error": {"message": …}}, {"error": …}, {"message": …}
        if isinstance(said, dict):
            said = said.get(name, said)
    if not isinstance(said, str) or any(text in said for text in texts if len(text) > _HARMLESS):
        return "without explanation"
    return said[:_SAID]


def _seconds(retry_after: str | None, clock: Clock) -> float | None:
    """Seconds to wait, of a header that holds them, or a date."""
    if retry_after is None:
        return None
    try:
        return max(float(retry_after), 0.0)
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max((_aware(date) - clock()).total_seconds(), 0.0)


def _aware(date: datetime) -> datetime:
    return date if date.tzinfo else date.replace(tzinfo=UTC)

"""Vectors from a server that speaks OpenAI's embeddings API.

Importing this module needs the extra endpoint.
"""

import concurrent.futures
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from core.backoff import Backoff
from nlu.encoders.embeddings_api import BACKOFF, EmbeddingsApi
from nlu.encoders.port import EncoderUnavailable, Floats, unit_rows
from nlu.encoders.settings import FOR_MESSAGES, EncoderSettings, Patience

AT_ONCE = 4  # calls under way
REMEMBERED = 2_048  # texts; customers repeat themselves and each other
_CHARACTERS = 40_000  # in a call
_GRACE = 0.25  # seconds; calls end in time by themselves, but for what knows no timeout, like finding a host
_SHORT = "你好"


class EndpointEncoder:
    """Implements the `Encoder` port. Safe to use from threads; blocks as long as its patience says."""

    def __init__(
        self, settings: EncoderSettings, *, patience: Patience = FOR_MESSAGES, backoff: Backoff = BACKOFF
    ) -> None:
        self._api = EmbeddingsApi(
            settings.url,
            model=settings.model,
            secret=settings.secret,
            dimensions=settings.dimensions,
            connections=AT_ONCE,
            backoff=backoff,
        )
        facts = (settings.url.rstrip("/"), settings.model, settings.dimensions, settings.longest)
        self._key = f"endpoint-{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"
        self._size = settings.dimensions  # None until a vector came
        self._batch = settings.batch
        self._longest = settings.longest
        self._patience = patience
        self._memory = _Memory()
        self._pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE, thread_name_prefix="embeddings")

    @property
    def key(self) -> str:
        """See the port. What the server does behind the model's name, it cannot tell."""
        return self._key

    @property
    def dimensions(self) -> int:
        """See the port. Unless they are set, the first vector tells. Raises `EncoderUnavailable`."""
        if self._size is None:
            return self._fetch([_SHORT])[_SHORT].size
        return self._size

    def close(self) -> None:
        """Begin nothing more; waits for calls under way, which its patience bounds."""
        self._api.stop()
        self._pool.shutdown(cancel_futures=True)
        self._api.close()

    def check(self) -> None:
        """Whether it works for the shortest and the longest text. Raises `EncoderUnavailable`."""
        self._fetch([_SHORT, "问" * self._longest])

    def encode(self, texts: Sequence[str]) -> Floats:
        """See the port."""
        cut = [text[: self._longest] for text in texts]
        found = self._memory.find(cut)
        # Servers refuse empty texts, and with them all others of the call.
        found |= self._fetch([text for text in dict.fromkeys(cut) if text.strip() and text not in found])
        vectors = np.zeros((len(cut), self.dimensions), np.float32)
        for row, text in enumerate(cut):
            if text in found:
                vectors[row] = found[text]
        return unit_rows(vectors)

    def _fetch(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Ask for all, some calls at once; what came before a failure is remembered."""
        patience, fetched = self._patience, dict[str, Floats]()
        until = time.monotonic() + patience.total
        batches = list(_batches(texts, self._batch))
        futures = [
            self._pool.submit(self._api.embed, batch, timeout=patience.call, until=until) for batch in batches
        ]
        concurrent.futures.wait(
            futures, timeout=patience.total + _GRACE, return_when=concurrent.futures.FIRST_EXCEPTION
        )
        errors: list[BaseException] = []
        for batch, future in zip(batches, futures, strict=True):
            if future.cancel() or not future.done():
                continue
            if error := future.exception():
                errors.append(error)
                continue
            vectors = future.result()
            self._check_size(vectors.shape[1])
            fetched |= {text: row.copy() for text, row in zip(batch, unit_rows(vectors), strict=True)}
        self._memory.keep(fetched)
        if errors:
            raise errors[0]
        if len(fetched) < len(texts):
            problem = f"{len(texts)} texts were not done within {patience.total:g} s"
            raise EncoderUnavailable(self._api.where, problem, "Check the network")
        return fetched

    def _check_size(self, size: int) -> None:
        if self._size is None:
            self._size = size
        if self._size != size:
            problem = f"it gives vectors of {size} numbers, not {self._size}"
            mend = "Set nlu.encoder.dimensions to what the model has, or leave it out; then train anew"
            raise EncoderUnavailable(self._api.where, problem, mend)


class _Memory:
    """The vectors of the texts that were asked for last."""

    def __init__(self) -> None:
        self._vectors: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, texts: Iterable[str]) -> dict[str, Floats]:
        found = {}
        with self._lock:
            for text in texts:
                if (vector := self._vectors.get(text)) is not None:
                    self._vectors.move_to_end(text)
                    found[text] = vector
        return found

    def keep(self, vectors: Mapping[str, Floats]) -> None:
        with self._lock:
            self._vectors.update(vectors)
            while len(self._vectors) > REMEMBERED:
                self._vectors.popitem(last=False)


def _batches(texts: Iterable[str], most: int) -> Iterator[list[str]]:
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and (len(batch) == most or characters + len(text) > _CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield batch

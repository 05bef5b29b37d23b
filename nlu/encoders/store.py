"""Vectors on disk, by a hash that says what they are of: one SQLite file for all encoders of a data folder.

It only saves work. When it cannot be used, that is logged, and who uses it goes on without.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from core.clock import Clock, utc_now

log = structlog.get_logger(__name__)

Halves = NDArray[np.float16]

LIMIT = 512 * 1024 * 1024  # bytes; 200,000 vectors of 1,024 dimensions
_AT_ONCE = 1_000  # rows a statement
_WAIT = 5.0  # seconds for another process that writes
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors (hash BLOB NOT NULL UNIQUE, vector BLOB NOT NULL, day INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS vectors_day ON vectors (day);
"""  # `day` is the last on which the vector was asked for


class VectorStore:
    """Remembers float16 vectors. Beyond `limit` bytes, those that were not asked for longest go."""

    def __init__(self, path: Path, *, limit: int = LIMIT, clock: Clock = utc_now) -> None:
        self._path = path
        self._limit = limit
        self._clock = clock

    def find(self, hashes: Iterable[bytes]) -> dict[bytes, Halves]:
        """Those that are there."""
        found: dict[bytes, Halves] = {}
        if not self._path.exists():
            return found
        with self._going_on_without(), self._open() as connection:
            old: list[bytes] = []
            today = self._today()
            for some in _slices(list(hashes)):
                marks = ",".join("?" * len(some))
                rows = connection.execute(
                    f"SELECT hash, vector, day FROM vectors WHERE hash IN ({marks})", some
                )
                for key, vector, day in rows:
                    found[key] = np.frombuffer(vector, np.float16)
                    if day != today:
                        old.append(key)
            with connection:
                for some in _slices(old):
                    marks = ",".join("?" * len(some))
                    connection.execute(f"UPDATE vectors SET day = ? WHERE hash IN ({marks})", (today, *some))
        return found

    def keep(self, vectors: Mapping[bytes, Halves]) -> None:
        """Add them; makes room first where it must."""
        with self._going_on_without(), self._open() as connection, connection:
            today = self._today()
            connection.executemany(
                "INSERT INTO vectors (hash, vector, day) VALUES (?, ?, ?)"
                " ON CONFLICT (hash) DO UPDATE SET vector = excluded.vector, day = excluded.day",
                [(key, vector.tobytes(), today) for key, vector in vectors.items()],
            )
            self._make_room(connection)

    def _make_room(self, connection: sqlite3.Connection) -> None:
        pages, free, page = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        size = (pages - free) * page
        if size > self._limit:
            # A quarter more than needed, so that not every call has to.
            (count,) = connection.execute("SELECT count(*) FROM vectors").fetchone()
            surplus = int(count * (1 - 0.75 * self._limit / size))
            connection.execute(
                "DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors ORDER BY day, rowid LIMIT ?)",
                (surplus,),
            )

    def _today(self) -> int:
        return self._clock().toordinal()

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(self._path, timeout=_WAIT)) as connection:
            connection.execute(f"PRAGMA mmap_size = {2 * self._limit}")
            connection.executescript(_SCHEMA)
            yield connection

    @contextlib.contextmanager
    def _going_on_without(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as error:  # locked, full, not ours to write
            log.warning("vectors.not_kept", path=str(self._path), error=str(error))
        except sqlite3.DatabaseError as error:  # not a database, or not any more
            log.warning("vectors.damaged", path=str(self._path), error=str(error), mended="begun anew")
            for path in (self._path, self._path.with_name(f"{self._path.name}-journal")):
                path.unlink(missing_ok=True)


def _slices(items: list[bytes]) -> Iterator[list[bytes]]:
    for first in range(0, len(items), _AT_ONCE):
        yield items[first : first + _AT_ONCE]

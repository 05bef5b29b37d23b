"""Vectors that are remembered on disk: what is encoded again, and what may go wrong with the file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from nlu.encoders.cached import CachedEncoder
from nlu.encoders.port import EncoderUnavailable, Floats, unit_rows
from nlu.encoders.store import VectorStore
from tests.encoders.fake_endpoint import vector_of


@dataclass
class Counting:
    """An encoder that notes what it is asked."""

    key: str = "counting-1"
    dimensions: int = 8
    fails_after: int | None = None  # texts
    asked: list[str] = field(default_factory=list)

    def encode(self, texts: Sequence[str]) -> Floats:
        if self.fails_after is not None and len(self.asked) >= self.fails_after:
            raise EncoderUnavailable("counting", "it is away", "Wait")
        self.asked += texts
        return unit_rows(np.array([vector_of(text, self.dimensions) for text in texts]))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models" / "vectors.db"


def test_only_new_texts_are_encoded(path: Path) -> None:
    first = Counting()
    before = CachedEncoder(first, path).encode(["a", "b", "a"])
    assert first.asked == ["a", "b"]
    second = Counting()
    after = CachedEncoder(second, path).encode(["c", "a", "b"])
    assert second.asked == ["c"]
    assert np.array_equal(after[1:], before[:2])


def test_vectors_are_those_of_the_encoder(path: Path) -> None:
    texts = [f"text {number}" for number in range(50)]
    assert np.allclose(CachedEncoder(Counting(), path).encode(texts), Counting().encode(texts), atol=2e-3)


def test_it_makes_no_difference_whether_they_were_remembered(path: Path, tmp_path: Path) -> None:
    CachedEncoder(Counting(), path).encode(["b"])
    remembered = CachedEncoder(Counting(), path).encode(["a", "b"])
    assert np.array_equal(remembered, CachedEncoder(Counting(), tmp_path / "other.db").encode(["a", "b"]))


def test_another_encoders_vectors_are_not_its(path: Path) -> None:
    CachedEncoder(Counting(), path).encode(["a"])
    other = Counting(key="counting-2")
    CachedEncoder(other, path).encode(["a"])
    assert other.asked == ["a"]


def test_what_was_encoded_before_a_failure_is_kept(path: Path) -> None:
    texts = [f"text {number}" for number in range(1_200)]
    failing = Counting(fails_after=1)
    with pytest.raises(EncoderUnavailable):
        CachedEncoder(failing, path).encode(texts)
    back = Counting()
    CachedEncoder(back, path).encode(texts)
    assert failing.asked + back.asked == texts
    assert failing.asked


def test_when_vectors_change_their_length_all_are_encoded_anew(path: Path) -> None:
    CachedEncoder(Counting(), path).encode(["a", "b"])
    grown = Counting(dimensions=16)
    assert CachedEncoder(grown, path).encode(["a", "b", "c"]).shape == (3, 16)
    assert CachedEncoder(grown, path).encode(["a", "b", "c"]).shape == (3, 16)
    assert sorted(grown.asked) == ["a", "b", "c", "c"]


@pytest.mark.parametrize("damage", [b"", b"not a database, but long enough to be taken for one" * 100])
def test_a_damaged_file_is_begun_anew(path: Path, damage: bytes) -> None:
    CachedEncoder(Counting(), path).encode(["a"])
    path.write_bytes(damage)
    for _ in range(2):
        counting = Counting()
        assert CachedEncoder(counting, path).encode(["a", "b"]).shape == (2, 8)
    assert counting.asked == []


def test_where_nothing_can_be_written_it_still_encodes(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    encoder = CachedEncoder(Counting(), tmp_path / "file" / "vectors.db")
    assert encoder.encode(["a"]).shape == (1, 8)


def test_the_file_stays_bounded_and_what_was_used_last_stays(path: Path) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    store = VectorStore(path, limit=200_000, clock=lambda: now)
    vector = np.ones(512, np.float16)
    store.keep({b"used daily": vector})
    for day in range(20):
        now += timedelta(days=1)
        assert list(store.find([b"used daily"])) == [b"used daily"]
        store.keep({f"{day} {number}".encode(): vector for number in range(40)})
    assert path.stat().st_size < 300_000
    assert list(store.find([b"0 0"])) == []
    assert list(store.find([b"19 39"])) == [b"19 39"]


def test_more_hashes_than_a_statement_holds_are_found(path: Path) -> None:
    store = VectorStore(path)
    vectors = {f"{number}".encode(): np.full(4, number, np.float16) for number in range(3_500)}
    store.keep(vectors)
    found = store.find([*vectors, b"unknown"])
    assert found.keys() == vectors.keys()
    assert np.array_equal(found[b"3000"], vectors[b"3000"])

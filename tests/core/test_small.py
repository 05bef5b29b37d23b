"""The small parts: backoff, degrading, times in the database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from channels.degrade import linked, numbered, split_text
from core.backoff import Backoff
from core.database import Database
from core.errors import ConfigError
from core.ids import new_id
from core.messages import Attachment, Button
from core.tokens import ApiToken


@given(st.integers(1, 10_000), st.floats(-1, 1))
def test_a_wait_never_exceeds_its_longest_by_more_than_the_jitter(attempt: int, spread: float) -> None:
    backoff = Backoff(first=1, factor=2, longest=300, jitter=0.2)
    assert 0 < backoff.delay(attempt, spread=spread) <= 300 * 1.2


def test_waits_double() -> None:
    backoff = Backoff(first=1, factor=2, longest=300)
    assert [backoff.delay(n, spread=0) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]


@given(st.text(max_size=300), st.integers(1, 50))
def test_parts_of_a_split_text_fit_and_lose_nothing_but_white_space(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(len(part) <= limit for part in parts) or not text.strip()
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_is_cut_at_the_end_of_a_sentence() -> None:
    assert split_text("第一句话说完了。第二句话说完了。第三句", 17) == [
        "第一句话说完了。第二句话说完了。",
        "第三句",
    ]


def test_buttons_become_numbers() -> None:
    buttons = [Button(action="entry:a", label="退货"), Button(action="human", label="转人工")]
    assert numbered("请选择", buttons) == "请选择\n\n1. 退货\n2. 转人工"


def test_files_become_addresses() -> None:
    files = [
        Attachment(ref="https://shop.example/a.pdf", name="a.pdf"),
        Attachment(ref="https://shop.example/b"),
    ]
    assert linked("看这里", files) == "看这里\n\na.pdf: https://shop.example/a.pdf\nhttps://shop.example/b"
    assert linked("", files[1:]) == "https://shop.example/b"
    assert linked("看这里", []) == "看这里"


def test_ids_made_one_after_the_other_sort_in_that_order() -> None:
    ids = [new_id() for _ in range(1000)]
    assert sorted(ids) == ids
    assert len(set(ids)) == 1000


async def test_times_come_back_as_the_same_moment_in_utc(database: Database) -> None:
    moment = datetime(2026, 11, 22, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    async with database.write() as session:
        session.add(ApiToken(name="t", secret_hash="h", created_at=moment))
    async with database.read() as session:
        found = await session.scalar(select(ApiToken.created_at))
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", ""])
def test_a_database_address_of_another_kind_is_refused_with_the_mend(url: str) -> None:
    with pytest.raises(ConfigError, match=r"postgresql://"):
        Database(url)

"""An entry that comes to the draft by itself: its name, the rules that it keeps, and that nothing else changes."""

import asyncio
from datetime import UTC, datetime

import pytest

from core.database import Database
from core.errors import BadInput, NotAllowed
from nlu.knowledge.check import Severity, Topic, check
from nlu.knowledge.documents import from_data
from nlu.knowledge.drafts import find_draft, lock_draft, replace_draft
from nlu.knowledge.editing import add_entry
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.naming import name_entry
from tests.nlu.knowledge_bases import EVERYTHING
from tests.nlu.test_check import TODAY

WHOLE = from_data(EVERYTHING)
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


async def put(database: Database) -> None:
    async with database.write() as session:
        await lock_draft(session)
        await replace_draft(session, WHOLE)


async def add(database: Database, title: str = "能开专票吗", answer: str = "能") -> str:
    async with database.write() as session:
        return await add_entry(
            session,
            title={"zh": title, "en": "Invoice"},
            phrasings={"zh": ["专票"], "en": ["special  invoice"]},
            answers={"zh": answer, "en": "Yes"},
            named=title,
            by="lin",
            now=NOW,
        )


async def read(database: Database) -> KnowledgeBase:
    async with database.read() as session:
        found = await find_draft(session)
    assert found is not None
    return found


async def test_it_comes_last_and_all_the_rest_stays(database: Database) -> None:
    await put(database)
    name = await add(database)
    after = await read(database)
    assert list(after.entries) == [*WHOLE.entries, name]
    assert after.entries[name].phrasings == {"zh": ("专票",), "en": ("special invoice",)}
    kept = {key: entry for key, entry in after.entries.items() if key != name}
    assert (kept, after.replies, after.synonyms) == (WHOLE.entries, WHOLE.replies, WHOLE.synonyms)


async def test_what_is_said_twice_is_added_once_and_what_only_has_the_same_title_beside_it(
    database: Database,
) -> None:
    await put(database)
    assert await add(database) == await add(database) == "neng_kai_zhuan_piao_ma"
    assert await add(database, answer="不能") == "neng_kai_zhuan_piao_ma_2"
    both = await asyncio.gather(*(add(database, answer=f"也许{number}") for number in range(4)))
    assert sorted(both) == [f"neng_kai_zhuan_piao_ma_{number}" for number in (3, 4, 5, 6)]


async def test_what_breaks_the_rules_and_what_has_no_draft_is_refused(database: Database) -> None:
    with pytest.raises(NotAllowed):
        await add(database)
    await put(database)
    with pytest.raises(BadInput, match="empty"):
        await add(database, answer=" ")
    assert await read(database) == WHOLE


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("怎么开发票", "zen_me_kai_fa_piao"),
        ("Where's my order?", "where_s_my_order"),
        ("iPhone 15 保修", "iphone_15_bao_xiu"),
        ("？！😀", "faq"),
        ("人工 human", "ren_gong_human"),
        ("HUMAN", "human_2"),
        ("taken", "taken_3"),
        ("a" * 90, "a" * 40),
        ("一二三四五六七八九十一二三四五六七八九十", "yi_er_san_si_wu_liu_qi_ba_jiu_shi_yi_er"),
    ],
)
def test_a_name_can_be_read_and_is_free(title: str, name: str) -> None:
    assert name_entry(title, {"human", "taken", "taken_2"}) == name


def test_an_answer_that_nobody_has_translated_is_told() -> None:
    entry = {
        "id": "a",
        "title": {"zh": "一", "en": "One"},
        "phrasings": {"zh": ["一"], "en": ["one"]},
        "answers": {"zh": "好的", "en": "好的"},
    }
    found = check(from_data({"entries": [entry]}), (), today=TODAY, queues=())
    assert [each.severity for each in found if each.topic is Topic.LANGUAGE] == [Severity.WARNING]

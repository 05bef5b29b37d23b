"""Publishing, rolling back, and what a start does; on both databases, with an engine that learns at once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from structlog.testing import capture_logs

from core.database import Database
from core.errors import ConfigError, NotAllowed, NotFound
from core.wakeups import KNOWLEDGE, LocalWakeups
from nlu.knowledge.check import check
from nlu.knowledge.documents import from_data, write_yaml
from nlu.knowledge.drafts import Changes, find_draft, import_knowledge, lock_draft, note_configured
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.files import write_knowledge
from nlu.knowledge.publishing import Mistakes, Publisher
from nlu.knowledge.versions import (
    KEPT_MODELS,
    Live,
    Model,
    Version,
    find_live,
    find_model,
    get_version,
    list_live,
    list_versions,
)
from tests.nlu.knowledge_bases import EVERYTHING, entry
from tests.nlu.trainers import CannotTrain, Rote

TODAY = date(2026, 5, 10)
NOWHERE = Path("/nowhere/kb.yml")


def knowledge(*ids: str, **changes: Any) -> KnowledgeBase:
    """A knowledge base with these entries; `changes` are made to each."""
    return from_data({"entries": [entry(each, **changes) for each in ids]})


class House:
    """A database with publishers, and files that people edit."""

    def __init__(self, database: Database, url: str, files: Path) -> None:
        self.database = database
        self.url = url
        self.files = files
        self.wakeups = LocalWakeups()
        self.engine = Rote()
        self.publisher = self.publisher_on(database)

    def publisher_on(self, database: Database, engine: Rote | None = None, **changes: Any) -> Publisher:
        return Publisher(
            database,
            self.wakeups,
            engine or self.engine,
            check=lambda knowledge: check(knowledge, (), today=TODAY, queues=["care"]),
            **changes,
        )

    async def drafts(self, knowledge: KnowledgeBase) -> Changes:
        return await import_knowledge(self.database, knowledge, configured=NOWHERE)

    async def publishes(self, knowledge: KnowledgeBase, note: str = "") -> int:
        await self.drafts(knowledge)
        return (await self.publisher.publish(by="li", note=note)).number

    async def starts(self, *, take_changes: bool = True, engine: Rote | None = None) -> list[str]:
        """A process starts; returns the names of what it logs."""
        with capture_logs() as logs:
            await self.publisher_on(self.database, engine).prepare(self.files, take_changes=take_changes)
        return [line["event"] for line in logs]

    def files_have(self, knowledge: KnowledgeBase) -> None:
        write_knowledge(knowledge, self.files)

    async def draft(self) -> KnowledgeBase | None:
        async with self.database.read() as session:
            return await find_draft(session)

    async def live(self) -> int | None:
        async with self.database.read() as session:
            mark = await find_live(session)
        return mark.version if mark else None

    async def live_knowledge(self) -> KnowledgeBase:
        number = await self.live()
        assert number is not None
        async with self.database.read() as session:
            return from_data((await get_version(session, number)).snapshot)

    async def history(self) -> Sequence[Live]:
        async with self.database.read() as session:
            return await list_live(session, limit=100)

    async def models(self) -> list[int]:
        async with self.database.read() as session:
            return list(await session.scalars(select(Model.version).order_by(Model.version)))

    async def everything(self) -> tuple[Any, ...]:
        """All that publishing changes."""
        async with self.database.read() as session:
            counts = [
                await session.scalar(select(func.count()).select_from(t)) for t in (Version, Model, Live)
            ]
        return (await self.draft(), await self.live(), *counts)


@pytest.fixture
def house(database: Database, database_url: str, tmp_path: Path) -> House:
    return House(database, database_url, tmp_path / "kb.yml")


async def test_what_is_published_is_live_with_its_figures_and_its_model(house: House) -> None:
    whole = from_data(EVERYTHING)
    await house.drafts(whole)
    with house.wakeups.listen(KNOWLEDGE) as waiter:
        published = await house.publisher.publish(by="li", note="first")
        assert await waiter.wait(5) == {""}
    assert (published.number, published.is_new) == (1, True)
    assert house.engine.trained == [whole]
    assert await house.live_knowledge() == whole
    async with house.database.read() as session:
        (version,) = await list_versions(session, limit=5)
        model = await find_model(session, 1)
    assert (version.made_by, version.note, version.figures) == ("li", "first", {"entries": 5})
    assert model is not None
    assert house.engine.load(model, whole).intent == "invoice"


async def test_a_draft_that_is_live_already_makes_no_new_version(house: House) -> None:
    await house.publishes(knowledge("a", "b"))
    again = await house.publisher.publish(by="li")
    assert (again.number, again.is_new) == (1, False)
    assert len(house.engine.trained) == 1


def with_replies(*said: str) -> KnowledgeBase:
    replies = [
        {"id": f"r{number}", "title": {"zh": "问候", "en": "Hi"}, "text": {"zh": text, "en": text}}
        for number, text in enumerate(said)
    ]
    return from_data({"entries": [entry("a")], "replies": replies})


async def test_changed_canned_replies_are_live_without_another_training(house: House) -> None:
    await house.publishes(with_replies("您好"))
    changes = await house.drafts(with_replies("您好", "请稍等"))
    assert changes.lists == ("replies",) and not changes.changed
    published = await house.publisher.publish(by="li")
    assert (published.number, published.is_new) == (2, True)
    assert len(house.engine.trained) == 1
    assert await house.live_knowledge() == with_replies("您好", "请稍等") == await house.draft()
    assert await house.models() == [1, 2]
    async with house.database.read() as session:
        first, second = await find_model(session, 1), await find_model(session, 2)
        assert first == second
        assert (await get_version(session, 2)).figures == (await get_version(session, 1)).figures


async def test_with_another_engine_changed_canned_replies_are_trained_too(house: House) -> None:
    await house.publishes(with_replies("您好"))
    await house.drafts(with_replies("您好", "请稍等"))
    other = Rote(key="rote-2")
    await house.publisher_on(house.database, other).publish(by="li")
    assert len(other.trained) == 1


async def test_without_a_draft_it_is_said_what_to_do(house: House) -> None:
    with pytest.raises(NotAllowed, match="kb import"):
        await house.publisher.publish(by="li")


async def test_a_draft_with_mistakes_is_not_published(house: House) -> None:
    await house.publishes(knowledge("a"))
    await house.drafts(knowledge("a", "b", action={"handoff": "nobody"}))
    before = await house.everything()
    with pytest.raises(Mistakes, match="there is no queue nobody") as refused:
        await house.publisher.publish(by="li")
    assert [finding.entries for finding in refused.value.findings] == [("a",), ("b",)]
    assert await house.everything() == before


async def test_when_training_fails_everything_is_as_it_was(house: House) -> None:
    await house.publishes(knowledge("a"))
    await house.drafts(knowledge("a", "b"))
    before = await house.everything()
    house.engine.fails = True
    with pytest.raises(CannotTrain):
        await house.publisher.publish(by="li")
    assert await house.everything() == before
    house.engine.fails = False
    assert (await house.publisher.publish(by="li")).number == 2


async def test_of_two_who_publish_at_once_one_waits_for_the_other(house: House) -> None:
    await house.drafts(knowledge("a"))
    told = asyncio.Event()
    house.engine.go.clear()
    other_database = Database(house.url)
    second = house.publisher_on(other_database, on_wait=told.set)
    first = asyncio.create_task(house.publisher.publish(by="li"))
    assert await asyncio.to_thread(house.engine.begun.wait, 10)
    waiting = asyncio.create_task(second.publish(by="wang"))
    await asyncio.wait_for(told.wait(), 10)
    # Edits go on meanwhile: what is trained is what the draft was.
    await house.drafts(knowledge("a", "b"))
    assert len(house.engine.trained) == 1
    house.engine.go.set()
    assert (await first).number == 1
    assert (await waiting).number == 2
    await other_database.close()
    assert [list(each.entries) for each in house.engine.trained] == [["a"], ["a", "b"]]
    assert [(row.version, row.made_by) for row in await house.history()] == [(2, "wang"), (1, "li")]


async def test_who_fails_or_is_cancelled_while_publishing_holds_up_nobody(house: House) -> None:
    await house.drafts(knowledge("a"))
    house.engine.go.clear()
    task = asyncio.create_task(house.publisher.publish(by="li"))
    assert await asyncio.to_thread(house.engine.begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    house.engine.go.set()
    assert (await house.publisher.publish(by="wang")).number == 1


async def test_a_rollback_is_recorded_and_leaves_the_draft_alone(house: House) -> None:
    await house.publishes(knowledge("a"))
    await house.publishes(knowledge("a", "b"))
    with house.wakeups.listen(KNOWLEDGE) as waiter:
        await house.publisher.roll_back(1, by="wang", note="b was wrong")
        assert await waiter.wait(5) == {""}
    assert await house.live() == 1
    assert await house.draft() == knowledge("a", "b")
    assert len(house.engine.trained) == 2  # its model was still there
    newest = (await house.history())[0]
    assert (newest.version, newest.made_by, newest.note) == (1, "wang", "b was wrong")
    # The same draft can be published again, as a new version.
    assert (await house.publisher.publish(by="li")).number == 3


async def test_only_to_another_version_that_exists_can_be_rolled_back(house: House) -> None:
    await house.publishes(knowledge("a"))
    before = await house.everything()
    with pytest.raises(NotFound, match="version"):
        await house.publisher.roll_back(7, by="li")
    with pytest.raises(NotAllowed, match="live already"):
        await house.publisher.roll_back(1, by="li")
    assert await house.everything() == before


async def test_models_are_kept_of_the_newest_versions_and_of_the_live_one(house: House) -> None:
    for number in range(KEPT_MODELS + 2):
        await house.publishes(knowledge("a", f"b{number}"))
    newest = list(range(3, KEPT_MODELS + 3))
    assert await house.models() == newest
    await house.publisher.roll_back(1, by="li")
    assert house.engine.trained[-1] == knowledge("a", "b0")  # trained again, from its snapshot
    assert await house.models() == [1, *newest]
    await house.publishes(knowledge("z"))
    assert await house.models() == [*newest[1:], KEPT_MODELS + 3]


async def test_a_rollback_that_cannot_train_changes_nothing(house: House) -> None:
    for number in range(KEPT_MODELS + 1):
        await house.publishes(knowledge("a", f"b{number}"))
    before = await house.everything()
    house.engine.fails = True
    with pytest.raises(CannotTrain):
        await house.publisher.roll_back(1, by="li")
    assert await house.everything() == before


async def test_an_import_tells_what_it_changes(house: House) -> None:
    first = await house.drafts(knowledge("a", "b"))
    assert first == Changes(added=("a", "b"), changed=(), removed=(), lists=())
    after = from_data(
        {
            "entries": [entry("b", answers={"zh": "新", "en": "new"}), entry("c")],
            "synonyms": [["x", "y"]],
        }
    )
    second = await house.drafts(after)
    assert second == Changes(added=("c",), changed=("b",), removed=("a",), lists=("synonyms",))
    assert not await house.drafts(after)


# What a start does.


async def test_the_first_start_takes_the_files_as_version_1(house: House) -> None:
    house.files_have(knowledge("a"))
    await house.starts()
    assert await house.live_knowledge() == await house.draft() == knowledge("a")
    assert (await house.history())[0].made_by == "start"
    await house.starts()
    assert (await house.live(), len(house.engine.trained)) == (1, 1)


async def test_of_many_first_starts_one_trains_and_the_others_wait(house: House) -> None:
    house.files_have(knowledge("a"))
    databases = [Database(house.url) for _ in range(4)]
    await asyncio.gather(
        *(house.publisher_on(each).prepare(house.files, take_changes=True) for each in databases)
    )
    for each in databases:
        await each.close()
    assert (await house.live(), len(house.engine.trained), len(await house.history())) == (1, 1, 1)


async def test_a_first_start_with_nothing_to_take_says_what_is_missing(house: House) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        await house.starts()
    house.files_have(knowledge("a", action={"handoff": "nobody"}))
    with pytest.raises(Mistakes):
        await house.starts()
    assert await house.live() is None


async def test_what_was_imported_before_the_first_start_goes_before_the_files(house: House) -> None:
    house.files_have(knowledge("sample"))
    await import_knowledge(house.database, knowledge("own"), configured=house.files)
    await house.starts()
    assert await house.live_knowledge() == knowledge("own")
    assert await house.starts() == []


async def test_changed_files_are_taken_by_a_restart(house: House) -> None:
    house.files_have(knowledge("a"))
    await house.starts()
    house.files_have(knowledge("a", "b"))
    assert "knowledge.files_changed" in await house.starts(take_changes=False)
    assert await house.live() == 1
    await house.starts()
    assert await house.live() == 2
    assert await house.live_knowledge() == await house.draft() == knowledge("a", "b")
    assert await house.starts() == []


async def test_files_that_are_only_written_differently_are_not_published(house: House) -> None:
    house.files_have(knowledge("a"))
    await house.starts()
    house.files.write_text("# a comment\n" + write_yaml(knowledge("a")), "utf-8")
    assert await house.starts() == []
    assert (await house.live(), len(house.engine.trained)) == (1, 1)


async def test_files_that_return_to_what_is_live_need_no_new_version(house: House) -> None:
    for ids in (("a",), ("a", "b")):
        house.files_have(knowledge(*ids))
        await house.starts()
    await house.publisher.roll_back(1, by="li")
    assert await house.starts() == []  # a rollback survives restarts
    house.files_have(knowledge("a"))
    await house.starts()
    assert (await house.live(), len(house.engine.trained)) == (1, 2)
    assert await house.draft() == knowledge("a")


async def test_where_files_and_draft_have_both_changed_the_database_wins_and_a_warning_tells(
    house: House,
) -> None:
    house.files_have(knowledge("a"))
    await house.starts()
    await import_knowledge(house.database, knowledge("edited"), configured=house.files)
    assert await house.starts() == []  # the files are as they were
    house.files_have(knowledge("a", "b"))
    for _ in range(2):
        assert await house.starts() == ["knowledge.both_changed"]
    assert (await house.live(), await house.draft()) == (1, knowledge("edited"))


@pytest.mark.parametrize("decide", ["import", "export"])
async def test_it_is_decided_by_import_or_by_export(house: House, decide: str) -> None:
    house.files_have(knowledge("a"))
    await house.starts()
    await import_knowledge(house.database, knowledge("edited"), configured=house.files)
    house.files_have(knowledge("a", "b"))
    if decide == "import":
        await import_knowledge(house.database, knowledge("a", "b"), configured=house.files)
    else:
        house.files_have(knowledge("edited"))
        await note_configured(house.database, house.files)
    assert await house.starts() == []
    # From now on the files are followed again.
    house.files_have(knowledge("c"))
    await house.starts()
    assert await house.live_knowledge() == knowledge("c")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda files: files.write_text("entries: [", "utf-8"),
        lambda files: files.write_text(
            write_yaml(knowledge("x", "y", action={"handoff": "nobody"})), "utf-8"
        ),
        lambda files: files.unlink(),
    ],
    ids=["unreadable", "mistakes", "gone"],
)
async def test_files_that_cannot_be_taken_do_not_stop_what_is_live(
    house: House, spoil: Callable[[Path], object]
) -> None:
    house.files_have(knowledge("a"))
    await house.starts()
    spoil(house.files)
    assert await house.starts() == ["knowledge.files_not_taken"]
    assert (await house.live(), await house.draft()) == (1, knowledge("a"))


async def test_files_that_cannot_be_trained_leave_everything_as_it_was(house: House) -> None:
    house.files_have(knowledge("a"))
    await house.starts()
    before = await house.everything()
    house.files_have(knowledge("a", "b"))
    house.engine.fails = True
    assert await house.starts() == ["knowledge.training", "knowledge.files_not_taken"]
    assert await house.everything() == before
    house.engine.fails = False
    await house.starts()
    assert await house.live() == 2


async def test_a_draft_that_is_edited_while_files_are_taken_is_not_lost(house: House) -> None:
    house.files_have(knowledge("a"))
    await house.starts()
    house.files_have(knowledge("a", "b"))
    house.engine.go.clear()
    house.engine.begun.clear()
    start = asyncio.create_task(house.starts())
    assert await asyncio.to_thread(house.engine.begun.wait, 10)
    await house.drafts(knowledge("edited"))
    house.engine.go.set()
    assert "knowledge.files_not_taken" in await start
    assert (await house.live(), await house.draft()) == (1, knowledge("edited"))


async def test_another_engine_trains_the_live_version_again_under_the_same_number(house: House) -> None:
    house.files_have(knowledge("a"))
    await house.starts()
    async with house.database.read() as session:
        before = await find_live(session)
    await house.starts(engine=Rote(key="rote-2"))
    async with house.database.read() as session:
        after = await find_live(session)
    assert before is not None
    assert after is not None
    assert (before.version, before.key, after.version, after.key) == (1, "rote-1", 1, "rote-2")
    assert len(await house.history()) == 1
    assert await house.starts(engine=Rote(key="rote-2")) == []


async def test_a_database_that_was_restored_without_models_trains_what_is_live(house: House) -> None:
    await house.publishes(knowledge("a"))
    await house.publishes(knowledge("a", "b"))
    await house.publisher.roll_back(1, by="li")
    async with house.database.write() as session:
        await session.execute(delete(Model))
    house.files_have(knowledge("files"))
    await import_knowledge(house.database, knowledge("a", "b"), configured=house.files)
    assert await house.starts() == ["knowledge.training", "knowledge.published"]
    assert (await house.live(), await house.models()) == (1, [1])


async def test_two_imports_at_once_leave_one_of_them_whole(house: House) -> None:
    other = Database(house.url)
    drafts = [knowledge(*(f"{name}{number}" for number in range(30))) for name in "ab"]
    await asyncio.gather(
        import_knowledge(house.database, drafts[0], configured=NOWHERE),
        import_knowledge(other, drafts[1], configured=NOWHERE),
    )
    await other.close()
    assert await house.draft() in drafts


async def test_the_draft_is_locked_by_one_at_a_time(house: House) -> None:
    """The first lock makes the row, also when two come at once."""
    other = Database(house.url)

    async def lock(database: Database) -> None:
        async with database.write() as session:
            await lock_draft(session)

    await asyncio.gather(lock(house.database), lock(other))
    await other.close()
    assert await house.draft() is None

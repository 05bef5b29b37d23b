"""A process takes each version that goes live, between two turns, and drops nothing over it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.brains import Brains, Follower
from bot.decisions import Policy
from bot.turn import Brain
from core.database import Database
from core.errors import NotAllowed
from core.tasks import end_tasks
from core.wakeups import LocalWakeups
from nlu.knowledge.documents import from_data
from nlu.knowledge.drafts import import_knowledge
from nlu.knowledge.publishing import Publisher
from nlu.knowledge.versions import Mark, Model
from nlu.understanding import Understanding
from tests.nlu.knowledge_bases import entry
from tests.nlu.trainers import ByRote, Rote
from tests.shop import Shop


class Editor:
    """Publishes knowledge bases of one entry, on the shop's database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.wakeups = LocalWakeups()
        self.engine = Rote()
        self.brains = Brains(database, self.engine, policy=Policy(answer_at=0.5))
        self.publisher = Publisher(database, self.wakeups, self.engine, check=lambda _: ())

    async def publishes(self, answer: str) -> None:
        knowledge = from_data({"entries": [entry("greeting", answers={"zh": answer, "en": answer})]})
        await import_knowledge(self.database, knowledge, configured=Path("/nowhere"))
        await self.publisher.publish(by="li")


@pytest.fixture
def editor(database: Database) -> Editor:
    return Editor(database)


def followed_by(shop: Shop, editor: Editor) -> Follower:
    async def swap(mark: Mark) -> None:
        shop.turns.brain = await editor.brains.load(mark.version)

    return Follower(editor.database, swap)


async def test_before_the_first_version_there_is_no_brain(editor: Editor) -> None:
    with pytest.raises(NotAllowed, match="kb publish"):
        await editor.brains.load_live()


async def test_a_brain_has_the_knowledge_the_model_and_the_policy_of_the_live_version(editor: Editor) -> None:
    await editor.publishes("one")
    await editor.publishes("two")
    await editor.publisher.roll_back(1, by="li")
    loaded = await editor.brains.load_live()
    assert loaded.mark.version == 1
    assert loaded.brain.knowledge.entries["greeting"].answers["en"] == "one"
    assert loaded.brain.interpreter.understand(["hi"])[0].intent == "greeting"
    assert loaded.brain.policy.answer_at == 0.5


async def test_each_version_that_goes_live_answers_from_the_next_turn_on(shop: Shop, editor: Editor) -> None:
    follower = followed_by(shop, editor)
    assert await follower.step() is False  # nothing is live yet: the brain stays
    said = []
    for answer in ("one", "two"):
        await editor.publishes(answer)
        await follower.step()
        said += [message.text for message in await shop.customer_says("hello there")]
    await editor.publisher.roll_back(1, by="li")
    await follower.step()
    said += [message.text for message in await shop.customer_says("hello there")]
    assert said == ["one", "two", "one"]


async def test_it_is_found_without_being_told(editor: Editor) -> None:
    """As when a command has published it."""
    taken: asyncio.Queue[int] = asyncio.Queue()

    async def take(mark: Mark) -> None:
        taken.put_nowait(mark.version)

    following = asyncio.create_task(Follower(editor.database, take).run(LocalWakeups()))
    for number in (1, 2):
        await editor.publishes(f"answer {number}")
        assert await asyncio.wait_for(taken.get(), 10) == number
    await end_tasks(following)


async def test_a_turn_uses_one_brain_from_its_beginning_to_its_end(shop: Shop, editor: Editor) -> None:
    await editor.publishes("one")
    one = (await editor.brains.load_live()).brain
    await editor.publishes("two")
    two = (await editor.brains.load_live()).brain

    class SwappedMeanwhile:
        """Exchanges the brain while the turn understands."""

        def understand(self, texts: Sequence[str]) -> list[Understanding]:
            shop.turns.brain = two
            return ByRote("greeting").understand(texts)

    shop.turns.brain = Brain(interpreter=SwappedMeanwhile(), knowledge=one.knowledge, policy=one.policy)
    conversations = [await shop.customer_sends("hello there", customer=f"c{n}") for n in range(3)]
    await shop.handle()
    answers = [(await shop.record(each.conversation_id))[-1].text for each in conversations]
    assert answers == ["one", "one", "one"]
    assert [message.text for message in await shop.customer_says("hello there")] == ["two"]


async def test_a_version_that_cannot_be_loaded_is_told_and_the_one_before_goes_on(
    shop: Shop, editor: Editor
) -> None:
    follower = followed_by(shop, editor)
    await editor.publishes("one")
    await follower.step()
    before = REGISTRY.get_sample_value("shouwen_knowledge_not_loaded_total") or 0.0

    await editor.publishes("two")
    async with editor.database.write() as session:
        await session.execute(update(Model).where(Model.version == 2).values(data=b"not a model"))
    with capture_logs() as logs:
        await follower.step()
        await follower.step()  # it is told once
    assert [(line["event"], line["version"]) for line in logs] == [("knowledge.not_loaded", 2)]
    assert REGISTRY.get_sample_value("shouwen_knowledge_not_loaded_total") == before + 1
    assert REGISTRY.get_sample_value("shouwen_knowledge_version") == 1
    assert [message.text for message in await shop.customer_says("hello there")] == ["one"]

    await editor.publisher.renew()  # the same version with another model is tried again
    with capture_logs() as logs:
        await follower.step()
    assert logs == [{"event": "knowledge.live", "version": 2, "log_level": "info"}]
    assert REGISTRY.get_sample_value("shouwen_knowledge_version") == 2
    assert [message.text for message in await shop.customer_says("hello there")] == ["two"]


async def test_while_the_database_is_away_a_version_is_not_given_up(editor: Editor) -> None:
    tries = []

    async def take(mark: Mark) -> None:
        tries.append(mark.version)
        if len(tries) == 1:
            raise OperationalError("SELECT", {}, Exception("away"))

    follower = Follower(editor.database, take)
    await editor.publishes("one")
    with pytest.raises(OperationalError):
        await follower.step()
    await follower.step()
    await follower.step()
    assert tries == [1, 1]

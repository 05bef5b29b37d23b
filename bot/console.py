"""The knowledge base in the console, with what it needs of the engine."""

import functools
from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from bot.brains import Engine
from bot.config import Config
from bot.engines import Explainer, check_knowledge, make_publisher
from console.knowledge.library import Library
from console.knowledge.minds import Minds
from console.knowledge.shelf import Shelf
from core.clock import utc_now
from core.database import Database
from core.languages import ReplyLanguage
from core.wakeups import Wakeups
from handoff.guard import load_guard
from handoff.settings import SettingsInForce
from nlu.knowledge.remembering import Remembering


class _QueueTitles(Mapping[str, Mapping[ReplyLanguage, str]]):
    """The queues' names, as they are by now."""

    def __init__(self, settings: SettingsInForce) -> None:
        self._settings = settings

    def __getitem__(self, queue: str) -> Mapping[ReplyLanguage, str]:
        return self._settings.now.queues[queue].titles

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings.now.queues)

    def __len__(self) -> int:
        return len(self._settings.now.queues)


def open_library(
    config: Config, engine: Engine, database: Database, wakeups: Wakeups, settings: SettingsInForce
) -> Library:
    """What was tried out in the console is published without being trained once more."""
    trainer = Remembering(engine)
    return Library(
        database=database,
        shelf=Shelf(database),
        minds=Minds(database, trainer, engine.load, Explainer(), answer_at=config.bot.answer_at),
        publisher=make_publisher(config, settings, trainer, database, wakeups),
        check=functools.partial(check_knowledge, config, settings),
        guard=load_guard(config.desk.banned_phrases),
        titles=_QueueTitles(settings),
        zone=ZoneInfo(config.shop.time_zone),
        region=config.privacy.region,
        configured=config.bot.knowledge,
        second_pair=config.knowledge.second_pair,
        clock=utc_now,
    )

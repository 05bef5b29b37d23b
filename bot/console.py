"""The knowledge base in the console, with what it needs of the engine."""

import functools
from zoneinfo import ZoneInfo

from bot.brains import Engine
from bot.config import Config
from bot.engines import Explainer, check_knowledge, make_publisher
from console.knowledge.library import Library
from console.knowledge.minds import Minds
from console.knowledge.shelf import Shelf
from core.clock import utc_now
from core.database import Database
from core.wakeups import Wakeups
from nlu.knowledge.remembering import Remembering


def open_library(config: Config, engine: Engine, database: Database, wakeups: Wakeups) -> Library:
    """What was tried out in the console is published without being trained once more."""
    trainer = Remembering(engine)
    return Library(
        database=database,
        shelf=Shelf(database),
        minds=Minds(database, trainer, engine.load, Explainer(), answer_at=config.bot.answer_at),
        publisher=make_publisher(config, trainer, database, wakeups),
        check=functools.partial(check_knowledge, config),
        titles=config.desk_settings().titles,
        zone=ZoneInfo(config.shop.time_zone),
        region=config.privacy.region,
        configured=config.bot.knowledge,
        second_pair=config.knowledge.second_pair,
        clock=utc_now,
    )

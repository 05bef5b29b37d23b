"""The engine that understands, as configured; and what is made with it: brains, and a publisher."""

import functools
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from bot.brains import Brains, Engine, Loaded
from bot.config import Config, Environment
from core.clock import utc_now
from core.database import UNAVAILABLE, Database
from core.wakeups import LocalWakeups, Wakeups
from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.embedded.model import from_bytes
from nlu.embedded.trained import Trained, recipe, spare_threads, train_aside
from nlu.encoders.make import make_encoder
from nlu.encoders.port import Encoder
from nlu.encoders.settings import EncoderSettings
from nlu.encoders.universal_files import common_words
from nlu.knowledge.check import Finding, LeftOutPhrasing, check
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.publishing import Publisher

log = structlog.get_logger(__name__)


class EmbeddedEngine:
    """The embedded engine; what all its models share is kept in `folder`."""

    def __init__(self, folder: Path, *, encoder: EncoderSettings, target_precision: float) -> None:
        self._folder = folder
        self._encoder = encoder
        self._target_precision = target_precision

    @cached_property
    def key(self) -> str:
        """Changes with everything but the knowledge base that a model is made from."""
        return f"embedded-{recipe(self._encoder, target_precision=self._target_precision)}"

    def train(self, knowledge: KnowledgeBase) -> Trained:
        """In a process of its own. Raises `TrainingFailed`."""
        return train_aside(
            knowledge, self._folder, target_precision=self._target_precision, encoder=self._encoder
        )

    def load(self, model: bytes) -> EmbeddedInterpreter:
        """Raises `DamagedModel`."""
        spare_threads()
        return EmbeddedInterpreter(from_bytes(model, common=self._common), self._vectors)

    # Models come and go; these stay.
    @cached_property
    def _vectors(self) -> Encoder:
        return make_encoder(self._encoder, self._folder)

    @cached_property
    def _common(self) -> frozenset[str]:
        return common_words(self._folder)


def make_engine(config: Config, environment: Environment) -> Engine:
    """The configured engine."""
    return EmbeddedEngine(
        config.data_folder / "models",
        encoder=config.nlu.encoder.settings(environment.embeddings_key),
        target_precision=config.bot.target_precision,
    )


def make_publisher(
    config: Config,
    engine: Engine,
    database: Database,
    wakeups: Wakeups,
    *,
    on_wait: Callable[[], None] | None = None,
) -> Publisher:
    """What publishes, as configured."""
    check_it = functools.partial(check_knowledge, config)
    return Publisher(database, wakeups, engine, check=check_it, on_wait=on_wait)


def check_knowledge(
    config: Config, knowledge: KnowledgeBase, left_out: Sequence[LeftOutPhrasing] = ()
) -> list[Finding]:
    """What could be better in it, today and with the configured queues; with `left_out` also what an engine has found."""
    today = utc_now().astimezone(ZoneInfo(config.shop.time_zone)).date()
    return check(knowledge, left_out, today=today, queues=config.desk.queues)


async def open_brains(
    config: Config, environment: Environment, database: Database, *, take_changes: bool
) -> tuple[Brains, Loaded]:
    """What makes this process's brains, and that of the live version, which is there from then on.

    In an empty database the configured files become version 1; with `take_changes` they are also taken when
    they have changed: see `Publisher.prepare`.
    """
    engine = make_engine(config, environment)
    brains = Brains(database, engine, policy=config.bot.policy())
    publisher = make_publisher(config, engine, database, LocalWakeups())  # others look by themselves
    await publisher.prepare(config.bot.knowledge, take_changes=take_changes)
    try:
        return brains, await brains.load_live()
    except UNAVAILABLE:
        raise
    except Exception:
        log.warning("knowledge.not_loaded", exc_info=True, consequence="it is trained again")
        await publisher.renew()
        return brains, await brains.load_live()

"""The engine that understands, as configured; and what is made with it: brains, and a publisher."""

import functools
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from bot.brains import Brains, Engine, Loaded
from bot.config import Config, Environment
from bot.desk_base import read_in_force
from core.clock import utc_now
from core.database import UNAVAILABLE, Database
from core.wakeups import LocalWakeups, Wakeups
from handoff.guard import Guard, Level, load_guard
from handoff.settings import SettingsInForce
from nlu.breaker import Breaker
from nlu.embedded import pair
from nlu.embedded.aside import Aside, Trained
from nlu.embedded.examples import Labelled, of_knowledge
from nlu.embedded.explain import Explanation, explain
from nlu.embedded.interpreter import EmbeddedInterpreter
from nlu.embedded.model import from_bytes
from nlu.embedded.trained import recipe, spare_threads
from nlu.encoders.make import make_encoder, make_endpoint
from nlu.encoders.port import Encoder
from nlu.encoders.settings import EncoderSettings, Kind
from nlu.encoders.universal_files import common_words
from nlu.fallback import FallbackInterpreter
from nlu.knowledge.check import Finding, LeftOutPhrasing, Severity, Topic, check
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.publishing import Publisher, Trainer
from nlu.rasa.interpreter import RasaInterpreter
from nlu.signals import load_unrelated
from nlu.understanding import Interpreter

log = structlog.get_logger(__name__)


class EmbeddedEngine:
    """The embedded engine; what all its models share is kept in `folder`."""

    def __init__(
        self,
        folder: Path,
        *,
        encoder: EncoderSettings,
        target_precision: float,
        vectors: Encoder | None = None,
    ) -> None:
        """`vectors` is the encoder, where it is made already."""
        self._folder = folder
        self._encoder = encoder
        self._target_precision = target_precision
        self._aside = Aside(folder, target_precision=target_precision, encoder=encoder)
        self._made = vectors

    @cached_property
    def key(self) -> str:
        """Changes with everything but the knowledge base that a model is made from."""
        return f"embedded-{recipe(self._encoder, target_precision=self._target_precision)}"

    def get_ready(self) -> None:
        """See the port."""
        self._aside.get_ready()

    def train(self, knowledge: KnowledgeBase) -> Trained:
        """In a process of its own. Raises `TrainingFailed`."""
        return self._aside.train(knowledge)

    def load(self, model: bytes, knowledge: KnowledgeBase) -> EmbeddedInterpreter:
        """Raises `DamagedModel`."""
        spare_threads()
        return EmbeddedInterpreter(from_bytes(model, common=self._common), self._vectors)

    def close(self) -> None:
        """A training is given up."""
        self._aside.close()

    # Models come and go; these stay.
    @cached_property
    def _vectors(self) -> Encoder:
        return self._made or make_encoder(self._encoder, self._folder)

    @cached_property
    def _common(self) -> frozenset[str]:
        return common_words(self._folder)


class EndpointEngine:
    """The embedded engine on an endpoint's vectors, and one on the universal encoder for while that is away."""

    def __init__(self, folder: Path, *, encoder: EncoderSettings, target_precision: float) -> None:
        """Raises `ConfigError`."""
        self._endpoint = make_endpoint(encoder)
        self._first = EmbeddedEngine(
            folder, encoder=encoder, target_precision=target_precision, vectors=self._endpoint
        )
        self._second = EmbeddedEngine(folder, encoder=EncoderSettings(), target_precision=target_precision)
        self._breaker = Breaker(failures=1)  # of all versions: it is one endpoint

    @cached_property
    def key(self) -> str:
        """That of both engines."""
        return f"{self._first.key}+{self._second.key}"

    def get_ready(self) -> None:
        """Both."""
        self._first.get_ready()
        self._second.get_ready()

    def train(self, knowledge: KnowledgeBase) -> Trained:
        """Both, one after the other; the one that may be away first. Raises `TrainingFailed`."""
        first, second = self._first.train(knowledge), self._second.train(knowledge)
        return Trained(pair.join(first.model, second.model), {**first.figures, "fallback": second.figures})

    def load(self, model: bytes, knowledge: KnowledgeBase) -> FallbackInterpreter:
        """Raises `DamagedModel`."""
        first, second = pair.split(model)
        return FallbackInterpreter(
            self._first.load(first, knowledge),
            self._second.load(second, knowledge),
            check=self._endpoint.check,
            breaker=self._breaker,
        )

    def close(self) -> None:
        """Ends calls between two tries; one that is under way has its two seconds."""
        self._endpoint.close()
        self._first.close()
        self._second.close()


def make_engine(config: Config, environment: Environment) -> Engine:
    """The configured engine, which trains and loads models within this machine. Raises `ConfigError`."""
    encoder = config.nlu.encoder.settings(environment.embeddings_key)
    kind = EndpointEngine if encoder.kind is Kind.ENDPOINT else EmbeddedEngine
    return kind(models_folder(config), encoder=encoder, target_precision=config.bot.target_precision)


def models_folder(config: Config) -> Path:
    """What trainings share; it is made again when it is missing."""
    return config.data_folder / "models"


def make_publisher(
    config: Config,
    settings: SettingsInForce,
    engine: Trainer,
    database: Database,
    wakeups: Wakeups,
    *,
    on_wait: Callable[[], None] | None = None,
) -> Publisher:
    """What publishes, as configured."""
    check_it = functools.partial(check_knowledge, config, settings)
    return Publisher(database, wakeups, engine, check=check_it, on_wait=on_wait)


def check_knowledge(
    config: Config,
    settings: SettingsInForce,
    knowledge: KnowledgeBase,
    left_out: Sequence[LeftOutPhrasing] = (),
) -> list[Finding]:
    """What could be better in it, today and with the queues that there are; with `left_out` also what an engine has found."""
    today = utc_now().astimezone(ZoneInfo(config.shop.time_zone)).date()
    findings = check(knowledge, left_out, today=today, queues=settings.now.queues)
    shipped = load_guard(config.desk.banned_phrases)
    return [*findings, *_find_banned(knowledge, shipped.with_changes(knowledge.banned.values()))]


def _find_banned(knowledge: KnowledgeBase, guard: Guard) -> Iterator[Finding]:
    """What the bot would say that an agent must not say."""
    for entry in knowledge.entries.values():
        for answers in (entry.answers, *entry.answers_on.values()):
            for offence in (each for answer in answers.values() for each in guard.check(answer)):
                blocked = offence.rule.level is Level.BLOCK
                yield Finding(
                    severity=Severity.MISTAKE if blocked else Severity.WARNING,
                    topic=Topic.BANNED,
                    entries=(entry.id,),
                    text=f"its answer says “{offence.phrase}”: {offence.rule.why} Better: {offence.rule.better}",
                    zh=f"答案里有「{offence.phrase}」：{offence.rule.why} 可以说：{offence.rule.better}",
                )
    for reply in knowledge.replies.values():  # the guard holds it back anyway: of that it need only be said
        for offence in (each for text in reply.text.values() for each in guard.check(text)):
            yield Finding(
                severity=Severity.WARNING,
                topic=Topic.REPLIES,
                entries=(reply.id,),
                text=f"it says “{offence.phrase}”: {offence.rule.why} Better: {offence.rule.better}",
                zh=f"里面有「{offence.phrase}」：{offence.rule.why} 可以说：{offence.rule.better}",
            )
    for banned in knowledge.banned.values():  # as of the shipped ones: what is better must be fit to be sent
        for offence in guard.check(banned.better)[:1]:
            yield Finding(
                severity=Severity.MISTAKE,
                topic=Topic.WORDINGS,
                entries=(banned.id,),
                text=f"the better wording says “{offence.phrase}”, which is banned itself",
                zh=f"更好的说法里有「{offence.phrase}」，它自己就是服务忌语",
            )


class Explainer:
    """Says why texts are understood as they are; what is known of one knowledge base is kept, the one asked about last."""

    def __init__(self) -> None:
        self._known: tuple[KnowledgeBase, Labelled] | None = None

    def __call__(self, interpreter: Interpreter, knowledge: KnowledgeBase, text: str) -> Explanation | None:
        """None of an engine that cannot tell."""
        embedded = find_embedded(interpreter)
        if embedded is None:
            return None
        if self._known is None or self._known[0] is not knowledge:
            self._known = (knowledge, of_knowledge(knowledge, load_unrelated()))
        return explain(embedded, self._known[1], text)


def find_embedded(interpreter: Interpreter) -> EmbeddedInterpreter | None:
    """Who can give reasons: the embedded engine in it, as it understands now."""
    match interpreter:
        case EmbeddedInterpreter():
            return interpreter
        case RasaInterpreter(embedded=inner) | FallbackInterpreter(asked=inner):
            return find_embedded(inner)
        case _:
            return None


async def open_brains(
    config: Config, engine: Engine, database: Database, *, take_changes: bool
) -> tuple[Brains, Loaded]:
    """What makes this process's brains, and that of the live version, which is there from then on.

    In an empty database the configured files become version 1; with `take_changes` they are also taken when
    they have changed: see `Publisher.prepare`.
    """
    brains = Brains(database, engine, policy=config.bot.policy())
    settings = await read_in_force(config, database)
    publisher = make_publisher(
        config, settings, engine, database, LocalWakeups()
    )  # others look by themselves
    await publisher.prepare(config.bot.knowledge, take_changes=take_changes)
    try:
        return brains, await brains.load_live()
    except UNAVAILABLE:
        raise
    except Exception:
        log.warning("knowledge.not_loaded", exc_info=True, consequence="it is trained again")
        await publisher.renew()
        return brains, await brains.load_live()

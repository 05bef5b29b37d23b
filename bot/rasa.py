"""Rasa for the intent, where RASA_URL is set: kept up to date by workers, only looked at by commands."""

from collections.abc import Callable
from pathlib import Path

from bot.brains import Engine
from bot.config import Config, Environment
from bot.engines import make_engine
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.publishing import Training
from nlu.rasa.client import RasaClient, RasaError
from nlu.rasa.interpreter import RasaInterpreter
from nlu.rasa.keeper import Keeper
from nlu.rasa.published import Published
from nlu.rasa.serving import NotServed, get_served
from nlu.rasa.training import lessons_of
from nlu.signals import load_unrelated

# Asked for a model of a knowledge base; calls the function, now or later, when the server serves one.
Ask = Callable[[KnowledgeBase, Callable[[Published], None]], None]


class RasaEngine:
    """Another engine, with the intent by Rasa as soon as `ask` has a model of the knowledge base.

    Models and key stay those of the other: to set RASA_URL, or no longer to, needs no training of ours.
    """

    def __init__(self, engine: Engine, client: RasaClient, ask: Ask, *, on_close: Callable[[], None]) -> None:
        self._engine = engine
        self._client = client
        self._ask = ask
        self._on_close = on_close

    @property
    def key(self) -> str:
        """That of the other engine."""
        return self._engine.key

    def get_ready(self) -> None:
        """As the other engine."""
        self._engine.get_ready()

    def train(self, knowledge: KnowledgeBase) -> Training:
        """As the other engine."""
        return self._engine.train(knowledge)

    def load(self, model: bytes, knowledge: KnowledgeBase) -> RasaInterpreter:
        """At once: nobody waits for Rasa."""
        interpreter = RasaInterpreter(self._engine.load(model, knowledge), self._client)
        self._ask(knowledge, interpreter.use)
        return interpreter

    def close(self) -> None:
        """Give up what Rasa was asked for."""
        self._on_close()
        self._engine.close()


def make_worker_engine(config: Config, environment: Environment, *, engine: Engine | None = None) -> Engine:
    """The configured engine; beside it, the Rasa server serves a model of what was loaded last. Raises `ConfigError`.

    `engine` is the configured one, where it is made already: it is closed with this one.
    """
    engine = engine or make_engine(config, environment)
    if environment.rasa_url is None:
        return engine
    client = RasaClient(environment.rasa_url)
    keeper = Keeper(client, rasa_folder(config), precision=config.bot.target_precision)
    return RasaEngine(engine, client, keeper.want, on_close=keeper.close)


def make_command_engine(config: Config, environment: Environment, *, tell: Callable[[str], None]) -> Engine:
    """The configured engine, with Rasa where it serves the right model already: a command neither trains nor swaps.

    Why Rasa is not used is told. Raises `ConfigError`.
    """
    engine = make_engine(config, environment)
    if environment.rasa_url is None:
        return engine
    client = RasaClient(environment.rasa_url)
    folder, precision = rasa_folder(config), config.bot.target_precision

    def look(knowledge: KnowledgeBase, use: Callable[[Published], None]) -> None:
        lessons = lessons_of(knowledge, load_unrelated(), precision=precision)
        try:
            use(get_served(client, lessons, folder))
        except (NotServed, RasaError) as error:
            tell(f"Without Rasa: {error}. The embedded engine answers.")

    return RasaEngine(engine, client, look, on_close=client.close)


def rasa_folder(config: Config) -> Path:
    """What is known of models that the Rasa server has; all workers of a server share it."""
    return config.data_folder / "rasa"

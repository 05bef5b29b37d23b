"""Beside the messages: the Rasa server serves a model of the live knowledge base, whatever becomes of server and versions."""

import functools
import threading
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import structlog

from core.backoff import Backoff
from core.errors import BadInput
from nlu.knowledge.entries import KnowledgeBase
from nlu.rasa.client import RasaClient, RasaError, RasaRefused, RasaTimeout
from nlu.rasa.published import Published
from nlu.rasa.serving import ensure_published
from nlu.rasa.training import Superseded, Wanted, lessons_of
from nlu.signals import load_unrelated

log = structlog.get_logger(__name__)

LOOK = 5.0  # seconds between looks whether the server still serves it
RETRY = Backoff(first=1.0, longest=60.0)
STOP_SECONDS = 2.0  # that threads get to end in

ALONE = "the embedded engine understands messages alone"


class Keeper:
    """Has the server serve what was wanted last, until it is closed.

    Each wish has a thread, since what it waits for, a training, cannot be ended. A thread whose wish is not the newest
    begins no further step; so a rollback need not wait for the training of the version that it undoes.
    """

    def __init__(
        self,
        client: RasaClient,
        folder: Path,
        *,
        precision: float,
        retry: Backoff = RETRY,
        look: float = LOOK,
    ) -> None:
        self._client = client
        self._folder = folder
        self._precision = precision
        self._retry = retry
        self._look = look
        self._changed = threading.Condition()
        self._newest = 0  # number of the last wish
        self._threads: list[threading.Thread] = []

    def want(self, knowledge: KnowledgeBase, use: Callable[[Published], None]) -> None:
        """From now on only this knowledge base counts. `use` is told each time when a model of it has come to be served."""
        with self._changed:
            number = self._begin()
            thread = threading.Thread(
                target=self._keep, args=(number, knowledge, use), name=f"rasa-{number}", daemon=True
            )
            self._threads = [each for each in self._threads if each.is_alive()] + [thread]
        thread.start()

    def close(self) -> None:
        """Want nothing any more, and give up what is under way. What the server trains, it trains to the end."""
        with self._changed:
            self._begin()
        self._client.close()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    def _begin(self) -> int:
        self._newest += 1
        self._changed.notify_all()
        return self._newest

    def _is_newest(self, number: int) -> bool:
        return self._newest == number

    def _keep(self, number: int, knowledge: KnowledgeBase, use: Callable[[Published], None]) -> None:
        lessons = lessons_of(knowledge, load_unrelated(), precision=self._precision)
        wanted = functools.partial(self._is_newest, number)
        served: Published | None = None
        attempt = 0
        while wanted():
            try:
                if served is None or not self._is_served(served):
                    attempt += served is not None
                    served = ensure_published(self._client, lessons, self._folder, wanted=wanted)
                    use(served)
                    log.info("rasa.live", model=served.model)
                else:
                    attempt = 0
                wait = self._look if attempt == 0 else max(self._look, self._retry.delay(attempt))
            except Superseded:
                log.info("rasa.superseded")
                return
            except BadInput as error:
                log.error("rasa.not_live", error=str(error), mend="add phrasings", consequence=ALONE)
                return
            except Exception as error:
                if not wanted():  # most likely that is why
                    return
                attempt += 1
                wait = self._retry.delay(attempt)
                _tell(error, wait)
            self._wait(wait, wanted)

    def _is_served(self, published: Published) -> bool:
        """Raises `RasaError`."""
        found = self._client.loaded_model()
        if found == published.model:
            return True
        log.warning(
            "rasa.displaced",
            model=published.model,
            by=found,
            mend="if the server was not started anew: let all workers share one data folder, and nobody else the server",
        )
        return False

    def _wait(self, seconds: float, wanted: Wanted) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not wanted(), seconds)


def _tell(error: Exception, wait: float) -> None:
    facts = {"error": str(error), "consequence": ALONE, "tried_again_in": round(wait, 1)}
    if isinstance(error, RasaError):
        log.warning("rasa.not_live", mend=_mend(error), **facts)
    else:
        log.exception("rasa.not_live", **facts)


def _mend(error: RasaError) -> str:
    match error:
        case RasaRefused(status=HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN):
            return "add the server's token to RASA_URL: ?token=…"
        case RasaRefused(status=HTTPStatus.NOT_FOUND):
            return "correct RASA_URL, or start the server with --enable-api"
        case RasaRefused():
            return "see the log of the Rasa server"
        case RasaTimeout():
            return "see whether the Rasa server is overloaded"
        case _:
            return "start the Rasa server, or correct RASA_URL"

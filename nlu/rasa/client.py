"""Rasa's HTTP API as we use it, in our own types.

RasaError (a ShouwenError)
├── RasaUnreachable  no connection, or it broke
├── RasaTimeout      no answer in time
└── RasaRefused      an answer, but not the one asked for; `status` and what it said
"""

import concurrent.futures
import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import ShouwenError
from nlu.rasa.connections import Answer, Http
from nlu.rasa.project import Project, examples_document

YAML = "application/x-yaml"
TRAINING_TIMEOUT = 1800.0  # seconds
SWAP_TIMEOUT = 60.0
STATUS_TIMEOUT = 3.0
AT_ONCE = 8  # requests: Rasa parses one after the other, but more than one keep it busy
MODELS = "models"  # Rasa's folder of models, in the server's own


class RasaError(ShouwenError):
    """The Rasa server did not do what it was asked."""


class RasaUnreachable(RasaError):
    """There is no connection."""


class RasaTimeout(RasaError):
    """It took too long."""


class RasaRefused(RasaError):
    """The server answered with an error, or with something that is not understood."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"Rasa answered {status}: {message}")
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Ranked:
    """An intent and Rasa's own confidence in it, which is not a calibrated probability."""

    intent: str
    confidence: float


@dataclass(frozen=True)
class Parsed:
    """What Rasa made of a text: the likeliest intents, best first."""

    ranking: tuple[Ranked, ...]


class RasaClient:
    """A Rasa server at an address such as http://127.0.0.1:5005, `?token=…` where it wants one."""

    def __init__(self, url: str, *, where: str = "RASA_URL") -> None:
        self._http = Http(url, where=where)
        self._pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE, thread_name_prefix="rasa")

    def close(self) -> None:
        """Give up what is under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._http.close()

    def parse(self, texts: Sequence[str], *, timeout: float) -> list[Parsed | RasaError]:
        """Each text's meaning, or why there is none; all of it takes `timeout` seconds at most."""
        until = time.monotonic() + timeout
        futures = [self._pool.submit(self._parse, text, until) for text in texts]
        concurrent.futures.wait(futures, timeout=timeout)
        results: list[Parsed | RasaError] = []
        for future in futures:
            if future.cancel() or not future.done():
                results.append(RasaTimeout(f"no answer within {timeout:g} s"))
                continue
            error = future.exception()
            if error is None:
                results.append(future.result())
            elif isinstance(error, RasaError):
                results.append(error)
            else:
                raise error
        return results

    def _parse(self, text: str, until: float) -> Parsed:
        left = until - time.monotonic()
        if left <= 0:
            raise RasaTimeout("no answer in time")
        answer = self._ask("POST", "/model/parse", timeout=left, body=json.dumps({"text": text}).encode())
        found = _json(answer)
        try:
            ranking = tuple(
                Ranked(str(each["name"]), float(each["confidence"])) for each in found["intent_ranking"]
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RasaRefused(answer.status, "no intent_ranking in the answer") from error
        return Parsed(ranking)

    def loaded_model(self) -> str | None:
        """The file name of the model that is served; None when there is none."""
        try:
            found = _json(self._ask("GET", "/status", timeout=STATUS_TIMEOUT))
        except RasaRefused as error:
            if error.status == http.HTTPStatus.CONFLICT:
                return None
            raise
        return str(found["model_file"]) if found.get("model_file") else None

    def train(self, project: Project) -> str:
        """Train aside, in the server; returns the new model's file name. Takes as long as training does."""
        answer = self._ask(
            "POST",
            "/model/train",
            timeout=TRAINING_TIMEOUT,
            body=project.document().encode(),
            content_type=YAML,
            keep_body=False,  # it is the model, which the server keeps too
        )
        name = answer.headers.get("filename")
        if not name:
            raise RasaRefused(answer.status, "trained, but without the name of a model")
        return name

    def test(self, model: str, examples: Mapping[str, Sequence[str]]) -> dict[str, Ranked]:
        """What a model that is not served makes of examples by intent: the likeliest intent of each text."""
        answer = self._ask(
            "POST",
            "/model/test/intents",
            timeout=TRAINING_TIMEOUT,
            params={"model": f"{MODELS}/{model}"},
            body=examples_document(examples).encode(),
            content_type=YAML,
        )
        try:
            rows = _json(answer)["intent_evaluation"]["predictions"]
            return {
                str(row["text"]): Ranked(str(row["predicted"] or ""), float(row["confidence"]))
                for row in rows
            }
        except (KeyError, TypeError, ValueError) as error:
            raise RasaRefused(answer.status, "the test has no predictions") from error

    def swap(self, model: str) -> None:
        """Serve another model. The server keeps others waiting while it loads: some seconds."""
        body = json.dumps({"model_file": f"{MODELS}/{model}"}).encode()
        self._ask("PUT", "/model", timeout=SWAP_TIMEOUT, body=body)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        timeout: float,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "application/json",
        keep_body: bool = True,
    ) -> Answer:
        try:
            answer = self._http.request(
                method,
                path,
                timeout=timeout,
                params=params,
                body=body,
                content_type=content_type,
                keep_body=keep_body,
            )
        except TimeoutError as error:
            raise RasaTimeout(f"no answer to {method} {path} within {timeout:.2g} s") from error
        except (OSError, http.client.HTTPException) as error:
            problem = str(error) or type(error).__name__
            raise RasaUnreachable(f"the Rasa server cannot be reached ({problem})") from error
        if answer.status >= 300:
            raise RasaRefused(answer.status, _reason(answer))
        return answer


def _json(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError as error:
        raise RasaRefused(answer.status, "the answer is not JSON") from error
    if not isinstance(found, dict):
        raise RasaRefused(answer.status, "the answer is not a JSON object")
    return found


def _reason(answer: Answer) -> str:
    """The message of an error; Rasa gives one in JSON, a proxy before it a page."""
    try:
        return str(_json(answer).get("message") or "no message")[:500]
    except RasaRefused:
        return "no message"

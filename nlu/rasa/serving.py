"""Having the Rasa server serve the model of a knowledge base: one that it has, or one that is trained.

What is known of a model is kept in a folder, under what it was made from. Processes that share the folder train once, and
load one model at a time.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from core.errors import ShouwenError
from nlu.rasa.client import RasaClient, RasaRefused
from nlu.rasa.published import Published
from nlu.rasa.training import Lessons, Wanted, check_wanted, train

LOOK = 0.1  # seconds between looks whether another process is done


class NotServed(ShouwenError):
    """The server serves no model of what was asked for."""


def ensure_published(
    client: RasaClient, lessons: Lessons, folder: Path, *, wanted: Wanted = lambda: True
) -> Published:
    """Have the server serve a model of exactly these lessons; it is trained where the server has none.

    Raises `RasaError`, `BadInput`, and `Superseded` in the place of a step that is not wanted any more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if (kept := _serve_kept(client, lessons, folder, wanted)) is not None:
        return kept
    with _alone(folder / "training.lock", wanted):
        if (kept := _serve_kept(client, lessons, folder, wanted)) is not None:  # trained by another process
            return kept
        published = train(client, lessons, wanted=wanted)
        _keep(published, lessons, folder)
        if not _serve(client, published, folder, wanted):
            raise RasaRefused(HTTPStatus.BAD_REQUEST, f"it does not have {published.model}, which it trained")
        return published


def get_served(client: RasaClient, lessons: Lessons, folder: Path) -> Published:
    """The model of these lessons that the server serves now. Raises `NotServed`, `RasaError`; changes nothing."""
    kept = _find_kept(lessons, folder)
    if kept is None:
        raise NotServed("no model of this version of the knowledge base has been trained for it yet")
    if (served := client.loaded_model()) != kept.model:
        raise NotServed(f"its server serves {served or 'no model'}, not {kept.model}")
    return kept


def ensure_served(client: RasaClient, published: Published) -> bool:
    """Have the server serve this model; False when it has it no more. Raises `RasaError`."""
    if client.loaded_model() == published.model:
        return True
    try:
        client.swap(published.model)
    except RasaRefused as error:
        if (
            error.status == HTTPStatus.BAD_REQUEST
        ):  # no such file: its folder was emptied, or it is another server
            return False
        raise
    return True


def _serve_kept(client: RasaClient, lessons: Lessons, folder: Path, wanted: Wanted) -> Published | None:
    kept = _find_kept(lessons, folder)
    return kept if kept and _serve(client, kept, folder, wanted) else None


def _find_kept(lessons: Lessons, folder: Path) -> Published | None:
    """What is known of the model that was trained of these lessons; the server need not have it any more."""
    try:
        return Published.from_json(_file(lessons, folder).read_text("utf-8"))
    except (FileNotFoundError, ValueError, TypeError, KeyError):  # there is none, or it is damaged
        return None


def _serve(client: RasaClient, published: Published, folder: Path, wanted: Wanted) -> bool:
    """As `ensure_served`; who is not wanted any more does not undo what another has done since."""
    with _alone(folder / "serving.lock", wanted):
        check_wanted(wanted)
        return ensure_served(client, published)


def _keep(published: Published, lessons: Lessons, folder: Path) -> None:
    file = _file(lessons, folder)
    temporary = file.with_suffix(".new")
    temporary.write_text(published.to_json(), encoding="utf-8")
    temporary.replace(file)


def _file(lessons: Lessons, folder: Path) -> Path:
    return folder / f"{lessons.key}.json"


@contextmanager
def _alone(path: Path, wanted: Wanted) -> Iterator[None]:
    """Among threads and processes. Waiting for one's turn ends with `Superseded` too."""
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                check_wanted(wanted)
                time.sleep(LOOK)
        yield

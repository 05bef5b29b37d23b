"""What the encoders that the operator chooses have in common: a folder's contents, and where it is set."""

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from core.errors import ConfigError

MODEL = "nlu.encoder.model"  # the setting that names the model
DIMENSIONS = "nlu.encoder.dimensions"


def find_folder(model: str) -> Path | None:
    """The folder that `model` means; None when it is a name. Raises `ConfigError` for a path to nothing."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder
    if model.startswith((".", "~", "/")) or folder.exists() or model.count("/") > 1:
        raise ConfigError(MODEL, f"there is no folder {model}", "Correct the path")
    return None


def missing(name: str, command: str, download: bool, error: Exception) -> tuple[str, str]:
    """What is wrong, and the mend, when a model is not on this machine; `command` fetches it."""
    if not download:
        mend = f"Fetch it beforehand: {command}. Or set nlu.encoder.download: true, and the next start does"
        return f"{name} is not on this machine, and nothing is downloaded unasked", mend
    first_line = str(error).strip().partition("\n")[0]
    mend = f"Check its name and the network, or fetch it on another machine ({command}) and name the folder"
    return f"{name} could not be fetched ({first_line})", mend


def key_of(package: str, files: Iterable[Path], *settings: object) -> str:
    """A key that changes with the files' contents, the settings, and the package that reads them.

    Files are told apart by their contents: where they are, a machine decides.
    """
    digest = hashlib.sha256(repr((version(package), *settings)).encode())
    for path in sorted(files):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{package}-{digest.hexdigest()[:16]}"


def check_dimensions(wanted: int | None, has: int) -> int:
    """How many dimensions to keep. Raises `ConfigError` when the model has fewer."""
    if wanted is not None and wanted > has:
        raise ConfigError(DIMENSIONS, f"the model has {has}, not {wanted}", f"Set at most {has}")
    return wanted or has

"""What only an extra installs is imported where it is configured; without the extra, it is said how to install it."""

import contextlib
from collections.abc import Iterator

from core.errors import ConfigError


@contextlib.contextmanager
def extra(name: str, variable: str) -> Iterator[None]:
    """Import what only this extra installs. Raises `ConfigError` when the extra is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        problem, mend = f"is set, but {error.name} is not installed", f"Run: pip install 'shouwen[{name}]'"
        raise ConfigError(variable, problem, mend) from error

"""Waiting for what happens beside a test: as long as it takes."""

import time
from collections.abc import Callable

PATIENCE = 240.0  # seconds; far more than anything takes


def until(happens: Callable[[], object]) -> None:
    """Look again and again."""
    ends = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < ends, "it has not happened"
        time.sleep(0.01)

"""The machine that figures are measured on."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def machine() -> str:
    """What it was measured on."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.processor(),
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({model}), Python {platform.python_version()}"
    )

"""Structured logs: one event a line, with stable names; customer text never above debug level.

What identifies a person is masked all the same: a vendor's error may quote it.
"""

import logging
import sys
from typing import Any

import structlog

from core.masking import HOME_REGION, mask

_OURS = ("timestamp", "level")


def set_up_logs(*, level: str = "info", as_json: bool | None = None, region: str = HOME_REGION) -> None:
    """Send our logs and the libraries' through structlog to stderr.

    `as_json` None means: JSON unless a person watches the terminal. Telephone numbers without a country's code are
    read as `region`'s.
    """
    if as_json is None:
        as_json = not sys.stderr.isatty()
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    final: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,  # before masking: what is raised may quote anything
        _masking(region),
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*final, renderer])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiosqlite", "asyncio", "httpx", "uvicorn", "uvicorn.error", "aiogram", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _masking(region: str) -> structlog.typing.Processor:
    """Masks every text of an event, those within lists and mappings too."""

    def masked(value: Any) -> Any:
        match value:
            case str():
                return mask(value, region=region)
            case dict():
                return {key: masked(each) for key, each in value.items()}
            case list() | tuple() | set() | frozenset():
                return [masked(each) for each in value]
            case None | bool() | int() | float():
                return value
            case _:  # is written as its text anyway
                return mask(str(value), region=region)

    def process(
        _logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        return {key: value if key in _OURS else masked(value) for key, value in event.items()}

    return process

"""A form that was sent off, and who carries it out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from handoff.agents import Agent
from handoff.desk.fields import Next
from handoff.desk.floor import Spot
from handoff.wording.reader import Reader

Mended = Mapping[str, str]  # what is to be mended, by field; nothing when all is done


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A form as Slack tells of it, and who has filled it in. `reader` is in their language."""

    view: Mapping[str, Any]
    agent: Agent
    spot: Spot
    reader: Reader


Handler = Callable[[Sent], Awaitable[Mended | Next]]  # raises `NotAllowed`, `BadInput`, `NotFound`

"""config.yml's desk as the layer under what is changed in the console; both are read by the same models."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config import Config, Environment
from bot.desk_config import DeskSection, spell_term
from bot.sections import Mistake
from core.database import Database
from core.yaml_files import explain, spell
from handoff.adjusting.layers import Changes, Laid, Misfit, lay_data, split_place
from handoff.adjusting.live import LiveSettings
from handoff.settings import DeskSettings
from handoff.standards import BASIC, EMERGENCY, Terms

# Pydantic's kinds of mistakes, as a few kinds for which pages have words; `ctx` holds what is named in them.
_CODES = {
    "missing": "missing",
    "string_too_short": "missing",
    "too_short": "none_chosen",
    "string_too_long": "too_long",
    "less_than_equal": "too_much",
    "greater_than_equal": "too_little",
    "int_parsing": "no_number",
    "int_type": "no_number",
    "int_from_float": "no_number",
    "int_parsing_size": "no_number",
    "float_parsing": "no_number",
    "float_type": "no_number",
    "finite_number": "no_number",
    "string_pattern_mismatch": "no_id",
    "date_from_datetime_parsing": "no_day",
    "date_parsing": "no_day",
    "enum": "not_known",
    "literal_error": "not_known",
}


class DeskBase:
    """See `handoff.adjusting.layers.Base`."""

    def __init__(self, config: Config, environment: Environment | None = None) -> None:
        self._config = config
        self._environment = environment
        self.said: Mapping[str, Any] = config.desk.model_dump(mode="json", exclude_unset=True)
        bare = DeskSection(hours={}, queues=config.desk.queues, default_queue=config.desk.default_queue)
        self.shipped: Mapping[str, Any] = _whole(bare) | {"queues": {}, "default_queue": None}

    def lay(self, changes: Changes) -> Laid:
        """Lay changes over what config.yml says. Raises `Misfit` for the first thing that is wrong."""
        for place in changes:
            if not _is_place(place):
                raise Misfit(place, "this cannot be changed in the console", code="place", values={})
        desk = self._read(changes) if changes else self._config.desk
        settings = self._config.desk_settings(self._environment, desk=desk)
        return Laid(settings=settings, data=_whole(desk))

    def _read(self, changes: Changes) -> DeskSection:
        data = lay_data(self.said, changes)
        if "slack" in data and "channels" in data["slack"]:  # that of a queue which was removed is not used
            gone = self.said["queues"].keys() - data["queues"].keys()
            named = data["slack"]["channels"].items()
            data["slack"] = data["slack"] | {"channels": {name: at for name, at in named if name not in gone}}
        try:
            desk = DeskSection.model_validate(data)
        except ValidationError as error:
            details = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
            raise _misfit(details[0]) from error
        for place, queue in desk.unknown_queues():
            told = f"the queue {queue!r} is not among desk.queues. Use one of: {', '.join(desk.queues)}"
            values = {"queue": queue, "queues": ", ".join(desk.queues)}
            raise Misfit(".".join(place), told, code="no_queue", values=values)
        return desk


def _is_place(place: str) -> bool:
    """Whether it is one, by the only name that it has."""
    match split_place(place):
        case None:
            return False
        case ["exceptions", day]:
            return re.fullmatch(r"\d{4}-\d\d-\d\d", day) is not None
        case ["agents", username]:
            return username == username.strip().lower()
        case _:
            return True


def _misfit(details: ErrorDetails) -> Misfit:
    problem, mend = explain(details, DeskSection)
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, Mistake):
        code, values = cause.code, dict(cause.values)
    else:
        code = _CODES.get(details["type"], "other")
        limits = details.get("ctx", {})
        most = limits.get("le", limits.get("ge", limits.get("max_length", "")))
        values = {"given": str(details["input"]), "limit": str(most)}
    values |= {"problem": problem}
    told = problem if mend == "Correct it" else f"{problem}. {mend}"
    return Misfit(spell(details["loc"]), told, code=code, values=values)


def _whole(desk: DeskSection) -> dict[str, Any]:
    """With every default, those of the standards too."""
    data = desk.model_dump(mode="json")
    standards = data["standards"]
    for name, shipped in (("basic", BASIC), ("emergency", EMERGENCY)):
        standards[name] = _spell_terms(shipped) | standards[name]
    return data


def _spell_terms(terms: Terms) -> dict[str, str]:
    return {promise.value: spell_term(term.duration, term.basis) for promise, term in terms.items()}


async def read_in_force(
    config: Config, database: Database, environment: Environment | None = None
) -> DeskSettings:
    """What is in force now, for who does one thing and ends."""
    live = LiveSettings(database, DeskBase(config, environment))
    await live.load()
    return live.now

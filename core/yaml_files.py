"""Our YAML files: read strictly, checked by pydantic, and every error names the file, the line and the mend.

Words such as yes, no and on stay words, and 18:00 stays a time of day: how YAML 1.1 reads them surprises
people.
"""

import difflib
import re
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from core.errors import ConfigError

Location = Sequence[int | str]
M = TypeVar("M", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """Safe, and with the scalars of YAML 1.2."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, TypeError, AttributeError) as error:  # e.g. `!!int abc`
            problem = f"this value cannot be read ({error})"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from error


_Loader.yaml_implicit_resolvers = {}


for _tag, _pattern, _starts in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_starts))


def _construct_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))  # 010 is ten, not eight


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)


@dataclass(frozen=True)
class YamlFile:
    """A file's data, and where each part of it stands."""

    path: Path
    data: Any
    root: yaml.Node | None

    def where(self, location: Location) -> str:
        """config.yml:12 (handoff.hours)"""
        place = spell(location)
        return f"{self.path}:{self._line(location)}" + (f" ({place})" if place else "")

    def error(self, location: Location, problem: str, mend: str) -> ConfigError:
        """A `ConfigError` that points at the part of the file with this location."""
        return ConfigError(self.where(location), problem, mend)

    def parse(self, model: type[M]) -> M:
        """The data as `model`. Raises `ConfigError` for the first thing that is wrong with it."""
        data = {} if self.data is None else self.data
        try:
            return model.model_validate(data)
        except ValidationError as error:
            # A misspelt key is the cause of a missing one: it is named first.
            details = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
            problem, mend = explain(details[0], model)
            if len(details) > 1:
                mend += f" ({len(details) - 1} more to mend after this)"
            raise self.error(details[0]["loc"], problem, mend) from error

    def _line(self, location: Location) -> int:
        """The line of the deepest part of `location` that exists; of its key, where it has one."""
        if self.root is None:
            return 1
        node, line = self.root, self.root.start_mark.line + 1
        for step in location:
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
                if found is None:
                    break
                line, node = found[0].start_mark.line + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
        return line


def load_yaml(path: Path, model: type[M]) -> M:
    """A YAML file as `model`. Raises `ConfigError` that names the file, the line and the mend."""
    return read_yaml(path).parse(model)


def read_yaml(path: Path) -> YamlFile:
    """A YAML file's data with its lines. Raises `ConfigError` when it cannot be read as YAML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise ConfigError(str(path), "there is no such file", "Create it, or correct the path") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}:{line}", "the file is not UTF-8", "Save it again as UTF-8") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            str(path), f"the file cannot be read ({reason})", "Check its permissions"
        ) from error
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            if root is not None:
                _check_unique_keys(path, root, set())
            data = None if root is None else loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = f"this is not valid YAML: {error.problem or error.context}"
        raise ConfigError(
            where, problem, "Check indentation, colons and quotes on and above this line"
        ) from error
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise ConfigError(f"{path}:{line}", "a control character stands here", "Delete it") from error
    except RecursionError as error:
        raise ConfigError(str(path), "the file is nested too deeply", "Make it flatter") from error
    return YamlFile(path, data, root)


def _check_unique_keys(path: Path, node: yaml.Node, seen: set[int]) -> None:
    if id(node) in seen:  # an alias
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_unique_keys(path, item, seen)
    elif isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode):
                if key.value in lines:
                    problem = f"the key {key.value!r} is already on line {lines[key.value]}"
                    raise ConfigError(f"{path}:{line}", problem, "Keep one of the two")
                lines[key.value] = line
            _check_unique_keys(path, value, seen)


def spell(location: Location) -> str:
    """handoff.hours, entries[3].title: as people write a place in a document."""
    spelled = ""
    for step in location:
        if step == "[key]":  # pydantic's mark for "the key itself is wrong"
            continue
        spelled += f"[{step}]" if isinstance(step, int) else f".{step}" if spelled else step
    return spelled


def explain(details: ErrorDetails, model: type[BaseModel]) -> tuple[str, str]:
    """What is wrong and how to mend it, for a person who has never heard of pydantic."""
    location = details["loc"]
    key = str(location[-1]) if location else "the file"
    given = details["input"]
    match details["type"]:
        case "extra_forbidden":
            known = sorted(_known_keys(model, location[:-1]))
            near = difflib.get_close_matches(key, known, n=1)
            mend = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(known)}"
            return f"the key {key!r} is unknown", mend
        case "missing":
            return f"{key!r} is missing", "Add it"
        case "model_type" | "dict_type" | "model_attributes_type":
            return f"this must be a block of keys and values, not {_brief(given)}", "Correct it"
        case "list_type" | "tuple_type":
            return f"this must be a list, not {_brief(given)}", "Begin each item with '- '"
        case "string_type" if isinstance(given, bool | int | float):
            return f"this must be text, not {given!r}", f'Put it in quotes: "{given}"'
        case "value_error" if "ctx" in details and "error" in details["ctx"]:
            return str(details["ctx"]["error"]), "Correct it"
        case _:
            message = details["msg"]
            return f"{message[:1].lower()}{message[1:]}, not {_brief(given)}", "Correct it"


def _brief(given: object) -> str:
    match given:
        case dict():
            return "keys and values"
        case list():
            return "a list"
        case None:
            return "nothing"
        case _:
            return repr(given)


def _known_keys(annotation: Any, location: Location) -> set[str]:
    """The keys of the models that may stand at `location` below `annotation`."""
    annotations = [annotation]
    for step in location:
        annotations = [inner for outer in annotations for inner in _below(outer, step)]
    return {
        field.alias or name
        for inner in annotations
        for model in _alternatives(inner)
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
    }


def _alternatives(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for part in get_args(annotation):
            yield from _alternatives(part)
    else:
        yield annotation


def _below(annotation: Any, step: int | str) -> Iterator[Any]:
    for part in _alternatives(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            for name, field in part.model_fields.items():
                if step in (name, field.alias):
                    yield field.annotation
        elif arguments := [argument for argument in get_args(part) if argument is not Ellipsis]:
            yield arguments[-1]

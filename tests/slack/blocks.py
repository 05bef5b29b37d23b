"""What Slack takes: the documented rules of Block Kit, as far as our desk uses it. An offence is named with its place.

https://docs.slack.dev/reference/block-kit/ and https://docs.slack.dev/reference/views/; slack_sdk, whose own checks are
fewer, has the second word.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
# Of all blocks of a message together; not documented, but enforced: https://github.com/slackapi/bolt-js/issues/2509
MESSAGE_TEXT = 12_000
NOTIFICATION = 4_000  # https://docs.slack.dev/reference/methods/chat.postMessage: longer ones are cut

Part = Mapping[str, Any]


def check_message(text: str, blocks: Sequence[Part]) -> None:
    """A message with its notification. Raises `AssertionError`."""
    assert text.strip(), "a notification without words"
    assert len(text) <= NOTIFICATION, f"a notification of {len(text)} characters"
    assert 0 < len(blocks) <= MESSAGE_BLOCKS, f"{len(blocks)} blocks"
    _check_blocks(blocks, {"section", "header", "context", "actions", "divider"})
    counted = sum(len(escaped(said)) for said in strings(blocks))
    assert counted <= MESSAGE_TEXT, f"{counted} characters in all"


def check_modal(view: Part) -> None:
    """A form. Raises `AssertionError`."""
    _keys(view, "modal", {"type", "title", "blocks"}, _VIEW | {"title", "submit", "close"})
    assert view["type"] == "modal"
    for key in ("title", "submit", "close"):
        if key in view:
            _plain(view[key], f"modal.{key}", 24)
    _view(view)
    asks = any(block["type"] == "input" for block in view["blocks"])
    assert not asks or "submit" in view, "a form that asks, and cannot be sent"


def check_home(view: Part) -> None:
    """A home tab. Raises `AssertionError`."""
    _keys(view, "home", {"type", "blocks"}, _VIEW)
    assert view["type"] == "home"
    _view(view)


def escaped(text: str) -> str:
    """As Slack keeps it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def strings(part: object) -> Iterator[str]:
    """Every text in it, wherever."""
    for found in _texts(part):
        yield found["text"]


def marked(part: object) -> Iterator[str]:
    """Every text in which markup counts."""
    for found in _texts(part):
        if found["type"] == "mrkdwn":
            yield found["text"]


def buttons(part: object) -> dict[str, Part]:
    """All buttons by their action ids."""
    return {found["action_id"]: found for found in _dicts(part) if found.get("type") == "button"}


def entries(part: object) -> dict[str, str]:
    """What menus offer: what is said of each, by what comes back when it is chosen."""
    menus = [found for found in _dicts(part) if found.get("type") == "overflow"]
    return {each["value"]: each["text"]["text"] for menu in menus for each in menu["options"]}


def fields(view: Part) -> dict[str, Part]:
    """What a form asks for, by the blocks' ids."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


_VIEW = frozenset({"type", "blocks", "private_metadata", "callback_id", "external_id"})


def _view(view: Part) -> None:
    assert 0 < len(view["blocks"]) <= VIEW_BLOCKS, f"{len(view['blocks'])} blocks"
    _length(view.get("private_metadata", "{}"), "private_metadata", 3000)
    _length(view.get("callback_id", "-"), "callback_id", 255)
    _check_blocks(view["blocks"], {"section", "header", "context", "actions", "divider", "input"})
    View(**view).validate_json()


def _check_blocks(blocks: Sequence[Part], allowed: set[str]) -> None:
    for number, block in enumerate(blocks):
        kind = block.get("type")
        at = f"{number} ({kind})"
        assert kind in allowed, f"{at}: cannot stand here"
        assert kind in _BLOCKS, f"{at}: not known to us"
        rules = _BLOCKS[kind]
        _keys(block, at, {"type", *rules.required}, {"type", "block_id", *rules.optional})
        if "block_id" in block:
            _length(block["block_id"], f"{at}.block_id", 255)
        rules.check(block, at)
        parsed = Block.parse(dict(block))
        assert parsed is not None, f"{at}: slack_sdk does not know it"
        parsed.to_dict()  # which looks at everything in it
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids)), f"block ids repeat: {ids}"


def _section(block: Part, at: str) -> None:
    assert "text" in block or block.get("fields"), f"{at}: says nothing"
    if "text" in block:
        _text(block["text"], f"{at}.text", 3000)
    assert len(block.get("fields", ())) <= 10, f"{at}: {len(block['fields'])} fields"
    for field in block.get("fields", ()):
        _text(field, f"{at}.fields", 2000)
    if "accessory" in block:
        _element(block["accessory"], f"{at}.accessory", {"button", "static_select", "overflow"})


def _header(block: Part, at: str) -> None:
    _plain(block["text"], f"{at}.text", 150)


def _context(block: Part, at: str) -> None:
    assert 0 < len(block["elements"]) <= 10, f"{at}: {len(block['elements'])} elements"
    for each in block["elements"]:
        _text(each, f"{at}.elements", 3000)


def _actions(block: Part, at: str) -> None:
    assert 0 < len(block["elements"]) <= 25, f"{at}: {len(block['elements'])} elements"
    for each in block["elements"]:
        _element(each, f"{at}.elements", {"button", "static_select", "overflow"})
    ids = [each["action_id"] for each in block["elements"] if "action_id" in each]
    assert len(ids) == len(set(ids)), f"{at}: action ids repeat: {ids}"


def _divider(block: Part, at: str) -> None:
    """A line has no rules."""


def _input(block: Part, at: str) -> None:
    _plain(block["label"], f"{at}.label", 2000)
    if "hint" in block:
        _plain(block["hint"], f"{at}.hint", 2000)
    assert isinstance(block.get("optional", False), bool), f"{at}.optional"
    _element(
        block["element"],
        f"{at}.element",
        {"static_select", "plain_text_input", "datepicker", "datetimepicker"},
    )


def _element(element: Part, at: str, allowed: set[str]) -> None:
    kind = element.get("type")
    assert kind in allowed, f"{at}: {kind} cannot stand here"
    rules = _ELEMENTS[kind]
    _keys(element, at, {"type", *rules.required}, {"type", "action_id", *rules.optional})
    if "action_id" in element:
        _length(element["action_id"], f"{at}.action_id", 255)
    rules.check(element, at)


def _button(button: Part, at: str) -> None:
    _plain(button["text"], f"{at}.text", 75)
    assert button.get("style", "primary") in ("primary", "danger"), f"{at}.style"
    if "value" in button:
        _length(button["value"], f"{at}.value", 2000)
    if "url" in button:
        _length(button["url"], f"{at}.url", 3000)


def _select(select: Part, at: str) -> None:
    assert ("options" in select) != ("option_groups" in select), f"{at}: options or groups of them"
    if "placeholder" in select:
        _plain(select["placeholder"], f"{at}.placeholder", 150)
    groups = select.get("option_groups", ())
    assert len(groups) <= 100, f"{at}: {len(groups)} groups"
    for group in groups:
        _keys(group, at, {"label", "options"}, set())
        _plain(group["label"], f"{at}.label", 75)
    chosen: list[str] = []
    for options in [group["options"] for group in groups] or [select["options"]]:
        assert 0 < len(options) <= 100, f"{at}: {len(options)} options"
        for option in options:
            _keys(option, at, {"text", "value"}, {"description"})
            _plain(option["text"], f"{at}.option", 75)
            _length(option["value"], f"{at}.value", 150)  # 75 before 2024
            chosen.append(option["value"])
    assert len(chosen) == len(set(chosen)), f"{at}: values repeat"
    initial = select.get("initial_option")
    offered = select.get("options", [each for group in groups for each in group["options"]])
    assert initial is None or initial in offered, f"{at}: what is chosen at first is no option"


def _overflow(menu: Part, at: str) -> None:
    assert 1 <= len(menu["options"]) <= 5, f"{at}: {len(menu['options'])} entries"
    for option in menu["options"]:
        _keys(option, at, {"text", "value"}, {"description", "url"})
        _plain(option["text"], f"{at}.option", 75)
        _length(option["value"], f"{at}.value", 150)


def _datepicker(element: Part, at: str) -> None:
    if "placeholder" in element:
        _plain(element["placeholder"], f"{at}.placeholder", 150)
    if "initial_date" in element:
        date.fromisoformat(element["initial_date"])


def _datetimepicker(element: Part, at: str) -> None:
    if "initial_date_time" in element:
        assert len(str(int(element["initial_date_time"]))) == 10, f"{at}: seconds, in ten digits"


def _text_input(element: Part, at: str) -> None:
    if "placeholder" in element:
        _plain(element["placeholder"], f"{at}.placeholder", 150)
    assert 1 <= element.get("max_length", 3000) <= 3000, f"{at}.max_length"
    assert 0 <= element.get("min_length", 0) <= 3000, f"{at}.min_length"
    assert len(element.get("initial_value", "")) <= element.get("max_length", 3000), f"{at}.initial_value"


@dataclass(frozen=True, kw_only=True)
class _Rules:
    """The keys of a part, and how what stands in them is looked at."""

    required: frozenset[str]
    optional: frozenset[str]
    check: Callable[[Part, str], None]


def _rules(required: str, optional: str, check: Callable[[Part, str], None]) -> _Rules:
    return _Rules(required=frozenset(required.split()), optional=frozenset(optional.split()), check=check)


_BLOCKS = {
    "section": _rules("", "text fields accessory expand", _section),
    "header": _rules("text", "", _header),
    "context": _rules("elements", "", _context),
    "actions": _rules("elements", "", _actions),
    "divider": _rules("", "", _divider),
    "input": _rules("label element", "hint optional dispatch_action", _input),
}
_ELEMENTS = {
    "button": _rules("text", "value url style confirm accessibility_label", _button),
    "static_select": _rules(
        "", "options option_groups placeholder initial_option confirm focus_on_load", _select
    ),
    "overflow": _rules("options", "confirm", _overflow),
    "datepicker": _rules("", "placeholder initial_date confirm focus_on_load", _datepicker),
    "datetimepicker": _rules("", "initial_date_time confirm focus_on_load", _datetimepicker),
    "plain_text_input": _rules(
        "", "placeholder multiline min_length max_length initial_value focus_on_load", _text_input
    ),
}


def _text(text: Part, at: str, most: int) -> None:
    kind = text.get("type")
    assert kind in ("plain_text", "mrkdwn"), f"{at}: {kind} is no text"
    _keys(text, at, {"type", "text"}, {"emoji"} if kind == "plain_text" else {"verbatim"})
    assert isinstance(text.get("emoji", False), bool), f"{at}.emoji"
    assert isinstance(text.get("verbatim", False), bool), f"{at}.verbatim"
    _length(text["text"], at, most)
    assert text["text"].strip(), f"{at}: nothing but space"


def _plain(text: Part, at: str, most: int) -> None:
    assert text.get("type") == "plain_text", f"{at}: has to be plain text"
    _text(text, at, most)


def _length(text: object, at: str, most: int) -> None:
    assert isinstance(text, str), f"{at}: {text!r} is no text"
    assert 0 < len(text) <= most, f"{at}: {len(text)} characters, {most} at most"


def _keys(part: Part, at: str, required: set[str], optional: set[str] | frozenset[str]) -> None:
    assert required <= part.keys(), f"{at}: lacks {required - part.keys()}"
    assert part.keys() <= required | optional, f"{at}: has {part.keys() - required - optional}"


def _dicts(part: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, Mapping):
        yield part
        for value in part.values():
            yield from _dicts(value)
    elif isinstance(part, list | tuple):
        for value in part:
            yield from _dicts(value)


def _texts(part: object) -> Iterator[Mapping[str, Any]]:
    return (found for found in _dicts(part) if found.get("type") in ("plain_text", "mrkdwn"))

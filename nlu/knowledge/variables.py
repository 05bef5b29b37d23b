"""Variables of canned replies: what stands in braces is filled in for the customer. Pure.

What stands in square brackets together with a variable is left out where the variable is not known: of "您好[，{customer}]！"
a customer without a name gets "您好！". Square brackets without a variable are only brackets.
"""

import re
from collections.abc import Iterator, Mapping

# In the order in which they are told: the customer's name, the agent's, the ticket's number, the queue's title, the shop's name.
VARIABLES = ("customer", "agent", "number", "queue", "shop")
NOT_ALWAYS_KNOWN = frozenset({"customer"})

# Input methods for Chinese type the wide ones.
_VARIABLE = re.compile(r"[{｛]\s*(?P<name>\w+)\s*[}｝]")
_PART = re.compile(rf"[\[［](?P<optional>[^\[\]［］]*{_VARIABLE.pattern}[^\[\]［］]*)[\]］]")
_EITHER = re.compile(rf"{_PART.pattern.replace('(?P<name>', '(?:')}|{_VARIABLE.pattern}")


def find_problems(text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with the variables of a text, and how to mend it."""
    known = ", ".join(f"{{{name}}}" for name in VARIABLES)
    for variable in find_unknown(text):
        yield f"the variable {variable} is unknown", f"There are: {known}"
    for variable, name in find_bare(text):
        problem = f"{variable} is not known of every customer"
        mend = f"Put it in square brackets with what goes with it, such as [, {{{name}}}]: without it they are left out"
        yield problem, mend


def find_unknown(text: str) -> Iterator[str]:
    """Variables that there are not, as they stand in the text."""
    for found in _VARIABLE.finditer(text):
        if found["name"] not in VARIABLES:
            yield found[0]


def find_bare(text: str) -> Iterator[tuple[str, str]]:
    """Variables outside of square brackets that may have no value: as they stand in the text, and their names."""
    for found in _VARIABLE.finditer(_PART.sub("", text)):
        if found["name"] in NOT_ALWAYS_KNOWN:
            yield found[0], found["name"]


def fill(text: str, values: Mapping[str, str | None]) -> str:
    """The text with its variables filled in; what was filled in is not looked at again."""

    def fill_part(found: re.Match[str]) -> str:
        if found["optional"] is None:
            return values.get(found["name"]) or ""
        names = [each["name"] for each in _VARIABLE.finditer(found["optional"])]
        if not all(values.get(name) for name in names):
            return ""
        return _VARIABLE.sub(lambda each: values[each["name"]] or "", found["optional"])

    return _EITHER.sub(fill_part, text).strip()

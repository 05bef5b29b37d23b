"""How like two texts are, by the pairs of characters that they have in common; cheap, and for any language. Pure."""

import math
from collections import Counter
from collections.abc import Mapping

from nlu.normalise import bare, normalise

LONGEST = 2_000  # characters of a text that are looked at

Profile = Mapping[str, int]


def profile(text: str) -> Profile:
    """What of a text is compared."""
    plain = bare(normalise(text[:LONGEST]))
    if len(plain) < 2:
        return Counter(plain)
    return Counter(plain[place : place + 2] for place in range(len(plain) - 1))


def likeness(one: Profile, other: Profile) -> float:
    """From 0, nothing in common, to 1: the cosine."""
    shared = sum(count * other[pair] for pair, count in one.items() if pair in other)
    lengths = math.sqrt(sum(count**2 for count in one.values()) * sum(count**2 for count in other.values()))
    return shared / lengths if lengths else 0.0

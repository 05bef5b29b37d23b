"""Ids for new entries, made of their titles: readable in figures and files, and of letters that any system takes."""

import importlib
import os
import re
from collections.abc import Collection

LONGEST = 40  # characters; there is room for a number behind
NAMELESS = "faq"  # of a title without a letter


def name_entry(title: str, taken: Collection[str]) -> str:
    """An id that is not taken: 怎么开发票 becomes zen_me_kai_fa_piao, "Where's my order?" where_s_my_order."""
    words = re.findall(r"[a-z0-9]+", _in_latin(title).lower())
    name = ""
    for word in words:
        longer = f"{name}_{word}" if name else word[:LONGEST]
        if len(longer) > LONGEST:
            break
        name = longer
    name = name or NAMELESS
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _in_latin(title: str) -> str:
    if title.isascii():
        return title
    # Its dictionary of phrases takes 45 MB, and an id does well without.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    pypinyin = importlib.import_module("pypinyin")
    return " ".join(pypinyin.lazy_pinyin(title))

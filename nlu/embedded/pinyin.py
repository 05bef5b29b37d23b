"""How Chinese characters sound: written once into the cache, since the dictionary it is from takes 60 MB to load."""

import importlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import orjson

_FILE = "pinyin-1.json"  # raise the number when its contents change


def load_syllables(cache: Path) -> Mapping[str, str]:
    """The pinyin, without tones, of the characters of GB 2312, which nearly all of Simplified Chinese is made of."""
    path = cache / _FILE
    if not path.exists():
        pypinyin = importlib.import_module("pypinyin")
        common = [character for character in map(chr, range(0x4E00, 0x9FA6)) if _is_common(character)]
        table = {character: pypinyin.lazy_pinyin(character)[0] for character in common}
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as file:
            file.write(orjson.dumps(table))
        os.replace(file.name, path)
    syllables: dict[str, str] = orjson.loads(path.read_bytes())
    return syllables


def _is_common(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True

"""The knowledge base in whichever form a path says: .yml (or a folder of them), .csv or .xlsx."""

import os
import tempfile
from pathlib import Path

from core.errors import BadInput
from nlu.knowledge.documents import load_knowledge, write_yaml
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.tables import read_table, to_csv, to_xlsx


def read_knowledge(path: Path) -> KnowledgeBase:
    """The knowledge base at a path.

    Raises `ConfigError` for a YAML file, `BadRows` for a table, `BadInput` for what is neither.
    """
    if path.is_dir():
        return load_knowledge(path)
    match path.suffix.lower():
        case ".yml" | ".yaml":
            return load_knowledge(path)
        case ".csv" | ".xlsx":
            return read_table(path)
    raise _unknown(path)


def write_knowledge(knowledge: KnowledgeBase, path: Path) -> None:
    """Write one file, in place of one that is there. Raises `BadInput` for a path of no known form."""
    data = to_bytes(knowledge, path)
    if not path.parent.is_dir():
        raise BadInput(str(path), "its folder does not exist. Create it first")
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)  # never half a file, also when the disk is full
    except BaseException:
        os.unlink(temporary)
        raise


def to_bytes(knowledge: KnowledgeBase, path: Path) -> bytes:
    """What `write_knowledge` writes to this path."""
    match path.suffix.lower():
        case ".yml" | ".yaml" if not path.is_dir():
            return write_yaml(knowledge).encode()
        case ".csv":
            return to_csv(knowledge)
        case ".xlsx":
            return to_xlsx(knowledge)
    raise _unknown(path)


def _unknown(path: Path) -> BadInput:
    if path.is_dir():
        return BadInput(str(path), "this is a folder. Name a file in it, such as knowledge.yml")
    if path.suffix.lower() == ".xls":
        return BadInput(str(path), "the old form of Excel is not read. Save it as .xlsx")
    return BadInput(str(path), "the form is unknown. Use a name that ends in .yml, .csv or .xlsx")

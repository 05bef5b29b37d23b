"""The knowledge base as YAML: what loads, and what is said about what does not."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from nlu.knowledge import load_knowledge
from tests.nlu.conftest import SAMPLE

ENTRY = """\
entries:
  - id: greeting
    title: {zh: 打招呼, en: Hello}
    phrasings:
      zh: [你好]
      en: [hello, no]
    answers:
      zh: 您好
      en: Hi there
"""


def write(folder: Path, text: str | bytes, name: str = "kb.yml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def error_of(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load_knowledge(path)
    return caught.value


def test_the_sample_loads() -> None:
    knowledge = load_knowledge(SAMPLE)
    assert len(knowledge.entries) == 48
    assert knowledge.entries["ticket_progress"].action == "progress"
    assert all(len(entry.phrasings["zh"]) >= 12 for entry in knowledge.entries.values())


def test_a_word_like_no_stays_a_word(tmp_path: Path) -> None:
    assert load_knowledge(write(tmp_path, ENTRY)).entries["greeting"].phrasings["en"] == ("hello", "no")


@pytest.mark.parametrize(
    ("text", "line", "problem", "mend"),
    [
        (ENTRY.replace("phrasings", "phrasing"), 4, "'phrasing' is unknown", "'phrasings'"),
        (ENTRY.replace("id: greeting", "id: say hello"), 2, "should match", ""),
        (ENTRY.replace("[你好]", "[]"), 5, "no phrasing in 'zh'", "at least one"),
        (ENTRY.replace("      en: Hi there\n", ""), 7, "answers of 'greeting' has no 'en'", "'en:'"),
        (ENTRY.replace("[你好]", "[88]"), 5, "must be text, not 88", '"88"'),
        (ENTRY.replace("en: Hi there", "fr: Salut"), 9, "'fr'", ""),
        (ENTRY + "    action: progres\n", 10, "'progress'", ""),
        (ENTRY + "    id: other\n", 10, "'id' is already on line 2", "Keep one"),
        (ENTRY + ENTRY.removeprefix("entries:\n"), 10, "'greeting' is already used", "Rename"),
        (ENTRY + "  oops: [\n", 10, "not valid YAML", "indentation"),
        ("entries: hello", 1, "must be a list", "- "),
        ("- a\n- b\n", 1, "a block of keys and values", ""),
        ("", 1, "'entries' is missing", "Add it"),
        (b"entries:\n  - id: \xff\n", 2, "not UTF-8", "UTF-8"),
        ("entries: !!python/object:os.system {}", 1, "not valid YAML", ""),
        ("entries:\n  - id: a\x07\n", 2, "control character", "Delete"),
    ],
)
def test_an_error_names_the_line_and_the_mend(
    tmp_path: Path, text: str | bytes, line: int, problem: str, mend: str
) -> None:
    path = write(tmp_path, text)
    error = error_of(path)
    assert error.where.split(" ")[0] == f"{path}:{line}"
    assert problem in error.problem
    assert mend in error.mend


def test_an_id_is_unique_over_all_files(tmp_path: Path) -> None:
    write(tmp_path, ENTRY, "a.yml")
    write(tmp_path, ENTRY, "b.yml")
    error = error_of(tmp_path)
    assert "b.yml:2" in error.where and "a.yml:2" in error.problem


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert "no such file" in error_of(tmp_path / "none.yml").problem
    assert "no .yml file" in error_of(tmp_path).problem
    assert "no entry" in error_of(write(tmp_path, "entries: []")).problem

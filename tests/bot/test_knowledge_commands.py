"""`shouwen kb`, run as people run it: real processes, real files, the real engine."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from nlu.knowledge.documents import from_data, load_knowledge, write_yaml
from nlu.knowledge.files import read_knowledge
from tests.e2e.home import TRAINING_SECONDS, Home, make_small_home
from tests.nlu.knowledge_bases import EVERYTHING, entry

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def home(tmp_path: Path, database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose kb.yml has two entries, with an empty database."""
    made = make_small_home(tmp_path, tmp_path_factory, DATABASE_URL=database_url)
    write(made, "kb.yml", shop())
    return made


def shop(*more: dict[str, Any], invoice: str = "Under my orders.") -> dict[str, Any]:
    """A knowledge base of a greeting and an invoice."""
    greeting = entry(
        "greeting",
        phrasings={"zh": ["你好", "您好呀"], "en": ["hello", "good morning"]},
        answers={"zh": "您好", "en": "Hi there"},
    )
    bill = entry(
        "invoice",
        phrasings={
            "zh": ["怎么开发票", "我要发票"],
            "en": ["how do I get an invoice", "send me the receipt"],
        },
        answers={"zh": invoice, "en": invoice},
    )
    return {"entries": [greeting, bill, *more]}


def write(home: Home, name: str, data: dict[str, Any]) -> None:
    (home.folder / name).write_text(write_yaml(from_data(data)), "utf-8")


def said(home: Home, text: str) -> str:
    """What the bot answers to it."""
    done = home.run("chat", stdin=text.encode() + b"\n")
    assert (done.status, done.err) == (0, "")
    return done.out.strip()


@on_sqlite
def test_an_answer_with_a_banned_phrase_is_not_published(home: Home) -> None:
    write(home, "kb.yml", shop(invoice="That is not my problem."))
    done = home.run("kb", "import", "kb.yml", "--publish")
    assert done.status == 1
    assert "invoice: its answer says “not my problem”" in done.err and "Better: " in done.err
    assert home.run("kb", "publish").status == 1


def test_from_a_file_to_a_version_and_back(home: Home) -> None:
    done = home.run("kb", "import", "kb.yml")
    assert (done.status, done.err) == (0, "")
    assert "2 entries, 8 phrasings" in done.out
    assert "added: greeting, invoice" in done.out
    assert "Next: shouwen kb check" in done.out

    done = home.run("kb", "publish", "--note", "the first")
    assert (done.status, done.err) == (0, "")
    assert "Version 1 is live" in done.out
    assert "same as version 1" in home.run("kb", "publish").out

    write(home, "kb.yml", shop(entry("hours"), invoice="By e-mail now."))
    done = home.run("kb", "import", "kb.yml", "--publish", "--note", "by e-mail")
    assert (done.status, done.err) == (0, "")
    assert "added: hours" in done.out
    assert "changed: invoice" in done.out
    assert "Version 2 is live" in done.out
    assert "By e-mail now." in said(home, "how do I get an invoice")

    done = home.run("kb", "rollback", "1", "--note", "too early")
    assert (done.status, done.err) == (0, "")
    assert "Version 1 is live again" in done.out
    assert "Under my orders." in said(home, "how do I get an invoice")
    home.run("kb", "rollback", "1").check_refused("version 1 is live already")
    home.run("kb", "rollback", "9").check_refused("no version has the id 9")

    done = home.run("kb", "versions")
    assert (done.status, done.err) == (0, "")
    versions, history, hint = done.out.split("\n\n")
    second, first = versions.splitlines()
    assert second.split()[0] == "2"
    assert second.endswith("by e-mail")
    assert first.split()[:2] == ["1", "live"]
    assert [line.split()[0] for line in history.splitlines()[1:]] == ["1", "2", "1"]
    assert "too early" in history
    assert "The draft is not what is live" in hint

    for version, answer in (("1", "Under my orders."), ("2", "By e-mail now.")):
        done = home.run("kb", "export", "out.yml", "--version", version)
        assert (done.status, done.err) == (0, "")
        assert load_knowledge(home.folder / "out.yml").entries["invoice"].answers["en"] == answer


def test_the_first_start_takes_the_configured_files_and_later_ones_tell_of_changes(home: Home) -> None:
    assert "Hi there" in said(home, "hello")
    assert "1  live" in home.run("kb", "versions").out
    write(home, "kb.yml", shop(invoice="By e-mail now."))
    parsed = home.run("parse", stdin=b"how do I get an invoice\n")
    assert json.loads(parsed.out)["intent"] == "invoice"
    assert "knowledge.files_changed" in parsed.err
    assert "kb import" in parsed.err
    with home.serving():
        assert "By e-mail now." in said(home, "how do I get an invoice")
    assert "2  live" in home.run("kb", "versions").out


@on_sqlite
@pytest.mark.parametrize("name", ["out.yml", "out.csv", "out.xlsx"])
def test_the_draft_survives_every_form(home: Home, name: str) -> None:
    write(home, "everything.yml", EVERYTHING)
    assert home.run("kb", "import", "everything.yml").status == 0
    done = home.run("kb", "export", name)
    assert (done.status, done.err) == (0, "")
    assert f"{name} has the draft: 5 entries" in done.out
    assert read_knowledge(home.folder / name) == from_data(EVERYTHING)
    done = home.run("kb", "import", name)
    assert (done.status, done.err) == (0, "")
    assert "nothing changed" in done.out


@on_sqlite
def test_of_a_file_with_bad_rows_every_one_is_told_and_nothing_is_taken(home: Home) -> None:
    assert home.run("kb", "import", "kb.yml").status == 0
    home.run("kb", "export", "out.csv")
    with (home.folder / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(csv.reader(file))
    rows[0][header.index("action")] = "progres"
    rows[1][header.index("valid_from")] = "soon"
    with (home.folder / "bad.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows, ["entry", "new"]])
    done = home.run("kb", "import", "bad.csv", "--publish")
    assert done.status == 1
    assert done.out == ""
    assert "3 rows need mending; nothing was taken" in done.err
    for row in ("row 2, action", "row 3, valid_from", "row 4"):
        assert row in done.err
    assert "nothing changed" in home.run("kb", "import", "kb.yml").out
    assert "no version yet" in home.run("kb", "versions").out


@on_sqlite
def test_mistakes_are_found_by_the_check_and_keep_a_draft_from_being_published(home: Home) -> None:
    done = home.run("kb", "check", "--quick")  # of the files, while there is no draft
    assert (done.status, done.err) == (0, "")
    assert "kb.yml: 2 entries, 8 phrasings" in done.out
    assert "Few phrasings (warning)" in done.out

    write(home, "bad.yml", shop(entry("care", action={"handoff": "nobody"})))
    done = home.run("kb", "check", "bad.yml", "--quick")
    assert (done.status, done.err) == (1, "")
    assert "there is no queue nobody" in done.out

    home.run("kb", "import", "bad.yml")
    done = home.run("kb", "check", "--quick")
    assert done.status == 1
    assert done.out.startswith("the draft: 3 entries")
    done = home.run("kb", "publish")
    assert (done.status, done.out) == (1, "")
    assert "not published" in done.err
    assert "there is no queue nobody" in done.err
    assert "no version yet" in home.run("kb", "versions").out


@on_sqlite
def test_the_check_asks_the_engine_how_it_takes_what_it_has_not_learned(home: Home) -> None:
    stray = entry("thanks", phrasings={"zh": ["谢谢", "麻烦开发票"], "en": ["thank you", "thanks a lot"]})
    write(home, "kb.yml", shop(stray))
    done = home.run("kb", "check", seconds=TRAINING_SECONDS)
    assert done.status == 0
    (told,) = done.err.splitlines()
    assert "a minute or two" in told
    assert "--quick" in told
    assert "kb.yml: 3 entries" in done.out
    assert "Phrasings nearer to another entry (warning)" in done.out
    assert "thanks, invoice: “麻烦开发票” is like" in done.out
    quick = home.run("kb", "check", "--quick")
    assert (quick.status, quick.err) == (0, "")
    assert "Phrasings nearer" not in quick.out

    # Knowledge bases of the smallest size, and what is wrong without an engine, are told too.
    write(home, "one.yml", {"entries": [entry("care", action={"handoff": "nobody"})]})
    done = home.run("kb", "check", "one.yml", seconds=TRAINING_SECONDS)
    assert done.status == 1
    assert "there is no queue nobody" in done.out


@on_sqlite
def test_the_check_takes_the_files_where_they_are_newer_than_the_draft(home: Home) -> None:
    home.run("kb", "import", "kb.yml")
    assert home.run("kb", "check", "--quick").out.startswith("the draft: 2 entries")
    write(home, "kb.yml", shop(entry("hours")))
    assert "kb.yml: 3 entries" in home.run("kb", "check", "--quick").out
    write(home, "other.yml", shop(entry("hours"), entry("shoes")))
    home.run("kb", "import", "other.yml")
    assert home.run("kb", "check", "--quick").out.startswith("the draft: 4 entries")


@on_sqlite
def test_with_nothing_there_the_next_step_is_told(home: Home) -> None:
    home.run("kb", "publish").check_refused("no knowledge base in the database", "shouwen kb import FILE")
    home.run("kb", "export", "out.yml").check_refused("no draft yet", "shouwen kb import FILE")
    home.run("kb", "export", "out.yml", "--version", "3").check_refused("no version has the id 3")
    home.run("kb", "rollback", "1").check_refused("no version has the id 1")
    home.run("kb", "import", "nowhere.yml").check_refused("nowhere.yml", "no such file")
    assert not (home.folder / "out.yml").exists()

"""The command line, run as people run it: real processes, real files, real exit codes."""

import json
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers import ROOT
from tests.conftest import POSTGRES, run_on_postgres
from tests.e2e.home import Home, make_home, train_models

FIELDS = [
    "text",
    "language",
    "intent",
    "confidence",
    "alternatives",
    "complaint",
    "wants_human",
    "urgency",
    "decision",
    "reason",
]
PASSWORD = b"correct horse battery\n"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_models(tmp_path_factory)


@pytest.fixture
def home(tmp_path: Path, models: Path) -> Home:
    """A home without a database yet."""
    return make_home(tmp_path, models=models)


@pytest.fixture
def empty_postgres() -> Iterator[str]:
    """The address of a PostgreSQL database with nothing in it."""
    if POSTGRES is None:
        pytest.skip("PostgreSQL is not installed here; `make test` starts it where it is")
    name = f"test_{uuid.uuid4().hex}"
    run_on_postgres(f'CREATE DATABASE "{name}"')
    yield f"{POSTGRES}/{name}"
    run_on_postgres(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_parse_writes_one_json_object_for_each_line_whatever_stands_in_it(home: Home) -> None:
    lines = [
        "我的订单到哪了".encode(),
        b"Where is my order?",
        "我要投诉，你们太差劲了".encode(),
        "转人工".encode(),
        b"",
        b"   ",
        b"\xff\xfe\x00 not \xc3\x28 UTF-8",
        b'"quotes" \\ <b>&amp;</b> \xe2\x80\xa8 \x1b[31m',
        b"two\rparts",
        b"9" * 5_000,
        "长".encode() * 100_000,
        b"the last line ends without a newline",
    ]
    done = home.run("parse", stdin=b"\n".join(lines), PYTHONIOENCODING="utf-8:strict")
    assert (done.status, done.err) == (0, "")
    parsed = [json.loads(line) for line in done.out.split("\n")[:-1]]
    assert [each["text"].encode() for each in parsed] == [
        line.decode("utf-8", "replace").encode() for line in lines
    ]
    for each in parsed:
        assert list(each) == FIELDS
        assert each["language"] in ("zh-Hans", "zh-Hant", "en", "other")
        assert 0 <= each["confidence"] <= 1
        assert each["urgency"] in ("emergency", "normal")
        assert each["decision"] in ("answer", "clarify", "handoff")
        assert isinstance(each["reason"], str)
        for guess in each["alternatives"]:
            assert list(guess) == ["intent", "probability"]
        for signal in (each["complaint"], each["wants_human"]):
            assert list(signal) == ["probability", "decision"]
            assert isinstance(signal["decision"], bool)
    chinese, english, complaint, person, nothing = parsed[:5]
    assert (chinese["language"], chinese["intent"], chinese["decision"]) == (
        "zh-Hans",
        "order_status",
        "answer",
    )
    assert (english["language"], english["intent"], english["decision"]) == ("en", "order_status", "answer")
    assert (complaint["decision"], complaint["complaint"]["decision"]) == ("handoff", True)
    assert (person["decision"], person["reason"]) == ("handoff", "wants_human")
    assert (nothing["intent"], nothing["decision"], nothing["reason"]) == ("", "clarify", "empty")


def test_a_chat_in_two_languages_that_ends_in_a_complaint(home: Home) -> None:
    said = "我的订单到哪了\nWhere is my order?\n\nYour service is terrible, I want to complain\nhello?\n"
    done = home.run("chat", stdin=said.encode())
    assert (done.status, done.err) == (0, "")
    chinese, english, handed_over, waiting = done.out.strip().splitlines()
    assert "订单" in chinese
    assert "order" in english.lower()
    number = re.search(r"SW-\d{4}-0001", handed_over)
    assert number is not None
    assert f"added to ticket {number[0]}" in waiting

    with sqlite3.connect(home.folder / "data" / "shouwen.db") as database:
        tickets = database.execute("SELECT number, state, queue, language FROM tickets").fetchall()
        record = database.execute("SELECT seq, author FROM messages ORDER BY seq").fetchall()
    database.close()
    assert tickets == [(number[0], "new", "care", "en")]
    assert record == [(seq, "customer" if seq % 2 else "bot") for seq in range(1, 9)]

    # The next one goes on with the same conversation, and tells nothing twice.
    done = home.run("chat", stdin=b"\xff\xfe\x00\n")
    assert (done.status, done.out, done.err) == (0, "", "")


def test_a_user_is_added_once(home: Home) -> None:
    done = home.run("user", "add", "Lin", "--name", "小林", stdin=PASSWORD)
    assert (done.status, done.err) == (0, "")
    assert "can sign in" in done.out
    home.run("user", "add", "lin", stdin=PASSWORD).check_refused("lin exists already", "choose another")
    assert home.run("user", "role", "lin", "admin").out == "lin is admin now.\n"
    home.run("user", "role", "wei", "admin").check_refused("wei")
    with sqlite3.connect(home.folder / "data" / "shouwen.db") as database:
        agents = database.execute("SELECT username, name, password_hash FROM agents").fetchall()
    database.close()
    ((username, name, password_hash),) = agents
    assert (username, name) == ("lin", "小林")
    assert password_hash.startswith("$argon2id$")


def test_a_user_is_invited_and_invited_again(home: Home) -> None:
    first = home.run(
        "user", "invite", "wei", "--name", "小魏", "--email", "wei@example.com", "--role", "admin"
    )
    again = home.run("user", "invite", "Wei", "--role", "supervisor")
    for done in (first, again):
        assert (done.status, done.err) == (0, "")
        assert re.fullmatch(r"http://localhost:\d+/console/invitation/[\w-]{43}\n", done.out)
    assert first.out != again.out
    with sqlite3.connect(home.folder / "data" / "shouwen.db") as database:
        agents = database.execute("SELECT username, name, email, role, password_hash FROM agents").fetchall()
        (links,) = database.execute("SELECT count(*) FROM invitations").fetchone()
    database.close()
    assert agents == [("wei", "小魏", "wei@example.com", "supervisor", None)]
    assert links == 1


def test_a_token_is_made_once_and_its_secret_is_not_kept(home: Home) -> None:
    done = home.run("token", "add", "web-shop")
    assert (done.status, done.err) == (0, "")
    secret = done.out.strip()
    assert secret.startswith("sw_")
    home.run("token", "add", "web-shop").check_refused("web-shop exists already", "choose another")
    listed = home.run("token", "list").out
    assert "web-shop" in listed and "last used never" in listed and secret not in listed
    assert "refused from now on" in home.run("token", "revoke", "web-shop").out
    assert home.run("token", "list").out == ""
    home.run("token", "revoke", "web-shop").check_refused("web-shop")
    stored = b"".join(path.read_bytes() for path in (home.folder / "data").glob("shouwen.db*"))
    assert b"web-shop" in stored
    assert secret.encode() not in stored


def test_the_knowledge_base_is_checked(home: Home) -> None:
    done = home.run("kb", "check", "--quick")
    assert (done.status, done.err) == (0, "")
    assert "48 entries" in done.out
    home.run("kb", "check", "nowhere.yml").check_refused("nowhere.yml", "no such file")


def test_what_only_training_needs_is_not_imported_by_servers_and_commands() -> None:
    code = "import sys, bot.cli; assert not {'scipy', 'httpx'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_customer_is_exported_and_erased(home: Home) -> None:
    home.run("chat", stdin="我叫王小明，我的订单到哪了\n".encode(), LOGNAME="wang")
    done = home.run("customer", "export", "terminal:wang", "--output", "wang.json", LOGNAME="boss")
    assert (done.status, done.err) == (0, "")
    document = json.loads((home.folder / "wang.json").read_text("utf-8"))
    assert document["messages"][0]["text"] == "我叫王小明，我的订单到哪了"
    assert document["identities"][0]["external_id"] == "wang"

    erase = ("customer", "erase", "terminal:wang")
    assert home.run(*erase, stdin=b"n\n").status == 1
    done = home.run(*erase, stdin=b"y\n", LOGNAME="boss")
    assert done.status == 0 and "erased: 2 messages in 1 conversations" in done.out
    home.run(*erase, "--yes").check_refused("no customer", "terminal:wang")
    home.run("customer", "export", document["customers"][0]["id"], "-o", "x").check_refused("no customer")
    with sqlite3.connect(home.folder / "data" / "shouwen.db") as database:
        acts = database.execute("SELECT who, what FROM audit_log WHERE what LIKE 'customer.%'").fetchall()
    assert acts == [("boss", "customer.export"), ("boss", "customer.erase")]
    done = home.run("customer", "retention")
    assert (done.status, done.err) == (0, "") and "Emptied: 0 messages" in done.out


@pytest.mark.postgres
def test_an_empty_postgresql_is_not_used_before_the_operator_says_so(home: Home, empty_postgres: str) -> None:
    for command in (["run"], ["token", "add", "web-shop"]):
        home.run(*command, DATABASE_URL=empty_postgres).check_refused(
            "the database is empty", "Run: shouwen db upgrade"
        )
    done = home.run("db", "upgrade", DATABASE_URL=empty_postgres)
    assert (done.status, done.err) == (0, "")
    assert "schema of this version" in done.out
    assert home.run("token", "add", "web-shop", DATABASE_URL=empty_postgres).status == 0


def test_a_database_from_the_future_is_refused(home: Home, sqlite_template: Path) -> None:
    shutil.copy(sqlite_template, home.folder / "data" / "shouwen.db")
    with sqlite3.connect(home.folder / "data" / "shouwen.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for command in (["run"], ["db", "upgrade"]):
        home.run(*command).check_refused("newer version", "9999", "restore a backup")


def test_a_port_in_use_is_named(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = home.run("run", "--port", str(port))
    done.check_refused("PORT", f"127.0.0.1:{port}", "in use", "--port")


def test_a_configuration_that_cannot_be_read_is_named(home: Home) -> None:
    (home.folder / "config.yml").write_bytes("shop:\n  name: {zh: 青禾}".encode("gbk"))
    home.run("run").check_refused("config.yml:2", "UTF-8")


def test_a_database_that_does_not_answer_is_told_without_its_password(home: Home) -> None:
    done = home.run("token", "add", "x", DATABASE_URL="postgresql://shouwen:geheim@127.0.0.1:1/shouwen")
    done.check_refused("DATABASE_URL")
    assert "geheim" not in done.err

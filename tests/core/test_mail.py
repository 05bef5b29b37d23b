"""E-mail by a real SMTP server: how it is encrypted, and what is told when it does not go."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigError
from core.mail import Mailer, MailFailed, check_sender, is_address, parse_smtp
from tests.mail_server import PASSWORD, USER, mail_server, self_signed

SIGNED_IN = f"{USER}:{quote(PASSWORD, safe='')}@"


def message(to: str = "boss@example.com") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Shouwen <desk@example.com>", to, "周报"
    made.set_content("您好")
    return made


def mailer(port: int, *, who: str = "", local: bool = True) -> Mailer:
    """For a server on this machine; or as if it were elsewhere."""
    server = parse_smtp(f"smtp://{who}127.0.0.1:{port}")
    return Mailer(replace(server, is_local=local), seconds=2)


async def test_on_this_machine_it_goes_without_encryption_too() -> None:
    async with mail_server() as mails:
        await mailer(mails.port).send(message())
    (got,) = mails.got
    assert got["Subject"] == "周报" and got.get_content().strip() == "您好"


async def test_it_signs_in_behind_tls_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = self_signed(tmp_path)
    async with mail_server(tls=tls, asks_password=True) as mails:
        with pytest.raises(MailFailed, match="certificate that we do not trust"):
            await mailer(mails.port, who=SIGNED_IN, local=False).send(message())
        assert mails.encrypted == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "mail.pem"))
        await mailer(mails.port, who=SIGNED_IN, local=False).send(message())
    assert mails.encrypted == [True] and len(mails.got) == 1


@pytest.mark.parametrize("who", ["", SIGNED_IN])
async def test_what_cannot_be_encrypted_stays_here(who: str) -> None:
    async with mail_server() as mails:
        with pytest.raises(MailFailed, match="STARTTLS"):
            await mailer(mails.port, who=who, local=False).send(message())
    assert (mails.got, mails.encrypted) == ([], [])


async def test_who_is_refused_is_told_what_to_correct(tmp_path: Path) -> None:
    async with mail_server(tls=self_signed(tmp_path), asks_password=True) as mails:
        with pytest.raises(MailFailed, match=r"user or the password \(535 .*SMTP_URL") as caught:
            await mailer(mails.port, who=f"{USER}:wrong@").examine()
        assert "wrong" not in str(caught.value)
        mails.refused = {"nobody@example.com"}
        with pytest.raises(MailFailed, match=r"nobody@example\.com: 550 5\.1\.1"):
            await mailer(mails.port, who=SIGNED_IN).send(message("nobody@example.com"))
        mails.is_busy = True
        with pytest.raises(MailFailed, match="451"):
            await mailer(mails.port, who=SIGNED_IN).send(message())


async def test_a_server_without_passwords_is_told_of() -> None:
    async with mail_server() as mails:
        with pytest.raises(MailFailed, match="AUTH"):
            await mailer(mails.port, who=SIGNED_IN).send(message())


@contextlib.asynccontextmanager
async def silent() -> AsyncIterator[int]:
    """Takes connections, and says nothing."""
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda reader, writer: writers.append(writer), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def test_a_server_that_says_nothing_or_is_not_there_is_not_waited_for() -> None:
    async with silent() as port:
        with pytest.raises(MailFailed, match=r"does not answer within 0\.2 s"):
            await Mailer(parse_smtp(f"smtp://127.0.0.1:{port}"), seconds=0.2).send(message())
    with pytest.raises(MailFailed, match="cannot be reached"):
        await mailer(port).send(message())


def test_addresses_of_servers() -> None:
    usual = parse_smtp("smtp://desk%40example.com:p%3Aw@mail.example.com")
    assert (usual.host, usual.port, usual.user, usual.password) == (
        "mail.example.com",
        587,
        "desk@example.com",
        "p:w",
    )
    assert not usual.is_tls and not usual.is_local and "p:w" not in repr(usual)
    at_once = parse_smtp("smtps://mail.example.com")
    assert (at_once.port, at_once.is_tls) == (465, True)
    assert parse_smtp("smtp://localhost:25").is_local and parse_smtp("smtp://[::1]").is_local
    assert parse_smtp("smtp://relay:1025?tls=off").is_plain


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mail.example.com:587", "no address of a mail server"),
        ("http://mail.example.com", "no address of a mail server"),
        ("smtp://mail.example.com:many", "no address"),
        ("smtp://user@mail.example.com", "password"),
        ("smtp://user:pass@mail.example.com?tls=off", "in clear"),
        ("smtps://mail.example.com?tls=off", "do not go together"),
        ("smtp://mail.example.com?starttls=no", "tls=off"),
    ],
)
def test_what_is_no_address_of_a_server_is_told(url: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        parse_smtp(url)
    assert caught.value.where == "SMTP_URL" and "user:pass@mail" not in caught.value.problem


@given(st.text(max_size=60))
def test_no_address_of_a_server_is_too_strange(url: str) -> None:
    with contextlib.suppress(ConfigError):
        parse_smtp(f"smtp://{url}")


def test_who_it_comes_from_must_be_somebody() -> None:
    assert check_sender("首问 <desk@example.com>") == "首问 <desk@example.com>"
    for wrong in ("desk", "Desk <desk>", "a@b.c\nBcc: x@y.z", ""):
        with pytest.raises(ConfigError, match="MAIL_FROM"):
            check_sender(wrong)
    assert is_address("boss@example.com")
    assert not any(map(is_address, ("boss", "a b@example.com", "a@b@c", "a@b.c, d@e.f", "Boss <a@b.c>")))

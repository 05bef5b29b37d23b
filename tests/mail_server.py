"""A real mail server on this machine, as strict as a test wants it."""

import asyncio
import contextlib
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "desk", "p@ss:w/rd"


@dataclass
class MailServer:
    """What it got, and what it says no to."""

    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)  # of each sign-in: whether nobody could listen
    refused: set[str] = field(default_factory=set)  # addresses it does not know
    is_busy: bool = False

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.is_busy:
            return "451 4.3.0 try again later"
        content = envelope.content
        assert isinstance(content, bytes)
        self.got.append(BytesParser(policy=default).parsebytes(content))
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        self.encrypted.append(session.ssl is not None)
        is_known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_known, handled=False)


@contextlib.asynccontextmanager
async def mail_server(
    *, tls: ssl.SSLContext | None = None, asks_password: bool = False
) -> AsyncIterator[MailServer]:
    """With `tls` it offers STARTTLS."""
    mails = MailServer()

    def talk() -> SMTP:
        return SMTP(
            mails,
            hostname="mail.test",
            tls_context=tls,
            authenticator=mails.authenticate if asks_password else None,
            auth_required=asks_password,
            auth_require_tls=True,
            enable_SMTPUTF8=True,
        )

    server = await asyncio.get_running_loop().create_server(talk, "127.0.0.1", 0)
    mails.port = server.sockets[0].getsockname()[1]
    try:
        yield mails
    finally:
        server.close()
        await server.wait_closed()


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's certificate for 127.0.0.1, in `folder` as mail.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "mail.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "mail.key").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "mail.pem", folder / "mail.key")
    return context

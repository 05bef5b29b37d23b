"""E-mail by SMTP: encrypted wherever it leaves this machine, and never a password in clear."""

import asyncio
import ipaddress
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from core.errors import ConfigError, ShouwenError

SECONDS = 20.0  # for each answer of the server
EXAMPLE = "smtp://user:password@smtp.example.com:587"
_ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@[^@\s<>,;:\"()\[\]\\]+")


class MailFailed(ShouwenError):
    """The server did not take it; why, in words with what to mend where we know."""


@dataclass(frozen=True, kw_only=True)
class SmtpServer:
    """Where e-mails are handed in, and as whom."""

    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    is_tls: bool = False  # from the first byte on; otherwise by STARTTLS
    is_plain: bool = False  # without STARTTLS, as the operator has said
    is_local: bool = False  # on this machine: nobody else can listen, and certificates prove nothing

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def parse_smtp(url: str) -> SmtpServer:
    """An address such as `EXAMPLE`, or smtps://…; `?tls=off` for a server that cannot encrypt. Raises `ConfigError`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("this is no address") from None
    asked = parse_qs(parts.query)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise _wrong("this is no address of a mail server")
    if asked.keys() - {"tls"} or asked.get("tls", ["off"]) != ["off"]:
        raise _wrong("behind ? it knows nothing but tls=off")
    if (parts.username is None) != (parts.password is None):
        raise _wrong("a user needs a password, and a password a user")
    is_tls, is_plain = parts.scheme == "smtps", "tls" in asked
    is_local = _is_this_machine(parts.hostname)
    if is_plain and is_tls:
        raise _wrong("smtps:// and tls=off do not go together")
    if is_plain and parts.password is not None and not is_local:
        raise _wrong("a password would go over the network in clear; leave out tls=off")
    return SmtpServer(
        host=parts.hostname,
        port=port or (465 if is_tls else 587),
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        is_tls=is_tls,
        is_plain=is_plain,
        is_local=is_local,
    )


def is_address(text: str) -> bool:
    """Whether it can be an e-mail address by itself."""
    return bool(_ADDRESS.fullmatch(text)) and text.isascii() and len(text) <= 254


def check_sender(text: str) -> str:
    """An address, also with a name: `Shouwen <desk@example.com>`. Raises `ConfigError`."""
    if not is_address(parseaddr(text)[1]) or not text.isprintable():
        raise ConfigError(
            "MAIL_FROM", "this is no e-mail address", "Write for example Shouwen <desk@example.com>"
        )
    return text


class Mailer:
    """Hands e-mails in, each on a connection of its own."""

    def __init__(self, server: SmtpServer, *, seconds: float = SECONDS) -> None:
        self._server = server
        self._seconds = seconds

    async def send(self, message: EmailMessage) -> None:
        """To whom it names. Raises `MailFailed`."""
        await asyncio.to_thread(self._do, lambda smtp: smtp.send_message(message))

    async def examine(self) -> None:
        """Only sign in. Raises `MailFailed`."""
        await asyncio.to_thread(self._do, lambda smtp: smtp.noop())

    def _do(self, act: Callable[[smtplib.SMTP], object]) -> None:
        server = self._server
        try:
            with self._connect() as smtp:
                smtp.ehlo()
                if not (server.is_tls or server.is_plain):
                    self._encrypt(smtp)
                if server.user is not None:
                    smtp.login(server.user, server.password or "")
                act(smtp)
        except smtplib.SMTPAuthenticationError as error:
            raise MailFailed(
                f"{server} refuses the user or the password ({_said(error)}). Correct SMTP_URL"
            ) from error
        except smtplib.SMTPRecipientsRefused as error:
            refused = "; ".join(
                f"{who}: {code} {_text(said)}" for who, (code, said) in error.recipients.items()
            )
            raise MailFailed(f"{server} does not take it for {refused}. Correct the address") from error
        except smtplib.SMTPSenderRefused as error:
            raise MailFailed(
                f"{server} does not take it from us ({_said(error)}). Correct MAIL_FROM"
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailFailed(f"{server} cannot do what we need ({error}). Correct SMTP_URL") from error
        except smtplib.SMTPResponseException as error:
            raise MailFailed(f"{server} refuses it ({_said(error)})") from error
        except ssl.SSLCertVerificationError as error:
            told = f"{server} shows a certificate that we do not trust ({error.verify_message})"
            raise MailFailed(f"{told}. Use the name that it is made out to, or renew it") from error
        except (OSError, smtplib.SMTPException) as error:
            if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
                told = f"{server} does not answer within {self._seconds:g} s. Check SMTP_URL"
                raise MailFailed(told) from error
            reason = str(error) or type(error).__name__
            raise MailFailed(
                f"{server} cannot be reached ({reason}). Check SMTP_URL and the network"
            ) from error

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.is_tls:
            return smtplib.SMTP_SSL(server.host, server.port, timeout=self._seconds, context=self._context())
        return smtplib.SMTP(server.host, server.port, timeout=self._seconds)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        """Somebody in between may hide that the server can: so elsewhere than here it must."""
        if smtp.has_extn("starttls"):
            smtp.starttls(context=self._context())
            smtp.ehlo()
        elif not self._server.is_local:
            raise MailFailed(
                f"{self._server} does not offer STARTTLS, and nothing is sent in clear. Use smtps:// if it speaks that; "
                "if it cannot encrypt and needs no password, add ?tls=off to SMTP_URL"
            )

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._server.is_local:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _wrong(problem: str) -> ConfigError:
    return ConfigError("SMTP_URL", problem, f"Write for example {EXAMPLE} (special characters as %40)")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _said(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]

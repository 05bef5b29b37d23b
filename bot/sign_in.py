"""How people sign in to the console, as it is configured: docs/accounts.md."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from bot.sections import Section, Titles
from core.errors import ConfigError
from handoff.agents import Role
from handoff.provider_people import Admission

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def _check_domain(name: str) -> str:
    if not re.fullmatch(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+", name.lower()):
        raise ValueError(f"{name!r} is no domain; write for example example.com")
    return name.lower()


class AdmitSection(Section):
    """New people whose verified address is in one of these domains come in by themselves."""

    domains: list[Annotated[str, AfterValidator(_check_domain)]] = Field(min_length=1)
    role: Literal["supervisor", "agent", "viewer"] = "agent"  # admins are made by admins


class SignInSection(Section):
    """The ways into the console."""

    title: Titles = Titles(zh="单位账号", en="your organisation’s account")
    passwords: bool = True
    admit: AdmitSection | None = None

    def admission(self) -> Admission | None:
        """As `handoff` takes it."""
        if self.admit is None:
            return None
        return Admission(domains=frozenset(self.admit.domains), role=Role(self.admit.role))


@dataclass(frozen=True, kw_only=True)
class OpenIdSettings:
    """The provider, and who we are to it."""

    issuer: str
    client_id: str
    client_secret: str


def check_provider(values: Mapping[str, str], section: SignInSection) -> None:
    """Raises `ConfigError` for what the environment does not say of the provider, or says wrongly."""
    issuer = values.get("OIDC_ISSUER")
    if issuer is None:
        if not section.passwords or section.admit:
            problem = "is not set, but web.sign_in says that people sign in by way of a provider"
            raise ConfigError("OIDC_ISSUER", problem, "Set it, or allow passwords: docs/accounts.md")
        return
    address = urlsplit(issuer)
    if not address.hostname or (address.scheme != "https" and address.hostname not in LOCAL):
        mend = "Copy the issuer from your provider, for example https://login.example.com"
        raise ConfigError("OIDC_ISSUER", "this is no https address", mend)
    for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
        if name not in values:
            raise ConfigError(
                name, "is not set, but OIDC_ISSUER is", "Register Shouwen at the provider, and copy it"
            )

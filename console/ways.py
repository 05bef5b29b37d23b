"""The ways in: what the sign-in page, invitations and accounts share."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from console.origins import is_loopback
from console.texts import PageTexts
from core.languages import ReplyLanguage
from handoff.refusals import Refused, Unfit

PER_ADDRESS = 30  # attempts within the throttle's window


@dataclass(frozen=True, kw_only=True)
class Ways:
    """How people may sign in. `provider` names the OpenID provider where there is one; `base` is our public address."""

    passwords: bool = True
    provider: Mapping[ReplyLanguage, str] | None = None
    base: str = ""

    def address(self, request: Request) -> str:
        """Where browsers reach us."""
        return self.base or str(request.base_url).rstrip("/")


def word_objection(error: Refused | Unfit, t: PageTexts) -> str:
    """What stands against it, in the reader's words."""
    return t(f"refused_{error.objection}", **error.facts)


def limit_address(request: Request) -> dict[str, int]:
    """The brake's key for where a request comes from; none where all may come through a proxy here."""
    address = request.client.host if request.client else ""
    return {} if is_loopback(address) else {f"from {address}": PER_ADDRESS}

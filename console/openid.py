"""An OpenID provider: the authorization code flow with PKCE, and what has to be true of an ID token.

https://openid.net/specs/openid-connect-core-1_0.html, sections 3.1.2 and 3.1.3.7
"""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from core.clock import Clock, utc_now
from core.errors import ShouwenError
from handoff.provider_people import Proven

# Signed with a key that only the provider has: never `none`, and never by a secret that we share with it.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
SCOPES = "openid email profile"
SECONDS = 10.0  # that an answer may take
LEEWAY = 60  # seconds by which two clocks may differ
KNOWN_FOR = timedelta(hours=1)  # after which the provider's description is read anew


class Failure(StrEnum):
    """What went wrong with the provider, as far as it makes a difference to who wants to come in."""

    DOWN = "down"
    MISCONFIGURED = "misconfigured"  # its description does not fit what we were told
    REFUSED = "refused"  # it does not give a token for the code
    UNTRUSTED = "untrusted"  # the token is not what it has to be
    CLOCK = "clock"  # it would be, at another time


class ProviderFailed(ShouwenError):
    """Nobody can be signed in now; `detail` is for the log and the operator."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(f"OpenID provider: {failure}: {detail}")
        self.failure = failure
        self.detail = detail


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One sign-in under way: what its browser has to bring back, and what the token has to hold."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, kw_only=True)
class Description:
    """What the provider says of itself."""

    authorize: str
    token: str
    keys: str
    user_info: str | None
    takes_basic: bool  # the client's secret as HTTP Basic
    read_at: datetime


def begin_attempt() -> Attempt:
    """A new one, which nobody can guess."""
    return Attempt(
        state=secrets.token_urlsafe(24), nonce=secrets.token_urlsafe(24), verifier=secrets.token_urlsafe(48)
    )


class Provider:
    """One OpenID provider, by its issuer."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        *,
        http: httpx.AsyncClient | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._http = http or httpx.AsyncClient(timeout=SECONDS, headers={"Accept": "application/json"})
        self._description: Description | None = None
        self._keys: KeySet | None = None

    async def close(self) -> None:
        await self._http.aclose()

    async def address(self, attempt: Attempt, *, redirect: str) -> str:
        """Where the browser goes to sign in. Raises `ProviderFailed`."""
        described = await self.describe()
        digest = hashlib.sha256(attempt.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect,
            "scope": SCOPES,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{described.authorize}{'&' if '?' in described.authorize else '?'}{urlencode(query)}"

    async def finish(self, attempt: Attempt, code: str, *, redirect: str) -> Proven:
        """Who has signed in. Raises `ProviderFailed`."""
        described = await self.describe()
        tokens = await self._exchange(described, attempt, code, redirect)
        claims = await self._read_token(described, str(tokens.get("id_token") or ""), attempt.nonce)
        about: Mapping[str, Any] = claims
        if "email" not in claims and described.user_info and tokens.get("access_token"):
            about = await self._ask_user_info(described.user_info, str(tokens["access_token"]))
            if about.get("sub") != claims["sub"]:
                raise ProviderFailed(Failure.UNTRUSTED, "the user info is somebody else's")
        email = about.get("email") if about.get("email_verified") in (True, "true") else None
        return Proven(
            issuer=self.issuer,
            subject=claims["sub"],
            email=str(email) if email else None,
            name=str(about.get("name") or claims.get("name") or ""),
        )

    async def describe(self) -> Description:
        """The provider's discovery document, read now and then. Raises `ProviderFailed`."""
        now = self._clock()
        if self._description is not None and now - self._description.read_at < KNOWN_FOR:
            return self._description
        found = await self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if found.get("issuer") != self.issuer:
            told = (
                f"it calls itself {found.get('issuer')!r}; OIDC_ISSUER has to be the same, letter by letter"
            )
            raise ProviderFailed(Failure.MISCONFIGURED, told)
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if missing := [each for each in needed if not isinstance(found.get(each), str)]:
            raise ProviderFailed(Failure.MISCONFIGURED, f"its description has no {', '.join(missing)}")
        methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        self._description = Description(
            authorize=found["authorization_endpoint"],
            token=found["token_endpoint"],
            keys=found["jwks_uri"],
            user_info=found.get("userinfo_endpoint"),
            takes_basic="client_secret_post" not in methods,
            read_at=now,
        )
        self._keys = None
        return self._description

    async def _exchange(
        self, described: Description, attempt: Attempt, code: str, redirect: str
    ) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": attempt.verifier,
        }
        auth: httpx.Auth = httpx.Auth()
        if described.takes_basic:  # both parts are form-encoded first: RFC 6749, section 2.3.1
            auth = httpx.BasicAuth(quote(self._client_id, safe=""), quote(self._client_secret, safe=""))
        else:
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        response = await self._ask(lambda: self._http.post(described.token, data=form, auth=auth))
        found = _read_object(response)
        if not response.is_success or found is None:
            said = {key: (found or {}).get(key) for key in ("error", "error_description")}
            raise ProviderFailed(Failure.REFUSED, f"{response.status_code} {said}")
        return found

    async def _read_token(self, described: Description, token: str, nonce: str) -> Mapping[str, Any]:
        """The claims of an ID token that is the provider's, for us, for this attempt, and of now."""
        try:
            claims = await self._verify(described, token)
            registry = jwt.JWTClaimsRegistry(
                now=int(self._clock().timestamp()),
                leeway=LEEWAY,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self._client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(claims)
        except ExpiredTokenError as error:
            raise ProviderFailed(Failure.CLOCK, "the token has ended") from error
        except InvalidClaimError as error:
            failure = Failure.CLOCK if error.claim in ("iat", "nbf") else Failure.UNTRUSTED
            raise ProviderFailed(failure, str(error)) from error
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderFailed(Failure.UNTRUSTED, f"{type(error).__name__}: {error}") from error
        # A token for several has to say that it was made for us.
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        party = claims.get("azp", self._client_id if len(audiences) == 1 else None)
        if party != self._client_id:
            raise ProviderFailed(Failure.UNTRUSTED, f"the token was made for {party!r}")
        return claims

    async def _verify(self, described: Description, token: str) -> dict[str, Any]:
        if self._keys is None:
            self._keys = await self._read_keys(described)
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
        except InvalidKeyIdError:  # keys are exchanged now and then
            self._keys = await self._read_keys(described)
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims

    async def _read_keys(self, described: Description) -> KeySet:
        found: Any = await self._get(described.keys)
        return KeySet.import_key_set(found)

    async def _ask_user_info(self, address: str, access_token: str) -> Mapping[str, Any]:
        return await self._get(address, {"Authorization": f"Bearer {access_token}"})

    async def _get(self, address: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        response = await self._ask(lambda: self._http.get(address, headers=headers))
        found = _read_object(response)
        if response.status_code >= 500:
            raise ProviderFailed(Failure.DOWN, f"{address} answers {response.status_code}")
        if not response.is_success or found is None:
            told = f"{address} answers {response.status_code}, and no JSON that is of use"
            raise ProviderFailed(Failure.MISCONFIGURED, told)
        return found

    async def _ask(self, ask: Callable[[], Any]) -> httpx.Response:
        try:
            response: httpx.Response = await ask()
        except httpx.HTTPError as error:
            raise ProviderFailed(Failure.DOWN, f"{type(error).__name__}: {error}") from error
        except httpx.InvalidURL as error:
            raise ProviderFailed(Failure.MISCONFIGURED, str(error)) from error
        return response


def _read_object(response: httpx.Response) -> dict[str, Any] | None:
    try:
        found = response.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None

"""Signing in by way of an OpenID provider: one that others have written, and one that lies."""

import base64
import contextlib
import hmac
import html
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey
from sqlalchemy import select

from console import openid_sign_in
from console.openid import Failure, Provider, ProviderFailed, begin_attempt
from console.ways import Ways
from core.audit import list_acts
from core.database import Database
from core.languages import ReplyLanguage
from handoff import accounts
from handoff.agents import Agent, Role
from handoff.invitations import make_set_up
from handoff.provider_people import Admission
from tests.console.world import PASSWORD, World
from tests.peer_process import running_peer

START = "/console/sign-in/oidc/start"
BACK = "/console/sign-in/oidc"
CLIENT, SECRET = "shouwen", "a secret of the client"
TITLE: Mapping[ReplyLanguage, str] = {"zh": "单位账号", "en": "your organisation’s account"}
ADMIT = Admission(domains=frozenset({"example.com"}), role=Role.VIEWER)

# Which kind of database it is makes no difference here; that of the acts is in test_accounts.py.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    """The address, which is the issuer, of an emulated provider."""
    with running_peer("oidc.mjs", "emulate") as address:
        yield address


def world_with(database: Database, provider: Provider, *, admission: Admission | None = None) -> World:
    """A world in which one can sign in that way, too."""
    world = World(database, demo=False, ways=Ways(provider=TITLE, base="http://localhost:8080"))
    world.app.include_router(
        openid_sign_in.routes(
            database,
            world.sessions,
            provider,
            secret_key="secret",
            ways=world.ways,
            admission=admission,
            clock=world.clock,
        )
    )
    return world


@contextlib.asynccontextmanager
async def emulated(
    database: Database, issuer: str, *, admission: Admission | None = None, secret: str = SECRET
) -> AsyncIterator[World]:
    provider = Provider(issuer, CLIENT, secret)
    yield world_with(database, provider, admission=admission)
    await provider.close()


async def goes_to(browser: httpx.AsyncClient, email: str, start: str = START) -> httpx.Response:
    """Begins here, signs in there as somebody, and comes back."""
    there = (await browser.get(start)).headers["location"]
    async with httpx.AsyncClient() as outside:
        page = (await outside.get(there)).text
        for form in re.findall(r"<form.*?</form>", page, re.S):
            fields = {
                name: html.unescape(value)
                for name, value in re.findall(r'name="([^"]+)"\s+value="([^"]*)"', form)
            }
            if fields.get("email") == email:
                action = html.unescape(re.findall(r'action="([^"]+)"', form)[0])
                sent = await outside.post(httpx.URL(there).join(action), data=fields)
                return await browser.get(sent.headers["location"])
    raise AssertionError(f"{email} is not among them: {page}")


async def agents(world: World) -> list[Agent]:
    async with world.database.read() as session:
        return list(await session.scalars(select(Agent).order_by(Agent.username)))


async def test_somebody_with_an_account_comes_in_by_their_address_and_then_by_who_they_are(
    database: Database, emulator: str
) -> None:
    async with emulated(database, emulator) as world, world.browser() as browser:
        lin = await world.agent()
        async with world.database.write() as session:
            await accounts.change_account(
                session,
                lin.id,
                name="小林",
                email="lin@example.com",
                role=Role.AGENT,
                by="x",
                now=world.clock(),
            )
        assert START in (await browser.get("/console/sign-in")).text
        done = await goes_to(browser, "lin@example.com", f"{START}?next=/console/customers")
        assert (done.status_code, done.headers["location"]) == (303, "/console/customers")
        assert "小林" in (await browser.get("/console/account")).text
        (lin,) = await agents(world)
        assert lin.issuer == emulator and lin.subject
        async with world.database.write() as session:  # the address is given up, and they are still known
            await accounts.change_account(
                session, lin.id, name="小林", email="", role=Role.AGENT, by="x", now=world.clock()
            )
        async with world.browser() as other:
            assert (await goes_to(other, "lin@example.com")).status_code == 303
        async with world.database.read() as session:
            assert len(await list_acts(session, words="user.openid", limit=9)) == 1


async def test_a_stranger_is_told_whom_to_ask(database: Database, emulator: str) -> None:
    async with emulated(database, emulator) as world, world.browser() as browser:
        refused = await goes_to(browser, "guest@elsewhere.example")
        assert refused.status_code == 403
        assert "guest@elsewhere.example 在这里还没有账号" in refused.text
        assert (await browser.get("/console/account")).status_code == 303
        assert await agents(world) == []


async def test_an_address_that_is_not_verified_counts_for_nothing(database: Database, emulator: str) -> None:
    async with emulated(database, emulator, admission=ADMIT) as world, world.browser() as browser:
        async with world.database.write() as session:
            await accounts.invite(
                session,
                username="un",
                email="unverified@example.com",
                role=Role.ADMIN,
                by="x",
                now=world.clock(),
            )
        refused = await goes_to(browser, "unverified@example.com")
        assert refused.status_code == 403 and "没有给出已验证的邮箱" in refused.text


async def test_new_people_of_a_domain_come_in_with_a_role_and_others_do_not(
    database: Database, emulator: str
) -> None:
    async with emulated(database, emulator, admission=ADMIT) as world, world.browser() as browser:
        await world.agent("mei", "另一位小梅")  # her user name is taken; she is not who comes
        assert (await goes_to(browser, "mei@example.com")).status_code == 303
        assert [(each.username, each.role, each.email) for each in await agents(world)] == [
            ("mei", "agent", None),
            ("mei-2", "viewer", "mei@example.com"),
        ]
        async with world.browser() as other:
            assert (await goes_to(other, "guest@elsewhere.example")).status_code == 403


async def test_an_invitation_is_accepted_with_any_account_there(database: Database, emulator: str) -> None:
    async with emulated(database, emulator) as world, world.browser() as browser:
        async with world.database.write() as session:
            _, secret = await accounts.invite(
                session, username="wei", name="小魏", role=Role.SUPERVISOR, by="x", now=world.clock()
            )
        assert f"{START}?invitation={secret}" in (await browser.get(f"/console/invitation/{secret}")).text
        done = await goes_to(browser, "unverified@example.com", f"{START}?invitation={secret}")
        assert done.status_code == 303
        assert "小魏" in (await browser.get("/console/account")).text
        assert (await browser.get(f"/console/invitation/{secret}")).status_code == 404
        async with world.browser() as late:
            refused = await goes_to(late, "mei@example.com", f"{START}?invitation={secret}")
            assert refused.status_code == 403 and "邀请链接已失效" in refused.text


async def test_the_first_admin_may_come_that_way(database: Database, emulator: str) -> None:
    async with emulated(database, emulator) as world, world.browser() as browser:
        async with world.database.write() as session:
            secret = await make_set_up(session, now=world.clock())
        assert (await goes_to(browser, "lin@example.com", f"{START}?invitation={secret}")).status_code == 303
        assert [(each.username, each.role) for each in await agents(world)] == [("lin", "admin")]


async def test_somebody_elses_invitation_does_not_make_two_of_one(database: Database, emulator: str) -> None:
    async with emulated(database, emulator, admission=ADMIT) as world, world.browser() as browser:
        await goes_to(browser, "lin@example.com")
        async with world.database.write() as session:
            _, secret = await accounts.invite(
                session, username="wei", role=Role.ADMIN, by="x", now=world.clock()
            )
        refused = await goes_to(browser, "lin@example.com", f"{START}?invitation={secret}")
        assert refused.status_code == 403 and "另一个账号" in refused.text
        assert (await browser.get(f"/console/invitation/{secret}")).status_code == 200  # not used up


async def test_who_has_left_does_not_come_in(database: Database, emulator: str) -> None:
    async with emulated(database, emulator, admission=ADMIT) as world, world.browser() as browser:
        await goes_to(browser, "lin@example.com")
        (lin,) = await agents(world)
        async with world.database.write() as session:
            await accounts.deactivate(session, lin.id, settings=world.settings, by="x", now=world.clock())
        refused = await goes_to(browser, "lin@example.com")
        assert refused.status_code == 403 and "已停用" in refused.text


async def test_a_wrong_client_secret_is_told_to_who_can_mend_it(database: Database, emulator: str) -> None:
    async with emulated(database, emulator, secret="wrong") as world, world.browser() as browser:
        refused = await goes_to(browser, "lin@example.com")
        assert refused.status_code == 502 and "OIDC_CLIENT_SECRET" in refused.text


async def test_a_code_is_worth_nothing_in_another_browser(database: Database, emulator: str) -> None:
    """Login CSRF: a stranger's code and state must not sign anybody in as the stranger."""
    async with (
        emulated(database, emulator, admission=ADMIT) as world,
        world.browser() as browser,
        world.browser() as victim,
    ):
        state = parse_qs(urlsplit((await browser.get(START)).headers["location"]).query)["state"][0]
        for params in ({"code": "x", "state": state}, {"code": "x", "state": ""}, {"code": "x"}):
            refused = await victim.get(BACK, params=params)
            assert refused.status_code == 400 and "不是从这个浏览器开始的" in refused.text
        await victim.get(START)
        assert (await victim.get(BACK, params={"code": "x", "state": state})).status_code == 400
        assert (await victim.get("/console/account")).status_code == 303


async def test_who_cancels_there_is_told_so(database: Database, emulator: str) -> None:
    async with emulated(database, emulator) as world, world.browser() as browser:
        state = parse_qs(urlsplit((await browser.get(START)).headers["location"]).query)["state"][0]
        refused = await browser.get(BACK, params={"error": "access_denied", "state": state})
        assert refused.status_code == 400 and "您在登录页上取消了" in refused.text


# --- A provider that lies -------------------------------------------------------------------------

ISSUER = "https://login.example"
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Liar:
    """Answers as a provider does; a test changes what it says."""

    claims: dict[str, Any] = field(default_factory=dict)
    sign: Callable[[dict[str, Any]], str] = field(
        default=lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
    )
    keys: list[Mapping[str, Any]] = field(default_factory=lambda: [KEY.as_dict(private=False)])
    issuer: str = ISSUER
    info: dict[str, Any] | None = None
    down: str = ""
    asked: list[str] = field(default_factory=list)
    form: dict[str, list[str]] = field(default_factory=dict)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.down and request.url.path.endswith(self.down):
            raise httpx.ConnectError("refused")
        match request.url.path:
            case "/.well-known/openid-configuration":
                found = {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{ISSUER}/authorize",
                    "token_endpoint": f"{ISSUER}/token",
                    "jwks_uri": f"{ISSUER}/keys",
                }
                if self.info is not None:
                    found["userinfo_endpoint"] = f"{ISSUER}/me"
                return httpx.Response(200, json=found)
            case "/keys":
                return httpx.Response(200, json={"keys": self.keys})
            case "/me":
                return httpx.Response(200, json=self.info)
            case "/token":
                self.form = parse_qs(request.content.decode())
                return httpx.Response(200, json={"access_token": "a", "id_token": self.sign(self.claims)})
        return httpx.Response(404)

    def provider(self) -> Provider:
        return Provider(
            ISSUER, CLIENT, SECRET, http=httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        )


def honest(nonce: str) -> dict[str, Any]:
    now = int(time.time())
    return {
        **{"iss": ISSUER, "aud": CLIENT, "sub": "42", "nonce": nonce, "iat": now, "exp": now + 600},
        **{"email": "lin@example.com", "email_verified": True, "name": "Lin"},
    }


def unsigned(claims: dict[str, Any]) -> str:
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("x" * 32))
    return "eyJhbGciOiJub25lIn0." + token.split(".")[1] + "."


def by_public_key(claims: dict[str, Any]) -> str:
    """As if the provider's public key were a secret: joserfc does not sign with it, so it is done by hand."""
    parts = [orjson.dumps(each) for each in ({"alg": "HS256", "kid": "one"}, claims)]
    text = ".".join(base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in parts)
    signature = hmac.digest(KEY.as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_client_secret(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, OctKey.import_key(SECRET))


async def test_an_honest_token_is_taken(database: Database) -> None:
    liar, attempt = Liar(), begin_attempt()
    for claims, sign in (
        ({}, liar.sign),
        ({"aud": [CLIENT, "another"], "azp": CLIENT}, liar.sign),
        ({"iat": int(time.time()) + 30}, liar.sign),  # clocks differ a little
    ):
        liar.claims, liar.sign = honest(attempt.nonce) | claims, sign
        proven = await liar.provider().finish(attempt, "code", redirect="https://desk.example/back")
        assert (proven.issuer, proven.subject, proven.email) == (ISSUER, "42", "lin@example.com")
    assert liar.form["code_verifier"] == [attempt.verifier]


@pytest.mark.parametrize(
    ("claims", "failure"),
    [
        ({"aud": "another"}, Failure.UNTRUSTED),
        ({"aud": ["another", "third"]}, Failure.UNTRUSTED),
        ({"aud": [CLIENT, "another"]}, Failure.UNTRUSTED),
        ({"azp": "another"}, Failure.UNTRUSTED),
        ({"iss": "https://evil.example"}, Failure.UNTRUSTED),
        ({"iss": ISSUER + "/"}, Failure.UNTRUSTED),
        ({"nonce": "of another attempt"}, Failure.UNTRUSTED),
        ({"nonce": None}, Failure.UNTRUSTED),
        ({"sub": None}, Failure.UNTRUSTED),
        ({"sub": 42}, Failure.UNTRUSTED),
        ({"exp": None}, Failure.UNTRUSTED),
        ({"exp": "tomorrow"}, Failure.UNTRUSTED),
        ({"exp": int(time.time()) - 120}, Failure.CLOCK),
        ({"iat": int(time.time()) + 3600}, Failure.CLOCK),
        ({"nbf": int(time.time()) + 3600}, Failure.CLOCK),
    ],
)
async def test_a_token_that_says_something_wrong_is_refused(
    database: Database, claims: dict[str, Any], failure: Failure
) -> None:
    attempt = begin_attempt()
    said = honest(attempt.nonce) | claims
    liar = Liar(claims={key: value for key, value in said.items() if value is not None})
    with pytest.raises(ProviderFailed) as failed:
        await liar.provider().finish(attempt, "code", redirect="https://desk.example/back")
    assert failed.value.failure is failure


@pytest.mark.parametrize(
    "sign",
    [
        unsigned,
        by_public_key,
        by_client_secret,
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, OTHER),
        lambda claims: jwt.encode({"alg": "ES256", "kid": "one"}, claims, ECKey.generate_key("P-256")),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)[:-8] + "AAAAAAAA",
        lambda _claims: "",
        lambda _claims: "not.a.token",
    ],
)
async def test_a_token_that_is_not_signed_by_the_provider_is_refused(
    database: Database, sign: Callable[[dict[str, Any]], str]
) -> None:
    attempt = begin_attempt()
    liar = Liar(claims=honest(attempt.nonce), sign=sign)
    with pytest.raises(ProviderFailed) as failed:
        await liar.provider().finish(attempt, "code", redirect="https://desk.example/back")
    assert failed.value.failure is Failure.UNTRUSTED


async def test_keys_are_read_again_when_the_provider_has_exchanged_them(database: Database) -> None:
    attempt, new = begin_attempt(), RSAKey.generate_key(2048, {"kid": "two"})
    liar = Liar(claims=honest(attempt.nonce))
    provider = liar.provider()
    await provider.finish(attempt, "code", redirect="https://desk.example/back")
    liar.keys = [new.as_dict(private=False)]
    liar.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, new)
    await provider.finish(attempt, "code", redirect="https://desk.example/back")
    assert liar.asked.count("/keys") == 2
    assert liar.asked.count("/.well-known/openid-configuration") == 1


async def test_the_address_may_come_from_the_user_info_of_the_same_person_only(database: Database) -> None:
    attempt = begin_attempt()
    claims = honest(attempt.nonce)
    del claims["email"], claims["email_verified"]
    info = {"sub": "42", "email": "lin@example.com", "email_verified": True}
    liar = Liar(claims=claims, info=info)
    proven = await liar.provider().finish(attempt, "code", redirect="https://desk.example/back")
    assert proven.email == "lin@example.com"
    liar.info = info | {"sub": "43"}
    with pytest.raises(ProviderFailed):
        await liar.provider().finish(attempt, "code", redirect="https://desk.example/back")


@pytest.mark.parametrize(
    ("liar", "told"),
    [
        (Liar(down="openid-configuration"), "现在连不上"),
        (Liar(issuer="https://evil.example"), "shouwen doctor"),
    ],
)
async def test_a_provider_that_is_down_or_another_is_told_at_the_start(
    database: Database, liar: Liar, told: str
) -> None:
    world = world_with(database, liar.provider())
    async with world.browser() as browser:
        refused = await browser.get(START)
        assert refused.status_code in (502, 503) and told in refused.text
        english = await browser.get(START, headers={"Accept-Language": "en"})
        assert "Try again" in english.text


async def test_a_provider_that_goes_down_meanwhile_and_a_clock_that_is_off(database: Database) -> None:
    liar = Liar()
    world = world_with(database, liar.provider(), admission=ADMIT)
    async with world.browser() as browser:
        for breaks, told in (("/token", "现在连不上"), ("", "时间不对")):
            query = parse_qs(urlsplit((await browser.get(START)).headers["location"]).query)
            assert query["code_challenge_method"] == ["S256"]
            liar.down, liar.claims = breaks, honest(query["nonce"][0]) | {"exp": int(time.time()) - 600}
            refused = await browser.get(BACK, params={"code": "x", "state": query["state"][0]})
            assert told in refused.text
        assert await agents(world) == []


async def test_an_address_that_went_to_somebody_else_does_not_bring_its_account(database: Database) -> None:
    liar = Liar()
    world = world_with(database, liar.provider(), admission=ADMIT)

    async def comes(subject: str) -> httpx.Response:
        async with world.browser() as browser:
            query = parse_qs(urlsplit((await browser.get(START)).headers["location"]).query)
            liar.claims = honest(query["nonce"][0]) | {"sub": subject}
            return await browser.get(BACK, params={"code": "x", "state": query["state"][0]})

    assert (await comes("42")).status_code == 303
    refused = await comes("43")
    assert refused.status_code == 403 and "绑定的是单位账号的另一个人" in refused.text


async def test_a_password_and_the_provider_may_both_lead_to_one_account(database: Database) -> None:
    liar = Liar()
    world = world_with(database, liar.provider())
    lin = await world.agent()
    async with world.database.write() as session:
        await accounts.change_account(
            session, lin.id, name="小林", email="lin@example.com", role=Role.AGENT, by="x", now=world.clock()
        )
    async with world.browser() as browser:
        query = parse_qs(urlsplit((await browser.get(START)).headers["location"]).query)
        liar.claims = honest(query["nonce"][0])
        back = await browser.get(BACK, params={"code": "x", "state": query["state"][0]})
        assert back.status_code == 303
        again = await browser.get(BACK, params={"code": "x", "state": query["state"][0]})
        assert again.status_code == 400  # an attempt is made once
        await browser.post("/console/sign-out")
        done = await browser.post("/console/sign-in", data={"username": "lin", "password": PASSWORD})
        assert done.status_code == 303

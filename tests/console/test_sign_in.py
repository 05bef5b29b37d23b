"""Who may sign in, from where, and for how long."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from core.database import Database
from handoff.agents import add_agent
from tests.console.world import PASSWORD, World

# Nothing here depends on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def sign_in(browser: httpx.AsyncClient, password: str = PASSWORD, **form: str) -> httpx.Response:
    data = {"username": "lin", "password": password, **form}
    return await browser.post("/console/sign-in", data=data)


async def test_a_visitor_is_sent_to_sign_in_and_then_where_they_wanted_to_go(world: World) -> None:
    async with world.database.write() as session:
        await add_agent(session, username="lin", name="小林", password=PASSWORD, now=world.clock())
    ticket = await world.ticket()
    async with world.browser() as browser:
        sent = await browser.get(f"/console/desk/tickets/{ticket.id}")
        assert sent.status_code == 303
        page = await browser.get(sent.headers["location"])
        assert f'value="/console/desk/tickets/{ticket.id}"' in page.text
        done = await sign_in(browser, next=f"/console/desk/tickets/{ticket.id}")
        assert (done.status_code, done.headers["location"]) == (303, f"/console/desk/tickets/{ticket.id}")
        assert "王小姐" in (await browser.get(done.headers["location"])).text


async def test_a_script_without_session_gets_401_with_words(world: World) -> None:
    async with world.browser() as browser:
        response = await browser.get(
            "/console/desk/queue", headers={"Accept": "*/*", "Accept-Language": "en"}
        )
        assert response.status_code == 401
        assert "sign in again" in response.json()["detail"]


@pytest.mark.parametrize(
    ("username", "password"), [("lin", "wrong password"), ("nobody", PASSWORD), ("", "")]
)
async def test_wrong_credentials_are_refused_alike(world: World, username: str, password: str) -> None:
    await world.agent()
    async with world.browser() as browser:
        response = await sign_in(browser, password, username=username)
        assert response.status_code == 403
        assert "用户名或密码不对" in response.text
        assert (await browser.get("/console/desk")).status_code == 303


async def test_guessing_is_throttled_for_that_address_only(world: World) -> None:
    await world.agent()
    async with world.browser() as guesser, world.browser(address="192.0.2.7") as other:
        for _ in range(5):
            assert (await sign_in(guesser, "a guess")).status_code == 403
        assert (await sign_in(guesser)).status_code == 429
        assert (await sign_in(other)).status_code == 303
        world.clock.ahead += timedelta(minutes=6)
        assert (await sign_in(guesser)).status_code == 303


@pytest.mark.parametrize(("address", "last"), [("192.0.2.7", 429), ("127.0.0.1", 403)])
async def test_an_address_is_limited_unless_all_may_come_from_it(
    world: World, address: str, last: int
) -> None:
    """A proxy on this machine may not tell whom it speaks for: one guesser must not shut out all agents."""
    async with world.browser(address=address) as browser:
        for number in range(30):
            await world.agent(f"agent{number}")
            assert (await sign_in(browser, "a guess", username=f"agent{number}")).status_code == 403
        assert (await sign_in(browser, "a guess", username="one more")).status_code == last


async def test_right_passwords_do_not_use_up_attempts(world: World) -> None:
    await world.agent()
    async with world.browser() as browser:
        assert [(await sign_in(browser)).status_code for _ in range(7)] == [303] * 7


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/console/\r\nX: y",
        "/elsewhere",
        "javascript:x",
    ],
)
async def test_signing_in_never_leads_away_from_the_console(world: World, target: str) -> None:
    await world.agent()
    async with world.browser() as browser:
        assert (await sign_in(browser, next=target)).headers["location"] == "/console/desk"


async def test_a_flood_of_bytes_is_refused_before_it_is_read(world: World) -> None:
    async with world.browser() as browser:
        assert (await sign_in(browser, "x" * 100_000)).status_code == 413


async def test_a_session_ends_after_twelve_hours(world: World) -> None:
    await world.agent()
    async with world.browser() as browser:
        await sign_in(browser)
        world.clock.ahead += timedelta(hours=11, minutes=59)
        assert (await browser.get("/console/desk")).status_code == 200
        world.clock.ahead += timedelta(minutes=2)
        assert (await browser.get("/console/desk")).status_code == 303


async def test_signing_out_ends_the_session_of_this_browser(world: World) -> None:
    await world.agent()
    async with world.browser() as browser, world.browser() as second:
        for client in (browser, second):
            await sign_in(client)
        await browser.post("/console/sign-out")
        assert (await browser.get("/console/desk")).status_code == 303
        assert (await second.get("/console/desk")).status_code == 200


async def test_nobody_can_prepare_a_session_for_somebody_else(world: World) -> None:
    """Session fixation: what a browser brings along is never made worth anything, and never kept."""
    await world.agent()
    await world.agent("mallory", "Mallory")
    async with world.browser() as attacker, world.browser() as victim:
        await sign_in(attacker, username="mallory")
        planted = attacker.cookies["shouwen_session"]
        victim.cookies.set("shouwen_session", planted, domain="localhost.local", path="/")
        await sign_in(victim)
        assert "小林" in (await victim.get("/console/account")).text
        assert "Mallory" in (await attacker.get("/console/account")).text
        made = [each for each in victim.cookies.jar if each.name == "shouwen_session"]
        assert [each.value for each in made if each.value != planted]
        victim.cookies.clear()
        victim.cookies.set("shouwen_session", "chosen-by-the-attacker")
        before = victim.cookies["shouwen_session"]
        assert (await victim.get("/console/desk")).status_code == 303
        victim.cookies.clear()
        response = await sign_in(victim)
        assert before not in response.headers["set-cookie"]


async def test_a_forged_cookie_is_nobody(world: World) -> None:
    agent = await world.agent()
    async with world.browser() as browser:
        browser.cookies.set("shouwen_session", f'["{agent.id}",1800000000,0,false].c2lnbmF0dXJl')
        assert (await browser.get("/console/desk")).status_code == 303


async def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(world: World) -> None:
    await world.agent()
    async with world.browser() as browser:
        plain = (await sign_in(browser)).headers["set-cookie"].lower()
        browser.base_url = httpx.URL("https://localhost")
        secure = (await sign_in(browser)).headers["set-cookie"].lower()
    assert "httponly" in plain and "samesite=lax" in plain and "secure" not in plain
    assert "secure" in secure


async def test_behind_a_proxy_that_speaks_https_the_cookie_is_kept_to_it(database: Database) -> None:
    world = World(database, secure=True)
    await world.agent()
    async with world.browser() as browser:
        assert "; secure" in (await sign_in(browser)).headers["set-cookie"].lower()


async def test_the_demo_signs_in_on_this_machine(world: World) -> None:
    async with world.browser() as browser:
        assert "/console/demo" in (await browser.get("/console/sign-in")).text
        for _ in range(2):
            assert (await browser.post("/console/demo")).status_code == 303
        assert "小问 Xiaowen" in (await browser.get("/console/desk")).text


@pytest.mark.parametrize(
    ("address", "host", "headers"),
    [
        ("192.0.2.7", "localhost:8080", {}),
        ("::ffff:192.0.2.7", "localhost:8080", {}),
        ("127.0.0.1", "desk.example", {}),
        ("127.0.0.1", "localhost.evil.example", {}),
        ("127.0.0.1", "localhost:8080", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", "localhost:8080", {"X-Forwarded-Host": "localhost"}),
        ("127.0.0.1", "localhost:8080", {"Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", "localhost:8080", {"Origin": "https://desk.example"}),
        ("127.0.0.1", "localhost:8080", {"Origin": "https://[broken"}),
    ],
)
async def test_the_demo_is_refused_from_anywhere_else(
    world: World, address: str, host: str, headers: dict[str, str]
) -> None:
    async with world.browser(address=address, host=host) as browser:
        browser.headers.update(headers)
        assert "/console/demo" not in (await browser.get("/console/sign-in")).text
        home = (await browser.get("/")).text
        assert "/chat" in home and 'href="/console/desk"' in home and 'id="pane-agent"' not in home
        assert (await browser.post("/console/demo")).status_code == 403
        assert (await browser.get("/console/desk")).status_code == 303


async def test_who_is_refused_the_demo_is_told_another_way(world: World) -> None:
    async with world.browser(address="192.0.2.7") as browser:
        assert "shouwen user invite" in (await browser.post("/console/demo")).text


@pytest.mark.parametrize(("version", "status"), [("1.0", 403), ("1.1", 303)])
async def test_the_demo_is_refused_through_a_proxy_that_says_nothing(
    world: World, version: str, status: int
) -> None:
    """nginx's `proxy_pass` alone calls our own address by HTTP/1.0, and does not say for whom."""
    async with world.served() as url:
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        lines = (
            f"POST /console/demo HTTP/{version}",
            f"Host: 127.0.0.1:{address.port}",
            "Connection: close",
            "Content-Length: 0",
        )
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert int(answer.split()[1]) == status


async def test_a_demo_session_is_worth_nothing_elsewhere(world: World) -> None:
    async with world.browser() as here, world.browser(address="192.0.2.7") as there:
        await here.post("/console/demo")
        there.cookies = here.cookies
        assert (await there.get("/console/desk")).status_code == 303


async def test_the_demo_can_be_switched_off(database: Database) -> None:
    async with World(database, demo=False).browser() as browser:
        assert (await browser.post("/console/demo")).status_code == 403


@pytest.mark.parametrize(
    ("address", "host"),
    [("::1", "[::1]:8080"), ("127.0.0.1", "127.0.0.1"), ("::ffff:127.0.0.1", "localhost")],
)
async def test_this_machine_has_several_names(world: World, address: str, host: str) -> None:
    async with world.browser(address=address, host=host) as browser:
        assert (await browser.post("/console/demo")).status_code == 303


async def test_the_demo_never_signs_in_to_an_account_with_a_password(world: World) -> None:
    await world.agent("demo", "Dee Mo")
    async with world.browser() as browser:
        assert (await browser.post("/console/demo")).status_code == 403
        assert (await browser.get("/console/desk")).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
async def test_other_sites_cannot_act_for_a_signed_in_agent(world: World, headers: dict[str, str]) -> None:
    await world.agent()
    ticket = await world.ticket()
    async with world.browser() as browser:
        await sign_in(browser)
        del browser.headers["Sec-Fetch-Site"]
        for path in (f"/console/desk/tickets/{ticket.id}/take", "/console/sign-out", "/console/demo"):
            assert (await browser.post(path, headers=headers)).status_code == 403
        page = await browser.get(f"/console/desk/tickets/{ticket.id}", headers=headers)
        assert f"{ticket.id}/take" in page.text


async def test_the_language_is_chosen_and_kept(world: World) -> None:
    async with world.browser() as browser:
        assert "坐席登录" in (await browser.get("/console/sign-in")).text
        english = await browser.get(
            "/console/sign-in?next=/console/desk/x", headers={"Accept-Language": "en-GB,zh;q=0.5"}
        )
        assert "Agent sign-in" in english.text
        assert "/console/sign-in?next=%2Fconsole%2Fdesk%2Fx&amp;lang=zh" in english.text
        await browser.get("/console/sign-in?lang=en")
        assert (
            "Agent sign-in" in (await browser.get("/console/sign-in", headers={"Accept-Language": "zh"})).text
        )

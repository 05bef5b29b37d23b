"""Every route of the console: what people wrote is text, what cannot be read is told in a page, no other site acts through it."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from sqlalchemy import select

from bot.web import create_app
from core.conversations import Message
from core.messages import Attachment
from handoff.agents import Role
from handoff.gaps.noting import note_message
from handoff.gaps.sorting import Sorter
from handoff.gaps.tables import Gap, Why
from tests.console.knowledge.study import ENTRIES, Study
from tests.console.knowledge.test_roles import OPEN, address, routes_of
from tests.nlu.knowledge_bases import entry

# What a page never answers to this, whatever it is put into.
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
STREAMS = ("/events",)

# The pages are the same on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def is_page(path: str) -> bool:
    return not path.endswith(STREAMS)


def parameters_of(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for each in dependant.dependencies:
        yield from parameters_of(each)


class Dangers(HTMLParser):
    """Reads a page as browsers do, and keeps what would run, or look as if it were ours."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        runs = tag == "script" and "src" not in given and given.get("type") != "application/json"
        acts = any(name.startswith("on") or (value or "").startswith("javascript:") for name, value in attrs)
        if runs or acts or given.get("src") == "x" or "style" in given:
            self.seen.append(self.get_starttag_text() or tag)


async def hostile(study: Study) -> dict[str, str]:
    """Everybody wrote the same; the values of addresses that lead to it."""
    world = study.world
    agent = await world.agent("mei", NASTY)
    files = [Attachment(ref="f", name=NASTY), Attachment(ref="https://files.example/?q=\"'<", name=NASTY)]
    ticket = await world.ticket(NASTY, customer=NASTY, tier=NASTY, channel="pager", attachments=files)
    await world.work.take(ticket.id, agent)
    await world.work.note(ticket.id, agent, NASTY)
    await world.work.reply(ticket.id, agent, NASTY)
    nasty = entry(
        "nasty",
        title={"zh": NASTY, "en": NASTY + "2"},
        phrasings={"zh": [NASTY + "3"], "en": [NASTY + "4"]},
        answers={"zh": NASTY, "en": NASTY},
        buttons=["late"],
    )
    await study.drafts(*ENTRIES, nasty)
    async with study.database.write() as session:
        messages = select(Message).where(Message.conversation_id == ticket.conversation_id)
        message = (await session.scalars(messages.order_by(Message.seq))).first()
        assert message is not None
        await note_message(session, message.id, Why.MISSED, at=world.clock())
    await Sorter(study.database, clock=world.clock).step()
    async with study.database.read() as session:
        gap = (await session.scalars(select(Gap))).first()
        reply = (await session.scalars(messages.order_by(Message.seq.desc()))).first()
    assert reply is not None
    return {
        "ticket_id": str(ticket.id),
        "conversation_id": str(ticket.conversation_id),
        "customer_id": str(ticket.customer_id),
        "message_id": str(reply.id),
        "entry_id": "nasty",
        **({"gap_id": str(gap.id)} if gap else {}),
    }


def filled(path: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        path = path.replace(f"{{{name}}}", value)
    return address(path)


def install(study: Study) -> None:
    """The app as it is served: with its limits, and with pages for what goes wrong."""
    study.world.app = create_app(database=study.database, routers=[study.world.app.router])


def pages_of(study: Study) -> list[tuple[str, list[str]]]:
    """(path, names of what may stand after its question mark) of all that is read with GET."""
    found = []
    for context in iter_route_contexts(study.world.app.routes):
        path = context.path or ""
        if not path.startswith("/console") or path in OPEN - {"/console/sign-in"} or not is_page(path):
            continue
        if "GET" in (context.methods or ()):
            effective: Any = context._effective_route
            found.append((path, sorted(set(parameters_of(effective.dependant)))))
    return found


async def faults_of(browser: httpx.AsyncClient, address: str, **params: str) -> list[str]:
    """What is wrong with a page: it fails, it runs what it shows, or tells a person in JSON what went wrong."""
    try:
        response = await browser.get(address, params=params)
    except Exception as error:  # what the server would log
        return [f"{error!r}"]
    kind = response.headers.get("content-type", "")
    faults = [f"status {response.status_code}"] if response.status_code >= 500 else []
    if response.is_error and kind == "application/json":
        faults.append(response.text)
    if kind.startswith("text/html"):
        found = Dangers()
        found.feed(response.text)
        faults += found.seen
        policy = response.headers["content-security-policy"]
        if "script-src 'self'" not in policy or "unsafe" in policy or "frame-ancestors 'self'" not in policy:
            faults.append(policy)
    return faults


async def test_what_people_wrote_is_text_on_every_page(study: Study) -> None:
    install(study)
    known = await hostile(study)
    faults = {}
    showing = 0
    async with study.signed_in() as browser:
        for path, _ in pages_of(study):
            faults[path] = await faults_of(browser, filled(path, known))
            showing += "alert(1)" in (await browser.get(filled(path, known))).text
    assert {path: found for path, found in faults.items() if found} == {}
    assert showing > 12  # else it did not get there


async def test_what_stands_in_an_address_is_text_or_is_refused_in_a_page(study: Study) -> None:
    install(study)
    known = await hostile(study)
    faults = {}
    async with study.signed_in() as browser:
        for path, names in pages_of(study):
            for name in names:
                for value in (NASTY, "-1", "9" * 40, "\x00", "2026-13-40"):
                    faults[path, name, value] = await faults_of(browser, filled(path, known), **{name: value})
    assert len(faults) > 100
    assert {place: found for place, found in faults.items() if found} == {}


async def test_a_broken_address_is_told_in_a_page(study: Study) -> None:
    install(study)
    async with study.signed_in(language="zh") as browser:
        for path in ("/console/desk/tickets/abc", "/console/nowhere", "/console/gaps/1"):
            response = await browser.get(path)
            assert response.status_code in (404, 422)
            assert "去工作台" in response.text
            told = await browser.get(path, headers={"Accept": "application/json"})
            assert told.headers["content-type"] == "application/json"


async def test_no_other_site_acts_through_the_console(study: Study) -> None:
    install(study)
    async with study.signed_in(Role.ADMIN) as browser:
        for method, path, _ in routes_of(study):
            if method == "GET":
                continue
            for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
                response = await browser.request(method, address(path), headers=headers)
                assert response.status_code == 403, (method, path, headers)

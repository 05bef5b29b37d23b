"""Who may do what: every route of the console names a role, and refuses whoever has a lower one, and strangers."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from console.sessions import Needs
from core.audit import list_acts
from core.clock import utc_now
from core.errors import NotFound
from handoff.accounts import set_role
from handoff.agents import Role, find_agent
from tests.console.knowledge.study import HOME, Study

OPEN = {
    *("/console/sign-in", "/console/sign-out", "/console/demo", "/console/static/{name:path}"),
    *("/console/invitation/{secret}", "/console/sign-in/oidc", "/console/sign-in/oidc/start"),
}
ROLES = list(Role)


def needs_of(dependant: Dependant) -> Iterator[Needs]:
    if isinstance(dependant.call, Needs):
        yield dependant.call
    for each in dependant.dependencies:
        yield from needs_of(each)


def routes_of(study: Study) -> list[tuple[str, str, Needs]]:
    """(method, path, what it needs) of every route of the console that is not open to all."""
    found = []
    for context in iter_route_contexts(study.world.app.routes):
        path = context.path or ""
        if not path.startswith("/console/") or path in OPEN:
            continue
        effective: Any = context._effective_route  # with what the routers around it ask for
        needs = list(needs_of(effective.dependant))
        assert needs, f"{path} names no role"
        found += [(method, path, needs[0]) for method in context.methods or ()]
    return found


def address(path: str) -> str:
    """With something in the place of every parameter."""
    known = {"entry_id": "late", "number": "1", "name": "synonyms", "form": "yml"}
    return re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], str(uuid4())), path)


async def test_every_route_refuses_lower_roles_and_strangers(study: Study) -> None:
    routes = routes_of(study)
    assert len(routes) > 50
    async with study.world.browser() as stranger:
        for method, path, _ in routes:
            response = await stranger.request(method, address(path))
            assert (response.status_code, path) == (303, path)
            assert response.headers["location"].startswith("/console/sign-in")
    for role in ROLES:
        async with study.signed_in(role) as browser:
            for method, path, needs in routes:
                needed = needs.reading if method == "GET" else needs.role
                if not role.is_at_least(needed):
                    response = await browser.request(method, address(path))
                    assert (response.status_code, role, path) == (403, role, path)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("POST /console/knowledge/publish", Role.ADMIN),
        ("POST /console/knowledge/history/{number}/roll-back", Role.ADMIN),
        ("GET /console/audit", Role.ADMIN),
        ("GET /console/channels", Role.SUPERVISOR),
        ("POST /console/channels/{name}/test", Role.ADMIN),
        ("POST /console/channels/tokens", Role.ADMIN),
        ("POST /console/channels/tokens/revoke", Role.ADMIN),
        ("GET /console/settings/{name}", Role.SUPERVISOR),
        ("POST /console/settings/{name}", Role.ADMIN),
        ("POST /console/knowledge/entries/{entry_id}", Role.SUPERVISOR),
        ("POST /console/knowledge/import", Role.SUPERVISOR),
        ("GET /console/knowledge/entries/{entry_id}", Role.VIEWER),
        ("POST /console/desk/tickets/{ticket_id}/take", Role.AGENT),
    ],
)
async def test_what_each_role_may_do(study: Study, path: str, role: Role) -> None:
    needs = {f"{method} {path}": needs for method, path, needs in routes_of(study)}[path]
    assert (needs.role if path.startswith("POST") else needs.reading) is role


async def test_who_is_refused_is_told_why_in_a_page_and_a_script_in_words(study: Study) -> None:
    async with study.signed_in(Role.AGENT, language="zh") as browser:
        response = await browser.get("/console/audit")
        assert response.status_code == 403
        assert "您的角色是坐席，这里需要管理员" in response.text
        answer = await browser.get("/console/audit", headers={"Accept": "application/json"})
        assert "管理员" in answer.json()["detail"]


async def test_readers_see_fields_that_they_cannot_change_and_no_way_to_publish(study: Study) -> None:
    for role in (Role.AGENT, Role.VIEWER):
        async with study.signed_in(role) as browser:
            page = (await browser.get(f"{HOME}/entries/late")).text
            assert '<fieldset class="plain-set" disabled>' in page
            assert "It usually takes three days." in page
            assert "Save to the draft" not in page and f"{HOME}/publish" not in page


async def test_a_role_is_changed_and_the_change_is_logged(study: Study) -> None:
    await study.account("wei", Role.AGENT)
    async with study.database.write() as session:
        await set_role(session, "wei", Role.SUPERVISOR, by="root", now=utc_now())
    async with study.database.read() as session:
        wei = await find_agent(session, "wei")
        assert wei is not None and wei.role == Role.SUPERVISOR
        (act,) = await list_acts(session, words="wei role", limit=5)
    assert (act.who, act.what, act.before, act.after) == (
        "root",
        "user.role",
        {"role": "agent"},
        {"role": "supervisor"},
    )
    with pytest.raises(NotFound):
        async with study.database.write() as session:
            await set_role(session, "nobody", Role.ADMIN, by="root", now=utc_now())


async def test_the_audit_log_is_searched_and_paged(study: Study) -> None:
    await study.account("wei", Role.AGENT)
    async with study.database.write() as session:
        for number in range(60):
            role = Role.VIEWER if number % 2 else Role.AGENT
            await set_role(session, "wei", role, by=f"root{number}", now=utc_now())
    async with study.signed_in() as browser:
        page = (await browser.get("/console/audit?q=role")).text
        assert page.count("<tr>") == 51 and "root59" in page and "root9<" not in page
        older = re.search(r'rel="next" href="([^"]+)"', page)
        assert older is not None
        page = (await browser.get(older[1].replace("&amp;", "&"))).text
        assert page.count("<tr>") == 11 and "root9<" in page
        page = (await browser.get("/console/audit?q=root33")).text
        assert page.count("<tr>") == 2 and "viewer" in page
        assert "Nothing found" in (await browser.get("/console/audit?q=%25")).text

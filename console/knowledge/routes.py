"""The knowledge base in the console: the list of entries, and the routers of all its other pages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from console.knowledge import banned, bench, editor, golden, history, lists, publishing, replies, transfer
from console.knowledge.library import HOME, Library
from console.knowledge.listing import Order, Term, Wanted, list_entries
from console.knowledge.shelf import Stand, plain
from console.origins import check_same_origin
from console.pages import texts_for
from console.paging import make_pager, read_number
from console.sessions import Sessions
from core.languages import REPLY_LANGUAGES
from handoff.agents import Agent, Role

MAX_BODY = 1_000_000  # bytes of a form; a file that is imported may be larger
SUGGESTED = 12  # entries for what is typed


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """All pages under /console/knowledge."""
    router = APIRouter(
        include_in_schema=False, max_body_size=MAX_BODY, dependencies=[Depends(check_same_origin)]
    )
    reader = sessions.at_least(Role.VIEWER)

    @router.get(HOME)
    async def show_list(
        request: Request,
        agent: Annotated[Agent, Depends(reader)],
        q: str = "",
        stand: str = "",
        term: str = "",
        few: str = "",
        order: str = "",
        page: str = "1",
    ) -> Response:
        wanted = Wanted(
            words=q[:200],
            stand=Stand(stand) if stand in set(Stand) else None,
            term=Term(term) if term in set(Term) else None,
            few=next((each for each in REPLY_LANGUAGES if each == few), None),
            order=Order(order) if order in set(Order) else Order.WRITTEN,
            page=read_number(page),
        )
        asked = {
            **{"q": wanted.words, "stand": wanted.stand, "term": wanted.term},
            **{"few": wanted.few, "order": wanted.order},
        }
        contents, uses = await library.shelf.look(), await library.uses()
        listed = list_entries(
            contents, uses, wanted, today=library.today, language=texts_for(request).language
        )
        context = {
            "listed": listed,
            "pager": make_pager(HOME, asked, listed.page, pages=listed.pages),
            "wanted": wanted,
            "stands": list(Stand),
            "terms": list(Term),
            "orders": list(Order),
            "entries_count": len(contents.draft.entries),
        }
        return library.page(request, agent, contents, "knowledge_list.html", context, tab="entries")

    @router.get(HOME + "/names", dependencies=[Depends(reader)])
    async def suggest(request: Request, q: str = "") -> Response:
        """Ids and titles of entries, for a field that wants one."""
        contents, language = await library.shelf.look(), texts_for(request).language
        asked = plain(q[:100])
        found = [
            {"id": entry.id, "title": entry.title[language]}
            for entry in contents.draft.entries.values()
            if asked in plain("\n".join([entry.id, *entry.title.values()]))
        ]
        return JSONResponse(found[:SUGGESTED], headers={"Cache-Control": "no-store"})

    for part in (editor, bench, replies, banned, lists, golden, publishing, history, transfer):
        router.include_router(part.routes(library, sessions))
    return router

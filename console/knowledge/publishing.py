"""Publishing: what it would change is shown before it happens, and then it happens at once."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from console.knowledge.differences import differences
from console.knowledge.faults import worded
from console.knowledge.flips import Compared, compare, read_recent
from console.knowledge.library import EDITS, HOME, PUBLISHES, Library, log
from console.knowledge.minds import Mind
from console.pages import fragment, texts_for
from console.sessions import Sessions
from core.audit import find_last_act
from core.errors import NotAllowed, ShouwenError
from core.masking import mask
from handoff.agents import Agent
from nlu.knowledge import editing
from nlu.knowledge.check import Severity, Topic
from nlu.knowledge.golden import list_golden
from nlu.knowledge.publishing import Mistakes, Outdated

PUBLISH = HOME + "/publish"
MAX_NOTE = 500  # characters
SHOWN = 100  # findings
# Where what a finding is about is edited, if it is no entry.
_LISTS = {Topic.REPLIES: "lists/replies#reply-", Topic.WORDINGS: "lists/banned#banned-"}


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET and POST /console/knowledge/publish, and what it shows when the draft is learned."""
    router = APIRouter()
    looker = sessions.at_least(EDITS)

    async def publish_page(
        request: Request,
        agent: Agent,
        *,
        error: str = "",
        note: str = "",
        done: int | None = None,
        status: int = 200,
    ) -> Response:
        contents = await library.shelf.look()
        mark = await library.mark(contents)
        changes = await asyncio.to_thread(differences, contents.published, contents.draft)
        findings = await asyncio.to_thread(library.check, contents.draft) if changes else []
        if changes:
            library.minds.draft(contents, mark)  # it is learned while it is looked at
        texts = texts_for(request)
        context = {
            "mark": mark,
            "changes": changes,
            "findings": [
                {
                    "severity": each.severity,
                    "topic": texts(f"kb_topic_{each.topic.name.lower()}"),
                    "text": worded(each, texts),
                    "entries": each.entries,
                    "list": _LISTS.get(each.topic, ""),
                }
                for each in findings[:SHOWN]
            ],
            "unlisted": max(0, len(findings) - SHOWN),
            "blocked": any(each.severity is Severity.MISTAKE for each in findings),
            "second": await second_missing(agent),
            "note": note,
            "error": error,
            "done": done,
        }
        return library.page(
            request,
            agent,
            contents,
            "knowledge_publish.html",
            context,
            tab="publish",
            status=status,
            here=PUBLISH,
        )

    async def second_missing(agent: Agent) -> bool:
        """Whether somebody else has to publish what this agent edited last."""
        if not library.second_pair:
            return False
        async with library.database.read() as session:
            return await _edited_last(session, agent.username)

    @router.get(PUBLISH)
    async def show(
        request: Request, agent: Annotated[Agent, Depends(looker)], done: int | None = None
    ) -> Response:
        return await publish_page(request, agent, done=done)

    @router.get(PUBLISH + "/figures", dependencies=[Depends(looker)])
    async def show_figures(request: Request, draft: str = "") -> Response:
        """What is known when the draft is learned: figures, and whose answers would flip."""
        contents = await library.shelf.look()
        mark, texts = await library.mark(contents), texts_for(request)
        context: dict[str, object] = {
            "learning": False,
            "outdated": mark != draft,
            "failed": "",
            "figures": [],
            "compared": None,
            "name_of": lambda key: contents.title(key, texts.language),
            "home": HOME,
            "masked": lambda text: mask(text, region=library.region),
        }
        if mark == draft:
            task = library.minds.draft(contents, mark)
            if not task.done():
                context["learning"] = True
            else:
                try:
                    mind = task.result()
                except ShouwenError as error:
                    log.warning("console.not_learned", error=str(error))
                    context["failed"] = str(error)
                else:
                    before = await library.minds.live(contents)
                    context["figures"] = figures(before, mind)
                    context["compared"] = await compare_all(before, mind)
        return fragment(request, "knowledge_figures.html", context)

    async def compare_all(before: Mind | None, after: Mind) -> Compared:
        async with library.database.read() as session:
            recent, golden = await read_recent(session), await list_golden(session)
        return await compare(library.minds, before, after, recent, golden, today=library.today)

    @router.post(PUBLISH)
    async def publish(
        request: Request,
        agent: Annotated[Agent, Depends(sessions.at_least(PUBLISHES))],
        draft: Annotated[str, Form()] = "",
        note: Annotated[str, Form(max_length=MAX_NOTE)] = "",
    ) -> Response:
        texts, note = texts_for(request), " ".join(note.split())
        if await second_missing(agent):
            return await publish_page(request, agent, error=texts("kb_second_pair"), note=note, status=409)
        try:
            published = await library.publisher.publish(by=agent.username, note=note, only=draft)
        except Outdated:
            return await publish_page(request, agent, error=texts("kb_outdated"), note=note, status=409)
        except Mistakes:
            return await publish_page(request, agent, error=texts("kb_blocked"), note=note, status=409)
        except NotAllowed:
            return await publish_page(request, agent, error=texts("kb_no_draft"), note=note, status=409)
        except ShouwenError as error:
            log.error("console.not_published", error=str(error))
            told = texts("kb_not_published", reason=error)
            return await publish_page(request, agent, error=told, note=note, status=500)
        return RedirectResponse(f"{PUBLISH}?done={published.number}", 303)

    return router


def figures(before: Mind | None, after: Mind) -> list[tuple[str, float | None, float | None]]:
    """(name, before, after) of what was measured in training; shares."""

    def read(mind: Mind | None, *path: str) -> float | None:
        value: object = mind.figures if mind else None
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return float(value) if isinstance(value, (int, float)) else None

    wanted = {
        "accuracy_zh": ("accuracy", "zh"),
        "accuracy_en": ("accuracy", "en"),
        "answered_zh": ("answered", "zh"),
        "answered_en": ("answered", "en"),
        "answered_right": ("answered_right",),
        "unknown": ("not_answered_when_unknown",),
    }
    rows = [(name, read(before, *path), read(after, *path)) for name, path in wanted.items()]
    return [row for row in rows if row[2] is not None]


async def _edited_last(session: AsyncSession, username: str) -> bool:
    last = await find_last_act(session, editing.EDITS)
    return last is not None and last.who == username

"""Import and export: the draft as a file, with the checks and the row numbers of the command line."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from console.knowledge.library import EDITS, HOME, Library
from console.pages import texts_for
from console.sessions import Sessions
from core.errors import BadInput, ConfigError, NotFound, ShouwenError
from handoff.agents import Agent, Role
from nlu.knowledge.documents import from_data
from nlu.knowledge.drafts import Changes, import_knowledge
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.files import read_knowledge, to_bytes
from nlu.knowledge.rows import BadRows
from nlu.knowledge.versions import get_version

TRANSFER = HOME + "/transfer"
MAX_FILE = 20_000_000  # bytes
FORMS = {
    "yml": "application/yaml",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHOWN = 50  # rows that need mending


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET /console/knowledge/transfer and …/export/{form}, POST …/import."""
    router = APIRouter()
    reader = sessions.at_least(Role.VIEWER)

    async def transfer_page(
        request: Request,
        agent: Agent,
        *,
        error: str = "",
        rows: list[str] | None = None,
        changes: Changes | None = None,
        status: int = 200,
    ) -> Response:
        context = {"error": error, "rows": rows or [], "changes": changes, "most": MAX_FILE // 1_000_000}
        contents = await library.shelf.look()
        return library.page(
            request,
            agent,
            contents,
            "knowledge_transfer.html",
            context,
            tab="transfer",
            status=status,
            here=TRANSFER,
        )

    @router.get(TRANSFER)
    async def show(request: Request, agent: Annotated[Agent, Depends(reader)]) -> Response:
        return await transfer_page(request, agent)

    @router.get(HOME + "/export/{form}", dependencies=[Depends(reader)])
    async def export(request: Request, form: str, version: int | None = None) -> Response:
        if form not in FORMS:
            return RedirectResponse(TRANSFER, 303)
        contents, name = await library.shelf.look(), "draft"
        knowledge: KnowledgeBase = contents.draft
        if version is not None:
            try:
                async with library.database.read() as session:
                    snapshot = (await get_version(session, version)).snapshot
            except NotFound:
                return RedirectResponse(f"{HOME}/history", 303)
            knowledge, name = await asyncio.to_thread(from_data, snapshot), f"v{version}"
        data = await asyncio.to_thread(to_bytes, knowledge, Path(f"knowledge.{form}"))
        disposition = f'attachment; filename="knowledge-{name}-{library.today}.{form}"'
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return Response(data, media_type=FORMS[form], headers=headers | {"X-Content-Type-Options": "nosniff"})

    @router.post(HOME + "/import", max_body_size=MAX_FILE)
    async def import_file(
        request: Request, agent: Annotated[Agent, Depends(sessions.at_least(EDITS))], file: UploadFile
    ) -> Response:
        texts = texts_for(request)
        name = Path(file.filename or "").name
        if not name:
            return await transfer_page(request, agent, error=texts("kb_import_nothing"), status=422)
        try:
            knowledge = await asyncio.to_thread(_read, await file.read(), name)
        except BadRows as error:
            rows = [str(row) for row in error.rows[:SHOWN]]
            told = texts("kb_import_rows", count=len(error.rows))
            return await transfer_page(request, agent, error=told, rows=rows, status=422)
        except ShouwenError as error:
            told = texts("kb_import_refused")
            return await transfer_page(request, agent, error=told, rows=[_told(error, name)], status=422)
        changes = await import_knowledge(
            library.database, knowledge, configured=library.configured, by=agent.username, file=name
        )
        library.get_ready()
        return await transfer_page(request, agent, changes=changes)

    return router


def _read(data: bytes, name: str) -> KnowledgeBase:
    """By the file's ending, as the command line reads it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"upload{Path(name).suffix[:8].lower()}"
        path.write_bytes(data)
        try:
            return read_knowledge(path)
        except BadRows:
            raise
        except ConfigError as error:
            where = error.where.replace(str(path), name)
            raise ConfigError(where, error.problem.replace(str(path), name), error.mend) from error
        except BadInput as error:
            raise BadInput(error.field.replace(str(path), name), error.problem) from error


def _told(error: ShouwenError, name: str) -> str:
    return str(error) or name

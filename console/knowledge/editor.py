"""The editor: one entry of the draft, looked at while it is typed, saved, duplicated, deleted, and put back."""

import contextlib
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from channels.degrade import numbered
from console.knowledge.differences import Difference, entry_differences
from console.knowledge.faults import Examined, examine
from console.knowledge.forms import ACTIONS, EntryForm
from console.knowledge.library import EDITS, HOME, Library
from console.knowledge.listing import term_of
from console.knowledge.shelf import Contents, Stand, entry_of
from console.overview_view import list_address
from console.pages import render, texts_for
from console.sessions import Sessions
from console.texts import PageTexts
from core.errors import BadInput, NotAllowed, NotFound
from core.languages import REPLY_LANGUAGES
from core.messages import Button
from handoff.agents import Agent, Role
from handoff.gaps.acts import became, get_gap
from handoff.gaps.reads import read_detail
from handoff.gaps.wordings import answer_of, wordings_of
from handoff.reporting.cells import Figure
from nlu.knowledge.editing import Conflict, delete_entry, put_entry
from nlu.knowledge.entries import HUMAN, Entry
from nlu.knowledge.schema import KINDS

ENTRIES = HOME + "/entries"


@dataclass(frozen=True, kw_only=True)
class Look:
    """How an answer looks on a channel, in one language."""

    channel: str
    language: str
    text: str
    buttons: list[str]
    files: list[str]


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET and POST /console/knowledge/entries/…, and POST /console/knowledge/examine."""
    router = APIRouter()
    reader, writer = sessions.at_least(Role.VIEWER), sessions.at_least(EDITS)

    async def edit_page(
        request: Request,
        agent: Agent,
        contents: Contents,
        form: EntryForm,
        examined: Examined,
        *,
        seen: int | None,
        conflict: list[Difference] | None = None,
        error: str = "",
        status: int = 200,
        saved: bool = False,
        gap: UUID | None = None,
    ) -> Response:
        texts = texts_for(request)
        is_new = seen is None
        published = contents.published.entries.get(form.id)
        context: dict[str, object] = {
            "form": form,
            "examined": examined,
            "seen": seen,
            "is_new": is_new,
            "stand": None if is_new else contents.stand_of(form.id),
            "term": term_of(examined.entry, library.today) if examined.entry else None,
            "use": (await library.uses()).get(form.id),
            "votes_list": list_address(library.lately, Figure.VOTES, form.id, "no"),
            "changes": entry_differences(published, examined.entry) if published and examined.entry else [],
            "conflict": conflict,
            "error": error,
            "saved": saved,
            "gap": gap,
            "looks": looks(examined.entry, contents, texts) if examined.entry else [],
            "languages": REPLY_LANGUAGES,
            "actions": ACTIONS,
            "kinds": list(KINDS),
            "queues": {name: title[texts.language] for name, title in library.titles.items()},
            "leads_here": [each.id for each in contents.draft.entries.values() if form.id in each.buttons],
        }
        here = f"{ENTRIES}/new" if is_new else f"{ENTRIES}/{form.id}"
        return library.page(
            request, agent, contents, "knowledge_entry.html", context, tab="entries", status=status, here=here
        )

    def examine_it(request: Request, form: EntryForm, contents: Contents, *, is_new: bool) -> Examined:
        return examine(form, contents, texts_for(request), library.check, is_new=is_new)

    @router.get(ENTRIES + "/new")
    async def show_new(
        request: Request,
        agent: Annotated[Agent, Depends(writer)],
        m: Annotated[list[UUID] | None, Query()] = None,
        copy: str = "",
        question: str = "",
        gap: UUID | None = None,
        answer: UUID | None = None,
    ) -> Response:
        library.get_ready()
        contents = await library.shelf.look()
        form = EntryForm()
        if gap is not None:
            form = await fill_in(gap, m or (), answer)
        if copy in contents.draft.entries:
            form = EntryForm.of_entry(contents.draft.entries[copy])
            form = replace(form, id=free_id(f"{copy}_2", contents), phrasings={}, title={})
        elif question:
            written = "en" if question.isascii() else "zh"
            form = replace(form, phrasings={written: question[:1000]})
        return await edit_page(
            request, agent, contents, form, Examined(told=[], entry=None), seen=None, gap=gap
        )

    async def fill_in(gap_id: UUID, chosen: Sequence[UUID], answer: UUID | None) -> EntryForm:
        """How the customers of a gap asked, and what an agent answered; nothing of one that is not there."""
        try:
            async with library.database.read() as session:
                gap = await get_gap(session, gap_id)
                detail = await read_detail(
                    session, gap, now=library.clock(), zone=library.zone, region=library.region
                )
        except NotFound:
            return EntryForm()
        return EntryForm(
            phrasings={gap.language: "\n".join(wordings_of(detail, chosen))},
            answers={gap.language: answer_of(detail, answer)},
        )

    @router.get(ENTRIES + "/{entry_id}")
    async def show(
        request: Request, entry_id: str, agent: Annotated[Agent, Depends(reader)], saved: bool = False
    ) -> Response:
        if Role(agent.role).is_at_least(EDITS):
            library.get_ready()
        contents = await library.shelf.look()
        stand = contents.stand_of(entry_id)
        if stand is None:
            return gone(request, agent, contents)
        if stand is Stand.REMOVED:
            entry = contents.published.entries[entry_id]
            context = {"entry": entry, "form": EntryForm.of_entry(entry)}
            return library.page(request, agent, contents, "knowledge_removed.html", context, tab="entries")
        form = EntryForm.of_entry(contents.draft.entries[entry_id])
        examined = examine_it(request, form, contents, is_new=False)
        seen = contents.parsed[entry_id].revision
        return await edit_page(request, agent, contents, form, examined, seen=seen, saved=saved)

    def gone(request: Request, agent: Agent, contents: Contents) -> Response:
        context = {"error": texts_for(request)("kb_no_entry")}
        return library.page(
            request, agent, contents, "knowledge_gone.html", context, tab="entries", status=404
        )

    @router.post(ENTRIES)
    async def create(request: Request, agent: Annotated[Agent, Depends(writer)]) -> Response:
        contents = await library.shelf.look()
        sent = await request.form()
        form = EntryForm.of_request(sent)
        if not form.id:
            form = replace(form, id=free_id(_slug(form.title.get("en", "")), contents))
        return await save(request, agent, contents, form, seen=None, gap=_read_id(sent.get("gap")))

    @router.post(ENTRIES + "/{entry_id}")
    async def change(request: Request, entry_id: str, agent: Annotated[Agent, Depends(writer)]) -> Response:
        sent = await request.form()
        form, seen = EntryForm.of_request(sent, entry_id=entry_id), str(sent.get("seen", ""))
        contents = await library.shelf.look()
        return await save(request, agent, contents, form, seen=int(seen) if seen.isdecimal() else 0)

    async def save(
        request: Request,
        agent: Agent,
        contents: Contents,
        form: EntryForm,
        *,
        seen: int | None,
        gap: UUID | None = None,
    ) -> Response:
        texts = texts_for(request)
        examined = examine_it(request, form, contents, is_new=seen is None)
        if examined.entry is None:
            return await edit_page(
                request,
                agent,
                contents,
                form,
                examined,
                seen=seen,
                error=texts("kb_not_saved"),
                status=422,
                gap=gap,
            )
        try:
            async with library.database.write() as session:
                await put_entry(session, examined.entry, seen=seen, by=agent.username, now=library.clock())
                if gap is not None:
                    with contextlib.suppress(NotFound):  # it is named by a form
                        await became(session, gap, form.id, by=agent.username, now=library.clock())
        except BadInput:  # a button's entry has just been deleted: now it is seen when it is examined
            return await save(request, agent, await library.shelf.look(), form, seen=seen, gap=gap)
        except Conflict as conflict:
            contents = await library.shelf.look()
            if conflict.theirs is None:  # deleted: who saves again makes it anew
                error = texts("kb_conflict_deleted")
                return await edit_page(
                    request, agent, contents, form, examined, seen=None, error=error, status=409
                )
            theirs = entry_of(conflict.theirs.data)
            return await edit_page(
                request,
                agent,
                contents,
                form,
                examined,
                seen=conflict.theirs.revision,
                conflict=entry_differences(theirs, examined.entry),
                error=texts("kb_conflict"),
                status=409,
            )
        library.get_ready()
        return RedirectResponse(f"{ENTRIES}/{form.id}?saved=1", 303)

    @router.post(ENTRIES + "/{entry_id}/delete")
    async def remove(request: Request, entry_id: str, agent: Annotated[Agent, Depends(writer)]) -> Response:
        sent = str((await request.form()).get("seen", ""))
        texts = texts_for(request)
        try:
            async with library.database.write() as session:
                seen = int(sent) if sent.isdecimal() else 0
                await delete_entry(session, entry_id, seen=seen, by=agent.username, now=library.clock())
        except NotFound:
            pass
        except NotAllowed as error:
            contents = await library.shelf.look()
            key = "kb_conflict" if isinstance(error, Conflict) else "kb_only_entry"
            form = EntryForm.of_entry(contents.draft.entries[entry_id])
            examined = examine_it(request, form, contents, is_new=False)
            revision = contents.parsed[entry_id].revision
            return await edit_page(
                request, agent, contents, form, examined, seen=revision, error=texts(key), status=409
            )
        library.get_ready()
        return RedirectResponse(HOME, 303)

    @router.post(ENTRIES + "/{entry_id}/undo")
    async def undo(request: Request, entry_id: str, agent: Annotated[Agent, Depends(writer)]) -> Response:
        """Make it what is live again: a new one goes, a removed one comes back."""
        contents = await library.shelf.look()
        published = contents.published.entries.get(entry_id)
        mine = contents.parsed.get(entry_id)
        try:
            async with library.database.write() as session:
                if published is not None:
                    known = {HUMAN, entry_id, *contents.draft.entries}
                    entry = replace(
                        published, buttons=tuple(each for each in published.buttons if each in known)
                    )
                    seen = mine.revision if mine else None
                    await put_entry(session, entry, seen=seen, by=agent.username, now=library.clock())
                elif mine is not None:
                    seen = mine.revision
                    await delete_entry(session, entry_id, seen=seen, by=agent.username, now=library.clock())
        except (NotAllowed, NotFound, BadInput):  # somebody else was faster: show what there is now
            pass
        library.get_ready()
        return RedirectResponse(f"{ENTRIES}/{entry_id}" if published else HOME, 303)

    @router.post(HOME + "/examine", dependencies=[Depends(writer)])
    async def examine_typed(request: Request) -> Response:
        """What is wrong with the form as it stands, and how it will look: for a script, while it is typed."""
        sent = await request.form()
        is_new = not sent.get("seen")
        contents = await library.shelf.look()
        form = EntryForm.of_request(sent)
        if is_new and not form.id:
            form = replace(form, id=free_id(_slug(form.title.get("en", "")), contents))
        examined = examine_it(request, form, contents, is_new=is_new)
        shown = looks(examined.entry, contents, texts_for(request)) if examined.entry else []
        told = [
            {"field": each.field, "text": each.text, "grave": each.grave, "blocks": each.blocks}
            | ({"href": f"{ENTRIES}/{each.entry}"} if each.entry else {})
            for each in examined.told
        ]
        preview = render(request, "knowledge_preview.html", {"looks": shown}) if shown else ""
        return JSONResponse({"told": told, "preview": preview}, headers={"Cache-Control": "no-store"})

    return router


def looks(entry: Entry, contents: Contents, texts: PageTexts) -> list[Look]:
    """How the answer looks where it is read: with buttons, and numbered where there are none."""
    shown = []
    for channel in ("webchat", "telegram", "http_api"):
        for language in REPLY_LANGUAGES:
            reads = PageTexts(language)
            labels = [
                reads("kb_button_human") if each == HUMAN else contents.title(each, language)
                for each in entry.buttons
            ]
            text = entry.answer(language, channel)
            if channel == "http_api":
                text = numbered(text, [Button(action=each, label=each) for each in labels])
            shown.append(
                Look(
                    channel=channel,
                    language=language,
                    text=text,
                    buttons=[] if channel == "http_api" else labels,
                    files=[each.name for each in entry.attachments],
                )
            )
    return shown


def free_id(wish: str, contents: Contents) -> str:
    """An id that nothing has, as much like the wish as can be."""
    taken = {HUMAN, *contents.draft.entries, *contents.published.entries}
    name = re.sub(r"_\d+$", "", wish) if wish in taken else wish
    number = 1
    while wish in taken:
        number += 1
        wish = f"{name}_{number}"
    return wish


def _slug(title: str) -> str:
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "_".join(words)[:60] or "entry"


def _read_id(sent: object) -> UUID | None:
    try:
        return uuid.UUID(sent) if isinstance(sent, str) and sent else None
    except ValueError:
        return None

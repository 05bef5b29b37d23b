"""What the draft holds beside entries: words that mean the same, and what the bot does not answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from console.knowledge.library import EDITS, HOME, Library
from console.pages import texts_for
from console.sessions import Sessions
from console.texts import PageTexts
from core.languages import REPLY_LANGUAGES
from core.yaml_files import spell
from handoff.agents import Agent, Role
from nlu.knowledge.cells import read_lines
from nlu.knowledge.check import key_of
from nlu.knowledge.editing import Conflict, find_list, put_list
from nlu.knowledge.rules import find_faults
from nlu.knowledge.schema import FileModel
from nlu.normalise import normalise

SYNONYMS_BETWEEN = "=＝,，、"  # what may stand between two words of a group


@dataclass(frozen=True, kw_only=True)
class ListForm:
    """One list as fields of text: by language, or one for all. A further list is a further one of these."""

    name: str
    fields: Sequence[str]
    read: Callable[[Mapping[str, str]], Any]
    write: Callable[[Any], Mapping[str, str]]


def _read_outside(texts: Mapping[str, str]) -> Any:
    lists = {
        language: list(dict.fromkeys(line.strip() for line in read_lines(texts[language])))
        for language in REPLY_LANGUAGES
    }
    return {language: lines for language, lines in lists.items() if lines}


def _write_outside(data: Any) -> Mapping[str, str]:
    return {language: "\n".join(data.get(language, ())) for language in REPLY_LANGUAGES}


def _read_synonyms(texts: Mapping[str, str]) -> Any:
    groups = []
    for line in read_lines(texts["all"]):
        for mark in SYNONYMS_BETWEEN[1:]:
            line = line.replace(mark, SYNONYMS_BETWEEN[0])
        groups.append([word for each in line.split(SYNONYMS_BETWEEN[0]) if (word := each.strip())])
    return [group for group in groups if group]


def _write_synonyms(data: Any) -> Mapping[str, str]:
    return {"all": "\n".join(" = ".join(group) for group in data)}


FORMS = {
    form.name: form
    for form in (
        ListForm(name="synonyms", fields=("all",), read=_read_synonyms, write=_write_synonyms),
        ListForm(name="out_of_scope", fields=REPLY_LANGUAGES, read=_read_outside, write=_write_outside),
    )
}


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET and POST /console/knowledge/lists/{name}."""
    router = APIRouter()

    async def list_page(
        request: Request,
        agent: Agent,
        form: ListForm,
        typed: Mapping[str, str] | None,
        *,
        told: Sequence[str] = (),
        error: str = "",
        theirs: bool = False,
        saved: bool = False,
        status: int = 200,
    ) -> Response:
        async with library.database.read() as session:
            kept = await find_list(session, form.name)
        stands = form.write(kept.data)
        context = {
            "name": form.name,
            "fields": form.fields,
            "typed": typed or stands,
            "theirs": stands if theirs else None,
            "seen": kept.revision,
            "told": told,
            "error": error,
            "saved": saved,
            "lists": list(FORMS),
        }
        return library.page(
            request,
            agent,
            await library.shelf.look(),
            "knowledge_lists.html",
            context,
            tab=form.name,
            status=status,
        )

    @router.get(HOME + "/lists/{name}")
    async def show(
        request: Request,
        name: str,
        agent: Annotated[Agent, Depends(sessions.at_least(Role.VIEWER))],
        saved: bool = False,
    ) -> Response:
        if name not in FORMS:
            return RedirectResponse(HOME, 303)
        return await list_page(request, agent, FORMS[name], None, saved=saved)

    @router.post(HOME + "/lists/{name}")
    async def save(
        request: Request, name: str, agent: Annotated[Agent, Depends(sessions.at_least(EDITS))]
    ) -> Response:
        if name not in FORMS:
            return RedirectResponse(HOME, 303)
        form, sent, texts = FORMS[name], await request.form(), texts_for(request)
        typed = {field: _text(sent, field) for field in form.fields}
        data, seen = form.read(typed), _text(sent, "seen")
        if told := await faults(name, data, texts):
            error = texts("kb_not_saved")
            return await list_page(request, agent, form, typed, told=told, error=error, status=422)
        try:
            async with library.database.write() as session:
                await put_list(
                    session,
                    name,
                    data,
                    seen=int(seen) if seen.isdecimal() else -1,
                    by=agent.username,
                    now=library.clock(),
                )
        except Conflict:
            error = texts("kb_conflict")
            return await list_page(request, agent, form, typed, error=error, theirs=True, status=409)
        library.get_ready()
        return RedirectResponse(f"{HOME}/lists/{name}?saved=1", 303)

    async def faults(name: str, data: Any, texts: PageTexts) -> list[str]:
        try:
            model = FileModel.model_validate({name: data})
        except ValidationError as error:
            lines = [tuple(details["loc"])[-1] for details in error.errors()]
            return [texts("kb_fault_line", row=line + 1 if isinstance(line, int) else 1) for line in lines]
        told = []
        for fault in find_faults([model], lambda _, location: spell(location)):
            match fault.location:
                case ("synonyms", int(group)):
                    told.append(texts("kb_fault_group", row=group + 1))
                case ("synonyms", int(group), int(place)):
                    told.append(
                        texts("kb_fault_word_twice", word=model.synonyms[group][place], row=group + 1)
                    )
                case _:
                    told.append(f"{fault.problem}. {fault.mend}")
        if name == "out_of_scope":
            contents = await library.shelf.look()
            for text in (text for each in model.out_of_scope.values() for text in each):
                for owner, _ in list(contents.owners.get(key_of(text), ()))[:1]:
                    title = contents.title(owner, texts.language)
                    told.append(texts("kb_fault_outside_shared", text=text, title=title))
                if not normalise(text):
                    told.append(texts("kb_fault_empty"))
        return told

    return router


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""

"""Canned replies in the console: one form each, so that two who edit two of them do not meet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from console.knowledge.faults import Told, worded
from console.knowledge.items import Data, ItemConflict, put_item, seen_of
from console.knowledge.library import EDITS, HOME, Library
from console.knowledge.shelf import Contents
from console.pages import texts_for
from console.sessions import Sessions
from console.texts import PageTexts
from core.languages import REPLY_LANGUAGES
from core.yaml_files import spell
from handoff.agents import Agent, Role
from nlu.knowledge.check import Topic
from nlu.knowledge.documents import reply_to_data
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.naming import name_entry
from nlu.knowledge.rules import LONGEST_REPLY, find_faults
from nlu.knowledge.schema import FileModel
from nlu.knowledge.variables import VARIABLES, fill, find_bare, find_unknown

REPLIES = "replies"
PAGE = HOME + "/lists/" + REPLIES


@dataclass(frozen=True, kw_only=True)
class ReplyForm:
    """A reply as fields. `id` is empty for one that is new; `seen` tells what stood there when the form was shown."""

    id: str
    seen: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    queues: Sequence[str] = ()
    told: Sequence[Told] = ()
    previews: Mapping[str, str] = field(default_factory=dict)

    def on(self, name: str) -> Sequence[Told]:
        """What is told of a field."""
        return [each for each in self.told if each.field == name]


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET and POST /console/knowledge/lists/replies, and POST /delete below it."""
    router = APIRouter()
    editor = sessions.at_least(EDITS)

    def replies_page(
        request: Request,
        agent: Agent,
        contents: Contents,
        *,
        typed: ReplyForm | None = None,
        theirs: Data | None = None,
        error: str = "",
        done: str = "",
        status: int = 200,
    ) -> Response:
        texts = texts_for(request)
        stand = [reply_to_data(reply) for reply in contents.draft.replies.values()]
        forms = [_form_of(data, told=_findings(contents, data["id"], texts, library)) for data in stand]
        if typed is not None:
            forms = [typed if each.id == typed.id else each for each in forms]
        is_there = typed is not None and typed.id in contents.draft.replies
        context = {
            "page": PAGE,
            "forms": forms,
            "new": typed if typed is not None and not is_there else ReplyForm(id=""),
            "open": typed.id if typed is not None else None,
            "theirs": _form_of(theirs) if theirs else None,
            "queues": {
                name: titles.get(texts.language, name) for name, titles in sorted(library.titles.items())
            },
            "variables": VARIABLES,
            "languages": REPLY_LANGUAGES,
            "error": error,
            "done": done,
        }
        template = "knowledge_replies.html"
        return library.page(
            request, agent, contents, template, context, tab=REPLIES, status=status, here=PAGE
        )

    @router.get(PAGE)
    async def show(
        request: Request,
        agent: Annotated[Agent, Depends(sessions.at_least(Role.VIEWER))],
        done: str = "",
    ) -> Response:
        told = f"kb_reply_{done}" if done in ("saved", "deleted") else ""
        return replies_page(request, agent, await library.shelf.look(), done=told)

    @router.post(PAGE)
    async def save(request: Request, agent: Annotated[Agent, Depends(editor)]) -> Response:
        sent, texts = await request.form(), texts_for(request)
        contents = await library.shelf.look()
        form = _read(sent)
        data = _document(form, contents)
        if told := list(_faults(data, form, contents, texts)):
            error = texts("kb_not_saved")
            typed = _form_of(data, like=form, told=told)
            return replies_page(request, agent, contents, typed=typed, error=error, status=422)
        try:
            await put_item(library, REPLIES, data["id"], data, seen=form.seen, by=agent.username)
        except ItemConflict as conflict:
            return await tell_conflict(request, agent, form, conflict)
        library.get_ready()
        return RedirectResponse(f"{PAGE}?done=saved#reply-{data['id']}", 303)

    @router.post(PAGE + "/delete")
    async def delete(request: Request, agent: Annotated[Agent, Depends(editor)]) -> Response:
        form = _read(await request.form())
        try:
            await put_item(library, REPLIES, form.id, None, seen=form.seen, by=agent.username)
        except ItemConflict as conflict:
            if conflict.theirs is not None:
                return await tell_conflict(request, agent, form, conflict)
        return RedirectResponse(f"{PAGE}?done=deleted", 303)

    async def tell_conflict(
        request: Request, agent: Agent, form: ReplyForm, conflict: ItemConflict
    ) -> Response:
        texts = texts_for(request)
        seen = seen_of(REPLIES, conflict.theirs) if conflict.theirs else ""
        typed = _form_of({"id": form.id, "title": form.title, "text": form.text}, like=form, seen=seen)
        error = texts("kb_conflict" if conflict.theirs else "kb_reply_theirs_gone")
        contents = await library.shelf.look()
        return replies_page(
            request, agent, contents, typed=typed, theirs=conflict.theirs, error=error, status=409
        )

    return router


def _read(sent: FormData) -> ReplyForm:
    def text(name: str) -> str:
        value = sent.get(name, "")
        return value if isinstance(value, str) else ""

    return ReplyForm(
        id=text("id").strip(),
        seen=text("seen"),
        title={each: text(f"title_{each}").strip() for each in REPLY_LANGUAGES},
        text={each: text(f"text_{each}").replace("\r\n", "\n").strip() for each in REPLY_LANGUAGES},
        queues=[each for each in sent.getlist("queue") if isinstance(each, str) and each],
    )


def _document(form: ReplyForm, contents: Contents) -> Data:
    """The reply as a file would have it; one without an id is called after its English title."""
    named = form.id or name_entry(form.title["en"] or form.title["zh"], set(contents.draft.replies))
    filled = {
        part: {language: text for language, text in getattr(form, part).items() if text}
        for part in ("title", "text")
    }
    return {"id": named, **filled} | ({"queues": list(form.queues)} if form.queues else {})


def _faults(data: Data, form: ReplyForm, contents: Contents, texts: PageTexts) -> Iterator[Told]:
    """What keeps it from being saved, beside the field in which it is."""
    if not form.seen and data["id"] in contents.draft.replies:
        yield Told(field="id", text=texts("kb_fault_id_taken", id=data["id"]), grave=True)
    missing = [
        f"{part}_{each}" for part in ("title", "text") for each in REPLY_LANGUAGES if not data[part].get(each)
    ]
    for name in missing:
        yield Told(field=name, text=texts("kb_fault_missing"), grave=True)
    try:
        model = FileModel.model_validate({REPLIES: [data]})
    except ValidationError as error:
        for details in error.errors():
            yield _of_shape(details, texts)
        return
    told = set(missing)
    for language, text in data["text"].items():
        name = f"text_{language}"
        for variable in find_unknown(text):
            told.add(name)
            yield Told(field=name, text=texts("kb_fault_variable", variable=variable), grave=True)
        for variable, _ in find_bare(text):
            told.add(name)
            yield Told(field=name, text=texts("kb_fault_bare_variable", variable=variable), grave=True)
        if len(text) > LONGEST_REPLY:
            told.add(name)
            yield Told(field=name, text=texts("kb_fault_reply_long", most=LONGEST_REPLY), grave=True)
    for fault in find_faults([model], lambda _, location: spell(location)):  # and whatever rule came later
        name = _field(fault.location[2:])
        if name not in told:
            yield Told(field=name, text=f"{fault.problem}. {fault.mend}", grave=True)


def _of_shape(details: Any, texts: PageTexts) -> Told:
    reason = str(details.get("ctx", {}).get("error", ""))
    name = _field(tuple(details["loc"])[2:])
    if name == "id":
        return Told(field=name, text=texts("kb_fault_id"), grave=True)
    if "invisible character" in reason:
        code = reason.partition("(")[2].rstrip(")")
        return Told(field=name, text=texts("kb_fault_invisible", code=code), grave=True)
    return Told(field=name, text=texts("kb_fault_reply_shape"), grave=True)


def _field(location: Sequence[int | str]) -> str:
    match location:
        case ("title" | "text" as part, str(language), *_):
            return f"{part}_{language}"
        case (str(part), *_):
            return part
        case _:
            return "id"


def _findings(contents: Contents, reply_id: str, texts: PageTexts, library: Library) -> Sequence[Told]:
    """What the check says of a reply that stands: the language guard's objections, queues that there are not."""
    replies = {reply_id: contents.draft.replies[reply_id]}
    knowledge = KnowledgeBase({}, replies=replies, banned=contents.draft.banned)
    findings = [each for each in library.check(knowledge) if each.topic is Topic.REPLIES]
    return [Told(field="", text=worded(each, texts)) for each in findings]


def _form_of(
    data: Data, *, like: ReplyForm | None = None, seen: str | None = None, told: Sequence[Told] = ()
) -> ReplyForm:
    """`like` is what was sent, which is shown as it was typed."""
    values = {"number": "A2B-0042"}
    return ReplyForm(
        id=like.id if like else data["id"],
        seen=seen if seen is not None else like.seen if like else seen_of(REPLIES, data),
        title=data["title"],
        text=data["text"],
        queues=like.queues if like else data.get("queues", ()),
        told=told,
        previews={
            language: fill(text, {**_samples(language), **values}) for language, text in data["text"].items()
        },
    )


def _samples(language: str) -> Mapping[str, str]:
    texts = PageTexts("en" if language == "en" else "zh")
    return {name: texts(f"kb_sample_{name}") for name in VARIABLES if name != "number"}

"""Banned phrases (服务忌语) in the console: the shop's own, what it changes of the shipped ones, and what they catch."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy import select
from starlette.datastructures import FormData

from console.knowledge.faults import Told
from console.knowledge.items import Data, ItemConflict, put_item, seen_of
from console.knowledge.library import EDITS, HOME, Library
from console.knowledge.shelf import Contents
from console.pages import fragment, texts_for
from console.sessions import Sessions
from console.texts import PageTexts
from core.yaml_files import spell
from handoff.agents import Agent, Role
from handoff.guard import Guard, Offence, Rule
from nlu.knowledge.banned import BannedPhrases, Family, Hold, banned_to_data
from nlu.knowledge.cells import read_lines
from nlu.knowledge.entries import KnowledgeBase
from nlu.knowledge.golden import GoldenQuestion
from nlu.knowledge.naming import name_entry
from nlu.knowledge.rules import find_faults
from nlu.knowledge.schema import FileModel, to_knowledge

BANNED = "banned"
PAGE = HOME + "/lists/" + BANNED
LONGEST = 2_000  # characters of a sentence that is tried
SHOWN = 20  # texts that a phrase catches


@dataclass(frozen=True, kw_only=True)
class BannedForm:
    """Phrases as fields. `id` is empty for new ones; `seen` tells what stood there when the form was shown."""

    id: str = ""
    seen: str = ""
    phrases: str = ""
    hold: str = Hold.WARN
    family: str = ""
    better: str = ""
    why: str = ""
    told: Sequence[Told] = ()

    def on(self, name: str) -> Sequence[Told]:
        """What is told of a field."""
        return [each for each in self.told if each.field == name]


@dataclass(frozen=True, kw_only=True)
class Caught:
    """A text of the knowledge base with such a phrase in it: `href` leads to it."""

    kind: str  # answer, reply or golden
    name: str
    href: str
    phrase: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """What is told of phrases as they are typed: what is wrong, what to know, and what they catch."""

    told: Sequence[Told] = ()
    notes: Sequence[str] = ()
    caught: Sequence[Caught] = ()
    unlisted: int = 0
    is_looked: bool = False


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """Phrases that are shipped with one rule, and what this shop's draft says of each: its item's id, if it has one."""

    rule: Rule
    phrases: Sequence[tuple[str, str]] = field(default_factory=tuple)


def routes(library: Library, sessions: Sessions) -> APIRouter:
    """GET and POST /console/knowledge/lists/banned, and POST /delete and /look below it."""
    router = APIRouter()
    editor = sessions.at_least(EDITS)

    async def banned_page(
        request: Request,
        agent: Agent,
        contents: Contents,
        *,
        typed: BannedForm | None = None,
        look: Look | None = None,
        theirs: Data | None = None,
        words: str = "",
        said: str = "",
        error: str = "",
        done: str = "",
        status: int = 200,
    ) -> Response:
        stand = contents.draft.banned
        forms = [_form_of(banned_to_data(each)) for each in stand.values()]
        if typed is not None:
            forms = [typed if each.id == typed.id else each for each in forms]
        is_there = typed is not None and typed.id in stand
        context = {
            "page": PAGE,
            "forms": forms,
            "new": typed if typed is not None and not is_there else BannedForm(),
            "open": typed.id if typed is not None else None,
            "look": look or Look(),
            "theirs": _form_of(theirs) if theirs else None,
            "words": words,
            "shipped": _find_shipped(library.guard, contents.draft, words) if words else [],
            "count": len(library.guard.phrases()),
            "holds": list(Hold),
            "families": list(Family),
            "error": error,
            "done": done,
            **_try(library.guard, contents, said),
        }
        template = "knowledge_banned.html"
        return library.page(request, agent, contents, template, context, tab=BANNED, status=status, here=PAGE)

    @router.get(PAGE)
    async def show(
        request: Request,
        agent: Annotated[Agent, Depends(sessions.at_least(Role.VIEWER))],
        done: str = "",
        id: str = "",
        phrase: str = "",
        q: str = "",
        said: str = "",
        part: bool = False,
    ) -> Response:
        """`id` is opened; `phrase` is begun to be changed; `q` is looked for among the shipped; `said` is tried."""
        contents, said = await library.shelf.look(), said[:LONGEST].strip()
        if part:
            context = {"page": PAGE, **_try(library.guard, contents, said)}
            return fragment(request, "knowledge_banned_try.html", context)
        typed = look = None
        if found := contents.draft.banned.get(id):
            typed = _form_of(banned_to_data(found))
            look = await look_at(typed, contents, texts_for(request))
        elif phrase and (rule := library.guard.find(phrase[:100])):
            typed = BannedForm(
                phrases=phrase[:100], hold=rule.level, family=rule.family, better=rule.better, why=rule.why
            )
        told = f"kb_banned_{done}" if done in ("saved", "deleted") else ""
        return await banned_page(
            request, agent, contents, typed=typed, look=look, words=q[:100].strip(), said=said, done=told
        )

    @router.post(PAGE)
    async def save(request: Request, agent: Annotated[Agent, Depends(editor)]) -> Response:
        sent, texts = await request.form(), texts_for(request)
        contents = await library.shelf.look()
        form = _read(sent)
        data = _document(form, contents)
        look = await look_at(form, contents, texts)
        if any(each.grave for each in look.told):
            error = texts("kb_not_saved")
            return await banned_page(
                request,
                agent,
                contents,
                typed=replace(form, told=look.told),
                look=look,
                error=error,
                status=422,
            )
        try:
            await put_item(library, BANNED, data["id"], data, seen=form.seen, by=agent.username)
        except ItemConflict as conflict:
            return await tell_conflict(request, agent, form, conflict)
        library.get_ready()
        return RedirectResponse(f"{PAGE}?done=saved&id={data['id']}#banned-{data['id']}", 303)

    @router.post(PAGE + "/delete")
    async def delete(request: Request, agent: Annotated[Agent, Depends(editor)]) -> Response:
        form = _read(await request.form())
        try:
            await put_item(library, BANNED, form.id, None, seen=form.seen, by=agent.username)
        except ItemConflict as conflict:
            if conflict.theirs is not None:
                return await tell_conflict(request, agent, form, conflict)
        return RedirectResponse(f"{PAGE}?done=deleted", 303)

    @router.post(PAGE + "/look", dependencies=[Depends(editor)])
    async def look_typed(request: Request) -> Response:
        """What is told of the form as it stands: for a script, while it is typed."""
        form, contents = _read(await request.form()), await library.shelf.look()
        look = await look_at(form, contents, texts_for(request))
        return fragment(request, "knowledge_banned_look.html", {"look": look})

    async def tell_conflict(
        request: Request, agent: Agent, form: BannedForm, conflict: ItemConflict
    ) -> Response:
        texts, contents = texts_for(request), await library.shelf.look()
        seen = seen_of(BANNED, conflict.theirs) if conflict.theirs else ""
        typed = replace(form, seen=seen)
        error = texts("kb_conflict" if conflict.theirs else "kb_banned_theirs_gone")
        return await banned_page(
            request, agent, contents, typed=typed, theirs=conflict.theirs, error=error, status=409
        )

    async def look_at(form: BannedForm, contents: Contents, texts: PageTexts) -> Look:
        data = _document(form, contents)
        told = list(_faults(data, form, contents, texts))
        if told:
            return Look(told=told, is_looked=True)
        banned = _to_banned(data)
        beside = [each for each in contents.draft.banned.values() if each.id != banned.id]
        whole = library.guard.with_changes([*beside, banned])
        if offences := whole.check(banned.better):
            told.append(
                Told(field="better", text=texts("kb_fault_better", phrase=offences[0].phrase), grave=True)
            )
        async with library.database.read() as session:
            golden = list(await session.scalars(select(GoldenQuestion.question)))
        only = Guard({}).with_changes([banned])
        caught = await asyncio.to_thread(lambda: list(_catch(only, contents, golden, texts)))
        return Look(
            told=told,
            notes=list(_notes(banned, library.guard, texts)),
            caught=caught[:SHOWN],
            unlisted=max(0, len(caught) - SHOWN),
            is_looked=True,
        )

    return router


def _read(sent: FormData) -> BannedForm:
    def text(name: str) -> str:
        value = sent.get(name, "")
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    return BannedForm(
        id=text("id"),
        seen=text("seen"),
        phrases=text("phrases"),
        hold=text("hold"),
        family=text("family"),
        better=text("better"),
        why=text("why"),
    )


def _document(form: BannedForm, contents: Contents) -> Data:
    """The phrases as a file would have them; new ones are called after the first."""
    phrases = list(read_lines(form.phrases))
    named = form.id or name_entry(phrases[0] if phrases else "", set(contents.draft.banned))
    data: dict[str, Any] = {"id": named, "phrases": phrases, "hold": form.hold}
    filled = {name: getattr(form, name) for name in ("family", "better", "why")}
    return data | {name: value for name, value in filled.items() if value}


def _faults(data: Data, form: BannedForm, contents: Contents, texts: PageTexts) -> Iterator[Told]:
    """What keeps it from being saved, beside the field in which it is."""
    if not form.seen and form.id and data["id"] in contents.draft.banned:
        yield Told(field="id", text=texts("kb_fault_id_taken", id=data["id"]), grave=True)
    stand = [banned_to_data(each) for each in contents.draft.banned.values() if each.id != data["id"]]
    try:
        model = FileModel.model_validate({BANNED: [*stand, data]})
    except ValidationError as error:
        for details in error.errors():
            yield _of_shape(details, texts)
        return
    for fault in find_faults([model], lambda _, location: spell(location)):
        match fault.location:
            case ("banned", int(index), *rest) if index == len(stand):
                yield _of_rule(tuple(rest), data, f"{fault.problem}. {fault.mend}", contents, texts)


def _of_shape(details: Any, texts: PageTexts) -> Told:
    name = next((each for each in tuple(details["loc"])[2:] if isinstance(each, str)), "phrases")
    reason = str(details.get("ctx", {}).get("error", ""))
    if "invisible character" in reason:
        code = reason.partition("(")[2].rstrip(")")
        return Told(field=name, text=texts("kb_fault_invisible", code=code), grave=True)
    return Told(field=name, text=texts("kb_fault_reply_shape"), grave=True)


def _of_rule(
    location: tuple[int | str, ...], data: Data, told: str, contents: Contents, texts: PageTexts
) -> Told:
    match location:
        case ("phrases",) if not data["phrases"]:
            text = texts("kb_fault_missing")
        case ("phrases",):
            text = texts("kb_fault_two_languages")
        case ("phrases", int(index)) if "already stands" in told:
            text = texts("kb_fault_phrase_twice", phrase=data["phrases"][index])
        case ("phrases", int(index)) if "no letter" in told:
            text = texts("kb_fault_phrase_letters", phrase=data["phrases"][index])
        case ("phrases", int()):
            text = texts("kb_fault_phrase_long")
        case ("family" | "better" | "why" as name,) if not data.get(name):
            text = texts("kb_fault_missing")
        case ("better" | "why",):
            text = texts("kb_fault_wording_long")
        case _:  # a rule that came later
            text = told
    return Told(field=str(location[0]) if location else "id", text=text, grave=True)


def _notes(banned: BannedPhrases, shipped: Guard, texts: PageTexts) -> Iterator[str]:
    """How it stands to what is shipped."""
    for phrase in banned.phrases:
        is_shipped = shipped.find(phrase) is not None
        if is_shipped and banned.hold is not Hold.OFF:
            yield texts("kb_banned_instead", phrase=phrase)
        if not is_shipped and banned.hold is Hold.OFF:
            yield texts("kb_banned_off_for_nothing", phrase=phrase)


def _catch(only: Guard, contents: Contents, golden: Sequence[str], texts: PageTexts) -> Iterator[Caught]:
    """What stands in the knowledge base and has such a phrase in it."""
    language = texts.language
    for reply in contents.draft.replies.values():
        if offence := _first(only, reply.text.values()):
            name = reply.title.get(language, reply.id)
            href = f"{HOME}/lists/replies#reply-{reply.id}"
            yield Caught(kind="reply", name=name, href=href, phrase=offence.phrase)
    for entry in contents.draft.entries.values():
        answers = [text for each in (entry.answers, *entry.answers_on.values()) for text in each.values()]
        if offence := _first(only, answers):
            name = contents.title(entry.id, language)
            href = f"{HOME}/entries/{entry.id}"
            yield Caught(kind="answer", name=name, href=href, phrase=offence.phrase)
    for question in golden:
        if offence := _first(only, [question]):
            yield Caught(kind="golden", name=question, href=f"{HOME}/golden", phrase=offence.phrase)


def _first(guard: Guard, said: Any) -> Offence | None:
    return next((offence for text in said for offence in guard.check(text)), None)


def _try(shipped: Guard, contents: Contents, said: str) -> Mapping[str, object]:
    """What is said of a sentence by the draft, and where that differs, by what is live."""
    if not said:
        return {"said": "", "offences": [], "live": None}
    drafted = shipped.with_changes(contents.draft.banned.values()).check(said)
    live = shipped.with_changes(contents.published.banned.values()).check(said)
    own = {phrase: each.id for each in contents.draft.banned.values() for phrase in each.phrases}
    return {"said": said, "offences": drafted, "live": live if live != drafted else None, "own": own}


def _find_shipped(shipped: Guard, draft: KnowledgeBase, words: str) -> list[Shipped]:
    """The shipped rules with these words in them ("*": all), and what the draft has changed."""
    changed = {key: each.id for each in draft.banned.values() for key in each.phrases}
    rules: dict[int, tuple[Rule, list[tuple[str, str]]]] = {}
    for phrase, rule in shipped.phrases():
        rules.setdefault(id(rule), (rule, []))[1].append((phrase, changed.get(phrase, "")))
    looked = words.casefold()
    return [
        Shipped(rule=rule, phrases=phrases)
        for rule, phrases in rules.values()
        if words == "*" or any(looked in each.casefold() for each in (*rule.phrases, rule.better, rule.why))
    ]


def _to_banned(data: Data) -> BannedPhrases:
    (banned,) = to_knowledge([FileModel.model_validate({BANNED: [data]})]).banned.values()
    return banned


def _form_of(data: Data) -> BannedForm:
    return BannedForm(
        id=data["id"],
        seen=seen_of(BANNED, data),
        phrases="\n".join(data["phrases"]),
        hold=data["hold"],
        family=data.get("family", ""),
        better=data.get("better", ""),
        why=data.get("why", ""),
    )

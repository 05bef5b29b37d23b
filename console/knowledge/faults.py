"""What is wrong with an entry as it stands in the editor, field by field, in the reader's words. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from console.knowledge.forms import EntryForm
from console.knowledge.shelf import Contents
from console.texts import PageTexts
from core.languages import REPLY_LANGUAGES
from core.yaml_files import explain, spell
from nlu.knowledge.check import Finding, Severity, Topic, key_of
from nlu.knowledge.entries import Entry, KnowledgeBase
from nlu.knowledge.rules import Location, find_faults
from nlu.knowledge.schema import EntryModel, FileModel, to_knowledge

Check = Callable[[KnowledgeBase], Sequence[Finding]]
SHOWN = 8  # of the phrasings that another entry has, too

# Where a finding of the check is shown. What is not here is worked out below, with the names of the other entries.
_FIELDS = {
    Topic.QUEUE: "action",
    Topic.BUTTON: "buttons",
    Topic.VALIDITY: "valid_until",
    Topic.BANNED: "answers",
    Topic.FEW: "phrasings",
    Topic.LONG: "answers",
    Topic.REPEATED: "phrasings",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """Something about a field; what is `grave` keeps the entry from being saved."""

    field: str
    text: str
    grave: bool = False
    blocks: bool = False  # it can be saved, but not published
    entry: str = ""  # another one that it is about


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What is told of the form, and the entry that it makes where nothing is grave."""

    told: Sequence[Told]
    entry: Entry | None

    def on(self, field: str) -> Sequence[Told]:
        """What is told of a field."""
        return [each for each in self.told if each.field == field]


def examine(form: EntryForm, contents: Contents, texts: PageTexts, check: Check, *, is_new: bool) -> Examined:
    """Look at all of it: its shape, the rules, and what it shares with other entries."""
    document = form.to_document()
    try:
        model = EntryModel.model_validate(document)
    except ValidationError as error:
        told = [_of_shape(details, texts) for details in error.errors()]
        told += [each for each in _missing(document, texts) if each.field not in {one.field for one in told}]
        return Examined(told=[*told, *_shared(document, contents, texts)], entry=None)
    others = {key: "" for key in contents.draft.entries if is_new or key != form.id}
    file = FileModel(entries=[model])
    faults = find_faults([file], lambda _, location: spell(location), elsewhere=others)
    broken = [
        _of_rule(fault.location[2:], fault.problem, fault.mend, model, contents, texts) for fault in faults
    ]
    shared = _shared(document, contents, texts)
    if broken:
        return Examined(told=[*broken, *shared], entry=None)
    entry = to_knowledge([file]).entries[form.id]
    beside = {each: contents.draft.entries[each] for each in entry.buttons if each in contents.draft.entries}
    findings = check(KnowledgeBase({**beside, entry.id: entry}, banned=contents.draft.banned))
    return Examined(told=[*shared, *_of_check(entry, findings, texts)], entry=entry)


def worded(finding: Finding, texts: PageTexts) -> str:
    """A finding in the reader's language."""
    return finding.zh if texts.language == "zh" else finding.text


def _of_shape(details: Any, texts: PageTexts) -> Told:
    location: Location = tuple(details["loc"])
    reason = str(details.get("ctx", {}).get("error", ""))
    field, place = _field(location)
    if field == "id":
        text = texts("kb_fault_id")
    elif "invisible character" in reason:
        text = texts("kb_fault_invisible", code=reason.partition("(")[2].rstrip(")"))
    elif field.startswith("valid_"):
        text = texts("kb_fault_date")
    elif field == "attachments":
        text = texts("kb_fault_url", row=place)
    elif field == "fields" and location[-1:] == ("name",):
        text = texts("kb_fault_field_name", row=place)
    elif "is empty" in reason:
        text = texts("kb_fault_empty")
    elif details["type"] == "missing":
        text = texts("kb_fault_missing")
    else:  # a form of ours does not come to this
        text = ". ".join(explain(details, EntryModel))
    return Told(field=field, text=text, grave=True)


def _of_rule(
    location: Location, problem: str, mend: str, model: EntryModel, contents: Contents, texts: PageTexts
) -> Told:
    field, place = _field(location)
    match location:
        case ("id",):
            key = "kb_fault_id_taken" if model.id in contents.draft.entries else "kb_fault_id_human"
            text = texts(key, id=model.id)
        case ("title" | "phrasings" | "answers", _):
            text = texts("kb_fault_missing")
        case ("answers_on", _):
            text = texts("kb_fault_empty")
        case ("buttons", int(index)):
            button = model.buttons[index]
            known = button == model.id or button in contents.draft.entries or button in model.buttons[:index]
            text = texts("kb_fault_button_twice" if known else "kb_fault_button", id=button, row=place)
        case ("attachments", *_):
            text = texts("kb_fault_url", row=place)
        case ("action", "collect", "fields"):
            text = texts("kb_fault_no_field")
        case ("action", "collect", "fields", _, "name"):
            text = texts("kb_fault_field_twice", row=place)
        case ("action", "collect", "fields", _, "pattern"):
            text = texts("kb_fault_pattern", row=place)
        case ("action", "collect", "fields", *_):
            text = texts("kb_fault_field_part", row=place)
        case ("valid_until",):
            text = texts("kb_fault_dates")
        case _:  # a rule that came later
            text = f"{problem}. {mend}"
    return Told(field=field, text=text, grave=True)


def _field(location: Location) -> tuple[str, int]:
    """The field of the form, and the number of the row in it, from 1."""
    match location:
        case ("title" | "phrasings" | "answers" as part, str(language), *_):
            return f"{part}_{language}", 0
        case ("answers_on", channel, *rest):
            return f"on_{channel}_{rest[0] if rest else REPLY_LANGUAGES[0]}", 0
        case ("buttons" | "attachments" as part, int(index), *_):
            return part, index + 1
        case ("action", *rest) if "fields" in rest:
            return "fields", next((each + 1 for each in rest if isinstance(each, int)), 0)
        case (str(part), *_):
            return part, 0
        case _:
            return "id", 0


def _missing(document: Mapping[str, Any], texts: PageTexts) -> Iterator[Told]:
    for part in ("title", "phrasings", "answers"):
        for language in REPLY_LANGUAGES:
            if not document[part].get(language):
                yield Told(field=f"{part}_{language}", text=texts("kb_fault_missing"), grave=True)


def _shared(document: Mapping[str, Any], contents: Contents, texts: PageTexts) -> Iterator[Told]:
    """What other entries say, too: the engine could not tell them apart."""
    own, language = document["id"], texts.language
    outside = {key_of(text) for each in contents.draft.out_of_scope.values() for text in each}
    for written, phrasings in document["phrasings"].items():
        field, told = f"phrasings_{written}", 0
        for phrasing in phrasings:
            key = key_of(phrasing)
            others = dict.fromkeys(each for each, _ in contents.owners.get(key, ()) if each != own)
            for other in others if told < SHOWN else ():
                told += 1
                title = contents.title(other, language)
                text = texts("kb_shared", text=phrasing, title=title)
                yield Told(field=field, text=text, blocks=True, entry=other)
            if key in outside and told < SHOWN:
                told += 1
                yield Told(field=field, text=texts("kb_shared_outside", text=phrasing), blocks=True)
    for written, title in document["title"].items():
        for other in contents.titles.get(key_of(title), ()):
            if other != own:
                yield Told(field=f"title_{written}", text=texts("kb_shared_title"), entry=other)


def _of_check(entry: Entry, findings: Sequence[Finding], texts: PageTexts) -> Iterator[Told]:
    for finding in findings:
        field = _FIELDS.get(finding.topic)
        if field is None or finding.entries[0] != entry.id:
            continue
        yield Told(field=field, text=worded(finding, texts), blocks=finding.severity is Severity.MISTAKE)

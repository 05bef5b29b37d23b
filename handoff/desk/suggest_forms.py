"""The forms of suggestions in Slack: choose a reply, then change and send it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from channels.slack.markup import fit
from handoff.desk.blocks import (
    LABEL,
    LINE,
    NAME,
    UNSEEN,
    WHOLE,
    Block,
    button,
    context,
    line,
    marked,
    plain,
    section,
)
from handoff.desk.entries import offences
from handoff.desk.fields import (
    CHOICES,
    HINT,
    LONGEST,
    View,
    about_ticket,
    ask,
    filled,
    modal,
    option,
    text_field,
    ticket_of,
)
from handoff.suggesting import Suggestion, Suggestions
from handoff.wording.reader import Reader
from handoff.work import MAX_REASON, Held, Insistence, check_text, clean_reason

PREVIEW = 500  # characters of a suggested text; the whole is in the next form
USE = "use_suggestion"  # the action of whatever chooses one


@dataclass(frozen=True, kw_only=True)
class ReplyForm:
    """What is to be said; `insists` where the agent has read what the language guard says of it, and why."""

    ticket_id: UUID
    text: str
    insists: Insistence | None


def choose(suggestions: Suggestions, ticket_id: UUID, reader: Reader) -> View:
    """All suggestions. To choose one brings the next form."""
    t = reader.t
    blocks = [context(plain(t("suggest_hint"), WHOLE))]
    for heading, offered in (
        ("suggest_answers", suggestions.answers),
        ("suggest_colleagues", suggestions.colleagues),
    ):
        if offered:
            blocks.append(_heading(t(heading)))
            blocks += [_offer(each, reader) for each in offered]
    if len(blocks) == 1:
        blocks.append(section(plain(t("suggest_nothing"), WHOLE)))
    if suggestions.canned:
        blocks += [_heading(t("suggest_canned")), _canned(suggestions.canned, reader)]
    return modal("suggest", t("suggest_title"), blocks, about_ticket(ticket_id), reader)


def write(text: str, ticket_id: UUID, reader: Reader, *, held: Held | None = None) -> View:
    """The text, to be changed and sent; with what the language guard has against it, and a place to insist."""
    t = reader.t
    begun = fit(UNSEEN.sub("", text), LONGEST)
    field = text_field(most=LONGEST, is_long=True) | ({"initial_value": begun} if begun else {})
    blocks = [
        *(offences(held, t("suggest_held_hint"), reader) if held else ()),
        ask("text", t("suggest_write"), field),
    ]
    if held:
        why = text_field(most=MAX_REASON, is_long=True, hint=t("held_reason"))
        blocks.append(ask("reason", t("reason"), why, optional=True))
    title, submit = t("suggest_write_title"), t("suggest_send")
    return modal("suggested", title, blocks, about_ticket(ticket_id), reader, submit=submit)


def told(what: str, ticket_id: UUID, reader: Reader) -> View:
    """Why something was not done, in place of a form."""
    blocks = [section(plain(what, WHOLE))]
    return modal("suggest", reader.t("suggest_title"), blocks, about_ticket(ticket_id), reader)


def read_reply(view: Mapping[str, Any]) -> ReplyForm:
    """Raises `BadInput`."""
    reason = clean_reason(filled(view, "reason"))
    return ReplyForm(
        ticket_id=ticket_of(view),
        text=check_text(filled(view, "text")),
        insists=Insistence(reason=reason) if reason else None,
    )


def _heading(text: str) -> Block:
    return section(marked(f"*{text}*"))


def _offer(suggestion: Suggestion, reader: Reader) -> Block:
    """What it answers, whose it is, how it begins, and a button."""
    t = reader.t
    by = t("suggest_by", agent=line(suggestion.by, NAME)) if suggestion.by else ""
    liked = f"👍 {t('suggest_liked')}" if suggestion.liked else ""
    head = " · ".join(filter(None, (line(suggestion.title[t.language], LINE), by, liked)))
    shown = fit(UNSEEN.sub("", suggestion.text).strip(), PREVIEW)
    use = button(t("suggest_use"), USE, suggestion.key)
    said = section(plain("\n".join(filter(None, (head, shown))) or suggestion.key, WHOLE))
    return {**said, "block_id": suggestion.key, "accessory": use}


def _canned(canned: Sequence[Suggestion], reader: Reader) -> Block:
    choice = {
        "type": "static_select",
        "action_id": USE,
        "placeholder": plain(reader.t("suggest_canned_choose"), HINT),
        "options": [
            option(each.key, line(each.title[reader.t.language], LABEL) or each.key)
            for each in canned[:CHOICES]
        ],
    }
    return {"type": "actions", "block_id": "canned", "elements": [choice]}

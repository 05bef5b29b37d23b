"""The form in Slack by which an answer is saved as FAQ. Pure."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from channels.slack.markup import fit
from core.languages import REPLY_LANGUAGES, to_reply_language
from handoff.desk.blocks import UNSEEN, WHOLE, Block, context, plain
from handoff.desk.fields import View, about_ticket, ask, filled, metadata_of, modal, option, text_field
from handoff.faq import MOST_ANSWER, MOST_QUESTION, MOST_TITLE, Exchange, Faq, FaqText
from handoff.wording.reader import Reader

CALLBACK = "save_as_faq"  # of the shortcut in Slack's menu of a message, and of the form
PARTS: Mapping[str, int] = {"title": MOST_TITLE, "question": MOST_QUESTION, "answer": MOST_ANSWER}


def save(exchange: Exchange, ticket_id: UUID, reader: Reader, *, channel: str, thread: str) -> View:
    """What is to be saved, to be looked at first. `channel` and `thread` are where it is told afterwards."""
    t = reader.t
    choice = option(exchange.language, t.named("language", exchange.language))
    language = {
        "type": "static_select",
        "options": [option(each, t.named("language", each)) for each in REPLY_LANGUAGES],
        "initial_option": choice,
    }
    blocks = [
        context(plain(t("faq_hint"), WHOLE)),
        ask("title", t("faq_title"), text_field(most=MOST_TITLE, hint=t("faq_title_hint"))),
        ask("question", t("faq_question"), _begun(exchange.question, MOST_QUESTION)),
        ask("answer", t("faq_answer"), _begun(exchange.answer, MOST_ANSWER)),
        ask("language", t("language"), language),
        context(plain(t("faq_other"), WHOLE)),
    ]
    for part, most in PARTS.items():
        field = text_field(most=most, is_long=part != "title")
        blocks.append(ask(f"other_{part}", t(f"faq_other_{part}"), field, optional=True))
    where = {**about_ticket(ticket_id), "channel": channel, "thread": thread}
    return modal(CALLBACK, t("faq_save"), blocks, where, reader, submit=t("faq_send"))


def read(view: Mapping[str, Any]) -> Faq:
    """What was filled in; `handoff.faq.save_faq` looks at it."""
    own, other = (
        FaqText(**{part: filled(view, f"{beginning}{part}") for part in PARTS})
        for beginning in ("", "other_")
    )
    return Faq(language=to_reply_language(filled(view, "language")) or "zh", said=own, other=other)


def where_of(view: Mapping[str, Any]) -> tuple[str, str]:
    """The channel and the thread where the shortcut was used."""
    carried = metadata_of(view)
    return str(carried.get("channel", "")), str(carried.get("thread", ""))


def _begun(text: str, most: int) -> Block:
    begun = fit(UNSEEN.sub("", text).strip(), most)
    field = text_field(most=most, is_long=True)
    return {**field, "initial_value": begun} if begun else field

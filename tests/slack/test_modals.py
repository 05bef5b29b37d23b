"""The forms: what they ask for, that Slack takes them, and what is read from them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from core.errors import BadInput
from core.ids import new_id
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from handoff.desk.fields import View, ticket_of
from handoff.desk.modals import (
    NoteForm,
    ResolveForm,
    TransferForm,
    decline,
    field_errors,
    note,
    read_note,
    read_reason,
    read_resolve,
    read_send_anyway,
    read_transfer,
    reopen,
    resolve,
    send_anyway,
    transfer,
)
from handoff.refusals import Objection, Unfit
from handoff.wording.tickets import Option, Sheet
from handoff.work import MAX_REASON, MAX_REPLY
from tests.slack.blocks import check_modal, fields, marked, strings
from tests.slack.cases import CHEN, HOSTILE, LIN, LONG_ZH, Case, check_harmless, reader, taken

TICKET = new_id()


def checked(view: View) -> View:
    """The form, which Slack takes."""
    check_modal(view)
    for text in marked(view):
        check_harmless(text)
    return view


def sheet(language: ReplyLanguage = "zh") -> Sheet:
    """A ticket of mine: I am 小林."""
    return taken(Case()).sheet(reader(language), LIN)


def submitted(view: View, **typed: str | None) -> Mapping[str, Any]:
    """What Slack sends of a form that was filled in."""
    values = {}
    for name, block in fields(view).items():
        element, answer = block["element"], typed.get(name)
        state: dict[str, Any] = {"type": element["type"]}
        if element["type"] == "static_select":
            options = [option for group in element["option_groups"] for option in group["options"]]
            state["selected_option"] = next((each for each in options if each["value"] == answer), None)
        else:
            state["value"] = answer
        values[name] = {element["action_id"]: state}
    return {**view, "id": "V1", "state": {"values": values}}


def choices(view: View) -> dict[str, list[str]]:
    """The receivers that a transfer offers, by their group."""
    select = fields(view)["to"]["element"]
    return {
        group["label"]["text"]: [option["text"]["text"] for option in group["options"]]
        for group in select["option_groups"]
    }


def test_a_transfer_goes_to_a_colleague() -> None:
    view = checked(transfer(sheet(), reader()))
    assert choices(view) == {"同事": ["陈工 · 离线"], "队列（谁接受归谁）": ["客服", "退款"]}
    form = read_transfer(submitted(view, to=f"agent:{CHEN.id}", reason=" 要查财务 "))
    assert form == TransferForm(ticket_id=ticket_of(view), to=CHEN.id, queue=None, reason="要查财务")


def test_a_transfer_goes_to_a_queue() -> None:
    shown = sheet("en")
    view = checked(transfer(shown, reader("en")))
    form = read_transfer(submitted(view, to="queue:refunds", reason="money"))
    assert form == TransferForm(ticket_id=shown.row.id, to=None, queue="refunds", reason="money")


@pytest.mark.parametrize("to", [None, "agent:nobody", "queue:", "anything"])
def test_a_transfer_needs_a_receiver(to: str | None) -> None:
    view = submitted(transfer(sheet(), reader()), reason="忙")
    view["state"]["values"]["to"]["to"]["selected_option"] = {"value": to} if to else None
    with pytest.raises(Unfit) as caught:
        read_transfer(view)
    assert field_errors(caught.value, reader()) == {"to": "请选一位同事或一个队列。"}


def test_a_transfer_needs_a_reason() -> None:
    view = transfer(sheet("en"), reader("en"))
    with pytest.raises(Unfit) as caught:
        read_transfer(submitted(view, to="queue:refunds", reason=" \n"))
    told = field_errors(caught.value, reader("en"))
    assert told == {"reason": "Please say why in a few words; colleagues see it."}
    assert told.keys() <= fields(view).keys()


def test_a_queue_that_is_gone_is_told_where_it_was_chosen() -> None:
    error = Unfit("queue", Objection.NO_QUEUE, queue="vip", queues="service")
    assert field_errors(error, reader()).keys() == {"to"}


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_of_many_colleagues_and_queues_those_who_are_there_come_first(language: ReplyLanguage) -> None:
    people = [Option(value=str(new_id()), label=f"{'坐席' * 40}{number} · 在线") for number in range(160)]
    queues = [
        Option(value=f"queue-{number}-{'x' * 90}", label=f"{'队列' * 40}{number}") for number in range(130)
    ]
    view = checked(transfer(replace(sheet(language), colleagues=people, queues=queues), reader(language)))
    select = fields(view)["to"]
    shown = [option["value"] for group in select["element"]["option_groups"] for option in group["options"]]
    assert shown == [f"agent:{each.value}" for each in people[:100]] + [
        f"queue:{each.value}" for each in queues[:100]
    ]
    assert select["hint"]["text"].count("100") == 2


def test_what_was_not_cut_is_not_said_to_be() -> None:
    people = [Option(value=str(new_id()), label="同事")] * 60
    view = transfer(replace(sheet(), colleagues=people), reader())
    assert "hint" not in fields(view)["to"]


def test_without_colleagues_there_are_queues() -> None:
    assert choices(checked(transfer(replace(sheet(), colleagues=[]), reader()))).keys() == {
        "队列（谁接受归谁）"
    }


def test_resolving_asks_for_a_note_that_need_not_be() -> None:
    view = checked(resolve(sheet(), reader()))
    assert fields(view)["text"]["optional"] is True
    assert read_resolve(submitted(view)) == ResolveForm(ticket_id=ticket_of(view), text="")
    assert read_resolve(submitted(view, text=" 已补发 ")).text == "已补发"


def test_a_note_is_read() -> None:
    view = checked(note(reader(), TICKET, "SW-2611-0042"))
    assert "工单 SW-2611-0042" in strings(view)
    assert read_note(submitted(view, text="顾客在等电话")) == NoteForm(ticket_id=TICKET, text="顾客在等电话")


@pytest.mark.parametrize(
    ("text", "told"), [(None, "还没有内容"), ("  ", "还没有内容"), ("字" * 4_001, "请分几次发")]
)
def test_a_note_that_is_empty_or_too_long_is_told_beside_its_field(text: str | None, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_note(submitted(note(reader(), TICKET, "SW-2611-0042"), text=text))
    (field, words) = next(iter(field_errors(caught.value, reader()).items()))
    assert field == "text" and told in words


@pytest.mark.parametrize("form", [decline, reopen])
@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_declining_and_reopening_need_a_reason(form: Callable[..., View], language: ReplyLanguage) -> None:
    view = checked(form(sheet(language), reader(language)))
    assert view["callback_id"] == form.__name__
    read = read_reason(submitted(view, reason="手上满了"))
    assert (read.ticket_id, read.reason) == (ticket_of(view), "手上满了")
    assert len(read_reason(submitted(view, reason=LONG_ZH)).reason) == MAX_REASON
    with pytest.raises(BadInput):
        read_reason(submitted(view))


def test_who_declines_knows_who_will_read_why() -> None:
    placeholder = fields(decline(replace(sheet(), offered_by="陈工"), reader()))["reason"]["element"][
        "placeholder"
    ]
    assert "陈工" in placeholder["text"]


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_insisting_names_the_phrases_and_needs_a_reason(language: ReplyLanguage) -> None:
    view = checked(send_anyway(reader(language), "17", ["你去投诉好了", HOSTILE, LONG_ZH]))
    assert "“你去投诉好了”" in "".join(strings(view))
    form = read_send_anyway(submitted(view, reason="顾客要求原话"))
    assert (form.held_id, form.reason) == ("17", "顾客要求原话")
    with pytest.raises(BadInput):
        read_send_anyway(submitted(view, reason=""))


@pytest.mark.parametrize("metadata", ["", "{}", '{"ticket": "x"}', "[]", '{"ticket": null}'])
def test_a_form_that_names_no_ticket_is_not_read(metadata: str) -> None:
    view = {**submitted(note(reader(), TICKET, "SW-1"), text="好"), "private_metadata": metadata}
    with pytest.raises(BadInput):
        read_note(view)
    with pytest.raises(BadInput):
        read_send_anyway(view)


def test_a_form_carries_nothing_but_an_id() -> None:
    for view in (transfer(sheet(), reader()), note(reader(), TICKET, "SW-1"), resolve(sheet(), reader())):
        (name, value) = next(iter(json.loads(view["private_metadata"]).items()))
        assert name == "ticket" and UUID(value)


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_the_longest_forms_are_taken_by_slack(language: ReplyLanguage) -> None:
    read = reader(language)
    long = replace(sheet(language), offered_by="陈" * 400)
    checked(decline(long, read))
    checked(note(read, TICKET, "SW-2611-123456789"))
    checked(send_anyway(read, "9" * 30, [LONG_ZH] * 40))
    assert fields(note(read, TICKET, "SW-1"))["text"]["element"]["max_length"] <= MAX_REPLY

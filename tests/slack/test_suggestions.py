"""Suggested replies in Slack, and saving an answer as FAQ: the forms, and what becomes of them, by Slack's door."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from core.database import Database
from core.errors import BadInput
from core.languages import REPLY_LANGUAGES, ReplyLanguage
from core.messages import Author
from handoff.desk import faq_forms, suggest_forms
from handoff.desk.fields import ticket_of
from handoff.faq import MOST_ANSWER, Exchange
from handoff.guard import load_guard
from handoff.life import EventKind
from handoff.suggesting import Suggestion, Suggestions
from handoff.work import Held
from nlu.knowledge.drafts import find_draft, lock_draft, replace_draft
from nlu.knowledge.entries import CannedReply, Entry
from nlu.knowledge.versions import add_version, make_live
from tests.doubles import KNOWLEDGE
from tests.slack.blocks import buttons, fields, strings
from tests.slack.cases import HOSTILE, LONG_ZH, reader
from tests.slack.office import Office, open_office, read
from tests.slack.test_modals import TICKET, checked, submitted
from tests.slack.workspace import Workspace

CANNED = {
    "hi": CannedReply(
        id="hi",
        title={"zh": "开场问候", "en": "Greeting"},
        text={"zh": "您好[，{customer}]！我是{agent}。", "en": "Hello, {agent} here."},
    )
}
RUDE = "这不归我管，你自己看着办"


@pytest.fixture
async def office(database: Database, workspace: Workspace) -> AsyncIterator[Office]:
    knowledge = replace(KNOWLEDGE, replies=CANNED)
    async with open_office(database, workspace) as office:
        async with database.write() as session:
            await lock_draft(session)
            await replace_draft(session, knowledge)
            await add_version(session, knowledge, by="li", note="", now=office.shop.now)
            await make_live(session, 1, by="li", note="", now=office.shop.now)
        yield office


async def taken(office: Office, *said: str) -> str:
    """What a customer says, and lin takes it; the ts of the card."""
    for text in said or ("我的订单到哪了", "我要人工"):
        await office.shop.customer_says(text)
    await office.settle()
    ts = str((await office.card())["ts"])
    await office.press("lin", ts, "take")
    return ts


async def press_in_form(office: Office, value: str, block_id: str) -> dict[str, Any]:
    """lin chooses in the form; it as it is then."""
    user, view = office.workspace.users["lin"], (await office.workspace.views())[-1]
    await office.post(await office.workspace.press_in_view(user, view, suggest_forms.USE, value, block_id))
    return (await office.workspace.views())[-1]


async def follow(office: Office, answer: httpx.Response) -> None:
    """Slack puts the form that it was answered with in the place of the one that was sent off."""
    assert answer.json()["response_action"] == "update"
    view = (await office.workspace.views())[-1]
    await office.desk.slack.call("views.update", view_id=view["id"], view=answer.json()["view"])


async def said_to_customer(office: Office) -> list[str]:
    record = await office.shop.record((await office.shop.ticket()).conversation_id)
    return [each.text for each in record if each.author == Author.AGENT]


async def draft(office: Office) -> dict[str, Entry]:
    """The entries that were added to the draft."""
    async with office.shop.database.read() as session:
        found = await find_draft(session)
    assert found is not None
    return {key: entry for key, entry in found.entries.items() if key not in KNOWLEDGE.entries}


async def use_shortcut(office: Office, user: str, ts: str) -> None:
    shortcut = office.workspace.shortcut(office.workspace.users[user], faq_forms.CALLBACK, office.channel, ts)
    assert (await office.post(await shortcut)).status_code == 200


async def test_an_answer_of_the_knowledge_base_is_chosen_changed_and_sent(office: Office) -> None:
    ts = await taken(office)
    await office.press("lin", ts, "suggest")
    view = (await office.workspace.views())[-1]
    checked(
        {key: view[key] for key in ("type", "title", "close", "blocks", "callback_id", "private_metadata")}
    )
    assert "订单到哪了：答案" in "".join(strings(view))
    written = await press_in_form(office, "answer:order_status", "answer:order_status")
    assert fields(written)["text"]["element"]["initial_value"] == "订单到哪了：答案"
    assert await said_to_customer(office) == []
    await office.submit("lin", {"text": "您的订单明天到"})
    assert await said_to_customer(office) == ["您的订单明天到"]
    assert "您的订单明天到" in (await office.thread(ts))[-1]  # which colleagues see


async def test_a_canned_reply_comes_filled_in(office: Office) -> None:
    await office.press("lin", await taken(office), "suggest")
    written = await press_in_form(office, "canned:hi", "canned")
    assert fields(written)["text"]["element"]["initial_value"] == "您好！我是小林。"
    await office.submit("lin", {})
    assert await said_to_customer(office) == ["您好！我是小林。"]


async def test_what_a_colleague_answered_to_the_like_is_there(office: Office) -> None:
    await office.shop.customer_says("我的订单到哪了", customer="c2")
    await office.shop.customer_says("我要人工", customer="c2")
    earlier, wei = await office.shop.ticket(), await office.shop.agent("小魏")
    await office.shop.work.take(earlier.id, wei)
    await office.shop.work.reply(earlier.id, wei, "包裹已经到您附近了 <!channel>")
    await office.shop.work.resolve(earlier.id, wei)
    await office.press("lin", await taken(office), "suggest")
    view = (await office.workspace.views())[-1]
    assert "小魏 的回答" in "".join(strings(view)) and "包裹已经到您附近了" in "".join(strings(view))


async def test_who_does_not_have_the_ticket_is_told_so(office: Office) -> None:
    ts = await taken(office)
    await office.press("wei", ts, "suggest")
    assert await office.workspace.views() == []
    assert "小林" in (await office.whispers("wei"))[-1]


async def test_what_is_gone_when_it_is_chosen_is_told_in_the_form(office: Office) -> None:
    await office.press("lin", await taken(office), "suggest")
    async with office.shop.database.write() as session:
        await add_version(session, KNOWLEDGE, by="li", note="", now=office.shop.now)
        await make_live(session, 2, by="li", note="", now=office.shop.now)
    written = await press_in_form(office, "canned:hi", "canned")
    assert "刚刚变了" in "".join(strings(written)) and not fields(written)
    ticket = await office.shop.ticket()
    await office.press("lin", str((await office.card())["ts"]), "suggest")
    await office.shop.work.resolve(ticket.id, await office.shop.agent("小林"))
    written = await press_in_form(office, "answer:order_status", "answer:order_status")
    assert "已解决" in "".join(strings(written)) and not fields(written)


async def test_a_banned_phrase_is_held_in_the_form_until_it_is_said_better(office: Office) -> None:
    await office.press("lin", await taken(office), "suggest")
    await press_in_form(office, "canned:hi", "canned")
    await follow(office, await office.submit("lin", {"text": RUDE}))
    assert await said_to_customer(office) == []
    view = (await office.workspace.views())[-1]
    assert "可以说：" in "".join(strings(view))
    assert fields(view)["text"]["element"]["initial_value"] == RUDE
    await office.submit("lin", {"text": "我来帮您问清楚"})
    assert await said_to_customer(office) == ["我来帮您问清楚"]


async def test_or_until_its_author_insists_with_a_reason(office: Office) -> None:
    await office.press("lin", await taken(office), "suggest")
    await press_in_form(office, "canned:hi", "canned")
    await follow(office, await office.submit("lin", {"text": RUDE}))
    await follow(office, await office.submit("lin", {"text": RUDE, "reason": " "}))
    assert await said_to_customer(office) == []
    for _ in range(2):  # Slack may send it again
        await office.submit("lin", {"text": RUDE, "reason": "客人自己的原话"})
    assert await said_to_customer(office) == [RUDE]


async def test_an_answer_in_the_thread_is_saved_as_faq(office: Office) -> None:
    ts = await taken(office)
    await office.shop.customer_says("能开专用发票吗，电话 13812345678")
    await office.settle()
    said = await office.hear("lin", "可以，王先生，请提供税号 :smile:", thread=ts)
    await office.shop.customer_says("谢谢")
    await office.settle()
    await use_shortcut(office, "wei", said)  # any agent may, in their own language
    view = (await office.workspace.views())[-1]
    begun = {name: block["element"].get("initial_value") for name, block in fields(view).items()}
    assert begun["question"] == "能开专用发票吗，电话 138****5678"
    assert begun["answer"] == "可以，*先生，请提供税号 😄"
    filled = {"title": "怎么开专用发票", "question": "能开专用发票吗", "answer": "可以，请提供税号"}
    for _ in range(2):
        assert (await office.submit("wei", filled)).text == ""
    ((name, entry),) = (await draft(office)).items()
    assert name == "zen_me_kai_zhuan_yong_fa_piao"
    assert entry.phrasings["zh"] == ("能开专用发票吗",) and entry.answers["en"] == "可以，请提供税号"
    told = (await office.whispers("wei"))[-1]
    assert name in told and "once an admin publishes it" in told


async def test_what_was_written_at_the_browser_desk_is_saved_too(office: Office) -> None:
    ts = await taken(office)
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    await office.shop.work.reply(ticket.id, lin, "已经 <催> 过仓库了 & 明天到")
    await office.settle()
    post = (await office.workspace.replies(office.channel, ts))[-1]
    await use_shortcut(office, "lin", post["ts"])
    view = (await office.workspace.views())[-1]
    assert fields(view)["answer"]["element"]["initial_value"] == "已经 <催> 过仓库了 & 明天到"
    assert fields(view)["question"]["element"]["initial_value"] == "我要人工"


async def test_an_answer_is_saved_in_its_last_wording_and_not_when_it_was_taken_back(office: Office) -> None:
    ts = await taken(office)
    ticket, lin = await office.shop.ticket(), await office.shop.agent("小林")
    here = await office.hear("lin", "请提供手机号", thread=ts)
    (written,) = [event for event in await office.shop.events(ticket) if event.kind == EventKind.REPLIED]
    elsewhere = await office.shop.work.reply(ticket.id, lin, "明天到")
    await office.settle()
    shown = (await office.workspace.replies(office.channel, ts))[-1]["ts"]
    messages = {here: UUID(written.data["message_id"]), shown: elsewhere}
    for (post, message_id), right in zip(messages.items(), ("请提供税号", "后天到"), strict=True):
        await office.shop.work.correct(ticket.id, lin, message_id, right)
        await use_shortcut(office, "lin", post)
        view = (await office.workspace.views())[-1]
        assert fields(view)["answer"]["element"]["initial_value"] == right
    for post, message_id in messages.items():
        await office.shop.work.withdraw(ticket.id, lin, message_id)
        before = len(await office.workspace.views())
        await use_shortcut(office, "lin", post)
        assert "只能存同事给顾客的回答" in (await office.whispers("lin"))[-1]
        assert len(await office.workspace.views()) == before


async def test_only_answers_of_agents_are_saved_by_agents_and_what_lacks_is_told(office: Office) -> None:
    ts = await taken(office)
    await office.shop.customer_says("我再问一句")
    await office.settle()
    for each in (ts, (await office.workspace.replies(office.channel, ts))[-1]["ts"]):
        await use_shortcut(office, "lin", each)
        assert "只能存同事给顾客的回答" in (await office.whispers("lin"))[-1]
    said = await office.hear("lin", "请讲", thread=ts)
    await use_shortcut(office, "guest", said)
    assert "is not linked to an agent" in (await office.whispers("guest"))[-1]
    assert await office.workspace.views() == []
    await use_shortcut(office, "lin", said)
    refused = await office.submit("lin", {"title": " ", "answer": "请讲"})
    assert refused.json() == {"response_action": "errors", "errors": {"title": "还没有内容，先写点什么。"}}
    assert await draft(office) == {}


def suggestion(key: str, text: str) -> Suggestion:
    return Suggestion(key=key, title={"zh": text, "en": text}, text=text, by=text, liked=True)


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
@pytest.mark.parametrize("text", [HOSTILE, LONG_ZH, "&" * 4_000, "\u202e", "好"])
def test_whatever_is_suggested_slack_takes_it(language: ReplyLanguage, text: str) -> None:
    canned = [suggestion(f"canned:{number}{'x' * 70}", text) for number in range(130)]
    every = Suggestions(
        answers=[suggestion(f"answer:{'x' * 79}{number}", text) for number in range(3)],
        colleagues=[suggestion(f"said:{uuid4()}", text) for _ in range(5)],
        canned=canned,
    )
    view = checked(suggest_forms.choose(every, TICKET, reader(language)))
    assert ticket_of(view) == TICKET
    assert {each["value"] for each in buttons(view).values()} <= {each.key for each in every.colleagues}
    held = Held(load_guard().check(RUDE) * 20)
    for against in (None, held):
        checked(suggest_forms.write(text, TICKET, reader(language), held=against))
    exchange = Exchange(language=language, question=text[:300], answer=text[:MOST_ANSWER])
    checked(faq_forms.save(exchange, TICKET, reader(language), channel="C0123456789", thread="1.2"))


@pytest.mark.parametrize("language", REPLY_LANGUAGES)
def test_with_nothing_to_suggest_it_is_said_what_helps_next_time(language: ReplyLanguage) -> None:
    view = checked(suggest_forms.choose(Suggestions(), TICKET, reader(language)))
    assert not buttons(view) and ("FAQ" in "".join(strings(view)) or "常见问题" in "".join(strings(view)))


def test_an_empty_reply_is_not_read() -> None:
    view = suggest_forms.write("好", TICKET, reader())
    with pytest.raises(BadInput):
        suggest_forms.read_reply(submitted(view, text=" "))


async def test_the_card_offers_it_while_somebody_has_the_ticket(office: Office) -> None:
    await taken(office)
    assert "推荐回复" in read(await office.card())
    await office.shop.work.resolve((await office.shop.ticket()).id, await office.shop.agent("小林"))
    await office.settle()
    assert "推荐回复" not in read(await office.card())

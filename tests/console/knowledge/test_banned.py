"""Banned phrases in the console: the shop's own, shipped ones changed, what they catch, and that agents follow at once."""

import html
import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from console.knowledge.library import HOME
from handoff.agents import Role
from handoff.guard import Level, load_guard
from handoff.live_guard import LiveGuard
from nlu.knowledge.banned import Hold
from nlu.knowledge.golden import add_golden
from nlu.knowledge.live import LiveKnowledge
from tests.console.knowledge.study import Study

PAGE = f"{HOME}/lists/banned"
GOOD = {
    "phrases": "as I told you\r\nlike I said before",
    "hold": "warn",
    "family": "hitting_back",
    "better": "Let me put it another way.",
    "why": "It blames the customer.",
}
SHIPPED = "有本事你去投诉"


async def save(browser: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    return await browser.post(PAGE, data={**GOOD, **fields})


async def seen_of(browser: httpx.AsyncClient, item_id: str) -> str:
    page = (await browser.get(PAGE)).text
    found = re.search(r'name="seen" value="(\w+)"', page.split(f'id="banned-{item_id}"')[1])
    assert found is not None
    return found[1]


async def publish(browser: httpx.AsyncClient) -> None:
    page = (await browser.get(f"{HOME}/publish")).text
    draft = re.search(r'name="draft" value="(\w+)"', page)
    assert draft is not None
    published = await browser.post(f"{HOME}/publish", data={"draft": draft[1], "note": ""})
    assert published.status_code == 303, published.text


async def test_phrases_are_added_changed_published_and_deleted_and_the_guard_follows(study: Study) -> None:
    guard = LiveGuard(load_guard(), LiveKnowledge(study.database))
    async with study.signed_in() as browser:
        added = await save(browser)
        assert added.status_code == 303 and added.headers["location"].endswith("#banned-as_i_told_you")
        assert (await guard.now()).check("Well, as I told you: no") == []  # a draft is no rule yet
        changes = (await browser.get(f"{HOME}/publish")).text
        assert "Banned phrases" in changes and "like I said before" in changes
        await publish(browser)
        (offence,) = (await guard.now()).check("Well, as I told you: no")
        assert (offence.rule.level, offence.rule.better) == (Level.WARN, "Let me put it another way.")

        seen = await seen_of(browser, "as_i_told_you")
        assert (await save(browser, id="as_i_told_you", seen=seen, hold="block")).status_code == 303
        await publish(browser)
        (offence,) = (await guard.now()).check("as i told you")
        assert offence.rule.level is Level.BLOCK
        seen = await seen_of(browser, "as_i_told_you")
        gone = await browser.post(f"{PAGE}/delete", data={"id": "as_i_told_you", "seen": seen})
        assert gone.status_code == 303
        await publish(browser)
    assert (await guard.now()).check("as I told you") == []
    assert ("admin", "knowledge.edit", "banned") in await study.acts()
    assert study.engine.trained == 1, "no model learns what is banned"


async def test_a_shipped_phrase_is_switched_off_or_gets_another_wording(study: Study) -> None:
    guard = LiveGuard(load_guard(), LiveKnowledge(study.database))
    async with study.signed_in(language="zh-CN") as browser:
        listed = (await browser.get(PAGE, params={"q": SHIPPED})).text
        assert f"?phrase={quote(SHIPPED)}#banned-new" in listed
        begun = html.unescape((await browser.get(PAGE, params={"phrase": SHIPPED})).text)
        rule = load_guard().find(SHIPPED)
        assert rule is not None and rule.better in begun and rule.why in begun

        await save(browser, phrases=SHIPPED, hold="off", family="", better="", why="")
        await save(
            browser, phrases="爱投诉就投诉", hold="block", better="您的意见我马上转给主管。", why="叫板。"
        )
        assert {each.hold for each in (await study.draft()).banned.values()} == {Hold.OFF, Hold.BLOCK}
        await publish(browser)
        assert (await guard.now()).check(f"{SHIPPED}吧") == []
        (offence,) = (await guard.now()).check("你爱投诉就投诉")
        assert offence.rule.better == "您的意见我马上转给主管。"
        assert (await guard.now()).check("你有本事去投诉") != []  # the others of its rule stay
        changed = (await browser.get(PAGE, params={"q": SHIPPED})).text
        assert "已改" in changed


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"phrases": " "}, "Fill this in"),
        ({"phrases": "!!"}, "has no letter in it"),
        ({"phrases": "as I told you\n如我所说"}, "Keep Chinese and English apart"),
        ({"phrases": "a" * 101}, "100 characters at most"),
        ({"phrases": "a\x07b"}, "invisible character"),
        ({"better": ""}, "Fill this in"),
        ({"why": ""}, "Fill this in"),
        ({"family": ""}, "Fill this in"),
        ({"family": "other"}, "This is not right yet"),
        ({"hold": "shout"}, "This is not right yet"),
        ({"better": "As I told you before"}, "which is banned itself"),
        ({"better": "You should have known better"}, "which is banned itself"),
    ],
)
async def test_faults_stand_beside_their_fields_and_nothing_is_saved(
    study: Study, fields: dict[str, Any], told: str
) -> None:
    async with study.signed_in() as browser:
        refused = await save(browser, **fields)
        looked = await browser.post(f"{PAGE}/look", data={**GOOD, **fields})
    assert refused.status_code == 422 and told in refused.text
    assert looked.status_code == 200 and told in looked.text
    assert (await study.draft()).banned == {}


async def test_a_phrase_is_banned_once(study: Study) -> None:
    async with study.signed_in() as browser:
        await save(browser)
        again = await save(browser, phrases="AS I, told you")
    assert again.status_code == 422 and "is among your banned phrases already" in again.text


async def test_it_shows_at_once_what_a_phrase_catches(study: Study) -> None:
    async with study.database.write() as session:
        await add_golden(
            session, "Where is my <b>invoice</b>", "en", None, by="setup", now=study.world.clock()
        )
    answer = (await study.draft()).entries["late"].answers["en"]
    async with study.signed_in() as browser:
        reply = {"title_zh": "票", "title_en": "Slip", "text_zh": "票", "text_en": "Here is my invoice now"}
        await browser.post(f"{HOME}/lists/replies", data=reply)
        looked = await browser.post(f"{PAGE}/look", data={**GOOD, "phrases": f"is my invoice\n{answer}"})
        assert looked.status_code == 200
        assert f"{HOME}/entries/late" in looked.text and "lists/replies#reply-slip" in looked.text
        assert "Where is my &lt;b&gt;invoice&lt;/b&gt;" not in looked.text  # "b" stands between the words
        nothing = await browser.post(f"{PAGE}/look", data=GOOD)
        assert "No canned reply, answer or golden question has it" in nothing.text
        saved = await save(browser, phrases="where is my")
        page = (await browser.get(saved.headers["location"])).text
        assert "Where is my &lt;b&gt;invoice&lt;/b&gt;" in page
        assert "Golden question" in page


async def test_a_sentence_is_tried_on_the_draft_and_beside_what_is_live(study: Study) -> None:
    async with study.signed_in() as browser:
        assert "This may be sent" in (await browser.get(PAGE, params={"said": "as I told you"})).text
        await save(browser)
        part = await browser.get(PAGE, params={"said": "<i>as I told you</i>", "part": "true"})
        assert "Let me put it another way." in part.text and "it may be sent." in part.text
        assert "<html" not in part.text
        page = await browser.get(PAGE, params={"said": "<i>as I told you</i>"})
        assert "&lt;i&gt;as I told you&lt;/i&gt;" in page.text and "<i>as" not in page.text


async def test_of_two_who_edit_one_neither_overwrites(study: Study) -> None:
    async with study.signed_in() as browser:
        await save(browser)
        seen = await seen_of(browser, "as_i_told_you")
        assert (await save(browser, id="as_i_told_you", seen=seen, why="Mine")).status_code == 303
        late = await save(browser, id="as_i_told_you", seen=seen, why="<b>late</b>")
        assert late.status_code == 409 and "&lt;b&gt;late&lt;/b&gt;" in late.text
        gone = await browser.post(f"{PAGE}/delete", data={"id": "as_i_told_you", "seen": seen})
        assert gone.status_code == 409
    assert (await study.draft()).banned["as_i_told_you"].why == "Mine"


async def test_a_viewer_reads_and_changes_nothing(study: Study) -> None:
    async with study.signed_in(Role.VIEWER) as browser:
        assert (await browser.get(PAGE)).status_code == 200
        assert (await save(browser)).status_code == 403
        assert (await browser.post(f"{PAGE}/look", data=GOOD)).status_code == 403

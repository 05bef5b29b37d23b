"""Trying out, publishing, rolling back: what is shown before, and what is live after."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from core.clock import utc_now
from handoff.agents import Role
from nlu.knowledge.golden import add_golden
from nlu.knowledge.remembering import Remembering
from tests.console.knowledge.engine import Pairs
from tests.console.knowledge.study import ENTRIES, HOME, Study, form_of
from tests.console.world import World
from tests.nlu.knowledge_bases import entry

LATE, REFUND, INVOICE = ENTRIES
HOURS = entry(
    "hours",
    title={"zh": "几点开门", "en": "Opening hours"},
    phrasings={"zh": ["你们几点开门", "营业到几点"], "en": ["when do you open", "when do you close"]},
    answers={"zh": "九点到二十一点。", "en": "From nine to nine."},
)


async def mark_of(browser: httpx.AsyncClient) -> str:
    """Opens the publish page; returns what stands for the draft that it shows."""
    page = (await browser.get(f"{HOME}/publish")).text
    found = re.search(r'name="draft" value="(\w+)"', page)
    assert found is not None, page
    return found[1]


async def publish(browser: httpx.AsyncClient, mark: str, note: str = "") -> httpx.Response:
    return await browser.post(f"{HOME}/publish", data={"draft": mark, "note": note})


async def figures(study: Study, browser: httpx.AsyncClient, mark: str) -> str:
    """The part that is there once the draft is learned."""
    while "data-again" in (page := (await browser.get(f"{HOME}/publish/figures?draft={mark}")).text):
        await asyncio.wait([study.library.minds.draft(await study.library.shelf.look(), mark)])
    return page


async def test_a_draft_is_published_with_a_note_and_is_trained_once(study: Study) -> None:
    await study.drafts(*ENTRIES, HOURS)
    async with study.signed_in() as browser:
        page = (await browser.get(f"{HOME}/publish")).text
        assert ">added<" in page and "Opening hours" in page and "From nine to nine." in page
        before = study.engine.trained
        mark = await mark_of(browser)
        assert "Chinese phrasings taken rightly" in await figures(study, browser, mark)
        done = await publish(browser, mark, "  opening\nhours ")
        assert done.headers["location"] == f"{HOME}/publish?done=2"
        assert study.engine.trained == before + 1
        page = (await browser.get(f"{HOME}/publish?done=2")).text
        assert "Version 2 is live." in page and "nothing to publish" in page
        page = (await browser.get(f"{HOME}/history")).text
        assert "opening hours" in page and ">admin<" in page
    number, knowledge = await study.live()
    assert number == 2 and "hours" in knowledge.entries
    assert await study.acts() == [("admin", "knowledge.publish", "v2")]


async def test_what_was_tried_out_at_the_bench_is_not_trained_again(study: Study) -> None:
    await study.drafts(*ENTRIES, HOURS)
    async with study.signed_in() as browser:
        study.engine.go.clear()
        page = (await browser.get(f"{HOME}/try?q=when do you open&part=true")).text
        assert "Learning the draft" in page and "data-again" in page
        assert "asks back" in page  # what is live answers meanwhile
        before = study.engine.trained
        study.engine.go.set()
        contents = await study.library.shelf.look()
        mark = await study.library.mark(contents)
        await asyncio.wait([study.library.minds.draft(contents, mark)])
        page = (await browser.get(f"{HOME}/try?q=when do you open&part=true")).text
        assert "data-again" not in page and "Opening hours" in page and "99%" in page
        assert "Nearest phrasings" in page and "+0.25" in page
        assert (await publish(browser, await mark_of(browser))).status_code == 303
    assert study.engine.trained == before + 1
    assert (await study.live())[0] == 2


async def test_what_would_flip_is_told_with_real_messages_and_golden_questions(study: Study) -> None:
    await study.hears("你们几点开门啊", "你们几点开门啊", "钱退了吗", "我的手机号是13812345678几点开门你们")
    async with study.database.write() as session:
        for question, expected in (("营业到几点", "hours"), ("钱退了吗", "late"), ("讲个笑话", None)):
            await add_golden(session, question, "zh", expected, by="setup", now=utc_now())
    await study.drafts(*ENTRIES, HOURS)
    async with study.signed_in() as browser:
        page = await figures(study, browser, await mark_of(browser))
    rows = [re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
    told = [" ".join(row.split()) for row in rows]
    assert "你们几点开门啊 2 Not sure enough: asks back Opening hours" in told
    assert not any("钱退了吗 1" in row for row in told)  # is answered as before
    assert "Golden questions: 3, taken wrongly: 1" in page
    assert "营业到几点 Opening hours Not sure enough: asks back Opening hours · right" in told
    assert any(row.startswith("钱退了吗 Delivery is late") and row.endswith("wrong") for row in told)
    assert "13812345678" not in page


async def test_mistakes_are_told_in_the_readers_language_and_block(study: Study) -> None:
    shared = {**HOURS, "phrasings": {"zh": ["钱退了吗"], "en": ["when do you open"]}}
    await study.drafts(*ENTRIES, shared)
    for language, heading in (("zh", "两条里有同样的问法"), ("en", "The same phrasing in two entries")):
        async with study.signed_in(username=f"li_{language}", language=language) as browser:
            page = (await browser.get(f"{HOME}/publish")).text
            assert heading in page and " disabled>" in page
            assert (await publish(browser, await mark_of(browser))).status_code == 409
    assert (await study.live())[0] == 1


async def test_what_changed_since_it_was_looked_at_is_not_published_unseen(study: Study) -> None:
    await study.drafts(*ENTRIES, HOURS)
    async with study.signed_in() as browser:
        mark = await mark_of(browser)
        await study.drafts(LATE, REFUND, HOURS)
        refused = await publish(browser, mark, "my note")
        assert refused.status_code == 409
        assert "changed again" in refused.text and "my note" in refused.text and ">removed<" in refused.text
        assert "changed again" in (await browser.get(f"{HOME}/publish/figures?draft={mark}")).text
        assert (await study.live())[0] == 1
        assert (await publish(browser, await mark_of(browser))).status_code == 303


async def test_a_training_that_fails_is_told_and_tried_again(study: Study) -> None:
    await study.drafts(*ENTRIES, HOURS)
    study.engine.fails = True
    async with study.signed_in() as browser:
        mark = await mark_of(browser)
        assert "could not be learned: it failed" in await figures(study, browser, mark)
        assert (await publish(browser, mark)).status_code == 500
        assert (await study.live())[0] == 1
        study.engine.fails = False
        await figures(study, browser, mark)  # may still tell of the last try
        assert "Figure" in await figures(study, browser, mark)
        assert (await publish(browser, mark)).status_code == 303


async def test_nobody_publishes_what_they_edited_last_where_two_are_asked_for(world: World) -> None:
    study = Study(world, second_pair=True)
    await study.opens()
    async with study.signed_in(username="lin") as lin, study.signed_in(username="wei") as wei:
        response = await lin.post(f"{HOME}/entries", data=form_of(HOURS))
        assert response.status_code == 303, response.text
        assert "another admin has to publish it" in (await lin.get(f"{HOME}/publish")).text
        assert (await publish(lin, await mark_of(lin))).status_code == 409
        assert (await publish(wei, await mark_of(wei))).status_code == 303
    assert (await study.live())[0] == 2
    await study.close()


async def test_editing_and_looking_at_what_to_publish_warm_the_trainer_up(study: Study) -> None:
    async with study.signed_in(Role.VIEWER) as browser:
        await browser.get(f"{HOME}/entries/late")
    assert study.engine.ready == 1  # by what set the scene
    async with study.signed_in() as browser:
        await browser.get(f"{HOME}/entries/late")
        await asyncio.gather(*study.library._background)
    assert study.engine.ready == 2


async def test_an_older_version_is_live_again_with_one_press_and_the_draft_stays(study: Study) -> None:
    await study.drafts(*ENTRIES, HOURS)
    async with study.signed_in() as browser:
        await publish(browser, await mark_of(browser))
        response = await browser.post(f"{HOME}/history/1/roll-back", data={"note": "too early"})
        assert response.headers["location"] == f"{HOME}/history?done=1"
        page = (await browser.get(f"{HOME}/history?done=1")).text
        assert "Version 1 is live again" in page and "too early" in page
        assert (await browser.post(f"{HOME}/history/1/roll-back")).status_code == 409
        assert (await browser.post(f"{HOME}/history/9/roll-back")).status_code == 404
        page = (await browser.get(f"{HOME}/history/compare?old=1&new=2")).text
        assert ">added<" in page and "From nine to nine." in page
        assert (await browser.get(f"{HOME}/history/compare?old=7&new=2")).status_code == 404
        assert "no difference" in (await browser.get(f"{HOME}/history/compare?old=2&new=draft")).text
    assert (await study.live())[0] == 1
    assert "hours" in (await study.draft()).entries
    assert ("admin", "knowledge.rollback", "v1") in await study.acts()


@pytest.mark.parametrize("form", ["yml", "csv", "xlsx"])
async def test_what_was_exported_is_imported_again(study: Study, form: str) -> None:
    await study.drafts(*ENTRIES, HOURS)
    whole = await study.draft()
    async with study.signed_in() as browser:
        exported = await browser.get(f"{HOME}/export/{form}")
        assert f".{form}" in exported.headers["content-disposition"]
        old = await browser.get(f"{HOME}/export/{form}?version=1")
        for data, told in ((old, "0 added, 0 changed, 1 removed"), (exported, "1 added, 0 changed")):
            files: Any = {"file": (f"kb.{form}", data.content)}
            response = await browser.post(f"{HOME}/import", files=files)
            assert response.status_code == 200 and told in response.text
    assert await study.draft() == whole
    assert (await study.acts())[-1] == ("admin", "knowledge.import", f"kb.{form}")


async def test_a_file_with_faults_changes_nothing_and_its_rows_are_named(study: Study) -> None:
    table = "id,title_zh,title_en,phrasings_zh,phrasings_en,answers_zh,answers_en\na b,,x,问,ask,答,answer\n"
    before = await study.draft()
    async with study.signed_in() as browser:
        for name, data, told in (
            ("kb.csv", table.encode(), "row 2"),
            ("kb.yml", b"entries:\n  - id: x\n", "kb.yml:2"),
            ("kb.xlsx", b"no workbook", "not an Excel workbook"),
            ("kb.txt", b"x", "the form is unknown"),
        ):
            response = await browser.post(f"{HOME}/import", files={"file": (name, data)})
            assert response.status_code == 422 and told in response.text, response.text
            assert "/tmp" not in response.text
        large = await browser.post(f"{HOME}/import", files={"file": ("kb.csv", b"x" * 20_100_000)})
        assert large.status_code == 413
    assert await study.draft() == before and await study.acts() == []


async def test_lists_are_edited_with_a_revision_and_checked(study: Study) -> None:
    async with study.signed_in() as browser:

        async def save(name: str, seen: str, **fields: str) -> httpx.Response:
            return await browser.post(f"{HOME}/lists/{name}", data={"seen": seen, **fields})

        async def seen_of(name: str) -> str:
            found = re.search(r'name="seen" value="(\d+)"', (await browser.get(f"{HOME}/lists/{name}")).text)
            assert found is not None
            return found[1]

        seen = await seen_of("synonyms")
        assert (await save("synonyms", seen, all="冰箱 = 雪柜，fridge\r\n退货=退貨單")).status_code == 303
        refused = await save("synonyms", seen, all="别的 = 另外")
        assert (
            refused.status_code == 409 and "冰箱 = 雪柜 = fridge" in refused.text and "别的" in refused.text
        )
        seen = await seen_of("synonyms")
        assert "a group has two words" in (await save("synonyms", seen, all="独")).text
        assert "already stands" in (await save("synonyms", seen, all="甲 = 乙\n乙 = 丙")).text
        outside = await seen_of("out_of_scope")
        refused = await save("out_of_scope", outside, zh="钱退了吗", en="")
        assert refused.status_code == 422 and "When is my refund there" in refused.text
        assert (await save("out_of_scope", outside, zh="讲个笑话", en="tell me a joke")).status_code == 303
        assert "Synonyms" in (await browser.get(f"{HOME}/publish")).text
    draft = await study.draft()
    assert draft.synonyms == (("冰箱", "雪柜", "fridge"), ("退货", "退貨單"))
    assert draft.out_of_scope == {"zh": ("讲个笑话",), "en": ("tell me a joke",)}


async def test_golden_questions_are_added_and_deleted(study: Study) -> None:
    async with study.signed_in() as browser:
        questions = {"questions": "钱退了吗\nwhere is it", "entry": "refund"}
        assert (await browser.post(f"{HOME}/golden", data=questions)).status_code == 303
        refused = await browser.post(f"{HOME}/golden", data={"questions": "x", "entry": "nowhere"})
        assert refused.status_code == 422 and "There is no entry nowhere" in refused.text
        assert (await browser.post(f"{HOME}/golden", data={"questions": " "})).status_code == 422
        page = (await browser.get(f"{HOME}/golden")).text
        assert "钱退了吗" in page and "where is it" in page
        for golden_id in re.findall(r"/golden/([0-9a-f-]+)/delete", page):
            await browser.post(f"{HOME}/golden/{golden_id}/delete")
        assert "none yet" in (await browser.get(f"{HOME}/golden")).text
    assert [what for _, what, _ in await study.acts()] == ["golden.add"] * 2 + ["golden.delete"] * 2


async def test_two_who_ask_for_the_same_training_share_it(study: Study) -> None:
    engine = Pairs()
    remembering, knowledge = Remembering(engine), await study.draft()
    engine.go.clear()
    both = [asyncio.create_task(asyncio.to_thread(remembering.train, knowledge)) for _ in range(2)]
    await asyncio.sleep(0)
    engine.go.set()
    first, second = await asyncio.gather(*both)
    assert first is second and engine.trained == 1

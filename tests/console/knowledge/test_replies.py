"""Canned replies in the console: edited one by one, checked beside their fields, and published like everything."""

import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from console.knowledge.library import HOME
from handoff.agents import Role
from nlu.knowledge.check import Finding, Severity, Topic
from nlu.knowledge.entries import KnowledgeBase
from tests.console.knowledge.study import Study

PAGE = f"{HOME}/lists/replies"
GOOD = {
    "title_zh": "问好",
    "title_en": "Greeting",
    "text_zh": "您好[，{customer}]！我是{agent}。",
    "text_en": "Hello[, {customer}]! I am {agent}.",
}


async def save(browser: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    return await browser.post(PAGE, data={**GOOD, **fields})


async def seen_of(browser: httpx.AsyncClient, reply_id: str) -> str:
    page = (await browser.get(PAGE)).text
    part = page.split(f'id="reply-{reply_id}"')[1]
    found = re.search(r'name="seen" value="(\w+)"', part)
    assert found is not None
    return found[1]


async def test_a_reply_is_added_changed_published_and_deleted(study: Study) -> None:
    async with study.signed_in() as browser:
        added = await save(browser, queue=["service"])
        assert added.status_code == 303 and added.headers["location"].endswith("#reply-greeting")
        page = (await browser.get(PAGE)).text
        assert "Hello, Fang Wang! I am Mei." in page and "您好，王芳！我是小李。" in page

        changes = (await browser.get(f"{HOME}/publish")).text
        assert "Canned replies" in changes and "Hello[, {customer}]! I am {agent}." in changes
        draft = re.search(r'name="draft" value="(\w+)"', changes)
        assert draft is not None
        published = await browser.post(f"{HOME}/publish", data={"draft": draft[1], "note": ""})
        assert published.status_code == 303, published.text
        _, live = await study.live()
        assert live.replies["greeting"].queues == ("service",)

        seen = await seen_of(browser, "greeting")
        assert (await save(browser, id="greeting", seen=seen, text_en="Hi!")).status_code == 303
        seen = await seen_of(browser, "greeting")
        gone = await browser.post(f"{PAGE}/delete", data={"id": "greeting", "seen": seen})
        assert gone.status_code == 303
    assert (await study.draft()).replies == {}
    assert ("admin", "knowledge.edit", "replies") in await study.acts()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text_en": "Hi {custmer}"}, "There is no variable {custmer}"),
        ({"text_en": "Hi {customer}"}, "{customer} is not known of every customer"),
        ({"text_zh": " "}, "Fill this in"),
        ({"title_en": ""}, "Fill this in"),
        ({"text_en": "x" * 2001}, "at most 2000 characters"),
        ({"text_en": "a\x07b"}, "invisible character"),
        ({"id": "no spaces"}, "An id is made of"),
        ({"queue": ["service", "service"]}, "already there"),
    ],
)
async def test_faults_stand_beside_their_fields_and_nothing_is_saved(
    study: Study, fields: dict[str, Any], told: str
) -> None:
    async with study.signed_in() as browser:
        refused = await save(browser, **fields)
    assert refused.status_code == 422 and told in refused.text
    assert (await study.draft()).replies == {}


async def test_two_who_edit_two_replies_do_not_meet_and_of_one_neither_overwrites(study: Study) -> None:
    async with study.signed_in() as browser:
        await save(browser, id="one")
        await save(browser, id="two")
        first, second = await seen_of(browser, "one"), await seen_of(browser, "two")
        assert (await save(browser, id="one", seen=first, text_en="Mine")).status_code == 303
        assert (await save(browser, id="two", seen=second, text_en="Other")).status_code == 303
        refused = await save(browser, id="one", seen=first, text_en="<b>late</b>")
        assert refused.status_code == 409
        assert "Mine" in refused.text and "&lt;b&gt;late&lt;/b&gt;" in refused.text
        assert (await save(browser, id="one")).status_code == 422  # a new one does not take its place
        late = await browser.post(f"{PAGE}/delete", data={"id": "one", "seen": first})
        assert late.status_code == 409
    replies = (await study.draft()).replies
    assert [(each.id, each.text["en"]) for each in replies.values()] == [("one", "Mine"), ("two", "Other")]


async def test_the_language_guards_objections_are_shown(study: Study) -> None:
    def check(knowledge: KnowledgeBase) -> Sequence[Finding]:
        return [
            Finding(
                severity=Severity.WARNING,
                topic=Topic.REPLIES,
                entries=(each,),
                text="it says “calm down”",
                zh="有「冷静」",
            )
            for each in knowledge.replies
        ]

    study.library.check = check
    async with study.signed_in() as browser:
        await save(browser)
        assert "it says “calm down”" in (await browser.get(PAGE)).text
        assert "lists/replies#reply-greeting" in (await browser.get(f"{HOME}/publish")).text


async def test_a_viewer_reads_and_changes_nothing(study: Study) -> None:
    async with study.signed_in(Role.VIEWER) as browser:
        assert (await browser.get(PAGE)).status_code == 200
        assert (await save(browser)).status_code == 403

"""Gaps over HTTP: listed, read without whom they are about, and closed by what supervisors do in the knowledge base."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from bot.decisions import Policy
from bot.reasking import Reasking
from bot.turn import Brain
from core.conversations import Conversation, Draft, Message, lock_conversation
from core.messages import Author
from core.posting import Posting
from handoff.agents import Role
from handoff.gaps.noting import note_message
from handoff.gaps.sorting import Sorter
from handoff.gaps.tables import Gap, GapState, Why
from nlu.knowledge.versions import find_live
from tests.console.knowledge.study import HOME, Study
from tests.console.world import CALENDAR, PASSWORD

GAPS = "/console/gaps"
NASTY = "<script>alert(1)</script>送货到新疆吗"
ASKED = ("能不能送货到新疆", "新疆可以送货吗")


async def is_missed(
    study: Study, *texts: str, answer: str = "", intent: str = "late", language: str = "zh"
) -> None:
    """Customers ask, the bot misses; an agent answers the last one, where there is an answer."""
    for text in texts:
        ticket = await study.world.ticket(text, customer="王小姐", language=language)  # type: ignore[arg-type]
        async with study.database.write() as session:
            message = (
                await session.scalars(
                    select(Message).where(Message.conversation_id == ticket.conversation_id)
                )
            ).first()
            assert message is not None
            message.facts = {"intent": intent, "confidence": 0.4, "language": language}
            await note_message(session, message.id, Why.MISSED, at=study.world.clock())
    if answer:
        async with study.database.write() as session:
            conversation = await lock_conversation(session, ticket.conversation_id)
            assert isinstance(conversation, Conversation)
            posting = Posting(set())
            said = Draft(author=Author.AGENT, author_name="小林", text=answer, at=study.world.clock())
            posting.add(conversation, [said], now=study.world.clock())
            await posting.write(session)
    await Sorter(study.database, clock=study.world.clock).step()


async def gap_of(study: Study) -> Gap:
    async with study.database.read() as session:
        (gap,) = await session.scalars(select(Gap))
    return gap


def ticked(page: str) -> list[str]:
    return re.findall(r'name="m" value="([0-9a-f-]+)"[^>]* checked', page)


async def test_what_is_asked_most_is_first_and_what_it_says_is_only_text(study: Study) -> None:
    await is_missed(study, "保修期多久")
    await is_missed(study, NASTY, *ASKED)
    async with study.signed_in(Role.VIEWER, language="zh") as browser:
        page = (await browser.get(GAPS)).text
        assert page.index("新疆") < page.index("保修期多久")
        assert "共 2 类问题" in page and "每周 0, 0, 0, 0, 0, 0, 0, 3 次" in page
        gap_id = re.search(rf'href="{GAPS}/([0-9a-f-]+)"', page)
        assert gap_id is not None
        page = (await browser.get(f"{GAPS}/{gap_id[1]}")).text
        assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
        assert "物流太慢" in page  # the nearest entry
        assert "<form method" not in page.split("<main")[1]  # nothing that a viewer may do
        assert (await browser.get(f"{GAPS}?language=en")).text.count("<tr>") == 0
        gone = await browser.get(f"{GAPS}/{UUID(int=1)}")
        assert gone.status_code == 404 and "没有这个缺口" in gone.text


async def test_texts_are_read_without_whom_they_are_about(study: Study) -> None:
    await is_missed(
        study,
        "我是王小姐，电话13800138000，能不能送货到新疆",
        answer="王小姐您好，新疆可以送，运费 20 元，订单 DD20260512001 已登记。",
    )
    gap = await gap_of(study)
    async with study.signed_in() as browser:
        for path in (GAPS, f"{GAPS}/{gap.id}"):
            page = (await browser.get(path)).text
            assert "新疆" in page
            for secret in ("13800138000", "王小姐", "DD20260512001"):
                assert secret not in page
        assert "运费 20 元" in page


async def test_an_entry_is_made_of_a_gap_and_the_gap_is_done_when_it_is_live(study: Study) -> None:
    await is_missed(study, *ASKED, answer="新疆可以送，运费 20 元。")
    gap = await gap_of(study)
    async with study.signed_in() as browser:
        page = (await browser.get(f"{GAPS}/{gap.id}")).text
        answer = re.search(r'name="answer" value="([0-9a-f-]+)"', page)
        assert answer is not None and len(ticked(page)) == 2
        query = {"gap": str(gap.id), "m": ticked(page), "answer": answer[1]}
        page = (await browser.get(f"{HOME}/entries/new", params=query)).text
        assert all(text in page for text in ASKED) and "新疆可以送，运费 20 元。" in page
        assert f'name="gap" value="{gap.id}"' in page
        form = {
            "gap": str(gap.id),
            "id": "xinjiang",
            "action": "answer",
            "title_zh": "送货到新疆",
            "phrasings_zh": "\r\n".join(ASKED),
            "answers_zh": "新疆可以送。",
        }
        refused = await browser.post(f"{HOME}/entries", data=form)  # the other language is missing
        assert refused.status_code == 422 and f'name="gap" value="{gap.id}"' in refused.text
        form |= {"title_en": "To Xinjiang", "phrasings_en": "do you ship to xinjiang", "answers_en": "Yes."}
        assert (await browser.post(f"{HOME}/entries", data=form)).status_code == 303
        assert "送货到新疆" in (await browser.get(f"{GAPS}/{gap.id}?lang=zh")).text
    assert (await gap_of(study)).entry == "xinjiang"
    assert [what for _, what, _ in await study.acts()] == ["knowledge.add", "gap.entry"]
    await goes_live(study)
    gap = await gap_of(study)
    assert (gap.state, gap.entry, gap.version) == (GapState.DONE, "xinjiang", 2)
    async with study.signed_in(username="later") as browser:
        page = (await browser.get(f"{GAPS}?view=done&lang=zh")).text
        assert "第 2 版答上了" in page
    await is_missed(study, "送货到新疆吗？")
    assert (await gap_of(study)).state == GapState.OPEN


async def goes_live(study: Study) -> None:
    """The draft, and the worker asks the open gaps again."""
    study.world.clock.ahead += timedelta(minutes=1)
    await study.publisher.publish(by="setup")
    _, knowledge = await study.live()
    brain = Brain(
        interpreter=study.engine.load(study.engine.train(knowledge).model, knowledge),
        knowledge=knowledge,
        policy=Policy(),
    )
    async with study.database.read() as session:
        mark = await find_live(session)
    assert mark is not None
    reasking = Reasking(study.database, zone=CALENDAR.zone, clock=study.world.clock)
    reasking.take(mark, brain)
    await reasking.step()
    study.world.clock.ahead += timedelta(minutes=1)


async def test_messages_are_added_to_an_entry_as_phrasings(study: Study) -> None:
    await is_missed(study, *ASKED, "我电话13800138000，能不能送货到新疆")
    gap = await gap_of(study)
    async with study.signed_in(Role.SUPERVISOR) as browser:
        everything = re.findall(
            r'name="m" value="([0-9a-f-]+)"', (await browser.get(f"{GAPS}/{gap.id}")).text
        )
        done = await browser.post(f"{GAPS}/{gap.id}/add", data={"entry": "late", "m": everything})
        assert (done.status_code, done.headers["location"]) == (303, f"{HOME}/entries/late?saved=1")
        again = await browser.post(f"{GAPS}/{gap.id}/add", data={"entry": "late", "m": everything})
        assert again.status_code == 422 and "Nothing could be added" in again.text
        missing = await browser.post(f"{GAPS}/{gap.id}/add", data={"entry": '"><b>', "m": everything})
        assert missing.status_code == 422 and '"><b>' not in missing.text
    phrasings = (await study.draft()).entries["late"].phrasings
    assert sorted(phrasings["zh"][2:]) == sorted(ASKED) and len(phrasings["en"]) == 2
    assert [what for _, what, _ in await study.acts()] == ["knowledge.edit", "gap.entry"]


async def test_messages_are_put_out_of_scope_and_the_gap_is_done(study: Study) -> None:
    await is_missed(study, *ASKED)
    gap = await gap_of(study)
    async with study.signed_in(Role.SUPERVISOR) as browser:
        page = (await browser.get(f"{GAPS}/{gap.id}")).text
        data = {"m": ticked(page)[:1]}
        assert (await browser.post(f"{GAPS}/{gap.id}/out-of-scope", data=data)).status_code == 303
        assert "Out of scope" in (await browser.get(f"{GAPS}/{gap.id}")).text
    assert len((await study.draft()).out_of_scope["zh"]) == 1
    assert (await gap_of(study)).state == GapState.DONE
    await is_missed(study, ASKED[0])
    assert (await gap_of(study)).state == GapState.DONE


async def test_what_nobody_has_ticked_is_not_taken(study: Study) -> None:
    await is_missed(study, *ASKED)
    gap, before = await gap_of(study), await study.draft()
    async with study.signed_in(Role.SUPERVISOR) as browser:
        for act in ("add", "out-of-scope"):
            refused = await browser.post(f"{GAPS}/{gap.id}/{act}", data={"entry": "late"})
            assert refused.status_code == 422 and "Nothing is ticked" in refused.text
        page = (await browser.get(f"{HOME}/entries/new", params={"gap": str(gap.id)})).text
        assert not any(text in page for text in ASKED)
    assert await study.draft() == before and (await gap_of(study)).state == GapState.OPEN


async def test_a_gap_is_assigned_until_a_day_and_late_after_it(study: Study) -> None:
    await is_missed(study, *ASKED)
    gap, today = await gap_of(study), study.library.today
    await study.account("looker", Role.VIEWER)
    await study.account("answerer", Role.AGENT)  # who could do nothing about it
    address = f"{GAPS}/{gap.id}/assign"
    async with study.signed_in(Role.SUPERVISOR, "wei") as wei, study.signed_in(Role.SUPERVISOR) as browser:
        for data in (
            {"assignee": "looker"},
            {"assignee": "answerer"},
            {"assignee": "nobody"},
            {"assignee": "wei", "due": "soon"},
            {"assignee": "wei", "due": f"{today - timedelta(days=1)}"},
        ):
            assert (await browser.post(address, data=data)).status_code == 422, data
        assert (await browser.post(address, data={"assignee": "wei", "due": f"{today}"})).status_code == 303
        page = (await browser.get(f"{GAPS}/{gap.id}")).text
        assert 'value="wei" selected' in page and 'value="answerer"' not in page
        assert f"by {today}" in (await browser.get(GAPS)).text
        assert "No gap is assigned to you" in (await browser.get(f"{GAPS}?view=mine")).text
        assert "overdue" not in (await wei.get(f"{GAPS}?view=mine")).text
        study.world.clock.ahead += timedelta(hours=24)
        await wei.post("/console/sign-in", data={"username": "wei", "password": PASSWORD})
        assert "overdue" in (await wei.get(f"{GAPS}?view=mine", headers={"accept-language": "en"})).text
    assert await study.acts() == [("supervisor", "gap.assign", str(gap.id))]


async def test_what_is_no_gap_is_dismissed_and_can_be_opened_again(study: Study) -> None:
    await is_missed(study, *ASKED)
    gap = await gap_of(study)
    async with study.signed_in(Role.SUPERVISOR) as browser:
        await browser.post(f"{GAPS}/{gap.id}/dismiss")
        assert "not a gap" in (await browser.get(f"{GAPS}?view=done")).text
        await browser.post(f"{GAPS}/{gap.id}/open")
        assert "came back" in (await browser.get(GAPS)).text
    assert [what for _, what, _ in await study.acts()] == ["gap.end", "gap.open"]


@pytest.mark.parametrize("act", ["add", "out-of-scope", "assign", "dismiss", "open"])
async def test_only_supervisors_act_and_only_on_what_is_there(study: Study, act: str) -> None:
    await is_missed(study, *ASKED)
    gap = await gap_of(study)
    async with study.signed_in(Role.AGENT) as browser:
        assert (await browser.post(f"{GAPS}/{gap.id}/{act}")).status_code == 403
    async with study.signed_in(Role.SUPERVISOR) as browser:
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        refused: httpx.Response = await browser.post(f"{GAPS}/{gap.id}/{act}", headers=elsewhere)
        assert refused.status_code == 403
        assert (await browser.post(f"{GAPS}/{UUID(int=1)}/{act}", data={"entry": "late"})).status_code == 404
    assert (await gap_of(study)).state == GapState.OPEN


async def test_thousands_of_gaps_are_paged(study: Study) -> None:
    await is_missed(study, *(f"型号{chr(0x4E00 + n)}{chr(0x6E00 + n)}" for n in range(31)), intent="")
    async with study.signed_in() as browser:
        first = (await browser.get(GAPS)).text
        assert first.count("<tr>") == 31 and "Page 1 of 2" in first
        assert (await browser.get(f"{GAPS}?page=2")).text.count("<tr>") == 2
        assert (await browser.get(f"{GAPS}?page=99x&view=what&language=xx")).status_code == 200

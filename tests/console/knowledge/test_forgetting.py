"""What a customer wrote leaves what the console keeps of it, too: the draft, golden questions, the audit log."""

from sqlalchemy import select

from console.knowledge.shelf import Stand
from core.audit import AuditRow
from core.clock import utc_now
from nlu.knowledge.forgetting import forget, phrasings_of
from nlu.knowledge.golden import add_golden, list_golden
from nlu.knowledge.live import LiveKnowledge
from tests.console.knowledge.study import ENTRIES, HOME, Study, form_of
from tests.nlu.knowledge_bases import entry

SAID = "上周在你们直播间买的墨绿色灯芯绒外套右边袖口开线了怎么处理"


async def test_their_words_go_and_a_page_shows_it_at_once(study: Study) -> None:
    theirs = entry(
        "sleeve", title={"zh": "袖口开线", "en": "Sleeve"}, phrasings={"zh": [SAID], "en": ["sleeve"]}
    )
    async with study.signed_in() as browser:
        assert (await browser.post(f"{HOME}/entries", data=form_of(theirs))).status_code == 303
        for question in (SAID, "钱退了吗"):
            async with study.database.write() as session:
                await add_golden(session, question, "zh", "refund", by="lin", now=utc_now())
        assert SAID in (await browser.get(f"{HOME}/entries/sleeve")).text
        async with study.database.write() as session:
            assert (await forget(session, [SAID])).entries == ("sleeve",)
        assert SAID not in (await browser.get(f"{HOME}/entries/sleeve")).text
    assert (await study.draft()).entries["sleeve"].phrasings["zh"] == ("袖口开线",)
    async with study.database.read() as session:
        assert [each.question for each in await list_golden(session)] == ["钱退了吗"]
        rows = (await session.scalars(select(AuditRow))).all()
    assert not any(SAID in str((row.before, row.after)) for row in rows)
    added = next(row for row in rows if row.what == "knowledge.add")
    assert added.after["title"]["zh"] == "袖口开线" and len(ENTRIES) == 3


async def test_their_words_go_from_what_was_edited_away_too(study: Study) -> None:
    """The draft does not have them any more, the audit log does."""
    theirs = entry(
        "sleeve", title={"zh": "袖口开线", "en": "Sleeve"}, phrasings={"zh": [SAID], "en": ["sleeve"]}
    )
    async with study.signed_in() as browser:
        await browser.post(f"{HOME}/entries", data=form_of(theirs))
        await browser.post(f"{HOME}/entries/sleeve/undo")
    async with study.database.write() as session:
        await forget(session, [SAID])
    async with study.database.read() as session:
        rows = (await session.scalars(select(AuditRow))).all()
    assert not any(SAID in str((row.before, row.after)) for row in rows)


async def test_their_words_go_from_what_is_live(study: Study) -> None:
    """Each time: the model that waits to be trained again waits longer."""
    other = "前天在你们线下门店买的藏青色羽绒服拉链头掉了想换一件"
    theirs = entry(
        "sleeve", title={"zh": "袖口开线", "en": "Sleeve"}, phrasings={"zh": [SAID, other], "en": ["sleeve"]}
    )
    await study.drafts(*ENTRIES, theirs)
    await study.library.publisher.publish(by="li")
    assert set(phrasings_of((await study.library.shelf.look()).published)) > {SAID, other}
    knowledge = LiveKnowledge(study.database)
    await knowledge.find()
    for said in (SAID, other):
        async with study.database.write() as session:
            assert (await forget(session, [said])).was_live
        contents = await study.library.shelf.look()
        assert said not in phrasings_of(contents.published)
        assert contents.stand_of("sleeve") is Stand.LIVE
        assert await knowledge.find() == contents.published

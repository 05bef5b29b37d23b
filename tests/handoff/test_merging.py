"""Two customers become one and two again: nothing is lost, and undoing restores exactly what was."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core.conversations import Conversation, lock_conversation
from core.customers import Customer, Identity
from core.database import Database, table_of
from core.errors import NotAllowed
from core.ids import new_id
from core.persons import tables_of_persons
from handoff.aftercare.customer_dates import CustomerDate, has_opted_out, opt_out, set_dates
from handoff.aftercare.occasions import DateKind
from handoff.customers import CustomerActs
from handoff.faq import make_exchange
from handoff.handover import hand_over
from handoff.kinds import Reason
from handoff.life import EventKind
from handoff.persons import evidence
from handoff.persons.evidence import Kind, suggest_all, suggest_for
from handoff.persons.merging import Merging, higher_tier, movable
from handoff.persons.records import CustomerMerge, CustomerNote, MergeState, find_kept
from handoff.privacy.erasure import StillOpen, erase_customers
from handoff.privacy.export import export_customer
from handoff.settings import DeskSettings
from handoff.standards import Standards
from handoff.tags import list_tags
from handoff.tickets import Ticket, TicketEvent
from tests.console.world import SETTINGS, World

TIERED = DeskSettings(
    calendar=SETTINGS.calendar,
    queues=SETTINGS.queues,
    routes={},
    default_queue="service",
    standards=Standards(customer_tiers=("gold", "silver")),
)
Snapshot = Mapping[str, list[dict[str, Any]]]


class Two:
    """Two customers, each with an open ticket, on two channels."""

    def __init__(self, database: Database) -> None:
        self.world = World(database, settings=TIERED)
        self.database = database
        self.merging = Merging(self.world.cases)
        self.customers = CustomerActs(self.world.cases)

    async def come(self, **second: Any) -> None:
        self.agent = await self.world.agent()
        self.first = await self.person("138 0013 8000", customer="王芳")
        self.second = await self.person("+8613800138000", **{"customer": "W. Fang", "tier": "gold", **second})

    async def person(self, phone: str, *, channel: str = "webchat", **values: Any) -> Ticket:
        ticket = await self.world.ticket(collected={"phone": phone}, channel=channel, **values)
        identity = Identity(
            id=new_id(), customer_id=ticket.customer_id, channel=channel, external_id=str(ticket.id)
        )
        async with self.database.write() as session:
            session.add(identity)
        return ticket

    async def merge(self) -> UUID:
        return await self.merging.merge(self.first.customer_id, self.second.customer_id, self.agent)

    async def snapshot(self, *, without: tuple[str, ...] = ()) -> Snapshot:
        """All rows that lead to persons."""
        found: dict[str, list[dict[str, Any]]] = {}
        async with self.database.read() as session:
            for table in tables_of_persons():
                rows = await session.execute(select(table).order_by(*table.primary_key.columns))
                if table.name not in without:
                    found[str(table.name)] = [
                        {str(name): value for name, value in row.items()} for row in rows.mappings()
                    ]
        return found

    async def owner_of(self, conversation_id: UUID) -> UUID:
        async with self.database.read() as session:
            return (await session.get_one(Conversation, conversation_id)).customer_id

    async def customer(self, customer_id: UUID) -> Customer:
        async with self.database.read() as session:
            return await session.get_one(Customer, customer_id)

    async def resolve(self, ticket: Ticket) -> None:
        await self.world.work.take(ticket.id, self.agent)
        await self.world.work.reply(ticket.id, self.agent, "好了")
        await self.world.work.resolve(ticket.id, self.agent)


@pytest.fixture
async def two(database: Database) -> Two:
    two = Two(database)
    await two.come()
    return two


# What the acts themselves write: they are facts, and stay.
TRACES = ("customer_merges", "ticket_events", "ticket_changes", "conversation_changes", "deadlines")


async def test_undoing_a_merge_restores_exactly_what_was(two: Two) -> None:
    one, other = two.first.customer_id, two.second.customer_id
    for customer_id, tags in ((one, ["VIP", "爱问"]), (other, ["vip", "rude"])):
        await two.customers.tag_customer(customer_id, two.agent, add=tags)
    async with two.database.write() as session:
        now = two.world.clock()
        session.add(CustomerNote(id=new_id(), customer_id=other, agent_id=two.agent.id, text="note", at=now))
        await set_dates(session, one, {DateKind.BIRTHDAY: now.date()}, consents=True, now=now)
        await set_dates(session, other, {DateKind.BIRTHDAY: now.date()}, consents=False, now=now)
        await opt_out(session, other, now=now)
    before = await two.snapshot(without=TRACES)

    merge_id = await two.merge()
    async with two.database.read() as session:
        assert await find_kept(session, other) == one
        assert await list_tags(session, one) == ["VIP", "爱问", "rude"]
        assert await has_opted_out(session, one)
        for table in movable():
            if table.name not in (
                "customer_tags",
                "customer_dates",
                "customer_reaches",
            ):  # they have these twice
                left = await session.execute(select(table).where(table.c.customer_id == other))
                assert left.all() == [], table.name
    assert (await two.customer(one)).tier == "gold"

    await two.merging.undo(merge_id, two.agent)
    after = await two.snapshot(without=TRACES)
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}
    with pytest.raises(NotAllowed):
        await two.merging.undo(merge_id, two.agent)


async def test_an_opt_out_since_the_merge_counts_for_both(two: Two) -> None:
    one, other = two.first.customer_id, two.second.customer_id
    async with two.database.write() as session:
        now = two.world.clock()
        for each in (one, other):
            await set_dates(session, each, {DateKind.BIRTHDAY: now.date()}, consents=True, now=now)
    merge_id = await two.merge()
    two.world.clock.ahead += timedelta(days=1)
    async with two.database.write() as session:
        await opt_out(session, one, now=two.world.clock())
    two.world.clock.ahead += timedelta(days=1)
    await two.merging.undo(merge_id, two.agent)
    async with two.database.read() as session:
        assert await has_opted_out(session, one) and await has_opted_out(session, other)
        assert list(await session.scalars(select(CustomerDate.consent_at))) == [None, None]


async def test_an_opt_out_that_is_said_again_after_the_merge_is_not_taken_back(two: Two) -> None:
    """The merge had opted the kept one out for the other's sake; then they said it themselves."""
    one, other = two.first.customer_id, two.second.customer_id
    async with two.database.write() as session:
        now = two.world.clock()
        for each in (one, other):
            await set_dates(session, each, {DateKind.BIRTHDAY: now.date()}, consents=True, now=now)
        await opt_out(session, other, now=now)
    merge_id = await two.merge()
    two.world.clock.ahead += timedelta(days=1)
    async with two.database.write() as session:
        await opt_out(session, one, now=two.world.clock())
    await two.merging.undo(merge_id, two.agent)
    async with two.database.read() as session:
        assert await has_opted_out(session, one)


async def test_open_tickets_follow_the_higher_tier_there_and_back(two: Two) -> None:
    async def tier() -> str | None:
        async with two.database.read() as session:
            return (await session.get_one(Ticket, two.first.id)).tier

    merge_id = await two.merge()
    assert await tier() == "gold"
    await two.merging.undo(merge_id, two.agent)
    assert await tier() is None
    async with two.database.read() as session:
        kinds = await session.scalars(select(TicketEvent.kind).where(TicketEvent.ticket_id == two.first.id))
        assert list(kinds).count(EventKind.RETIERED) == 2


@pytest.mark.parametrize(
    ("one", "other", "higher"),
    [
        ("silver", "gold", "gold"),
        ("gold", "silver", "gold"),
        (None, "old", "old"),
        ("old", "silver", "silver"),
        ("old", "older", "old"),
        (None, None, None),
    ],
)
def test_of_two_tiers_the_one_named_first_counts(
    one: str | None, other: str | None, higher: str | None
) -> None:
    assert higher_tier(one, other, TIERED) == higher


async def test_what_comes_after_a_merge_goes_back_with_its_conversation(two: Two) -> None:
    await two.resolve(two.second)
    merge_id = await two.merge()
    async with two.database.write() as session:
        conversation = await lock_conversation(session, two.second.conversation_id)
        assert conversation.customer_id == two.first.customer_id
        from_then = await _hand_over(session, conversation, two.world)
    assert from_then.customer_id == two.first.customer_id
    await two.merging.undo(merge_id, two.agent)
    async with two.database.read() as session:
        assert (await session.get_one(Ticket, from_then.id)).customer_id == two.second.customer_id
        assert (await session.get_one(Ticket, two.first.id)).customer_id == two.first.customer_id


async def test_what_an_identity_that_goes_back_has_begun_since_goes_back(two: Two) -> None:
    merge_id = await two.merge()
    two.world.clock.ahead += timedelta(days=1)
    async with two.database.write() as session:
        begun = {
            ticket.id: Conversation(
                id=new_id(),
                customer_id=two.first.customer_id,
                channel="webchat",
                chat=str(ticket.id),  # as its identity is known
                created_at=two.world.clock(),
            )
            for ticket in (two.first, two.second)
        }
        session.add_all(begun.values())
        await session.flush()
        opened = await _hand_over(session, begun[two.second.id], two.world)
    await two.merging.undo(merge_id, two.agent)
    assert await two.owner_of(begun[two.first.id].id) == two.first.customer_id
    assert await two.owner_of(begun[two.second.id].id) == two.second.customer_id
    async with two.database.read() as session:
        assert (await session.get_one(Ticket, opened.id)).customer_id == two.second.customer_id


async def _hand_over(session: Any, conversation: Conversation, world: World) -> Ticket:
    return await hand_over(
        session,
        conversation,
        Reason.WANTS_HUMAN,
        settings=world.settings,
        language="zh",
        unwritten=(),
        now=world.clock(),
    )


async def test_a_turn_of_the_merged_conversation_waits_and_sees_the_kept_customer(two: Two) -> None:
    """Whoever comes first: the ticket that the turn opens belongs to the conversation's customer."""
    await two.resolve(two.second)

    async def turn() -> Ticket:
        async with two.database.write() as session:
            conversation = await lock_conversation(session, two.second.conversation_id)
            await asyncio.sleep(0)
            return await _hand_over(session, conversation, two.world)

    opened, _ = await asyncio.gather(turn(), two.merge())
    async with two.database.read() as session:
        ticket = await session.get_one(Ticket, opened.id)
    assert ticket.customer_id == two.first.customer_id == await two.owner_of(ticket.conversation_id)


async def test_of_two_who_merge_at_once_one_is_refused(two: Two) -> None:
    one, other = two.first.customer_id, two.second.customer_id
    results = await asyncio.gather(
        two.merging.merge(one, other, two.agent),
        two.merging.merge(other, one, two.agent),
        return_exceptions=True,
    )
    assert sorted(isinstance(each, NotAllowed) for each in results) == [False, True]


async def test_merges_in_a_row_are_undone_from_the_last(two: Two) -> None:
    third = await two.person("010-62345678", customer="王")
    first_merge = await two.merge()
    with pytest.raises(NotAllowed):
        await two.merging.merge(two.second.customer_id, third.customer_id, two.agent)
    second_merge = await two.merging.merge(third.customer_id, two.first.customer_id, two.agent)
    assert await two.owner_of(two.second.conversation_id) == third.customer_id
    with pytest.raises(NotAllowed):
        await two.merging.undo(first_merge, two.agent)
    await two.merging.undo(second_merge, two.agent)
    assert await two.owner_of(two.second.conversation_id) == two.first.customer_id
    await two.merging.undo(first_merge, two.agent)
    assert await two.owner_of(two.second.conversation_id) == two.second.customer_id


async def test_who_is_erased_after_a_merge_is_erased_as_a_whole(two: Two) -> None:
    await two.customers.tag_customer(two.second.customer_id, two.agent, add=["secret-tag"])
    merge_id = await two.merge()
    async with two.database.read() as session:
        document = str(await export_customer(session, two.second.customer_id, now=two.world.clock()))
    assert "王芳" in document and "W. Fang" in document and "secret-tag" in document
    with pytest.raises(StillOpen):
        async with two.database.write() as session:
            await erase_customers(session, [two.first.customer_id])
    await two.resolve(two.first)
    await two.resolve(two.second)
    async with two.database.write() as session:
        erased = await erase_customers(session, [two.first.customer_id])
    assert (erased.customers, erased.conversations) == (2, 2)
    left = str(await two.snapshot())
    for told in ("王芳", "W. Fang", "secret-tag", "13800138000", str(merge_id)):
        assert told not in left


async def test_what_goes_to_others_has_none_of_a_merged_persons_names(two: Two) -> None:
    await two.merge()
    async with two.database.read() as session:
        exchange = await make_exchange(session, two.first, "W. Fang 您好，王芳您好，运费 20 元")
    assert exchange.answer == "*** 您好，***您好，运费 20 元"


async def test_an_undone_merge_is_two_people_again_and_one_of_them_is_erased(two: Two) -> None:
    await two.resolve(two.second)
    await two.merging.undo(await two.merge(), two.agent)
    async with two.database.write() as session:
        await erase_customers(session, [two.second.customer_id])
    left = str(await two.snapshot())
    assert "王芳" in left and "W. Fang" not in left


async def test_a_shared_number_is_suggested_until_somebody_has_said(two: Two) -> None:
    async with two.database.read() as session:
        (found,) = await suggest_all(session)
        customer = await session.get_one(Customer, two.second.customer_id)
        (beside,) = await suggest_for(session, customer)
    pair = {two.first.customer_id, two.second.customer_id}
    assert {found.one_id, found.other_id} == {beside.one_id, beside.other_id} == pair
    assert [(each.kind, each.value) for each in found.evidence] == [(Kind.REACH, "+8613800138000")]
    await two.merging.dismiss(two.first.customer_id, two.second.customer_id, two.agent)
    async with two.database.read() as session:
        assert await suggest_all(session) == [] == await suggest_for(session, customer)
    # What was dismissed can still be merged: somebody knows better.
    await two.merge()


async def test_all_pairs_of_a_number_are_suggested_and_who_was_merged_is_in_none(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = await two.person("138-0013-8000", customer="王")
    one, other, last = (each.customer_id for each in (two.first, two.second, third))

    async def pairs() -> set[tuple[UUID, UUID]]:
        async with two.database.read() as session:
            return {(each.one_id, each.other_id) for each in await suggest_all(session)}

    assert await pairs() == {(one, other), (one, last), (other, last)}
    # What is settled takes no place from what is not.
    monkeypatch.setattr(evidence, "MOST", 1)
    await two.merging.dismiss(one, other, two.agent)
    assert await pairs() == {(one, last)}
    await two.merging.merge(one, last, two.agent)
    # The last is the first one now, of whom somebody has said that they are not the second.
    assert await pairs() == set()


async def test_who_is_no_other_is_not_suggested_for_whom_they_were_merged_into(two: Two) -> None:
    third = await two.person("138-0013-8000", customer="王")
    one, other, last = (each.customer_id for each in (two.first, two.second, third))
    await two.merging.dismiss(other, last, two.agent)
    await two.merging.merge(one, other, two.agent)
    async with two.database.read() as session:
        kept = await session.get_one(Customer, one)
        assert await suggest_all(session) == [] == await suggest_for(session, kept)


async def test_a_caller_with_a_number_that_was_given_elsewhere_is_suggested(two: Two) -> None:
    async with two.database.write() as session:
        caller = Customer(id=new_id(), name=None, tier=None, created_at=two.world.clock())
        session.add(caller)
        await session.flush()
        session.add(
            Identity(id=new_id(), customer_id=caller.id, channel="phone", external_id="+8613800138000")
        )
    async with two.database.read() as session:
        found = await suggest_for(session, caller)
    assert {each.one_id for each in found} == {two.first.customer_id, two.second.customer_id}


async def test_one_name_on_two_channels_within_days_is_suggested(database: Database) -> None:
    two = Two(database)
    two.agent = await two.world.agent()
    web = await two.person("x", customer="陈静")
    await two.person("x", customer="陈静")  # on the same channel
    telegram = await two.person("x", customer="陈静", channel="telegram")
    two.world.clock.ahead += timedelta(days=8)
    await two.person("x", customer="陈静", channel="slack")  # much later
    async with database.read() as session:
        customer = await session.get_one(Customer, web.customer_id)
        (found,) = await suggest_for(session, customer)
    assert (found.other_id, found.evidence[0].kind) == (telegram.customer_id, Kind.NAME)


async def test_who_was_merged_into_one_is_not_merged_into_another(two: Two) -> None:
    async with two.database.write() as session:
        now = two.world.clock()
        ids = {"kept_id": two.first.customer_id, "merged_id": two.second.customer_id, "by_id": two.agent.id}
        for _ in range(2):
            session.add(CustomerMerge(id=new_id(), state=MergeState.UNDONE, at=now, **ids))
    await two.merge()
    with pytest.raises(NotAllowed):
        await two.merge()


def test_all_that_leads_to_a_customer_is_moved() -> None:
    """A table that leads to customers by another name is a merge itself, or has to be thought of."""
    named = {table.name for table in movable()}
    customers = table_of(Customer)
    others = {
        table.name
        for table, ways in tables_of_persons().items()
        if table.name not in named and any(parent is customers for _, parent, _ in ways)
    }
    assert others == {"customer_merges"}
    assert {"identities", "conversations", "tickets", "customer_tags"} <= named

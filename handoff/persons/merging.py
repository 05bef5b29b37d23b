"""Two customers become one, and two again. Nothing is deleted: rows are moved, and the merge knows which.

What leads to a customer by a column `customer_id` is moved, whatever the table; what would stand there twice (a tag that
both have) stays where it is. The customer who was merged stays as well, with nothing of theirs but that.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, UniqueConstraint, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.audit import note_act
from core.changes import note_move
from core.conversations import Conversation
from core.customers import Customer, Identity
from core.database import table_of
from core.errors import NotFound
from core.ids import new_id
from core.persons import lock_persons, tables_of_persons
from handoff.aftercare.customer_dates import CustomerDate, has_opted_out, opt_out
from handoff.agents import Agent
from handoff.cases import Cases
from handoff.desk.threads import keep_thread
from handoff.life import OPEN_STATES, EventKind, TicketState
from handoff.persons.evidence import find_evidence
from handoff.persons.records import CustomerMerge, MergeState, find_family, find_kept
from handoff.refusals import Objection, Refused
from handoff.settings import DeskSettings
from handoff.tickets import Ticket, record

COLUMN = "customer_id"


class Merging:
    """What supervisors do when two customers look like one."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases

    async def merge(self, kept_id: UUID, merged_id: UUID, agent: Agent) -> UUID:
        """All that is the second one's becomes the first one's; returns the merge.

        Raises `NotFound`, and `NotAllowed` for two who are one already, and for who was merged into somebody else.
        """
        settings, now = self.cases.settings, self.cases.clock()
        async with self.cases.posting() as (session, _):
            kept, merged = await _lock(session, kept_id, merged_id)
            if merged_id in await find_family(session, [kept_id]):
                raise Refused(Objection.SAME_PERSON)
            if (
                await find_kept(session, kept_id) != kept_id
                or await find_kept(session, merged_id) != merged_id
            ):
                raise Refused(Objection.MERGED_SINCE)
            evidence = await find_evidence(session, kept, merged)
            moved: dict[str, Any] = {"rows": await _move(session, kept_id, merged_id)}
            await note_move(session, [kept_id])
            moved["opted_out"] = await _opt_out(session, [kept_id, merged_id], kept_id, now=now)
            moved["name"] = [kept.name, kept.name or merged.name]
            moved["tier"] = [kept.tier, higher_tier(kept.tier, merged.tier, settings)]
            kept.name, kept.tier = moved["name"][1], moved["tier"][1]
            await _retier(session, [kept_id], agent, settings=settings, now=now)
            merge = CustomerMerge(
                id=new_id(),
                kept_id=kept_id,
                merged_id=merged_id,
                state=MergeState.MERGED,
                evidence=[each.to_data() for each in evidence],
                moved=moved,
                by_id=agent.id,
                at=now,
            )
            session.add(merge)
            after = {"merged": str(merged_id), "rows": _count(moved["rows"])}
            await note_act(
                session,
                who=agent.username,
                what="customer.merge",
                object=str(kept_id),
                after=after,
                now=now,
            )
        return merge.id

    async def undo(self, merge_id: UUID, agent: Agent) -> CustomerMerge:
        """They are two again: exactly what was moved goes back, and what has come to it since. An opt-out since counts for both.

        Raises `NotFound`, and `NotAllowed` for a merge that was undone, or whose customer was merged on since.
        """
        settings, now = self.cases.settings, self.cases.clock()
        async with self.cases.posting() as (session, _):
            merge = await session.get(CustomerMerge, merge_id)
            if merge is None:
                raise NotFound("merge", merge_id)
            kept_id, merged_id = merge.kept_id, merge.merged_id
            kept, _ = await _lock(session, kept_id, merged_id)
            merge = await session.get(CustomerMerge, merge_id, populate_existing=True)
            if merge is None or merge.state != MergeState.MERGED:
                raise Refused(Objection.NOT_MERGED)
            if await find_kept(session, kept_id) != kept_id:
                raise Refused(Objection.MERGED_SINCE)
            has_opted_out_since = await session.scalar(
                select(
                    exists().where(CustomerDate.customer_id == kept_id, CustomerDate.opted_out_at > merge.at)
                )
            )
            await _move_back(session, merge)
            await note_move(session, [kept_id, merged_id])
            if has_opted_out_since:  # whichever of the two it was
                for each in (kept_id, merged_id):
                    await opt_out(session, each, now=now)
            for name in ("name", "tier"):
                before, after = merge.moved[name]
                if getattr(kept, name) == after:  # else somebody has changed it since
                    setattr(kept, name, before)
            await _retier(session, [kept_id, merged_id], agent, settings=settings, now=now)
            merge.state, merge.undone_at, merge.undone_by_id = MergeState.UNDONE, now, agent.id
            await note_act(
                session,
                who=agent.username,
                what="customer.unmerge",
                object=str(kept_id),
                after={"merged": str(merged_id)},
                now=now,
            )
        return merge

    async def dismiss(self, one_id: UUID, other_id: UUID, agent: Agent) -> None:
        """They are two: it is not suggested again. Raises `NotFound`, and `NotAllowed` for two who are one."""
        now = self.cases.clock()
        async with self.cases.posting() as (session, _):
            await _lock(session, one_id, other_id)
            if other_id in await find_family(session, [one_id]):
                raise Refused(Objection.SAME_PERSON)
            session.add(
                CustomerMerge(
                    id=new_id(),
                    kept_id=one_id,
                    merged_id=other_id,
                    state=MergeState.DISMISSED,
                    evidence=[],
                    moved={},
                    by_id=agent.id,
                    at=now,
                )
            )
            await note_act(
                session,
                who=agent.username,
                what="customer.no_merge",
                object=str(one_id),
                after={"other": str(other_id)},
                now=now,
            )


def higher_tier(one: str | None, other: str | None, settings: DeskSettings) -> str | None:
    """Of two tiers the one that the configuration names first; one that it does not name is less, and none is least."""
    order = list(settings.standards.customer_tiers)

    def rank(tier: str | None) -> int:
        return len(order) + 1 if tier is None else order.index(tier) if tier in order else len(order)

    return other if rank(other) < rank(one) else one


async def _lock(session: AsyncSession, one_id: UUID, other_id: UUID) -> tuple[Customer, Customer]:
    """Both, locked with their conversations. Raises `NotFound`, and `NotAllowed` for one and the same."""
    if one_id == other_id:
        raise Refused(Objection.SAME_PERSON)
    await lock_persons(session, [one_id, other_id])
    one, other = [await session.get(Customer, each, populate_existing=True) for each in (one_id, other_id)]
    if one is None or other is None:
        raise NotFound("customer", other_id if one else one_id)
    return one, other


# --- Rows ----------------------------------------------------------------------------------------------------


def movable() -> Sequence[Table]:
    """The tables whose rows are a customer's, those to which others of them lead first."""
    customers = table_of(Customer)
    ways = tables_of_persons()
    return [
        table
        for table, found in ways.items()
        if any(name == COLUMN and parent is customers for name, parent, _ in found)
    ]


async def _move(session: AsyncSession, kept_id: UUID, merged_id: UUID) -> dict[str, list[list[Any]]]:
    """Move what is not there already; returns the keys of what was moved, without the customer's, by table."""
    moved: dict[str, list[list[Any]]] = {}
    for table in movable():
        keys = _keys(table)
        rows = (await session.execute(select(table).where(table.c[COLUMN] == merged_id))).mappings().all()
        for unique in _uniques(table):
            query = select(*(table.c[name] for name in unique)).where(table.c[COLUMN] == kept_id)
            there = {tuple(row) for row in await session.execute(query)}
            rows = [row for row in rows if tuple(row[name] for name in unique) not in there]
        found = [[row[name] for name in keys] for row in rows]
        if found:
            await _give(session, table, found, merged_id, kept_id)
            moved[str(table.name)] = [[_plain(value) for value in key] for key in found]
    return moved


async def _move_back(session: AsyncSession, merge: CustomerMerge) -> None:
    kept_id, merged_id = merge.kept_id, merge.merged_id
    tables = movable()
    for table in tables:
        if keys := merge.moved["rows"].get(table.name, ()):
            found = [
                [_typed(table, name, value) for name, value in zip(_keys(table), key, strict=True)]
                for key in keys
            ]
            await _give(session, table, found, kept_id, merged_id)
    # Conversations that somebody has begun since of whom the channel tells that they are who goes back.
    is_theirs = exists().where(
        Identity.customer_id == merged_id,
        Identity.channel == Conversation.channel,
        Identity.external_id == Conversation.chat,
    )
    begun = and_(Conversation.customer_id == kept_id, Conversation.created_at >= merge.at)
    await session.execute(update(Conversation).where(begun, is_theirs).values(customer_id=merged_id))
    for table in tables:
        # What has come to something that went back goes with it: the tickets of a conversation.
        for name, parent, column in (way for way in tables_of_persons()[table] if way[1] in tables):
            theirs = select(parent.c[column]).where(parent.c[COLUMN] == merged_id)
            await session.execute(
                update(table)
                .where(table.c[COLUMN] == kept_id, table.c[name].in_(theirs))
                .values({COLUMN: merged_id})
            )
    for row_id, consent_at in merge.moved["opted_out"]:
        await session.execute(
            update(CustomerDate)
            .where(CustomerDate.id == UUID(row_id), CustomerDate.opted_out_at == merge.at)
            .values(
                opted_out_at=None,
                consent_at=datetime.fromisoformat(consent_at) if consent_at else None,
            )
        )


async def _give(
    session: AsyncSession, table: Table, keys: Sequence[Sequence[Any]], old: UUID, new: UUID
) -> None:
    names = _keys(table)
    for start in range(0, len(keys), 200):  # parameters of one statement are limited
        some = keys[start : start + 200]
        which = (
            table.c[names[0]].in_([key[0] for key in some])
            if len(names) == 1
            else or_(
                *(
                    and_(*(table.c[name] == value for name, value in zip(names, key, strict=True)))
                    for key in some
                )
            )
        )
        await session.execute(update(table).where(table.c[COLUMN] == old, which).values({COLUMN: new}))


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key.columns if column.name != COLUMN]


def _uniques(table: Table) -> list[list[str]]:
    """The columns, beside the customer's, that no two rows of one customer share."""
    constraints = [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    found = [[column.name for column in each.columns] for each in (table.primary_key, *constraints)]
    return [[name for name in names if name != COLUMN] for names in found if COLUMN in names]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _typed(table: Table, name: str, value: Any) -> Any:
    return UUID(value) if table.c[name].type.python_type is UUID else value


def _count(rows: Mapping[str, Sequence[Any]]) -> dict[str, int]:
    return {table: len(keys) for table, keys in rows.items()}


# --- What follows ----------------------------------------------------------------------------------------------


async def _opt_out(
    session: AsyncSession, both: Sequence[UUID], kept_id: UUID, *, now: datetime
) -> list[list[str | None]]:
    """Where one of them wants no care messages, the person wants none; returns the dates that this changed."""
    if not any([await has_opted_out(session, each) for each in both]):
        return []
    theirs = and_(CustomerDate.customer_id == kept_id, CustomerDate.opted_out_at.is_(None))
    rows = (await session.execute(select(CustomerDate.id, CustomerDate.consent_at).where(theirs))).all()
    await session.execute(update(CustomerDate).where(theirs).values(opted_out_at=now, consent_at=None))
    return [[str(row.id), row.consent_at.isoformat() if row.consent_at else None] for row in rows]


async def _retier(
    session: AsyncSession, ids: Sequence[UUID], agent: Agent, *, settings: DeskSettings, now: datetime
) -> None:
    """Tickets follow their customers' tiers, and cards what is shown of the customer."""
    await session.flush()
    query = (
        select(Ticket, Customer.tier)
        .join(Customer, Customer.id == Ticket.customer_id)
        .where(Ticket.customer_id.in_(ids), Ticket.state != TicketState.CLOSED)
        .order_by(Ticket.id)
    )
    for ticket, tier in (await session.execute(query.execution_options(populate_existing=True))).all():
        if ticket.state in OPEN_STATES and ticket.tier != tier:
            await record(
                session, ticket, EventKind.RETIERED, settings=settings, at=now, agent_id=agent.id, tier=tier
            )
        else:
            await keep_thread(session, ticket.id, ticket.queue, settings=settings, at=now)

"""What lists of tickets are filtered by, for `bench.console_pages`: complaints and actions, categories, tags, reopenings."""

from collections.abc import Mapping

import asyncpg
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.complaints.life import Stage
from handoff.tickets import Ticket

_TICKETS, _COMPLAINTS = "/console/tickets", "/console/complaints"
PAGES: Mapping[str, str] = {
    "tickets, newest": _TICKETS,
    "tickets, open, by deadline": f"{_TICKETS}?state=open&sort=due",
    "tickets, open, at risk": f"{_TICKETS}?state=open&deadline=at_risk&sort=due",
    "tickets, last word": f"{_TICKETS}?sort=said",
    "tickets, missed at any time": f"{_TICKETS}?deadline=missed",
    "tickets, reopened, of a year": f"{_TICKETS}?reopened=1&opened_from=2025-11-27",
    "tickets, what five of 100,000 are": f"{_TICKETS}?category=rare",
    "tickets, what none is": f"{_TICKETS}?category=billing&queue=vip&tier=gold&language=en&tag=none",
    "tickets, a customer": f"{_TICKETS}?q=%E9%A1%BE%E5%AE%A21234",
    "tickets, nobody": f"{_TICKETS}?q=nobody",
    "tickets, a tag": f"{_TICKETS}?tag=vip",
    "complaints, running": f"{_COMPLAINTS}?tab=running&sort=due",
    "complaints, proposals out": f"{_COMPLAINTS}?tab=proposals&sort=due",
    "complaints, visits": f"{_COMPLAINTS}?tab=visits&sort=due",
    "complaints, closed": f"{_COMPLAINTS}?tab=closed",
    "register of actions": f"{_COMPLAINTS}?tab=actions",
    "register, late": f"{_COMPLAINTS}?tab=actions&state=late",
}

_NUMBER = "abs(hashtext(number))"
_STATEMENTS = (
    f"""
    UPDATE tickets SET category = CASE WHEN {_NUMBER} % 20000 = 7 THEN 'rare'
        ELSE (ARRAY['delivery', 'billing', 'returns'])[1 + {_NUMBER} % 3] END
    WHERE resolved_at IS NOT NULL AND {_NUMBER} % 4 > 0
    """,
    f"""
    UPDATE tickets SET kind = 'complaint', reason = 'complaint', stage = CASE state WHEN 'closed' THEN 'closed'
        WHEN 'resolved' THEN 'fed_back' WHEN 'waiting' THEN 'proposed' WHEN 'in_progress' THEN 'investigating' END
    WHERE {_NUMBER} % 10 = 0
    """,
    f"UPDATE tickets SET episode = 2 WHERE {_NUMBER} % 40 = 1",
    """
    INSERT INTO complaints (id, ticket_id, episode, stage, accepted_at, proposal, finding, visit_tries, investigator_id,
        cause)
    SELECT gen_random_uuid(), id, episode, stage, opened_at, '', '', 0, assignee_id, 'process'
    FROM tickets WHERE stage IS NOT NULL
    """,
    """
    INSERT INTO corrective_actions (id, ticket_id, episode, state, text, owner_id, due_at, since, failures, fired,
        done_at, verified_at)
    SELECT gen_random_uuid(), id, episode,
        CASE state WHEN 'closed' THEN 'verified' WHEN 'resolved' THEN 'done' ELSE 'open' END, '每晚核对', first_owner_id,
        opened_at + interval '9 days', opened_at, 0, 0, opened_at + interval '7 days',
        CASE WHEN state = 'closed' THEN opened_at + interval '8 days' END
    FROM tickets WHERE stage IS NOT NULL
    """,
    """
    INSERT INTO customer_tags (customer_id, key, tag, added_by_id, at)
    SELECT id, 'vip', 'VIP', (SELECT id FROM agents LIMIT 1), created_at FROM customers
    WHERE abs(hashtext(id::text)) % 50 = 0
    """,
)


async def load_found(url: str) -> None:
    """Add it to what `bench.report_data` has filled."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        for statement in _STATEMENTS:
            await connection.execute(statement)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


async def ticket_pages(session: AsyncSession) -> Mapping[str, str]:
    """The pages of a closed complaint and of a ticket that somebody works on."""
    closed = select(Ticket.id).where(Ticket.stage == Stage.CLOSED).order_by(Ticket.opened_at.desc()).limit(1)
    open_one = select(Ticket.id).where(Ticket.state == "in_progress").limit(1)
    return {
        "a ticket's way, a closed complaint": f"{_TICKETS}/{await session.scalar(closed)}",
        "a ticket's way, at work": f"{_TICKETS}/{await session.scalar(open_one)}",
    }

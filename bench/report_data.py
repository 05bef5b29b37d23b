"""What figures are counted from, for `bench.console_pages`: a hundred thousand tickets and a million messages of two years.

Tickets are those of `bench.desk_data`; messages come in sessions, as they do, and promises end with what ends them.
"""

import asyncpg

from bench.desk_data import PERIOD, START, Size, load

TICKETS = 100_000
SESSIONS = 10  # of a conversation
SAID = 4  # messages of a session

ENTRIES = 48
_PACE = "(1 + abs(hashtext(number)) % 30)"


async def load_reports(url: str, *, tickets: int = TICKETS) -> None:
    """Fill an empty database that has the schema."""
    size = Size(tickets=tickets, events=10 * tickets)
    await load(url, size)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        for statement in _statements(size):
            await connection.execute(statement)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


def _statements(size: Size) -> list[str]:
    seconds = PERIOD.total_seconds()
    whole = size.customers * SESSIONS
    return [
        "TRUNCATE outbox",
        "DELETE FROM messages",
        # Session by session: a conversation's tenth part of the two years, at some moment of it.
        f"""
        INSERT INTO messages (id, conversation_id, seq, at, author, kind, text, buttons, attachments, entry, facts)
        SELECT gen_random_uuid(), id, session * {SAID} + place,
            to_timestamp({START.timestamp()} + {seconds} * (session * {size.customers} + number) / {whole})
                + place * interval '40 seconds',
            CASE place % 2 WHEN 1 THEN 'customer' ELSE 'bot' END, 'text',
            repeat('您好，我上周下的订单到现在还没有发货，能帮我看看吗？', 1 + place % 3), '[]', '[]',
            CASE WHEN place % 2 = 0 THEN 'entry_' || (number * 7 + session + place) % {ENTRIES} END,
            CASE place % 2 WHEN 1 THEN jsonb_build_object(
                'decision', CASE WHEN place = 3 AND (number + session) % 4 = 0 THEN 'handoff' ELSE 'answer' END,
                'language', CASE WHEN number % 4 = 0 THEN 'en' ELSE 'zh' END) ELSE '{{}}' END
        FROM (SELECT id, row_number() OVER (ORDER BY hashtext(id::text)) AS number FROM conversations) AS each,
            generate_series(0, {SESSIONS - 1}) AS session, generate_series(1, {SAID}) AS place
        """,
        f"UPDATE conversations SET last_seq = {SESSIONS * SAID}",
        # Some take thirty times as long as others.
        f"""
        UPDATE ticket_events SET at = opened_at + (at - opened_at) * {_PACE}
        FROM tickets WHERE tickets.id = ticket_id AND resolved_at IS NOT NULL
        """,
        f"""
        UPDATE deadlines SET ended_at = since + {_PACE} * CASE promise
            WHEN 'resolution' THEN interval '24 minutes' ELSE interval '9 minutes' END
        FROM tickets WHERE tickets.id = ticket_id AND ended_at IS NOT NULL
        """,
        """
        INSERT INTO surveys (id, ticket_id, episode, customer_id, conversation_id, kind, sent_at, solved, score, answered_at)
        SELECT gen_random_uuid(), id, 1, customer_id, conversation_id,
            CASE WHEN n % 10 = 0 THEN 'nps' ELSE 'csat' END, resolved_at, true,
            CASE WHEN n % 3 = 0 THEN CASE WHEN n % 10 = 0 THEN n % 11 ELSE 1 + n % 5 END END,
            CASE WHEN n % 3 = 0 THEN resolved_at + interval '1 hour' END
        FROM (SELECT *, abs(hashtext(number)) AS n FROM tickets WHERE resolved_at IS NOT NULL) AS done WHERE n % 4 = 0
        """,
    ]

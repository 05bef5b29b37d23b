"""What the console's other pages show, for `bench.console_pages`: customers, gaps, the audit log, 2,000 entries.

It is put beside what `bench.report_data` has made.
"""

import asyncpg

from bench.desk_data import AGENTS, NOW
from core.database import Database
from nlu.knowledge.drafts import lock_draft, replace_draft
from nlu.knowledge.entries import Entry, KnowledgeBase
from nlu.knowledge.versions import add_version, make_live

ENTRIES = 2_000
PHRASINGS = 20  # of an entry, in each language
GAPS = 400
ACTS = 20_000  # rows of the audit log

_STATEMENTS = (
    # Each fourth customer has given the bot a number, which each hundredth shares with another.
    """
    INSERT INTO identities (id, customer_id, channel, external_id)
    SELECT gen_random_uuid(), customer_id, channel, chat FROM conversations
    """,
    """
    INSERT INTO customer_reaches (customer_id, reach, at)
    SELECT id, '+861380' || lpad((n - (n % 100)::int % 2)::text, 7, '0'), created_at
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM customers) AS each WHERE n % 4 = 0 OR n % 100 = 1
    """,
    """
    INSERT INTO customer_tags (customer_id, key, tag, added_by_id, at)
    SELECT id, tag, tag, (SELECT id FROM agents LIMIT 1), created_at
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM customers) AS each,
        unnest(ARRAY['invoice', 'wholesale', 'careful']) WITH ORDINALITY AS tags(tag, place)
    WHERE n % (7 * place) = 0
    """,
    """
    INSERT INTO customer_notes (id, customer_id, agent_id, text, at)
    SELECT gen_random_uuid(), id, (SELECT id FROM agents LIMIT 1), '要开专票，电话里说得急', created_at
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM customers) AS each WHERE n % 5 = 0
    """,
    f"""
    INSERT INTO gaps (id, language, state, created_at, last_at)
    SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, CASE WHEN n % 4 = 0 THEN 'en' ELSE 'zh' END,
        CASE WHEN n % 4 = 3 THEN 'done' ELSE 'open' END, '{NOW.isoformat()}', '{NOW.isoformat()}'
    FROM generate_series(1, {GAPS}) AS n
    """,
    "UPDATE gaps SET ended = 'dismissed', ended_at = created_at WHERE state = 'done'",
    # One message in ten that was asked is in a gap; a few gaps have most of them.
    f"""
    INSERT INTO gap_messages (message_id, gap_id, why, at)
    SELECT id, ('00000000-0000-7000-8000-' || lpad((1 + floor({GAPS} * power(n % 1000 / 1000.0, 3)))::text, 12, '0'))::uuid,
        'missed', at
    FROM (SELECT *, abs(hashtext(id::text)) AS n FROM messages WHERE author = 'customer') AS asked WHERE n % 10 = 0
    """,
    f"""
    INSERT INTO audit_log (at, who, what, object, before, after)
    SELECT '{NOW.isoformat()}'::timestamptz - ({ACTS} - n) * interval '5 minutes', 'agent' || n % {AGENTS},
        (ARRAY['knowledge.edit', 'gap.assign', 'customer.merge', 'agent.role'])[1 + n % 4], 'entry_' || n % {ENTRIES},
        '{{"title": {{"zh": "以前"}}}}', '{{"title": {{"zh": "现在"}}}}'
    FROM generate_series(1, {ACTS}) AS n
    """,
    "VACUUM (ANALYZE)",
)


async def load_console(url: str) -> None:
    """Add it to a database that has tickets and messages."""
    connection = await asyncpg.connect(url)
    try:
        for statement in _STATEMENTS:
            await connection.execute(statement)
    finally:
        await connection.close()
    database = Database(url)
    try:
        async with database.write() as session:
            published = make_knowledge()
            await lock_draft(session)
            await replace_draft(session, published)
            number = await add_version(session, published, by="bench", note="", now=NOW)
            await make_live(session, number, by="bench", note="", now=NOW)
    finally:
        await database.close()


def make_knowledge() -> KnowledgeBase:
    """As large as the console is meant for."""
    return KnowledgeBase({f"entry_{number}": _entry(number) for number in range(ENTRIES)})


def _entry(number: int) -> Entry:
    return Entry(
        id=f"entry_{number}",
        title={"zh": f"第{number}个问题", "en": f"Question {number}"},
        phrasings={
            "zh": tuple(f"我想问第{number}个问题的第{place}种情况怎么办" for place in range(PHRASINGS)),
            "en": tuple(f"what about case {place} of question {number}" for place in range(PHRASINGS)),
        },
        answers={"zh": f"第{number}个问题这样办。", "en": f"This is how question {number} is done."},
    )

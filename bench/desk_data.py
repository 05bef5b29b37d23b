"""Two years of a busy service department, made by PostgreSQL itself: a million tickets, ten million events.

What is next to each other in time is next to each other on disk, as it would be: events and messages of many tickets take
turns. Foreign keys are not checked while it loads, and all tables are vacuumed and analysed at the end, as autovacuum would.
"""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg

START = datetime(2024, 11, 26, tzinfo=UTC)
PERIOD = timedelta(days=730)
NOW = START + PERIOD

AGENTS = 60
OPEN = 2_000
MESSAGES = 12  # of a conversation
RECENT_MESSAGES = 30  # more, of one whose ticket is open
INTERLEAVED = 37  # tickets that go on at a time
QUEUES = ("service", "orders", "repair", "care", "vip")


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much."""

    tickets: int
    events: int

    @property
    def customers(self) -> int:
        """Who wrote: each has one conversation, and some four tickets in it, one after the other."""
        return self.tickets // 4


async def load(url: str, size: Size) -> None:
    """Fill an empty database that has the schema."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")  # foreign keys are not checked
        await connection.execute("SET synchronous_commit = off")
        for name, statement in _statements(size):
            print(f"{datetime.now(UTC):%H:%M:%S} {name}", file=sys.stderr, flush=True)
            await connection.execute(statement)
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


def _statements(size: Size) -> list[tuple[str, str]]:
    return [
        ("functions", _functions(size)),
        ("agents", _AGENTS),
        ("customers", _customers(size)),
        ("tickets", _tickets(size)),
        ("conversations", _conversations(size)),
        ("messages", _messages(size)),
        ("outbox", _OUTBOX),
        ("events", _events(size)),
        ("deadlines", _deadlines(size)),
        ("functions", "DROP FUNCTION bench_at, bench_id, bench_is_open, bench_state, bench_agent"),
    ]


def _functions(size: Size) -> str:
    """What is true of the ticket of a number: when it was opened, its id, its state, who has it.

    All that they call is immutable, so that PostgreSQL puts them in place.
    """
    step = PERIOD / size.tickets / timedelta(milliseconds=1)
    digest = "md5(kind::text || ':' || n::text)"
    oldest_open = size.tickets - 3 * OPEN
    newly_resolved = size.tickets - size.tickets * 3 // PERIOD.days
    return f"""
    CREATE FUNCTION bench_at(n bigint) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS $$
        SELECT to_timestamp({START.timestamp()} + n * {step / 1000}) $$;
    CREATE FUNCTION bench_id(kind int, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
        SELECT (lpad(to_hex({int(START.timestamp() * 1000)} + (n * {step})::bigint), 12, '0')
            || '7' || substr({digest}, 1, 3) || '8' || substr({digest}, 4, 15))::uuid $$;
    CREATE FUNCTION bench_is_open(n bigint) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
        SELECT n > {oldest_open} AND n % 3 = 0 $$;
    CREATE FUNCTION bench_state(n bigint) RETURNS text IMMUTABLE LANGUAGE sql AS $$
        SELECT CASE
            WHEN NOT bench_is_open(n) THEN CASE WHEN n > {newly_resolved} THEN 'resolved' ELSE 'closed' END
            WHEN (n / 3) % 20 < 3 THEN 'new'
            WHEN (n / 3) % 20 < 7 THEN 'assigned'
            WHEN (n / 3) % 20 < 14 THEN 'in_progress'
            ELSE 'waiting' END $$;
    CREATE FUNCTION bench_agent(n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
        SELECT bench_id(1, abs(hashint8(n)) % {AGENTS}) $$;
    """


_AGENTS = f"""
    INSERT INTO agents (id, username, name, role, created_at, duty, duty_since, seen_at, sign_ins)
    SELECT bench_id(1, n), 'agent' || n, '坐席' || n, 'agent', bench_at(0), 'on', bench_at(0),
        '{(NOW - timedelta(minutes=1)).isoformat()}', 0
    FROM generate_series(0, {AGENTS - 1}) AS n
"""


def _customers(size: Size) -> str:
    return f"""
    INSERT INTO customers (id, name, tier, created_at)
    SELECT bench_id(2, n), '顾客' || n, CASE WHEN n % 20 = 0 THEN 'gold' END, bench_at(n)
    FROM generate_series(0, {size.customers - 1}) AS n
    """


def _tickets(size: Size) -> str:
    """Of one customer's some are years apart."""
    now = NOW.isoformat()
    return f"""
    INSERT INTO tickets (id, number, conversation_id, customer_id, reason, language, summary, told, state, kind,
        priority, incident, queue, tier, opened_at, first_owner_id, assignee_id, hand_backs, episode, episode_at,
        queued_at, assigned_at, taken_at, first_replied_at, replied_at, unanswered_at, pauses, raised_at,
        resolved_at, closed_at, said_at)
    SELECT bench_id(4, n), 'SW-' || to_char(at, 'YYMM') || '-' || lpad(n::text, 7, '0'), bench_id(3, customer),
        bench_id(2, customer), 'wants_human', CASE WHEN n % 4 = 0 THEN 'en' ELSE 'zh' END,
        jsonb_build_object('asked', jsonb_build_array('我的订单到哪了', '我要人工'), 'tried', '["order_status"]'::jsonb),
        jsonb_build_object('place', 3, 'by', at + interval '30 minutes', 'at', at),
        state, 'enquiry', CASE WHEN n % 50 = 0 THEN 'urgent' ELSE 'normal' END, CASE WHEN n % 50 = 0 THEN 1 END,
        (ARRAY['{"','".join(QUEUES)}'])[1 + (n / 3) % {len(QUEUES)}], CASE WHEN n % 20 = 0 THEN 'gold' END, at,
        bench_id(1, n % {AGENTS}), CASE WHEN state <> 'new' THEN bench_agent(n) END, 0, 1, at, at,
        CASE WHEN state = 'assigned' THEN '{now}'::timestamptz - interval '2 minutes' END,
        CASE WHEN state NOT IN ('new', 'assigned') THEN at + interval '8 minutes' END,
        CASE WHEN state NOT IN ('new', 'assigned') THEN at + interval '10 minutes' END,
        CASE WHEN state NOT IN ('new', 'assigned') THEN at + interval '20 minutes' END,
        CASE WHEN state IN ('new', 'assigned') THEN at END,
        CASE WHEN state = 'waiting' THEN jsonb_build_array(jsonb_build_array(at + interval '25 minutes', NULL))
            ELSE '[]' END,
        CASE WHEN n % 50 = 0 THEN at END,
        CASE WHEN state IN ('resolved', 'closed') THEN at + interval '40 minutes' END,
        CASE WHEN state = 'closed' THEN at + interval '1 day' END,
        CASE WHEN state IN ('new', 'assigned') THEN at ELSE at + interval '20 minutes' END
    FROM (SELECT n, bench_at(n) AS at, bench_state(n) AS state, n * 7919 % {size.customers} AS customer
        FROM generate_series(1, {size.tickets}::bigint) AS n) AS made
    """


def _conversations(size: Size) -> str:
    return f"""
    INSERT INTO conversations (id, customer_id, channel, chat, language, owner, epoch, last_seq, read_seq, state, created_at)
    SELECT bench_id(3, n), bench_id(2, n), CASE WHEN n % 3 = 0 THEN 'telegram' ELSE 'webchat' END, 'c' || n, 'zh-Hans',
        CASE WHEN is_open THEN 'human' ELSE 'bot' END, 3, {MESSAGES} + CASE WHEN is_open THEN {RECENT_MESSAGES} ELSE 0 END,
        0, '{{}}', bench_at(n)
    FROM (SELECT n, EXISTS (SELECT FROM tickets WHERE conversation_id = bench_id(3, n)
            AND state NOT IN ('resolved', 'closed')) AS is_open
        FROM generate_series(0, {size.customers - 1}::bigint) AS n) AS made
    """


def _messages(size: Size) -> str:
    said = """CASE seq % 4 WHEN 1 THEN 'customer' WHEN 2 THEN 'bot' WHEN 3 THEN 'customer' ELSE 'agent' END, 'text',
        repeat('您好，我上周下的订单到现在还没有发货，能帮我看看吗？', 1 + (seq % 3)::int), '[]', '[]', '{}'"""
    columns = (
        "INSERT INTO messages (id, conversation_id, seq, at, author, kind, text, buttons, attachments, facts)"
    )
    return f"""
    {columns}
    SELECT bench_id(5, n), bench_id(3, (n / {MESSAGES} + seq * 31013) % {size.customers}), seq, bench_at(n / 8), {said}
    FROM (SELECT n, 1 + n % {MESSAGES} AS seq FROM generate_series(0, {size.customers * MESSAGES - 1}::bigint) AS n) AS made;
    {columns}
    SELECT bench_id(6, n), conversation_id, {MESSAGES} + seq, opened_at + seq * interval '1 minute', {said}
    FROM (SELECT row_number() OVER (ORDER BY seq, opened_at) AS n, conversation_id, opened_at, seq
        FROM tickets, generate_series(1, {RECENT_MESSAGES}) AS seq
        WHERE state NOT IN ('resolved', 'closed')) AS made
    """


_OUTBOX = """
    INSERT INTO outbox (message_id, conversation_id, channel, chat, epoch, author, text, buttons, state, due_at, attempts,
        leased, sent_at, vendor_ids)
    SELECT messages.id, conversation_id, channel, chat, 3, author, text, '[]', 'sent', at, 1, false, at, '["1"]'
    FROM messages JOIN conversations ON conversations.id = conversation_id
    WHERE channel = 'telegram' AND author <> 'customer'
"""


def _events(size: Size) -> str:
    """Each ticket's story; those of `INTERLEAVED` tickets at a time take turns."""
    each = size.events // size.tickets
    kinds = (
        "opened",
        "assigned",
        "taken",
        "replied",
        "customer_wrote",
        "replied",
        "noted",
        "replied",
        "resolved",
        "closed",
    )
    return f"""
    INSERT INTO ticket_events (ticket_id, kind, at, agent_id, data)
    SELECT bench_id(4, ticket), (ARRAY['{"','".join(kinds)}'])[1 + place % {len(kinds)}],
        bench_at(ticket) + place * interval '3 minutes', CASE WHEN place > 1 THEN bench_agent(ticket) END,
        CASE place WHEN 0 THEN jsonb_build_object('reason', 'wants_human', 'queue', 'service', 'ticket_kind', 'enquiry',
                'incident', NULL, 'tier', NULL, 'first_owner', bench_agent(ticket))
            WHEN 1 THEN jsonb_build_object('to', bench_agent(ticket), 'why', 'least_loaded', 'refused', '{{"full": 3}}'::jsonb)
            WHEN 6 THEN jsonb_build_object('text', '顾客已寄回，等仓库确认')
            ELSE jsonb_build_object('message_id', bench_id(5, n)) END
    FROM (SELECT n, n % {each} AS place, n / {each} - n % {each} * {INTERLEAVED} AS ticket
        FROM generate_series(0, {(size.tickets + each * INTERLEAVED) * each}::bigint) AS n) AS made
    WHERE ticket BETWEEN 1 AND {size.tickets} AND (NOT bench_is_open(ticket) OR place < 8)
    """


def _deadlines(size: Size) -> str:
    """Of what is done, four kept promises; of what is open, what runs."""
    columns = (
        "INSERT INTO deadlines (id, ticket_id, episode, promise, tier, course, guessed, since, due_at, fired,"
        " next_at, ended_at)"
    )
    now = NOW.isoformat()
    return f"""
    {columns}
    SELECT bench_id(7, n * 4 + place), bench_id(4, n), 1, promise, 'basic', CASE WHEN n % 20 = 0 THEN 'missed' ELSE 'kept' END,
        false, bench_at(n), bench_at(n) + interval '15 minutes', 0, NULL::timestamptz, bench_at(n) + interval '10 minutes'
    FROM generate_series(1, {size.tickets}::bigint) AS n,
        unnest(ARRAY['take', 'first_response', 'resolution', 'confirm']) WITH ORDINALITY AS each(promise, place)
    WHERE NOT bench_is_open(n);
    {columns}
    SELECT bench_id(8, row_number() OVER ()), id, 1, promise, 'basic',
        CASE WHEN paused THEN 'paused' ELSE 'running' END, false, opened_at,
        CASE WHEN NOT paused THEN '{now}'::timestamptz + (hashtext(number || promise) % 36000) * interval '1 second' END, 0,
        CASE WHEN NOT paused THEN '{now}'::timestamptz + (1 + abs(hashtext(number || promise)) % 36000) * interval '1 second' END,
        NULL
    FROM (SELECT id, number, opened_at, promise,
            state = 'waiting' AND promise IN ('update', 'resolution') AS paused
        FROM tickets, unnest(CASE state WHEN 'new' THEN ARRAY['take', 'first_response', 'resolution']
            WHEN 'assigned' THEN ARRAY['take', 'pick_up', 'first_response', 'resolution']
            WHEN 'in_progress' THEN ARRAY['next_response', 'update', 'resolution']
            WHEN 'waiting' THEN ARRAY['update', 'resolution', 'answer']
            ELSE ARRAY['confirm'] END) AS promise
        WHERE state <> 'closed') AS made;
    UPDATE deadlines SET next_at = due_at WHERE promise = 'confirm' AND ended_at IS NULL
    """

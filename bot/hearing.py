"""From what came in to what the dialogue hears: which texts are to be understood, what a row says, what the database adds."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot.choices import is_opt_out
from bot.claims import Case
from bot.decisions import Heard
from bot.phrases import LONGEST
from bot.readings import Meant, Readings, fresh, plain_readings, readings
from bot.state import State
from core.conversations import Conversation, Owner
from core.inbox import InboxRow
from core.messages import VOTE, Kind
from handoff.aftercare.customer_dates import has_dates
from handoff.numbers import find_number, parse_number
from handoff.tickets import find_ticket
from handoff.votes import find_vote

MAX_ATTEMPTS = 3  # failed turns of a message before people get it


def read_rows(cases: Sequence[Case]) -> dict[int, Readings]:
    """By inbox position, for rows that hold words: a button's label serves if the button is gone."""
    read = {}
    for case in cases:
        state = State.from_json(case.conversation.state)
        context: str | None = None
        for number, row in enumerate(case.rows):
            if row.kind not in (Kind.TEXT, Kind.EDIT, Kind.FILE, Kind.PRESS) or not row.text.strip():
                continue
            if row.attempts >= MAX_ATTEMPTS or is_vote(row):
                continue
            if number == 0 and state.asking is None:
                topic = fresh(state.topic, at=row.received_at.timestamp())
                context = topic.text if topic else None
            is_plain = row.kind == Kind.PRESS or case.conversation.owner == Owner.HUMAN
            each = plain_readings(row.text) if is_plain else readings(row.text, context)
            read[row.position] = each
            # What the next one of this turn may refer to, if this one is answered as it stands.
            context = each.meant or context
    return read


async def hear(
    session: AsyncSession, row: InboxRow, meant: Meant | None, conversation: Conversation
) -> Heard:
    """What the customer did, what it means, and whether it votes, names a ticket of theirs or ends care messages."""
    heard = Heard(kind=Kind(row.kind), text=row.text, at=row.received_at, press=row.press)
    if is_vote(row):
        return replace(heard, vote=await find_vote(session, conversation.id, row.press or ""))
    if meant is not None:
        heard = replace(
            heard,
            understanding=meant.understanding,
            words=meant.words,
            questions=meant.questions,
            corrects=meant.corrects,
            only_language=meant.only_language,
        )
    if heard.kind is not Kind.TEXT or not heard.text.strip() or len(heard.text) > LONGEST:
        return heard
    number = find_number(heard.text)
    if number is None and (likely := parse_number(heard.text)):
        # Without its prefix it may be a telephone number, unless there is such a ticket.
        found = await find_ticket(session, likely, customer_id=conversation.customer_id)
        number = found.number if found else None
    opts_out = is_opt_out(heard.text) and await has_dates(session, conversation.customer_id)
    return replace(heard, ticket=number, opts_out=opts_out)


def is_vote(row: InboxRow) -> bool:
    """Whether a vote's button was pressed: its label is nothing to be understood."""
    return row.kind == Kind.PRESS and (row.press or "").startswith(VOTE)

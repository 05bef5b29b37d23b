"""What colleagues answered to similar tickets: those of the same topics that are resolved, in the same language."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, bindparam, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.amending import find_standing
from core.conversations import Message
from core.messages import Author
from handoff.aftercare.surveys import LOW, Survey, SurveyKind
from handoff.impersonal import make_impersonal
from handoff.life import EventKind
from handoff.likeness import likeness, profile
from handoff.persons.records import read_all_names
from handoff.tickets import Ticket, TicketEvent

CHOSEN = 5  # answers
SIMILAR = 15  # tickets of each topic that are looked at, the newest
EVENTS = 3_000  # of all these together
ASKED = 3  # of the customer's messages before an answer, which together are the question
TOO_SHORT = 8  # characters of an answer that says nothing ("好的，请稍等")
SAME = 0.9  # from this likeness on two answers are one

# What is added to an answer's likeness.
OF_THE_TOPIC = 0.1  # its ticket is about what this one is nearest to
LIKED, DISLIKED = 0.15, -0.3  # by the customer who got it


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer of a colleague, and what it was an answer to; both without whom they were about."""

    message_id: UUID
    question: str
    text: str
    by: str
    liked: bool | None  # by the customer, as they said of the ticket; None: they said nothing
    of_the_topic: bool


# Made once, as in `handoff.lists`. Its index gives the newest of a topic at once, however many tickets there are.
SIMILAR_TICKETS: Select[Ticket] = (
    select(Ticket)
    .where(
        Ticket.topic == bindparam("topic"),
        Ticket.language == bindparam("language"),
        Ticket.resolved_at.is_not(None),
        Ticket.id != bindparam("ticket"),
    )
    .order_by(Ticket.resolved_at.desc())
    .limit(literal_column(str(SIMILAR)))
)


async def find_said(
    session: AsyncSession, ticket: Ticket, topics: Sequence[str], *, region: str
) -> list[Said]:
    """What was answered in tickets of these topics, the likeliest first."""
    tickets: dict[UUID, Ticket] = {}
    for topic in topics:
        values = {"topic": topic, "language": ticket.language, "ticket": ticket.id}
        tickets |= {each.id: each for each in await session.scalars(SIMILAR_TICKETS, values)}
    if not tickets:
        return []
    liked = await _read_liked(session, tickets)
    names = await read_all_names(session, {each.customer_id for each in tickets.values()})
    found: list[Said] = []
    for ticket_id, exchanges in (await _read_exchanges(session, tickets)).items():
        similar = tickets[ticket_id]
        theirs = names.get(similar.customer_id, ())
        for question, message, text in exchanges:
            found.append(
                Said(
                    message_id=message.id,
                    question=make_impersonal(question, names=theirs, region=region),
                    text=make_impersonal(text.strip(), names=theirs, region=region),
                    by=message.author_name or "",
                    liked=liked.get(ticket_id),
                    of_the_topic=similar.topic == topics[0],
                )
            )
    return found


def choose_said(said: Iterable[Said], question: str, known: Iterable[str]) -> list[Said]:
    """The answers to what is most like the question, liked ones before others; none twice, or like one of `known`. Pure."""
    asked = profile(question)

    def rank(each: Said) -> float:
        opinion = 0.0 if each.liked is None else LIKED if each.liked else DISLIKED
        return likeness(asked, profile(each.question)) + opinion + OF_THE_TOPIC * each.of_the_topic

    chosen: list[Said] = []
    taken = [profile(text) for text in known]
    for each in sorted(said, key=rank, reverse=True):
        text = profile(each.text)
        if len(each.text) < TOO_SHORT or any(likeness(text, other) >= SAME for other in taken):
            continue
        taken.append(text)
        chosen.append(each)
        if len(chosen) == CHOSEN:
            break
    return chosen


async def _read_exchanges(
    session: AsyncSession, tickets: Mapping[UUID, Ticket]
) -> Mapping[UUID, Sequence[tuple[str, Message, str]]]:
    """Of each ticket the questions, and the answer to each, as it stands: of several replies to one question the longest."""
    kinds = (EventKind.CUSTOMER_WROTE, EventKind.REPLIED)
    query = (
        select(TicketEvent.ticket_id, TicketEvent.kind, TicketEvent.data)
        .where(TicketEvent.ticket_id.in_(tickets), TicketEvent.kind.in_(kinds))
        .order_by(TicketEvent.position)
        .limit(EVENTS)
    )
    said = [
        (ticket_id, kind, UUID(data["message_id"]))
        for ticket_id, kind, data in await session.execute(query)
        if "message_id" in data
    ]
    ids = {message_id for _, _, message_id in said}
    messages = {each.id: each for each in await session.scalars(select(Message).where(Message.id.in_(ids)))}
    standing = await find_standing(
        session, [each for each in messages.values() if each.author == Author.AGENT]
    )
    asked = {ticket_id: list(ticket.summary.get("asked", ())) for ticket_id, ticket in tickets.items()}
    found: dict[UUID, list[tuple[str, Message, str]]] = defaultdict(list)
    answered: set[UUID] = set()  # tickets whose last question has an answer
    for ticket_id, kind, message_id in said:
        message = messages.get(message_id)
        if message is None or not message.text.strip():  # it was a file, or its customer was erased
            continue
        if kind == EventKind.CUSTOMER_WROTE:
            if ticket_id in answered:
                answered.discard(ticket_id)
                asked[ticket_id] = []
            asked[ticket_id].append(message.text)
            continue
        stands = standing[message_id]
        if stands.is_withdrawn:
            continue
        exchange = ("\n".join(asked[ticket_id][-ASKED:]), message, stands.text)
        if ticket_id not in answered:
            found[ticket_id].append(exchange)
        elif len(stands.text) > len(found[ticket_id][-1][2]):
            found[ticket_id][-1] = exchange
        answered.add(ticket_id)
    return found


async def _read_liked(session: AsyncSession, ticket_ids: Collection[UUID]) -> Mapping[UUID, bool]:
    """Of the tickets whose customers answered a survey, whether they were content; the last answer counts."""
    query = select(Survey).where(Survey.ticket_id.in_(ticket_ids), Survey.answered_at.is_not(None))
    surveys = await session.scalars(query.order_by(Survey.episode))
    return {
        each.ticket_id: bool(each.solved) and (each.score is None or each.score > LOW[SurveyKind(each.kind)])
        for each in surveys
    }

"""Mentions: colleagues whom a note names, as @wei or @小魏, and who are told of it."""

from collections.abc import Sequence

from sqlalchemy import select

from handoff.agents import Agent
from handoff.alerts import AlertKind, raise_alert
from handoff.cases import Case

MARKS = "@＠"  # as typed with an English and with a Chinese keyboard
SHOWN = 200  # characters of the note that the alert repeats


def find_mentioned(text: str, people: Sequence[Agent]) -> list[Agent]:
    """Whom a text mentions by user name or name, in its order and each once; of names that begin alike the longest. Pure."""
    labels = sorted(
        ((label.casefold(), each) for each in people for label in {each.username, each.name}),
        key=lambda pair: len(pair[0]),
        reverse=True,
    )
    lowered = text.casefold()
    found: dict[str, Agent] = {}
    for place, char in enumerate(lowered):
        if char not in MARKS or _goes_on(lowered[place - 1 : place]):  # an e-mail address mentions nobody
            continue
        rest = lowered[place + 1 :]
        for label, each in labels:
            if (
                label
                and rest.startswith(label)
                and not (_goes_on(label[-1]) and _goes_on(rest[len(label) :][:1]))
            ):
                found.setdefault(each.username, each)
                break
    return list(found.values())


async def tell_mentioned(case: Case, agent: Agent, text: str) -> None:
    """Whoever a note mentions is alerted, but for its author."""
    if not any(mark in text for mark in MARKS):
        return
    people = await case.session.scalars(select(Agent).where(Agent.left_at.is_(None), Agent.id != agent.id))
    if mentioned := find_mentioned(text, people.all()):
        await raise_alert(
            case.session,
            case.ticket,
            AlertKind.MENTION,
            settings=case.settings,
            at=case.now,
            agents=[each.id for each in mentioned],
            by_name=agent.name,
            because=text[:SHOWN],
        )


def _goes_on(char: str) -> bool:
    """Whether a word in Latin letters goes on with this; Chinese words need no space between them."""
    return char.isascii() and (char.isalnum() or char in ("_", "-")) if char else False

"""Why something was not done, in the reader's words."""

from collections.abc import Iterable

from core.errors import BadInput, NotAllowed
from handoff.complaints.checks import Incomplete
from handoff.complaints.life import NO_STAGE
from handoff.lists import TicketLine
from handoff.refusals import Refused, Unfit
from handoff.wording.reader import Reader
from handoff.work import Held


def explain(error: NotAllowed | BadInput, reader: Reader, line: TicketLine | None = None) -> str:
    """A sentence with what stands against it, and what can be done instead; `line` is the ticket that was acted on."""
    t = reader.t
    if isinstance(error, Incomplete):
        return t("complaint_incomplete", number=error.number, missing=word_missing(reader, error.missing))
    if not isinstance(error, Refused | Unfit):
        return t("refused_otherwise")
    facts: dict[str, object] = {"agent": (line and line.assignee) or t("a_colleague")}
    if line:
        facts["number"] = line.number
    facts |= error.facts
    if "queue" in facts:
        facts["queue"] = reader.queue(str(facts["queue"]))
    if "state" in facts:
        facts["state"] = t.named("state_is", str(facts["state"]))
    if "stage" in facts:
        stage = str(facts["stage"])
        facts["stage"] = t("complaint_not_taken") if stage == NO_STAGE else t.named("stage", stage)
    if "kinds" in facts and isinstance(facts["kinds"], tuple):
        facts["kinds"] = reader.listed([t.named("file_kind", each) for each in facts["kinds"]])
    for name, value in facts.items():
        if isinstance(value, int):
            facts[name] = f"{value:,}"
    return t(f"refused_{error.objection}", **facts)


def word_held(held: Held, reader: Reader) -> str:
    """Why a text was not sent yet, and how to say it better: of several phrases the worst."""
    worst = held.offences[0]
    return reader.t("complaint_held", phrase=worst.phrase, why=worst.rule.why, better=worst.rule.better)


def word_missing(reader: Reader, missing: Iterable[str]) -> str:
    """What a complaint still needs, in words."""
    return reader.listed([reader.t.named("missing", each) for each in missing])

"""Alerts as sentences. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from handoff.alerts import AlertKind
from handoff.attention import UnseenAlert
from handoff.wording.reader import Reader

_GRAVE = (AlertKind.BREACH, AlertKind.ESCALATION, AlertKind.PAGE)


@dataclass(frozen=True, kw_only=True)
class AlertLine:
    """An alert that has not been seen."""

    id: UUID
    ticket_id: UUID | None
    text: str
    at: datetime
    time: str
    grave: bool


def word_alerts(unseen: Sequence[UnseenAlert], reader: Reader) -> list[AlertLine]:
    """The alerts as sentences; masked, for they stand over every page."""
    return [
        AlertLine(
            id=each.alert.id,
            ticket_id=each.alert.ticket_id,
            text=_say(each, reader),
            at=each.alert.at,
            time=reader.time(each.alert.at),
            grave=each.alert.kind in _GRAVE,
        )
        for each in unseen
    ]


def _say(unseen: UnseenAlert, reader: Reader) -> str:
    t, alert, data = reader.t, unseen.alert, unseen.alert.data
    why = data.get("why")
    keys = (f"alert_{alert.kind}_{why}", f"alert_{why}", f"alert_{alert.kind}")
    return t(
        next(key for key in keys if key in t),
        number=unseen.ticket.number if unseen.ticket else "",
        promise=t.named("promise", alert.promise or ""),
        holder=unseen.assignee.name if unseen.assignee else t("holder_nobody"),
        by=data.get("by_name") or t("a_colleague"),
        because=reader.masked(str(data.get("because", ""))) or t("no_longer_kept"),
        report=data.get("report", ""),
        to=data.get("to", ""),
    )

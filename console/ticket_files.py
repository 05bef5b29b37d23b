"""What was found as a file: rows of values for `console.overview_files`, which defuses what a customer may have written."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from fastapi.responses import Response

from console.overview_files import Value, write_csv, write_xlsx
from console.ticket_rows import TicketRow
from core.audit import note_act
from core.database import Database
from handoff.agents import Agent
from handoff.finding.addresses import Pair
from handoff.finding.reads import EXPORTED
from handoff.wording.actions import ActionRow
from handoff.wording.texts import Texts

TICKET_COLUMNS = (
    *("number", "customer", "reason", "kind", "topic", "state", "holder", "first_owner", "queue", "channel"),
    *("language", "tier", "category", "stage", "opened", "said", "resolved", "due", "preview"),
)
ACTION_COLUMNS = ("number", "measure", "state", "owner_due", "notes")
_WIDTHS = (16, 22, *[16] * 16, 60)


def ticket_rows(t: Texts, rows: Sequence[TicketRow]) -> list[list[Value]]:
    """A line for each ticket below one with the columns' names; where there are more than `EXPORTED`, the last says so."""
    lines: list[list[Value]] = [[t(f"find_column_{name}") for name in TICKET_COLUMNS]]
    for row in rows[:EXPORTED]:
        due = row.clock.text if row.clock else ""
        told = {"due": due, "kind": row.kind or row.reason}
        lines.append([told[name] if name in told else getattr(row, name) for name in TICKET_COLUMNS])
    return _ended(t, lines, len(rows))


def action_rows(t: Texts, rows: Sequence[ActionRow]) -> list[list[Value]]:
    """The same of corrective actions."""
    lines: list[list[Value]] = [[t(f"find_column_{name}") for name in ACTION_COLUMNS]]
    for row in rows[:EXPORTED]:
        state = t("actions_late") if row.late else row.state
        lines.append([row.number, row.text, state, row.line, " · ".join(row.notes)])
    return _ended(t, lines, len(rows))


async def answer_file(
    rows: Sequence[Sequence[Value]], kind: str, *, name: str, title: str, at: datetime
) -> Response:
    """The rows as XLSX, or else as CSV."""
    if kind == "xlsx":
        content = await asyncio.to_thread(write_xlsx, rows, title=title, widths=_WIDTHS)
        media, ending = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"
    else:
        content = await asyncio.to_thread(write_csv, rows)
        media, ending = "text/csv; charset=utf-8", "csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{at:%Y-%m-%d-%H%M}.{ending}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media, headers=headers)


async def note_export(
    database: Database, agent: Agent, what: str, pairs: Sequence[Pair], number: int, *, now: datetime
) -> None:
    """That it was taken is in the audit log: by which filter, without what was searched for in words, which names customers."""
    after = {"filter": urlencode([each for each in pairs if each[0] != "q"]), "rows": min(number, EXPORTED)}
    async with database.write() as session:
        await note_act(session, who=agent.username, what=f"{what}.export", object=what, after=after, now=now)


def _ended(t: Texts, lines: list[list[Value]], number: int) -> list[list[Value]]:
    if number > EXPORTED:
        lines.append([t("find_file_cut", most=f"{EXPORTED:,}")])
    return lines

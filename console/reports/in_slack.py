"""Reports as messages in Slack, with the file of all figures in the thread.

Importing this module needs the extra slack.
"""

from typing import Protocol

from channels.slack.markup import escape
from console.reports.making import Maker, Report
from console.reports.summary import Line, Section, Summary
from handoff.desk.blocks import LINE, TITLE, Block, Post, context, line, marked, plain, section
from handoff.reporting.sendings import Note, Parcel

FIELDS = 10  # of a section; Slack's limit


class Board(Protocol):
    """Where reports are posted. Both raise what Slack raises."""

    async def post(self, channel: str, post: Post) -> str:
        """Post a message; its ts."""
        ...

    async def share(self, channel: str, ts: str, *, name: str, content: bytes) -> None:
        """Put a file into its thread."""
        ...


class SlackCarrier:
    """Carries reports to channels of Slack."""

    def __init__(self, maker: Maker, board: Board) -> None:
        self._maker = maker
        self._board = board

    async def carry(self, parcel: Parcel, note: Note) -> None:
        """First the message, then the file: a message that is there is not posted again."""
        report = await self._maker.make(parcel.unit, parcel.period)
        channel, ts = parcel.to.address, parcel.reached
        if ts is None:
            ts = await self._board.post(channel, to_post(report))
            await note(ts)
        await self._board.share(channel, ts, name=report.file_name, content=report.xlsx)


def to_post(report: Report) -> Post:
    """The message. Pure."""
    summary, t = report.summary, report.summary.texts
    blocks: list[Block] = [
        {"type": "header", "text": plain(summary.title, TITLE)},
        context(plain(f"{summary.days} · {summary.lead}", LINE)),
        *(section(marked(f"⚠️ {escape(each)}")) for each in summary.notices),
    ]
    for place in range(0, len(summary.figures), FIELDS):
        fields = [
            marked(
                f"{escape(each.label)}\n*{_linked(each.value, each.href)}*"
                f"\n{escape(' · '.join(filter(None, (each.change, each.before))))}"
            )
            for each in summary.figures[place : place + FIELDS]
        ]
        blocks.append({"type": "section", "fields": fields})
    blocks.append({"type": "divider"})
    blocks += [section(marked(_list(each))) for each in summary.sections]
    if summary.links:
        blocks.append(section(marked(" · ".join(_linked(label, href) for label, href in summary.links))))
    blocks.append(context(plain(f"{t('sent_attached')} {t('sent_why')}", LINE * 2)))
    return Post(text=escape(_short(summary)), blocks=blocks)


def _short(summary: Summary) -> str:
    """What notifications say."""
    told = [f"{each.label} {each.value}" for each in summary.figures[:3]]
    return " · ".join([summary.title, *told])


def _list(part: Section) -> str:
    return "\n".join(
        [f"*{escape(part.title)}*", *map(_entry, part.lines)] + ([] if part.lines else [part.empty])
    )


def _entry(each: Line) -> str:
    note = f" ({escape(each.note)})" if each.note else ""
    return f"• {_linked(line(each.label, LINE), each.href)} · *{escape(each.number)}*{note}"


def _linked(text: str, href: str) -> str:
    return f"<{href.replace('&', '&amp;')}|{escape(text)}>" if href else escape(text)

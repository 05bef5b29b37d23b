"""Reports as e-mails: text and HTML of the same content, and the file with all figures.

The HTML is for mail programs: tables, styles in place, nothing from elsewhere, readable without any of it.
"""

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from console.pages import render_in
from console.reports.making import XLSX, Maker, Report
from console.reports.summary import Section, Summary
from core.mail import Mailer
from handoff.reporting.sendings import Note, Parcel


class MailCarrier:
    """Carries reports by e-mail, from `sender`."""

    def __init__(self, maker: Maker, mailer: Mailer, *, sender: str) -> None:
        self._maker = maker
        self._mailer = mailer
        self._sender = sender

    async def carry(self, parcel: Parcel, note: Note) -> None:
        """Raises `MailFailed`."""
        report = await self._maker.make(parcel.unit, parcel.period)
        now = self._maker.clock().astimezone(self._maker.zone)
        await self._mailer.send(compose(report, sender=self._sender, to=parcel.to.address, at=now))


def compose(report: Report, *, sender: str, to: str, at: datetime) -> EmailMessage:
    """The e-mail. Sent twice it has the same id, by which mail programs show it once. Pure."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(report.summary.title.split())
    message["From"] = sender
    message["To"] = to
    message["Date"] = format_datetime(at)
    key = hashlib.sha256(f"{report.name} {to}".encode()).hexdigest()[:24]
    message["Message-ID"] = f"<{report.name}.{key}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office notes, please
    message.set_content(to_text(report.summary), cte="base64")
    message.add_alternative(to_html(report.summary), subtype="html", cte="base64")
    kind, subtype = XLSX
    message.add_attachment(report.xlsx, maintype=kind, subtype=subtype, filename=report.file_name)
    return message


def to_text(summary: Summary) -> str:
    """For who reads no HTML."""
    t = summary.texts
    lines = [summary.title, summary.days, *summary.notices, "", f"{t('sent_figures')} · {summary.lead}"]
    for each in summary.figures:
        beside = " · ".join(filter(None, (each.change, each.before)))
        lines.append(f"- {t('labelled', label=each.label, text=each.value)} ({beside})")
    for section in summary.sections:
        lines += ["", section.title, *_lines(section)]
    lines += ["", t("sent_attached")]
    for label, address in summary.links:
        lines += ["", t("labelled", label=label, text=""), address]
    return "\n".join([*(line.rstrip() for line in lines), "", "-- ", t("sent_why"), ""])


def _lines(section: Section) -> list[str]:
    return [
        f"- {each.label} · {each.number}" + (f" ({each.note})" if each.note else "") for each in section.lines
    ] or [section.empty]


def to_html(summary: Summary) -> str:
    """The same as a page."""
    pairs = [summary.figures[place : place + 2] for place in range(0, len(summary.figures), 2)]
    return render_in(summary.texts, "report_mail.html", {"summary": summary, "pairs": pairs})

"""What the pages of customers show, ready for their templates. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.amending import Standing
from core.conversations import Message
from handoff.contacts.reach import show_reach
from handoff.persons.evidence import Evidence, Suggested
from handoff.persons.search import CustomerLine
from handoff.persons.whole import Consent, Happening, Person
from handoff.wording.reader import Reader
from handoff.wording.stream import tell_amended

SHORT = 8  # of an id's characters; the last ones, since the first are a time


@dataclass(frozen=True, kw_only=True)
class Row:
    """A customer in the list."""

    id: UUID
    name: str
    tier: str
    known_as: Sequence[str]
    tags: Sequence[str]
    tickets: int
    open: str
    since: str


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two who may be one."""

    one_id: UUID
    one: str
    other_id: UUID
    other: str
    evidence: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Event:
    """A line of the history."""

    at: str
    told: str
    link_id: UUID | None
    number: str
    state: str
    kind: str


@dataclass(frozen=True)
class PersonView:
    """Says it in the reader's words."""

    reader: Reader

    def row(self, line: CustomerLine) -> Row:
        """A customer; numbers and addresses masked, as in all lists."""
        t = self.reader.t
        return Row(
            id=line.id,
            name=self.called(line.name, line.id),
            tier=line.tier or "",
            known_as=[self.reader.masked(self.identity(*each, brief=True)) for each in line.identities],
            tags=line.tags,
            tickets=line.tickets,
            open=t("people_open", count=line.open_tickets) if line.open_tickets else "",
            since=self.day(line.created_at),
        )

    def pair(self, suggested: Suggested, names: Mapping[UUID, str | None]) -> Pair:
        """Two who may be one; numbers and addresses masked."""
        one, other = suggested.one_id, suggested.other_id
        return Pair(
            one_id=one,
            one=self.called(names.get(one), one),
            other_id=other,
            other=self.called(names.get(other), other),
            evidence=[self.reader.masked(each) for each in self.evidence(suggested.evidence)],
        )

    def called(self, name: str | None, customer_id: UUID) -> str:
        """Their name, or else something to tell them by."""
        told = " ".join((name or "").split())
        return told or f"{self.reader.t('person_unnamed')} {str(customer_id)[-SHORT:]}"

    def confirm(self, person: Person) -> str:
        """What is typed before they are erased."""
        return " ".join((person.name or "").split()) or str(person.id)[-SHORT:]

    def identity(self, channel: str, known_as: str, *, brief: bool = False) -> str:
        """How a channel knows them; in brief without what only a machine can tell apart."""
        t = self.reader.t
        if brief and _is_id(known_as):
            return t.named("channel", channel)
        return t("labelled", label=t.named("channel", channel), text=show_reach(known_as) or known_as)

    def evidence(self, found: Sequence[Evidence]) -> list[str]:
        """Why two may be one."""
        return [
            self.reader.t(f"evidence_{each.kind}", value=show_reach(each.value) or each.value)
            for each in found
        ]

    def consent(self, consent: Consent) -> str:
        """What was agreed to."""
        t = self.reader.t
        if consent.opted_out_at:
            told = t("person_consent_out", at=self.day(consent.opted_out_at))
        elif consent.consent_at:
            told = t("person_consent_yes", at=self.day(consent.consent_at))
        else:
            told = t("person_consent_no")
        return t("labelled", label=t.named("date_kind", consent.kind), text=told)

    def happening(self, each: Happening) -> Event:
        """One line of the history."""
        t = self.reader.t
        state = ""
        match each.kind:
            case "ticket":
                told, state = (
                    t("happened_ticket", what=t.named("reason", each.what)),
                    t.named("state_is", each.state or ""),
                )
            case "contact":
                told, state = (
                    t("happened_contact", what=t.named("channel", each.what)),
                    t.named("result", each.state or ""),
                )
            case "survey":
                told = t("happened_survey", state=each.state) if each.state else t("happened_survey_none")
            case "care":
                told = t("happened_care", what=each.what)
            case _:
                told = t("happened_conversation", what=t.named("channel", each.what))
        return Event(
            at=self.reader.moment(each.at),
            told=told,
            link_id=each.link_id,
            number=each.number or "",
            state=state,
            kind=each.kind,
        )

    def author(self, message: Message) -> str:
        """Who said it."""
        return message.author_name or self.reader.t.named("author", message.author)

    def amended(self, stands: Standing) -> str:
        """How and when a message was changed after it was sent."""
        return tell_amended(stands, self.reader)

    def day(self, at: datetime) -> str:
        """A day in the shop's time zone."""
        return f"{at.astimezone(self.reader.zone):%Y-%m-%d}"


def _is_id(known_as: str) -> bool:
    try:
        return bool(UUID(known_as))
    except ValueError:
        return False

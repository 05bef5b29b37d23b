"""A ticket's past in words: what happened to it, and the chain of responsibility. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.amending import holds
from core.conversations import Message
from core.messages import AMENDMENTS
from handoff.history import Link, chain, spent
from handoff.life import EventKind
from handoff.tickets import TicketEvent
from handoff.views import TicketView
from handoff.wording.reader import Reader

NAMED = ("agent", "queue", "kind", "promise", "tier", "why", "reason", "because", "text", "how", "before")


@dataclass(frozen=True, kw_only=True)
class Past:
    """A line of the ticket's history."""

    time: str
    at: datetime
    who: str
    what: str


@dataclass(frozen=True, kw_only=True)
class Hop:
    """A link of the chain of responsibility. `first` is true for the first owner."""

    who: str
    first: bool
    how: str
    when: str


class PastWords:
    """Words a ticket's events for one reader."""

    def __init__(self, reader: Reader, view: TicketView) -> None:
        self._reader = reader
        self._t = reader.t
        self._agents = view.agents
        self._changes = _read_changes(view)

    def history(self, events: Sequence[TicketEvent]) -> list[Past]:
        """What happened, oldest first."""
        return [
            Past(
                time=self._reader.time(event.at),
                at=event.at,
                who=self._who(event),
                what=self._what(EventKind(event.kind), event) + self._moved(event.data),
            )
            for event in events
        ]

    def chain(self, events: Sequence[TicketEvent], first_owner_id: UUID | None) -> list[Hop]:
        """Who had the ticket, how long, and why it came to them."""
        return [
            Hop(
                who=self.name(link.agent_id)
                if link.agent_id
                else self._t("in_queue", queue=self._reader.queue(link.queue)),
                first=link.agent_id is not None and link.agent_id == first_owner_id,
                how=self._how(link),
                when=self._when(link),
            )
            for link in chain(events)
        ]

    def spent(self, events: Sequence[TicketEvent]) -> str:
        """Whose time has passed; who has had none is left out."""
        return " · ".join(
            f"{self._t.named('spent', party)} {self._reader.duration(time)}"
            for party, time in spent(events, now=self._reader.now).items()
            if time >= timedelta(minutes=1)
        )

    def name(self, agent_id: UUID | None) -> str:
        """An agent's name."""
        agent = self._agents.get(agent_id) if agent_id else None
        return agent.name if agent else self._t("a_colleague")

    def _who(self, event: TicketEvent) -> str:
        if event.agent_id:
            return self.name(event.agent_id)
        match event.kind:
            case EventKind.CUSTOMER_WROTE | EventKind.SURVEYED:
                return self._t("author_customer")
            case EventKind.OPENED | EventKind.RAISED:
                return self._t("by_bot")
            case _:
                return self._t("by_rule")

    def _what(self, kind: EventKind, event: TicketEvent) -> str:
        t, data = self._t, event.data
        facts = self._facts(data)
        match kind:
            case EventKind.OPENED if event.agent_id:
                return t("event_opened_contact", **facts)
            case EventKind.ASSIGNED if event.agent_id:
                return t("event_given", **facts)
            case EventKind.ASSIGNED:
                return t("event_assigned", **facts) + self._not_given(data.get("refused", {}))
            case EventKind.RETURNED if event.agent_id:
                return t("event_handed_in", **facts)
            case EventKind.REPLIED if data.get("guard"):
                return self._insisted(data)
            case EventKind.REPLIED if data.get("how"):
                return t("event_replied_contact", **facts)
            case EventKind.CUSTOMER_WROTE if data.get("how"):
                return t("event_customer_said")
            case EventKind.DELIVERY_FAILED if data.get("how"):
                return t(f"event_delivery_failed_{data['how']}")
            case EventKind.RETIERED if data.get("tier") is None:
                return t("event_retiered_none")
            case EventKind.RESOLVED if data.get("why") == "no_answer":
                return t("event_resolved_no_answer")
            case EventKind.RESOLVED if data.get("category"):
                return t("event_resolved_as", category=self._reader.category(data["category"]))
            case EventKind.CLOSED if data.get("why") == "by_default":
                return t("event_closed_by_default")
            case EventKind.SURVEYED:
                return self._surveyed(data)
            case EventKind.REOPENED if data.get("why"):
                return t("event_reopened_why", why=t.named("why", data["why"]))
            case _:
                return t(f"event_{kind}", **facts)

    def _surveyed(self, data: Mapping[str, Any]) -> str:
        """What the customer answered to a survey; only that they did where it was erased."""
        t = self._t
        match data:
            case {"solved": is_solved}:
                return t("event_surveyed_solved" if is_solved else "event_surveyed_not_solved")
            case {"score": score, "survey": kind}:
                return t(f"event_surveyed_{kind}", score=score)
            case {"text": text}:
                return t("event_surveyed_comment", text=text)
            case _:
                return t("event_surveyed")

    def _facts(self, data: Mapping[str, Any]) -> Mapping[str, str]:
        """What a sentence about an event may name. What was erased is said to be."""
        t, reader = self._t, self._reader
        facts = dict.fromkeys(NAMED, t("no_longer_kept"))
        facts |= {key: str(data[key]) for key in ("because", "text", "tier") if data.get(key)}
        facts |= self._changes.get(data.get("amendment", ""), {})
        if queue := data.get("queue"):
            facts["queue"] = reader.queue(queue)
            facts["agent"] = t("in_queue", queue=facts["queue"])  # to whom it was offered
        if to := data.get("to") or data.get("left"):
            facts["agent"] = self.name(UUID(to))
        for key in ("why", "promise", "reason"):
            if data.get(key):
                facts[key] = t.named(key, data[key])
        if how := data.get("how"):
            facts["how"] = t.named("channel", how)
        if kind := data.get("ticket_kind"):
            facts["kind"] = reader.kind(kind, data.get("incident"))
        return facts

    def _insisted(self, data: Mapping[str, Any]) -> str:
        """Of a reply that was sent in spite of the language guard."""
        phrases = "”, “".join(each["phrase"] for each in data["guard"])
        key = "event_replied_because" if data.get("reason") else "event_replied_anyway"
        return self._t(key, phrases=phrases, reason=data.get("reason", ""))

    def _not_given(self, refused: Mapping[str, int]) -> str:
        """Why others did not get it; that they are no members of the queue goes without saying."""
        said = [
            self._t(f"refusal_{why}", count=count) for why, count in refused.items() if why != "not_a_member"
        ]
        return self._t("not_given", refused=self._reader.listed(said)) if said else ""

    def _moved(self, data: Mapping[str, Any]) -> str:
        """Which deadlines moved with it, from when to when."""
        said = [
            self._t(
                "moved_deadline",
                promise=self._t.named("promise", promise),
                before=self._reader.time(datetime.fromisoformat(before)),
                after=self._reader.time(datetime.fromisoformat(after)),
            )
            for promise, (before, after) in data.get("moved", {}).items()
        ]
        return self._t("in_brackets", said=self._reader.listed(said)) if said else ""

    def _how(self, link: Link) -> str:
        t, reason = self._t, link.reason or self._t("no_longer_kept")
        by = self.name(link.by_id) if link.by_id else ""
        match link.how:
            case EventKind.ASSIGNED if link.by_id:
                return t("chain_given", by=by, reason=reason)
            case EventKind.RETURNED if link.by_id:
                return t("chain_handed_in", by=by, reason=reason)
            case EventKind.OPENED if link.by_id:
                return t("chain_opened_contact", by=by)
            case EventKind.OPENED:
                return t("chain_opened", reason=t.named("reason", reason))
            case EventKind.ASSIGNED | EventKind.RETURNED | EventKind.MOVED as how:
                return t(f"chain_{how}", reason=t.named("why", reason))
            case how:
                return t(f"chain_{how}", by=by, reason=reason)

    def _when(self, link: Link) -> str:
        reader = self._reader
        span = reader.exactly((link.until or reader.now) - link.since)
        if link.until is None:
            return self._t("has_since", since=reader.time(link.since), span=span)
        return self._t("had_until", since=reader.time(link.since), until=reader.time(link.until), span=span)


def _read_changes(view: TicketView) -> Mapping[str, Mapping[str, str]]:
    """The words `before` each amendment, and its own, by its id; without those that are not kept any more."""
    worded = {message.id: _words(message) for message in view.messages}
    changes: dict[str, Mapping[str, str]] = {}
    for message in view.messages:
        if message.kind not in AMENDMENTS or message.reply_to is None:
            continue
        words = {"before": worded.get(message.reply_to, ""), "text": message.text}
        changes[str(message.id)] = {key: text for key, text in words.items() if text}
        if holds(view.deliveries.get(message.id)):
            worded[message.reply_to] = message.text
    return changes


def _words(message: Message) -> str:
    """Of a message without any the names of its files."""
    return message.text or ", ".join(file["name"] for file in message.attachments)

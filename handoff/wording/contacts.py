"""Contacts in words: what can be done about one, and what became of it. Pure."""

from handoff.contacts.checks import Then
from handoff.contacts.records import Logged, Result
from handoff.refusals import Objection, Unfit
from handoff.wording.reader import Reader
from handoff.wording.tickets import Option

_QUEUE = f"{Then.QUEUE}:"


def then_options(reader: Reader) -> list[Option]:
    """What can be done about a contact; each queue is a choice of its own."""
    t = reader.t
    own = [Option(value=each, label=t(f"then_{each}")) for each in (Then.ANSWERED, Then.MINE)]
    return own + [
        Option(value=f"{_QUEUE}{name}", label=t("then_queue", queue=reader.queue(name)))
        for name in reader.settings.queues
    ]


def split_then(value: str) -> tuple[Then, str | None]:
    """What was chosen of them, and which queue. Raises `BadInput`."""
    if value.startswith(_QUEUE):
        return Then.QUEUE, value.removeprefix(_QUEUE)
    if value in (Then.ANSWERED, Then.MINE):
        return Then(value), None
    raise Unfit("then", Objection.NO_CHOICE)


def word_logged(logged: Logged, reader: Reader) -> str:
    """What became of a contact, and who goes on."""
    t = reader.t
    is_queued = logged.result is Result.FOLLOWED_UP and not logged.holder
    key = "logged_queued" if is_queued else f"logged_{logged.result}"
    return t(key, number=logged.number, holder=logged.holder or t("holder_waiting"))

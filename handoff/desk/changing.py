"""What agents change in the threads after it was handled: an edit corrects the customer's message, a deletion withdraws it.

A reply that the language guard holds is heard anew, or done with. Whoever's change does not come through is told so
privately, and that the customer still has the original.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from channels.slack.markup import mentions
from core.clock import Clock
from core.database import Database
from core.errors import BadInput, NotAllowed
from handoff.desk.events import change_kept, is_deletion
from handoff.desk.origins import origin_of
from handoff.desk.people import Barred, find_actor, list_people
from handoff.desk.said import NOTE, Said, read_said, say_plainly
from handoff.desk.threads import find_thread
from handoff.desk.whisper import Whisper
from handoff.lists import get_ticket_line
from handoff.wording.explaining import explain
from handoff.work import Work, find_origin


@dataclass(frozen=True, kw_only=True)
class Change:
    """A message in a thread as it was, and as it is now; `after` is None when it was deleted."""

    before: Said
    after: Said | None


def read_change(event: Mapping[str, Any]) -> Change | None:
    """What somebody did to a message in a thread; None for whatever else changed, such as the preview of a link. Pure."""
    before, after = event.get("previous_message") or {}, event.get("message") or {}
    around = {"channel": event.get("channel"), "type": "message"}
    was = read_said({**before, **around})
    if was is None:
        return None
    if is_deletion(event):
        return Change(before=was, after=None)
    now = read_said({**before, **after, **around})
    return Change(before=was, after=now) if now is not None and now.text != was.text else None


class Changing:
    """Carries changes to the customer."""

    def __init__(self, work: Work, whisper: Whisper, *, database: Database, clock: Clock) -> None:
        self._work = work
        self._whisper = whisper
        self._database = database
        self._clock = clock

    async def follow(self, event: Mapping[str, Any]) -> None:
        """Correct or withdraw what the customer has of it; a note is no matter of theirs."""
        change = read_change(event)
        if change is None:
            return
        said = change.before
        origin = origin_of(said.channel, said.ts)
        async with self._database.read() as session:
            thread = await find_thread(session, said.channel, said.thread)
            known = await find_origin(session, thread.ticket_id, origin) if thread else None
            actor = await find_actor(session, said.user)
            people = {user_id: each.name for user_id, each in (await list_people(session)).items()}
        if thread is None or actor is Barred.STRANGER:
            return
        if actor is Barred.VIEWER:
            if known is not None:
                await self._whisper.say(said, actor)
            return
        if known is None:
            async with self._database.write() as session:
                was_kept = await change_kept(session, event, now=self._clock())
            if change.after is not None and not was_kept:  # such as one that was refused
                await self._whisper.say(said, "slack_never_sent")
        if known is None or "message_id" not in known.data:
            return
        message_id = UUID(known.data["message_id"])
        try:
            if change.after is None:
                await self._work.withdraw(thread.ticket_id, actor, message_id, origin=origin)
            elif change.after.text.lstrip().startswith(NOTE) or mentions(change.after.text):
                await self._whisper.say(said, "slack_no_note_any_more")
            else:
                text = say_plainly(change.after, people)
                await self._work.correct(thread.ticket_id, actor, message_id, text, origin=origin)
        except (NotAllowed, BadInput) as error:
            refusal = error
            async with self._database.read() as session:
                line = await get_ticket_line(session, thread.ticket_id)
            await self._whisper.tell(
                said, lambda reader: reader.t("slack_unchanged", told=explain(refusal, reader, line))
            )

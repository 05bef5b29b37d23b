"""The register of corrective actions from Slack: its list, and what is carried out of the forms over it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from handoff.agents import Agent
from handoff.complaints.views import list_actions
from handoff.desk import action_forms
from handoff.desk.action_forms import FAIL, FINISH, FORMS, VERIFY, read_action, read_failure, scope_of
from handoff.desk.fields import View, uuid_of
from handoff.desk.floor import Floor
from handoff.desk.sent import Handler, Mended, Sent
from handoff.wording.actions import ActionRow, ActionWords
from handoff.wording.reader import Reader


class Registering:
    """Corrective actions, on the floor. `handlers` are as `handoff.desk.submitting` has them."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self.handlers: dict[str, Handler] = {FINISH: self._finish, VERIFY: self._verify, FAIL: self._fail}

    async def overview(self, agent: Agent, reader: Reader, *, ticket_id: UUID | None = None) -> View:
        """All of them as the agent sees them, or those of a ticket."""
        return action_forms.register(await self._parts(agent, reader, ticket_id), reader, ticket_id=ticket_id)

    async def form(self, body: Mapping[str, Any], name: str, action_id: str, agent: Agent) -> View:
        """The form of that name over the list; the list as it is now, where the action is not in it any more."""
        reader = await self._floor.whisper.reader(body["user"]["id"])
        scope = scope_of(body["view"])
        parts = await self._parts(agent, reader, uuid_of(scope))
        rows: dict[str, ActionRow] = {str(row.id): row for rows in parts.values() for row in rows}
        if action_id not in rows:
            return action_forms.register(parts, reader, ticket_id=uuid_of(scope))
        return FORMS[name](rows[action_id], reader, scope)

    async def _parts(
        self, agent: Agent, reader: Reader, ticket_id: UUID | None
    ) -> Mapping[str, list[ActionRow]]:
        async with self._floor.database.read() as session:
            lines = await list_actions(session, settings=self._floor.cases.settings)
        found = [line for line in lines if ticket_id in (None, line.ticket.id)]
        return ActionWords(reader, agent).parts(found)

    async def _finish(self, sent: Sent) -> Mended:
        form = read_action(sent.view)
        await self._floor.register.finish(form.action_id, sent.agent, form.text)
        return await self._renew(sent)

    async def _verify(self, sent: Sent) -> Mended:
        form = read_action(sent.view)
        await self._floor.register.verify(form.action_id, sent.agent, form.text)
        return await self._renew(sent)

    async def _fail(self, sent: Sent) -> Mended:
        form = read_failure(sent.view)
        assert form.due is not None
        await self._floor.register.fail(form.action_id, sent.agent, form.text, due=form.due)
        return await self._renew(sent)

    async def _renew(self, sent: Sent) -> Mended:
        """Bring the list below the form to what it is now; what was done stands, whether Slack takes that or not."""
        below = sent.view.get("previous_view_id")
        view = await self.overview(sent.agent, sent.reader, ticket_id=uuid_of(scope_of(sent.view)))
        if below:
            await self._floor.show("views.update", view_id=below, view=view)
        return {}

"""The desk's pages and how an act is answered; for its routes, and for whatever else acts on tickets."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from console.complaint_view import ComplaintsView
from console.contact_view import how_options, told_of
from console.customer_view import customer_panel
from console.pages import fragment, page, texts_for
from console.sessions import safe_target
from console.status_view import duty_options
from core.clock import Clock
from core.database import Database
from core.errors import BadInput, NotAllowed, NotFound
from core.files import MOST_FILES
from core.messages import Author
from core.wakeups import DESK, Wakeups
from handoff.agents import Agent
from handoff.attention import SHOWN, list_unseen, read_unseen, see_alerts_of
from handoff.complaints.views import find_complaint_view
from handoff.customers import read_customer, tiers_for
from handoff.lists import PAGE, get_ticket_line, list_lines, list_queue
from handoff.presence import presence_of
from handoff.seen import count_unread
from handoff.settings import DeskSettings, SettingsInForce
from handoff.views import get_ticket_view
from handoff.wording.alerts import word_alerts
from handoff.wording.explaining import explain, word_held
from handoff.wording.reader import Reader, TitlesById
from handoff.wording.tickets import DeskView
from handoff.work import MAX_REASON, MAX_REPLY, Held

HOME = "/console/desk"
LISTS = ("offers", "waiting", "mine", "to_confirm", "colleagues")


@dataclass(frozen=True, kw_only=True)
class DeskPages:
    """Makes pages for agents. `titles` names the knowledge base's entries; times are shown in `zone`."""

    database: Database
    wakeups: Wakeups
    in_force: SettingsInForce
    titles: TitlesById
    zone: ZoneInfo
    region: str
    clock: Clock

    @property
    def settings(self) -> DeskSettings:
        """As they are by now."""
        return self.in_force.now

    def reader(self, request: Request) -> Reader:
        """For whom the request's page is worded."""
        return Reader(
            t=texts_for(request),
            now=self.clock(),
            zone=self.zone,
            titles=self.titles,
            settings=self.settings,
            region=self.region,
        )

    async def queue(self, request: Request, agent: Agent, open_id: UUID | None) -> dict[str, object]:
        """What the lists show."""
        view = DeskView(self.reader(request), agent)
        queues = [name for name in self.settings.queues if self.settings.is_member(agent.username, name)]
        async with self.database.read() as session:
            queue = await list_queue(session, agent.id, queues=queues)
            listed = {name: getattr(queue, name) for name in LISTS}
            shown = {line.id for lines in listed.values() for line in lines}
            unread = await count_unread(self.database, session, agent.id, shown)
        lists = {name: [view.row(line) for line in lines] for name, lines in listed.items()}
        counts = {name: f"{PAGE}+" if len(rows) == PAGE else str(len(rows)) for name, rows in lists.items()}
        return {
            "lists": lists,
            "counts": counts | {"waiting": str(queue.waiting_count)},
            "waiting_count": queue.waiting_count,
            "unlisted": queue.waiting_count - len(queue.waiting),
            "open_id": open_id,
            "unread": unread,
            "most_reason": MAX_REASON,
        }

    async def tabs(
        self, request: Request, agent: Agent, ticket_ids: Sequence[UUID], open_id: UUID | None
    ) -> dict[str, object]:
        """What the tabs of the tickets that are open show; those that do not exist have none."""
        view = DeskView(self.reader(request), agent)
        async with self.database.read() as session:
            lines = await list_lines(session, ticket_ids)
            unread = await count_unread(self.database, session, agent.id, ticket_ids)
        return {"tabs": [view.row(line) for line in lines], "unread": unread, "open_id": open_id}

    async def ticket(self, request: Request, agent: Agent, ticket_id: UUID) -> dict[str, object]:
        """What an opened ticket shows. Raises `NotFound`."""
        async with self.database.read() as session:
            ticket = await get_ticket_view(session, ticket_id)
            found = await find_complaint_view(session, ticket.ticket, settings=self.settings)
            known = await read_customer(session, ticket.ticket)
        reader = self.reader(request)
        sheet = DeskView(reader, agent).sheet(ticket)
        panel = ComplaintsView(reader, agent).panel(found) if found else None
        tiers = tiers_for(agent, known.queues, known.tier, self.settings)
        return {
            "sheet": sheet,
            "heard": max((each.seq for each in ticket.messages if each.author == Author.CUSTOMER), default=0),
            "complaint": panel,
            "customer": customer_panel(ticket.ticket.customer_id, known, tiers, reader),
            "hows": how_options(reader),
            "most": MAX_REPLY,
            "most_reason": MAX_REASON,
            "most_bytes": self.settings.files.most_bytes,
            "most_files": MOST_FILES,
        }

    def duty(self, request: Request, agent: Agent) -> dict[str, object]:
        """What the duty switch shows."""
        reader = self.reader(request)
        return duty_options(agent, presence_of(agent, self.settings, now=reader.now), reader)

    async def alerts(self, request: Request, agent: Agent) -> dict[str, object]:
        """What needs the agent's attention."""
        async with self.database.read() as session:
            unseen = await list_unseen(session, agent.id)
        count = texts_for(request)("attention_many", count=SHOWN) if len(unseen) > SHOWN else len(unseen)
        return {"alerts": word_alerts(unseen[:SHOWN], self.reader(request)), "alert_count": count}

    async def page(
        self,
        request: Request,
        agent: Agent,
        ticket_id: UUID | None,
        *,
        error: str = "",
        draft: str = "",
        held: Held | None = None,
        logged: str = "",
        status: int = 200,
    ) -> Response:
        """The whole desk, with a ticket opened or none; `logged` is what became of a contact. Raises `NotFound`."""
        here = f"{HOME}/tickets/{ticket_id}" if ticket_id else HOME
        opened = await self.ticket(request, agent, ticket_id) if ticket_id else {}
        context: dict[str, object] = {
            "agent": agent,
            "error": error,
            "draft": draft,
            "held": held,
            "sheet": None,
            "told": told_of(logged, opened.get("sheet"), self.reader(request)),
            **self.duty(request, agent),
            **await self.alerts(request, agent),
            **await self.queue(request, agent, ticket_id),
            **opened,
        }
        return page(request, "desk.html", context, here=here, status=status)

    async def refuse(
        self,
        request: Request,
        agent: Agent,
        ticket_id: UUID | None,
        told: str,
        status: int,
        *,
        draft: str = "",
    ) -> Response:
        """Why something was not done: to a script as an error, to a browser as the page with it."""
        if not wants_page(request):
            raise HTTPException(status, told)
        return await self.page(request, agent, ticket_id, error=told, draft=draft, status=status)

    async def act(
        self,
        request: Request,
        agent: Agent,
        ticket_id: UUID,
        doing: Awaitable[object],
        *,
        text: str = "",
        lost_files: bool = False,
    ) -> Response:
        """Do it, and answer: a script gets 204, a browser the ticket; a refusal is explained. `text` is what was typed.

        A page cannot fill in files again: with `lost_files` it asks for them.
        """
        again = texts_for(request)("files_again") if lost_files and wants_page(request) else ""
        begun = self.clock()
        try:
            await doing
        except NotFound:
            return await self.refuse(request, agent, None, texts_for(request)("not_found"), 404)
        except Held as held:
            if not text:  # it was not written in the composer, which has a place of its own for this
                return await self.refuse(
                    request, agent, ticket_id, word_held(held, self.reader(request)), 409
                )
            if wants_page(request):
                return await self.page(
                    request, agent, ticket_id, error=again, draft=text, held=held, status=409
                )
            return fragment(request, "desk_held.html", {"held": held}, status=409)
        except (NotAllowed, BadInput) as error:
            async with self.database.read() as session:
                line = await get_ticket_line(session, ticket_id)
            told, status = (
                explain(error, self.reader(request), line),
                422 if isinstance(error, BadInput) else 409,
            )
            return await self.refuse(request, agent, ticket_id, f"{told} {again}".strip(), status, draft=text)
        async with self.database.read() as session:
            unseen = await read_unseen(session, agent.id)
        if unseen:
            async with self.database.write() as session:
                await see_alerts_of(session, agent.id, ticket_id, before=begun, now=self.clock())
            self.wakeups.publish(DESK)
        if wants_page(request):
            return RedirectResponse(f"{HOME}/tickets/{ticket_id}", 303)
        return Response(status_code=204)


def wants_page(request: Request) -> bool:
    """Whether a browser asks, not a script."""
    return "text/html" in request.headers.get("accept", "")


def back(request: Request) -> Response:
    """To the page where the form was, or for a script nowhere."""
    if not wants_page(request):
        return Response(status_code=204)
    return RedirectResponse(safe_target(urlsplit(request.headers.get("referer", "")).path), 303)

"""Sign-in sessions: a signed cookie that names the agent and when they signed in.

It is made anew by every sign-in and never taken from the request, so nobody can prepare one for somebody else. It
carries the number `Agent.sign_ins` of its day: where that is raised, it is worth nothing any more.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from fastapi import HTTPException, Request, Response
from itsdangerous import BadSignature, URLSafeSerializer

from console.origins import SAFE_METHODS, is_on_this_machine
from console.pages import texts_for
from core.clock import Clock, utc_now
from core.database import Database
from handoff.agents import Agent, Role, note_sign_in

COOKIE = "shouwen_session"
LIFETIME = timedelta(hours=12)
SIGN_IN = "/console/sign-in"


class Sessions:
    """Starts and ends sessions, tells who is signed in.

    `demo` allows the demo agent on this machine: never for a service that the public reaches. `secure` keeps
    cookies to https also where a proxy hides from us that it speaks it.
    """

    def __init__(
        self, database: Database, *, secret_key: str, demo: bool, secure: bool, clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._signer = URLSafeSerializer(secret_key, salt="console.sessions")
        self._demo = demo
        self.agent = Needs(
            self, Role.AGENT, reading=Role.VIEWER
        )  # for the desk: who only looks on may read it
        self._secure = secure
        self._clock = clock

    def allows_demo(self, request: Request) -> bool:
        """Whether this request may use the demo agent."""
        return self._demo and is_on_this_machine(request)

    async def start(
        self, request: Request, response: Response, agent: Agent, *, as_demo: bool = False
    ) -> None:
        """Sign the agent in with this response; as the demo agent on this machine only."""
        now = self._clock()
        async with self._database.write() as session:
            await note_sign_in(session, agent.id, now=now)
        value = self._signer.dumps([str(agent.id), int(now.timestamp()), agent.sign_ins, as_demo])
        response.set_cookie(
            COOKIE,
            str(value),
            max_age=int(LIFETIME.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=self._secure or request.url.scheme == "https",
        )

    def end(self, response: Response) -> None:
        """Sign out with this response."""
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")

    async def find(self, request: Request) -> Agent | None:
        """Who is signed in, if anyone."""
        try:
            agent_id, signed_in_at, number, as_demo = self._signer.loads(request.cookies.get(COOKIE, ""))
        except BadSignature:
            return None
        if self._clock() - datetime.fromtimestamp(signed_in_at, UTC) > LIFETIME:
            return None
        async with self._database.read() as session:
            agent = await session.get(Agent, UUID(agent_id))
        if agent is None or agent.left_at is not None or number != agent.sign_ins:
            return None
        if as_demo and not self.allows_demo(request):
            return None
        return agent

    def at_least(self, role: Role) -> "Needs":
        """A dependency: the signed-in agent, whose role is this one or a higher one."""
        return Needs(self, role, reading=role)


@dataclass(frozen=True, eq=False)
class Needs:
    """Gives a route the signed-in agent, and names the role that it needs: `reading` of who changes nothing.

    Strangers are sent to sign in, and a script's request gets 401; who has not the role gets 403 (`Forbidden`).
    """

    sessions: Sessions
    role: Role
    reading: Role

    async def __call__(self, request: Request) -> Agent:
        agent = await self.sessions.find(request)
        if agent is not None:
            needed = self.reading if request.method in SAFE_METHODS else self.role
            if not Role(agent.role).is_at_least(needed):
                raise Forbidden(request, agent, needed)
            return agent
        if "text/html" not in request.headers.get("accept", ""):
            raise HTTPException(401, texts_for(request)("sign_in_needed"))
        target = request.url.path if request.method == "GET" else ""
        raise HTTPException(
            303, headers={"Location": f"{SIGN_IN}?next={quote(target)}" if target else SIGN_IN}
        )


class Forbidden(HTTPException):
    """The agent's role does not allow this."""

    def __init__(self, request: Request, agent: Agent, needed: Role) -> None:
        texts = texts_for(request)
        told = texts("forbidden", role=texts(f"role_{agent.role}"), needed=texts(f"role_{needed}"))
        super().__init__(403, told)
        self.agent = agent


def safe_target(target: str) -> str:
    """Where to go after signing in: a page of the console, and nowhere else."""
    plain = all("!" <= char <= "~" and char != "\\" for char in target)
    return target if plain and target.startswith("/console/") else "/console/desk"

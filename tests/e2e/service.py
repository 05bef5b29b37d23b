"""The running service, as an app of the HTTP API and an operator see it."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from tests.e2e.home import Home


@dataclass(frozen=True)
class Service:
    """A service that runs."""

    http: httpx.Client

    def says(self, text: str) -> str:
        """What a new customer is answered."""
        body = {"id": str(uuid.uuid4()), "customer": {"id": str(uuid.uuid4())}, "text": text}
        sent = self.http.post("/api/v1/messages", json=body).json()
        url, after = f"/api/v1/conversations/{sent['conversation_id']}/messages", sent["message_id"]
        while True:
            if said := self.http.get(url, params={"after": after, "wait": 5}).json()["messages"]:
                return str(said[0]["text"])

    def counted(self, metric: str, label: str) -> float:
        """A counter of /metrics, by a label such as reason="failed"."""
        begin = f"{metric}{{{label}}} "
        lines = self.http.get("/metrics").text.splitlines()
        return sum(float(line.removeprefix(begin)) for line in lines if line.startswith(begin))


@contextmanager
def serving(home: Home) -> Iterator[Service]:
    """`shouwen run`, which must end with status 0 at the end of the block, whatever goes on then."""
    token = home.run("token", "add", uuid.uuid4().hex).out.strip()
    headers = {"Authorization": f"Bearer {token}"}
    with home.serving() as url, httpx.Client(base_url=url, headers=headers, timeout=60) as http:
        yield Service(http)

"""Addresses of the files that we keep, for customers: nobody can guess one, and it ends by itself.

An address names the file and the day on which it ends, and is signed. Whoever has it can fetch the file: it is given to the
file's customer, and to the shop's own app.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from itsdangerous import BadSignature, URLSafeSerializer

from core.clock import Clock, utc_now
from core.database import Database
from core.errors import NotFound
from core.files import Files, StoredFile, file_id_of
from core.messages import Attachment

LIFETIME = timedelta(days=30)
DAY = 86_400  # seconds
GONE = (
    "这个链接无效，或已经过期。请回到对话里重新打开这个文件。\n"
    "This link is not valid, or not any more. Please open the file again from your conversation."
)


class FileLinks:
    """Makes addresses and knows its own. `base` is the public address of our pages; empty where there is none."""

    def __init__(self, secret_key: str, *, base: str = "", clock: Clock = utc_now) -> None:
        self._signer = URLSafeSerializer(secret_key, salt="files")
        self.base = base.rstrip("/")
        self._clock = clock

    def path(self, attachment: Attachment) -> str | None:
        """Where a file of ours lies, seen from the root of our pages; None for others. It is the same for a whole day."""
        file_id = file_id_of(attachment)
        if file_id is None:
            return None
        last_day = int((self._clock() + LIFETIME).timestamp()) // DAY
        token = str(self._signer.dumps([file_id.hex, last_day]))
        return f"files/{token}/{quote(attachment.name or 'file', safe='')}"

    def link(self, attachment: Attachment) -> str | None:
        """The public address of a file of ours; None where it has none."""
        path = self.path(attachment)
        return f"{self.base}/{path}" if self.base and path else None

    def read(self, token: str) -> UUID | None:
        """Which file an address of ours names; None when it is forged or has ended."""
        try:
            file_id, last_day = self._signer.loads(token)
        except BadSignature:
            return None
        return UUID(file_id) if self._clock().timestamp() < (last_day + 1) * DAY else None


def public_files(
    attachments: Iterable[dict[str, Any]], links: FileLinks, *, base: str | None = None
) -> list[Attachment]:
    """Of a message's files those that its customer can fetch, and where; not what only a channel can open.

    Those that we keep lie under `base`; without one they are told as seen from the root of our pages.
    """
    found = []
    for file in map(Attachment.from_json, attachments):
        if path := links.path(file):
            found.append(replace(file, ref=path if base is None else f"{base.rstrip('/')}/{path}"))
        elif file.ref.startswith("https://"):
            found.append(file)
    return found


def serve(file: StoredFile, *, shared: bool = False) -> Response:
    """A file of ours: a picture is shown, everything else is saved. Nothing in it runs on our pages.

    `shared` is for an address that other sites may show, and that browsers may keep.
    """
    how = "inline" if file.is_picture else "attachment"
    return Response(
        file.content,
        media_type=file.mime,
        headers={
            "Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": f"private, max-age={DAY}, immutable" if shared else "no-store",
            "Cross-Origin-Resource-Policy": "cross-origin" if shared else "same-origin",
        },
    )


def routes(database: Database, links: FileLinks) -> APIRouter:
    """GET /files/{token}/{name}. The name is for people: what counts is signed."""
    router = APIRouter(include_in_schema=False)
    files = Files(database)

    @router.get("/files/{token}/{name}")
    async def download(token: str, name: str) -> Response:
        file_id = links.read(token)
        if file_id is None:
            return _gone()
        try:
            return serve(await files.get(file_id), shared=True)
        except NotFound:  # removed with its message, or its person
            return _gone()

    return router


def _gone() -> Response:
    return PlainTextResponse(GONE, status_code=404, headers={"Cache-Control": "no-store"})

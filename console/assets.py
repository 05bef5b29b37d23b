"""Static files of the pages, named with their content's hash so that browsers may keep them for ever."""

import hashlib
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

_contents = {
    path.relative_to(_FOLDER).as_posix(): path.read_bytes()
    for path in _FOLDER.rglob("*")
    if path.suffix in _TYPES
}
_hashes = {name: hashlib.sha256(content).hexdigest()[:12] for name, content in _contents.items()}


def asset_url(name: str) -> str:
    """The address of a static file."""
    return f"/console/static/{name}?v={_hashes[name]}"


def routes() -> APIRouter:
    """GET /console/static/{name}."""
    router = APIRouter()

    @router.get("/console/static/{name:path}", include_in_schema=False)
    async def static_file(name: str, v: str = "") -> Response:
        if name not in _contents:
            raise HTTPException(404)
        fresh = v == _hashes[name]
        return Response(
            _contents[name],
            media_type=_TYPES[Path(name).suffix],
            headers={
                "Cache-Control": "public, max-age=31536000, immutable" if fresh else "no-cache",
                "X-Content-Type-Options": "nosniff",
            },
        )

    return router

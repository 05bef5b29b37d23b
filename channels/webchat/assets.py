"""The widget's script: its parts and its style sheet put together once, served with an ETag."""

import json
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response

STATIC = Path(__file__).parent / "static"
STYLE = "widget.css"
PARTS = ("texts.js", "storage.js", "connection.js", "elements.js", "transcript.js", "widget.js")  # in order
MAX_AGE = 300  # seconds a browser may use the script without asking; then the ETag decides


def build_script() -> bytes:
    """One classic script: nothing of it is visible to the page but the element <shouwen-chat>."""
    style = json.dumps((STATIC / STYLE).read_text(encoding="utf-8"), ensure_ascii=False)
    parts = [(STATIC / name).read_text(encoding="utf-8") for name in PARTS]
    return "\n".join(['(() => {\n"use strict";', f"const STYLE = {style};", *parts, "})();\n"]).encode()


def add_script(router: APIRouter) -> None:
    """Serve the script at /widget.js."""
    script = build_script()
    etag = f'"{sha256(script).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={MAX_AGE}",
        "X-Content-Type-Options": "nosniff",
        # Shops' pages on other origins load it, those that ask for isolation included.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }

    @router.get("/widget.js", include_in_schema=False)
    async def widget(request: Request) -> Response:
        """The chat widget."""
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)

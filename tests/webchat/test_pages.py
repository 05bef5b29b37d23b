"""What the server hands to browsers: the widget's script and the page /chat."""

import httpx
import pytest

from channels.webchat.assets import build_script
from tests.webchat.server import ChatServer


async def test_the_script_is_cached_by_its_etag(server: ChatServer) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        whole = await http.get("/widget.js")
        assert whole.status_code == 200
        assert whole.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "max-age" in whole.headers["cache-control"]
        assert whole.content == build_script()
        again = await http.get("/widget.js", headers={"If-None-Match": f"W/{whole.headers['etag']}"})
        assert (again.status_code, again.content) == (304, b"")
        other = await http.get("/widget.js", headers={"If-None-Match": '"another"'})
        assert other.status_code == 200


async def test_the_script_needs_no_eval_and_parses_no_html() -> None:
    script = build_script().decode()
    for forbidden in (
        "eval(",
        "new Function",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
    ):
        assert forbidden not in script


@pytest.mark.parametrize(
    ("path", "accepts", "language", "title"),
    [
        ("/chat", "zh-CN,zh;q=0.9", "zh-CN", "在线客服"),
        ("/chat", "en-GB,en;q=0.9", "en", "Customer care"),
        ("/chat", "fr", "zh-CN", "在线客服"),
        ("/chat?lang=en", "zh-CN", "en", "Customer care"),
        ("/chat?lang=zh", "en", "zh-CN", "在线客服"),
        ('/chat?lang="><script>', "en", "en", "Customer care"),
    ],
)
async def test_the_page_speaks_the_visitors_language(
    server: ChatServer, path: str, accepts: str, language: str, title: str
) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        page = await http.get(path, headers={"Accept-Language": accepts})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert f"<title>{title}</title>" in page.text
    assert '"><script>' not in page.text


async def test_the_page_allows_nothing_inline_and_only_own_frames(server: ChatServer) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:
        page = await http.get("/chat")
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "style=" not in page.text
    assert "<style" not in page.text

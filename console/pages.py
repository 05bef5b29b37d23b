"""Pages: templates, the reader's language, and the headers every page carries."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from console import nav
from console.assets import asset_url
from console.texts import PageTexts
from core.languages import ReplyLanguage, to_reply_language
from handoff.agents import Agent

LANGUAGE_COOKIE = "shouwen_language"
YEAR = 365 * 24 * 3600  # seconds

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language_of(request: Request) -> ReplyLanguage:
    """The reader's language: asked for by `?lang=`, kept in the cookie, or the browser's choice."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if language := to_reply_language(chosen):
            return language
    for tag in request.headers.get("accept-language", "").split(","):
        if language := to_reply_language(tag.strip()):
            return language
    return "zh"


def texts_for(request: Request) -> PageTexts:
    """The texts in the reader's language."""
    return PageTexts(language_of(request))


def page(
    request: Request,
    template: str,
    context: Mapping[str, object],
    *,
    here: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    """A whole page; its bar is that of the context's `agent`.

    `here` is where the language switch leads, the request's own address if not given.
    """
    texts = texts_for(request)
    query = {} if here else dict(request.query_params)
    query["lang"] = "en" if texts.language == "zh" else "zh"
    switch = f"{here or request.url.path}?{urlencode(query)}"
    agent = context.get("agent")
    links = nav.links(agent, request.url.path) if isinstance(agent, Agent) else []
    response = fragment(
        request, template, {**context, "switch_language_url": switch, "nav": links}, status=status
    )
    if to_reply_language(request.query_params.get("lang")):
        response.set_cookie(LANGUAGE_COOKIE, texts.language, max_age=YEAR, httponly=True, samesite="lax")
    return response


def fragment(
    request: Request, template: str, context: Mapping[str, object], *, status: int = 200
) -> HTMLResponse:
    """A part of a page."""
    return HTMLResponse(render(request, template, context), status, headers=HEADERS)


def render(request: Request, template: str, context: Mapping[str, object]) -> str:
    """A part of a page, as text."""
    return render_in(texts_for(request), template, context)


def render_in(texts: PageTexts, template: str, context: Mapping[str, object]) -> str:
    """The same for whom no request tells of."""
    return _templates.get_template(template).render(
        {**context, "t": texts, "language": texts.language, "asset": asset_url}
    )

"""The page /chat: the chat widget over the whole page, for a link, a QR code or a frame on the home page."""

from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from core.languages import ReplyLanguage, to_reply_language

TEMPLATES = Path(__file__).parent / "templates"

# Nothing inline, nothing from elsewhere; the widget brings its style along. The home page frames us.
POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
TITLES: Mapping[ReplyLanguage, str] = {"zh": "在线客服", "en": "Customer care"}


def routes(
    *, titles: Mapping[ReplyLanguage, str] = TITLES, default_language: ReplyLanguage = "zh"
) -> APIRouter:
    """The page. `titles` name the chat in each language; `?lang=zh` or `?lang=en` chooses one.

    Without `lang` the visitor's browser decides, and `default_language` where it knows neither.
    """
    templates = Jinja2Templates(TEMPLATES)
    router = APIRouter()

    @router.get("/chat", response_class=HTMLResponse, include_in_schema=False)
    async def chat(request: Request, lang: str | None = None) -> Response:
        """The chat page."""
        asked = to_reply_language(lang)
        preferred = to_reply_language(request.headers.get("accept-language", "").split(",")[0])
        language = asked or preferred or default_language
        return templates.TemplateResponse(
            request,
            "chat.html",
            {"language": language, "titles": titles, "title": titles[language]},
            headers={
                "Content-Security-Policy": POLICY,
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-cache",
            },
        )

    return router

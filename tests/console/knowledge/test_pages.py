"""Every page of the knowledge base answers, in both languages, and the list finds what is looked for."""

import pytest

from tests.console.knowledge.study import HOME, Study

PAGES = (
    "",
    "/entries/new",
    "/entries/late",
    "/lists/synonyms",
    "/lists/out_of_scope",
    "/lists/replies",
    "/golden",
    "/try?q=hello",
    "/publish",
    "/history",
    "/history/compare?old=1",
    "/transfer",
)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_is_shown(study: Study, language: str) -> None:
    async with study.signed_in(language=language) as browser:
        for path in PAGES:
            response = await browser.get(HOME + path)
            assert response.status_code == 200, (path, response.text[:500])
            assert "default-src 'none'" in response.headers["content-security-policy"]
            assert "<style" not in response.text and 'style="' not in response.text
        assert (await browser.get("/console/audit")).status_code == 200

"""In which language a request is answered."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from qa.chat import i18n
from qa.chat.page_language import COOKIE, LanguageMiddleware, told_in_language


def _page(_request: Request) -> Response:
    return HTMLResponse(f'<html lang="en"><p>{i18n.gettext("Library")}</p></html>')


def _function(_request: Request) -> Response:
    return JSONResponse(i18n.gettext("Library"))


@pytest.fixture
def client() -> TestClient:
    """Return a client of a page and of a function that it calls."""
    routes = [Route("/", _page), Route("/function", _function)]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(LanguageMiddleware)]))


def test_a_page_is_told_in_the_language_of_the_browser(client: TestClient) -> None:
    """With its direction, whole, and not to be kept for readers of another language."""
    page = client.get("/", headers={"Accept-Language": "ar;q=0.9, tlh"})
    assert page.text == '<html lang="ar" dir="rtl" data-language="ar"><p>المكتبة</p></html>'
    assert int(page.headers["content-length"]) == len(page.content)
    assert page.headers["vary"] == "Accept-Language, Cookie"
    assert "set-cookie" not in page.headers


def test_what_is_chosen_is_remembered(client: TestClient) -> None:
    """By a cookie, which no script needs; the address comes before the cookie, that before the browser."""
    page = client.get("/?lang=de", headers={"Accept-Language": "fr"})
    assert "Bibliothek" in page.text
    assert page.headers["set-cookie"].startswith(f"{COOKIE}=de; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(page.headers["set-cookie"].split("; "))
    assert "Bibliothek" in client.get("/", headers={"Accept-Language": "fr"}).text
    assert "Biblioteca" in client.get("/?lang=es").text


@pytest.mark.parametrize("code", ["xx", "", "<script>", "en%0d%0aX: y"])
def test_what_is_no_language_changes_nothing(client: TestClient, code: str) -> None:
    """Neither the page nor the cookie holds it."""
    page = client.get(f"/?lang={code}", headers={"Cookie": f"{COOKIE}=xx"})
    assert page.text == '<html lang="en" dir="ltr" data-language="en"><p>Library</p></html>'
    assert "set-cookie" not in page.headers


def test_a_page_calls_in_its_own_language(client: TestClient) -> None:
    """Whatever was chosen in another tab since: the page names its language with each call."""
    client.get("/?lang=de")
    assert client.get("/function", headers={"Accept-Language": "es"}).json() == "Biblioteca"


def test_what_went_wrong_is_told_in_the_language() -> None:
    """The error of a function of the page, not its value."""
    failing = told_in_language(
        lambda _: {"error": "there is nothing to export yet: ask something first"}
    )
    working = told_in_language(lambda value: {"value": value})
    with i18n.spoken("de"):
        assert failing({})["error"].startswith("Es gibt noch nichts zu exportieren")
        assert working("is empty") == {"value": "is empty"}

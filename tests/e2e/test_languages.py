"""The page in other languages than English: chosen by the browser or the reader, and right to left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from qa.types import Article
from tests.e2e.asking import FINISHED, Perform, outside
from tests.e2e.test_access import violations
from tests.fakes import FakePipeline, found

pytestmark = pytest.mark.e2e

SPANISH = Article(
    "faro.md",
    "El faro de Cala Lunar vuelve a encenderse",
    "Tras once años a oscuras, el faro volvió a encenderse. La reparación costó dos millones.",
    "Diario de la Costa",
    "2026-03-14",
    language="es",
)
ENGLISH = Article(
    "lock.md",
    "The lock at Ostrel opens again",
    "After three weeks of repairs, ships pass once more. Forty boats waited at noon.",
    "Ostrel Courier",
    "2026-05-04",
    language="en",
)
COST, BOATS = "¿Cuánto costó la reparación?", "How many boats waited?"
PIPELINE = FakePipeline(
    (SPANISH, ENGLISH),
    evidence={
        COST: (found(SPANISH, "La reparación costó dos millones.", "dos millones"),),
        BOATS: (found(ENGLISH, "Forty boats waited at noon.", "Forty"),),
    },
)


def opened(context: BrowserContext, address: str, *, width: int = 1280) -> Page:
    """Return the page once it says how many articles there are."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(address)
    expect(page.locator("#notice .note:not([role])")).to_be_visible()
    return page


def asked(page: Page, question: str) -> None:
    """Ask, and wait for the reply."""
    before = page.locator(".exchange").count()
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    expect(page.locator(".exchange").nth(before).locator(FINISHED)).to_be_visible()


def sideways(page: Page) -> int:
    """Return by how many pixels the page scrolls sideways."""
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_arabic_is_laid_out_from_right_to_left(
    browser: Browser, perform: Perform, width: int
) -> None:
    """For a browser that wants Arabic; quotes keep their language and direction, axe finds nothing."""
    context = browser.new_context(locale="ar-EG")
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = opened(context, perform(PIPELINE), width=width)
    root = page.locator("html")
    expect(root).to_have_attribute("lang", "ar")
    expect(root).to_have_attribute("dir", "rtl")
    seen = {"empty": violations(page)}
    asked(page, BOATS)
    asked(page, "?")
    quote = page.locator("#transcript .answered q").first
    expect(quote).to_have_attribute("lang", "en")
    expect(page.locator("#transcript .verdict")).to_have_css("direction", "rtl")
    heading = page.locator(".question").first  # an English question on the Arabic page
    expect(heading).to_have_css("direction", "ltr")
    seen["answers"] = violations(page)
    assert sideways(page) == 0
    if width > 1000:
        chat, sources = (page.locator(css).bounding_box() for css in ("#chat", "#evidence"))
        assert chat is not None
        assert sources is not None
        assert chat["x"] > sources["x"] + sources["width"]
    page.locator(".masthead [data-view=library]").click()
    expect(page.locator("#library .entry")).to_have_count(2)
    seen["library"] = violations(page)
    assert sideways(page) == 0
    context.close()
    assert {view: broken for view, broken in seen.items() if broken} == {}
    assert outside(requested) == []


def test_a_reader_chooses_spanish(browser: Browser, perform: Perform) -> None:
    """What is chosen comes before the browser's language, is remembered, and holds for all the page says."""
    context = browser.new_context(locale="fr-FR")
    page = opened(context, perform(PIPELINE))
    expect(page.locator(".masthead h1")).to_have_text("Interrogez les articles")
    page.locator("[data-languages]").select_option("es")
    expect(page.locator(".masthead h1")).to_have_text("Pregunta a los artículos")
    assert "lang" not in page.url
    expect(page).to_have_title("Pregunta a los artículos")
    expect(page.locator("html")).to_have_attribute(
        "lang", "es"
    )  # not the browser's, as Gradio has it
    expect(page.locator("#notice .note")).to_have_text("2 artículos de 2 medios")
    asked(page, COST)
    expect(page.locator("#sources .byline").last).to_have_text(
        "Diario de la Costa · 14 de marzo de 2026"
    )
    assert (
        page.locator("#transcript .answered [lang]").count() == 0
    )  # it is Spanish, as the page is
    asked(page, BOATS)
    expect(page.locator("#sources .sources-of:not([hidden]) .byline")).to_contain_text("inglés")
    asked(page, "¿Quién ganó la regata?")
    expect(page.locator(".abstained .verdict")).to_have_text("No está en los artículos")
    page.locator(".actions [data-copy]").last.click()
    expect(page.locator(".toast")).to_have_text(
        "Respuesta copiada, con sus fuentes.", use_inner_text=True
    )
    again = opened(context, page.url.partition("#")[0])
    expect(again.locator(".masthead h1")).to_have_text("Pregunta a los artículos")
    page.reload()  # a stored conversation is told in the language as well
    expect(page.locator(".abstained .verdict")).to_have_text("No está en los artículos")
    context.close()


def test_an_address_names_the_language(browser: Browser, perform: Perform) -> None:
    """With ?lang=; an unknown one is no language, and English is as ever."""
    context = browser.new_context(locale="en-US")
    address = perform(PIPELINE)
    expect(opened(context, f"{address}/?lang=xx").locator("html")).to_have_attribute("lang", "en")
    page = opened(context, f"{address}/?lang=zh")
    expect(page.locator(".masthead h1")).to_have_text("问文章")
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    context.close()

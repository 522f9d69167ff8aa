"""From a marker to its quote: beside the marker, and in the whole article."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from qa.types import Article, Filter, Hit, Passage
from tests.e2e.asking import Perform, Visit, ask, box, opened, sources
from tests.e2e.collection import (
    ARTICLES,
    COUNTS,
    LOCK,
    QUESTION,
    QUOTE,
    QUOTES,
    TWO_SOURCES,
    UNKNOWN,
)
from tests.fakes import FakePipeline, HeldPipeline

pytestmark = pytest.mark.e2e

_TWICE = "What happened at the lock?"
_TWO_QUOTES = (QUOTE, COUNTS[0])
_IN_VIEW = """element => {
  const [own, around] = [element, element.closest("#evidence, dialog")].map(e => e.getBoundingClientRect());
  return own.top >= around.top && own.bottom <= Math.min(around.bottom, innerHeight);
}"""


def test_a_marker_opens_its_article_at_the_quote(page: Page) -> None:
    """Clicking [1] of an earlier answer opens the whole article, with exactly the quote marked, seen and focused."""
    first = ask(page, QUESTION)
    ask(page, TWO_SOURCES)
    first.get_by_role("button", name="Source 1").click()
    mark = opened(page).locator("mark")
    expect(mark).to_have_text(QUOTE)
    assert mark.evaluate(_IN_VIEW)
    expect(opened(page).locator("[data-place='cite-1-1']")).to_be_focused()
    expect(opened(page)).to_contain_text("Paragraph 39 tells of ropes")
    expect(page.get_by_role("dialog").get_by_role("heading", name=LOCK.title)).to_be_visible()
    page.get_by_role("button", name="Close the article").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(sources(page).get_by_role("heading")).to_have_text([LOCK.title])


def test_all_quotes_of_an_article_are_marked(perform: Perform, visit: Visit) -> None:
    """Two quotes in one article are both marked, and the one whose marker was clicked stands out."""
    page = visit(perform(FakePipeline(ARTICLES, {_TWICE: _TWO_QUOTES})))
    ask(page, _TWICE).get_by_role("button", name="Source 2").click()
    expect(opened(page).locator("mark")).to_have_text(list(_TWO_QUOTES))
    expect(opened(page).locator(".number")).to_have_text(["1", "2"])
    expect(opened(page).locator(".number.current")).to_have_text("2")
    page.get_by_role("button", name="Source 1").click()
    expect(opened(page).locator(".number.current")).to_have_text("1")


def test_a_reprint_opens_under_its_own_head(perform: Perform, visit: Visit) -> None:
    """Outlets that reprint a story are named below its quote; each opens its own article, under its own head."""
    reprint = Article("reprint.md", "Lock reopens", LOCK.text, "The Herald", "2026-05-06")

    class Printed(FakePipeline):
        def search(self, query: str, *, k: int = 10, where: Filter | None = None) -> list[Hit]:
            whole = [Passage(a.id, a.id, 0, len(a.text), a.text) for a in (LOCK, reprint)]
            return [Hit(whole[0], 1.0, 1, "hybrid", (whole[1],))]

    page = visit(perform(Printed([LOCK, reprint], QUOTES)))
    ask(page, QUESTION)
    expect(sources(page)).to_contain_text("Also printed in The Herald", use_inner_text=True)
    sources(page).get_by_role("button", name="The Herald").click()
    head = page.get_by_role("dialog")
    expect(head.get_by_role("heading", name="Lock reopens")).to_be_visible()
    expect(head.locator(".byline")).to_contain_text("The Herald")
    expect(opened(page).locator("mark")).to_have_count(0)


def test_headings_of_an_article_read_as_headings(perform: Perform, visit: Visit) -> None:
    """Their hashes are hidden, a quote across one is marked whole, and other markup in the article stays text."""
    quote = "The wall rose.\n\n## [The cost](http://evil.invalid/)\n\nIt was paid in May."
    article = Article(
        "wall.md", "The wall", f"# The wall\n\n{quote}\n\n### <b>Later</b>\n\nNothing since."
    )
    page = visit(perform(FakePipeline([article], {"What rose?": [quote]})))
    ask(page, "What rose?").get_by_role("button", name="Source 1").click()
    expect(opened(page).get_by_role("heading")).to_have_text(
        ["# The wall", "## [The cost](http://evil.invalid/)", "### <b>Later</b>"]
    )
    headings = (
        opened(page).get_by_role("heading").evaluate_all("found => found.map(e => e.innerText)")
    )
    assert headings == ["The wall", "[The cost](http://evil.invalid/)", "<b>Later</b>"]
    assert "".join(opened(page).locator("mark").all_text_contents()) == quote
    expect(opened(page).locator("a, b, img")).to_have_count(0)


def test_a_sources_button_opens_the_article_from_its_beginning(page: Page) -> None:
    """The reading view holds the article to its last paragraph; also that of a passage that is only related."""
    ask(page, UNKNOWN)
    sources(page).filter(has_text=LOCK.title).get_by_role(
        "button", name="Read the whole article"
    ).click()
    expect(opened(page)).to_contain_text("Paragraph 39 tells of ropes")
    expect(opened(page).locator("mark")).to_have_count(0)
    expect(opened(page)).to_be_focused()


def test_pointing_at_a_marker_shows_its_quote(page: Page) -> None:
    """The quote with its title, outlet and date shows beside the marker while the pointer is on either of them."""
    reply = ask(page, TWO_SOURCES)
    peek = page.get_by_role("tooltip")
    reply.get_by_role("button", name="Source 2").hover()
    expect(peek).to_contain_text(COUNTS[1])
    expect(peek).to_contain_text("The Tidewatch · 4 May 2026")
    peek.hover()
    page.wait_for_timeout(300)  # longer than it stays when the pointer has left
    expect(peek).to_be_visible()
    box(page).hover()
    expect(peek).not_to_be_visible()


def test_the_keyboard_shows_and_opens_a_quote(page: Page) -> None:
    """Focus on a marker shows the quote, which describes it; Escape hides it, Enter opens, Escape leads back."""
    ask(page, QUESTION)
    marker = page.get_by_role("button", name="Source 1")
    page.keyboard.press("Tab")
    while not marker.evaluate("e => e === document.activeElement"):
        page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("tooltip")).to_contain_text(QUOTE)
    expect(marker).to_have_accessible_description(
        f"{QUOTE} {LOCK.title} · Ostrel Courier · 4 May 2026"
    )
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).not_to_be_visible()
    page.keyboard.press("Enter")
    expect(opened(page).locator("[data-place='cite-1-1']")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(marker).to_be_focused()


def test_a_phone_opens_the_article_as_a_sheet(visit: Visit) -> None:
    """It covers the page, which is out of reach meanwhile, shows the quote, and a tap beside it closes it."""
    page = visit(width=390, height=844)
    page.emulate_media(reduced_motion="reduce")  # no animation: it is in its final place at once
    marker = ask(page, QUESTION).get_by_role("button", name="Source 1")
    marker.click()
    expect(opened(page).locator("mark")).to_have_text(QUOTE)
    assert opened(page).locator("mark").evaluate(_IN_VIEW)
    sheet = page.get_by_role("dialog")
    assert sheet.evaluate("e => e.matches(':modal')")
    place = sheet.bounding_box()
    assert place is not None
    assert (place["x"], place["width"]) == (0, 390)
    assert place["y"] + place["height"] == pytest.approx(844, abs=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.mouse.click(195, 20)
    expect(sheet).to_have_count(0)
    expect(marker).to_be_focused()


def test_reading_goes_on_until_the_next_answer(perform: Perform, visit: Visit) -> None:
    """An open article stays while the next answer is written; then its sources take the place."""
    held = HeldPipeline(ARTICLES, QUOTES, after=1)
    held.let_go.set()
    page = visit(perform(held))
    ask(page, QUESTION).get_by_role("button", name="Source 1").click()
    expect(opened(page).locator("mark")).to_have_text(QUOTE)
    held.let_go.clear()
    box(page).fill(TWO_SOURCES)
    box(page).press("Enter")
    expect(page.locator(".reply.partial")).to_be_visible()
    expect(opened(page)).to_be_visible()
    held.let_go.set()
    expect(sources(page).locator("mark")).to_have_text(list(COUNTS))
    expect(page.get_by_role("dialog")).to_have_count(0)

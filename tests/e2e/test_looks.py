"""How the page sits on a screen, and that it needs no other host."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.asking import Visit, ask, box, opened, outside, sources
from tests.e2e.collection import ACCOUNTS, QUESTION, TWO_SOURCES, UNKNOWN

pytestmark = pytest.mark.e2e

# WCAG 2.2, success criterion 1.4.3.
_LEAST_CONTRAST = 4.5
_CONTRAST = """element => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const luminance = colour => {
    const linear = v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = channels(colour).map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground = element;
  const clear = colour => channels(colour)[3] === 0;
  while (ground.parentElement && clear(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
  const pair = [luminance(getComputedStyle(element).color), luminance(getComputedStyle(ground).backgroundColor)];
  return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
}"""
_TEXTS = (
    ".masthead h1",
    ".masthead p",
    "#notice .note",
    ".question",
    ".answered .piece",
    ".answered q",
    ".origin",
    ".marker",
    ".confidence .word",
    ".confidence .meaning",
    ".abstained .note",
    ".hint",
    ".hint .command",
    ".card h3",
    ".byline",
    "mark",
    ".number",
    ".whole .quiet",
    ".submit-button",
)


def _contrast(text: Locator) -> float:
    return float(text.first.evaluate(_CONTRAST))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_can_be_read(visit: Visit, *, dark: bool) -> None:
    """In light and in dark each kind of text has the contrast to its background that WCAG requires."""
    page = visit(dark=dark)
    for question in (UNKNOWN, ACCOUNTS, QUESTION):
        ask(page, question)
    expect(sources(page)).to_be_visible()
    faint = {
        css: ratio for css in _TEXTS if (ratio := _contrast(page.locator(css))) < _LEAST_CONTRAST
    }
    assert faint == {}


def test_the_dark_scheme_is_dark(visit: Visit) -> None:
    """Visitors who prefer dark get light text on a dark background."""
    page = visit(dark=True)
    expect(page.locator("#page")).to_have_css("color", "rgb(236, 230, 218)")
    expect(page.locator("body")).to_have_css("background-color", "rgb(25, 23, 20)")


def test_a_phone_shows_all_in_one_column(visit: Visit) -> None:
    """At 390 pixels nothing scrolls sideways, and the sources follow below the conversation."""
    page = visit(width=390, height=844)
    ask(page, TWO_SOURCES)
    expect(sources(page)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    chat, evidence = page.locator("#chat").bounding_box(), page.locator("#evidence").bounding_box()
    assert chat is not None
    assert evidence is not None
    assert evidence["y"] >= chat["y"] + chat["height"]


def test_a_phone_brings_a_new_answer_into_view(visit: Visit) -> None:
    """After several questions the newest is on the screen without scrolling by hand."""
    page = visit(width=390, height=700)
    for _ in range(4):
        newest = ask(page, TWO_SOURCES)
    expect(newest).to_be_in_viewport()
    expect(box(page)).to_be_in_viewport()


def test_a_desk_shows_both_at_once(page: Page) -> None:
    """On a wide screen the sources are beside the conversation and the question box stays on the screen."""
    for _ in range(6):
        newest = ask(page, TWO_SOURCES)
    expect(newest).to_be_in_viewport()
    expect(box(page)).to_be_in_viewport()
    chat, evidence = page.locator("#chat").bounding_box(), page.locator("#evidence").bounding_box()
    assert chat is not None
    assert evidence is not None
    assert evidence["x"] >= chat["x"] + chat["width"]
    assert page.evaluate("document.documentElement.scrollHeight") <= 800


def test_an_earlier_answer_stays_within_reach(page: Page) -> None:
    """On a wide screen the wheel brings the first question back, and the masthead never leaves."""
    for _ in range(8):
        ask(page, TWO_SOURCES)
    first = page.locator(".question").first
    expect(first).not_to_be_in_viewport()
    expect(page.locator(".masthead")).to_be_in_viewport(ratio=1)
    page.locator("#transcript").hover()
    page.mouse.wheel(0, -10_000)
    expect(first).to_be_in_viewport()


def test_a_low_screen_reaches_everything(visit: Visit) -> None:
    """Where two columns that scroll would leave no room for either, all is one column: as under 200 % zoom."""
    page = visit(width=1100, height=420)
    newest = ask(page, QUESTION)
    expect(newest).to_be_in_viewport()
    expect(box(page)).to_be_in_viewport()
    chat, evidence = page.locator("#chat").bounding_box(), page.locator("#evidence").bounding_box()
    assert chat is not None
    assert evidence is not None
    assert evidence["y"] >= chat["y"] + chat["height"]


def test_no_other_host_is_asked(page: Page, requested: list[str]) -> None:
    """From the first load to an opened article every request goes to the chat's own server."""
    ask(page, QUESTION)
    sources(page).get_by_text("Read the whole article").click()
    expect(opened(page)).to_contain_text("Paragraph 39")
    assert len(requested) > 5
    assert outside(requested) == []

"""Articles, titles and questions that try to be more than text."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from qa.chat.page import build
from tests.e2e.asking import Serve, Visit, ask, opened, sources
from tests.e2e.collection import (
    ATTACK,
    ATTACK_ITEM,
    ATTACK_QUOTE,
    ATTACK_SHORT,
    HOSTILE,
    HOSTILE_ACCOUNTS,
    HOSTILE_LIST,
)
from tests.fakes import FakePipeline

pytestmark = pytest.mark.e2e

_TITLE = HOSTILE.title


def _expect_harmless(page: Page) -> None:
    """Nothing ran, and nothing of the attack became an element."""
    made = page.locator("#page").locator(
        "img, script, b, code, .katex, a:not([rel='noopener noreferrer'])"
    )
    expect(made).to_have_count(0)
    assert page.evaluate("window.attacked") is None


def test_markup_in_an_article_shows_as_text(page: Page) -> None:
    """Script, image, markdown, template, LaTeX and entity all show letter by letter, and do nothing."""
    reply = ask(page, ATTACK)
    expect(reply).to_have_text(f"{ATTACK_QUOTE} [1]")
    expect(sources(page).locator("mark")).to_have_text(ATTACK_QUOTE)
    _expect_harmless(page)


def test_markup_in_an_item_shows_as_text(page: Page) -> None:
    """An item of a list is as harmless as a sentence, and leaves the next one alone."""
    items = ask(page, HOSTILE_LIST).get_by_role("list").get_by_role("listitem")
    expect(items).to_have_text([f"{ATTACK_ITEM} [1]", "fifty-two [2]"])
    _expect_harmless(page)


def test_markup_in_an_account_shows_as_text(page: Page) -> None:
    """Short answer, outlet, date and sentence of an account all show letter by letter, and do nothing."""
    account = ask(page, HOSTILE_ACCOUNTS).get_by_role("list").get_by_role("listitem").first
    expect(account.locator("strong")).to_have_text(ATTACK_SHORT)
    expect(account.locator(".origin")).to_have_text(
        "<script>window.attacked = 1</script> · <b>today</b> [1]"
    )
    expect(account.locator("q")).to_have_text(f"“{ATTACK_QUOTE}”")
    _expect_harmless(page)


def test_markup_in_a_title_shows_as_text(page: Page) -> None:
    """Title, outlet, date and author show as they are, and an address that is a script is no link."""
    ask(page, ATTACK)
    expect(sources(page).get_by_role("heading")).to_have_text(_TITLE)
    expect(sources(page).locator(".byline")).to_have_text(
        "<script>window.attacked = 1</script> · <b>today</b> · {{author}}"
    )
    _expect_harmless(page)


def test_markup_in_the_reading_view_shows_as_text(page: Page) -> None:
    """The whole article is as harmless as its excerpt."""
    ask(page, ATTACK)
    sources(page).get_by_text("Read the whole article").click()
    expect(opened(page).locator("mark")).to_have_text(ATTACK_QUOTE)
    _expect_harmless(page)


def test_markup_in_a_question_shows_as_text(page: Page) -> None:
    """A question is repeated letter by letter."""
    ask(page, f"{ATTACK_QUOTE} & is &amp; a question?")
    expect(page.locator(".question")).to_have_text(
        f"You asked: {ATTACK_QUOTE} & is &amp; a question?"
    )
    _expect_harmless(page)


def test_markup_in_an_example_shows_as_text(serve: Serve, visit: Visit) -> None:
    """A title that becomes an example question stays text, on its button and when asked."""
    question = f"What is reported in “{_TITLE}”?"
    page = visit(serve(build(FakePipeline([HOSTILE], {question: (ATTACK_QUOTE,)}))))
    example = page.locator(".example:visible")
    expect(example).to_have_text(question)
    example.click()
    expect(page.locator(".reply.answered")).to_be_visible()
    expect(page.locator(".question")).to_contain_text(_TITLE)
    _expect_harmless(page)


@pytest.mark.parametrize("question", [ATTACK, HOSTILE_LIST])
def test_a_direction_override_ends_with_its_text(page: Page, question: str) -> None:
    """An unclosed right-to-left override in a quote or an item does not carry the marker away from its end."""
    reply = ask(page, question)
    marker = reply.get_by_role("button").first.bounding_box()
    boxes = reply.locator(".piece").first.evaluate(
        "e => [...e.getClientRects()].map(r => [r.top, r.right])"
    )
    assert marker is not None
    last_line = [right for top, right in boxes if abs(top - boxes[-1][0]) < 10]
    below = marker["y"] > boxes[-1][0] + 10
    assert below or marker["x"] >= max(last_line) - 1


@pytest.mark.parametrize("width", [390, 1280])
def test_a_word_without_end_wraps(page: Page, width: int) -> None:
    """Twenty thousand letters without a space make the page longer, not wider."""
    page.set_viewport_size({"width": width, "height": 800})
    ask(page, ATTACK)
    sources(page).get_by_text("Read the whole article").click()
    expect(opened(page)).to_contain_text("wwww")
    assert page.get_by_role("dialog").evaluate("e => e.scrollWidth <= e.clientWidth")
    page.keyboard.press("Escape")
    ask(page, "w" * 1_900)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_tower_of_marks_stays_in_its_column(page: Page) -> None:
    """Combining characters, which no line break divides, do not spread over their neighbours."""
    ask(page, "Z" + "\u0316\u0301" * 800)
    assert page.locator("#transcript").evaluate("e => e.scrollWidth <= e.clientWidth")
    expect(page.locator(".exchange")).to_have_css("overflow", "clip")

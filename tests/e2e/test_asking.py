"""Asking, and what comes back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from qa.types import Turn
from tests.e2e.asking import Perform, Visit, ask, box, opened, sources
from tests.e2e.collection import ARTICLES, COUNTS, QUESTION, QUOTE, QUOTES, TWO_SOURCES, UNKNOWN
from tests.fakes import NOTHING, FakePipeline, HeldPipeline

pytestmark = pytest.mark.e2e


@pytest.fixture
def held() -> HeldPipeline:
    """Return a pipeline that stops after the first statement of an answer."""
    return HeldPipeline(ARTICLES, QUOTES, after=1)


@pytest.fixture
def held_page(perform: Perform, visit: Visit, held: HeldPipeline) -> Page:
    """Return the chat over `held`."""
    return visit(perform(held))


def test_an_answer_arrives_statement_by_statement(held: HeldPipeline, held_page: Page) -> None:
    """The first statement shows while the rest is still awaited, and the finished answer carries its markers."""
    page = held_page
    box(page).fill(TWO_SOURCES)
    box(page).press("Enter")
    expect(page.locator(".reply.partial")).to_have_text(f"{COUNTS[0]} [1]")
    expect(page.locator(".reply.partial").get_by_role("button")).to_have_count(0)
    held.let_go.set()
    answer = page.locator(".reply.answered")
    expect(answer).to_have_text(f"{COUNTS[0]} [1] {COUNTS[1]} [2]")
    expect(
        answer.get_by_role("button", name="Source 1: The lock at Ostrel opens again")
    ).to_have_text("[1]")


def test_only_the_newest_exchange_is_sent_while_it_grows(
    held: HeldPipeline, held_page: Page
) -> None:
    """Earlier exchanges are the very same elements before, while and after another question is answered."""
    page = held_page
    held.let_go.set()
    ask(page, QUESTION)
    held.let_go.clear()
    page.evaluate("window.first = document.querySelector('.exchange')")
    page.evaluate("window.card = document.querySelector('.sources-of')")
    box(page).fill(TWO_SOURCES)
    box(page).press("Enter")
    expect(page.locator(".exchange").nth(1).locator(".reply.partial")).to_be_visible()
    assert page.evaluate("window.first === document.querySelector('.exchange')")
    held.let_go.set()
    expect(page.locator(".reply.answered")).to_have_count(2)
    assert page.evaluate("window.first === document.querySelector('.exchange')")
    assert page.evaluate("window.card === document.querySelector('.sources-of')")
    expect(page.locator(".sources-of:not([hidden])")).to_have_count(1)
    expect(sources(page)).to_have_count(2)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_read_is_named_on_one_line(
    held: HeldPipeline, perform: Perform, visit: Visit, width: int
) -> None:
    """While an answer is awaited, the articles that are read are named as text, in the line that was there before."""
    held.after = 0
    page = visit(perform(held), width=width)
    box(page).fill(QUESTION)
    box(page).press("Enter")
    waiting = page.locator(".reply.waiting")
    expect(waiting).to_contain_text(
        "Reading 3 passages in “Boatmen’s guild disputes the count”, “<img src=x"
    )
    lines = "e => e.clientHeight / parseFloat(getComputedStyle(e).lineHeight)"
    assert waiting.evaluate(lines) == pytest.approx(1, abs=0.1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.attacked") is None
    held.let_go.set()
    expect(page.locator(".reply.answered")).to_be_visible()
    expect(waiting).to_have_count(0)


def test_the_source_is_beside_the_answer(page: Page) -> None:
    """The panel names title, outlet and date, and marks exactly the quoted words within their context."""
    ask(page, QUESTION)
    card = sources(page)
    expect(card).to_have_count(1)
    expect(card.get_by_role("heading")).to_have_text("The lock at Ostrel opens again")
    expect(card).to_contain_text("Ostrel Courier · 4 May 2026 · Mara Venn")
    expect(card.locator("mark")).to_have_text(QUOTE)
    expect(card.locator("blockquote")).to_contain_text("After three weeks of repairs")


def test_each_outlet_has_its_own_card(page: Page) -> None:
    """An answer from two outlets shows both, each with its own words."""
    ask(page, TWO_SOURCES)
    expect(sources(page)).to_have_count(2)
    expect(sources(page).locator("mark")).to_have_text(list(COUNTS))
    expect(sources(page).locator(".outlet")).to_have_text(["Ostrel Courier", "The Tidewatch"])


def test_a_link_to_the_original_is_safe(page: Page) -> None:
    """The article's address opens elsewhere and learns nothing about this page."""
    ask(page, QUESTION)
    link = sources(page).get_by_role("link", name="original")
    expect(link).to_have_attribute("href", "https://courier.example/lock")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_an_abstention_is_shown_as_one(page: Page) -> None:
    """Without an answer the chat says so, and what comes near is called related, with nothing marked."""
    reply = ask(page, UNKNOWN)
    expect(reply).to_contain_text("Not in the articles")
    expect(reply).to_contain_text(NOTHING)
    expect(reply.locator(".marker")).to_have_count(0)
    expect(page.locator("#sources")).to_contain_text("Related passages, not an answer")
    expect(sources(page)).to_have_count(3)
    expect(page.locator("#sources mark")).to_have_count(0)


def test_a_follow_up_knows_what_was_said(page: Page, pipeline: FakePipeline) -> None:
    """The pipeline is given the turns before a question, and none with the first."""
    ask(page, QUESTION)
    ask(page, TWO_SOURCES)
    (first, nothing), (second, history) = pipeline.asked[-2:]
    assert (first, nothing, second) == (QUESTION, (), TWO_SOURCES)
    assert history == (
        Turn("user", QUESTION),
        Turn("assistant", f"{QUOTE} [1]", pipeline.answer(QUESTION)),
    )


def test_two_visitors_are_apart(visit: Visit, pipeline: FakePipeline) -> None:
    """One visitor's conversation neither shows to another nor becomes their history."""
    one, other = visit(), visit()
    ask(one, QUESTION)
    ask(other, UNKNOWN)
    expect(other.locator(".exchange")).to_have_count(1)
    expect(one.locator(".exchange")).to_have_count(1)
    assert pipeline.asked[-1] == (UNKNOWN, ())


def test_the_keyboard_is_enough(page: Page) -> None:
    """Shift+Enter breaks the line, Enter sends, Shift+Tab reaches all that is above the box, Enter follows a marker."""
    expect(box(page)).to_be_focused()
    page.keyboard.type("first line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("second line")
    expect(box(page)).to_have_value("first line\nsecond line")
    answer = ask(page, QUESTION)
    expect(box(page)).to_have_value("")
    expect(page.get_by_role("button", name="Edit the question")).to_be_visible()
    for name in ("lock ✕", "Edit the question", "Copy link", "Copy answer", "Wrong", "Right"):
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("note")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(answer.get_by_role("button")).to_be_focused()
    page.keyboard.press("Enter")
    expect(opened(page).locator("[data-place='cite-1-1']")).to_be_focused()


def test_nothing_is_asked_without_a_question(page: Page) -> None:
    """Blanks are not a question: the box empties and the welcome stays."""
    box(page).fill("   ")
    box(page).press("Enter")
    expect(box(page)).to_have_value("")
    expect(page.get_by_role("log")).to_contain_text("What would you like to know?")
    expect(page.locator(".exchange")).to_have_count(0)


def test_a_question_sent_early_waits_for_its_turn(held: HeldPipeline, held_page: Page) -> None:
    """Enter while an answer is still being written is not lost: that question is asked next, and once."""
    page = held_page
    box(page).fill(TWO_SOURCES)
    box(page).press("Enter")
    expect(page.locator(".reply.partial")).to_be_visible()
    box(page).fill(QUESTION)
    box(page).press("Enter")
    box(page).press("Enter")
    held.let_go.set()
    expect(page.locator(".reply.answered")).to_have_count(2)
    expect(page.locator(".reply.answered").last).to_have_text(f"{QUOTE} [1]")
    expect(box(page)).to_have_value("")
    expect(page.locator(".exchange")).to_have_count(2)


def test_blanks_leave_the_page_as_it_is(page: Page) -> None:
    """Enter in an empty box closes nothing that the reader has opened."""
    ask(page, QUESTION)
    sources(page).get_by_text("Read the whole article").click()
    expect(opened(page)).to_contain_text("Paragraph 39")
    box(page).fill("  ")
    box(page).press("Enter")
    expect(box(page)).to_have_value("")
    expect(opened(page)).to_be_visible()


def test_a_reader_of_the_screen_is_told(held: HeldPipeline, held_page: Page) -> None:
    """The conversation is a live region that is busy until the answer is complete."""
    page = held_page
    log = page.get_by_role("log", name="Conversation")
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(log).to_have_attribute("aria-busy", "true")
    held.let_go.set()
    expect(log).to_have_attribute("aria-busy", "false")
    expect(
        page.get_by_role("heading", level=2, name=re.compile(re.escape(QUESTION)))
    ).to_be_visible()

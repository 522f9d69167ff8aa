"""The forms of answers, and what surrounds them."""

from __future__ import annotations

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.e2e.asking import Perform, Visit, ask, box, opened
from tests.e2e.collection import (
    ACCOUNTS,
    ARTICLES,
    COUNTS,
    EVIDENCE,
    LISTED,
    ONE_THING,
    QUESTION,
    QUOTE,
    UNKNOWN,
)
from tests.fakes import HeldPipeline

pytestmark = pytest.mark.e2e

_MEANING = "In about 8 of 10 answers this sure, the first quote is an answer."


def _place(element: Locator) -> FloatRect:
    """Return the position of an element on the screen."""
    place = element.bounding_box()
    assert place is not None
    return place


def _parts(reply: Locator) -> list[tuple[float, float]]:
    """Return where on the screen each short answer, sentence, item and origin begins."""
    places = map(_place, reply.locator("strong, q, li, .origin").all())
    return [(place["x"], place["y"]) for place in places]


def _boxes(reply: Locator) -> tuple[FloatRect, FloatRect]:
    """Return where the two accounts of a reply stand."""
    accounts = reply.get_by_role("list").get_by_role("listitem")
    expect(accounts).to_have_count(2)
    return _place(accounts.first), _place(accounts.last)


def test_a_list_is_a_list_whose_markers_work(page: Page) -> None:
    """Two items are two list items, and the marker of the second leads to its own quote."""
    items = ask(page, LISTED).get_by_role("list").get_by_role("listitem")
    expect(items).to_have_text(["Forty [1]", "fifty-two [2]"])
    expect(items.first).to_have_css("list-style-type", "disc")
    items.last.get_by_role("button", name="Source 2: Boatmen’s guild disputes the count").click()
    expect(opened(page).locator("[data-place='cite-1-2']")).to_be_focused()
    expect(opened(page).locator("mark")).to_have_text(COUNTS[1])


def test_accounts_stand_beside_each_other_on_a_wide_screen(page: Page) -> None:
    """At 1280 pixels two accounts begin on one line, neither over the other, with their outlets and dates."""
    reply = ask(page, ACCOUNTS)
    first, second = _boxes(reply)
    assert first["y"] == second["y"]
    assert second["x"] >= first["x"] + first["width"]
    expect(reply.locator(".origin")).to_have_text(
        ["Ostrel Courier · 4 May 2026 [1]", "The Tidewatch · 4 May 2026 [2]"]
    )


def test_accounts_stand_below_each_other_on_a_phone(visit: Visit) -> None:
    """At 390 pixels the second account follows below the first, as wide as it."""
    page = visit(width=390, height=844)
    first, second = _boxes(ask(page, ACCOUNTS))
    assert second["y"] >= first["y"] + first["height"]
    assert (first["x"], first["width"]) == (second["x"], second["width"])


def test_a_marker_of_an_account_leads_to_its_quote(page: Page) -> None:
    """The second account's marker brings up the quote of the other outlet."""
    ask(page, ACCOUNTS).get_by_role("button", name="Source 2").click()
    expect(opened(page).locator("[data-place='cite-1-2']")).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_short_answer_stands_out_from_its_sentence(visit: Visit, width: int) -> None:
    """The short answer is set in bold and above the sentence, which is smaller and fainter."""
    reply = ask(visit(width=width), ONE_THING)
    short, sentence = reply.locator("strong"), reply.locator("q")
    expect(short).to_have_text("Ilse Brandt")
    expect(sentence).to_have_text(f"“{QUOTE}”")
    above, below = _place(short), _place(sentence)
    assert below["y"] >= above["y"] + above["height"] - 1
    sizes, colours = zip(
        *(
            e.evaluate("e => [parseFloat(getComputedStyle(e).fontSize), getComputedStyle(e).color]")
            for e in (short, sentence)
        ),
        strict=True,
    )
    assert sizes[0] > sizes[1]
    assert colours[0] != colours[1]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("question", [ONE_THING, ACCOUNTS, LISTED])
def test_what_has_been_read_does_not_move(
    perform: Perform, visit: Visit, question: str, width: int
) -> None:
    """Every part of a text stays where it is when the complete answer takes the place of the growing one."""
    pipeline = HeldPipeline(ARTICLES, evidence=EVIDENCE)
    page = visit(perform(pipeline), width=width)
    box(page).fill(question)
    box(page).press("Enter")
    expect(page.locator(".reply.partial")).to_contain_text(f"[{len(EVIDENCE[question])}]")
    growing = _parts(page.locator(".reply.partial"))
    pipeline.let_go.set()
    expect(page.locator(".reply.answered")).to_be_visible()
    assert growing
    assert _parts(page.locator(".reply.answered")) == growing


def test_the_keyboard_reaches_what_a_confidence_means(page: Page) -> None:
    """Shift+Tab reaches the word; its meaning, which describes it, shows while it has the focus, and moves nothing."""
    ask(page, ONE_THING)
    word, meaning = page.get_by_role("note"), page.locator(".meaning")
    expect(word).to_have_text("Likely an answer")
    expect(meaning).to_be_hidden()
    before = _place(page.locator(".exchange"))
    page.get_by_role(
        "button", name="Right", exact=True
    ).focus()  # the first of the buttons below the answer
    page.keyboard.press("Shift+Tab")
    expect(word).to_be_focused()
    expect(word).to_have_accessible_description(_MEANING)
    expect(meaning).to_be_visible()
    assert _place(page.locator(".exchange")) == before
    page.keyboard.press("Tab")
    expect(meaning).to_be_hidden()


def test_the_mouse_reaches_what_a_confidence_means(page: Page) -> None:
    """The meaning shows while the pointer is on the word, and stays while it goes over to the meaning."""
    ask(page, ONE_THING)
    meaning = page.locator(".meaning")
    page.get_by_role("note").hover()
    expect(meaning).to_be_visible()
    meaning.hover()
    expect(meaning).to_be_visible()
    box(page).hover()
    expect(meaning).to_be_hidden()


def test_a_phone_shows_what_a_confidence_means(visit: Visit) -> None:
    """Where there is nothing to hover with, the meaning is visible from the start."""
    page = visit(width=390, height=844)
    ask(page, ONE_THING)
    expect(page.locator(".meaning")).to_have_text(_MEANING)
    expect(page.locator(".meaning")).to_be_visible()


def test_an_abstention_suggests_what_to_do_once(page: Page) -> None:
    """The first abstention suggests other words or more articles; neither the next one nor an answer does so again."""
    expect(ask(page, UNKNOWN)).to_contain_text("Other words may find more")
    expect(page.get_by_role("note")).to_have_count(0)
    ask(page, QUESTION)
    expect(ask(page, UNKNOWN)).to_contain_text("Not in the articles")
    expect(page.locator(".hint")).to_have_count(1)
    expect(page.locator(".exchange").first.locator(".hint")).to_contain_text("qa index")

"""Drafts of questions are reviewed in the browser, and what comes out is a question set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from qa.chat.review import STYLES, build_review
from qa.evaluation.checking import check
from qa.evaluation.review import DRAFTS, Review, start
from qa.evaluation.sets import QUESTIONS
from tests.e2e.asking import Serve, Visit

pytestmark = pytest.mark.e2e
MAX_CHARS = 100_000
LOOKS = {"styles": STYLES, "scripts": ()}
TEXT = """\
The ferry Aurelka was built in 1991 by a yard in Ostmar. 😀

Ann Berg, the head of Sound Lines, said that the ferry Aurelka had two engines. Two engines are not enough.

Twelve people were brought to the hospital in Norrhamn. <b>Bold</b> words stand in the way.
"""
WHEN, HOW_MANY = (
    "When was the ferry Aurelka built?",
    "How many people were brought to the hospital in Norrhamn?",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a set's folder with drafts from one article."""
    article = tmp_path / "ferry.md"
    article.write_text(TEXT)
    start(tmp_path / "myset", [article], limit=10, max_chars=MAX_CHARS)
    return tmp_path / "myset"


@pytest.fixture
def page(folder: Path, serve: Serve, visit: Visit) -> Page:
    """Return the review of that set on a desktop."""
    page = visit(serve(build_review(Review(folder, max_chars=MAX_CHARS)), **LOOKS))
    expect(question(page)).not_to_have_value("")
    return page


def question(page: Page) -> Locator:
    """Return the field of the question that is shown."""
    return page.get_by_role("textbox", name="Question", exact=True)


def answers(page: Page) -> Locator:
    """Return the field of its answers."""
    return page.get_by_role("textbox", name="Answers, one a line")


def go_to(page: Page, asked: str) -> None:
    """Step on until a question is shown."""
    for _ in range(10):
        expect(question(page)).not_to_have_value("")
        if question(page).input_value() == asked:
            return
        shown = question(page).input_value()
        page.keyboard.press("n")
        expect(question(page)).not_to_have_value(shown)
    pytest.fail(f"{asked!r} was not drafted")


def select(page: Page, words: str) -> None:
    """Select words of the article as a mouse does."""
    page.locator(".text").evaluate(
        """(text, words) => {
            const at = text.textContent.indexOf(words);
            const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
            const place = (offset) => {
                walker.currentNode = text;
                while (walker.nextNode() && offset > walker.currentNode.length) offset -= walker.currentNode.length;
                return [walker.currentNode, offset];
            };
            getSelection().setBaseAndExtent(...place(at), ...place(at + words.length));
            text.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
        }""",
        words,
    )


def lines(file: Path) -> dict[str, dict[str, Any]]:
    """Return the lines of a set's file by their questions."""
    records = (
        [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        if file.exists()
        else []
    )
    return {record["question"]: record for record in records}


def test_a_review_makes_a_set(page: Page, folder: Path) -> None:
    """Accepted, edited, unanswerable and own questions are in the set, with their spans; a discarded one is not."""
    go_to(page, WHEN)
    expect(page.locator("mark")).to_have_text("1991")
    page.keyboard.press("a")
    expect(page.get_by_text("1 accepted")).to_be_visible()

    go_to(page, HOW_MANY)
    question(page).fill("How many were taken to hospital?")
    select(page, "Twelve people")
    expect(answers(page)).to_have_value("Twelve people")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("2 accepted")).to_be_visible()

    page.keyboard.press("d")
    expect(page.get_by_text("3 of")).to_be_visible()

    page.keyboard.press("+")
    expect(question(page)).to_have_value("")
    question(page).fill("Who paid for the ferry?")
    question(page).press("Escape")
    page.keyboard.press("u")
    expect(page.get_by_text("3 accepted")).to_be_visible()

    made = lines(folder / QUESTIONS)
    assert set(made) == {WHEN, "How many were taken to hospital?", "Who paid for the ferry?"}
    (span,) = made["How many were taken to hospital?"]["relevant"]
    assert TEXT[span["start"] : span["end"]] == "Twelve people"
    assert made["Who paid for the ferry?"]["answerable"] is False
    assert check(folder, max_chars=MAX_CHARS).findings == ()


def test_what_was_typed_outlives_the_page_and_the_process(
    page: Page, folder: Path, serve: Serve, visit: Visit
) -> None:
    """An edit is on disk soon after it was typed, without any click, and shown when the review is opened again."""
    go_to(page, WHEN)
    question(page).fill("In which year was the Aurelka built?")
    expect(page.locator(".message.done")).to_have_text("Saved.")
    assert "In which year was the Aurelka built?" in lines(folder / DRAFTS)
    page.close()
    again = visit(serve(build_review(Review(folder, max_chars=MAX_CHARS)), **LOOKS))
    go_to(again, "In which year was the Aurelka built?")
    expect(again.get_by_text("0 of")).to_be_visible()


def test_an_answer_in_two_places_is_chosen_from_them(page: Page) -> None:
    """Of several places with the answer the reviewer marks the right one; without a mark nothing is accepted."""
    page.keyboard.press("+")
    expect(question(page)).to_have_value("")
    question(page).fill("How many engines had it?")
    answers(page).fill("engines")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("occurs in 2 places")).to_be_visible()
    expect(page.get_by_text("0 accepted")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window(folder: Path, serve: Serve, visit: Visit, width: int) -> None:
    """Nothing sticks out sideways, on a phone or a desktop."""
    page = visit(serve(build_review(Review(folder, max_chars=MAX_CHARS)), **LOOKS), width=width)
    expect(question(page)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

"""When something is missing or goes wrong."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from qa.chat.page import build
from qa.errors import IndexNotFoundError, IndexStaleError, QAError
from tests.e2e.asking import Perform, Serve, Visit, ask, box, opened, sources
from tests.e2e.collection import ARTICLES, BROKEN, QUESTION, QUOTE, QUOTES, REFUSAL, REFUSED
from tests.fakes import FakeIndex, FakePipeline

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    "error",
    [
        IndexNotFoundError("there is no index in .qa"),
        IndexStaleError("the index has another encoder"),
    ],
)
def test_the_chat_waits_for_an_index(error: QAError, serve: Serve, visit: Visit) -> None:
    """Without a usable index the page says what to run; once there is one the next question is answered."""
    ready: list[FakePipeline] = []

    def open_pipeline() -> FakePipeline:
        if not ready:
            raise error
        return ready[0]

    page = visit(serve(build(open_pipeline)))
    expect(page.locator("#notice")).to_contain_text("The articles are not ready yet.")
    expect(page.locator("#notice")).to_contain_text(str(error))
    expect(page.locator("#notice")).to_contain_text("qa index corpus/")
    expect(ask(page, QUESTION)).to_have_text(str(error))
    ready.append(FakePipeline(ARTICLES, QUOTES))
    expect(ask(page, QUESTION)).to_have_text(f"{QUOTE} [1]")
    expect(page.locator("#notice")).to_have_text("3 articles from 3 outlets")


def test_a_reload_finds_the_new_index(serve: Serve, visit: Visit) -> None:
    """A visitor who reloads once the index is there gets the example questions."""
    ready: list[FakePipeline] = []

    def open_pipeline() -> FakePipeline:
        if not ready:
            raise IndexNotFoundError("there is no index in .qa")
        return ready[0]

    page = visit(serve(build(open_pipeline)))
    expect(page.locator("#notice")).to_contain_text("The articles are not ready yet.")
    ready.append(
        FakePipeline(ARTICLES, {"What is reported in “The lock at Ostrel opens again”?": (QUOTE,)})
    )
    page.reload()
    expect(page.locator(".example:visible")).to_have_text(
        ["What is reported in “The lock at Ostrel opens again”?"]
    )


def test_an_example_question_asks_itself(serve: Serve, visit: Visit, tmp_path: Path) -> None:
    """The questions that the folder's README lists are offered as they stand; a click asks one."""
    (tmp_path / "README.md").write_text(
        f"# Try\n\n- {QUESTION}\n- Who won nothing at all?\n", encoding="utf-8"
    )
    page = visit(serve(build(FakePipeline(ARTICLES, QUOTES, folders=[tmp_path]))))
    examples = page.locator(".example:visible")
    expect(examples).to_have_text([QUESTION, "Who won nothing at all?"])
    examples.first.click()
    expect(page.locator(".reply.answered")).to_have_text(f"{QUOTE} [1]")
    expect(page.locator(".question")).to_contain_text(QUESTION)
    expect(examples).to_have_count(0)


def test_an_expected_error_is_readable(page: Page) -> None:
    """What the pipeline refuses is said in its own words, and the next question is answered."""
    expect(ask(page, REFUSED)).to_have_text(REFUSAL)
    expect(ask(page, QUESTION)).to_have_text(f"{QUOTE} [1]")


def test_an_unexpected_error_tells_no_secrets(page: Page) -> None:
    """A fault in the server is a plain sentence without its details, and the server goes on."""
    reply = ask(page, BROKEN)
    expect(reply).to_contain_text("Something went wrong")
    expect(page.locator("body")).not_to_contain_text("secret")
    expect(page.locator("body")).not_to_contain_text("Traceback")
    expect(ask(page, QUESTION)).to_have_text(f"{QUOTE} [1]")


def test_a_book_is_not_a_question(page: Page) -> None:
    """A question beyond the limit is refused with the limit, and is not sent to the pipeline."""
    expect(ask(page, "why " * 600)).to_contain_text("at most 2,000 characters")
    expect(ask(page, QUESTION)).to_have_text(f"{QUOTE} [1]")


def test_a_changed_article_marks_no_wrong_words(perform: Perform, visit: Visit) -> None:
    """An article that is edited after it was quoted opens as it is now, says so, and has nothing marked."""
    pipeline = FakePipeline(ARTICLES, QUOTES)
    page = visit(perform(pipeline))
    ask(page, QUESTION)
    edited = [dataclasses.replace(article, text=f"Update. {article.text}") for article in ARTICLES]
    pipeline.index = FakeIndex(edited)
    sources(page).get_by_text("Read the whole article").click()
    text = opened(page)
    expect(text).to_contain_text("This article has changed since it was quoted")
    expect(text).to_contain_text("Update.")
    expect(text.locator("mark")).to_have_count(0)


def test_a_removed_article_still_shows_its_quote(perform: Perform, visit: Visit) -> None:
    """An article that leaves the index before it is opened says so in its reading view."""
    pipeline = FakePipeline(ARTICLES, QUOTES)
    page = visit(perform(pipeline))
    ask(page, QUESTION)
    pipeline.index.remove("lock.md")
    sources(page).get_by_text("Read the whole article").click()
    expect(opened(page)).to_have_text("lock.md: there is no such article")
    expect(sources(page).locator("blockquote mark")).to_have_text(QUOTE)
    expect(box(page)).to_be_enabled()

"""A chat model writes the answer: what it writes from, what is not checked yet, and the switch to quotes."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from qa.conversations.conversation import FRAME_SECONDS
from qa.types import Answer
from tests.e2e.asking import Perform, Visit, ask, box, sources
from tests.e2e.collection import ARTICLES, LOCK, QUESTION, QUOTES
from tests.fakes import FakePipeline

pytestmark = pytest.mark.e2e

_LLM = "gguf:<b>small"


def test_what_it_writes_from_shows_first(perform: Perform, visit: Visit) -> None:
    """While the model writes, the passages stand beside it and its sentence is marked as not checked."""
    done = threading.Event()

    class Writing(FakePipeline):
        def answer(self, question: str, **more: Any) -> Answer:
            done.wait(30)
            return super().answer(question, **more)

    pipeline = Writing(
        ARTICLES, QUOTES, llm_name=_LLM, writing=["The lock was"], pause=2 * FRAME_SECONDS
    )
    page = visit(perform(pipeline))
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(page.locator(".reply.partial")).to_contain_text("Not checked yet: The lock was")
    expect(page.locator("#sources")).to_contain_text("Found, and being read")
    expect(sources(page).get_by_role("heading", name=LOCK.title)).to_be_visible()
    expect(sources(page)).to_have_count(len(pipeline.search(QUESTION)))
    done.set()
    expect(page.locator(".reply.answered")).to_be_visible()
    expect(page.locator("#sources")).not_to_contain_text("Found, and being read")
    expect(sources(page).locator("mark")).to_have_count(1)


def test_the_switch_asks_for_quotes(perform: Perform, visit: Visit) -> None:
    """The page names who writes; with the switch set, the next question is asked for quotes, and unset not."""
    pipeline = FakePipeline(ARTICLES, QUOTES, llm_name=_LLM)
    page = visit(perform(pipeline))
    expect(page.locator("#notice")).to_contain_text(
        f"else {_LLM} writes, and each sentence is checked"
    )
    switch = page.get_by_role("checkbox", name="Quote the articles only")
    ask(page, QUESTION)
    switch.check()
    ask(page, QUESTION)
    switch.uncheck()
    ask(page, QUESTION)
    assert pipeline.quoted == [False, True, False]


def test_there_is_no_switch_without_a_model(page: Page) -> None:
    """Where only quotes can be given there is nothing to choose, and the panel waits for the answer."""
    ask(page, QUESTION)
    expect(page.get_by_role("checkbox", name="Quote the articles only")).to_have_count(0)

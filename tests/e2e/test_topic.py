"""What the conversation is about stands above the question box, and who else may be meant can be asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from qa.types import Answer, StreamEvent, Turn
from tests.e2e.asking import Perform, Visit, ask, box
from tests.e2e.collection import ARTICLES, QUESTION, QUOTES, TWO_SOURCES
from tests.fakes import FakePipeline

pytestmark = pytest.mark.e2e

_OTHER = "How old is Mara Venn?"


@dataclass
class AmbiguousPipeline(FakePipeline):
    """Understands questions as being about Ostrel, and somebody else may be meant."""

    def stream(
        self, question: str, *, history: object = (), **more: object
    ) -> Iterator[StreamEvent]:
        """Yield the answer, with what it is about."""
        for item in super().stream(question, history=history, **more):  # type: ignore[arg-type]
            about = f"{question} (Ostrel)"
            yield (
                dataclasses.replace(item, standalone_question=about, others=(_OTHER,))
                if isinstance(item, Answer)
                else item
            )


def test_the_topic_can_be_left(perform: Perform, visit: Visit) -> None:
    """It is shown after an answer; clicked, the next question is asked without what was said."""
    pipeline = AmbiguousPipeline(ARTICLES, QUOTES)
    page = visit(perform(pipeline))
    topic = page.get_by_role("button", name="Ostrel ✕")
    expect(topic).to_have_count(0)
    ask(page, QUESTION)
    expect(topic).to_be_visible()
    topic.click()
    expect(topic).to_have_count(0)
    expect(box(page)).to_be_focused()
    ask(page, TWO_SOURCES)
    assert pipeline.asked[-1:] == [(TWO_SOURCES, ())]
    expect(topic).to_be_visible()
    ask(page, QUESTION)
    _, history = pipeline.asked[-1]
    assert history[:1] == (Turn("user", QUESTION),)


def test_a_reopened_conversation_goes_on(perform: Perform, visit: Visit) -> None:
    """After a reload the topic is still shown, and the next question continues the conversation."""
    pipeline = AmbiguousPipeline(ARTICLES, QUOTES)
    page = visit(perform(pipeline))
    ask(page, QUESTION)
    page.reload()
    expect(page.get_by_role("button", name="Ostrel ✕")).to_be_visible()
    ask(page, TWO_SOURCES)
    assert [turn.text for turn in pipeline.asked[-1][1][:1]] == [QUESTION]


def test_who_else_may_be_meant_can_be_asked(perform: Perform, visit: Visit) -> None:
    """The other reading is a button, which asks it as it is written."""
    pipeline = AmbiguousPipeline(ARTICLES, QUOTES)
    page = visit(perform(pipeline))
    ask(page, QUESTION)
    page.get_by_role("button", name=_OTHER).click()
    expect(page.locator(".question").nth(1)).to_have_text(f"You asked: {_OTHER}")
    expect(page.locator(".exchange").nth(1).locator(".reply.abstained")).to_be_visible()
    assert pipeline.asked[-1] == (_OTHER, ())

"""A LangChain chat model is shown numbered passages and streams its text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage

from qa.errors import ModelError
from qa.generator import Generator, render
from qa.types import Article, Hit, Passage

ARTICLE = Article("dam", "The dam", "The dam held.", source="Courier", published="2021-05-01")
HITS = [Hit(Passage("p", "dam", 0, 13, "The dam held."), 1.0, 1, "hybrid")] * 2


class Recording(FakeListChatModel):
    """Keeps what it was sent."""

    sent: list[Any] = []  # noqa: RUF012 - a pydantic field

    def _stream(self, messages: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        self.sent += messages
        return super()._stream(messages, *args, **kwargs)


def test_the_model_streams() -> None:
    """The text comes in pieces, as the model gives them."""
    model = GenericFakeChatModel(messages=iter([AIMessage("It held [1].")]))
    pieces = list(Generator(model).write("Did it?", HITS, {"dam": ARTICLE}))
    assert "".join(pieces) == "It held [1]."
    assert len(pieces) > 1


def test_the_model_sees_passages_question_and_rules() -> None:
    """The prompt holds the rules, then each passage with its number and origin, then the question."""
    model = Recording(responses=["NO ANSWER"])
    list(Generator(model).write("Did it hold?", HITS, {"dam": ARTICLE}))
    system, human = model.sent
    assert "Use only what the passages say" in system.content
    assert human.content == f"{render(HITS, {'dam': ARTICLE})}\n\nQuestion: Did it hold?"
    assert "[1] The dam, Courier, 2021-05-01\nThe dam held.\n\n[2] The dam" in human.content


def test_a_failing_model_is_a_model_error() -> None:
    """Whatever a provider raises is told in one line."""
    model = FakeListChatModel(responses=["It held [1]."], error_on_chunk_number=2)
    with pytest.raises(ModelError, match="the chat model failed"):
        list(Generator(model).write("Did it?", HITS, {"dam": ARTICLE}))


@pytest.mark.parametrize("name", ["nonsense", "nobody:nothing"])
def test_an_unknown_model_is_a_model_error(name: str) -> None:
    """A model that LangChain does not know, or has no package for, names itself."""
    with pytest.raises(ModelError, match=r"\Athe chat model .* could not be loaded: .*\Z"):
        list(Generator(name).write("Did it?", HITS, {"dam": ARTICLE}))

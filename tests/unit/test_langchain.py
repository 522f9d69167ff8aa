"""The pipeline in LangChain chains and agents: whichever way it is called, the citations come along."""

from __future__ import annotations

import asyncio
import functools
import importlib
import operator
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableLambda

from qa.errors import QAError
from qa.integrations.langchain import ArticleAnswers, article_tool
from qa.pipeline import Pipeline
from qa.types import Article
from tests.fakes import FakePipeline

DAM = Article(
    "dam",
    "The dam",
    "The council met. Mara Voss inspected the dam.",
    source="Courier",
    published="2021-05-01",
)
QUESTION = "Who inspected the dam?"
QUOTE = "Mara Voss inspected the dam."


@pytest.fixture
def pipeline() -> FakePipeline:
    """Return a pipeline that answers one question."""
    return FakePipeline([DAM], {QUESTION: [QUOTE]})


@pytest.fixture
def answers(pipeline: FakePipeline) -> ArticleAnswers:
    """Return the runnable of that pipeline."""
    return ArticleAnswers(cast("Pipeline", pipeline))


def test_a_question_is_answered_with_citations(answers: ArticleAnswers) -> None:
    """The answer has the fields of the product's own type, the exact span of each citation included."""
    answer = answers.invoke(QUESTION)
    (cited,) = answer["citations"]
    assert answer["text"] == f"{QUOTE} [1]"
    assert DAM.text[cited["start"] : cited["end"]] == cited["quote"] == QUOTE


def test_batches_keep_their_order(answers: ArticleAnswers) -> None:
    """Each question of a batch has its own answer, an abstention where there is none."""
    assert [a["abstained"] for a in answers.batch([QUESTION, "Who else?", QUESTION])] == [
        False,
        True,
        False,
    ]


def test_chunks_add_up(answers: ArticleAnswers) -> None:
    """Streamed chunks add up to the answer: each statement, then all else."""
    for question in (QUESTION, "Who else?"):
        chunks = list(answers.stream(question))
        answer = answers.invoke(question)
        assert len(chunks) == len(answer["statements"]) + 1
        assert functools.reduce(operator.add, chunks) == answer


def test_asynchronous_calls_answer_alike(answers: ArticleAnswers) -> None:
    """Awaited, batched and streamed, the answers are the same."""

    async def ask() -> tuple[Any, Any, Any]:
        chunks = [chunk async for chunk in answers.astream(QUESTION)]
        return await answers.ainvoke(QUESTION), await answers.abatch([QUESTION]), chunks

    # In a thread of its own: this one may have a running loop, that of a browser's driver.
    with ThreadPoolExecutor(1) as threads:
        awaited, batched, chunks = threads.submit(asyncio.run, ask()).result()
    assert awaited == batched[0] == answers.invoke(QUESTION)
    assert chunks == list(answers.stream(QUESTION))


def test_history_may_be_messages(answers: ArticleAnswers, pipeline: FakePipeline) -> None:
    """The turns before a question are given as LangChain gives them."""
    history = [("system", "Be kind."), AIMessage("It held."), ("user", "And who saw it?")]
    list(answers.stream({"question": QUESTION, "history": history}))
    ((_, turns),) = pipeline.asked
    assert [(turn.role, turn.text) for turn in turns] == [
        ("assistant", "It held."),
        ("user", "And who saw it?"),
    ]


def test_it_is_a_step_of_a_chain(answers: ArticleAnswers) -> None:
    """It composes with other runnables."""
    chain = (
        RunnableLambda(str.strip)
        | answers
        | RunnableLambda(lambda answer: answer["citations"][0]["article_id"])
    )
    assert chain.invoke(f"  {QUESTION} ") == "dam"


def test_errors_come_through() -> None:
    """What the pipeline refuses, the runnable and the tool refuse with the same words."""
    refusing = cast(
        "Pipeline", FakePipeline([DAM], failures={"?": QAError("the question is empty")})
    )
    with pytest.raises(QAError, match="the question is empty"):
        ArticleAnswers(refusing).invoke("?")
    with pytest.raises(QAError, match="the question is empty"):
        article_tool(refusing).invoke({"question": "?"})


class Asking(GenericFakeChatModel):
    """A model that may be given tools."""

    def bind_tools(self, *args: Any, **kwargs: Any) -> Any:
        """Return the same model: its script says which tool is called."""
        return self


def script() -> Iterator[BaseMessage]:
    """Yield a call of the tool, then what is said of its result."""
    yield AIMessage(
        "", tool_calls=[{"name": "ask_articles", "args": {"question": QUESTION}, "id": "1"}]
    )
    yield AIMessage("It was Mara Voss.")


def test_an_agent_asks_the_articles(pipeline: FakePipeline) -> None:
    """In an agent's loop the tool is called, its answer is read with the sources, and the whole answer is kept."""
    agent = create_agent(
        Asking(messages=cast("Iterator[AIMessage]", script())),
        [article_tool(cast("Pipeline", pipeline))],
    )
    *_, tool, last = agent.invoke({"messages": [HumanMessage("Ask who inspected the dam.")]})[
        "messages"
    ]
    assert isinstance(tool, ToolMessage)
    assert str(tool.content).endswith(f"Sources:\n[1] Courier, 2021-05-01: “{QUOTE}”")
    assert tool.artifact["citations"][0]["article_id"] == "dam"
    assert last.text == "It was Mara Voss."


def test_an_abstention_has_no_sources(pipeline: FakePipeline) -> None:
    """Where the articles hold no answer, the tool says so and lists nothing."""
    assert "Sources" not in article_tool(cast("Pipeline", pipeline)).invoke(
        {"question": "Who else?"}
    )


def test_the_old_module_name_is_deprecated() -> None:
    """`qa.langchain` still imports, with a warning that names the new module."""
    sys.modules.pop("qa.langchain", None)
    with pytest.warns(DeprecationWarning, match=r"qa\.integrations\.langchain"):
        old = importlib.import_module("qa.langchain")
    assert old.ArticleAnswers is ArticleAnswers

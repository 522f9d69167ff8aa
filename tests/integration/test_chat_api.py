"""The chat's API, called as others would call it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from qa.chat.page import build
from qa.chat.serving import launch
from qa.errors import ModelError
from qa.types import Filter, Turn, to_dict
from tests.e2e.asking import HOST
from tests.e2e.conftest import free_port
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE


@pytest.fixture(scope="module")
def pipeline() -> FakePipeline:
    """Return a pipeline that answers one question, and fails in two ways."""
    failures = {"refused?": ModelError("no reader"), "broken?": RuntimeError("at /secret/place")}
    return FakePipeline([ARTICLE], {QUESTION: [QUOTE]}, failures)


@pytest.fixture(scope="module")
def client(pipeline: FakePipeline) -> Iterator[Client]:
    """Return a client of the chat over `pipeline`."""
    app, port = build(pipeline), free_port()
    launch(app, host=HOST, port=port, block=False)
    client = Client(f"http://{HOST}:{port}", verbose=False, analytics_enabled=False)
    yield client
    client.close()
    app.close(verbose=False)


def test_a_question_is_answered(client: Client, pipeline: FakePipeline) -> None:
    """The answer has the field names of the types, its citations among them."""
    answer = client.predict(question=QUESTION, api_name="/ask")
    assert answer == to_dict(pipeline.answer(QUESTION))
    (citation,) = answer["citations"]
    assert ARTICLE.text[citation["start"] : citation["end"]] == citation["quote"] == QUOTE
    assert not answer["abstained"]


def test_history_and_conditions_reach_the_pipeline(
    client: Client, pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier turns and the limits of outlet and time are those that the client gave."""
    given: list[object] = []
    answer = pipeline.answer

    def record(question: str, **more: object) -> object:
        given.append(more)
        return answer(question)

    monkeypatch.setattr(pipeline, "answer", record)
    turns = [{"role": "user", "text": "hello"}, {"role": "assistant", "text": "Yes."}]
    client.predict(
        question=QUESTION, history=turns, source="Courier", since="2026", api_name="/ask"
    )
    assert given == [
        {
            "history": [Turn("user", "hello"), Turn("assistant", "Yes.")],
            "where": Filter(source="Courier", since="2026"),
        }
    ]


def test_passages_are_found(client: Client, pipeline: FakePipeline) -> None:
    """A search returns the hits, at most as many as were asked for."""
    found = client.predict(query="lock", k=1, api_name="/search")
    assert found == to_dict(pipeline.search("lock", k=1))
    assert len(client.predict(query="lock", api_name="/search")) == 1


def test_errors_come_in_words(client: Client) -> None:
    """What the client can mend is said, and no detail of the server."""
    with pytest.raises(AppError, match="no reader"):
        client.predict(question="refused?", api_name="/ask")
    with pytest.raises(AppError, match="Something went wrong"):
        client.predict(question="broken?", api_name="/ask")
    with pytest.raises(AppError, match="since = 'soon'"):
        client.predict(question=QUESTION, since="soon", api_name="/ask")
    with pytest.raises(AppError, match="history"):
        client.predict(question=QUESTION, history=[{"role": "boss"}], api_name="/ask")
    with pytest.raises(AppError, match="k = 1000"):
        client.predict(query="lock", k=1000, api_name="/search")


def test_nothing_else_is_published(client: Client) -> None:
    """The events of the page are no part of the API."""
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == {"/ask", "/search"}


def test_a_collection_is_asked_by_its_path() -> None:
    """The API of each page is that of its collection."""
    texts = {"default": ARTICLE.text, "sport": "Rovers won the cup on Sunday."}
    apps = {
        name: build(FakePipeline([replace(ARTICLE, text=text)], {"What is new?": [text]}))
        for name, text in texts.items()
    }
    port, first = free_port(), apps["default"]
    launch(first, host=HOST, port=port, block=False, others={"sport": apps["sport"]})
    try:
        for path, name in (("", "default"), ("c/sport/", "sport")):
            client = Client(f"http://{HOST}:{port}/{path}", verbose=False, analytics_enabled=False)
            answer = client.predict(question="What is new?", api_name="/ask")
            assert answer["citations"][0]["quote"] == texts[name]
            client.close()
    finally:
        first.close(verbose=False)

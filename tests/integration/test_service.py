"""The service on loopback, asked by the clients that people use: ours, OpenAI's, MCP's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx2
import openai
import pytest
import uvicorn
from mcp import Client as McpClient
from mcp.client.streamable_http import streamable_http_client

from qa.client import Client, ServiceError
from qa.server.accounts import Accounts
from qa.server.users import Users
from qa.types import Answer, Filter, Statement, Turn
from tests.e2e.asking import HOST
from tests.e2e.conftest import free_port
from tests.fakes import FakePipeline
from tests.service import ARTICLE, CONVERSATION, QUESTION, QUOTE, backend, keys, service

pytestmark = pytest.mark.integration


CUP = replace(ARTICLE, id="cup.txt", title="Rovers win", text="Rovers won the cup on Sunday.")
WHO_WON = "Who won the cup?"


class Running:
    """A service with a user of each role, of whom the owner may also read the collection `sport`.

    Attributes:
        address: of the service.
        keys: role -> an API key.
    """

    def __init__(self, folder: Path) -> None:
        self.keys = keys(folder / "users.json", reader=["ask", "describe", "search"])
        Users(folder / "users.json").grant("owner", "reader", "sport")
        sport = backend(folder / "sport", FakePipeline([CUP], {WHO_WON: [CUP.text]}))
        app = service(backend(folder), Accounts(users=folder / "users.json"), sport=sport)
        port = free_port()
        self._server = uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, log_level="error"))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        self.address = f"http://{HOST}:{port}"

    def close(self) -> None:
        """Stop it."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(30)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a service that all tests of this module share."""
    made = Running(tmp_path_factory.mktemp("service"))
    yield made
    made.close()


def test_our_client_gets_our_types(running: Running) -> None:
    """Answers, statements as they come, hits, articles: all that REST does, with types."""
    with Client(running.address, key=running.keys["owner"]) as client:
        answer = client.ask(QUESTION, history=[Turn("user", "Hello")])
        assert isinstance(answer, Answer)
        assert answer.citations[0].quote == QUOTE
        *statements, last = client.stream(QUESTION, conversation=CONVERSATION)
        assert [s.text for s in statements if isinstance(s, Statement)] == [QUOTE]
        assert isinstance(last, Answer)
        client.judge(CONVERSATION, 1, "up")
        assert client.search("ferry", k=1)[0].passage.article_id == ARTICLE.id
        assert [a.id for a in client.articles(Filter(source="Northern Courier"))] == [ARTICLE.id]
        added = client.add_text("The ferry stays.", title="It stays")
        assert added.outcome == "added"
        (new,) = (a.id for a in client.articles() if a.title == "It stays")
        assert client.undo(client.remove(new)) == new
        assert "The ferry stays." in client.article(new).text
        client.remove(new)


def test_our_client_tells_what_the_service_says(running: Running) -> None:
    """As an error with the status; also where there is no service."""
    with Client(running.address) as client, pytest.raises(ServiceError, match="sign in") as refused:
        client.ask(QUESTION)
    assert refused.value.status == 401
    with Client(running.address, key=running.keys["reader"]) as client:
        with pytest.raises(ServiceError, match="scope"):
            client.article(ARTICLE.id)
        with pytest.raises(ServiceError, match="empty"):
            list(client.stream(" "))
    with Client(f"http://{HOST}:1") as client, pytest.raises(ServiceError, match="reached"):
        client.ask(QUESTION)


def test_openai_s_client_chats(running: Running) -> None:
    """The answer is the message; its citations are annotations with the exact quote."""
    client = openai.OpenAI(base_url=f"{running.address}/v1", api_key=running.keys["reader"])
    assert [model.id for model in client.models.list()] == ["qa-articles"]
    done = client.chat.completions.create(
        model="qa-articles",
        temperature=0,
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        ],
    )
    message = done.choices[0].message
    assert message.content is not None
    assert message.annotations is not None
    (annotation,) = message.annotations
    cited = annotation.url_citation
    assert message.content[cited.start_index : cited.end_index] == "[1]"
    assert cited.title == ARTICLE.title
    assert cited.model_dump()["citation"]["quote"] == QUOTE


def test_openai_s_client_streams(running: Running) -> None:
    """The same in chunks: statements as they come, annotations at the end."""
    client = openai.OpenAI(base_url=f"{running.address}/v1", api_key=running.keys["reader"])
    stream = client.chat.completions.create(
        model="qa-articles", messages=[{"role": "user", "content": QUESTION}], stream=True
    )
    chunks = [chunk.choices[0] for chunk in stream]
    text = "".join(chunk.delta.content or "" for chunk in chunks)
    assert QUOTE in text
    assert chunks[-1].finish_reason == "stop"
    (cited,) = chunks[-2].delta.model_dump()["annotations"]
    place = cited["url_citation"]
    assert text[place["start_index"] : place["end_index"]] == "[1]"


def test_openai_s_client_is_told_its_mistakes(running: Running) -> None:
    """In the form that it understands."""
    client = openai.OpenAI(base_url=f"{running.address}/v1", api_key="wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError, match="sign in"):
        client.models.list()
    client = openai.OpenAI(base_url=f"{running.address}/v1", api_key=running.keys["reader"])
    with pytest.raises(openai.UnprocessableEntityError, match="last message"):
        client.chat.completions.create(
            model="qa-articles", messages=[{"role": "assistant", "content": "Well?"}]
        )


def _over_http(running: Running, key: str, question: str) -> Any:
    async def run() -> Any:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            transport = streamable_http_client(f"{running.address}/mcp", http_client=http)
            async with McpClient(transport) as client:
                answer = await client.call_tool("ask", {"question": question})
                read = await client.call_tool("read_article", {"article_id": ARTICLE.id})
                return answer, read

    return anyio.run(run)


def test_mcp_over_http_is_under_the_same_login(running: Running) -> None:
    """Each request counts by its own key: an owner reads what a scoped key may not."""
    answer, read = _over_http(running, running.keys["owner"], QUESTION)
    assert answer.structured_content["citations"][0]["quote"] == QUOTE
    assert read.structured_content["text"] == ARTICLE.text
    answer, read = _over_http(running, running.keys["reader"], QUESTION)
    assert answer.structured_content["citations"][0]["quote"] == QUOTE
    assert read.is_error
    with pytest.raises(Exception):  # noqa: B017, PT011 - the client's own, in a group
        _over_http(running, "", QUESTION)


def test_clients_reach_a_collection_by_its_path(running: Running) -> None:
    """Ours and OpenAI's by their base address, MCP's by an argument; each with the rights there."""
    key, address = running.keys["owner"], f"{running.address}/c/sport"
    with Client(address, key=key) as client:
        assert client.ask(WHO_WON).citations[0].article_id == CUP.id
        assert [each.id for each in client.articles()] == [CUP.id]
        with pytest.raises(ServiceError, match="reader") as refused:
            client.remove(CUP.id)  # an owner of the default collection only reads here
        assert refused.value.status == 403
    no_role = pytest.raises(ServiceError, match="no role in the collection 'sport'")
    with Client(address, key=running.keys["editor"]) as client, no_role:
        client.ask(WHO_WON)
    chat = openai.OpenAI(base_url=f"{address}/v1", api_key=key)
    asked = chat.chat.completions.create(
        model="qa-articles", messages=[{"role": "user", "content": WHO_WON}]
    )
    (annotation,) = asked.choices[0].message.annotations or []
    assert annotation.url_citation.url == f"/c/sport/api/v1/articles/{CUP.id}"

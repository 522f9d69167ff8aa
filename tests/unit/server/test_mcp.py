"""The MCP server, driven by the official client in this process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError

from qa.server.access import DEFAULT, TOOLS, Caller, Principal, current
from qa.server.mcp import server
from tests.fakes import FakePipeline
from tests.service import ARTICLE, QUESTION, QUOTE, backend

Act = Callable[[Client], Awaitable[Any]]


def _with_client(folder: Path, act: Act, role: Any = "reader") -> Any:
    """Return what `act` returns of a client whose user has a role."""

    async def run() -> Any:
        async with Client(server({DEFAULT: backend(folder)})) as client:
            return await act(client)

    token = current.set(Caller(Principal("ann", role)))
    try:
        return anyio.run(run)
    finally:
        current.reset(token)


def test_every_tool_is_known(tmp_path: Path) -> None:
    """A tool that nobody has said who may use fails this test. All of them only read."""

    async def act(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = _with_client(tmp_path, act)
    assert {tool.name for tool in tools} == set(TOOLS)
    assert all(tool.annotations.read_only_hint and tool.output_schema for tool in tools)


def test_an_answer_is_structured(tmp_path: Path) -> None:
    """With the exact quote, and where it is from."""

    async def act(client: Client) -> Any:
        return await client.call_tool("ask", {"question": QUESTION})

    result = _with_client(tmp_path, act)
    assert not result.is_error
    answer = result.structured_content
    assert not answer["abstained"]
    cited = answer["citations"][0]
    assert ARTICLE.text[cited["start"] : cited["end"]] == cited["quote"] == QUOTE


def test_passages_and_articles_are_found_and_read(tmp_path: Path) -> None:
    """By tools, and as resources."""

    async def act(client: Client) -> Any:
        found = await client.call_tool("search", {"query": "ferry", "k": 1})
        read = await client.call_tool("read_article", {"article_id": "ferry.txt"})
        (listed,) = (await client.list_resources()).resources
        text = (await client.read_resource(str(listed.uri))).contents[0]
        return found.structured_content, read.structured_content, listed, text

    found, read, listed, text = _with_client(tmp_path, act)
    assert found["passages"][0]["article_id"] == "ferry.txt"
    assert read["text"] == text.text == ARTICLE.text
    assert (listed.name, listed.title) == ("ferry.txt", "Ferry may close")


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("read_article", {"article_id": "nope"}, "no such article"),
        ("ask", {"question": "x", "since": "May"}, "write a date"),
        ("ask", {"question": ""}, ""),
    ],
)
def test_mistakes_are_told_to_the_model(
    tmp_path: Path, tool: str, arguments: dict[str, str], told: str
) -> None:
    """As the tool's error, which it can read and mend."""

    async def act(client: Client) -> Any:
        return await client.call_tool(tool, arguments)

    result = _with_client(tmp_path, act)
    assert result.is_error
    assert told in result.content[0].text


def test_a_stranger_may_use_nothing(tmp_path: Path) -> None:
    """Neither a tool nor an article: the one place that decides is asked each time."""

    async def act(client: Client) -> Any:
        refused = []
        for tool, arguments in (
            ("ask", {"question": QUESTION}),
            ("search", {"query": "ferry"}),
            ("read_article", {"article_id": "ferry.txt"}),
        ):
            refused.append((await client.call_tool(tool, arguments)).is_error)
        with pytest.raises(MCPError):
            await client.read_resource("qa://articles/ferry.txt")
        return refused

    assert _with_client(tmp_path, act, role=None) == [True, True, True]


def _two(folder: Path, act: Act, principal: Principal) -> Any:
    """Return what `act` returns of a client of a server with two collections."""
    cup = replace(ARTICLE, id="cup.txt", title="Rovers win", text="Rovers won the cup.")
    pipeline = FakePipeline([cup], {"Who won?": ["Rovers won the cup."]})
    backends = {DEFAULT: backend(folder / "a"), "sport": backend(folder / "b", pipeline)}

    async def run() -> Any:
        async with Client(server(backends)) as client:
            return await act(client)

    token = current.set(Caller(principal))
    try:
        return anyio.run(run)
    finally:
        current.reset(token)


def test_tools_ask_the_collection_that_is_named(tmp_path: Path) -> None:
    """Its articles and no others; an unknown one is told with what to do."""

    async def act(client: Client) -> Any:
        names = (await client.call_tool("list_collections", {})).structured_content
        asked = await client.call_tool("ask", {"question": "Who won?", "collection": "sport"})
        found = await client.call_tool("search", {"query": "cup", "collection": "sport"})
        unknown = await client.call_tool("ask", {"question": "Who won?", "collection": "opera"})
        listed = [str(each.uri) for each in (await client.list_resources()).resources]
        text = (await client.read_resource("qa://collections/sport/articles/cup.txt")).contents[0]
        return names, asked.structured_content, found.structured_content, unknown, listed, text

    both = Principal("ann", "reader", grants={"sport": "reader"})
    names, asked, found, unknown, listed, text = _two(tmp_path, act, both)
    assert names == {"collections": [DEFAULT, "sport"]}
    assert asked["citations"][0]["article_id"] == "cup.txt"
    assert [each["article_id"] for each in found["passages"]] == ["cup.txt"]
    assert unknown.is_error
    assert "list_collections" in unknown.content[0].text
    assert listed == ["qa://articles/ferry.txt", "qa://collections/sport/articles/cup.txt"]
    assert text.text == "Rovers won the cup."


def test_a_role_in_one_collection_opens_no_other_to_tools(tmp_path: Path) -> None:
    """Neither by a tool nor as a resource, and the list names only what may be read."""

    async def act(client: Client) -> Any:
        refused = [
            (await client.call_tool(tool, arguments)).is_error
            for tool, arguments in (
                ("ask", {"question": QUESTION}),
                ("search", {"query": "ferry"}),
                ("read_article", {"article_id": "ferry.txt"}),
            )
        ]
        with pytest.raises(MCPError):
            await client.read_resource("qa://articles/ferry.txt")
        asked = await client.call_tool("ask", {"question": "Who won?", "collection": "sport"})
        names = (await client.call_tool("list_collections", {})).structured_content
        listed = [str(each.uri) for each in (await client.list_resources()).resources]
        return refused, asked.is_error, names, listed

    one = Principal("ann", None, grants={"sport": "reader"})
    refused, wrong, names, listed = _two(tmp_path, act, one)
    assert refused == [True, True, True]
    assert not wrong
    assert names == {"collections": ["sport"]}
    assert listed == ["qa://collections/sport/articles/cup.txt"]

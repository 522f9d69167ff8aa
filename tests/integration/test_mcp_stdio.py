"""`qa mcp`: the official client starts it, and asks the real pipeline over its standard streams."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters

from qa.index import Index
from qa.protocols import Encoder
from qa.settings import Settings

pytestmark = pytest.mark.integration

_TEXT = "The Harbour Board wants to close the ferry in May, its chairwoman Ines Dahl said."


def test_a_client_asks_over_standard_streams(tmp_path: Path, encoder: Encoder) -> None:
    """An answer of the real pipeline with its exact quote, and the article that it is from."""
    (tmp_path / "ferry.txt").write_text(_TEXT)
    index = Index.open(Settings(index=tmp_path / "index"), encoder=encoder, create=True)
    index.update([tmp_path / "ferry.txt"])
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "qa", "mcp", "--index", str(tmp_path / "index")],
        env=dict(os.environ),
    )

    async def run() -> tuple[Any, Any]:
        async with Client(command) as client:
            answer = await client.call_tool("ask", {"question": "Who wants to close the ferry?"})
            return answer, await client.read_resource("qa://articles/ferry.txt")

    answer, article = anyio.run(run)
    assert not answer.is_error, answer.content
    cited = answer.structured_content["citations"][0]
    assert _TEXT[cited["start"] : cited["end"]] == cited["quote"]
    assert "Harbour Board" in answer.structured_content["short"]
    assert article.contents[0].text == _TEXT

"""The chat as a server on loopback, over a pipeline without models, and how an attacker asks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import httpx

from qa.chat.page import build
from qa.chat.serving import launch
from tests.e2e.asking import HOST
from tests.e2e.conftest import free_port
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE

KEY = "1" * 32
CALL = "/gradio_api/component_server"
NEW_CONNECTIONS = httpx.Limits(max_connections=20, max_keepalive_connections=0)
"""One for each request.

The server closes a connection that has been idle for five seconds. On a busy machine a client may
use it in the same moment, and would have to send its request again.
"""


class Server:
    """The chat of one pipeline, and how to ask it."""

    def __init__(self, folder: Path, *, read_only: bool = False, **options: Any) -> None:
        self.pipeline = FakePipeline([ARTICLE], {QUESTION: [QUOTE]})
        self.app = build(self.pipeline, folder, read_only=read_only)
        port = free_port()
        launch(self.app, host=HOST, port=port, block=False, **options)
        self.host = f"{HOST}:{port}"
        self.http = httpx.Client(
            base_url=f"http://{self.host}", timeout=600, trust_env=False, limits=NEW_CONNECTIONS
        )

    @property
    def box(self) -> int:
        """Gradio's number of the component whose functions the page calls."""
        (found,) = (
            number
            for number, block in self.app.blocks.items()
            if isinstance(block, gr.HTML) and block.elem_id == "question"
        )
        return int(found)

    def body(self, name: str, data: object) -> dict[str, object]:
        """Return what the page sends to call a function."""
        return {"component_id": self.box, "session_hash": "s", "fn_name": name, "data": data}

    def call(self, name: str, data: object, **headers: str) -> httpx.Response:
        """Call a function as the page does."""
        return self.http.post(CALL, json=self.body(name, data), headers=headers)

    def ask(self, session: str, **headers: str) -> httpx.Response:
        """Put a question in the queue, without listening to the answer."""
        return self.http.post(
            "/gradio_api/call/ask",
            json=question(session),
            headers=headers,
        )

    def articles(self) -> set[str]:
        """Return the ids of the articles."""
        return {entry.id for entry in self.pipeline.index.catalogue()}

    def close(self) -> None:
        """Stop the server."""
        self.http.close()
        self.app.close(verbose=False)


Start = Callable[..., Server]


def question(session: str) -> dict[str, object]:
    """Return the body of a question to the API."""
    return {"data": [QUESTION, [], "", "", ""], "session_hash": session}


def answered(server: Server) -> str:
    """Ask as a visitor who listens, and return the answer."""
    for _ in range(30):
        asked = server.ask("honest")
        if asked.status_code == 200:
            break
        assert "retry-after" in asked.headers
    path = f"/gradio_api/call/ask/{asked.json()['event_id']}"
    with server.http.stream("GET", path) as stream:
        lines = list(stream.iter_lines())
    return lines[lines.index("event: complete") + 1]

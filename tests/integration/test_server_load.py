"""The chat's server under load: floods, streams and sessions leave it within bounds."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any

import gradio.queueing
import httpx
import pytest
from gradio.utils import LRUCache

from qa.chat import queueing
from tests.server import CALL, KEY, NEW_CONNECTIONS, Server, Start, answered, question
from tests.unit.chat.samples import QUOTE

# Other such tests wait: this one takes whole cores.
pytestmark = pytest.mark.xdist_group("alone")

# A real flood takes a minute: here every bound, Gradio's of 2,000 sessions too, is an eighth.
SCALE = 8


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the tables of a server that starts from now on small enough to be flooded soon."""
    for bound in ("MAX_WAITING", "_MAX_WAITING_PER_CLIENT", "_MAX_SESSIONS"):
        monkeypatch.setattr(queueing, bound, getattr(queueing, bound) // SCALE)
    monkeypatch.setattr(gradio.queueing, "LRUCache", lambda size: LRUCache(size // SCALE))


def test_a_flood_of_questions_ends(
    small_bounds: None, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More questions than Gradio's tables take wait, and nobody listens: others are served."""
    server = start()
    at_once, go_on = server.pipeline.answer, threading.Event()

    def slow(asked: str, **more: Any) -> Any:
        go_on.wait(timeout=600)
        return at_once(asked, **more)

    monkeypatch.setattr(server.pipeline, "answer", slow)

    async def flood() -> list[int]:
        async with httpx.AsyncClient(
            base_url=f"http://{server.host}", limits=NEW_CONNECTIONS, timeout=600, trust_env=False
        ) as client:

            async def one(number: int) -> int:
                body = question(f"flood{number}")
                return (await client.post("/gradio_api/call/ask", json=body)).status_code

            return await asyncio.gather(*map(one, range(2_045 // SCALE)))

    statuses = asyncio.run(flood())
    go_on.set()
    assert set(statuses) <= {200, 429, 503}
    answer = answered(server)
    assert QUOTE in answer
    queue = server.app._queue
    assert not queue.stopped
    for table in (
        queue.pending_messages_per_session,
        queue.pending_event_ids_session,
        queue.event_ids_to_events,
        queue.event_analytics,
    ):
        assert len(table) <= 600 // SCALE


def test_a_refusal_says_when_to_come_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full queue answers 503 with Retry-After, and is open again later."""
    monkeypatch.setattr(server.app._queue, "max_size", 0)
    refused = server.ask("late")
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    monkeypatch.undo()
    assert QUOTE in answered(server)


def test_sessions_are_kept_in_bounds(server: Server) -> None:
    """However many sessions call, Gradio keeps the components of a few hundred."""
    for number in range(300):
        body = server.body("articles", {}) | {"session_hash": f"session{number}"}
        assert server.http.post(CALL, json=body).status_code == 200
    assert len(server.app.app.state_holder.session_data) <= 257


def test_other_visitors_are_answered_while_a_file_is_added(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Indexing has a queue of its own: a file that takes for ever keeps nobody from asking."""
    update, begun, go_on = server.pipeline.index.update, threading.Event(), threading.Event()

    def slow(places: Any, **_watchers: object) -> Any:
        begun.set()
        go_on.wait(timeout=600)
        return update(places)

    monkeypatch.setattr(server.pipeline.index, "update", slow)
    files = [{"visitor": KEY, "name": f"{name}.md", "data": "QS4="} for name in "ab"]
    tokens = [server.call("add", file).json()["value"]["token"] for file in files]
    try:
        assert begun.wait(timeout=600)
        assert QUOTE in answered(server)
        states = [server.call("adding", {"token": token}).json()["value"] for token in tokens]
        assert [state["words"] for state in states] == ["Adding a.md", "Adding b.md"]
    finally:
        go_on.set()
    for token in tokens:
        while "line" not in (state := server.call("adding", {"token": token}).json()["value"]):
            pass
        assert "added" in state["line"]


def test_other_visitors_are_answered_while_streams_are_open(server: Server) -> None:
    """Slow connections and open streams, hundreds of them, keep nobody from asking."""
    host, _, port = server.host.partition(":")
    streams = []
    for number in range(300):
        connection = socket.create_connection((host, int(port)))
        line = f"GET /gradio_api/heartbeat/stream{number} HTTP/1.1\r\nHost: {server.host}\r\n\r\n"
        # Every sixth never ends its request.
        connection.sendall(line.encode()[: -2 if number % 6 == 0 else None])
        streams.append(connection)
    try:
        assert QUOTE in answered(server)
    finally:
        for connection in streams:
            connection.close()

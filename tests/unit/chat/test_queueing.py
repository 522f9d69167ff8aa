"""The chat's queue: each visitor in turn, and those who listen before those who do not."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from qa.chat.queueing import BoundedQueue, SessionMessages


@pytest.fixture
def queue() -> BoundedQueue:
    """Return a queue without an app behind it."""
    return BoundedQueue(
        live_updates=True,
        concurrency_count=1,
        update_intervals=1,
        max_size=100,
        blocks=cast("Any", None),
        default_concurrency_limit=1,
    )


def event(session: str, address: str = "10.0.0.1") -> Any:
    """Return a question of a session that waits."""
    request = SimpleNamespace(client=SimpleNamespace(host=address))
    return SimpleNamespace(session_hash=session, username=None, request=request)


def listening(queue: BoundedQueue, *sessions: str) -> None:
    """Have some sessions listen for their answers."""
    for session in sessions:
        queue._sessions[session] = SessionMessages()
        queue._sessions[session].listened_at = time.monotonic()


def order(queue: BoundedQueue, events: list[Any]) -> list[str]:
    """Return the sessions in the order in which their questions are worked on."""
    taken = []
    while events:
        if len(events) > 1:
            queue._bring_forward(events)
        taken.append(events.pop(0).session_hash)
    return taken


def test_fifty_posts_do_not_make_another_wait(queue: BoundedQueue) -> None:
    """Another visitor, of the same address or of another one, is next after one of the fifty."""
    listening(queue, "flood", "near", "far")
    events = [*(event("flood") for _ in range(50)), event("near"), event("far", "10.0.0.2")]
    assert order(queue, events)[:4] == ["flood", "far", "near", "flood"]


def test_who_listens_comes_before_who_does_not(queue: BoundedQueue) -> None:
    """Posts from ever new sessions that nobody listens to wait until nobody listens who waits."""
    listening(queue, "honest", "other")
    events = [*(event(f"flood{n}") for n in range(50)), event("honest"), event("other")]
    assert order(queue, events)[:3] == ["honest", "other", "flood0"]

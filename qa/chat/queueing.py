"""Gradio's queue of questions, bounded: no number of visitors ends it, and nobody fills it alone.

Gradio's own table of sessions drops the oldest of 2,000, and a message to a dropped one ends the
queue until the server is restarted. Here such a message is lost instead, and a question for which
nobody listens gives way to one for which somebody does.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from gradio.queueing import Event, Queue

from qa.server.turns import Turns, Waiting

if TYPE_CHECKING:
    import gradio as gr

MAX_WAITING = 256
"""Questions that may wait; beyond them a visitor is told to come again."""

_MAX_WAITING_PER_CLIENT = 224
_MAX_SESSIONS = 512
# Gradio's stream of a session asks for its messages every ten seconds at least.
_LISTENING_SECONDS = 15.0
# A client opens its stream right after it has asked. Seconds that it may take, and those where the
# queue is full.
_GRACE_SECONDS, _GRACE_SECONDS_IF_FULL = 5.0, 1.0


class SessionMessages(asyncio.Queue[Any]):
    """The messages of one session, and when its client last listened."""

    listened_at = float("-inf")

    async def get(self) -> Any:
        """Return the next message."""
        self.listened_at = time.monotonic()
        return await super().get()


class SessionTable(MutableMapping[str, SessionMessages]):
    """The messages of the sessions that were last used; those for a dropped session are lost.

    Args:
        event_ids: Gradio's ids of the questions of each session, which are dropped with it.
    """

    def __init__(self, event_ids: dict[str, set[str]]) -> None:
        self._event_ids = event_ids
        self._sessions: OrderedDict[str, SessionMessages] = OrderedDict()

    def __getitem__(self, session: str) -> SessionMessages:
        """Return the messages of a session, which counts as used by that."""
        if session not in self._sessions:
            return SessionMessages()
        self._sessions.move_to_end(session)
        return self._sessions[session]

    def __setitem__(self, session: str, _messages: object) -> None:
        """Add a session, and drop the one that was used least recently if there are too many."""
        self._sessions[session] = SessionMessages()
        if len(self._sessions) > _MAX_SESSIONS:
            del self[next(iter(self._sessions))]

    def __delitem__(self, session: str) -> None:
        """Drop a session, if it is there."""
        self._sessions.pop(session, None)
        self._event_ids.pop(session, None)

    def __contains__(self, session: object) -> bool:
        """Return whether there is such a session."""
        return session in self._sessions

    def __iter__(self) -> Iterator[str]:
        """Iterate over the sessions, the one that was used least recently first."""
        return iter(self._sessions)

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self._sessions)


class BoundedQueue(Queue):
    """A queue that drops questions for which nobody listens, and is shared among clients."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._sessions = SessionTable(self.pending_event_ids_session)
        self.pending_messages_per_session = self._sessions  # type: ignore[assignment]  # Gradio's dict
        self.ANALYTICS_MAX_EVENTS = 1  # nobody can see Gradio's statistics of requests
        self._turns = Turns()
        self._swept_at = 0.0

    async def push(self, body: Any, request: Any, username: str | None) -> Any:
        """Take a question, unless the queue, or the client's share of it, is full."""
        if len(self) >= MAX_WAITING:
            self._drop_unheard(_GRACE_SECONDS_IF_FULL)
        waiting = Counter(_client(event.request) for event in self._waiting())
        if waiting[_client(request)] >= _MAX_WAITING_PER_CLIENT:
            return False, "Too many of your questions are waiting.", "queue_full"
        return await super().push(body, request, username)

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        """Return what is to be worked on next: of each visitor in turn, if somebody listens."""
        if time.monotonic() - self._swept_at > _GRACE_SECONDS_IF_FULL:
            self._swept_at = time.monotonic()
            self._drop_unheard(_GRACE_SECONDS)
        for waiting in self.event_queue_per_concurrency_id.values():
            limit = waiting.concurrency_limit
            if len(waiting.queue) > 1 and (limit is None or waiting.current_concurrency < limit):
                self._bring_forward(waiting.queue)
        return super().get_events()

    def compute_analytics_summary(self, _records: object) -> dict[str, object]:
        """Return nothing: Gradio would make a table of all requests after each."""
        return {}

    def _bring_forward(self, events: list[Event]) -> None:
        """Put first whose turn it is; who does not listen has none while somebody does."""
        now = time.monotonic()
        heard = [e for e in events if now - self._listened_at(e) <= _LISTENING_SECONDS] or events
        chosen = heard[self._turns.next([_who(event) for event in heard])]
        events.remove(chosen)
        events.insert(0, chosen)

    def _listened_at(self, event: Event) -> float:
        return self._sessions[event.session_hash].listened_at

    def _waiting(self) -> list[Event]:
        queues = self.event_queue_per_concurrency_id.values()
        return [event for queue in queues for event in queue.queue]

    def _drop_unheard(self, grace: float) -> None:
        """Drop the questions that have waited longer than `grace` without anybody listening."""
        now = time.monotonic()
        for event in self._waiting():
            unheard = now - self._listened_at(event)
            if now - event.enqueue_time > grace and unheard > _LISTENING_SECONDS:
                self.event_queue_per_concurrency_id[event.concurrency_id].queue.remove(event)
                self.event_ids_to_events.pop(event._id, None)  # noqa: SLF001 - Gradio's key
                del self._sessions[event.session_hash]


def bound_queue(blocks: gr.Blocks, *, concurrency: int) -> None:
    """Give an app a bounded queue, of which some questions are worked on at once."""
    blocks.queue()  # what else Gradio does then
    blocks._queue = BoundedQueue(  # noqa: SLF001 - Gradio has no other way in
        live_updates=True,
        concurrency_count=blocks.max_threads,
        update_intervals=1,
        max_size=MAX_WAITING,
        blocks=blocks,
        default_concurrency_limit=concurrency,
    )


def _who(event: Event) -> Waiting:
    return Waiting(event.username or _client(event.request), event.session_hash)


def _client(request: Any) -> str:
    return str(request.client.host) if request.client else ""

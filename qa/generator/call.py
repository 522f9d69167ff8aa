"""One call of a chat model: with time-outs, tries again where that may help, and can be left at any moment."""

from __future__ import annotations

import contextlib
import itertools
import queue
import random
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from qa.errors import ModelError, one_line

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

# Seconds until a silent model is noticed by whoever waits for it.
_BEAT = 0.5
# Whoever asks for a longer pause than the longest is not asked again.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.01, 20.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a model is waited for.

    Attributes:
        silence: seconds without a piece of text, before the first one and between two.
        total: seconds for the whole text.
        retries: further tries after an error that may pass, such as a rate limit, before the first piece.
        pause: seconds before the first further try; each next pause is twice as long.
    """

    silence: float = 60.0
    total: float = 180.0
    retries: int = 2
    pause: float = 1.0


class Call:
    """A chat model's text as it comes, from a thread of its own: a model that hangs can be left behind.

    Attributes:
        usage: once it has ended, `model` (seconds) and, where the provider tells, `tokens_in` and `tokens_out`.
    """

    def __init__(self, model: BaseChatModel, messages: Sequence[tuple[str, str]], limits: Limits) -> None:
        self.usage: dict[str, float] = {}
        self._model = model
        self._messages = messages
        self._limits = limits
        self._received: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        self._stop = threading.Event()

    def pieces(self) -> Generator[str]:
        """Yield the pieces of text, and every moment an empty one, so that nobody is held up by a silent model.

        Closing this iterator stops the model before its next piece.

        Raises:
            ModelError: the model failed, or was silent or at work for too long.
        """
        started = time.monotonic()
        threading.Thread(target=self._run, name="chat-model", daemon=True).start()
        try:
            yield from self._awaited(started + self._limits.total)
        finally:
            self._stop.set()
            self.usage["model"] = time.monotonic() - started

    def _awaited(self, deadline: float) -> Iterator[str]:
        heard = time.monotonic()
        while True:
            now = time.monotonic()
            left, patience = deadline - now, heard + self._limits.silence - now
            if left <= 0:
                raise ModelError(f"the chat model was not done after {self._limits.total:g} s")
            if patience <= 0:
                raise ModelError(f"the chat model was silent for {self._limits.silence:g} s")
            try:
                item = self._received.get(timeout=min(left, patience, _BEAT))
            except queue.Empty:
                yield ""
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise ModelError(f"the chat model failed: {first_line(item)}") from item
            heard = time.monotonic()
            yield item

    def _run(self) -> None:
        """Put the pieces, then None or the error, where the other thread gets them."""
        for attempt in itertools.count():
            sent = False
            try:
                # Closed, a provider's stream ends its connection.
                with contextlib.closing(self._model.stream(list(self._messages))) as chunks:  # type: ignore[type-var]
                    for chunk in chunks:
                        if self._stop.is_set():
                            return
                        sent = True
                        self._count(chunk.usage_metadata if hasattr(chunk, "usage_metadata") else None)
                        self._received.put(str(chunk.text))
            except Exception as error:  # noqa: BLE001 - a provider may raise anything
                pause = asked_pause(error) or self._limits.pause * 2**attempt * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
                final = sent or attempt == self._limits.retries or not passing(error) or pause > _LONGEST_PAUSE
                if final or self._stop.wait(pause):
                    self._received.put(error)
                    return
            else:
                self._received.put(None)
                return

    def _count(self, usage: object) -> None:
        if isinstance(usage, dict):
            for name, key in (("tokens_in", "input_tokens"), ("tokens_out", "output_tokens")):
                self.usage[name] = self.usage.get(name, 0.0) + usage.get(key, 0)


def asked_pause(error: BaseException) -> float | None:
    """Return for how many seconds a provider asks to be left alone; None where it does not say.

    Source: RFC 9110, section 10.2.3; OpenAI's servers also send milliseconds.
    """
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    after = str(headers.get("retry-after", ""))
    for text, unit in ((str(headers.get("retry-after-ms", "")), 1000), (after, 1)):
        with contextlib.suppress(ValueError):
            return max(float(text) / unit, _SHORTEST_PAUSE)
    with contextlib.suppress(ValueError):
        return max(parsedate_to_datetime(after).timestamp() - time.time(), _SHORTEST_PAUSE)
    return None


def passing(error: BaseException) -> bool:
    """Tell whether the same call may succeed later: a rate limit, a server that failed or could not be reached."""
    from langchain_core.exceptions import ModelError as ProviderError

    if isinstance(error, ProviderError):
        return error.is_retryable
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in {408, 409, 429} or status >= 500
    named = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, ConnectionError | TimeoutError) or bool(named & {"TransportError", "APIConnectionError"})


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or its kind where it has none, safe to print."""
    return one_line(str(error).strip().partition("\n")[0]) or type(error).__name__

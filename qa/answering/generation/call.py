"""One call of a chat model, with timeouts and retries; it can be abandoned at any moment."""

from __future__ import annotations

import contextlib
import itertools
import math
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

# Seconds between two signs of life while the model is silent.
_HEARTBEAT = 0.5
# Seconds; a provider that asks for a longer wait is not retried.
_MIN_WAIT, _MAX_WAIT = 0.01, 20.0
_USAGE = {"tokens_in": "input_tokens", "tokens_out": "output_tokens"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one call.

    Attributes:
        idle_timeout: seconds without a chunk of text, before the first one and between two.
        timeout: seconds for the whole text.
        retries: further attempts after a transient error, such as a rate limit, if no chunk has
            come yet.
        backoff: seconds before the first retry; the wait doubles with each.
    """

    idle_timeout: float = 60.0
    timeout: float = 180.0
    retries: int = 2
    backoff: float = 1.0


class ModelCall:
    """Streams a chat model's text from a thread of its own, so that one that hangs can be left.

    Args:
        model: the chat model.
        messages: the prompt, as (role, text) pairs.
        limits: of the call.

    Attributes:
        usage: once it has ended, `model` (seconds) and, if the provider reports them, `tokens_in`
            and `tokens_out`.
    """

    def __init__(
        self, model: BaseChatModel, messages: Sequence[tuple[str, str]], limits: Limits
    ) -> None:
        self.usage: dict[str, float] = {}
        self._model = model
        self._messages = messages
        self._limits = limits
        self._received: queue.SimpleQueue[str | Exception | None] = queue.SimpleQueue()
        self._stop = threading.Event()

    def stream(self) -> Generator[str]:
        """Yield the text in chunks, and empty chunks as signs of life while the model is silent.

        Closing this iterator stops the model before its next chunk.

        Raises:
            ModelError: the model failed, or exceeded a timeout.
        """
        started = time.monotonic()
        threading.Thread(target=self._run, name="chat-model", daemon=True).start()
        try:
            yield from self._receive(started + self._limits.timeout)
        finally:
            self._stop.set()
            self.usage["model"] = time.monotonic() - started

    def _receive(self, deadline: float) -> Iterator[str]:
        last_chunk = time.monotonic()
        while True:
            now = time.monotonic()
            left, idle_left = deadline - now, last_chunk + self._limits.idle_timeout - now
            if left <= 0:
                raise ModelError(f"the chat model was not done after {self._limits.timeout:g} s")
            if idle_left <= 0:
                raise ModelError(f"the chat model was silent for {self._limits.idle_timeout:g} s")
            try:
                item = self._received.get(timeout=min(left, idle_left, _HEARTBEAT))
            except queue.Empty:
                yield ""
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise ModelError(f"the chat model failed: {first_line(item)}") from item
            last_chunk = time.monotonic()
            yield item

    def _run(self) -> None:
        """Queue the chunks, then None or the error, for the other thread."""
        for attempt in itertools.count():
            sent = False
            try:
                # Closing a provider's stream closes its connection.
                with contextlib.closing(self._model.stream(list(self._messages))) as chunks:  # type: ignore[type-var]
                    for chunk in chunks:
                        if self._stop.is_set():
                            return
                        sent = True
                        if usage := getattr(chunk, "usage_metadata", None):
                            for name, key in _USAGE.items():
                                self.usage[name] = self.usage.get(name, 0.0) + usage.get(key, 0)
                        self._received.put(str(chunk.text))
            except Exception as error:  # noqa: BLE001 - a provider may raise anything
                jitter = random.uniform(0.8, 1.2)  # noqa: S311 - no secret
                wait = retry_after(error) or self._limits.backoff * 2**attempt * jitter
                final = (
                    sent
                    or attempt == self._limits.retries
                    or not is_transient(error)
                    or wait > _MAX_WAIT
                )
                if final or self._stop.wait(wait):
                    self._received.put(error)
                    return
            else:
                self._received.put(None)
                return


def retry_after(error: BaseException) -> float | None:
    """Return the seconds that a provider asks to wait before a retry; None if it does not say.

    Source: RFC 9110, section 10.2.3; OpenAI's servers also send milliseconds.
    """
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    after = str(headers.get("retry-after", ""))
    for text, unit in ((str(headers.get("retry-after-ms", "")), 1000), (after, 1)):
        with contextlib.suppress(ValueError):
            if math.isfinite(seconds := float(text) / unit):
                return max(seconds, _MIN_WAIT)
    with contextlib.suppress(ValueError):
        return max(parsedate_to_datetime(after).timestamp() - time.time(), _MIN_WAIT)
    return None


def is_transient(error: BaseException) -> bool:
    """Return whether a retry may succeed: after a rate limit, or if a server failed or was away."""
    from langchain_core.exceptions import ModelError as ProviderError

    if isinstance(error, ProviderError):
        return error.is_retryable
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return status in {408, 409, 429} or status >= 500
    named = {kind.__name__ for kind in type(error).__mro__}
    return isinstance(error, ConnectionError | TimeoutError) or bool(
        named & {"TransportError", "APIConnectionError"}
    )


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or its type if it has none, safe to print."""
    return one_line(str(error).strip().partition("\n")[0]) or type(error).__name__

"""A GGUF file as a LangChain chat model, run in this process by llama.cpp, without network."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import queue
import secrets
import threading
from collections.abc import Iterator
from typing import Any, ClassVar

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from qa.errors import ModelError

# Held while the weights load, so that two threads do not load them twice.
_LOADING = threading.Lock()
# Seconds to wait for a request when the program ends.
_EXIT_TIMEOUT = 120.0
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class LocalChatModel(BaseChatModel):
    """A file of weights that llama.cpp runs.

    Attributes:
        path: of the GGUF file.
        context: the most tokens of prompt and answer together.
        max_tokens: the most tokens of an answer.
        temperature: 0 always takes the likeliest token.
        repeat_penalty: above 1, it keeps small models from repeating themselves.
    """

    path: str
    context: int = 8192
    max_tokens: int = 300
    temperature: float = 0.0
    repeat_penalty: float = 1.1

    @property
    def _llm_type(self) -> str:
        return "gguf"

    @functools.cached_property
    def _server(self) -> Any:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = self.path
        params.n_ctx = self.context
        params.n_parallel = 1
        # It reports its progress, and can be stopped, after each such batch of the prompt.
        params.n_batch = params.n_ubatch = 128
        # Its threads busy-wait for each other: one without a core of its own delays all of them.
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max(
            (os.cpu_count() or 1) - 1, 1
        )
        params.verbosity = 0
        params.warmup = False
        # It also listens on a local port, which cannot be disabled: keep everybody else out.
        params.api_keys = [secrets.token_hex(32)]
        params.cors_origins = ""
        params.ui = params.endpoint_slots = False
        return xllamacpp.Server(params)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **_kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Yield the tokens; closing the iterator stops llama.cpp at its next token or batch.

        While it reads the prompt, it yields chunks without text as signs of life.
        """
        request = {
            "messages": [{"role": _ROLES[m.type], "content": str(m.text)} for m in messages],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "repeat_penalty": self.repeat_penalty,
            "stop": stop or [],
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,
        }
        with _LOADING:
            server = self._server
        with contextlib.closing(_Request(server, request)) as running:
            for event in running:
                for chunk in _chunks(event):
                    if run_manager:
                        run_manager.on_llm_new_token(str(chunk.text), chunk=chunk)
                    yield chunk


class _Request:
    """A request that llama.cpp handles in a thread of its own: an iterator over its events."""

    _open: ClassVar[set[_Request]] = set()

    def __init__(self, server: Any, request: dict[str, Any]) -> None:
        self._received: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._closed = threading.Event()
        self.thread = threading.Thread(
            target=self._run, args=(server, request), name="llama.cpp", daemon=True
        )
        self._open.add(self)
        self.thread.start()

    def __iter__(self) -> Iterator[Any]:
        while (event := self._received.get()) is not None:
            yield event

    def close(self) -> None:
        """Ask llama.cpp to stop as soon as it can."""
        self._closed.set()

    @classmethod
    def close_all(cls) -> None:
        """Stop all requests and wait: one that runs while Python exits would crash the process."""
        for request in list(cls._open):
            request.close()
        for request in list(cls._open):
            request.thread.join(_EXIT_TIMEOUT)

    def _receive(self, event: Any) -> bool:
        self._received.put(event)
        return self._closed.is_set()

    def _run(self, server: Any, request: dict[str, Any]) -> None:
        try:
            server.handle_chat_completions(request, self._receive)
        except Exception as error:  # noqa: BLE001 - raised in the other thread
            self._received.put(error)
        self._open.discard(self)
        self._received.put(None)


atexit.register(_Request.close_all)


def _chunks(event: Any) -> Iterator[ChatGenerationChunk]:
    """Yield the text and the usage in a streamed event, or a list of them.

    Raises:
        ModelError: the event is an error.
    """
    if isinstance(event, Exception):
        raise ModelError(f"llama.cpp failed: {event}") from event
    for item in event if isinstance(event, list) else [event]:
        if "error" in item or "choices" not in item:
            raise ModelError(f"llama.cpp failed: {item.get('error', item)}")
        text = "".join(choice.get("delta", {}).get("content") or "" for choice in item["choices"])
        if text or "prompt_progress" in item:
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))
        if usage := item.get("usage"):
            read, written = usage["prompt_tokens"], usage["completion_tokens"]
            counted = UsageMetadata(
                input_tokens=read, output_tokens=written, total_tokens=read + written
            )
            yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=counted))

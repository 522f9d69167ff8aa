"""A GGUF file as a LangChain chat model, run by llama.cpp in this process: no server to start, no network."""

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

# Two threads that ask at once need the weights once.
_LOADING = threading.Lock()
# Seconds that a request is waited for at the end of the program.
_LONGEST_END = 120.0
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


class LocalChatModel(BaseChatModel):
    """A file of weights that llama.cpp runs.

    Attributes:
        path: of the GGUF file.
        context: tokens of prompt and answer together.
        max_tokens: most tokens of an answer.
        temperature: 0 takes the likeliest token each time.
        repeat_penalty: above 1 keeps small models from repeating themselves.
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
        # After so many tokens of the prompt it tells how far it is, and can be stopped.
        params.n_batch = params.n_ubatch = 128
        # Its threads wait for each other at full speed: where one has no core for itself, all are held up by it.
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max((os.cpu_count() or 1) - 1, 1)
        params.verbosity = 0
        params.warmup = False
        # It also listens on a port of this machine, which cannot be turned off: nobody but us is let in there.
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
        """Yield the tokens; closing the iterator stops llama.cpp at its next token, or part of the prompt.

        While the prompt is read, chunks without text show that it is at work.
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
    """A request that llama.cpp works on in a thread of its own: iterate over its events, and close it."""

    _open: ClassVar[set[_Request]] = set()

    def __init__(self, server: Any, request: dict[str, Any]) -> None:
        self._received: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._left = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(server, request), name="llama.cpp", daemon=True)
        self._open.add(self)
        self.thread.start()

    def __iter__(self) -> Iterator[Any]:
        while (event := self._received.get()) is not None:
            yield event

    def close(self) -> None:
        """Have llama.cpp stop as soon as it can."""
        self._left.set()

    @classmethod
    def close_all(cls) -> None:
        """Stop all requests and wait for it: one at work when Python ends would bring the process down."""
        for request in list(cls._open):
            request.close()
        for request in list(cls._open):
            request.thread.join(_LONGEST_END)

    def _receive(self, event: Any) -> bool:
        self._received.put(event)
        return self._left.is_set()

    def _run(self, server: Any, request: dict[str, Any]) -> None:
        try:
            server.handle_chat_completions(request, self._receive)
        except Exception as error:  # noqa: BLE001 - told to the thread that waits
            self._received.put(error)
        self._open.discard(self)
        self._received.put(None)


atexit.register(_Request.close_all)


def _chunks(event: Any) -> Iterator[ChatGenerationChunk]:
    """Yield what a streamed event, or a list of them, holds: a piece of text, the usage, or an error to raise."""
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
            counted = UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
            yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=counted))

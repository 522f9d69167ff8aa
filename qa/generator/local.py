"""A GGUF file as a LangChain chat model, run by llama.cpp in this process: no server to start, no network."""

from __future__ import annotations

import functools
import queue
import threading
from collections.abc import Iterator
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from qa.errors import ModelError

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
        params.verbosity = 0
        params.warmup = False
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
        """Yield the tokens; closing the iterator stops llama.cpp at its next token."""
        request = {
            "messages": [{"role": _ROLES[m.type], "content": str(m.text)} for m in messages],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "repeat_penalty": self.repeat_penalty,
            "stop": stop or [],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        received: queue.SimpleQueue[Any] = queue.SimpleQueue()
        left = threading.Event()

        def receive(event: Any) -> bool:
            received.put(event)
            return left.is_set()

        def run() -> None:
            try:
                self._server.handle_chat_completions(request, receive)
            except Exception as error:  # noqa: BLE001 - told to the thread that waits
                received.put(error)
            received.put(None)

        threading.Thread(target=run, name="llama.cpp", daemon=True).start()
        try:
            while (event := received.get()) is not None:
                for chunk in _chunks(event):
                    if run_manager:
                        run_manager.on_llm_new_token(str(chunk.text), chunk=chunk)
                    yield chunk
        finally:
            left.set()


def _chunks(event: Any) -> Iterator[ChatGenerationChunk]:
    """Yield what a streamed event, or a list of them, holds: a piece of text, the usage, or an error to raise."""
    if isinstance(event, Exception):
        raise ModelError(f"llama.cpp failed: {event}") from event
    for item in event if isinstance(event, list) else [event]:
        if "error" in item or "choices" not in item:
            raise ModelError(f"llama.cpp failed: {item.get('error', item)}")
        text = "".join(choice.get("delta", {}).get("content") or "" for choice in item["choices"])
        if text:
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))
        if usage := item.get("usage"):
            read, written = usage["prompt_tokens"], usage["completion_tokens"]
            counted = UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
            yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=counted))

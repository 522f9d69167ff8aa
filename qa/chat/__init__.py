"""The browser chat: a Gradio app around a pipeline. It holds no question answering of its own."""

from __future__ import annotations

from qa.chat.page import build
from qa.chat.serving import serve

__all__ = ["build", "serve"]

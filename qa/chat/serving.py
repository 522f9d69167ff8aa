"""The chat as a server."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Sequence
from importlib.resources import files

import gradio as gr

from qa.chat.page import CONCURRENCY, build
from qa.errors import QAError, SettingsError
from qa.pipeline import Pipeline
from qa.settings import Settings

HOST = "127.0.0.1"
PORT = 7860
_STYLES = ("page.css", "conversation.css", "answer.css", "sources.css", "reader.css", "talks.css", "library.css")
_SCRIPTS = ("chat.js", "reader.js", "asking.js", "talks.js", "library.js")


def serve(settings: Settings, *, host: str | None = None, port: int | None = None) -> None:
    """Serve the chat until it is interrupted; the page comes up even when there is no index yet.

    Args:
        settings: of the pipeline that answers.
        host: address to listen at; GRADIO_SERVER_NAME or 127.0.0.1 without it.
        port: GRADIO_SERVER_PORT or 7860 without it.

    Raises:
        QAError: the port is taken, or is not a port.
    """
    launch(
        build(lambda: _opened(settings), settings.index.absolute() / "chat"),
        host=host or os.environ.get("GRADIO_SERVER_NAME") or HOST,
        port=port if port is not None else _port_of_environment(),
    )


def launch(  # noqa: PLR0913 - where, how, and with which looks
    blocks: gr.Blocks,
    *,
    host: str,
    port: int,
    block: bool = True,
    styles: Sequence[str] = _STYLES,
    scripts: Sequence[str] = _SCRIPTS,
) -> None:
    """Launch `blocks` with looks and behaviour, those of the chat by default; `block` waits until interrupted.

    Raises:
        QAError: the port is taken.
    """
    try:
        blocks.queue(default_concurrency_limit=CONCURRENCY).launch(
            server_name=host,
            server_port=port,
            theme=_theme(),
            head=f"<style>{''.join(map(_asset, styles))}</style><script>{''.join(map(_asset, scripts))}</script>",
            footer_links=[],
            ssr_mode=False,
            quiet=not block,
            prevent_thread_lock=True,
        )
    except OSError as error:
        raise QAError(
            f"cannot listen at {host}:{port}, perhaps because another program does: choose another port with --port"
        ) from error
    if block:
        _wait(blocks)


def _wait(blocks: gr.Blocks) -> None:
    """Serve until interrupted, then end at once: pages that are open would else be waited for."""
    with contextlib.suppress(KeyboardInterrupt):
        while blocks.is_running:
            time.sleep(0.1)
    # Pages that are cut off are meant to be; uvicorn would report them as a fault, with a traceback.
    logging.getLogger("uvicorn.error").disabled = True
    blocks.server.force_exit = True
    blocks.close(verbose=False)


def _opened(settings: Settings) -> Pipeline:
    """Open the pipeline, and load its models while the first visitor reads the page."""
    pipeline = Pipeline.open(settings)
    threading.Thread(target=pipeline.index.encoder.encode, args=(["warm"],), daemon=True).start()
    return pipeline


def _asset(name: str) -> str:
    return (files("qa.chat") / "assets" / name).read_text(encoding="utf-8")


def _theme() -> gr.themes.Base:
    """Return a theme of system fonts only: no font is fetched from anywhere."""
    serif = ("Charter", "Bitstream Charter", "Georgia", "Liberation Serif", "serif")
    mono = ("ui-monospace", "Menlo", "Consolas", "monospace")
    theme = gr.themes.Base(primary_hue="stone", neutral_hue="stone", font=serif, font_mono=mono, radius_size="sm")
    paper, ink, night, chalk = "#fbf9f4", "#1f1b16", "#191714", "#ece6da"
    return theme.set(
        body_background_fill=paper,
        body_background_fill_dark=night,
        body_text_color=ink,
        body_text_color_dark=chalk,
        background_fill_primary=paper,
        background_fill_primary_dark=night,
    )


def _port_of_environment() -> int:
    value = os.environ.get("GRADIO_SERVER_PORT") or str(PORT)
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SettingsError(f"GRADIO_SERVER_PORT = {value!r} is not a port: give a number from 1 to 65535")
    return int(value)

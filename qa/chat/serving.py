"""The chat as a server."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import gradio as gr

from qa.chat.environment import port_of_environment, without_proxies
from qa.chat.page import CONCURRENCY, build
from qa.chat.queueing import bound_queue
from qa.chat.security import (
    MAX_CONNECTIONS,
    SESSION_CAPACITY,
    check_exposure,
    host_names,
    may_fetch,
    middleware,
)
from qa.errors import QAError
from qa.index import UpdateProcess, is_published
from qa.pipeline import Pipeline
from qa.server.access import Role
from qa.server.accounts import Accounts
from qa.server.users import FILE_NAME
from qa.settings import Settings

HOST = "127.0.0.1"
DRAIN_SECONDS = 8.0
"""Seconds that an answer may still take when the server is told to end."""

_STYLES = (
    "page.css",
    "conversation.css",
    "answer.css",
    "sources.css",
    "reader.css",
    "conversations.css",
    "library.css",
)
# All that Gradio would open by itself or by a variable of the environment, and its limits.
_CLOSED: dict[str, Any] = {
    "allowed_paths": [],
    "enable_monitoring": False,
    "footer_links": [],
    "inbrowser": False,
    "inline": False,
    "max_file_size": 1,
    "mcp_server": False,
    "prevent_thread_lock": True,
    "pwa": False,
    "root_path": "",
    "run_history": False,
    "state_session_capacity": SESSION_CAPACITY,
    "share": False,
    "show_error": False,
    "ssr_mode": False,
}
_SCRIPTS = ("chat.js", "reader.js", "asking.js", "conversations.js", "library.js", "adding.js")


def serve(  # noqa: PLR0913 - by keyword, all but the first
    settings: Settings,
    *,
    host: str | None = None,
    port: int | None = None,
    allow_hosts: Sequence[str] = (),
    opened: bool = False,
    read_only: bool = False,
) -> None:
    """Serve the chat until it is interrupted, even when there is no index yet.

    Args:
        settings: of the pipeline, and the login.
        host: address to listen at; by default GRADIO_SERVER_NAME or 127.0.0.1.
        port: by default GRADIO_SERVER_PORT or 7860.
        allow_hosts: further names by which it is reached, such as that of a reverse proxy.
        opened: whether other machines may be let in without a login.
        read_only: whether the library is closed to changes.

    Raises:
        QAError: the port is taken, or is not a port, or other machines would be let in without a
            login.
    """
    host = host or os.environ.get("GRADIO_SERVER_NAME") or HOST
    port = port if port is not None else port_of_environment()
    folder = settings.index.absolute()
    local = may_fetch(host, login=False, named=bool(allow_hosts))
    everyone: Role = "owner" if local else "editor"
    login = settings.login.get_secret_value()
    accounts = Accounts(login, folder / FILE_NAME, everyone=everyone)
    check_exposure(host, login=accounts.required, opened=opened)
    chat = build(
        lambda: _opened(settings),
        folder / "chat",
        read_only=read_only or is_published(folder),
        addresses=local or accounts.required,
        updater=UpdateProcess(settings),
        log_questions=settings.log_questions,
    )
    launch(chat, host=host, port=port, allow_hosts=allow_hosts, accounts=accounts)


def launch(  # noqa: PLR0913 - by keyword, all but the first
    blocks: gr.Blocks,
    *,
    host: str,
    port: int,
    block: bool = True,
    styles: Sequence[str] = _STYLES,
    scripts: Sequence[str] = _SCRIPTS,
    allow_hosts: Sequence[str] = (),
    login: str = "",
    accounts: Accounts | None = None,
) -> None:
    """Launch an app with style sheets and scripts of `assets/`; by default those of the chat.

    Args:
        blocks: the app.
        host: address to listen at.
        port: port to listen at.
        block: whether to wait until interrupted.
        styles: names of style sheets.
        scripts: names of scripts.
        allow_hosts: further names by which it is reached.
        login: `user:password` that is asked for.
        accounts: those who may sign in; by default the one of `login`.

    Raises:
        QAError: the port is taken.
    """
    accounts = accounts or Accounts(login)
    style, script = ("".join(map(_asset, names)) for names in (styles, scripts))
    backend, names = getattr(blocks, "backend", None), host_names(host, allow_hosts)
    options: dict[str, Any] = {
        "head": f"<style>{style}</style><script>{script}</script>",
        "auth": accounts.sign_in if accounts.required else None,
        "app_kwargs": {"middleware": middleware(names, script, accounts, backend)},
        "quiet": not block,
    }
    _listen(blocks, host, port, options, accounts)
    if block:
        _wait(blocks)


def _listen(
    blocks: gr.Blocks, host: str, port: int, options: dict[str, Any], accounts: Accounts
) -> None:
    bound_queue(blocks, concurrency=CONCURRENCY)
    try:
        with without_proxies():
            blocks.launch(server_name=host, server_port=port, theme=_theme(), **options, **_CLOSED)
    except OSError as error:
        reason = "perhaps because another program does: choose another port with --port"
        raise QAError(f"cannot listen at {host}:{port}, {reason}") from error
    blocks.app.tokens = accounts.sessions  # type: ignore[assignment]  # Gradio's dict
    # What Gradio has no option for, set on the HTTP server below it.
    blocks.server.config.limit_concurrency = MAX_CONNECTIONS
    blocks.server.config.encoded_headers = []  # the name of the server
    blocks.server.server_state.default_headers = []  # the same, for connections that exist


def _wait(blocks: gr.Blocks) -> None:
    """Serve until interrupted, then end once what is being answered is answered.

    Pages hold streams open as long as they are shown: nobody waits until they are closed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        while blocks.is_running:
            time.sleep(0.1)
    backend = getattr(blocks, "backend", None)
    if backend:
        backend.pipeline.stop_answering()
    end = time.monotonic() + DRAIN_SECONDS
    with contextlib.suppress(KeyboardInterrupt):  # once more: at once
        while backend and backend.pipeline.answering and time.monotonic() < end:
            time.sleep(0.05)
    # Open pages are cut off on purpose; uvicorn would report each as a fault, with a traceback.
    logging.getLogger("uvicorn.error").disabled = True
    blocks.server.force_exit = True
    blocks.close(verbose=False)


def _opened(settings: Settings) -> Pipeline:
    """Open the pipeline; its encoder is loaded while the first visitor reads the page."""
    pipeline = Pipeline.open(settings, cached=True)
    threading.Thread(target=pipeline.index.encoder.encode, args=(["warm"],), daemon=True).start()
    return pipeline


def _asset(name: str) -> str:
    return (files("qa.chat") / "assets" / name).read_text(encoding="utf-8")


def _theme() -> gr.themes.Base:
    """Return a theme of system fonts only: no font is fetched from anywhere."""
    serif = ("Charter", "Bitstream Charter", "Georgia", "Liberation Serif", "serif")
    mono = ("ui-monospace", "Menlo", "Consolas", "monospace")
    theme = gr.themes.Base(
        primary_hue="stone", neutral_hue="stone", font=serif, font_mono=mono, radius_size="sm"
    )
    paper, ink, night, chalk = "#fbf9f4", "#1f1b16", "#191714", "#ece6da"
    return theme.set(
        body_background_fill=paper,
        body_background_fill_dark=night,
        body_text_color=ink,
        body_text_color_dark=chalk,
        background_fill_primary=paper,
        background_fill_primary_dark=night,
    )

"""The chat as a server."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from qa.answering.reader import Reader
from qa.chat.environment import port_of_environment, without_proxies
from qa.chat.mounting import mounted, share_sessions
from qa.chat.page import CONCURRENCY, build
from qa.chat.queueing import bound_queue
from qa.chat.rendering import render
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
from qa.server.access import DEFAULT, Role
from qa.server.accounts import Accounts
from qa.server.collections import folders
from qa.server.metrics import Metrics
from qa.server.users import FILE_NAME
from qa.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from qa.server.backend import Backend

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
    local = may_fetch(host, login=False, named=bool(allow_hosts))
    accounts = _accounts(settings, "owner" if local else "editor")
    check_exposure(host, login=accounts.required, opened=opened)
    pages = build_all(settings, read_only=read_only, addresses=local or accounts.required)
    first = pages.pop(DEFAULT)
    if settings.oidc_issuer and (backend := _backend(first)):
        accounts.provider = _provider(settings, accounts, backend)
    launch(first, host=host, port=port, allow_hosts=allow_hosts, accounts=accounts, others=pages)


def _accounts(settings: Settings, everyone: Role) -> Accounts:
    """Return those who may sign in; `everyone` has that role where nobody has to."""
    login, users = settings.login.get_secret_value(), settings.index.absolute() / FILE_NAME
    return Accounts(login, users, everyone=everyone, provided=bool(settings.oidc_issuer))


def build_all(
    settings: Settings, *, read_only: bool = False, addresses: bool = False
) -> dict[str, gr.Blocks]:
    """Return collection -> page: of the index itself, and of those that lie in a folder.

    All of them share one reader: each takes its own index, not its own copy of the weights.

    Raises:
        SettingsError: the folder cannot be read, or a name in it is no name of a collection.
    """
    found = {DEFAULT: settings.index, **folders(settings.collections)}
    metrics, reader = Metrics(), Reader()

    def page(folder: Path) -> gr.Blocks:
        own = settings.model_copy(update={"index": folder})
        return build(
            lambda: _opened(own, reader),
            folder.absolute() / "chat",
            read_only=read_only or is_published(folder.absolute()),
            addresses=addresses,
            updater=UpdateProcess(own),
            log_questions=settings.log_questions,
            collections=tuple(found),
            metrics=metrics,
        )

    return {name: page(folder) for name, folder in found.items()}


def _backend(app: gr.Blocks) -> Backend | None:
    """Return what programs are answered from; None where there is only a page."""
    return getattr(app, "backend", None)


def _provider(settings: Settings, accounts: Accounts, backend: Backend) -> ASGIApp:
    """Return what signs in whom the identity provider vouches for."""
    try:
        from qa.server.oidc import provider
    except ModuleNotFoundError as error:
        raise QAError(
            "signing in by an identity provider needs more packages: run: "
            "pip install 'qa-articles[oidc]', or unset oidc_issuer"
        ) from error
    return provider(settings, accounts, backend.audit)


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
    others: Mapping[str, gr.Blocks] | None = None,
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
        others: collection -> its app, beside that of the default one.

    Raises:
        QAError: the port is taken.
    """
    accounts = accounts or Accounts(login)
    style, script = ("".join(map(_asset, names)) for names in (styles, scripts))
    looks, more = _looks(style, script, accounts), others or {}
    pages = {name: mounted(app, name, accounts, looks) for name, app in more.items()}
    names, backends = host_names(host, allow_hosts), _backends({DEFAULT: blocks, **more})
    layers = middleware(names, script, accounts, backends, pages)
    options = looks | {"app_kwargs": {"middleware": layers}, "quiet": not block}
    _listen(blocks, host, port, options, accounts)
    if block:
        _wait(blocks, list(backends.values()))


def _looks(style: str, script: str, accounts: Accounts) -> dict[str, Any]:
    """Return Gradio's options for how the pages look, and how people sign in to them."""
    return {
        "head": f"<style>{style}</style><script>{script}</script>",
        "theme": _theme(),
        "auth": accounts.sign_in if accounts.required else None,
        "auth_message": render("sign_in.html") if accounts.provider else None,
    }


def _backends(apps: Mapping[str, gr.Blocks]) -> dict[str, Backend]:
    """Return collection -> what programs are answered from; empty where there is only a page."""
    return {name: found for name, app in apps.items() if (found := _backend(app))}


def _listen(
    blocks: gr.Blocks, host: str, port: int, options: dict[str, Any], accounts: Accounts
) -> None:
    bound_queue(blocks, concurrency=CONCURRENCY)
    try:
        with without_proxies():
            blocks.launch(server_name=host, server_port=port, **options, **_CLOSED)
    except OSError as error:
        reason = "perhaps because another program does: choose another port with --port"
        raise QAError(f"cannot listen at {host}:{port}, {reason}") from error
    share_sessions(blocks.app, accounts)
    # What Gradio has no option for, set on the HTTP server below it.
    blocks.server.config.limit_concurrency = MAX_CONNECTIONS
    blocks.server.config.encoded_headers = []  # the name of the server
    blocks.server.server_state.default_headers = []  # the same, for connections that exist


def _wait(blocks: gr.Blocks, backends: Collection[Backend]) -> None:
    """Serve until interrupted, then end once what is being answered is answered.

    Pages hold streams open as long as they are shown: nobody waits until they are closed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        while blocks.is_running:
            time.sleep(0.1)
    for backend in backends:
        backend.pipeline.stop_answering()
    end = time.monotonic() + DRAIN_SECONDS
    with contextlib.suppress(KeyboardInterrupt):  # once more: at once
        while any(each.pipeline.answering for each in backends) and time.monotonic() < end:
            time.sleep(0.05)
    # Open pages are cut off on purpose; uvicorn would report each as a fault, with a traceback.
    logging.getLogger("uvicorn.error").disabled = True
    blocks.server.force_exit = True
    blocks.close(verbose=False)


def _opened(settings: Settings, reader: Reader) -> Pipeline:
    """Open the pipeline; its encoder is loaded while the first visitor reads the page."""
    pipeline = Pipeline.open(settings, reader=reader, cached=True)
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
    wine, rose, white, card, edge = "#8a1c1c", "#f0a39a", "#ffffff", "#211e1a", "#665e52"
    # The form to sign in is Gradio's own: it looks like the rest.
    return theme.set(
        button_primary_background_fill=wine,
        button_primary_background_fill_dark=rose,
        button_primary_background_fill_hover="#6f1616",
        button_primary_background_fill_hover_dark="#f4b8b1",
        button_primary_text_color=white,
        button_primary_text_color_dark=night,
        input_background_fill=white,
        input_background_fill_dark=card,
        input_border_color=edge,
        input_border_color_dark="#b1a898",
        input_border_width="1px",
        panel_background_fill=paper,
        panel_background_fill_dark=night,
        body_background_fill=paper,
        body_background_fill_dark=night,
        body_text_color=ink,
        body_text_color_dark=chalk,
        background_fill_primary=paper,
        background_fill_primary_dark=night,
    )

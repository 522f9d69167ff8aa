"""Further pages below the first one's server: one for each collection beside the default one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.routes import App

from qa.chat.page import CONCURRENCY
from qa.chat.queueing import bound_queue
from qa.chat.security import SESSION_CAPACITY
from qa.server.accounts import Accounts
from qa.server.collections import path_of

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

# As `serving` closes the first page; Gradio's two ways to serve a page name things differently.
_CLOSED: dict[str, Any] = {
    "allowed_paths": [],
    "enable_monitoring": False,
    "footer_links": [],
    "max_file_size": 1,
    "mcp_server": False,
    "pwa": False,
    "run_history": False,
    "show_error": False,
    "ssr_mode": False,
}


class _Mounted:
    """A page that is started by its first request, in the loop of the server."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._started = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._started:
            self._started = True
            blocks = self._app.get_blocks()
            blocks.run_startup_events()  # type: ignore[no-untyped-call] # gradio has no types for it
            await blocks.run_extra_startup_events()  # type: ignore[no-untyped-call] # the same
        await self._app(scope, receive, send)


def mounted(
    blocks: gr.Blocks, collection: str, accounts: Accounts, looks: Mapping[str, Any]
) -> _Mounted:
    """Return an app's page as part of another app's server.

    Args:
        blocks: the app.
        collection: that its page is about, which says at which path.
        accounts: those who may sign in.
        looks: theme, scripts and how to sign in.
    """
    bound_queue(blocks, concurrency=CONCURRENCY)
    blocks.state_session_capacity = SESSION_CAPACITY
    parent = App()
    gr.mount_gradio_app(parent, blocks, path_of(collection), **looks, **_CLOSED)
    apps = (getattr(route, "app", None) for route in parent.routes)
    (app,) = (each for each in apps if isinstance(each, App))
    share_sessions(app, accounts)
    return _Mounted(app)


def share_sessions(app: App, accounts: Accounts) -> None:
    """Have a page take the sessions of some accounts for its own."""
    app.tokens = accounts.sessions  # type: ignore[assignment]  # Gradio's dict
    app.cookie_id = accounts.cookie_id

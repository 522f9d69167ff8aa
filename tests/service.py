"""The interfaces for programs without a page around them, over a pipeline without models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware

from qa.conversations.lazy_pipeline import LazyPipeline
from qa.server import (
    AccessMiddleware,
    CollectionMiddleware,
    ObservingMiddleware,
    RouteAllowlistMiddleware,
)
from qa.server.access import DEFAULT, ROLES
from qa.server.accounts import Accounts
from qa.server.backend import Backend
from qa.server.metrics import Metrics
from qa.server.observing import observer
from qa.server.service import ProgramsMiddleware
from qa.server.users import Users
from qa.types import Article
from tests.fakes import FakePipeline

ARTICLE = Article(
    "ferry.txt",
    "Ferry may close",
    "The Harbour Board wants to close the ferry in May. Nobody was asked.",
    source="Northern Courier",
    published="2025-03-04",
)
QUOTE = "The Harbour Board wants to close the ferry in May."
QUESTION = "Who wants to close the ferry?"
VISITOR = {"QA-Visitor": "a" * 32}
CONVERSATION = "c" * 32
PASSWORD = "a long password"  # noqa: S105 - of users in temporary folders


def backend(folder: Path, pipeline: FakePipeline | None = None, **options: Any) -> Backend:
    """Return the backend of a pipeline; by default one that knows one answer."""
    metrics = Metrics()
    source = pipeline or FakePipeline([ARTICLE], {QUESTION: [QUOTE]})
    lazy = LazyPipeline(source, observe=observer(metrics))
    return Backend.over(lazy, folder / "chat", metrics, **options)


def service(made: Backend, accounts: Accounts | None = None, **others: Backend) -> Starlette:
    """Return the interfaces over backends, with the middleware that decides.

    Args:
        made: the default collection's.
        accounts: those who may sign in; by default nobody has to.
        others: further collections.
    """
    backends = {DEFAULT: made, **others}
    audits = {name: each.audit for name, each in backends.items()}
    return Starlette(
        middleware=[
            Middleware(CollectionMiddleware, names=tuple(backends)),
            Middleware(ObservingMiddleware, metrics=made.metrics),
            Middleware(RouteAllowlistMiddleware),
            Middleware(AccessMiddleware, accounts=accounts or Accounts(), audits=audits),
            Middleware(ProgramsMiddleware, backends=backends),
        ]
    )


def keys(file: Path, **scopes: list[str]) -> dict[str, str]:
    """Add a user of each role, named after it, and return an API key of each.

    Args:
        file: of users.
        scopes: role -> the scopes of its key.
    """
    users = Users(file)
    for role in ROLES:
        users.add(role, PASSWORD, role)
    return {role: users.add_key(role, "test", scopes.get(role, ())) for role in ROLES}

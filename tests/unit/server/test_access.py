"""Who may do what: every route, tool and function is known, and refused to whom it is not for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from qa.chat.page import build
from qa.conversations.lazy_pipeline import EndingError, LazyPipeline
from qa.server.access import (
    API_ROUTES,
    DEFAULT,
    FUNCTIONS,
    NEEDED,
    ROLES,
    TOOLS,
    Caller,
    Principal,
    Role,
    Route,
    allows,
    current,
    route_of,
)
from qa.server.accounts import Accounts
from qa.server.audit import AuditLog
from qa.server.functions import permitted
from qa.server.rest import build as build_rest
from qa.types import Answer
from tests.fakes import FakePipeline
from tests.service import ARTICLE, QUESTION, QUOTE, backend, keys, service

_PARAMETERS = {
    "{article_id:path}": "ferry.txt",
    "{token}": "0" * 32,
    "{conversation}": "0" * 32,
    "{name}": "corpus",
}


def _path(route: Route) -> str:
    path = route.path
    for name, value in _PARAMETERS.items():
        path = path.replace(name, value)
    return path


def _routes(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        for method in getattr(route, "methods", None) or ():
            if method != "HEAD":
                yield method, getattr(route, "path", "")


def test_every_route_for_programs_is_known(tmp_path: Path) -> None:
    """A route of REST that nobody has said who may ask for fails this test, and answers 404."""
    made = backend(tmp_path)
    known = {(route.method, route.path) for route in API_ROUTES if route.path != "/mcp"}
    shared = {(route.method, route.path) for route in API_ROUTES if route.shared}
    assert set(_routes(build_rest(made, shared={DEFAULT: made}).router.routes)) == known
    assert set(_routes(build_rest(made).router.routes)) == known - shared
    assert route_of("GET", "/api/v1/secrets") is None
    assert route_of("POST", "/api/v1/health") is None


def test_every_function_of_the_page_is_known(tmp_path: Path) -> None:
    """A function that nobody has said who may call fails the building of the page."""
    pipeline = FakePipeline([ARTICLE])
    build(pipeline, tmp_path, addresses=True)
    assert FUNCTIONS.keys() >= {"remove", "undo", "add", "read_article"}

    def forgotten(_request: object) -> None: ...

    with pytest.raises(KeyError):
        permitted(forgotten, AuditLog(tmp_path / "audit"))


def test_every_action_has_a_role() -> None:
    """Routes, tools and functions name actions that are decided on."""
    used = {*FUNCTIONS.values(), *TOOLS.values(), *(route.action for route in API_ROUTES)}
    assert used <= NEEDED.keys()


@pytest.mark.parametrize("who", ["stranger", *ROLES])
def test_routes_are_refused_to_whom_they_are_not_for(tmp_path: Path, who: str) -> None:
    """The walk over all routes as stranger, reader, editor and owner."""
    tokens = keys(tmp_path / "users.json")
    accounts = Accounts(users=tmp_path / "users.json")
    headers = {"Authorization": f"Bearer {tokens[who]}"} if who in tokens else {}
    principal = accounts.principal({"type": "http", "headers": []})
    assert principal.role is None
    wrong = []
    with TestClient(service(backend(tmp_path), accounts)) as http:
        for route in API_ROUTES:
            answer = http.request(route.method, _path(route), headers=headers, json={})
            needed = NEEDED[route.action]
            may = needed is None or (who in ROLES and ROLES.index(who) >= ROLES.index(needed))
            expected = {401} if who == "stranger" else {403}
            if (answer.status_code in {401, 403}) == may or (
                not may and answer.status_code not in expected
            ):
                wrong.append((route, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("GET", "/", True),
        ("HEAD", "/", True),
        ("GET", "/assets/index.js", True),
        ("POST", "/gradio_api/component_server", True),
        ("POST", "/gradio_api/queue/join", True),
        ("GET", "/gradio_api/file=/etc/passwd", False),
        ("POST", "/gradio_api/upload", False),
        ("GET", "/monitoring", False),
        ("PUT", "/api/v1/articles", False),
        ("GET", "/api/v1/articles/", False),
        ("GET", "/api/v1/articles/a/b.txt", True),
    ],
)
def test_only_known_routes_are_there(method: str, path: str, known: bool) -> None:
    """What is not in the table does not exist for anybody."""
    assert (route_of(method, path) is not None) == known


def test_a_key_allows_its_scopes_only() -> None:
    """A key for asking removes nothing, though its user may."""
    key = Principal("ann", "owner", frozenset({"ask"}))
    assert allows(key, "ask")
    assert not allows(key, "remove")
    assert allows(key, "open")
    assert not allows(Principal("ann", "reader", frozenset({"remove"})), "remove")


def test_functions_of_the_page_decide_for_themselves(tmp_path: Path) -> None:
    """All go by one path: a reader's call to remove is refused, and noted; an editor's is done."""
    audit = AuditLog(tmp_path / "audit.jsonl")
    removed = []

    def remove(request: object) -> dict[str, object]:
        removed.append(request)
        return {"value": "token"}

    guarded = permitted(remove, audit)
    outcomes: tuple[tuple[Role, str], ...] = (("reader", "refused"), ("editor", "done"))
    for role, outcome in outcomes:
        token = current.set(Caller(Principal(role, role), "1.2.3.4"))
        answer = guarded({"article": "ferry.txt"})
        current.reset(token)
        assert ("error" in answer) == (outcome == "refused")
        event = audit.newest(1)[0]
        assert (event["user"], event["outcome"], event["target"]) == (role, outcome, "ferry.txt")
    assert removed == [{"article": "ferry.txt"}]
    assert (tmp_path / "audit.jsonl").stat().st_mode & 0o777 == 0o600
    # Whoever is not known to the server, such as a thread of its own, may do nothing.
    assert "error" in guarded({"article": "ferry.txt"})


def test_what_is_answered_without_a_stream_is_counted() -> None:
    """A server that is told to end waits for it, too."""
    counted: list[int] = []

    class Counted(FakePipeline):
        def answer(self, *args: Any, **options: Any) -> Answer:
            counted.append(pipeline.answering)
            return super().answer(*args, **options)

    pipeline = LazyPipeline(Counted([ARTICLE], {QUESTION: [QUOTE]}), observe=lambda _: None)
    pipeline.get().answer(QUESTION)
    assert (counted, pipeline.answering) == ([1], 0)


def test_what_takes_too_long_at_the_end_is_refused() -> None:
    """An answer that the end of the process cuts off is told as that, and not as a fault."""

    class CutOff(FakePipeline):
        def answer(self, *args: Any, **options: Any) -> Answer:
            pipeline.stop_answering()
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    pipeline = LazyPipeline(CutOff([ARTICLE], {QUESTION: [QUOTE]}), observe=lambda _: None)
    with pytest.raises(EndingError):
        pipeline.get().answer(QUESTION)


def test_answers_are_observed_whoever_asks() -> None:
    """Nothing is opened for that, and what is being answered is counted."""
    opened, observed = list[FakePipeline](), list[Answer]()

    def open_pipeline() -> FakePipeline:
        opened.append(FakePipeline([ARTICLE], {QUESTION: [QUOTE]}))
        return opened[-1]

    pipeline = LazyPipeline(open_pipeline, observe=observed.append)
    assert opened == []
    assert pipeline.answering == 0
    answer = pipeline.get().answer(QUESTION)
    stream = pipeline.get().stream(QUESTION)
    next(stream)
    assert pipeline.answering == 1
    *_, last = stream
    assert pipeline.answering == 0
    assert observed == [answer, last]

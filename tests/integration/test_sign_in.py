"""Signing in to the real page: users of a file, their roles, and the end of a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.server.accounts import Accounts
from qa.server.users import Users
from tests.server import CALL, Server, Start
from tests.service import PASSWORD
from tests.unit.chat.samples import ARTICLE

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a reader and an editor."""
    path = tmp_path_factory.mktemp("users") / "users.json"
    users = Users(path)
    users.add("reader", PASSWORD, "reader")
    users.add("editor", PASSWORD, "editor")
    return path


@pytest.fixture(scope="module")
def guarded(start: Start, file: Path) -> Server:
    """Return a server that they have to sign in to."""
    return start(accounts=Accounts(users=file))


def _sign_in(server: Server, name: str, password: str = PASSWORD) -> int:
    server.http.cookies.clear()
    form = {"username": name, "password": password}
    return server.http.post("/login", data=form).status_code


def test_roles_count_on_the_page(guarded: Server, file: Path) -> None:
    """A reader may read and ask, an editor may remove, a stranger may nothing; sessions end."""
    assert guarded.http.get("/").status_code == 200  # the form to sign in
    assert guarded.http.get("/config").status_code == 401
    assert guarded.http.post(CALL, json={}).status_code == 401
    assert _sign_in(guarded, "reader", "a wrong password") == 400
    assert guarded.http.get("/config").status_code == 401
    assert _sign_in(guarded, "reader") == 200
    assert guarded.http.get("/config").status_code == 200
    assert guarded.http.get("/api/v1/articles").status_code == 200
    refused = guarded.call("remove", {"article": ARTICLE.id}).json()
    assert "Refused" in str(refused)
    assert ARTICLE.id in guarded.articles()
    assert _sign_in(guarded, "editor") == 200
    assert "error" not in guarded.call("remove", {"article": ARTICLE.id}).json()
    assert ARTICLE.id not in guarded.articles()
    Users(file).change("editor", f"{PASSWORD} of today")
    assert guarded.http.get("/config").status_code == 401
    events = getattr(guarded.app, "backend").audit.newest(20)  # noqa: B009 - Gradio knows no such attribute
    assert {"sign in", "remove"} <= {event["action"] for event in events}
    assert "refused" in {event["outcome"] for event in events}

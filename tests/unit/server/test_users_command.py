"""`qa users`: adding, changing, listing and removing users and their keys."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from qa.cli import app
from qa.errors import QAError
from qa.server.users import FILE_NAME, Users
from tests.service import PASSWORD


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Return a function that runs `qa users` on an index of its own."""
    monkeypatch.setenv("QA_INDEX", str(tmp_path))

    def users(*arguments: str, given: str = "") -> Result:
        return CliRunner().invoke(app, ["users", *arguments], input=given)

    return users


def test_users_and_keys_come_and_go(run: Any, tmp_path: Path) -> None:
    """The password is asked for twice, or read; a key is printed once, and works."""
    users = Users(tmp_path / FILE_NAME)
    assert run("add", "ann", "--role", "editor", given=f"{PASSWORD}\n{PASSWORD}\n").exit_code == 0
    assert run("add", "bob", "--password-stdin", given=f"{PASSWORD}\n").exit_code == 0
    key = run("key", "ann", "nightly run", "--scope", "ask").stdout.strip()
    assert users.principal_of_key(key).scopes == {"ask"}
    (ann, bob) = json.loads(run("list", "--json").stdout)
    assert (ann["name"], ann["role"], bob["role"]) == ("ann", "editor", "reader")
    assert ann["keys"][0]["label"] == "nightly run"
    assert key not in run("list").stdout
    assert run("change", "bob", "--role", "owner").exit_code == 0
    assert users.principal("bob").role == "owner"
    assert run("revoke", ann["keys"][0]["id"]).exit_code == 0
    assert users.principal_of_key(key).role is None
    assert run("remove", "ann").exit_code == 0
    assert set(users.all()) == {"bob"}


def test_roles_are_granted_by_collection(run: Any, tmp_path: Path) -> None:
    """To users, and to those whom the identity provider knows by a claim; a key is for some."""
    users = Users(tmp_path / FILE_NAME)
    added = run("add", "ann", "--role", "none", "--password-stdin", given=f"{PASSWORD}\n")
    assert added.exit_code == 0
    assert run("grant", "ann", "sport", "editor").exit_code == 0
    assert users.principal("ann").role_in("sport") == "editor"
    key = run("key", "ann", "nightly", "--collection", "sport").stdout.strip()
    assert users.principal_of_key(key).collections() == ["sport"]
    told = run("list").stdout
    assert "ann\tnone\teditor in sport" in told
    assert "in sport" in told.splitlines()[1]
    assert run("allow", "groups", "desk", "sport", "reader").exit_code == 0
    assert "whose groups is desk: reader in sport" in run("allowed").stdout
    (rule,) = json.loads(run("allowed", "--json").stdout)
    assert rule == {"claim": "groups", "value": "desk", "collection": "sport", "role": "reader"}
    assert run("allow", "groups", "desk", "sport", "none").exit_code == 0
    assert run("grant", "ann", "sport", "none").exit_code == 0
    assert (users.rules(), users.principal("ann").collections()) == ([], [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "ann", "--role", "king", "--password-stdin"), "unknown role"),
        (("add", "ann", "--password-stdin"), "too short"),
        (("change", "ann"), "nothing to change"),
        (("key", "ann", "x"), "no user"),
        (("grant", "ann", "sport", "king"), "unknown role"),
        (("allow", "groups", "desk", "No Name", "reader"), "no name of a collection"),
    ],
)
def test_mistakes_are_told(run: Any, arguments: tuple[str, ...], told: str) -> None:
    """In words, as an error of ours."""
    result = run(*arguments, given="short\n")
    assert isinstance(result.exception, QAError)
    assert told in str(result.exception)

"""The file of users: passwords and keys are hashed, changes count at once, sessions end."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from qa.errors import QAError
from qa.server.accounts import Accounts, Sessions
from qa.server.gate import FAILURES
from qa.server.users import Users
from tests.service import PASSWORD, backend, keys, service


def _basic(name: str, password: str) -> dict[str, str]:
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def test_neither_passwords_nor_keys_are_in_the_file(tmp_path: Path) -> None:
    """Whoever reads it can sign in as nobody; it is for its owner alone."""
    file = tmp_path / "users.json"
    users = Users(file)
    users.add("ann", PASSWORD, "editor")
    key = users.add_key("ann", "ci", ["ask"])
    text = file.read_text()
    assert PASSWORD not in text
    assert key.split("_", 2)[2] not in text  # the secret may have a _ itself
    assert "$argon2id$" in text
    assert file.stat().st_mode & 0o777 == 0o600


def test_users_sign_in_with_their_own_password(tmp_path: Path) -> None:
    """No other name, no other password; a changed one counts at once."""
    users = Users(tmp_path / "users.json")
    users.add("ann", PASSWORD, "reader")
    assert users.verify("ann", PASSWORD)
    assert not users.verify("ann", "another password")
    assert not users.verify("bob", PASSWORD)
    other = "quite another one"
    Users(tmp_path / "users.json").change("ann", other)
    assert not users.verify("ann", PASSWORD)
    assert users.verify("ann", other)


def test_keys_are_of_their_user_and_can_be_revoked(tmp_path: Path) -> None:
    """A key has its user's role of the moment; revoked, or without its user, it is none."""
    users = Users(tmp_path / "users.json")
    users.add("ann", PASSWORD, "reader")
    key, other = users.add_key("ann", "a"), users.add_key("ann", "b", ["ask"])
    assert users.principal_of_key(key).role == "reader"
    users.grant("ann", "owner")
    assert users.principal_of_key(key).role == "owner"
    assert users.principal_of_key(other).scopes == {"ask"}
    assert users.principal_of_key(f"{key}x").role is None
    assert users.principal_of_key("nonsense").role is None
    users.revoke(key.split("_")[1])
    assert users.principal_of_key(key).role is None
    users.remove("ann")
    assert users.principal_of_key(other).role is None


def test_roles_are_by_collection(tmp_path: Path) -> None:
    """One in a collection counts there only, and can be taken away; a key may be for some only."""
    users = Users(tmp_path / "users.json")
    users.add("ann", PASSWORD, None)
    users.grant("ann", "editor", "sport")
    key = users.add_key("ann", "all")
    for principal in (users.principal("ann"), users.principal_of_key(key)):
        assert principal.known
        assert (principal.role, principal.role_in("sport")) == (None, "editor")
        assert principal.role_in("politics") is None
    only = users.principal_of_key(users.add_key("ann", "one", collections=["default"]))
    assert only.role_in("sport") is None
    users.grant("ann", None, "sport")
    assert users.principal("ann").role_in("sport") is None
    users.grant("ann", "owner")
    assert users.principal("ann").role_in("default") == "owner"


@pytest.mark.parametrize(
    ("claims", "role", "sport"),
    [
        ({"groups": ["desk"]}, "editor", "reader"),
        ({"groups": "desk"}, "editor", "reader"),
        (
            {"groups": ["desk"], "email": "ann@example.org", "email_verified": True},
            "owner",
            "reader",
        ),
        ({"email": "ann@example.org", "email_verified": True}, "owner", None),
        ({"email": "ann@example.org", "email_verified": False}, None, None),
        ({"email": "ann@example.org"}, None, None),
        ({"email": "ann@example.org", "email_verified": "true"}, None, None),
        ({"groups": ["desktop"]}, None, None),
        ({"groups": {"desk": True}}, None, None),
        ({}, None, None),
    ],
)
def test_claims_give_roles(
    tmp_path: Path, claims: dict[str, object], role: str | None, sport: str | None
) -> None:
    """The greatest that one of them gives; an email only if it is verified."""
    users = Users(tmp_path / "users.json")
    users.allow("groups", "desk", "editor")
    users.allow("groups", "desk", "reader", "sport")
    users.allow("email", "ann@example.org", "reader")
    users.allow("email", "ann@example.org", "owner")
    found = users.principal_of_claims("oidc:1", claims)
    assert (found.role, found.role_in("sport")) == (role, sport)
    users.allow("groups", "desk", None)
    assert users.principal_of_claims("oidc:1", {"groups": ["desk"]}).role is None


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda u: u.add("ann", PASSWORD, "reader"), "already"),
        (lambda u: u.add("bob", "short", "reader"), "too short"),
        (lambda u: u.add("b b", PASSWORD, "reader"), "no name"),
        (lambda u: u.grant("bob", "owner"), "no user"),
        (lambda u: u.remove("bob"), "no user"),
        (lambda u: u.grant("ann", "owner", "Sport/.."), "no name of a collection"),
        (lambda u: u.allow("email", "x", "owner", ""), "no name of a collection"),
        (lambda u: u.add_key("ann", "x", (), ["A"]), "no name of a collection"),
        (lambda u: u.add_key("bob", "x"), "no user"),
        (lambda u: u.add_key("ann", "x", ["fly"]), "unknown scope"),
        (lambda u: u.revoke("x"), "no key"),
    ],
)
def test_mistakes_are_told(tmp_path: Path, call: Any, told: str) -> None:
    """And change nothing."""
    users = Users(tmp_path / "users.json")
    users.add("ann", PASSWORD, "reader")
    before = (tmp_path / "users.json").read_text()
    with pytest.raises(QAError, match=told):
        call(users)
    assert (tmp_path / "users.json").read_text() == before


def test_a_damaged_file_lets_nobody_in(tmp_path: Path) -> None:
    """It is not taken for a file without users."""
    tokens = keys(tmp_path / "users.json")
    accounts = Accounts(users=tmp_path / "users.json")
    (tmp_path / "users.json").write_text("{")
    with TestClient(service(backend(tmp_path), accounts)) as http:
        headers = {"Authorization": f"Bearer {tokens['owner']}"}
        assert http.get("/api/v1/articles", headers=headers).status_code == 401


def test_the_last_user_removed_opens_nothing(tmp_path: Path) -> None:
    """A server that asks for a login asks for one until it is started anew."""
    file = tmp_path / "users.json"
    users = Users(file)
    users.add("ann", PASSWORD, "owner")
    accounts = Accounts(users=file)
    users.remove("ann")
    with TestClient(service(backend(tmp_path), accounts)) as http:
        assert http.get("/api/v1/articles").status_code == 401


def test_name_and_password_do_for_programs_too(tmp_path: Path) -> None:
    """By basic authentication; QA_LOGIN's user is an owner."""
    keys(tmp_path / "users.json")
    accounts = Accounts("root:of all evil", tmp_path / "users.json")
    with TestClient(service(backend(tmp_path), accounts)) as http:
        assert http.get("/api/v1/articles", headers=_basic("reader", PASSWORD)).status_code == 200
        assert http.get("/api/v1/audit", headers=_basic("reader", PASSWORD)).status_code == 403
        assert http.get("/api/v1/audit", headers=_basic("root", "of all evil")).status_code == 200
        refused = http.get("/api/v1/articles", headers=_basic("reader", "wrong"))
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")
    assert refused.headers["content-type"] == "application/problem+json"


def test_guessing_is_throttled(tmp_path: Path) -> None:
    """After ten wrong passwords or keys of one address, even the right one has to wait."""
    tokens = keys(tmp_path / "users.json")
    made = backend(tmp_path)
    with TestClient(service(made, Accounts(users=tmp_path / "users.json"))) as http:
        for number in range(FAILURES):
            wrong = {"Authorization": f"Bearer qa_{number}_x"}
            assert http.get("/api/v1/articles", headers=wrong).status_code == 401
        right = {"Authorization": f"Bearer {tokens['reader']}"}
        answer = http.get("/api/v1/articles", headers=right)
    assert answer.status_code == 429
    assert "retry-after" in answer.headers
    assert made.audit.newest(1)[0]["outcome"] == "refused"


def test_sessions_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """By time, and with the password that they were begun with."""
    now, stamps = [0.0], {"ann": "1"}
    monkeypatch.setattr("qa.server.accounts.time.monotonic", lambda: now[0])
    sessions = Sessions(lambda name: stamps[name], seconds=60)
    sessions["a"] = "ann"
    assert sessions.get("a") == "ann"
    assert "a" in sessions
    now[0] = 59.0
    assert sessions.get("a") == "ann"
    now[0] = 60.0
    assert sessions.get("a") is None
    sessions["b"] = "ann"
    stamps["ann"] = "2"
    assert "b" not in sessions


def test_a_session_of_the_page_counts_for_programs(tmp_path: Path) -> None:
    """The cookie that signing in on the page gives is as good as a key."""
    keys(tmp_path / "users.json")
    accounts = Accounts(users=tmp_path / "users.json")
    accounts.sessions["a"] = "reader"
    with TestClient(service(backend(tmp_path), accounts)) as http:
        http.cookies.set("access-token-unsecure-x", "a")
        assert http.get("/api/v1/articles").status_code == 200
        http.cookies.set("access-token-unsecure-x", "b")
        assert http.get("/api/v1/articles").status_code == 401

"""Several collections behind one service: each has its own articles, rights, conversations and audit log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from qa.errors import QAError, SettingsError
from qa.server.access import (
    API_ROUTES,
    DEFAULT,
    NEEDED,
    ROLES,
    Principal,
    Role,
    Route,
    allows,
    allows_route,
)
from qa.server.accounts import Accounts
from qa.server.collections import checked_name, folders
from qa.server.users import Users
from tests.fakes import FakePipeline
from tests.service import ARTICLE, CONVERSATION, PASSWORD, QUESTION, QUOTE, backend, service

SPORT = replace(
    ARTICLE, id="cup.txt", title="Rovers win", text="Rovers won the cup on Sunday.", source="Pitch"
)
WHO_WON, WON = "Who won the cup?", "Rovers won the cup on Sunday."

_PARAMETERS = {"article_id:path": "x.txt", "token": "0" * 32, "conversation": "0" * 32, "name": "x"}


class Made:
    """A service with two collections, and users named after their role in each: `owner-none`."""

    def __init__(self, folder: Path) -> None:
        self.users = Users(folder / "users.json")
        self.accounts = Accounts(users=folder / "users.json")
        self.default = backend(folder / "index")
        sport = FakePipeline([SPORT], {WHO_WON: [WON]})
        self.sport = backend(folder / "sport", sport)
        self.keys: dict[str, str] = {}

    def app(self) -> Starlette:
        """Return the service; whoever has no role anywhere yet asks for a login all the same."""
        self.accounts.required = True
        return service(self.default, self.accounts, sport=self.sport)

    def user(self, default: Role | None, sport: Role | None) -> dict[str, str]:
        """Add a user with a role in each collection, and return the headers of their key."""
        name = f"{default}-{sport}"
        self.users.add(name, PASSWORD, default)
        self.users.grant(name, sport, "sport")
        return _bearer(self.users.add_key(name, "test"))


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return a service with two collections, and nobody who may sign in."""
    return Made(tmp_path)


def _path(route: Route, collection: str) -> str:
    path = route.path if collection == DEFAULT else f"/c/{collection}{route.path}"
    for name, value in _PARAMETERS.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def _may(role: Role | None, route: Route) -> bool:
    needed = NEEDED[route.action]
    return needed is None or (role is not None and ROLES.index(role) >= ROLES.index(needed))


@pytest.mark.parametrize(
    ("default", "sport"),
    [
        (None, "reader"),
        (None, "editor"),
        (None, "owner"),
        ("owner", None),
        ("editor", "reader"),
        (None, None),
    ],
)
def test_the_role_in_a_collection_decides_there(
    made: Made, default: Role | None, sport: Role | None
) -> None:
    """The walk over all routes of both collections: a role in one of them is none in the other."""
    headers, wrong = made.user(default, sport), []
    with TestClient(made.app()) as http:
        for route in API_ROUTES:
            for collection, role in ((DEFAULT, default), ("sport", sport)):
                answer = http.request(
                    route.method, _path(route, collection), headers=headers, json={}
                )
                status = answer.status_code
                if route.shared and collection != DEFAULT:
                    right = status == 404
                elif route.shared and route.action == "describe":
                    right = (status != 403) == bool(default or sport)
                else:
                    right = (status != 403) == _may(role, route)
                if not right or status == 401:
                    wrong.append((route, collection, status))
    assert wrong == []


def test_a_stranger_gets_nothing_of_any_collection(made: Made) -> None:
    """Whoever is not signed in is asked to sign in, wherever anything is to be had."""
    with TestClient(made.app()) as http:
        for route in API_ROUTES:
            for collection in (DEFAULT, "sport"):
                status = http.request(route.method, _path(route, collection), json={}).status_code
                shared = route.shared and collection != DEFAULT
                assert shared or (status == 401) == (NEEDED[route.action] is not None), route


def test_each_collection_answers_from_its_own_articles(made: Made) -> None:
    """A question, a search and a list find nothing of another collection."""
    headers = made.user("reader", "reader")
    with TestClient(made.app()) as http:

        def asked(prefix: str, question: str) -> list[str]:
            answer = http.post(f"{prefix}/api/v1/ask", json={"question": question}, headers=headers)
            return [cited["quote"] for cited in answer.json()["citations"]]

        def listed(prefix: str) -> list[str]:
            page = http.get(f"{prefix}/api/v1/articles", headers=headers).json()
            return [each["id"] for each in page["articles"]]

        assert asked("", QUESTION) == [QUOTE]
        assert asked("/c/sport", QUESTION) == []
        assert asked("/c/sport", WHO_WON) == [WON]
        assert (listed(""), listed("/c/sport")) == ([ARTICLE.id], [SPORT.id])
        described = http.get("/c/sport/openapi.json", headers=headers).json()
        assert described["servers"] == [{"url": "/c/sport"}]
        wrong = http.post("/c/sport/v1/chat/completions", json={}, headers=headers)
        assert "error" in wrong.json()  # in OpenAI's form there, too


def test_conversations_and_audit_logs_are_apart(made: Made) -> None:
    """What was asked or removed in one collection is not to be seen in another."""
    headers = made.user("owner", "owner")
    with TestClient(made.app()) as http:
        body = {"question": WHO_WON, "conversation": CONVERSATION}
        http.post("/c/sport/api/v1/ask", json=body, headers=headers)
        assert http.get("/api/v1/conversations", headers=headers).json() == []
        (kept,) = http.get("/c/sport/api/v1/conversations", headers=headers).json()
        assert kept["id"] == CONVERSATION
        assert http.delete("/c/sport/api/v1/articles/cup.txt", headers=headers).status_code == 200
        told = [
            [event["action"] for event in http.get(f"{at}/api/v1/audit", headers=headers).json()]
            for at in ("", "/c/sport")
        ]
    assert not any("DELETE" in action for action in told[0])
    assert any("DELETE" in action for action in told[1])


def test_the_list_has_what_may_be_read(made: Made) -> None:
    """Names, roles and paths; nothing of what is not for whoever asks."""
    headers = {
        who: made.user(*who) for who in ((None, "editor"), ("reader", "reader"), ("owner", None))
    }
    with TestClient(made.app()) as http:
        lists = {
            who: http.get("/api/v1/collections", headers=sent).json()
            for who, sent in headers.items()
        }
    sport = {"name": "sport", "role": "editor", "path": "/c/sport"}
    assert lists[None, "editor"] == [sport]
    assert [each["name"] for each in lists["reader", "reader"]] == [DEFAULT, "sport"]
    assert lists["owner", None] == [{"name": DEFAULT, "role": "owner", "path": ""}]


def test_a_key_may_be_for_some_collections_only(made: Made) -> None:
    """Its user's other roles do not count with it."""
    made.user("owner", "editor")
    key = _bearer(made.users.add_key("owner-editor", "sport only", ["read"], ["sport"]))
    with TestClient(made.app()) as http:
        assert http.get("/c/sport/api/v1/articles", headers=key).status_code == 200
        assert http.get("/api/v1/articles", headers=key).status_code == 403
        removed = http.delete("/c/sport/api/v1/articles/cup.txt", headers=key)
        assert removed.status_code == 403


def test_there_is_no_other_collection(made: Made) -> None:
    """An unknown name is answered by 404, also that of the default one, and nested ones."""
    headers = made.user("owner", "owner")
    with TestClient(made.app()) as http:
        for path in ("/c/politics/", "/c/default/", "/c/sport/c/sport/", "/c/SPORT/"):
            assert http.get(f"{path}api/v1/articles", headers=headers).status_code == 404, path
        moved = http.get("/c/sport", headers=headers, follow_redirects=False)
        assert (moved.status_code, moved.headers["location"]) == (308, "/c/sport/")


def test_whoever_opens_the_wrong_page_is_led_to_theirs(made: Made) -> None:
    """Who has no role in the default collection gets the page of one that they may read."""
    sport, none = made.user(None, "reader"), made.user(None, None)
    with TestClient(made.app()) as http:
        led = http.get("/", headers=sport, follow_redirects=False)
        assert (led.status_code, led.headers["location"]) == (303, "/c/sport/")
        refused = http.get("/", headers=none, follow_redirects=False)
        assert refused.status_code == 403
        assert "ask an owner" in refused.text


def test_without_a_login_every_collection_is_open(made: Made) -> None:
    """As the one collection is where nobody has to sign in."""
    with TestClient(service(made.default, sport=made.sport)) as http:
        listed = http.get("/api/v1/collections").json()
        assert [each["role"] for each in listed] == ["owner", "owner"]
        assert http.get("/c/sport/api/v1/articles").json()["total"] == 1


def test_a_role_is_taken_away_at_once(made: Made) -> None:
    """The next request is refused."""
    headers = made.user("reader", "editor")
    with TestClient(made.app()) as http:
        assert http.get("/c/sport/api/v1/articles", headers=headers).status_code == 200
        made.users.grant("reader-editor", None, "sport")
        assert http.get("/c/sport/api/v1/articles", headers=headers).status_code == 403


def test_folders_are_collections(tmp_path: Path) -> None:
    """Each by its name; files and hidden folders are none. A name that cannot be is told."""
    for name in ("sport", "local-news", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "notes.txt").touch()
    assert list(folders(tmp_path)) == ["local-news", "sport"]
    assert folders(None) == {}
    with pytest.raises(SettingsError, match="cannot be read"):
        folders(tmp_path / "nothing")
    (tmp_path / "default").mkdir()
    with pytest.raises(SettingsError, match="default"):
        folders(tmp_path)
    (tmp_path / "default").rename(tmp_path / "Local News")
    with pytest.raises(SettingsError, match="Local News"):
        folders(tmp_path)


@pytest.mark.parametrize("name", ["", "Sport", "a/b", "..", "-a", "a" * 65, "ä"])
def test_names_that_are_none(name: str) -> None:
    """What could be mistaken for another path is no name of a collection."""
    with pytest.raises(QAError, match="no name of a collection"):
        checked_name(name)


def _principals() -> Iterator[Principal]:
    yield Principal("ann", None, grants={"sport": "owner"})
    yield Principal("ann", "owner")


def test_only_what_decides_again_is_open_to_members_of_any_collection() -> None:
    """A role in one collection opens a route that all share only if each call behind it decides."""
    shared = [route for route in API_ROUTES if route.shared]
    for principal in _principals():
        for route in shared:
            open_to_all = route.path in {"/mcp", "/api/v1/collections"}
            expected = open_to_all or allows(principal, route.action, DEFAULT)
            assert allows_route(principal, route) == expected, route

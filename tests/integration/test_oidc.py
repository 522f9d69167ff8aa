"""Signing in by a real identity provider on loopback, and what is refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx
import pytest
import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import User, run_server_in_thread
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qa.chat.security import middleware
from qa.errors import SettingsError
from qa.server.accounts import Accounts
from qa.server.oidc import check, provider
from qa.server.users import Users
from qa.settings import Settings
from tests.e2e.asking import HOST
from tests.e2e.conftest import free_port
from tests.service import ARTICLE, backend

pytestmark = pytest.mark.integration

CARLA = User(
    sub="carla", claims={"email": "carla@example.org", "email_verified": True, "groups": ["desk"]}
)
DAN = User(sub="dan", claims={"email": "dan@example.org", "email_verified": False})
EMIL = User(sub="emil", claims={"groups": ["guests"]})


def _settings(issuer: str, **more: Any) -> Settings:
    secret = SecretStr("a secret")
    return Settings(oidc_issuer=issuer, oidc_client_id="qa", oidc_client_secret=secret, **more)


def _quiet(app: Starlette, port: int) -> uvicorn.Config:
    return uvicorn.Config(app, host=HOST, port=port, log_level="error", lifespan="off")


class Service:
    """The service on loopback with two collections, which trusts an identity provider.

    Attributes:
        address: of the service.
        users: the file with the roles by identity.
        made: the backend of the default collection.
    """

    def __init__(self, folder: Path, issuer: str) -> None:
        file = folder / "users.json"
        self.users = Users(file)
        self.made = backend(folder)
        self.accounts = Accounts(users=file, provided=True)
        self.accounts.provider = provider(_settings(issuer), self.accounts, self.made.audit)
        backends = {"default": self.made, "sport": backend(folder / "sport")}

        async def page(_request: Request) -> Response:
            return Response("the page")

        layers = middleware([HOST], "", self.accounts, backends)
        app = Starlette(routes=[Route("/", page)], middleware=layers)
        port = free_port()
        self._server = uvicorn.Server(_quiet(app, port))
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.02)
        self.address = f"http://{HOST}:{port}"

    def browser(self) -> httpx.Client:
        """Return a browser that has been nowhere yet, and follows no link by itself."""
        return httpx.Client(base_url=self.address, timeout=60, trust_env=False)

    def close(self) -> None:
        """Stop it."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(30)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Return the address of a provider that knows three people."""
    with (
        pytest.MonkeyPatch.context() as patch,
        run_server_in_thread(require_nonce=True, user_claims=[CARLA, DAN, EMIL]) as server,
    ):
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # of the provider: it has no HTTPS here
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def running(tmp_path: Path, issuer: str) -> Iterator[Service]:
    """Return a service on which a group has a role, and one email."""
    made = Service(tmp_path, issuer)
    made.users.allow("groups", "desk", "editor")
    made.users.allow("groups", "desk", "reader", "sport")
    made.users.allow("email", "carla@example.org", "reader")
    made.users.allow("email", "dan@example.org", "owner")
    yield made
    made.close()


def _authorised(browser: httpx.Client, who: User) -> str:
    """Begin to sign in, say yes at the provider, and return where it sends the browser back to."""
    begun = browser.get("/oidc/login")
    assert begun.status_code == 302
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    agreed = httpx.post(begun.headers["location"], data={"sub": who.sub}, trust_env=False)
    return str(agreed.headers["location"])


def _changed(address: str, **values: str) -> str:
    """Return an address with other values in its query."""
    parts = urlsplit(address)
    query = {name: found[0] for name, found in parse_qs(parts.query).items()} | values
    return urlunsplit(parts._replace(query=urlencode(query)))


def _outcomes(running: Service) -> list[tuple[str, str]]:
    return [
        (event["outcome"], event["target"])
        for event in running.made.audit.newest(50)
        if event["action"] == "sign in"
    ]


def test_who_is_vouched_for_gets_the_roles_of_their_groups(running: Service) -> None:
    """The round trip: editor here, reader there, by session as with a password; noted in the audit log."""
    with running.browser() as browser:
        assert browser.get("/api/v1/articles").status_code == 401
        back = browser.get(_authorised(browser, CARLA))
        assert (back.status_code, back.headers["location"]) == (303, "/")
        assert "httponly" in back.headers["set-cookie"].lower()
        assert browser.get("/").text == "the page"
        roles = {each["name"]: each["role"] for each in browser.get("/api/v1/collections").json()}
        assert roles == {"default": "editor", "sport": "reader"}
        assert browser.delete(f"/api/v1/articles/{ARTICLE.id}").status_code == 200
        assert browser.delete(f"/c/sport/api/v1/articles/{ARTICLE.id}").status_code == 403
        assert browser.get("/api/v1/audit").status_code == 403
        assert _outcomes(running) == [("done", "carla@example.org")]
        running.users.allow("groups", "desk", None)
        running.users.allow("email", "carla@example.org", None)
        assert browser.get("/api/v1/articles").status_code == 403  # at once, not with the session
        assert browser.get("/c/sport/api/v1/articles").status_code == 200
        running.accounts.sessions.clear()
        assert browser.get("/c/sport/api/v1/articles").status_code == 401


@pytest.mark.parametrize("who", [DAN, EMIL], ids=["unverified email", "another group"])
def test_who_has_no_role_is_refused(running: Service, who: User) -> None:
    """An email that the provider has not verified counts for nothing."""
    with running.browser() as browser:
        back = browser.get(_authorised(browser, who))
        assert back.status_code == 403
        assert "has no role here" in back.text
        assert browser.get("/api/v1/articles").status_code == 401
    assert [outcome for outcome, _ in _outcomes(running)] == ["refused"]


def test_what_another_browser_began_is_refused(running: Service) -> None:
    """Nobody is signed in as somebody else by a link: the state belongs to the browser that began."""
    with running.browser() as attacker, running.browser() as victim:
        link = _authorised(attacker, CARLA)
        assert victim.get(link).status_code == 403
        assert victim.get("/api/v1/articles").status_code == 401


@pytest.mark.parametrize(
    "values",
    [{"state": "another"}, {"state": ""}, {"code": "another"}, {"error": "access_denied"}],
    ids=["state", "no state", "code", "denied"],
)
def test_a_wrong_answer_of_the_provider_is_refused(
    running: Service, values: dict[str, str]
) -> None:
    """By 403, in words without what was sent, and noted."""
    with running.browser() as browser:
        back = browser.get(_changed(_authorised(browser, CARLA), **values))
        assert back.status_code == 403
        assert "signing in did not succeed" in back.text
        assert browser.get("/api/v1/articles").status_code == 401
    assert _outcomes(running) == [("refused", "")]


def test_a_code_counts_once(running: Service) -> None:
    """The same link a second time signs nobody in."""
    with running.browser() as browser:
        link = _authorised(browser, CARLA)
        assert browser.get(link).status_code == 303
        browser.cookies.clear()
        assert browser.get(link).status_code == 403


def test_attempts_are_throttled(running: Service) -> None:
    """As those with passwords are, and together with them."""
    with running.browser() as browser:
        tried = [browser.get("/oidc/callback").status_code for _ in range(10)]
        assert set(tried) == {403}
        last = browser.get("/oidc/callback")
        assert (last.status_code, "retry-after" in last.headers) == (429, True)
        form = {"username": "ann", "password": "x"}
        assert browser.post("/login", data=form).status_code == 429


@dataclass
class Forger:
    """A provider whose ID token can be wrong in any way.

    Attributes:
        claims: replace those that are right.
        signed_by: signs the token; by default the key that the provider publishes.
        userinfo: whom its userinfo is about.
        issuer: its address.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    signed_by: RSAKey | None = None
    userinfo: str = "carla"
    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k"}))

    def app(self) -> Starlette:
        """Return the provider."""

        async def discovery(_request: Request) -> Response:
            ends = {"authorization": "auth", "token": "token", "userinfo": "userinfo"}
            found = {f"{name}_endpoint": f"{self.issuer}/{at}" for name, at in ends.items()}
            return JSONResponse(found | {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks"})

        async def jwks(_request: Request) -> Response:
            return JSONResponse({"keys": [self.key.as_dict(private=False)]})

        async def token(_request: Request) -> Response:
            signed = jwt.encode(
                {"alg": "RS256", "kid": "k"}, self.claims, self.signed_by or self.key
            )
            return JSONResponse({"access_token": "a", "token_type": "Bearer", "id_token": signed})

        async def userinfo(_request: Request) -> Response:
            return JSONResponse({"sub": self.userinfo, "groups": ["desk"]})

        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", discovery),
                Route("/jwks", jwks),
                Route("/token", token, methods=["POST"]),
                Route("/userinfo", userinfo),
            ]
        )


@pytest.fixture(scope="module")
def forger() -> Iterator[Forger]:
    """Return a provider that says what a test has it say."""
    made, port = Forger(), free_port()
    made.issuer = f"http://{HOST}:{port}"
    server = uvicorn.Server(_quiet(made.app(), port))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield made
    server.should_exit = server.force_exit = True
    thread.join(30)


@pytest.mark.parametrize(
    ("wrong", "accepted"),
    [
        ({}, True),
        ({"nonce": "another"}, False),
        ({"nonce": None}, False),
        ({"exp": -timedelta(hours=1)}, False),
        ({"exp": None}, False),
        ({"iss": "https://elsewhere.example"}, False),
        ({"aud": "another service"}, False),
        ({"sub": None}, False),
        ({"iat": timedelta(hours=1)}, False),
    ],
    ids=lambda value: str(value) if isinstance(value, bool) else "+".join(value) or "right",
)
def test_a_wrong_token_is_refused(
    tmp_path: Path, forger: Forger, wrong: dict[str, Any], *, accepted: bool
) -> None:
    """Another nonce, issuer or audience, one that has expired, or that says too little."""
    assert (_finished(tmp_path, forger, wrong) == 303) == accepted


def test_a_token_that_another_signed_is_refused(tmp_path: Path, forger: Forger) -> None:
    """Only the keys that the provider publishes count."""
    forger.signed_by = RSAKey.generate_key(2048, {"kid": "k"})
    try:
        assert _finished(tmp_path, forger, {}) == 403
    finally:
        forger.signed_by = None


def test_userinfo_about_another_is_refused(tmp_path: Path, forger: Forger) -> None:
    """What it says counts only for whom the token is about."""
    forger.userinfo = "dan"
    try:
        assert _finished(tmp_path, forger, {}) == 403
    finally:
        forger.userinfo = "carla"


def _finished(folder: Path, forger: Forger, wrong: dict[str, Any]) -> int:
    """Sign in with a token that is wrong in some ways, and return the status."""
    made = Service(folder, forger.issuer)
    made.users.allow("groups", "desk", "reader")
    try:
        with made.browser() as browser:
            begun = browser.get("/oidc/login")
            asked = {
                n: v[0] for n, v in parse_qs(urlsplit(begun.headers["location"]).query).items()
            }
            now = int(time.time())
            claims: dict[str, Any] = {
                "iss": forger.issuer,
                "aud": "qa",
                "sub": "carla",
                "iat": now,
                "exp": now + 600,
                "nonce": asked["nonce"],
            }
            for name, value in wrong.items():
                late = isinstance(value, timedelta)
                claims[name] = now + int(value.total_seconds()) if late else value
            forger.claims = {name: value for name, value in claims.items() if value is not None}
            answer = {"state": asked["state"], "code": "c"}
            return browser.get("/oidc/callback", params=answer).status_code
    finally:
        made.close()


def test_the_provider_may_be_away(tmp_path: Path) -> None:
    """Then nobody can sign in by it, in words; those with a password still can."""
    made = Service(tmp_path, f"http://{HOST}:{free_port()}")
    try:
        with made.browser() as browser:
            answer = browser.get("/oidc/login")
        assert answer.status_code == 502
        assert "cannot be reached" in answer.text
    finally:
        made.close()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"oidc_issuer": "http://idp.example"}, "https"),
        ({"oidc_client_id": ""}, "oidc_client_id"),
        ({"oidc_client_secret": SecretStr("")}, "oidc_client_secret"),
        ({"oidc_scope": "email"}, "openid"),
    ],
)
def test_unsafe_settings_are_refused(changes: dict[str, Any], told: str) -> None:
    """A provider without HTTPS elsewhere, without a name for this service, or without ID tokens."""
    with pytest.raises(SettingsError, match=told):
        check(_settings("https://idp.example").model_copy(update=changes))

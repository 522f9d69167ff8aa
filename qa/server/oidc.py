"""Signing in by an identity provider that speaks OpenID Connect.

Authlib does what the protocol asks for: discovery, state, nonce, PKCE, the code, and the checks of
the ID token. This says which claims count, and begins the session.

Source: https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from authlib.integrations.starlette_client import OAuth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from qa.errors import SettingsError, one_line, shortened
from qa.server.access import CALLBACK, LOGIN, STRANGER, Caller
from qa.server.accounts import SESSION_SECONDS, Accounts
from qa.server.limits import client_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from qa.server.audit import AuditLog
    from qa.settings import Settings

_DISCOVERY = ".well-known/openid-configuration"
_STATE_SECONDS = 600
_TIMEOUT = 10.0
_LEEWAY = 60
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_AGAIN = f"Try again: {LOGIN}"

_log = logging.getLogger(__name__)


class _UnusableError(Exception):
    """What the provider said cannot be used."""


def provider(settings: Settings, accounts: Accounts, audit: AuditLog) -> Starlette:
    """Return the app behind `/oidc/login` and `/oidc/callback`.

    Args:
        settings: name the provider, and this service there.
        accounts: begin the sessions.
        audit: notes who signed in, and who was refused.

    Raises:
        SettingsError: the provider is named by an address that is not HTTPS, or incompletely.
    """
    check(settings)
    sign_in = _SignIn(settings, accounts, audit)
    secure = urlsplit(settings.oidc_callback).scheme == "https"
    # State, nonce and verifier wait in a signed cookie of the browser that began.
    waiting = Middleware(
        SessionMiddleware,
        secret_key=secrets.token_urlsafe(32),
        session_cookie="qa-oidc",
        max_age=_STATE_SECONDS,
        path="/oidc",
        same_site="lax",
        https_only=secure,
    )
    routes = [Route(LOGIN, sign_in.begin), Route(CALLBACK, sign_in.finish)]
    return Starlette(routes=routes, middleware=[waiting])


def check(settings: Settings) -> None:
    """Refuse settings by which nobody could be signed in safely.

    Raises:
        SettingsError: says which.
    """
    issuer = urlsplit(settings.oidc_issuer)
    if issuer.scheme != "https" and not (issuer.scheme == "http" and issuer.hostname in _LOOPBACK):
        raise SettingsError(f"oidc_issuer = {settings.oidc_issuer!r}: give an address of https://")
    if not (settings.oidc_client_id and settings.oidc_client_secret.get_secret_value()):
        raise SettingsError(
            "oidc_client_id or oidc_client_secret is missing: the provider gives both for this "
            "service"
        )
    if "openid" not in settings.oidc_scope.split():
        raise SettingsError(f"oidc_scope = {settings.oidc_scope!r}: openid must be in it")


class _SignIn:
    """The two steps of signing in."""

    def __init__(self, settings: Settings, accounts: Accounts, audit: AuditLog) -> None:
        self._issuer = settings.oidc_issuer
        self._callback = settings.oidc_callback
        self._accounts = accounts
        self._audit = audit
        self._client: Any = OAuth().register(
            "provider",
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            server_metadata_url=f"{self._issuer.rstrip('/')}/{_DISCOVERY}",
            client_kwargs={
                "scope": settings.oidc_scope,
                "code_challenge_method": "S256",
                "timeout": _TIMEOUT,
            },
        )

    async def begin(self, request: Request) -> Response:
        """Lead the browser to the provider."""
        callback = self._callback or str(request.url.replace(path=CALLBACK, query=""))
        try:
            redirect: Response = await self._client.authorize_redirect(request, callback)
        except Exception:  # noqa: BLE001 - outer boundary: the provider may answer anything
            _log.exception("the identity provider cannot be reached")
            return PlainTextResponse(f"The identity provider cannot be reached. {_AGAIN}", 502)
        return redirect

    async def finish(self, request: Request) -> Response:
        """Begin the session of whom the provider has sent back."""
        try:
            claims = await self._claims(request)
            principal = self._accounts.vouched(claims)
        except Exception as error:  # noqa: BLE001 - the same; whatever it is, nobody gets in
            # What went wrong is for the log: part of it was sent by whoever asks.
            _log.warning("a sign-in failed: %s: %s", type(error).__name__, one_line(str(error)))
            self._note(request, "refused")
            return PlainTextResponse(f"Refused: signing in did not succeed. {_AGAIN}", 403)
        known_as = shortened(one_line(str(claims.get("email") or claims["sub"])), 200)
        if not principal.collections():
            self._note(request, "refused", known_as)
            message = f"Refused: {known_as} has no role here. Ask an owner. {_AGAIN}"
            return PlainTextResponse(message, 403)
        self._audit.note(Caller(principal, client_of(request.scope)), "sign in", "done", known_as)
        return self._signed_in(request, self._accounts.begin_session(claims))

    async def _claims(self, request: Request) -> Mapping[str, object]:
        """Return what the provider says of whom it has sent back.

        Raises many errors: state, nonce, signature, issuer, audience or time is wrong, the provider
        refused, or cannot be reached.
        """
        required = {"essential": True}
        options = {
            "iss": required | {"values": [self._issuer]},
            "aud": required | {"values": [self._client.client_id]},
            "sub": required,
            "exp": required,
            "nonce": required,
        }
        token = await self._client.authorize_access_token(
            request, claims_options=options, leeway=_LEEWAY
        )
        vouched = token.get("userinfo")
        if not vouched:
            raise _UnusableError("the provider sent no ID token")
        claims = dict(vouched)
        if "userinfo_endpoint" in await self._client.load_server_metadata():
            more = dict(await self._client.userinfo(token=token))
            if more.get("sub") != claims["sub"]:
                raise _UnusableError("the provider's userinfo is about somebody else")
            claims = more | claims
        return claims

    def _signed_in(self, request: Request, token: str) -> Response:
        """Return the way to the page, with the cookie of the session."""
        response = RedirectResponse("/", 303)
        secure = request.url.scheme == "https" or self._callback.startswith("https:")
        response.set_cookie(
            self._accounts.cookie(secure=secure),
            token,
            max_age=int(SESSION_SECONDS),
            httponly=True,
            secure=secure,
            samesite="lax",
        )
        return response

    def _note(self, request: Request, outcome: str, target: str = "") -> None:
        self._audit.note(Caller(STRANGER, client_of(request.scope)), "sign in", outcome, target)

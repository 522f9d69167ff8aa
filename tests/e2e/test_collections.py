"""Several collections in a real browser: signing in, choosing one, and what a reader is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from qa.chat.page import build
from qa.server.accounts import Accounts
from qa.server.audit import AuditLog
from qa.server.oidc import provider
from qa.server.users import Users
from qa.settings import Settings
from tests.e2e.asking import Serve, ask
from tests.e2e.collection import ARTICLES, EVIDENCE, QUESTION, QUOTES
from tests.e2e.test_access import violations
from tests.fakes import FakePipeline
from tests.service import PASSWORD

pytestmark = pytest.mark.e2e

NAMES = ("default", "sport")
CUP = replace(ARTICLES[0], id="cup.txt", title="Rovers win", text="Rovers won the cup on Sunday.")
WHO_WON, WON = "Who won the cup?", "Rovers won the cup on Sunday."

_PATIENCE = 120_000  # a busy machine is slow, not wrong

Open = Callable[..., Page]


class Served:
    """A service with two collections.

    Attributes:
        address: of it.
        users: who may sign in.
    """

    def __init__(self, folder: Path, serve: Serve, issuer: str = "") -> None:
        file = folder / "users.json"
        self.users = Users(file)
        self.users.add("ann", PASSWORD, "reader")
        self.users.grant("ann", "editor", "sport")
        self.users.allow("groups", "desk", "reader", "sport")
        accounts = Accounts(users=file, provided=bool(issuer))
        default = build(
            FakePipeline(ARTICLES, QUOTES, evidence=EVIDENCE), folder / "a", collections=NAMES
        )
        sport = build(FakePipeline([CUP], {WHO_WON: [WON]}), folder / "b", collections=NAMES)
        if issuer:
            secret = SecretStr("a secret")
            settings = Settings(oidc_issuer=issuer, oidc_client_id="qa", oidc_client_secret=secret)
            accounts.provider = provider(settings, accounts, AuditLog(folder / "audit.jsonl"))
        self.address = serve(default, accounts=accounts, others={"sport": sport})


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Return a function that opens an address in a browser without a past."""
    contexts = []

    def opened(address: str, width: int = 1280) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


def _sign_in(page: Page) -> None:
    page.get_by_label("username").fill("ann")
    page.get_by_label("password").fill(PASSWORD)
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_role("link", name="Sign out")).to_be_visible(timeout=_PATIENCE)


def test_a_collection_is_chosen_in_the_masthead(
    tmp_path: Path, serve: Serve, open_page: Open
) -> None:
    """Its page answers from its articles, with the visitor's rights there; signing out ends it."""
    page = open_page(Served(tmp_path, serve).address)
    _sign_in(page)
    chooser = page.get_by_label("Collection")
    expect(chooser).to_have_value("/")
    ask(page, QUESTION)
    page.get_by_role("button", name="Library", exact=True).click()
    expect(page.get_by_text("editors add and remove them")).to_be_visible(timeout=_PATIENCE)
    expect(page.locator(".library .add")).to_be_hidden()
    expect(page.get_by_role("button", name="Remove")).to_have_count(0)
    assert violations(page) == []
    chooser.select_option("sport")
    page.wait_for_url("**/c/sport/")
    expect(page.get_by_label("Collection")).to_have_value("/c/sport/")
    expect(ask(page, WHO_WON)).to_contain_text(WON)
    page.get_by_role("button", name="Library", exact=True).click()
    expect(page.locator(".library .add")).to_be_visible(timeout=_PATIENCE)
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("button", name="Login")).to_be_visible(timeout=_PATIENCE)


def test_an_identity_provider_signs_in(
    tmp_path: Path, serve: Serve, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The link leads there and back, to the one collection that the group may read."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # of the provider: it has no HTTPS here
    claims: dict[str, object] = {"groups": ["desk"]}
    with run_server_in_thread(user_claims=[User(sub="carla", claims=claims)]) as server:
        issuer = f"http://localhost:{server.server_port}"
        page = open_page(Served(tmp_path, serve, issuer).address, width=390)
        page.get_by_role("link", name="Sign in with your organisation").click()
        page.get_by_role("button", name="carla").click()
        page.wait_for_url("**/c/sport/")
        expect(page.get_by_role("link", name="Sign out")).to_be_visible(timeout=_PATIENCE)
        expect(page.get_by_label("Collection")).to_have_count(0)
        expect(ask(page, WHO_WON)).to_contain_text(WON)

"""A browser, and the chat over a scripted pipeline; no page may ever ask another host for anything."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from qa.chat.page import build
from qa.chat.serving import launch
from qa.errors import ModelError
from tests.e2e.asking import HOST, Perform, Serve, Visit, outside
from tests.e2e.collection import ARTICLES, BROKEN, EVIDENCE, QUOTES, REFUSAL, REFUSED
from tests.fakes import FakePipeline

FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync "
    # The address bar's own pages: two more processes for each window, and nobody sees them.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,Translate,PaintHolding"
).split()


@dataclass
class Stage:
    """One app whose pipeline each test may change: starting an app takes longer than most tests.

    Attributes:
        now: the pipeline that is asked.
        address: of the app.
        app: the app itself.
    """

    now: FakePipeline
    address: str = field(default="", init=False)
    app: gr.Blocks = field(init=False)

    def __getattr__(self, name: str) -> Any:
        """Be the pipeline."""
        return getattr(self.now, name)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Return the one Chromium that all tests share."""
    expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that serves an app until the test ends and returns its address."""
    apps: list[gr.Blocks] = []

    def start(app: gr.Blocks, **looks: Any) -> str:
        apps.append(app)
        return served(app, **looks)

    yield start
    # An idle server wakes up many times a second: dozens of them would slow down every test that
    # follows.
    for app in apps:
        app.close(verbose=False)


@pytest.fixture(scope="session")
def pipeline() -> FakePipeline:
    """Return the scripted pipeline behind `address`."""
    failures = {BROKEN: RuntimeError("at /secret/place line 7"), REFUSED: ModelError(REFUSAL)}
    return FakePipeline(ARTICLES, QUOTES, failures, pause=0.01, evidence=EVIDENCE)


@pytest.fixture(scope="session")
def stage(
    pipeline: FakePipeline, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stage, Path]]:
    """Return the one app, and the folder where it keeps things."""
    stage, folder = Stage(pipeline), tmp_path_factory.mktemp("stage") / "chat"
    app = build(stage, folder, addresses=True)
    stage.app, stage.address = app, served(app)
    yield stage, folder
    app.close(verbose=False)


@pytest.fixture
def folder(stage: tuple[Stage, Path]) -> Path:
    """Return the folder where the app keeps things: nothing is in it before the test."""
    shutil.rmtree(stage[1], ignore_errors=True)
    return stage[1]


@pytest.fixture
def address(stage: tuple[Stage, Path], folder: Path, pipeline: FakePipeline) -> str:
    """Return the address of the chat over `pipeline`."""
    stage[0].now = pipeline
    return stage[0].address


@pytest.fixture
def perform(stage: tuple[Stage, Path], address: str) -> Perform:
    """Return a function that puts another pipeline behind `address`, for one test, and returns it."""

    def put(pipeline: FakePipeline) -> str:
        stage[0].now = pipeline
        return address

    return put


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a context for the first visitor of each test, whose cache is warm; what a test stored there is removed."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def requested() -> list[str]:
    """Return the addresses of all requests that the test's pages make."""
    return []


@pytest.fixture
def visit(
    browser: Browser, context: BrowserContext, address: str, requested: list[str]
) -> Iterator[Visit]:
    """Return a function that opens the chat as a new visitor; at the end no page may have failed or called out."""
    pages: list[Page] = []
    failures: list[str] = []

    def open_page(
        url: str = address, *, width: int = 1280, height: int = 800, dark: bool = False
    ) -> Page:
        page = (browser.new_context() if pages else context).new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.on("request", lambda request: requested.append(request.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        forget(page, url)
        page.goto(url)
        return page

    yield open_page
    for page in pages:
        page.close()
        if page.context != context:
            page.context.close()
    context.clear_permissions()
    assert failures == []
    assert outside(requested) == []


@pytest.fixture
def page(visit: Visit) -> Page:
    """Return the chat on a desktop, in light."""
    return visit()


def forget(page: Page, url: str) -> None:
    """Remove what earlier visitors left in the browser's storage for an address."""
    session = page.context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "local_storage"})
    session.detach()


def served(app: gr.Blocks, **looks: Any) -> str:
    """Serve an app, and return its address."""
    port = free_port()
    # Playwright's event loop runs in this thread, and Gradio wants to start one of its own.
    thread = threading.Thread(
        target=launch, args=(app,), kwargs={"host": HOST, "port": port, "block": False, **looks}
    )
    thread.start()
    thread.join()
    return f"http://{HOST}:{port}"


def free_port() -> int:
    """Return a port that nothing listens at."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])

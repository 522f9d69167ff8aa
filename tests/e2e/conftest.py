"""A browser, and the chat over a scripted pipeline; no page may ever ask another host for anything."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from qa.chat.page import build
from qa.chat.serving import launch
from qa.errors import ModelError
from tests.e2e.asking import HOST, Serve, Visit, outside
from tests.e2e.collection import ARTICLES, BROKEN, EVIDENCE, QUOTES, REFUSAL, REFUSED
from tests.fakes import FakePipeline

_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Return the one Chromium that all tests share."""
    expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve() -> Iterator[Serve]:
    """Return a function that serves an app and returns its address."""
    apps = []

    def start(app: gr.Blocks, **looks: Any) -> str:
        port = free_port()
        # Playwright's event loop runs in this thread, and Gradio wants to start one of its own.
        thread = threading.Thread(
            target=launch, args=(app,), kwargs={"host": HOST, "port": port, "block": False, **looks}
        )
        thread.start()
        thread.join()
        apps.append(app)
        return f"http://{HOST}:{port}"

    yield start
    for app in apps:
        app.close()


@pytest.fixture(scope="session")
def pipeline() -> FakePipeline:
    """Return the scripted pipeline behind `address`."""
    failures = {BROKEN: RuntimeError("at /secret/place line 7"), REFUSED: ModelError(REFUSAL)}
    return FakePipeline(ARTICLES, QUOTES, failures, pause=0.03, evidence=EVIDENCE)


@pytest.fixture(scope="session")
def address(serve: Serve, pipeline: FakePipeline) -> str:
    """Return the address of the chat over `pipeline`."""
    return serve(build(pipeline))


@pytest.fixture
def requested() -> list[str]:
    """Return the addresses of all requests that the test's pages make."""
    return []


@pytest.fixture
def visit(browser: Browser, address: str, requested: list[str]) -> Iterator[Visit]:
    """Return a function that opens the chat as a new visitor; at the end no page may have failed or called out."""
    contexts: list[BrowserContext] = []
    failures: list[str] = []

    def open_page(url: str = address, *, width: int = 1280, height: int = 800, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requested.append(request.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.goto(url)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert failures == []
    assert outside(requested) == []


@pytest.fixture
def page(visit: Visit) -> Page:
    """Return the chat on a desktop, in light."""
    return visit()


def free_port() -> int:
    """Return a port that nothing listens at."""
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])

"""Take the pictures in docs/: the chat over the sample articles, in Chromium."""  # noqa: INP001 - a script

from __future__ import annotations

import os
import shutil
import socket
import sys
import tempfile
import threading
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from qa.chat import build
from qa.chat.serving import launch
from qa.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings

ROOT = Path(__file__).parents[1]
HOST = "127.0.0.1"
DISAGREEMENT = "how much does the dam cost?"
ANSWERED = "who is accused of blocking the corridor?"
SILENT = "who won the 2010 World Cup?"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of one question, and of what is open beside it."""

    name: str
    question: str
    width: int = 1280
    height: int = 860
    dark: bool = False
    conversations: bool = False
    library: bool = False
    article: bool = False


PICTURES = (
    Picture("chat", DISAGREEMENT),
    Picture("desktop", ANSWERED, article=True),
    Picture("dark", ANSWERED, dark=True, conversations=True),
    Picture("abstention", SILENT),
    Picture("phone", ANSWERED, width=390, height=844),
    Picture("sheet", ANSWERED, width=390, height=844, article=True),
    Picture("library", "", library=True),
)


def main() -> None:
    """Index corpus/ in a temporary folder, serve the chat over it, and take every picture."""
    chromium = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if chromium is None:
        sys.exit("no Chromium: see tools/chromium.sh")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(index=Path(folder, "index"))
        Index.open(settings, create=True).update([ROOT / "corpus"])
        app = build(Pipeline.open(settings), Path(folder, "chat"), addresses=True)
        with closing(socket.socket()) as probe:
            probe.bind((HOST, 0))
            port = probe.getsockname()[1]
        # Playwright's event loop runs in this thread, and Gradio wants to start one of its own.
        thread = threading.Thread(
            target=launch, args=(app,), kwargs={"host": HOST, "port": port, "block": False}
        )
        thread.start()
        thread.join()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            for picture in PICTURES:
                _take(browser, f"http://{HOST}:{port}", picture)
            browser.close()
        app.close(verbose=False)


def _take(browser: Browser, address: str, picture: Picture) -> None:
    page = browser.new_page(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.dark else "light",
    )
    page.set_default_timeout(60_000)
    page.goto(address)
    page.locator("#notice").get_by_text("articles").wait_for()
    if picture.question:
        _ask(page, picture.question)
    if picture.conversations:
        page.locator("[data-conversations]").click()
        page.locator("#conversations li").first.wait_for()
    if picture.article:
        page.locator(".marker").last.click()
        page.locator("#reader mark").first.wait_for()
        page.wait_for_timeout(500)  # the sheet comes up
    if picture.library:
        page.locator(".masthead [data-view=library]").click()
        page.locator(".entry .open").first.click()
        page.locator(".reading .article-text").wait_for()
    page.mouse.move(0, 0)
    page.screenshot(path=ROOT / "docs" / f"{picture.name}.png")
    page.close()


def _ask(page: Page, question: str) -> None:
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    box.press("Enter")
    page.locator(".reply.answered, .reply.abstained").wait_for()


if __name__ == "__main__":
    main()

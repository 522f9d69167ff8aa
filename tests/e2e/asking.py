"""The page in the words of the tests: asking, and where things are."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

HOST = "127.0.0.1"
Visit = Callable[..., Page]
Serve = Callable[..., str]
Perform = Callable[..., str]

FINISHED = ".reply.answered, .reply.abstained, .reply.error"


def box(page: Page) -> Locator:
    """Return the question box."""
    return page.get_by_role("textbox", name="Your question")


def ask(page: Page, question: str) -> Locator:
    """Ask with the Enter key and return the finished reply."""
    before = page.locator(".exchange").count()
    box(page).fill(question)
    box(page).press("Enter")
    reply = page.locator(".exchange").nth(before).locator(FINISHED)
    expect(reply).to_be_visible(timeout=30_000)
    return reply


def sources(page: Page) -> Locator:
    """Return the cards that are shown beside the conversation."""
    return page.locator("#sources .sources-of:not([hidden]) .card")


def opened(page: Page) -> Locator:
    """Return the article that is open beside the conversation, or over it on a phone."""
    return page.get_by_role("dialog").locator(".article-text")


def outside(requested: list[str]) -> list[str]:
    """Return the requests that leave this machine."""
    return [
        url
        for url in requested
        if urlsplit(url).scheme not in {"data", "blob"} and urlsplit(url).hostname != HOST
    ]

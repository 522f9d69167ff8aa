"""Adding to the library what is no single file: folders, pasted texts, addresses."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from qa.types import Article
from tests.e2e.asking import Perform, Visit
from tests.e2e.collection import ARTICLES, QUOTES
from tests.e2e.test_access import violations
from tests.fakes import FakePipeline

pytestmark = pytest.mark.e2e

_TIDE = "https://tide.example/today"


@pytest.fixture
def shelf() -> FakePipeline:
    """Return a pipeline whose articles may change, and a page that could be one of them."""
    shelf = FakePipeline(ARTICLES, QUOTES)
    shelf.index.web[_TIDE] = Article("tide", "The tide of today", "The tide came.", "Tidings")
    return shelf


@pytest.fixture
def page(perform: Perform, visit: Visit, shelf: FakePipeline) -> Page:
    """Return the chat with its library open."""
    page = visit(perform(shelf))
    page.get_by_role("button", name="Library").click()
    expect(_titles(page)).to_have_count(3)
    return page


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """Return a folder of two articles of the same name, and of what is none."""
    files = {
        "2025/a.md": b"# The first tide\n\nIt came.",
        "2026/a.md": b"# The second tide\n\nIt went.",
        "2026/photo.png": b"x",
        "empty.txt": b"",
        "README.md": b"About these.",
        ".hidden/b.md": b"Hidden.",
    }
    for name, data in files.items():
        file = tmp_path / "news" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return tmp_path / "news"


def _titles(page: Page) -> Locator:
    return page.locator(".entries h3")


def _report(page: Page) -> Locator:
    return page.get_by_role("list", name="Result of adding each file").locator("> li")


def _expect_news(page: Page) -> None:
    unknown = "unknown format '.png': pictures hold no text that can be read"
    expect(_report(page)).to_have_text(
        [
            "news 2 added, 2 refused, 2 left out, as hidden ones and READMEs are",
            f"news/2026/photo.png refused: {unknown}",
            "news/empty.txt refused: is empty",
        ]
    )
    expect(_titles(page)).to_have_count(5)
    expect(_titles(page).filter(has_text="tide")).to_have_count(2)


def test_a_chosen_folder_is_added(page: Page, news: Path, folder: Path) -> None:
    """It has one line, each refused file one with reason and remedy; files of one name stay apart."""
    page.get_by_label("Add a folder").set_input_files(news)
    _expect_news(page)
    assert sorted(path.name for path in (folder / "articles").iterdir()) == [
        "news-2025-a.md",
        "news-2026-a.md",
    ]
    page.get_by_label("Add a folder").set_input_files(news)
    expect(_report(page).first).to_contain_text("news 2 unchanged, 2 refused")


def test_a_dropped_folder_is_added(page: Page, news: Path) -> None:
    """Wherever on the page it is dropped, with all that lies below it; a file beside it is one too."""
    (news.parent / "b.md").write_text("# The third tide\n\nIt came again.")
    page.get_by_role("button", name="Chat").click()
    devtools = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(news), str(news.parent / "b.md")], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})
    expect(_report(page)).to_have_count(4)
    expect(_report(page).first).to_have_text("b.md added")
    expect(_report(page).nth(1)).to_contain_text("news 2 added, 2 refused")
    expect(_titles(page)).to_have_count(6)


def test_progress_is_told_by_source(
    page: Page, news: Path, shelf: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a folder is added: its name, the file, how far that is, and how many there are."""
    update, go_on = shelf.index.update, threading.Event()

    def slow(places: Any, *, progress: Any, embedded: Any) -> Any:
        embedded(128, 512)
        go_on.wait(60)
        return update(places)

    monkeypatch.setattr(shelf.index, "update", slow)
    page.get_by_label("Add a folder").set_input_files(news)
    words = "news: Adding news/2025/a.md: 128 of 512 passages (1 of 3)"
    expect(page.locator(".adding p")).to_have_text(words)
    go_on.set()
    expect(_report(page).first).to_contain_text("news 2 added")


def test_a_folder_of_too_many_files_is_refused(page: Page, news: Path) -> None:
    """At once, with what to do instead."""
    page.locator("[data-folder]").evaluate("input => { input.dataset.maxFiles = 3; }")
    page.get_by_label("Add a folder").set_input_files(news)
    expect(_report(page)).to_have_text(
        "news refused: more than 3 files: index it in a terminal, with qa index and its path"
    )


def test_a_pasted_text_is_added(page: Page) -> None:
    """Under its title, and the form is empty again; what is refused stays to be mended."""
    page.get_by_text("Paste a text").click()
    form = page.get_by_role("form", name="Paste a text")
    form.get_by_label("Title").fill("High <b>tide</b>")
    form.get_by_label("Text").fill(" ")
    form.get_by_role("button", name="Add the text").click()
    expect(_report(page)).to_contain_text("refused: is empty: paste the words of the article")
    expect(form.get_by_label("Title")).to_have_value("High <b>tide</b>")
    form.get_by_label("Text").fill("It came at six.\n\nIt went at noon.")
    form.get_by_role("button", name="Add the text").click()
    expect(_report(page)).to_have_text("High <b>tide</b> added")
    expect(form).not_to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("")
    page.get_by_role("button", name="High tide", exact=True).click()  # a title is no markup
    expect(page.locator(".read")).to_contain_text("It went at noon.")


def test_an_address_is_added(page: Page) -> None:
    """What is found there becomes an article; a refusal says why and what to do, and the address stays."""
    page.get_by_text("Add an address").click()
    field = page.get_by_label("Address of a page or feed")
    field.fill("tide.example/yesterday")
    field.press("Enter")
    why = "there is no such page: see whether it has moved"
    expect(_report(page)).to_have_text(f"tide.example/yesterday refused: {why}")
    expect(field).to_have_value("tide.example/yesterday")
    field.fill("file:///etc/passwd")
    field.press("Enter")
    expect(_report(page)).to_contain_text("is no address of the web: it begins with https://")
    field.fill(_TIDE)
    field.press("Enter")
    expect(_report(page)).to_have_text(f"{_TIDE} added")
    expect(_titles(page).first).to_be_visible()
    expect(_titles(page).filter(has_text="The tide of today")).to_have_count(1)


def test_the_library_counts(page: Page) -> None:
    """By outlet, month and format, of the articles that are listed."""
    page.get_by_text("Counts by outlet, month and format").click()
    counts = page.locator(".counts")
    expect(counts.get_by_role("table")).to_have_count(3)
    expect(counts.get_by_role("row", name="2026-05 2")).to_be_visible()
    expect(counts.get_by_role("row", name="Markdown 3")).to_be_visible()
    page.get_by_label("Search").fill("guild")
    expect(counts.get_by_role("row", name="2026-05 1")).to_be_visible()
    expect(counts.get_by_role("row", name="The Tidewatch 1")).to_be_visible()


@pytest.mark.parametrize(
    ("width", "dark"), [(1280, False), (1280, True), (390, False)], ids=["light", "dark", "phone"]
)
def test_what_adds_breaks_no_rule(page: Page, news: Path, width: int, *, dark: bool) -> None:
    """With all forms open, a report and the counts, nothing is complained of, nor scrolls sideways."""
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.get_by_label("Add a folder").set_input_files(news)
    _expect_news(page)
    for name in ("Paste a text", "Add an address", "Counts by outlet, month and format"):
        page.get_by_text(name).click()
    expect(page.get_by_role("table")).to_have_count(3)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

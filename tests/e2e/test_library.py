"""The library: finding, reading, adding and removing articles, and asking only some."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from qa.types import Filter
from tests.e2e.asking import Perform, Visit, ask, box
from tests.e2e.collection import ARTICLES, GUILD, HOSTILE, LOCK, QUESTION, QUOTES
from tests.fakes import FakePipeline

pytestmark = pytest.mark.e2e

_DROP = """([element, name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name));
  element.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: files }));
}"""


@pytest.fixture
def shelf() -> FakePipeline:
    """Return a pipeline whose articles may change."""
    return FakePipeline(ARTICLES, QUOTES)


@pytest.fixture
def page(perform: Perform, visit: Visit, shelf: FakePipeline) -> Page:
    """Return the chat with its library open."""
    page = visit(perform(shelf))
    page.get_by_role("button", name="Library").click()
    expect(_titles(page)).to_have_count(3)
    return page


def _titles(page: Page) -> Locator:
    return page.locator(".entries h3")


def _upload(page: Page, *files: tuple[str, bytes]) -> Locator:
    """Choose files and return the lines of the report, once all have one."""
    payload = [{"name": name, "mimeType": "text/plain", "buffer": data} for name, data in files]
    page.get_by_label("Add articles").set_input_files(payload)  # type: ignore[arg-type]  # its stub wants its own type
    lines = page.get_by_role("list", name="Result of adding each file").get_by_role("listitem")
    expect(lines).to_have_count(len(files))
    return lines


def test_articles_are_found_and_sorted(page: Page) -> None:
    """Words, outlet and days narrow the list, the count follows, and the order can be chosen."""
    expect(page.locator(".found")).to_contain_text("3 articles from 3 outlets")
    page.get_by_label("Search").fill("guild")
    expect(_titles(page)).to_have_text([GUILD.title])
    expect(page.locator(".found")).to_contain_text("1 of 3 articles")
    page.get_by_label("Search").fill("")
    page.locator("[name='source']").select_option("Ostrel Courier")
    expect(_titles(page)).to_have_text([LOCK.title])
    page.locator("[name='source']").select_option("")
    page.get_by_label("From").fill("2026-05-04")
    expect(_titles(page)).to_have_text([GUILD.title, LOCK.title])
    page.get_by_label("Sort").select_option("oldest")
    expect(_titles(page)).to_have_text([LOCK.title, GUILD.title])


def test_an_article_is_read(page: Page) -> None:
    """It opens beside the list with its whole text, takes the focus, and Escape closes it."""
    page.get_by_role("button", name=LOCK.title, exact=True).click()
    reading = page.get_by_role("article", name="Article")
    expect(reading.get_by_role("heading", name=LOCK.title)).to_be_focused()
    expect(reading).to_contain_text("Paragraph 39 tells of ropes")
    expect(_titles(page)).to_have_count(3)
    page.keyboard.press("Escape")
    expect(reading).not_to_be_visible()


def test_added_files_are_answered_from_at_once(page: Page, shelf: FakePipeline) -> None:
    """Each file has a line with what became of it; list and count follow, and so do answers."""
    lines = _upload(
        page, ("tide.md", b"# The tide\n\nIt came at six."), ("photo.png", b"x"), ("empty.txt", b"")
    )
    unknown = "unknown format '.png': pictures hold no text that can be read"
    expect(lines).to_have_text(
        ["tide.md added", f"photo.png refused: {unknown}", "empty.txt refused: is empty"]
    )
    expect(_titles(page)).to_have_count(4)
    expect(page.locator("#notice")).to_contain_text("4 articles")
    expect(_upload(page, ("tide.md", b"# The tide\n\nIt came at six."))).to_have_text(
        "tide.md unchanged"
    )
    expect(_upload(page, ("tide.md", b"# The tide\n\nIt came at seven."))).to_have_text(
        "tide.md changed"
    )
    shelf.quotes = {**shelf.quotes, "When did the tide come?": ("It came at seven.",)}
    shelf.articles = [shelf.index.article(entry.id) for entry in shelf.index.catalogue()]
    page.get_by_role("button", name="Chat").click()
    expect(ask(page, "When did the tide come?")).to_have_text("It came at seven. [1]")


def test_a_dropped_file_is_added(page: Page) -> None:
    """Wherever on the page it is dropped, also over the chat, and its hostile name shows as text."""
    page.get_by_role("button", name="Chat").click()
    name = "<img src=x onerror='window.attacked=1'>\u202e.md"
    page.locator("#transcript").evaluate(
        "(element, [drop, name, text]) => eval(drop)([element, name, text])", [_DROP, name, "Text."]
    )
    lines = page.get_by_role("list", name="Result of adding each file").get_by_role("listitem")
    expect(lines).to_have_text(f"{name} added")
    expect(_titles(page)).to_have_count(4)
    expect(page.locator("#page img")).to_have_count(0)
    assert page.evaluate("window.attacked") is None


def test_a_name_cannot_leave_its_folder(page: Page, folder: Path) -> None:
    """A file called like a path lands in the folder of added articles."""
    page.evaluate("""async () => {
      const file = { visitor: qa.visitor(), name: "../../../escaped.md", data: btoa("Text.") };
      const { token } = await qa.call("add", file);
      while (!(await qa.call("adding", { token })).line);
    }""")
    assert (folder / "articles" / "escaped.md").read_text() == "Text."
    assert sorted(path.name for path in folder.rglob("*.md")) == ["escaped.md"]


def test_a_removed_article_comes_back(page: Page, shelf: FakePipeline) -> None:
    """Remove takes it from list and count at once; Undo puts it back as it was."""
    page.get_by_role("button", name=f"Remove {GUILD.title}").click()
    expect(_titles(page)).to_have_count(2)
    expect(page.locator("#notice")).to_contain_text("2 articles")
    expect(page.locator(".toast")).to_contain_text(f"Removed: {GUILD.title}")
    page.get_by_role("button", name="Undo").click()
    expect(_titles(page)).to_have_count(3)
    assert shelf.index.article(GUILD.id) == GUILD


def test_a_hostile_article_is_text_in_the_library(page: Page) -> None:
    """In the list, in the menu of outlets and in the reading view nothing of it becomes an element."""
    expect(_titles(page).filter(has_text="<img")).to_have_text(HOSTILE.title)
    page.locator(f"[data-read='{HOSTILE.id}']").click()
    expect(page.locator(".read")).to_contain_text("<script>window.attacked = 1</script>")
    expect(
        page.locator("#library").locator("img, script, b, a:not([rel='noopener noreferrer'])")
    ).to_have_count(0)
    assert page.evaluate("window.attacked") is None
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_only_some_articles_are_asked(page: Page, shelf: FakePipeline) -> None:
    """The chosen outlet and dates show above the box and apply to each question until they are removed."""
    only = page.get_by_role("button", name="Ask only this outlet and time")
    expect(only).not_to_be_visible()
    page.locator("[name='source']").select_option("Ostrel Courier")
    page.get_by_label("From").fill("2026-05-01")
    only.click()
    chips = page.get_by_role("group", name="Only these articles are asked").get_by_role("button")
    expect(chips).to_have_text(["Outlet: Ostrel Courier ✕", "From: 2026-05-01 ✕"])
    expect(box(page)).to_be_focused()
    ask(page, QUESTION)
    expect(page.locator(".scope")).to_have_text("Only source “Ostrel Courier”, since 2026-05-01")
    assert shelf.wheres[-1] == Filter(source="Ostrel Courier", since="2026-05-01")
    chips.nth(1).click()
    ask(page, QUESTION)
    assert shelf.wheres[-1] == Filter(source="Ostrel Courier")
    chips.first.click()
    ask(page, QUESTION)
    assert shelf.wheres[-1] is None


def test_a_phone_reads_one_thing_at_a_time(page: Page) -> None:
    """An opened article takes the list's place, and nothing scrolls sideways."""
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name=LOCK.title, exact=True).click()
    expect(page.get_by_role("article", name="Article")).to_be_visible()
    expect(_titles(page).first).not_to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Close the article").click()
    expect(_titles(page)).to_have_count(3)

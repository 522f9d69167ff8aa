"""The page as axe-core sees it: the rules of WCAG 2.2, levels A and AA, that a program can check."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.asking import Visit, ask, box
from tests.e2e.collection import ACCOUNTS, LOCK, QUESTION, QUOTE, UNKNOWN

pytestmark = pytest.mark.e2e

_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}


def violations(page: Page) -> list[str]:
    """Return each rule that the page breaks, with the elements that break it."""
    # What fades in is as faint as it will ever be.
    page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize(
    ("width", "dark"), [(1280, False), (1280, True), (390, False)], ids=["light", "dark", "phone"]
)
def test_the_page_breaks_no_rule(visit: Visit, width: int, *, dark: bool) -> None:
    """Empty, with answers, conversations, a dialog, the library and an open article, nothing is complained of."""
    page = visit(width=width, height=844, dark=dark)
    expect(page.locator("#notice")).to_contain_text("articles")
    seen = {"empty": violations(page)}
    for question in (UNKNOWN, ACCOUNTS, QUESTION):
        ask(page, question)
    seen["answers"] = violations(page)
    page.locator(".marker").last.click()
    expect(page.get_by_role("dialog").locator("mark")).to_have_text(QUOTE)
    seen["opened article"] = violations(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_be_visible()  # the marker has the focus again
    seen["quote"] = violations(page)
    page.locator(".masthead [data-conversations]").click()
    expect(page.locator("#conversations li")).to_have_count(1)
    seen["conversations"] = violations(page)
    page.keyboard.press("Escape")
    if width > 1000:
        page.locator(".masthead [data-conversations]").click()
    page.get_by_role("button", name="Wrong").last.click()
    seen["dialog"] = violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Library").last.click()
    page.get_by_role("button", name=LOCK.title, exact=True).click()
    expect(page.locator(".read h3")).to_be_focused()
    seen["library"] = violations(page)
    assert {view: broken for view, broken in seen.items() if broken} == {}


def test_the_checker_sees_what_is_wrong(visit: Visit) -> None:
    """A field without a name is found: the test above can fail."""
    page = visit()
    box(page).evaluate(
        "element => { element.removeAttribute('aria-label'); element.removeAttribute('placeholder'); }"
    )
    assert any(broken.startswith("label:") for broken in violations(page))

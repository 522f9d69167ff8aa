"""Conversations that last: list, reload, rename, delete, take away, share; and what visitors think of answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from qa.chat.page import build
from qa.evaluation.questions import read_questions
from tests.e2e.asking import Perform, Serve, Visit, ask, box, opened, sources
from tests.e2e.collection import (
    ARTICLES,
    ATTACK,
    COUNTS,
    QUESTION,
    QUOTE,
    QUOTES,
    TWO_SOURCES,
    UNKNOWN,
)
from tests.fakes import FakePipeline, HeldPipeline

pytestmark = pytest.mark.e2e


def _listed(page: Page) -> Locator:
    """Open the list at the side and return its rows."""
    button = page.locator(".masthead [data-conversations]")
    if button.get_attribute("aria-expanded") != "true":
        button.click()
    return page.get_by_role("navigation", name="Conversations").get_by_role("listitem")


def test_a_reload_brings_the_conversation_back(page: Page) -> None:
    """Answers, sources and what was said before are as they were, and the conversation goes on."""
    ask(page, QUESTION)
    ask(page, TWO_SOURCES)
    page.reload()
    expect(page.locator(".question")).to_have_text(
        [f"You asked: {QUESTION}", f"You asked: {TWO_SOURCES}"]
    )
    expect(sources(page).locator("mark")).to_have_text(list(COUNTS))
    page.get_by_role("button", name="Source 1: The lock").first.click()
    expect(opened(page).locator("mark")).to_have_text(QUOTE)
    ask(page, UNKNOWN)
    expect(page.locator(".exchange")).to_have_count(3)


def test_a_new_server_knows_the_conversation(serve: Serve, visit: Visit, folder: Path) -> None:
    """What was kept outlasts the process: another app over the same folder shows it to the same visitor."""
    page = visit()
    ask(page, QUESTION)
    secret, conversation = page.evaluate("[localStorage.getItem('qa-visitor'), location.hash]")
    second = serve(build(FakePipeline(ARTICLES, QUOTES), folder))
    page.goto(second)
    page.evaluate("secret => localStorage.setItem('qa-visitor', secret)", secret)
    page.goto(f"{second}/?again{conversation}")
    expect(page.locator(".reply.answered")).to_have_text(f"{QUOTE} [1]")


def test_conversations_are_listed_and_opened(page: Page) -> None:
    """A new conversation starts empty and without history; the list leads back to the old one."""
    ask(page, QUESTION)
    page.get_by_role("button", name="New", exact=True).click()
    expect(page.locator(".welcome")).to_be_visible()
    ask(page, TWO_SOURCES)
    expect(page.locator(".exchange")).to_have_count(1)
    rows = _listed(page)
    expect(rows.locator(".open")).to_have_text([TWO_SOURCES, QUESTION])
    expect(rows.locator("[aria-current]")).to_have_text(TWO_SOURCES)
    rows.nth(1).locator(".open").click()
    expect(page.locator(".reply.answered")).to_have_text(f"{QUOTE} [1]")
    page.go_back()
    expect(page.locator(".question")).to_have_text(f"You asked: {TWO_SOURCES}")


def test_a_conversation_is_renamed_and_deleted(page: Page) -> None:
    """The new title outlasts a reload; a deleted conversation is gone after its question was confirmed."""
    ask(page, QUESTION)
    rows = _listed(page)
    rows.get_by_role("button", name="Rename").click()
    page.get_by_role("textbox", name="New title").fill("The <b>lock</b>")
    page.keyboard.press("Enter")
    expect(rows.locator(".open")).to_have_text("The <b>lock</b>")
    page.reload()
    expect(rows.locator(".open")).to_have_text("The <b>lock</b>")
    rows.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(rows).to_have_count(0)
    expect(page.locator(".welcome")).to_be_visible()


def test_one_visitor_never_sees_anothers(page: Page, visit: Visit) -> None:
    """Another browser lists nothing, and the address of a conversation opens nothing there."""
    ask(page, QUESTION)
    other = visit(page.url)
    expect(other.locator("#notice")).to_contain_text("3 articles")
    expect(other.locator(".exchange")).to_have_count(0)
    _listed(other)
    expect(other.locator(".conversations")).to_contain_text("Nobody else sees them")


def test_leaving_an_answer_at_work_stops_it(perform: Perform, visit: Visit) -> None:
    """A new conversation shows nothing of the answer that was on its way in the old one."""
    held = HeldPipeline(ARTICLES, QUOTES, after=1)
    page = visit(perform(held))
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(page.locator(".reply.partial")).to_be_visible()
    page.get_by_role("button", name="New", exact=True).click()
    expect(page.locator(".welcome")).to_be_visible()
    held.let_go.set()
    expect(ask(page, TWO_SOURCES)).to_contain_text("Forty boats")
    expect(page.locator(".exchange")).to_have_count(1)


def test_a_phone_has_the_list_in_a_drawer(visit: Visit) -> None:
    """It covers the page, takes the focus, and Escape closes it again; nothing scrolls sideways."""
    page = visit(width=390, height=844)
    ask(page, QUESTION)
    expect(_listed(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Close", exact=True)).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Escape")
    expect(page.locator("#conversations")).not_to_be_visible()
    _listed(page).locator(".open").click()
    expect(page.locator("#conversations")).not_to_be_visible()
    expect(page.locator(".reply.answered")).to_be_visible()


@pytest.mark.parametrize("form", ["Markdown", "JSON"])
def test_a_conversation_is_taken_away(page: Page, form: str) -> None:
    """The file holds question, answer and the exact quotes; a hostile article is text in it."""
    ask(page, QUESTION)
    ask(page, ATTACK)
    _listed(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=form).click()
    text = Path(download.value.path()).read_text(encoding="utf-8")
    if form == "JSON":
        first, second = json.loads(text)["exchanges"]
        assert first["answer"]["citations"][0]["quote"] == QUOTE
        assert "<script>" in second["answer"]["text"]
    else:
        assert text.startswith(f"# {QUESTION}\n\n## {QUESTION}\n\n{QUOTE}")
        assert "<script>" not in text.replace("\\<", "")


def test_an_answer_is_copied_with_its_sources(page: Page) -> None:
    """The clipboard gets question, answer, quote, title, outlet and date, and the page says so."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    page.get_by_role("button", name="Copy answer").click()
    expect(page.locator(".toast")).to_contain_text("copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    source = f"[1] “{QUOTE}” — The lock at Ostrel opens again, Ostrel Courier"
    assert copied.startswith(f"{QUESTION}\n\n{QUOTE} [1]\n\n{source}")


def test_a_link_asks_its_question(page: Page, visit: Visit) -> None:
    """Whoever opens it gets the question answered, once: a reload shows the answer and does not ask again."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, QUESTION)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".toast")).to_contain_text("link is copied")
    other = visit(page.evaluate("navigator.clipboard.readText()"))
    expect(other.locator(".reply.answered")).to_have_text(f"{QUOTE} [1]")
    expect(other.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    assert "?q=" not in other.url
    other.reload()
    expect(other.locator(".reply.answered")).to_have_text(f"{QUOTE} [1]")
    expect(other.locator(".exchange")).to_have_count(1)


def test_a_verdict_becomes_a_question_of_the_set(page: Page, folder: Path) -> None:
    """Right writes the gold, a second press takes it back; Wrong asks what would be right; both outlast a reload."""
    file = folder / "feedback" / "questions.jsonl"
    ask(page, QUESTION)
    right = page.get_by_role("button", name="Right", exact=True)
    right.click()
    expect(right).to_have_attribute("aria-pressed", "true")
    assert [(q.question, q.answerable) for q in read_questions(file)] == [(QUESTION, True)]
    right.click()
    expect(right).to_have_attribute("aria-pressed", "false")
    assert read_questions(file) == ()
    wrong = page.get_by_role("button", name="Wrong", exact=True)
    wrong.click()
    page.get_by_label("The right answer").fill("the <b>harbour</b> master")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    assert [q.answers for q in read_questions(file)] == [("the <b>harbour</b> master",)]


def test_a_verdict_can_be_left(page: Page, folder: Path) -> None:
    """Who closes the dialog has said nothing."""
    ask(page, QUESTION)
    page.get_by_role("button", name="Wrong", exact=True).click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Wrong", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    assert not (folder / "feedback").exists()

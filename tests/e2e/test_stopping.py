"""Stopping an answer, asking again, and what is typed meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from qa.types import Answer, StreamEvent, Turn
from tests.e2e.asking import HOST, Perform, Visit, ask, box
from tests.e2e.collection import ARTICLES, QUESTION, QUOTE, QUOTES, TWO_SOURCES, UNKNOWN
from tests.e2e.conftest import free_port
from tests.fakes import FakePipeline, HeldPipeline

pytestmark = pytest.mark.e2e

_UNDERSTOOD = "Who opened the lock at Ostrel?"
# Whoever starts the tests in the background has them, and what they start, ignore Ctrl-C.
_SERVER = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from qa.chat.page import build
from qa.chat.serving import launch
from tests.e2e.collection import ARTICLES, QUOTES
from tests.fakes import FakePipeline

launch(build(FakePipeline(ARTICLES, QUOTES)), host="127.0.0.1", port=int(sys.argv[1]))
"""


@dataclass
class FollowingPipeline(FakePipeline):
    """Takes every follow-up for another question."""

    def stream(
        self, question: str, *, history: object = (), **more: object
    ) -> Iterator[StreamEvent]:
        """Yield the answer, with what was understood."""
        import dataclasses

        for item in super().stream(question, history=history, **more):  # type: ignore[arg-type]
            yield (
                dataclasses.replace(item, standalone_question=_UNDERSTOOD)
                if history and isinstance(item, Answer)
                else item
            )


@pytest.fixture
def held() -> HeldPipeline:
    """Return a pipeline that stops after the first statement of an answer."""
    return HeldPipeline(ARTICLES, QUOTES, after=1)


@pytest.fixture
def page(perform: Perform, visit: Visit, held: HeldPipeline) -> Page:
    """Return the chat over `held`."""
    return visit(perform(held))


def _begin(page: Page, question: str = QUESTION, shows: str = ".reply.partial") -> None:
    box(page).fill(question)
    box(page).press("Enter")
    expect(page.locator(shows)).to_be_visible()


@pytest.mark.parametrize("way", ["button", "Escape"])
def test_an_answer_can_be_stopped(held: HeldPipeline, page: Page, way: str) -> None:
    """Button and Escape end it at once while the server still works; what had come stays, and the server goes on."""
    _begin(page)
    if way == "button":
        page.get_by_role("button", name="Stop").click()
    else:
        page.keyboard.press("Escape")
    expect(page.locator(".reply.stopped")).to_contain_text("The lock")
    expect(page.locator(".reply.stopped")).to_contain_text("Stopped")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    held.let_go.set()
    expect(ask(page, TWO_SOURCES)).to_contain_text("Forty boats")
    assert held.asked[-1] == (TWO_SOURCES, ())


def test_a_stopped_question_is_edited_and_asked_again(held: HeldPipeline, page: Page) -> None:
    """Its words come back into the box, and what is asked then takes its place."""
    _begin(page, "Who opened the door?", ".reply.waiting:text('Reading 3 passages')")
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Edit the question").click()
    expect(box(page)).to_have_value("Who opened the door?")
    expect(box(page)).to_be_focused()
    held.let_go.set()
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(page.locator(".reply.answered")).to_have_text(f"{QUOTE} [1]")
    expect(page.locator(".question")).to_have_text([f"You asked: {QUESTION}"])


def test_editing_can_be_given_up(held: HeldPipeline, page: Page) -> None:
    """After Cancel the box is empty, and the next question is one of its own."""
    held.let_go.set()
    ask(page, QUESTION)
    page.get_by_role("button", name="Edit the question").click()
    page.get_by_role("button", name="Cancel").click()
    expect(box(page)).to_have_value("")
    ask(page, TWO_SOURCES)
    expect(page.locator(".exchange")).to_have_count(2)


def test_what_is_typed_before_the_first_frame_stays(page: Page) -> None:
    """The box empties when Enter is pressed and never again: words typed while the server is slow are kept."""
    page.route("**/queue/join*", _late)
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(box(page)).to_have_value("")
    box(page).press_sequentially("and next")
    expect(page.locator(".reply.partial")).to_be_visible()
    expect(box(page)).to_have_value("and next")


def test_a_waiting_question_comes_back_when_the_first_is_stopped(page: Page) -> None:
    """The waiting question is put back into the box and not asked."""
    _begin(page)
    box(page).fill(TWO_SOURCES)
    box(page).press("Enter")
    expect(page.locator("#question")).to_contain_text(f"Asked next: {TWO_SOURCES}")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".reply.stopped")).to_be_visible()
    expect(box(page)).to_have_value(TWO_SOURCES)
    expect(page.locator(".exchange")).to_have_count(1)


def test_what_was_understood_can_be_corrected(perform: Perform, visit: Visit) -> None:
    """A follow-up shows what was searched for; corrected, it takes its place and is asked without what went before."""
    pipeline = FollowingPipeline(ARTICLES, QUOTES)
    page = visit(perform(pipeline))
    ask(page, QUESTION)
    ask(page, UNKNOWN)
    understood = page.get_by_role("button", name=f"Asking: {_UNDERSTOOD}")
    understood.click()
    expect(box(page)).to_have_value(_UNDERSTOOD)
    box(page).fill(TWO_SOURCES)
    box(page).press("Enter")
    expect(page.locator(".question")).to_have_text(
        [f"You asked: {QUESTION}", f"You asked: {TWO_SOURCES}"]
    )
    expect(understood).to_have_count(0)
    assert pipeline.asked[-1] == (TWO_SOURCES, ())
    ask(page, QUESTION)
    assert [turns[:1] for _, turns in pipeline.asked[3:]] == [(Turn("user", QUESTION),)]


def test_an_interrupted_server_ends_at_once(visit: Visit, tmp_path: Path) -> None:
    """Ctrl-C is obeyed although a page is open: nothing waits for it to be closed, and nothing calls it a fault."""
    port = free_port()
    root = Path(__file__).parents[2]
    complaints = tmp_path / "stderr"
    with complaints.open("w") as stderr:
        command = [sys.executable, "-c", _SERVER, str(port)]
        server = subprocess.Popen(command, cwd=root, env={**os.environ}, stderr=stderr)
    try:
        page = _visit_when_up(visit, f"http://{HOST}:{port}")
        ask(page, QUESTION)
        server.send_signal(signal.SIGINT)
        # A server that waits for open pages to be closed never ends.
        assert server.wait(30) == 0
        assert "Traceback" not in complaints.read_text()
    finally:
        server.kill()


def _late(route: Route) -> None:
    time.sleep(1)
    route.continue_()


def _visit_when_up(visit: Visit, address: str) -> Page:
    import urllib.error
    import urllib.request

    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - this machine's own server
            break
        except urllib.error.URLError:
            time.sleep(0.2)
    return visit(address)

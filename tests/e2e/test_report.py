"""The report of an evaluation in the browser, without any network: a wrong answer is found by its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from qa.evaluation.corpus import Corpus
from qa.evaluation.metrics import summarise
from qa.evaluation.page import write_report
from qa.evaluation.questions import GoldSpan
from qa.evaluation.result import CitedSpan, HitSpan, Result
from qa.evaluation.rubric import Rubric
from tests.unit.evaluation.evaluation_builders import make_row

pytestmark = pytest.mark.e2e

TEXT = "The bridge at Ostrov was closed. Lena Varga ordered it on Monday after divers found cracks."
FERRY = "The ferry Petrel carries 240 passengers. <script>document.title = 'hacked'</script>"
RECORDS = {
    "bridge": {"title": "A bridge", "text": TEXT},
    "ferry": {"title": "<b>A ferry</b>", "text": FERRY},
}
BRIDGE_HIT, FERRY_HIT = HitSpan("bridge", 0, len(TEXT), 0.9), HitSpan("ferry", 0, len(FERRY), 0.5)
ROWS = (
    make_row(
        "not-read",
        question="Who ordered the bridge closed?",
        answers=("Lena Varga",),
        answerable=True,
        relevant=(GoldSpan("bridge", 33, 43),),
        hits=(FERRY_HIT, BRIDGE_HIT),
        abstained=False,
        short="Petrel",
        confidence=0.7,
        text="The ferry Petrel carries 240 passengers. [1]",
        citations=(CitedSpan("ferry", 0, 40, FERRY[:40], valid=True),),
        scores={"recall@10": 1.0, "f1": 0.0, "quote_contains_answer": 0.0},
    ),
    make_row(
        "missed",
        question="How many passengers does the ferry carry?",
        answers=("240",),
        answerable=True,
        relevant=(GoldSpan("ferry", 25, 28),),
        hits=(BRIDGE_HIT,),
        scores={"recall@10": 0.0, "f1": 0.0},
    ),
    make_row(
        "invented",
        question="Who paid for the ferry?",
        answerable=False,
        hits=(FERRY_HIT,),
        abstained=False,
        short="Petrel",
        confidence=0.6,
        citations=(CitedSpan("ferry", 0, 40, FERRY[:40], valid=True),),
        kind="near_miss",
        rubric=Rubric("near_miss"),
        scores={"passed": 0.0, "wrong": 1.0},
    ),
)
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of a report of three wrong answers, each of another kind."""
    result = Result("river", False, "abc123", {"read": 4}, 2, summarise(ROWS), ROWS)
    return write_report(result, Corpus(RECORDS), tmp_path_factory.mktemp("report")).as_uri()


@pytest.fixture
def open_report(browser: Browser, address: str) -> Iterator[Open]:
    """Return a function that opens the report with the network cut; nothing may fail, or be asked of anybody."""
    contexts: list[BrowserContext] = []
    requested: list[str] = []
    complaints: list[str] = []

    def open_page(anchor: str = "", *, width: int = 1280, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            offline=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requested.append(request.url.partition("#")[0]))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(address + anchor)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert set(requested) == {address}


def shown(page: Page) -> Locator:
    """Return the wrong answers that are listed."""
    return page.locator(".wrong:visible")


def test_a_wrong_answer_is_found_by_its_kind(open_report: Open) -> None:
    """Choosing a kind leaves the answers of that kind; unfolded, one shows what was wanted, given, quoted and found."""
    page = open_report()
    expect(shown(page)).to_have_count(3)
    page.get_by_role("radio", name="Retrieved, not read 1").check(force=True)
    expect(shown(page)).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 of 3 shown")
    shown(page).get_by_text("Who ordered the bridge closed?").click()
    answer = shown(page)
    expect(answer.locator(".golds")).to_have_text("Lena Varga")
    expect(answer.locator("blockquote .text")).to_have_text(
        "The ferry Petrel carries 240 passengers."
    )
    expect(answer.locator(".passages summary")).to_have_text(
        [re.compile("1 .*A ferry"), re.compile("2 .*A bridge.*gold")]
    )
    expect(answer.locator(".passages mark")).to_have_text("gold: Lena Varga")
    expect(answer.locator(".passages .cited")).to_have_text(
        "The ferry Petrel carries 240 passengers."
    )


def test_questions_are_searched_by_their_words(open_report: Open) -> None:
    """Words in any order and case narrow the list, together with the kind; nothing left is said."""
    page = open_report()
    page.get_by_label("Words in the question").fill("FERRY who")
    expect(shown(page).locator(".asked")).to_have_text("Who paid for the ferry?")
    page.get_by_label("Words in the question").fill("bridge ferry")
    expect(page.get_by_role("status")).to_have_text(re.compile("^None"))


def test_the_wrong_answers_of_a_kind_of_question_are_listed(open_report: Open) -> None:
    """A kind's name in the table by kind leaves its wrong answers, whatever kind of failure was chosen before."""
    page = open_report("#kind-not-retrieved")
    row = page.get_by_role("row", name="near_miss")
    expect(row.get_by_role("cell")).to_have_text(
        ["1", "0.000 (0.000 to 0.000)", "1.000 (1.000 to 1.000)"]
    )
    row.get_by_role("link", name="near_miss").click()
    expect(shown(page).locator(".asked")).to_have_text("Who paid for the ferry?")
    page.get_by_label("Words in the question").fill("")
    expect(shown(page)).to_have_count(3)


def test_the_keyboard_is_enough(open_report: Open) -> None:
    """From a link among the outcomes: its kind is chosen, arrows choose others, Enter unfolds an answer."""
    page = open_report()
    page.get_by_role("link", name="Not retrieved").focus()
    page.keyboard.press("Enter")
    expect(shown(page).locator(".asked")).to_have_text("How many passengers does the ferry carry?")
    page.keyboard.press("ArrowRight")
    expect(shown(page).locator(".asked")).to_have_text("Who ordered the bridge closed?")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(shown(page).locator(".golds")).to_be_visible()


def test_a_link_chooses_its_kind_each_time(open_report: Open) -> None:
    """Followed again after another kind was chosen, a link chooses its own again; Back returns to the link before."""
    page = open_report()
    page.get_by_role("link", name="Not retrieved").click()
    expect(shown(page)).to_have_count(1)
    page.get_by_role("radio", name="All 3").check(force=True)
    expect(shown(page)).to_have_count(3)
    page.get_by_role("link", name="Not retrieved").click()
    expect(shown(page)).to_have_count(1)
    page.get_by_role("link", name="Should have abstained").click()
    expect(shown(page).locator(".asked")).to_have_text("Who paid for the ferry?")
    page.go_back()
    expect(shown(page).locator(".asked")).to_have_text("How many passengers does the ferry carry?")


def test_the_list_is_filtered_before_a_link_is_left(open_report: Open) -> None:
    """Nothing that is pressed after a link can come before its effect: the list is filtered within the click."""
    page = open_report()
    link = page.get_by_role("link", name="Not retrieved")
    assert (
        link.evaluate(
            "link => (link.click(), [...document.querySelectorAll('.wrong')].filter(card => !card.hidden).length)"
        )
        == 1
    )


def test_a_link_names_a_kind(open_report: Open) -> None:
    """An address that ends with a kind opens the page at it."""
    page = open_report("#kind-should-have-abstained")
    expect(shown(page).locator(".asked")).to_have_text("Who paid for the ferry?")


def test_markup_in_articles_is_shown_and_does_nothing(open_report: Open) -> None:
    """A script or an element in an article or its title is text."""
    page = open_report("#kind-not-retrieved")
    page.get_by_role("button", name="Unfold all").click()
    expect(shown(page).locator(".missed")).to_contain_text(
        "<script>document.title = 'hacked'</script>"
    )
    expect(shown(page).locator(".missed .title")).to_have_text("<b>A ferry</b>")
    assert page.title() == "river: how good are the answers?"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_phone_scrolls_one_way(open_report: Open, *, dark: bool) -> None:
    """At 390 pixels nothing is wider than the screen, all unfolded, and every plot is there to be seen."""
    page = open_report(width=390, dark=dark)
    page.get_by_role("button", name="Unfold all").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("img")).to_have_count(4)
    for plot in page.get_by_role("img").all():
        box = plot.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 390

"""The conversation as HTML."""

from __future__ import annotations

import dataclasses
import re

import pytest

from qa.chat.asking import Exchange, Reading
from qa.chat.conversation import conversation
from qa.types import Answer
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE


def _answer(question: str = QUESTION) -> Answer:
    return FakePipeline([ARTICLE], {QUESTION: [QUOTE]}).answer(question)


def _shown(answer: Answer) -> str:
    return conversation([Exchange(answer.question, answer.text, answer)])


def test_an_empty_conversation_welcomes() -> None:
    """Before the first question the region says what can be done here, and is not busy."""
    html = conversation([])
    assert "What would you like to know?" in html
    assert 'aria-busy="false"' in html


def test_a_question_is_escaped() -> None:
    """Markup in a question is text."""
    html = conversation([Exchange("<script>x</script>")])
    assert "&lt;script&gt;x&lt;/script&gt;" in html
    assert "<script" not in html


def test_an_unfinished_answer_has_no_buttons() -> None:
    """A marker leads nowhere until the answer is complete and checked; the region is busy meanwhile."""
    html = conversation([Exchange(QUESTION, "It opened <b>. [1]")])
    assert "It opened &lt;b&gt;. [1]" in html
    assert "<button" not in html
    assert 'aria-busy="true"' in html


@pytest.mark.parametrize(
    ("reading", "shown"),
    [
        (None, "Reading the articles…"),
        (Reading(0, ()), "Reading the articles…"),
        (Reading(1, ("Dam",)), "Reading 1 passage in “Dam”…"),
        (Reading(4, ("Dam", "Ferry")), "Reading 4 passages in “Dam” and “Ferry”…"),
        (Reading(5, ("Dam", "Ferry", "Cup", "Flood")), "Reading 5 passages in “Dam”, “Ferry” and 2 more…"),
        (Reading(2, ("Dam " * 20,)), "Reading 2 passages in “Dam Dam Dam Dam Dam Dam Dam Dam Dam…”…"),
        (Reading(1, ("<b>Dam",)), "Reading 1 passage in “&lt;b&gt;Dam”…"),
    ],
)
def test_what_is_read_is_named(reading: Reading | None, shown: str) -> None:
    """While an answer is awaited, the articles that it is looked for in are named, as text, two at the most."""
    html = conversation([Exchange(QUESTION, reading=reading)])
    assert f'<div class="reply waiting">{shown}</div>' in re.sub("</?bdi>", "", html)
    assert 'aria-busy="true"' in html


def test_an_answer_stresses_its_fewest_words() -> None:
    """The short answer stands out within the quote."""
    answer = dataclasses.replace(_answer(), short="harbour master")
    assert "by the <strong>harbour master</strong>." in _shown(answer)


def test_a_short_answer_that_is_the_whole_is_not_stressed() -> None:
    """Where the short answer is most of the text, nothing is stressed."""
    assert "<strong>" not in _shown(dataclasses.replace(_answer(), short=QUOTE))


@pytest.mark.parametrize("short", ["piece", "lt", "span class", "Source"])
def test_stress_never_falls_inside_a_tag(short: str) -> None:
    """A short answer that is a word of the page's own markup changes no tag."""
    answer = dataclasses.replace(_answer(), short=short)
    assert _shown(answer) == _shown(dataclasses.replace(_answer(), short=""))


@pytest.mark.parametrize("question", [QUESTION, "anything else?"])
def test_the_question_that_was_searched_is_shown(question: str) -> None:
    """Where a follow-up was made to stand alone, the reader sees as what, answered or not; otherwise not."""
    answer = _answer(question)
    shown = _shown(dataclasses.replace(answer, asked="who & what?"))
    assert 'data-edit="who &amp; what?" data-literal>Asking: <bdi>who &amp; what?</bdi>' in shown
    assert "Asking:" not in _shown(dataclasses.replace(answer, asked=question))
    broken = dataclasses.replace(answer, question=question.replace(" ", "\n"), asked=question)
    assert "Asking:" not in _shown(broken)


def test_an_abstention_offers_related_passages_only_if_there_are_any() -> None:
    """An abstention is named as one, and points to the panel only when something is in it."""
    abstention = _answer("anything else?")
    assert "Not in the articles" in _shown(abstention)
    assert "shown as related" in _shown(abstention)
    assert "shown as related" not in _shown(dataclasses.replace(abstention, hits=()))


def test_a_title_in_an_abstention_keeps_its_direction_to_itself() -> None:
    """What a title leaves open ends with it: the words behind it read from left to right."""
    abstention = dataclasses.replace(_answer("anything else?"), text="Nearest to it: “\u202egnp.exe”; “Other”.")
    html = _shown(abstention)
    assert '<span class="piece" data-end="\u202c">“\u202egnp.exe”</span><span class="piece">; </span>' in html


def test_what_helps_after_an_abstention_is_said_once() -> None:
    """The first abstention suggests other words or more articles, the next one does not, nor does an answer."""
    abstention, answer = (
        Exchange(reply.question, reply.text, reply) for reply in (_answer("anything else?"), _answer())
    )
    html = conversation([answer, abstention, answer, abstention])
    first, second = html.split("Not in the articles")[1:]
    assert "Other words may find more" in first
    assert "qa index" in first
    assert 'class="hint"' not in second + html.partition("Not in the articles")[0]


def test_without_articles_other_words_are_no_help() -> None:
    """Where nothing was found at all, the suggestion is to add articles."""
    html = _shown(dataclasses.replace(_answer("anything else?"), hits=()))
    assert "First add articles" in html
    assert "Other words" not in html


def test_an_answer_in_quotes_says_how_sure_it_is() -> None:
    """A word of confidence stands behind an answer that begins with its first quote, and behind no other reply."""
    assert '<p class="confidence"><span class="word" data-word="Very likely an answer" role="note"' in _shown(_answer())
    free = dataclasses.replace(_answer(), text="By the harbour master, it is said. [1]")
    assert "confidence" not in _shown(free)
    assert "confidence" not in _shown(_answer("anything else?"))


def test_confidences_are_told_apart() -> None:
    """The meaning that a word refers to is that of its own answer."""
    exchange = Exchange(QUESTION, _answer().text, _answer())
    html = conversation([exchange, exchange])
    assert re.findall('aria-describedby="([^"]*)"', html) == re.findall(' id="([^"]*)"', html) == ["sure-1", "sure-2"]


def test_an_error_is_escaped_and_announced() -> None:
    """An error message, which may hold a file's name, is text and an alert."""
    html = conversation([Exchange(QUESTION, error="<img>.md: unreadable")])
    assert '<div class="reply error" role="alert" dir="auto">&lt;img&gt;.md: unreadable</div>' in html


def test_a_stopped_question_can_be_asked_again() -> None:
    """What had come of the answer stays, said to be stopped; the question can be edited, nothing can be judged."""
    html = conversation([Exchange("who <b>?", "It opened [1]", stopped=True)])
    assert "It opened [1]" in html
    assert '<p class="verdict">Stopped</p>' in html
    assert 'data-edit="who &lt;b&gt;?">Edit the question</button>' in html
    assert "data-verdict" not in html
    assert 'aria-busy="false"' in html


def test_nothing_can_be_done_with_an_unfinished_answer() -> None:
    """The buttons below an answer come when it is complete."""
    assert 'class="actions"' not in conversation([Exchange(QUESTION, "It opened")])
    assert 'class="actions"' in _shown(_answer())


def test_a_verdict_shows_on_its_button() -> None:
    """Of the two buttons the one that was pressed is, and neither before."""
    exchange = Exchange(QUESTION, _answer().text, _answer())
    assert 'aria-pressed="true"' not in conversation([exchange])
    html = conversation([dataclasses.replace(exchange, verdict="down")])
    assert re.findall(r'data-verdict="(\w+)" data-abstained="false" aria-pressed="true"', html) == ["down"]

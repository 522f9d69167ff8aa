"""The forms of answers as HTML: the writer's own answers, and free text that only looks like them."""

from __future__ import annotations

import dataclasses
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.chat.forms import formed, is_quoted
from qa.chat.markup import with_markers
from qa.types import Answer, Article, Evidence
from qa.writer import ITEM
from tests.fakes import FakePipeline, found

COURIER = Article("c", "Crash", "Police said nine people died. Rain fell.", "Courier <UK>", "2024-05-01")
TIMES = Article("t", "Bus", "In all, twelve people died in the crash. The brakes failed.", "Times & Co", "")
NINE = found(COURIER, "Police said nine people died.", "nine")
TWELVE = found(TIMES, "In all, twelve people died in the crash.", "twelve", 0.8)
ONE_THING, SEVERAL, WHY = "How many people died?", "Which numbers of victims are given?", "Why did they die?"

_TAG = re.compile(r"<[^>]*>")


def written(question: str, *evidence: Evidence) -> Answer:
    """Return what the writer makes of evidence."""
    return FakePipeline([COURIER, TIMES], evidence={question: evidence}).answer(question)


def shown(answer: Answer) -> str:
    """Return an answer as the first one on its page, without what its buttons say of themselves."""
    html = formed(answer.text, 1, answer.citations, short=answer.short)
    return re.sub(r"<button [^>]*>", "<button>", html)


def free(text: str) -> Answer:
    """Return an answer in a chat model's words that cites the sentence with `nine`."""
    return dataclasses.replace(written(ONE_THING, NINE), text=text)


def test_a_short_answer_stands_apart_from_its_sentence() -> None:
    """The span is stressed, its claimant is not, and the sentence is a quotation behind the marker."""
    assert shown(written(ONE_THING, NINE)) == (
        '<p class="text" dir="auto"><span class="piece"><strong>nine</strong>, according to Police </span>'
        '<button>[1]</button> <q class="piece">“Police said nine people died.”</q></p>'
    )


def test_further_sentences_follow_the_quotation() -> None:
    """What supports the first quote is not part of the quotation, and keeps its own marker."""
    again = found(TIMES, "In all, twelve people died in the crash.", "people", 0.85)
    people = found(COURIER, "Police said nine people died.", "people")
    html = shown(written("Who died?", people, again))
    assert html.endswith(
        '“Police said nine people died.”</q><span class="piece"> In all, twelve people died in the crash. </span>'
        "<button>[2]</button></p>"
    )


def test_accounts_name_outlet_and_date_of_their_citations() -> None:
    """Each account is an item with its own stressed answer; outlet and date are escaped and written out."""
    html = shown(written(ONE_THING, NINE, TWELVE))
    lead, first, second = re.split(r'<ul class="accounts" role="list"><li dir="auto">|</li><li dir="auto">', html)
    assert lead == '<p class="text" dir="auto"><span class="piece">The articles differ:</span></p>'
    assert first == (
        '<span class="piece"><strong>nine</strong>, according to Police</span> <span class="origin">'
        '<span class="outlet"><bdi>Courier &lt;UK&gt;</bdi></span> · <time datetime="2024-05-01">1 May 2024</time> '
        '<button>[1]</button></span> <q class="piece">“Police said nine people died.”</q>'
    )
    assert second.startswith('<span class="piece"><strong>twelve</strong></span> <span class="origin">')
    assert "<bdi>Times &amp; Co</bdi></span> <button>[2]</button></span>" in second


def test_an_account_that_is_a_whole_sentence_names_its_origin_too() -> None:
    """Where the short answer is the sentence there is nothing to quote behind it, and nothing to stress."""
    html = shown(written(ONE_THING, found(COURIER, "Rain fell.", "Rain fell"), TWELVE))
    assert '<ul class="accounts" role="list"><li dir="auto"><span class="piece">Rain fell.</span> <span cl' in html
    assert html.count('class="origin"') == 2


def test_items_are_a_list() -> None:
    """Every item is an element of a list, with its marker and without the bullet of the text."""
    answer = written(SEVERAL, NINE, TWELVE)
    assert answer.text == f"{ITEM}nine [1]\n{ITEM}twelve [2]"
    assert shown(answer) == (
        '<ul class="items"><li dir="auto"><span class="piece">nine </span><button>[1]</button></li>'
        '<li dir="auto"><span class="piece">twelve </span><button>[2]</button></li></ul>'
    )


def test_an_explanation_is_a_paragraph() -> None:
    """Sentences follow each other, each with its marker; the span is stressed in the first."""
    html = shown(written(WHY, found(TIMES, "The brakes failed.", "brakes"), NINE))
    assert html == (
        '<p class="text" dir="auto"><span class="piece">The <strong>brakes</strong> failed. </span>'
        '<button>[1]</button><span class="piece"> Police said nine people died. </span><button>[2]</button></p>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "They say nine died. [1] No more is known.",
        "Nine\n\ndied. [1]",
        "nine [1]: “Police said ten people died.”",
        "nine [1], “Police said nine people died.”",
        "- nine [1]",
    ],
)
def test_free_text_shows_as_it_stands(text: str) -> None:
    """What a chat model wrote is one paragraph in its own words; a quotation is only what really was quoted."""
    answer = free(text)
    html = formed(text, 1, answer.citations, short=answer.short)
    assert html == f'<p class="text" dir="auto">{with_markers(text, 1, answer.citations, stress=answer.short)}</p>'
    assert unescape(_TAG.sub("", html)) == text


@pytest.mark.parametrize("at", range(1, 9))
def test_a_growing_answer_has_its_form_already(at: int) -> None:
    """While words arrive the text only grows, its list is a list and its quotation apart; nothing is a button."""
    text = "nine [1]: “He said “no” to” it. [2]"
    html = formed(" ".join(text.split(" ")[:at]), 1)
    assert "<button" not in html
    assert unescape(_TAG.sub("", html)).replace("[1] ", "[1]: ") == " ".join(text.split(" ")[:at])
    assert ("<q" in html) == (at > 2)
    assert "<strong>" not in html


def test_a_growing_quotation_ends_with_its_own_mark() -> None:
    """Quotation marks within the quotation do not end it, and what follows it is not quoted."""
    html = formed("no [1]: “He said “no” to it.” Others did not. [2]", 1)
    assert (
        '<strong>no</strong> </span><span class="piece">[1]</span> <q class="piece">“He said “no” to it.”</q>' in html
    )
    assert html.endswith('<span class="piece"> Others did not. [2]</span></p>')


def test_growing_items_are_a_list() -> None:
    """A list is one from its first item on, so that nothing moves when the last has come."""
    assert formed(f"{ITEM}nine [1]\n{ITEM}twe", 1) == (
        '<ul class="items"><li dir="auto"><span class="piece">nine </span><span class="piece">[1]</span></li>'
        '<li dir="auto"><span class="piece">twe</span></li></ul>'
    )


def test_growing_accounts_have_their_form_already() -> None:
    """Before the citations are known an account has its outlet and date where they will stand."""
    html = formed("The articles differ:\n• nine, according to Police (Courier, 2024-05-01) [1]: “Police said nine", 1)
    assert html.endswith(
        '<ul class="accounts" role="list"><li dir="auto">'
        '<span class="piece"><strong>nine</strong>, according to Police</span> '
        '<span class="origin"><span class="piece">Courier, 2024-05-01</span> <span class="piece">[1]</span></span> '
        '<q class="piece">“Police said nine</q></li></ul>'
    )
    assert formed("• nine (Courier) [1]", 1).startswith('<ul class="items">')


HOSTILE = Article(
    "h",
    "<b>title</b>",
    'They shout <img src=x onerror="x()">\u202eturned\u2066 and much more than that, again and again.',
    "<script>x()</script>",
    "<i>today</i>",
)
SHOUT = found(HOSTILE, HOSTILE.text, '<img src=x onerror="x()">\u202eturned\u2066')


@pytest.mark.parametrize("question", [ONE_THING, SEVERAL, WHY, "Did it shout?"])
def test_every_form_is_escaped(question: str) -> None:
    """Markup in a short answer, a sentence, an outlet or a date is text in each form, and directions end with it."""
    answer = FakePipeline([HOSTILE, TIMES], evidence={question: (SHOUT, TWELVE)}).answer(question)
    html = formed(answer.text, 1, answer.citations, short=answer.short)
    assert re.findall("<(?:img|script|b|i)[ >]", html) == []
    assert "&lt;img src=x onerror=&quot;x()&quot;&gt;\u202eturned\u2066" in html
    turned = re.findall(r'<(?:span|q) class="piece"([^>]*)>(?=[^/]*turned)', html)
    assert turned
    assert set(turned) == {' data-end="\u2069\u202c"'}


@given(text=st.text(alphabet="ab• \n[]12:“”(), <&", max_size=60), growing=st.booleans())
def test_no_text_loses_a_letter(text: str, *, growing: bool) -> None:
    """Whatever a text looks like, every letter of it shows, in its order."""
    citations = () if growing else written(ONE_THING, NINE, TWELVE).citations
    html = formed(text, 1, citations)
    letters = re.compile(r"[^ab12<&]")
    assert letters.sub("", unescape(_TAG.sub("", html))) == letters.sub("", text)


def test_what_begins_with_a_quote_is_told_from_free_text() -> None:
    """All forms of the writer begin with words of the first quote; a chat model's own words do not."""
    rain = found(COURIER, "Rain fell.", "Rain fell")
    ours = [(ONE_THING, (NINE, TWELVE)), (SEVERAL, (NINE, TWELVE)), (WHY, (TWELVE, NINE)), (ONE_THING, (rain, TWELVE))]
    assert all(is_quoted(written(question, *evidence)) for question, evidence in ours)
    assert not is_quoted(free("It is said that nine died. [1]"))

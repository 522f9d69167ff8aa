"""The forms of answers as HTML."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.rendering import UNSUPPORTED, fallback_note, render_text, without_markers
from qa.chat.conversation import conversation
from qa.conversations.conversation import Exchange
from qa.types import Answer, Article, Evidence, Statement
from tests.fakes import FakePipeline, found

COURIER = Article(
    "c", "Crash", "Police said nine people died. Rain fell.", "Courier <UK>", "2024-05-01"
)
TIMES = Article(
    "t", "Bus", "In all, twelve people died in the crash. The brakes failed.", "Times & Co", ""
)
NINE = found(COURIER, "Police said nine people died.", "nine")
TWELVE = found(TIMES, "In all, twelve people died in the crash.", "twelve", 0.8)
RAIN = found(COURIER, "Rain fell.", "Rain fell")
ONE_THING, SEVERAL, WHY = (
    "How many people died?",
    "Which numbers of victims are given?",
    "Why did they die?",
)

_TAG = re.compile(r"<[^>]*>")


def composed(question: str, *evidence: Evidence) -> Answer:
    """Return the answer that is composed of evidence."""
    return FakePipeline([COURIER, TIMES], evidence={question: evidence}).answer(question)


def reply(exchange: Exchange) -> str:
    """Return the text of a reply as HTML."""
    html = conversation([exchange])
    return re.split(r'<div class="reply (?:answered|partial)">', html)[1].partition("</div>")[0]


def shown(answer: Answer) -> str:
    """Return an answer, without what its buttons say of themselves."""
    html = reply(Exchange(answer.question, answer=answer))
    return re.sub(r"<button [^>]*>", "<button>", html)


def growing(*statements: Statement) -> str:
    """Return an answer of which only these statements have come."""
    return reply(Exchange("?", statements))


def free(*statements: Statement, reason: str = "", short: str = "nine") -> Answer:
    """Return an answer with these statements, some of them in a chat model's words."""
    text = render_text("fact", statements, reason)
    return Answer("?", "fact", text, statements, short=short, fallback_reason=reason)


def written(text: str) -> Statement:
    """Return a chat model's sentence that cites the sentence with `nine`."""
    return Statement(text, composed(WHY, NINE).citations, generated=True)


def test_a_short_answer_is_set_apart_from_its_sentence() -> None:
    """The span is stressed, its claimant is not, and the sentence is a quotation behind the marker."""
    assert shown(composed(ONE_THING, NINE)) == (
        '<p class="text" dir="auto"><span class="piece"><strong>nine</strong>, according to Police </span>'
        '<button>[1]</button> <q class="piece">“Police said nine people died.”</q></p>'
    )


def test_further_sentences_follow_the_quotation() -> None:
    """What supports the first quote is not part of the quotation, and keeps its own marker."""
    again = found(TIMES, "In all, twelve people died in the crash.", "people", 0.85)
    people = found(COURIER, "Police said nine people died.", "people")
    html = shown(composed("Who died?", people, again))
    assert html.endswith(
        '“Police said nine people died.”</q> <span class="piece">In all, twelve people died in the crash. </span>'
        "<button>[2]</button></p>"
    )


def test_accounts_name_outlet_and_date_of_their_citations() -> None:
    """Each account is an item with its own stressed answer; outlet and date are escaped and written out."""
    html = shown(composed(ONE_THING, NINE, TWELVE))
    lead, first, second = re.split(
        r'<ul class="accounts" role="list"><li dir="auto">|</li><li dir="auto">', html
    )
    assert lead == '<p class="text" dir="auto"><span class="piece">The articles differ:</span></p>'
    assert first == (
        '<span class="piece"><strong>nine</strong>, according to Police</span> <span class="origin">'
        '<span class="outlet"><bdi>Courier &lt;UK&gt;</bdi></span> · <time datetime="2024-05-01">1 May 2024</time> '
        '<button>[1]</button></span> <q class="piece">“Police said nine people died.”</q>'
    )
    assert second.startswith(
        '<span class="piece"><strong>twelve</strong></span> <span class="origin">'
    )
    assert "<bdi>Times &amp; Co</bdi></span> <button>[2]</button></span>" in second


def test_an_account_that_is_a_whole_sentence_names_its_origin_too() -> None:
    """Where the short answer is the sentence there is nothing to quote behind it, and nothing to stress."""
    sentence = "Police said nine people died."
    html = shown(composed(ONE_THING, found(COURIER, sentence, sentence[:-1]), TWELVE))
    assert (
        '<ul class="accounts" role="list"><li dir="auto"><span class="piece">Police said nine people died.</span> <span cl'
        in html
    )
    assert html.count('class="origin"') == 2


def test_items_are_a_list() -> None:
    """Every item is an element of a list, with its marker and without the bullet of the text."""
    assert shown(composed(SEVERAL, NINE, TWELVE)) == (
        '<ul class="items"><li dir="auto"><span class="piece">nine </span><button>[1]</button></li>'
        '<li dir="auto"><span class="piece">twelve </span><button>[2]</button></li></ul>'
    )


def test_an_explanation_is_a_paragraph() -> None:
    """Sentences follow each other, each with its marker; the span is stressed in the first."""
    html = shown(composed(WHY, found(TIMES, "The brakes failed.", "brakes"), NINE))
    assert html == (
        '<p class="text" dir="auto"><span class="piece">The <strong>brakes</strong> failed. </span>'
        '<button>[1]</button> <span class="piece">Police said nine people died. </span><button>[2]</button></p>'
    )


@pytest.mark.parametrize(
    "text",
    [
        "They say nine died.",
        "nine: “Police said ten people died.”",
        "nine, “Police said nine people died.”",
        "- nine [x]",
        "• nine (Courier)",
    ],
)
def test_free_text_is_shown_unchanged(text: str) -> None:
    """What a chat model wrote is in its own words, whatever it looks like; only its citation is a button."""
    html = shown(free(written(text), short=""))
    assert html.count("<button>") == 1
    assert unescape(_TAG.sub("", html)) == f"{text} [1]"
    assert "<q" not in html


def test_a_sentence_without_support_says_so() -> None:
    """It has no marker and is told apart from what the articles say."""
    html = shown(free(written("Nine died."), Statement("Lions roar.", generated=True)))
    assert html.endswith(
        f'<button>[1]</button> <span class="piece">Lions roar.{UNSUPPORTED}</span></p>'
    )


def test_quotes_follow_the_reason_for_them() -> None:
    """What a chat model wrote before it failed comes first, then why quotes take over, then those."""
    (quoted,) = composed(ONE_THING, NINE).statements
    html = shown(free(written("Some died."), quoted, reason=fallback_note("it failed")))
    assert html == (
        '<p class="text" dir="auto"><span class="piece">Some died. </span><button>[1]</button> '
        '<span class="piece">It failed. The articles are quoted instead:</span> '
        '<span class="piece"><strong>nine</strong>, according to Police </span><button>[1]</button> '
        '<q class="piece">“Police said nine people died.”</q></p>'
    )


@pytest.mark.parametrize(
    ("question", "evidence"),
    [
        (ONE_THING, (NINE,)),
        (ONE_THING, (NINE, TWELVE)),
        (ONE_THING, (RAIN, TWELVE)),
        (SEVERAL, (NINE, TWELVE)),
        (WHY, (NINE, TWELVE)),
    ],
)
def test_a_growing_answer_has_its_form_already(
    question: str, evidence: tuple[Evidence, ...]
) -> None:
    """What has come is laid out as in the complete answer, so that nothing moves; nothing is a button yet."""
    answer = composed(question, *evidence)
    for count in range(1, len(answer.statements) + 1):
        html = growing(*answer.statements[:count])
        assert "<button" not in html
        complete = re.sub(
            r"<button>(\[\d\])</button>", r'<span class="piece">\1</span>', shown(answer)
        )
        if question == WHY:  # the short answer comes with the complete answer
            complete = re.sub("</?strong>", "", complete)
        if count == len(answer.statements):
            assert html == complete
        else:
            said = re.sub("(</li>)?(</ul>|</p>)$", "", html)
            assert complete.startswith(said)


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
    html = reply(Exchange(question, answer=answer))
    assert re.findall("<(?:img|script|b|i)[ >]", html) == []
    assert "&lt;img src=x onerror=&#34;x()&#34;&gt;\u202eturned\u2066" in html
    turned = re.findall(r'<(?:span|q) class="piece"([^>]*)>(?=[^/]*turned)', html)
    assert turned
    assert set(turned) == {' data-end="\u2069\u202c"'}


@given(texts=st.lists(st.text(alphabet="ab• []12:“”(), <&", min_size=1, max_size=30), min_size=1))
def test_no_text_loses_a_letter(texts: list[str]) -> None:
    """Whatever sentences look like, every letter of them shows, in its order, complete or not."""
    texts = [without_markers(text) for text in texts]
    statements = [written(text) for text in texts]
    letters = re.compile(r"[^ab12<&]")
    expected = letters.sub("", "".join(f"{text} [1]" for text in texts))
    for html in (shown(free(*statements, short="")), growing(*statements)):
        assert letters.sub("", unescape(_TAG.sub("", html))) == expected


def test_only_an_answer_that_starts_with_a_quote_says_how_sure_it_is() -> None:
    """All forms that are composed start with words of the first quote; a chat model's own words do not."""
    ours = [
        composed(ONE_THING, NINE, TWELVE),
        composed(SEVERAL, NINE, TWELVE),
        composed(WHY, TWELVE, NINE),
        composed(ONE_THING, RAIN, TWELVE),
        free(written("Police said nine people died.")),
    ]
    theirs = free(written("It is said that nine died."))
    pages = [conversation([Exchange("?", answer=answer)]) for answer in [*ours, theirs]]
    assert ['class="confidence"' in page for page in pages] == [*[True] * len(ours), False]

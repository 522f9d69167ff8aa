"""The conversation as HTML."""

from __future__ import annotations

import dataclasses
import itertools
import re

import pytest

from qa.answering.rendering import abstention_text
from qa.chat.conversation import (
    confidence_meaning,
    confidence_word,
    conversation,
    newest_exchange,
)
from qa.conversations.conversation import Exchange, ReadingProgress
from qa.types import Answer, Article
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE


def _answer(question: str = QUESTION) -> Answer:
    return FakePipeline([ARTICLE], {QUESTION: [QUOTE]}).answer(question)


def _shown(answer: Answer) -> str:
    return conversation([Exchange(answer.question, answer=answer)])


def test_an_empty_conversation_welcomes() -> None:
    """Before the first question it says what can be done here."""
    assert "What would you like to know?" in conversation([])


def test_an_exchange_is_the_same_alone_and_among_others() -> None:
    """What is sent while an answer grows is exactly its part of the whole conversation."""
    exchanges = [
        Exchange(answer.question, answer=answer)
        for answer in (_answer(), _answer("anything else?"), _answer("and else?"))
    ]
    parts = [newest_exchange(exchanges[:at], e) for at, e in enumerate(exchanges)]
    assert "".join(parts) == conversation(exchanges)
    assert [re.findall('data-exchange="(.)"', part) for part in parts] == [["1"], ["2"], ["3"]]


def test_a_question_is_escaped() -> None:
    """Markup in a question is text."""
    html = conversation([Exchange("<script>x</script>")])
    assert "&lt;script&gt;x&lt;/script&gt;" in html
    assert "<script" not in html


def test_an_unfinished_answer_has_no_buttons() -> None:
    """A marker leads nowhere until the answer is complete."""
    html = conversation([Exchange(QUESTION, _answer().statements)])
    assert f"{QUOTE} [1]" in re.sub("<[^>]*>", "", html)
    assert "<button" not in html


def test_what_is_not_checked_yet_is_told_apart() -> None:
    """The sentence that a chat model is writing is shown below the answer, as text."""
    html = conversation([Exchange(QUESTION, _answer().statements, partial="<b>It")])
    assert "Not checked yet: <bdi>&lt;b&gt;It</bdi></p></div>" in html


@pytest.mark.parametrize(
    ("reading", "shown"),
    [
        (None, "Reading the articles…"),
        (ReadingProgress(0, ()), "Reading the articles…"),
        (ReadingProgress(1, ("Dam",)), "Reading 1 passage in “Dam”…"),
        (ReadingProgress(4, ("Dam", "Ferry")), "Reading 4 passages in “Dam” and “Ferry”…"),
        (
            ReadingProgress(5, ("Dam", "Ferry", "Cup", "Flood")),
            "Reading 5 passages in “Dam”, “Ferry” and 2 more…",
        ),
        (
            ReadingProgress(2, ("Dam " * 20,)),
            "Reading 2 passages in “Dam Dam Dam Dam Dam Dam Dam Dam Dam…”…",
        ),
        (ReadingProgress(1, ("<b>Dam",)), "Reading 1 passage in “&lt;b&gt;Dam”…"),
    ],
)
def test_what_is_read_is_named(reading: ReadingProgress | None, shown: str) -> None:
    """While an answer is awaited, the articles that it is looked for in are named, as text, two at the most."""
    html = conversation([Exchange(QUESTION, reading=reading)])
    assert f'<div class="reply waiting">{shown}</div>' in re.sub("</?bdi>", "", html)


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
    shown = _shown(dataclasses.replace(answer, standalone_question="who & what?"))
    assert 'data-edit="who &amp; what?" data-literal>Asking: <bdi>who &amp; what?</bdi>' in shown
    assert "Asking:" not in _shown(dataclasses.replace(answer, standalone_question=question))
    broken = dataclasses.replace(
        answer, question=question.replace(" ", "\n"), standalone_question=question
    )
    assert "Asking:" not in _shown(broken)


def test_who_else_may_be_meant_is_offered() -> None:
    """Each other reading is a button that asks it as it stands."""
    shown = _shown(dataclasses.replace(_answer(), others=("who & when?",)))
    assert 'data-ask="who &amp; when?" data-literal><bdi>who &amp; when?</bdi>' in shown


def test_what_an_exchange_is_about_is_told() -> None:
    """The page learns what the conversation is about; a move is about the question before."""
    answer = dataclasses.replace(_answer(), standalone_question="Who left Ostrel & Vell?")
    exchange = Exchange(answer.question, answer=answer)
    shown = newest_exchange((), exchange)
    assert 'data-about="Ostrel' in shown
    assert "Asking: <bdi>Who left" in shown
    assert "About: <bdi>Who left" in newest_exchange((exchange,), exchange)


def test_an_abstention_offers_related_passages_only_if_there_are_any() -> None:
    """An abstention is named as one, and points to the panel only when something is in it."""
    abstention = _answer("anything else?")
    assert "Not in the articles" in _shown(abstention)
    assert "shown as related" in _shown(abstention)
    assert "shown as related" not in _shown(dataclasses.replace(abstention, hits=()))


def test_a_title_in_an_abstention_keeps_its_direction_to_itself() -> None:
    """What a title leaves open ends with it: the words behind it read from left to right."""
    articles = (Article("a", "\u202egnp.exe", "A."), Article("b", "“Other” [1]", "B."))
    text = abstention_text(
        FakePipeline(articles).search("who?"), {article.id: article for article in articles}
    )
    answer = Answer("who?", "abstention", text)
    html = conversation([Exchange("who?", answer=answer, articles=articles)])
    assert (
        '<span class="piece" data-end="\u202c">“\u202egnp.exe”</span><span class="piece">; </span>'
        '<span class="piece">“‘Other’ (1)”</span><span class="piece">.</span>'
    ) in html


def test_what_helps_after_an_abstention_is_said_once() -> None:
    """The first abstention suggests other words or more articles, the next one does not, nor does an answer."""
    abstention, answer = (
        Exchange(reply.question, answer=reply) for reply in (_answer("anything else?"), _answer())
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


def test_who_cannot_add_articles_is_not_told_to() -> None:
    """In a library that is read-only, an abstention only suggests other words, where they may help."""
    near, nothing = _answer("anything else?"), dataclasses.replace(_answer("what?"), hits=())
    html = conversation([Exchange(near.question, answer=near)], addable=False)
    assert "Other words may find more" in html
    assert "library" not in html
    assert "qa index" not in html
    html = conversation([Exchange(nothing.question, answer=nothing)], addable=False)
    assert 'class="hint"' not in html


def test_an_answer_in_quotes_says_how_sure_it_is() -> None:
    """A word of confidence follows an answer that begins with its first quote, and no other reply."""
    assert (
        '<p class="confidence"><span class="word" data-word="Very likely an answer" role="note"'
        in _shown(_answer())
    )
    (quoted,) = _answer().statements
    free = dataclasses.replace(quoted, text="By the harbour master, it is said.", generated=True)
    assert "confidence" not in _shown(dataclasses.replace(_answer(), statements=(free,)))
    assert "confidence" not in _shown(_answer("anything else?"))


def test_confidences_are_told_apart() -> None:
    """The meaning that a word refers to is that of its own answer."""
    exchange = Exchange(QUESTION, answer=_answer())
    html = conversation([exchange, exchange])
    assert (
        re.findall('aria-describedby="([^"]*)"', html)
        == re.findall(' id="([^"]*)"', html)
        == ["sure-1", "sure-2"]
    )


def test_an_error_is_escaped_and_announced() -> None:
    """An error message, which may hold a file's name, is text and an alert."""
    html = conversation([Exchange(QUESTION, error="<img>.md: unreadable")])
    assert (
        '<div class="reply error" role="alert" dir="auto">&lt;img&gt;.md: unreadable</div>' in html
    )


def test_a_stopped_question_can_be_asked_again() -> None:
    """What had come of the answer stays, said to be stopped; the question can be edited, nothing can be judged."""
    html = conversation([Exchange("who <b>?", _answer().statements, cancelled=True)])
    assert f"{QUOTE} [1]" in re.sub("<[^>]*>", "", html)
    assert '<p class="verdict">Stopped</p>' in html
    assert 'data-edit="who &lt;b&gt;?">Edit the question</button>' in html
    assert "data-verdict" not in html


def test_a_stopped_answer_of_an_earlier_version_still_shows() -> None:
    """Its text has no structure, and is not said to be unchecked."""
    html = conversation([Exchange("who?", partial="It <b>opened", cancelled=True)])
    assert '<span class="piece">It &lt;b&gt;opened</span></p><p class="verdict">Stopped</p>' in html


def test_nothing_can_be_done_with_an_unfinished_answer() -> None:
    """The buttons below an answer come when it is complete."""
    assert 'class="actions"' not in conversation([Exchange(QUESTION, _answer().statements)])
    assert 'class="actions"' in _shown(_answer())


def test_a_verdict_shows_on_its_button() -> None:
    """Of the two buttons the one that was pressed is, and neither before."""
    exchange = Exchange(QUESTION, answer=_answer())
    assert 'aria-pressed="true"' not in conversation([exchange])
    html = conversation([dataclasses.replace(exchange, verdict="down")])
    assert re.findall(r'data-verdict="(\w+)" data-abstained="false" aria-pressed="true"', html) == [
        "down"
    ]


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (1.0, "Very likely an answer"),
        (0.9, "Very likely an answer"),
        (0.899, "Likely an answer"),
        (0.66, "Likely an answer"),
        (0.659, "Possibly an answer"),
        (0.0, "Possibly an answer"),
    ],
)
def test_a_word_has_a_least_probability(probability: float, expected: str) -> None:
    """Each word begins with its probability and ends before the next one's."""
    assert confidence_word(probability) == expected


@pytest.mark.parametrize(
    ("probability", "expected"), [(1.0, "more than 9"), (0.83, "about 8"), (0.0, "fewer than 1")]
)
def test_the_meaning_is_the_probability_in_tenths(probability: float, expected: str) -> None:
    """The meaning states the rounded probability and no other figure; it claims neither always nor never."""
    assert (
        confidence_meaning(probability)
        == f"In {expected} of 10 answers this sure, the first quote is an answer."
    )


def test_what_is_surer_never_sounds_less_sure() -> None:
    """Over the whole range a higher probability has the same word as a lower one, or the next."""
    words = [confidence_word(hundredth / 100) for hundredth in range(101)]
    assert [key for key, _ in itertools.groupby(words)] == [
        "Possibly an answer",
        "Likely an answer",
        "Very likely an answer",
    ]
    tenths = [confidence_meaning(hundredth / 100) for hundredth in range(101)]
    assert len(list(itertools.groupby(tenths))) == len(set(tenths)) == 11


def test_a_line_break_in_a_reply_is_a_line_break_of_its_text() -> None:
    """The style sheet shows line breaks within a reply: the templates add none of their own."""
    replies = [
        Exchange(QUESTION, answer=_answer()),
        Exchange(QUESTION, answer=_answer("anything else?")),
        Exchange(QUESTION, _answer().statements, partial="It"),
        Exchange(QUESTION, _answer().statements, cancelled=True),
        Exchange(QUESTION, reading=ReadingProgress(5, ("Dam", "Ferry", "Cup"))),
        Exchange(QUESTION, error="no"),
    ]
    for reply in replies:
        html = conversation([reply]).partition('<div class="reply')[2]
        assert "\n" not in html.rpartition("</div>\n")[0]

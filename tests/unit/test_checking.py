"""Near misses are told from answers, yes from no, and a name stands where a pronoun was read."""

from __future__ import annotations

import numpy as np
import pytest

from qa.answering.antecedents import antecedent, is_pronoun, with_name
from qa.answering.checking import FEATURES, features, is_checked, is_doubtful, model
from qa.answering.evidence import DOUBTED
from qa.answering.verdicts import is_negated, verdict
from qa.models.reader_manifest import reader_manifest
from qa.models.span_model import WindowLogits
from qa.models.veridicality import veridicality
from qa.text import Span, sentence_spans, terms
from qa.types import Article

DENIED = (
    "Police denied a report in the Star that the captain had been drunk. "
    "A blood test had shown no alcohol."
)
ARRESTED = "A 41-year-old man was arrested on Thursday. He has not been named."


def seen(
    question: str, text: str, answer: str, margin: float = 8.0, title: str = ""
) -> dict[str, float]:
    """Return what the check looks at, by name, for an answer in a text."""
    at = text.index(answer)
    sentence = next(span for span in sentence_spans(text) if span[0] <= at < span[1])
    weights = dict.fromkeys(terms(question), 1.0)
    article = Article("a", title, text)
    values = features(question, weights, article, (sentence, (at, at + len(answer))), margin)
    return dict(zip(FEATURES, values, strict=True))


def test_a_denial_is_seen() -> None:
    """What a sentence denies counts against an answer, unless the question is negated, too."""
    assert seen("Who was drunk?", DENIED, "the captain")["denied"] == 1.0
    assert is_doubtful(tuple(seen("Who was drunk?", DENIED, "the captain", 12.0).values()))
    assert seen("Who had not been drunk?", DENIED, "the captain")["denied"] == 0.0
    assert seen("Who denied a report?", DENIED, "Police")["denied"] == 0.0


def test_a_negation_reaches_the_words_behind_it() -> None:
    """It counts just before a word of the question, but not where it is the answer."""
    text = "The mayor did not sign the lease. Nobody signed the treaty."
    assert seen("Who will sign the lease?", text, "The mayor")["negated"] == 1.0
    assert seen("Who signed the treaty?", text, "Nobody")["negated"] == 0.0
    assert seen("Who did not sign the lease?", text, "The mayor")["negated"] == 0.0


def test_what_is_demanded_is_open() -> None:
    """A verb that leaves open what happened counts, unless the question has it."""
    text = "The prosecutor demanded three years in prison. The judge will rule on 3 October."
    assert seen("How many years will he get?", text, "three")["open"] == 1.0
    assert seen("How many years were demanded?", text, "three")["open"] == 0.0


def test_only_news_is_checked_for_what_it_resembles() -> None:
    """What is likelier wrong than right is doubted in an article with a date; a denial everywhere."""
    text = "The quay burned.\n\nNobody came.\n\nRain fell. Eleven sheds were lost."
    doubts = tuple(seen("What burned at the quay?", text, "Eleven sheds", 6.0).values())
    assert model().probability(doubts) < model().threshold
    assert is_doubtful(doubts, dated=True)
    assert not is_doubtful(doubts, dated=False)
    denied = tuple(seen("Who was drunk?", DENIED, "the captain", 12.0).values())
    assert is_doubtful(denied, dated=False)


def test_what_is_doubted_answers_nothing_alone() -> None:
    """However sure the reader is, what is left of its probability is below the threshold."""
    assert reader_manifest().calibration.threshold > DOUBTED


def test_an_answer_that_repeats_the_question_is_doubtful() -> None:
    """The share of the short answer that the question has."""
    text = "The airline has taken delivery of six aircraft."
    assert seen("Which airline owns it?", text, "The airline")["repeats"] == 1.0
    assert seen("How many were there?", text, "six")["repeats"] == 0.0


def test_names_of_the_question_have_to_be_near() -> None:
    """They may stand in the paragraph so far, the sentence before, or the title."""
    text = "Mara Voss spoke. Rain fell. She is 41.\n\nHail came.\n\nIt is 9 degrees."
    assert seen("How old is Mara Voss?", text, "41")["names"] == 0.0
    assert seen("How old is Mara Voss?", text, "9")["names"] == 1.0
    assert seen("How old is Mara Voss?", text, "9", title="About Mara Voss")["names"] == 0.0


def test_the_sentence_should_hold_what_the_article_holds() -> None:
    """Words of the question that are only elsewhere in the article count against an answer."""
    text = "The quay burned.\n\nNobody came.\n\nRain fell. Eleven sheds were lost."
    assert seen("What burned at the quay?", text, "The quay")["elsewhere"] == 0.0
    assert seen("What burned at the quay?", text, "Eleven sheds")["elsewhere"] == 1.0


@pytest.mark.parametrize(
    ("question", "checked"),
    [
        ("Who built the quay?", True),
        ("who built the quay", True),
        ("Was the quay built by Voss?", False),
        ("Skellan quay", False),
    ],
)
def test_what_is_checked(question: str, checked: bool) -> None:
    """Neither questions for yes or no, which a denial answers, nor words as in a search box."""
    assert is_checked(question) is checked


def test_a_surer_reader_is_believed_more() -> None:
    """The fitted probability rises with the margin and falls with each doubt."""
    check = model()
    plain = (8.0, *[0.0] * (len(FEATURES) - 1))
    assert check.probability(plain) > check.threshold > check.probability((-4.0, *plain[1:]))
    for at in range(1, len(FEATURES)):
        doubted = (*plain[:at], 1.0, *plain[at + 1 :])
        assert check.probability(doubted) <= check.probability(plain)


@pytest.mark.parametrize(
    ("question", "sentence", "told"),
    [
        ("Was anyone hurt in the explosion?", "No one was hurt in the explosion.", "no"),
        ("Did the board accept her offer?", "The board refused it.", "no"),
        ("Has the lighthouse been sold?", "The lighthouse has not been sold.", "no"),
        ("Will the governor comply with the order?", "The governor will comply.", "yes"),
        ("Does it matter?", "Rain fell.", ""),
    ],
)
def test_yes_and_no(question: str, sentence: str, told: str) -> None:
    """A negation means no, much of the question yes; else nothing is decided."""
    assert verdict(question, [(sentence, 0.9)]) == told


def test_the_surer_evidence_weighs_more() -> None:
    """Evidence that contradicts itself is decided by what is surer of it."""
    held, denied = "The dam held.", "The dam did not hold."
    assert verdict("Did the dam hold?", [(denied, 0.9), (held, 0.1)]) == "no"
    assert verdict("Did the dam hold?", [(denied, 0.1), (held, 0.9)]) == "yes"
    assert not verdict("Did the dam hold?", [])


def test_denying_verbs_are_learned() -> None:
    """Refusals and denials negate a sentence; hopes and demands leave it open."""
    assert is_negated("She refused to go.")
    assert is_negated("They didn’t go.")
    assert not is_negated("She agreed to go.")
    assert {"hope", "demand", "want", "fear"} <= veridicality().open


def test_a_title_alone_is_no_name() -> None:
    """The name behind it belongs to the short answer."""
    text = "It was Mr Orsak who spoke. Mr. Voss did not."
    assert text[slice(*with_name(text, (7, 9)))] == "Mr Orsak"
    start = text.index("Mr.")
    assert text[slice(*with_name(text, (start, start + 2)))] == "Mr. Voss"
    assert with_name(text, (10, 15)) == (10, 15)


def logits(text: str, scores: dict[str, float]) -> WindowLogits:
    """Return a window of one token a word, whose words have these logits as start and as end."""
    words = text.split()
    ends = np.cumsum([len(word) + 1 for word in words]) - 1
    offsets = np.array([(end - len(word), end) for word, end in zip(words, ends, strict=True)])
    values = np.array([scores.get(word, -5.0) for word in words], dtype=np.float32)
    return WindowLogits(offsets, values, values, 0.0, 0.0)


def resolved(text: str, pronoun: str, scores: dict[str, float]) -> str | None:
    """Return what a pronoun of a text stands for."""
    start = text.index(pronoun)
    span: Span = start, start + len(pronoun)
    sentences = sentence_spans(text)
    at = next(i for i, (first, end) in enumerate(sentences) if first <= start < end)
    found = antecedent(text, sentences, at, span, (logits(text, scores), 0))
    return found and text[slice(*found)]


def test_a_pronoun_stands_for_the_second_best_answer_before_it() -> None:
    """A description or a name in the sentences before, not a pronoun, and nothing behind."""
    assert is_pronoun("He")
    assert resolved(ARRESTED, "He", {"A": 4.0, "man": 4.0, "Thursday.": 1.0}) == "A 41-year-old man"
    text = "Mara Voss spoke. She left Tor Ness."
    assert resolved(text, "She", {"Mara": 3.0, "Voss": 3.0, "Tor": 9.0}) == "Mara Voss"
    assert resolved("They said that he left.", "he", {}) is None


def test_the_speaker_is_who_is_quoted() -> None:
    """What "I" means is told by the sentence that reports it."""
    text = "“I checked both meters,” Bohdan Orsak said on Monday."
    assert resolved(text, "I", {}) == "Bohdan Orsak"

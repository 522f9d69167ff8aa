"""What is denied is no answer, yes is told from no, and a name stands where a pronoun was read."""

from __future__ import annotations

import numpy as np
import pytest

from qa.answering.antecedents import antecedent, is_pronoun, with_name
from qa.answering.denials import asks_what_may_be_denied, is_denied
from qa.answering.evidence import DOUBTED
from qa.answering.verdicts import is_negated, verdict
from qa.models.reader_manifest import reader_manifest
from qa.models.span_model import WindowLogits
from qa.models.veridicality import denying
from qa.text import Span, sentence_spans

DENIED = (
    "Police denied a report in the Star that the captain had been drunk. "
    "A blood test had shown no alcohol."
)
ARRESTED = "A 41-year-old man was arrested on Thursday. He has not been named."


def denied(question: str, text: str, answer: str) -> bool:
    """Return whether the first sentence with an answer denies it."""
    at = text.index(answer)
    start, end = next(span for span in sentence_spans(text) if span[0] <= at < span[1])
    return is_denied(question, text[start:end], (at - start, at - start + len(answer)))


def test_a_denial_is_seen() -> None:
    """A verb that denies counts before all that answers, and not where the question has it."""
    assert denied("Who was drunk?", DENIED, "the captain")
    assert not denied("Who denied a report?", DENIED, "Police")
    assert not denied("What had a blood test shown?", DENIED, "no alcohol")


def test_what_is_doubted_answers_nothing_alone() -> None:
    """However sure the reader is, what is left of its probability is below the threshold."""
    assert reader_manifest().calibration.threshold > DOUBTED


@pytest.mark.parametrize(
    ("question", "deniable"),
    [
        ("Who built the quay?", True),
        ("who built the quay", True),
        ("Who had not been drunk?", False),
        ("Was the quay built by Voss?", False),
        ("Skellan quay", False),
    ],
)
def test_what_may_be_denied(question: str, deniable: bool) -> None:
    """Neither a question for yes or no or one that is negated, which a denial answers, nor words as in a search box."""
    assert asks_what_may_be_denied(question) is deniable


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


def test_verbs_that_deny_are_learned() -> None:
    """Refusals and denials negate a sentence; hopes and demands leave it open."""
    assert is_negated("She refused to go.")
    assert is_negated("They didn’t go.")
    assert not is_negated("She agreed to go.")
    assert {"deni", "refus"} <= denying()
    assert {"hope", "demand", "want", "fear", "said"}.isdisjoint(denying())


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

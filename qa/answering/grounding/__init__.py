"""Checks whether texts support a sentence that a chat model wrote, and which sentences carry it.

The sentence may rest on several sentences of several texts. Its numbers, dates, names and
quotations must occur in what it cites, and those of a near copy in the sentence that it copies; a
copy of a possibility must remain one; and text that addresses its reader supports nothing. Then a
trained network (see `qa.models.judge_model`) reads it beside the sentences that cover it, and a
logistic regression over its verdict and a few features of words (see `features`), fitted by
`training/fit_support.py`, has to accept it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.answering.grounding.excerpt import excerpt, parts
from qa.answering.grounding.facts import contains_facts
from qa.answering.grounding.features import (
    FEATURES,
    differ_in_hedging,
    features,
    is_copy,
    nearest_of,
)
from qa.answering.grounding.orders import addresses_reader, is_question
from qa.models.judge_model import judge_model
from qa.models.logistic import LogisticModel, shipped
from qa.text import strip_invisible, terms, words

_FILE = "support.json"
# A claim of fewer words is not a sentence.
_MIN_WORDS = 3
# References like [2, 4], and "according to the article", are no part of the claim.
_REFERENCE = re.compile(r"\s*\[\d{1,3}(?:,\s?\d{1,3})*\]")
_FRAME = re.compile(
    r"^(?:according to (?:the |this )?(?:article|passage|text|report)s?,?\s|"
    r"(?:the |this )?(?:article|passage|text)s? "
    r"(?:says?|states?|reports?|notes?|mentions?)(?: that)?\s|"
    r"it is (?:reported|said|stated) that\s)",
    re.IGNORECASE,
)
NAMES = (*FEATURES, "judge")
"""The features of the fitted model, in their order."""

DOUBTED = "The passages may not say so."
"""The reason where the check is not sure."""

# The lowest probability of a sentence that it only doubts.
_DOUBTFUL = 0.25
# Log odds of the judge beyond which it is not surer.
_SUREST = 6.0
# How much is compared with a claim, in tokens, and how many a word has on average.
_ROOM, _TOKENS = 250, 1.35
# Claims of at most so many content words need one sentence that holds this share of them.
_SHORT, _HELD = 4, 0.6
# Sentences that carry a claim: at most so many; another one must add this share of its words.
_MOST_SPANS, _ADDS = 3, 0.15


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A sentence of one of the texts: the text's index, and the characters `[start, end)`."""

    text: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes:
        supported: whether the texts support the sentence.
        probability: that they do; 0 where a rule refuses it.
        spans: the sentences that carry it, those that hold most of it first; none if unsupported.
        reason: why it is not supported, as a sentence; empty if it is.
    """

    supported: bool
    probability: float
    spans: tuple[TextSpan, ...] = ()
    reason: str = ""


def verify(sentence: str, texts: Sequence[str]) -> Verdict:
    """Check whether texts support a sentence.

    Args:
        sentence: as a chat model wrote it; references such as [2] are ignored.
        texts: what it may rest on. Title, and outlet and date, may stand in lines above a text:
            they say what it is about and carry nothing.

    Returns:
        The verdict.
    """
    found = compared(sentence, texts)
    if found is None or found.refusal:
        reason = found.refusal if found else "The passages hold nothing like it."
        return Verdict(supported=False, probability=0.0, reason=reason)
    probability = model().probability(measured(found))
    if probability < model().threshold:
        reason = DOUBTED if probability >= _DOUBTFUL else "The passages do not say so."
        return Verdict(supported=False, probability=probability, reason=reason)
    return Verdict(supported=True, probability=probability, spans=found.carrying())


@dataclass(frozen=True, slots=True)
class Compared:
    """A sentence beside what may carry it.

    Attributes:
        claim: the sentence without references and "according to the article".
        read: the sentences that cover it best.
        places: where each of them is.
        headings: those of their texts.
        pieces: headings and sentences in their order, each heading once.
        refusal: why a rule says that the texts cannot support it; empty if none does.
    """

    claim: str
    read: tuple[str, ...]
    places: tuple[TextSpan, ...]
    headings: tuple[str, ...]
    pieces: tuple[str, ...]
    refusal: str = ""

    def carrying(self) -> tuple[TextSpan, ...]:
        """Return the sentences that together hold most of the claim, the nearest one first."""
        lacking = set(terms(self.claim))
        least, chosen = max(_ADDS * len(lacking), 2), list[TextSpan]()
        while len(chosen) < _MOST_SPANS:
            added = [lacking & set(terms(sentence)) for sentence in self.read]
            at = max(range(len(added)), key=lambda index: len(added[index]))
            if chosen and len(added[at]) < least:
                break
            chosen.append(self.places[at])
            lacking -= added[at]
        return tuple(chosen)


def compared(sentence: str, texts: Sequence[str]) -> Compared | None:
    """Return a sentence beside what may carry it; None if either is not there."""
    claim = without_frame(sentence)
    if len(words(claim)) < _MIN_WORDS:
        return None

    def states(text: str) -> bool:
        return not (is_question(text) or addresses_reader(text, claim))

    pieces = excerpt(claim, texts, _ROOM, _estimated_tokens, states)
    spans = [TextSpan(piece.text, *piece.span) for piece in pieces if not piece.heading]
    read = [texts[span.text][span.start : span.end] for span in spans]
    if not read:
        return None
    above = [texts[piece.text][slice(*piece.span)] for piece in pieces if piece.heading]
    stated = "\n".join(_stated(text, claim) for text in texts)
    nearest = nearest_of(claim, read)
    refusal = ""
    if not contains_facts(stated, claim):
        refusal = "A number, date, name or quotation in it is not in the passages."
    elif _is_scattered(claim, read[nearest]):
        refusal = "No sentence of the passages holds most of it."
    elif _distorts(claim, spans[nearest], texts, above):
        refusal = "It changes a fact of the sentence that it repeats."
    shown = tuple(texts[piece.text][slice(*piece.span)] for piece in pieces)
    return Compared(claim, tuple(read), tuple(spans), tuple(above), shown, refusal)


def measured(found: Compared) -> list[float]:
    """Return the features of a sentence beside what may carry it, as the fitted model takes them.

    The judge has learned from English: in favour of a sentence in another script it counts nothing.

    Raises:
        ModelError: the judge's weights are missing or damaged.
    """
    odds = judge_model().judge(found.claim, found.pieces).odds
    letters = [char for char in found.claim if char.isalpha()]
    if sum(char.isascii() for char in letters) < len(letters) / 2:
        odds = min(odds, 0.0)
    return [*features(found.claim, found.read, found.headings), max(-_SUREST, min(_SUREST, odds))]


def _is_scattered(claim: str, nearest: str) -> bool:
    """Return whether a short claim has no sentence that holds most of it.

    Three or four words are soon found somewhere in a text.
    """
    wanted = set(terms(claim))
    return len(wanted) <= _SHORT and len(wanted & set(terms(nearest))) < _HELD * len(wanted)


def _distorts(claim: str, nearest: TextSpan, texts: Sequence[str], headings: Sequence[str]) -> bool:
    """Return whether a near copy of a sentence differs from it in a fact or in being certain.

    The sentence before may say who "he" is.
    """
    text = texts[nearest.text]
    sentence = text[nearest.start : nearest.end]
    if not is_copy(claim, sentence):
        return False
    before = [span for span in parts(text).sentences if span[1] <= nearest.start][-1:]
    context = [*headings, *(text[slice(*span)] for span in before), sentence]
    return not contains_facts("\n".join(context), claim) or differ_in_hedging(claim, sentence)


def without_frame(claim: str) -> str:
    """Return a claim without invisible characters, references and "according to the article"."""
    return _FRAME.sub("", _REFERENCE.sub("", strip_invisible(claim)))


def _estimated_tokens(text: str) -> int:
    return int(len(text.split()) * _TOKENS) + 2


def _stated(text: str, claim: str) -> str:
    """Return a text's heading and sentences, without those that address their reader."""
    held = parts(text)
    sentences = (text[slice(*span)] for span in (held.heading, *held.sentences))
    return "\n".join(one for one in sentences if not addresses_reader(one, claim))


def is_shown(verdict: Verdict) -> bool:
    """Return whether an answer shows a sentence as supported: surer than `supported` has to be.

    What a passage makes a chat model say must not pass (tests/attacks).
    """
    return verdict.supported and verdict.probability >= shipped(_FILE)["shown"]


@functools.cache
def model() -> LogisticModel:
    """Return the fitted model that ships; its features are `NAMES`."""
    return LogisticModel.shipped(_FILE, NAMES)

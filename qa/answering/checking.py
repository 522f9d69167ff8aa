"""Checks whether what was read answers the question, or only looks as if it did.

A logistic regression over the reader's margin and over what distinguishes a near miss: the short
answer repeats the question, names of the question are nowhere near, the sentence denies, demands
or plans what the question takes for a fact, or other sentences hold more of the question than the
answer's own. `training.checking` fits it on invented news, where three in seven questions only look
answerable. Questions for yes or no are not checked, as a denial answers them; nor are words as in a
search box, which want a passage.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Iterator, Mapping, Sequence

from qa.answering.grounding.facts import names, same_name
from qa.answering.grounding.features import SCOPE, WORD
from qa.answering.verdicts import is_negated, is_negation
from qa.lexicon import QUESTION_WORDS
from qa.models.logistic import LogisticModel
from qa.models.veridicality import veridicality
from qa.text import Span, paragraph_spans, sentence_spans, terms, words
from qa.types import Article
from qa.understanding.question_type import question_type

FILE = "checking.json"
FEATURES = (
    "margin",  # logits of the span less those of no answer
    "repeats",  # share of the short answer's words that the question has
    "names",  # share of the question's names that the paragraph so far, at least the sentence
    # before, and the title lack
    "denied",  # whether a verb before all that answers denies it, and the question does not
    "negated",  # whether a negation comes just before a word of the question
    "open",  # whether a verb before all that answers leaves open what happened
    "elsewhere",  # what the article holds of the question's words, beyond the sentence
)


def features(
    question: str,
    weights: Mapping[str, float],
    article: Article,
    found: tuple[Span, Span],
    margin: float,
) -> tuple[float, ...]:
    """Return the values of `FEATURES`.

    Args:
        question: a standalone question.
        weights: its stems -> inverse document frequency.
        article: that holds the answer.
        found: spans of the sentence and of the short answer.
        margin: as the reader gave it.
    """
    (start, end), short = found
    sentence = article.text[start:end]
    near = f"{article.title}\n{article.text[_before(article.text, start) : end]}"
    asked = set(terms(question))
    answer = set(terms(article.text[slice(*short)]))
    named = [word for name in names(question) for word in words(name)]
    there = set(words(near)) if named else set()
    lacking = sum(not same_name(word, there) for word in named)
    return (
        margin,
        len(answer & asked) / len(answer) if answer else 0.0,
        lacking / len(named) if named else 0.0,
        *_modality(question, sentence, (short[0] - start, short[1] - start)),
        _held(weights, f"{article.title}\n{article.text}") - _held(weights, near),
    )


def is_checked(question: str) -> bool:
    """Return whether a question asks for something that a short answer can miss."""
    asks = question.rstrip().endswith("?") or not set(QUESTION_WORDS).isdisjoint(words(question))
    return asks and question_type(question) != "yes_no"


def is_doubtful(doubts: Sequence[float], *, dated: bool = True) -> bool:
    """Return whether an answer with these features should not be relied on.

    What a verb denies is no answer, however sure the reader is: four in a thousand right answers
    of train/stories look so, and one in fourteen answers to what was denied.

    Args:
        doubts: the values of `FEATURES`.
        dated: the article has a date, as news does, which is what the check was fitted on. In other
            texts sentences lean on each other from further away, and it would cost more right
            answers than wrong ones.
    """
    denied = bool(doubts[FEATURES.index("denied")])
    return denied or (dated and model().probability(doubts) < model().threshold)


def _modality(question: str, sentence: str, short: Span) -> Iterator[float]:
    """Yield whether what answers is denied, negated, or left open."""
    found = list(WORD.finditer(sentence))
    stems = [(terms(match.group()) or [""])[0] for match in found]
    asked = set(terms(question))
    in_answer = [short[0] <= match.start() < short[1] for match in found]
    shared = [at for at, stem in enumerate(stems) if stem in asked]
    first = min((*shared, *(at for at, inside in enumerate(in_answer) if inside)), default=0)
    negations = [
        at for at, match in enumerate(found) if not in_answer[at] and is_negation(match.group())
    ]
    before, verbs, affirms = set(stems[:first]), veridicality(), not is_negated(question)
    yield float(affirms and bool(before & verbs.denying))
    yield float(affirms and any(0 < at - no <= SCOPE for no in negations for at in shared))
    yield float(bool(before & (verbs.open - asked)))


def _held(weights: Mapping[str, float], text: str) -> float:
    """Return the weighted share of the question's stems in a text."""
    there, total = _stems(text), sum(weights.values())
    return sum(w for term, w in weights.items() if term in there) / total if total else 0.0


# Several answers of a few articles are checked for each question.
@functools.lru_cache(maxsize=64)
def _stems(text: str) -> frozenset[str]:
    return frozenset(terms(text))


@functools.lru_cache(maxsize=64)
def _starts(text: str) -> list[int]:
    return [start for start, _ in sentence_spans(text)]


def _before(text: str, start: int) -> int:
    """Return where the paragraph around an index starts, or else the sentence before it."""
    at = bisect.bisect_left(_starts(text), start)
    previous = _starts(text)[at - 1] if at else start
    own = next((first for first, last in paragraph_spans(text) if first <= start < last), start)
    return min(previous, own)


@functools.cache
def model() -> LogisticModel:
    """Return the fitted model that ships: the probability that an answer is right."""
    return LogisticModel.shipped(FILE, FEATURES)

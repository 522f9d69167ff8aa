"""Tells short answers that their sentence denies: "Police denied that the captain had been drunk".

Verbs that deny what they tell of are learned (`training.veridicality`). Questions for yes or no are
not looked at, as a denial answers them; nor are words as in a search box, which want a passage.
"""

from __future__ import annotations

from qa.answering.grounding.features import WORD
from qa.answering.verdicts import is_negated
from qa.lexicon import QUESTION_WORDS
from qa.models.veridicality import denying
from qa.text import Span, terms, words
from qa.understanding.question_type import question_type


def asks_what_may_be_denied(question: str) -> bool:
    """Return whether a question takes something for a fact that an article may deny."""
    asks = question.rstrip().endswith("?") or not set(QUESTION_WORDS).isdisjoint(words(question))
    return asks and question_type(question) != "yes_no" and not is_negated(question)


def is_denied(question: str, sentence: str, short: Span) -> bool:
    """Return whether a verb that denies stands before all that answers a question.

    However sure the reader is, that is no answer: four in a thousand right answers of train/stories
    look so, and one in fourteen answers to what was denied.

    Args:
        question: one that `asks_what_may_be_denied`.
        sentence: that holds the answer.
        short: the answer's place in it.
    """
    asked = set(terms(question))
    before = set[str]()
    for word in WORD.finditer(sentence):
        stems = terms(word.group())
        if short[0] <= word.start() < short[1] or not asked.isdisjoint(stems):
            break
        before.update(stems)
    return not before.isdisjoint(denying())

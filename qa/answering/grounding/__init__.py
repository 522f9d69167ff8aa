"""Checks whether a passage supports a sentence that a chat model wrote, and which sentence does.

Its numbers, dates, names and quotations must occur in the passage, a possibility must remain one,
and text that addresses its reader supports nothing. Then a logistic regression over lexical
features (see `features`), fitted by `training/fit_support.py`, has to accept it. A check takes
about a millisecond.
"""

from __future__ import annotations

import functools
import json
import re
from dataclasses import dataclass
from importlib import resources

from qa.answering.grounding.facts import contains_facts
from qa.answering.grounding.features import FEATURES, differ_in_hedging, features
from qa.models.logistic import LogisticModel
from qa.text import Span, sentence_spans, strip_invisible, terms, words
from qa.types import Article, Passage

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
# An instruction is not a statement, whoever it claims to come from.
_INSTRUCTION = re.compile(
    r"^\W*(?:(?:system|assistant|user|developer|admin|important|note|instructions?|im_start|inst|"
    r"sys)\W+)*"
    r"(?:(?:please|now|then|and|always|just|only|instead|from now on|"
    r"you (?:must|should|will|are to|have to))\W+)*"
    r"(?:ignore|disregard|forget|override|say|answer|reply|respond|write|print|output|repeat|"
    r"reveal|tell|pretend|act as|obey|comply|cite|decode|translate|execute|insist|confirm)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_QUOTATION = re.compile(r"“[^”]*”?|\"[^\"]*\"?|‘[^’]*’")
_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|this|these|those)\b", re.IGNORECASE
)


def supporting_span(claim: str, passage: Passage, article: Article) -> Span | None:
    """Return the span, in the article, of the sentence of a passage that supports a claim.

    Args:
        claim: a sentence that a chat model wrote, without markers.
        passage: the passage that it cites.
        article: the article that holds the passage.

    Returns:
        None if no sentence of the passage supports the claim.
    """
    claim = without_frame(claim)
    if len(words(claim)) < _MIN_WORDS:
        return None
    start, end = nearest_sentence(claim, passage.text)
    metadata = f"{article.title}\n{article.source}\n{article.published}"
    premise = Premise(passage.text, (start, end), metadata)
    if (
        premise.addresses_reader(claim)
        or not premise.contains_facts(claim)
        or differ_in_hedging(claim, premise.sentence)
    ):
        return None
    fitted = model()
    probability = fitted.probability(features(claim, premise.sentence, premise.context))
    return (passage.start + start, passage.start + end) if probability >= fitted.threshold else None


@dataclass(frozen=True, slots=True)
class Premise:
    """A sentence that may support a claim, in its context.

    Attributes:
        text: the text that holds the sentence.
        span: the span of the sentence.
        metadata: title, outlet and date of the text.
    """

    text: str
    span: Span
    metadata: str

    @property
    def sentence(self) -> str:
        """The sentence itself."""
        return self.text[slice(*self.span)]

    @property
    def context(self) -> str:
        """What it may presuppose: the metadata and, if it has a pronoun, the sentence before."""
        before = self.text[: self.span[0]].rstrip()
        if not before or not _PRONOUN.search(self.sentence):
            return self.metadata
        return f"{self.metadata}\n{before[sentence_spans(before)[-1][0] :]}"

    def addresses_reader(self, claim: str) -> bool:
        """Return whether it instructs or, unlike `claim`, addresses its reader, outside quotes."""
        plain = strip_invisible(self.sentence)
        return bool(
            _INSTRUCTION.match(plain)
            or (_YOU.search(_QUOTATION.sub("", plain)) and not _YOU.search(claim))
        )

    def contains_facts(self, claim: str) -> bool:
        """Return whether the sentence and its context hold the facts of `claim`."""
        return contains_facts(f"{self.context}\n{self.sentence}", claim)


def without_frame(claim: str) -> str:
    """Return a claim without invisible characters, references and "according to the article"."""
    return _FRAME.sub("", _REFERENCE.sub("", strip_invisible(claim)))


def nearest_sentence(claim: str, text: str) -> Span:
    """Return the span of the first sentence of `text` that shares the most words with `claim`."""
    wanted = set(terms(claim))
    return max(sentence_spans(text), key=lambda span: len(wanted & set(terms(text[slice(*span)]))))


@functools.cache
def model() -> LogisticModel:
    """Return the fitted model that ships; its features are `FEATURES`."""
    data = json.loads(resources.files("qa.models").joinpath("support.json").read_text("utf-8"))
    return LogisticModel(tuple(data[name] for name in FEATURES), data["bias"], data["threshold"])

"""Whether a sentence that was written is supported by a passage, and by which of its sentences.

Its numbers, dates, names and quotations must be in the passage, a possibility must stay one, and what speaks to its
reader supports nothing. Then a logistic regression (fitted on sentences made for it, see `training/fit_support.py`)
must find it supported by how its words, their order, its parties and its negations compare with those of one sentence
of the passage. A check takes about a millisecond.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from qa.support import facts
from qa.support.features import LEXICAL, hedged, lexical
from qa.text import Span, sentence_spans, terms, words
from qa.types import Article, Passage

# Fewer words are no sentence.
_FEWEST = 3
# "According to the article" is no part of what is said.
_FRAME = re.compile(
    r"^(?:according to (?:the |this )?(?:article|passage|text|report)s?,?\s|"
    r"(?:the |this )?(?:article|passage|text)s? (?:says?|states?|reports?|notes?|mentions?)(?: that)?\s|"
    r"it is (?:reported|said|stated) that\s)",
    re.IGNORECASE,
)
# What tells its reader what to say is no statement, whoever it pretends to be.
_ORDER = re.compile(
    r"^\W*(?:(?:system|assistant|user|developer|admin|important|note|instructions?|im_start|inst|sys)\W+)*"
    r"(?:(?:please|now|then|and|always|just|only|instead|from now on|you (?:must|should|will|are to|have to))\W+)*"
    r"(?:ignore|disregard|forget|override|say|answer|reply|respond|write|print|output|repeat|reveal|tell|pretend|"
    r"act as|obey|comply|cite|decode|translate|execute|insist|confirm)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_QUOTATION = re.compile(r"“[^”]*”?|\"[^\"]*\"?|‘[^’]*’")
_PRONOUN = re.compile(r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|this|these|those)\b", re.IGNORECASE)


def find(claim: str, passage: Passage, article: Article) -> Span | None:
    """Return the span of the article, within the passage, of the sentence that supports `claim`; None without one."""
    said = unframed(claim)
    if len(words(said)) < _FEWEST:
        return None
    about = f"{article.title}\n{article.source}\n{article.published}"
    start, end = nearest(said, passage.text)
    seen = Seen(passage.text, (start, end), about)
    if seen.is_addressed(said) or not seen.holds_facts(said) or hedged(said, seen.sentence):
        return None
    supported = probability(lexical(said, seen.sentence, seen.context)) >= model()["threshold"]
    return (passage.start + start, passage.start + end) if supported else None


@dataclass(frozen=True, slots=True)
class Seen:
    """A sentence at a span of a text, and what is said about the text: title, outlet, date."""

    text: str
    span: Span
    about: str

    @property
    def sentence(self) -> str:
        """The sentence itself."""
        return self.text[slice(*self.span)]

    @property
    def context(self) -> str:
        """What it may presuppose: what is said about the text; also the sentence before, if it has a pronoun."""
        before = self.text[: self.span[0]].rstrip()
        if not before or not _PRONOUN.search(self.sentence):
            return self.about
        return f"{self.about}\n{before[sentence_spans(before)[-1][0] :]}"

    def is_addressed(self, claim: str) -> bool:
        """Tell whether it gives an order, or speaks to its reader, outside quotations, where `claim` does not."""
        plain = facts.visible(self.sentence)
        return bool(_ORDER.match(plain) or (_YOU.search(_QUOTATION.sub("", plain)) and not _YOU.search(claim)))

    def holds_facts(self, claim: str) -> bool:
        """Tell whether the facts of `claim` are there."""
        return facts.holds(f"{self.context}\n{self.sentence}", claim)


def unframed(claim: str) -> str:
    """Return a claim without characters that nobody sees, and without words that only say where it stands."""
    return _FRAME.sub("", facts.visible(claim))


def nearest(claim: str, text: str) -> Span:
    """Return the span of the sentence of `text` that shares most words with `claim`; of equals the first."""
    wanted = set(terms(claim))
    return max(sentence_spans(text), key=lambda span: len(wanted & set(terms(text[slice(*span)]))))


def probability(features: Sequence[float]) -> float:
    """Return the fitted probability that a claim with these features is supported."""
    fitted = model()
    logit = fitted["bias"] + sum(fitted[name] * value for name, value in zip(LEXICAL, features, strict=True))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


@functools.cache
def model() -> dict[str, float]:
    """Return the fitted model that ships: one weight for each of `LEXICAL`, `bias`, and `threshold`."""
    data = json.loads(resources.files("qa.models").joinpath("support.json").read_text("utf-8"))
    return {name: float(data[name]) for name in (*LEXICAL, "bias", "threshold")}

"""Replaces a short answer that only points at somebody: "he", "I", "Mr".

The network that found the pronoun also tells what it stands for: the span before it that answers
the question second best. What "I" and "we" mean is told by who is quoted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from qa.answering.reported_speech import claimant
from qa.text import LONGEST_SENTENCE, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qa.models.span_model import WindowLogits

_SPEAKER = frozenset("i me my mine myself we us our ours ourselves".split())
_PRONOUNS = _SPEAKER | frozenset(
    "he him his himself she her hers herself it its itself "
    "they them their theirs themselves".split()
)
# What a pronoun stands for is at most so many sentences before it, and so many tokens long.
_BEFORE, _LONGEST = 2, 12
_TITLE_ALONE = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Dame|Lord|Lady)\b\.?")
_NAME_BEHIND = re.compile(r"\.?[ ]+[A-Z][\w’'-]*(?:[ ][A-Z][\w’'-]*)*")
_DESCRIPTION = re.compile(r"(?:[A-Z]|(?:the|a|an)\s)")


def is_pronoun(text: str) -> bool:
    """Return whether a short answer is nothing but a pronoun."""
    return text.casefold() in _PRONOUNS


def with_name(text: str, span: Span) -> Span:
    """Return a span that is only a title together with the name behind it."""
    if _TITLE_ALONE.fullmatch(text[slice(*span)]) and (name := _NAME_BEHIND.match(text, span[1])):
        return span[0], name.end()
    return span


def antecedent(
    text: str, sentences: Sequence[Span], at: int, span: Span, read: tuple[WindowLogits, int]
) -> Span | None:
    """Return what a pronoun stands for; None where nothing tells.

    Args:
        text: of the article.
        sentences: of the article.
        at: index of the sentence that holds the pronoun.
        span: of the pronoun.
        read: what the network says of the window around it, and where the window's text begins.
    """
    if text[slice(*span)].casefold() in _SPEAKER:
        return claimant(text, sentences[at], span)
    logits, offset = read
    first = sentences[max(at - _BEFORE, 0)][0]
    starts, ends = logits.offsets[:, 0] + offset, logits.offsets[:, 1] + offset
    usable = np.flatnonzero((starts >= first) & (ends <= span[0]))
    scored = (
        (-float(logits.start[i] + logits.end[j]), int(starts[i]), -int(ends[j]))
        for i in usable
        for j in usable
        if i <= j < i + _LONGEST
    )
    for _, start, end in sorted(scored):  # of equals the longer one
        found = start, -end
        if _names(text[slice(*found)]) and _within_sentence(found, sentences):
            return found if sentences[at][1] - found[0] <= LONGEST_SENTENCE else None
    return None


def _names(text: str) -> bool:
    """Return whether a text begins like a name or a description, and is no pronoun."""
    return bool(_DESCRIPTION.match(text)) and not is_pronoun(text.split(maxsplit=1)[0])


def _within_sentence(span: Span, sentences: Sequence[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in sentences)

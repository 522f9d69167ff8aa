"""A conversation as one text, for the network that reads what a follow-up leaves unsaid."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.text import Span
from qa.understanding.followups.heard import Candidate, Heard

# What parts exchanges; to the network's tokenizer it is one token.
_PARTED = " [SEP] "
# Characters of a quotation that are read.
_LONGEST_QUOTE = 160


def spoken(question: str, exchanges: Sequence[Heard]) -> str:
    """Return a question and, behind it, the conversation, its newest exchange first.

    Args:
        question: as it was asked.
        exchanges: the newest first, each question written out.
    """
    told = (
        [*each.short, each.question, *each.carried, *(q[:_LONGEST_QUOTE] for q in each.quotes)]
        for each in exchanges
    )
    return _PARTED.join([question, *map(" ".join, told)])


def places(text: str, question: str, candidates: Sequence[Candidate]) -> list[Span | None]:
    """Return where a conversation first mentions each of the candidates, if it does.

    Args:
        text: of `spoken`.
        question: that the text begins with, which does not count.
        candidates: what was mentioned.
    """
    found = (
        re.compile(rf"\b{re.escape(each.text)}", re.IGNORECASE).search(text, len(question))
        for each in candidates
    )
    return [match.span() if match else None for match in found]

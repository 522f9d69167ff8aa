"""Finds the outlet or the author that a question names: "according to the Courier"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qa.text import STOP_WORDS, Span, words

_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*|&")
_LEAD = re.compile(
    r"(?:,\s*)?\b(?:according to|in|by|from|for|as|of)(?:\s+(?:the|an?))?\s+$|\bthe\s+$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Named:
    """A name of the catalogue in a question: the name, and where its words are."""

    name: str
    start: int
    end: int

    def phrase(self, question: str) -> Span:
        """Return the span of the name with what leads to it: `according to the Courier`."""
        lead = _LEAD.search(question[: self.start])
        end = self.end
        if question[end : end + 2] in {"'s", "’s"}:
            end += 2
        return (lead.start() if lead else self.start), end


def named(question: str, names: Sequence[str], is_own: Callable[[str, str], bool]) -> Named | None:
    """Return the first name of the catalogue in a question, whole or by a word of its own.

    A word of its own belongs to one name only, and no article is about it: of `The Brandsea Ledger`
    that is `Ledger`. It counts only with a capital letter, in a question that has any.

    Args:
        question: on one line.
        names: outlets or authors.
        is_own: whether a word is a name's own, and not also one of what is written about.
    """
    tokens = [(_folded(m.group()), m.span()) for m in _WORD.finditer(question)]
    whole = [(name, _tokens(name)) for name in sorted(names, key=len, reverse=True)]
    for name, wanted in whole:
        for at in range(len(tokens) - len(wanted) + 1):
            if wanted and [token for token, _ in tokens[at : at + len(wanted)]] == wanted:
                return Named(name, tokens[at][1][0], tokens[at + len(wanted) - 1][1][1])
    capitals = question != question.lower()
    owners: dict[str, list[str]] = {}
    for name, wanted in whole:
        for word in set(wanted) - STOP_WORDS:
            owners.setdefault(word, []).append(name)
    for token, (start, end) in tokens:
        if len(owners.get(token, ())) != 1 or (capitals and not question[start].isupper()):
            continue
        if is_own(token, owners[token][0]):
            return Named(owners[token][0], start, end)
    return None


def _tokens(name: str) -> list[str]:
    found = [_folded(m.group()) for m in _WORD.finditer(name)]
    return found[1:] if found[:1] == ["the"] else found


def _folded(word: str) -> str:
    return "and" if word == "&" else "".join(words(word))

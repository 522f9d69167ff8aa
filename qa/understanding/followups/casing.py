"""Writes the names of a question as the articles do: `jonas reith` becomes `Jonas Reith`."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from qa.text import STOP_WORDS
from qa.understanding.followups.features import Passages

_WORD = re.compile(r"[^\W\d_][\w’']*?(?=[’']s?(?![\w’'])|(?![\w’']))")
# At the start of a sentence, of a quotation or of a line, every word has a capital.
_OPENS = re.compile(r"(?:^|[.!?:“\"‘(\n–-])\s*$")
# A word is a name's if the articles have it with a capital at least this often.
_MOSTLY = 0.7
_LEAST_LETTERS = 3


def with_names(question: str, passages: Passages) -> str:
    """Return a question in which words in lower case that the articles have as names are capital.

    Beside such a word another one is part of the name if the articles have the two so: an `inn` is
    no name, but the Quayside Inn is.

    Args:
        question: on one line.
        passages: of the articles.
    """
    matches = list(_WORD.finditer(question))
    found = [match.group() for match in matches]
    texts = {word: passages(word) for word in found if _may_be_name(word)}
    put = [_written((word,), 0, texts.get(word, ())) or word for word in found]
    beside = [
        question[one.end() : other.start()] == " " for one, other in itertools.pairwise(matches)
    ]
    for at in range(len(beside)):
        if beside[at] and found[at + 1] in texts and put[at][0].isupper():
            pair = (found[at], found[at + 1])
            put[at + 1] = _written(pair, 1, texts[found[at + 1]]) or put[at + 1]
    for at in reversed(range(len(beside))):
        if beside[at] and found[at] in texts and put[at + 1][0].isupper():
            pair = (found[at], found[at + 1])
            put[at] = _written(pair, 0, texts[found[at]]) or put[at]
    return _replaced(question, matches, put)


def _may_be_name(word: str) -> bool:
    return word.islower() and len(word) >= _LEAST_LETTERS and word not in STOP_WORDS


def _written(words: Sequence[str], which: int, texts: Iterable[str]) -> str | None:
    """Return how the articles mostly write one of some words in a row, if with a capital."""
    pattern = re.compile(rf"\b{re.escape(' '.join(words))}\b", re.IGNORECASE)
    forms = Counter(
        match.group().split()[which]
        for text in texts
        for match in pattern.finditer(text)
        if len(words) > 1 or not _OPENS.search(text, 0, match.start())
    )
    capital = {form: n for form, n in forms.items() if form[0].isupper() and not form.isupper()}
    if not capital or sum(capital.values()) < _MOSTLY * forms.total():
        return None
    return max(capital, key=lambda form: capital[form])


def _replaced(text: str, matches: Sequence[re.Match[str]], words: Sequence[str]) -> str:
    parts, at = [], 0
    for match, word in zip(matches, words, strict=True):
        parts += [text[at : match.start()], word]
        at = match.end()
    return "".join([*parts, text[at:]])

"""Splits an article into passages of whole sentences, with exact offsets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from qa.text import Span, paragraph_spans, sentence_spans
from qa.types import Article, Passage

CountTokens = Callable[[Sequence[str]], list[int]]
Splitter = Callable[[Article], Sequence[Passage]]
# A tokenizer may count a million characters without a space as one unknown token.
_CHARS_PER_TOKEN = 8


def split(article: Article, *, limit: int, count_tokens: CountTokens) -> list[Passage]:
    """Split `article` into passages of at most `limit` tokens, the title's tokens included.

    Passages hold whole sentences and do not overlap. A passage that is at least half full ends
    where its paragraph does. Only a sentence that does not fit alone is cut, at white space if it
    has any.

    Args:
        article: what to split.
        limit: the most tokens of a passage and the title together.
        count_tokens: texts -> their numbers of tokens, without special tokens.
    """
    title = count_tokens([article.title])[0]
    budget = max(limit - title, limit // 2)
    sentences = sentence_spans(article.text, language=article.language)
    spans = list(_fitting(article.text, sentences, budget, count_tokens))
    sizes = _sizes(article.text, spans, count_tokens)
    paragraph_ends = {end for _, end in paragraph_spans(article.text)}
    return [
        Passage(f"{article.id}:{start}-{end}", article.id, start, end, article.text[start:end])
        for start, end in _pack(spans, sizes, paragraph_ends, budget)
    ]


def _pack(
    spans: Sequence[Span], sizes: Sequence[int], paragraph_ends: set[int], budget: int
) -> Iterator[Span]:
    """Join neighbouring spans while they fit; stop early where a paragraph ends."""
    first, used = 0, 0
    for i, size in enumerate(sizes):
        full = used + size > budget
        at_paragraph = i > 0 and spans[i - 1][1] in paragraph_ends and used >= budget // 2
        if i > first and (full or at_paragraph):
            yield spans[first][0], spans[i - 1][1]
            first, used = i, 0
        used += size
    if spans:
        yield spans[first][0], spans[-1][1]


def _fitting(
    text: str, spans: Sequence[Span], budget: int, count_tokens: CountTokens
) -> Iterator[Span]:
    """Halve the spans that are too long until each part fits."""
    sizes = _sizes(text, spans, count_tokens)
    for (start, end), size in zip(spans, sizes, strict=True):
        if size <= budget:
            yield start, end
        else:
            yield from _fitting(text, _halves(text, start, end), budget, count_tokens)


def _sizes(text: str, spans: Sequence[Span], count_tokens: CountTokens) -> list[int]:
    counts = count_tokens([text[start:end] for start, end in spans])
    return [
        max(n, (end - start) // _CHARS_PER_TOKEN)
        for n, (start, end) in zip(counts, spans, strict=True)
    ]


def _halves(text: str, start: int, end: int) -> list[Span]:
    """Cut at the last white space of the first half, else in the middle."""
    middle = (start + end) // 2
    cut = next((i for i in range(middle, start, -1) if text[i].isspace()), middle)
    left = len(text[start:cut].rstrip()) + start
    right = end - len(text[cut:end].lstrip())
    return [span for span in ((start, left), (right, end)) if span[0] < span[1]]

"""A model's text as it comes, put together again sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from qa.errors import ModelError
from qa.text import Span, sentence_spans, words

_LEADING_MARKERS = re.compile(r"(?:\[\d+\]\s*)+")
_WORD_FOLLOWS = re.compile(r"[^\s\[]\S*\s")
_ENDED = re.compile(r"(?:[.!?][”\"’')]*(?:\s*\[\d+\]|\s)|\[\d+\][.!?])\s*$")
_REPEATS = "the chat model repeats itself"
# "He did not." may well stand twice in an answer.
_FEW = 3
# A sentence of more characters is none.
_LONGEST = 2_000
# So many words that repeat a pattern of at most this period are a loop.
_LOOP, _PERIOD = 60, 20


def sentences(pieces: Iterator[str], watch: Callable[[str], None] | None = None) -> Iterator[str]:
    """Yield the sentences of a stream of text, each as soon as the next one begins, with the markers behind it.

    Args:
        pieces: of the text.
        watch: called at each piece with the sentence that grows; whatever it raises comes out here.

    Raises:
        ModelError: the stream broke off, or the text runs in circles, or does not come to the end of a sentence. What
            was complete until then has been yielded.
    """
    text = ""
    try:
        for piece in pieces:
            text += piece
            _check_end(text)
            spans = _cited_spans(text)
            # The last one grows; so does the one before it until a word follows that is no marker.
            grows = 1 if spans and _WORD_FOLLOWS.match(text, spans[-1][0]) else 2
            for start, end in spans[:-grows]:
                yield text[start:end]
            text = text[spans[-grows][0] :] if len(spans) > grows else text
            if watch:
                watch(text.strip())
    except ModelError:
        spans = _cited_spans(text)
        for start, end in spans if _ENDED.search(text) else spans[:-1]:
            yield text[start:end]
        raise
    for start, end in _cited_spans(text):
        yield text[start:end]


def unrepeated(written: Iterator[str]) -> Iterator[str]:
    """Yield sentences until one that is longer than a few words comes again.

    Raises:
        ModelError: it did.
    """
    said: set[tuple[str, ...]] = set()
    for sentence in written:
        key = tuple(words(sentence))
        if len(key) > _FEW and key in said:
            raise ModelError(_REPEATS)
        said.add(key)
        yield sentence


def _check_end(text: str) -> None:
    tail = text[-_LONGEST:].split()[-_LOOP:]
    looping = len(tail) == _LOOP and any(tail[p:] == tail[:-p] for p in range(1, _PERIOD + 1))
    if looping or len(text) > 2 * _LONGEST:
        raise ModelError(_REPEATS if looping else "the chat model does not come to an end")


def _cited_spans(text: str) -> list[Span]:
    """Return the spans of the sentences of `text`, each with the markers that follow its full stop."""
    spans: list[Span] = []
    for start, end in sentence_spans(text):
        markers = _LEADING_MARKERS.match(text, start, end)
        rest = markers.end() if markers and spans else start
        if rest > start:
            spans[-1] = spans[-1][0], len(text[:rest].rstrip())
        if rest < end:
            spans.append((rest, end))
    return spans

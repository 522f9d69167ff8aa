"""The text of an article cut into segments, so that a template can mark the quotes in it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.text import Span
from qa.types import Citation

_HEADING = re.compile(r"^(#{1,6}[^\S\n]+)\S.*$", re.MULTILINE)
# More than any article has; each makes the page longer.
_MAX_HEADINGS = 1_000
# The page's own headings go down to the article's title, which is of the third level.
_TITLE_LEVEL = 3
_DEEPEST_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text that is quoted throughout or not at all.

    Attributes:
        text: as it is in the article.
        quoted: whether any citation covers it.
        starting: numbers of the citations whose quotes start with it.
    """

    text: str
    quoted: bool = False
    starting: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Plain text, or a line that is a heading in Markdown.

    Attributes:
        segments: of the text, or of the heading behind its hashes.
        level: of the heading on the page (4 to 6); 0 for plain text.
        hashes: segments of what makes the line a heading; a quote may begin or end within it.
    """

    segments: tuple[Segment, ...]
    level: int = 0
    hashes: tuple[Segment, ...] = ()


def highlight(text: str, span: Span, citations: Sequence[Citation]) -> list[Block]:
    """Return `text[span]` cut into blocks, with the quotes of `citations` marked.

    All characters are kept. Headings are the only markup of an article that has any effect.

    Args:
        text: of the article.
        span: what to show of it, as offsets of characters.
        citations: of this article; their quotes may overlap.
    """
    blocks, last = [], span[0]
    for found in itertools.islice(_HEADING.finditer(text, *span), _MAX_HEADINGS):
        blocks.append(Block(_segments(text, (last, found.start()), citations)))
        blocks.append(
            Block(
                _segments(text, (found.end(1), found.end()), citations),
                min(_TITLE_LEVEL + found[1].count("#"), _DEEPEST_LEVEL),
                _segments(text, found.span(1), citations),
            )
        )
        last = found.end()
    return [*blocks, Block(_segments(text, (last, span[1]), citations))]


def _segments(text: str, span: Span, citations: Sequence[Citation]) -> tuple[Segment, ...]:
    """Cut `text[span]` wherever a quote starts or ends: quotes may overlap."""
    borders = {
        border for c in citations for border in (c.start, c.end) if span[0] < border < span[1]
    }
    return tuple(
        Segment(
            text[start:end],
            any(c.start <= start < c.end for c in citations),
            tuple(c.number for c in citations if c.start == start),
        )
        for start, end in itertools.pairwise(sorted({*span, *borders}))
    )

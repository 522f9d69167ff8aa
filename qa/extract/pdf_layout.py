"""From runs of text with their places on pages to paragraphs in reading order.

Sources: the order of blocks is that of Breuel, "High performance document layout analysis", 2003: a
block comes before those below it that it overlaps, and before those right of it unless something
that spans both lies between.
"""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from qa.extract.markup import table_text

# Lines of one block: their distance, and how much their heights may differ.
_MOST_LEADING, _MOST_GROWTH = 1.75, 1.2
_PARAGRAPH_LEADING = 1.3
# A paragraph's first line is indented by this part of a line's height.
_INDENT = 0.7
# Running heads and feet: lines this near the edge of a page, on this share of the pages.
_EDGE_LINES, _SHARE_OF_PAGES = 3, 0.4
_MOST_BLOCKS = 200
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)\]]*$")
_BETWEEN = "\n\n"
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"[^\w]*\d[\d.,\s]*[^\w]*(?:%|[a-z]{1,3})?[^\w]*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST_PART = re.compile(r"([^\W\d_]+)[-\u00ad\u2010]$")
_FIRST_PART = re.compile(r"^[^\W\d_]+")


@dataclass(slots=True)
class Line:
    """A run of text on a page; lengths in points, from the page's upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    turns: int = 0

    @property
    def height(self) -> float:
        """The height of its letters."""
        return max(self.bottom - self.top, 1.0)


@dataclass(slots=True)
class Block:
    """Lines below each other; or a table, whose text is given."""

    lines: list[Line] = field(default_factory=list)
    text: str = ""

    @property
    def left(self) -> float:
        """Its left edge."""
        return min(line.left for line in self.lines)

    @property
    def right(self) -> float:
        """Its right edge."""
        return max(line.right for line in self.lines)

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.lines[0].top

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.lines[-1].bottom


def read(pages: Sequence[Sequence[Line]]) -> tuple[str, list[int]]:
    """Return the text of a document in reading order, and the offsets at which its pages start.

    Running heads, running feet and page numbers are left out. Words that a line end parts are
    joined, and so is a paragraph that goes on in the next column or on the next page.
    """
    words = _words(pages)
    parts, starts = list[str](), list[int]()
    last_at, open_end = 0, False  # where the last part starts, and whether it may go on
    for number, page in enumerate(without_running_lines(pages)):
        for block in ordered(blocks(page)):
            for text in [block.text] if block.text else _paragraphs_of(block, words):
                if open_end and text[:1].islower() and not block.text:
                    parts[-1] = join(parts[-1], text, words)
                    start = last_at + len(parts[-1]) - len(text)
                else:
                    last_at += len(parts[-1]) + len(_BETWEEN) if parts else 0
                    parts.append(text)
                    start = last_at
                starts += [start] * (number + 1 - len(starts))
                open_end = not (block.text or _SENTENCE_END.search(text))
    whole = _BETWEEN.join(parts)
    return whole, starts + [len(whole)] * (len(pages) - len(starts))


def headline(page: Sequence[Line], most_chars: int) -> str:
    """Return the lines of a first page that are set largest, if they stand out; else nothing."""
    upright = [line for line in page if not line.turns]
    if not upright:
        return ""
    usual = statistics.median_low(
        [line.height for line in upright for _ in range(len(line.text) // 8 + 1)]
    )
    largest = max(upright, key=lambda line: line.height).height
    if largest < 1.15 * usual:
        return ""
    lines = itertools.dropwhile(lambda line: line.height < 0.95 * largest, upright)
    chosen = itertools.takewhile(lambda line: line.height >= 0.95 * largest, lines)
    text = " ".join(line.text for line in chosen)
    return text if len(text) <= most_chars else ""


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages without the lines that stand at the same place on most of them.

    Numbers within them may differ. A page that holds nothing else stays as it is.
    """
    edges = [_edge_lines(page) for page in pages]
    places = Counter(place for page in edges for place in set(map(_place, page)))
    least = max(2, _SHARE_OF_PAGES * len(pages))
    kept = []
    for page, edge in zip(pages, edges, strict=True):
        running = {id(line) for line in edge if places[_place(line)] >= least}
        rest = [line for line in page if id(line) not in running]
        kept.append(rest or list(page))
    return kept


def _edge_lines(page: Sequence[Line]) -> list[Line]:
    tops = sorted({round(line.top) for line in page})
    edge = {*tops[:_EDGE_LINES], *tops[-_EDGE_LINES:]}
    return [line for line in page if round(line.top) in edge]


def _place(line: Line) -> tuple[str, int]:
    return _DIGITS.sub("#", line.text).strip(), round(line.top / 4)


def blocks(page: Sequence[Line]) -> list[Block]:
    """Return the lines of a page in blocks; tables of numbers are blocks of their own."""
    found = list[Block]()
    for turns in sorted({line.turns for line in page}):
        lines = sorted(
            (line for line in page if line.turns == turns), key=lambda x: (x.top, x.left)
        )
        tables, lines = _tables(lines)
        found += tables
        grown = list[Block]()
        for line in lines:
            fitting = [block for block in grown if _continues(block, line)]
            if fitting:
                max(fitting, key=lambda block: block.bottom).lines.append(line)
            else:
                grown.append(Block([line]))
        found += grown
    return found


def _continues(block: Block, line: Line) -> bool:
    last = block.lines[-1]
    overlap = min(last.right, line.right) - max(last.left, line.left)
    low, high = sorted((last.height, line.height))
    return (
        line.top > last.top + 0.5 * last.height
        and line.top - last.top <= _MOST_LEADING * high
        and high <= _MOST_GROWTH * low
        and overlap >= 0.5 * min(last.right - last.left, line.right - line.left)
    )


def ordered(found: Sequence[Block]) -> list[Block]:
    """Return blocks in the order in which they are read."""
    waiting = sorted(found, key=lambda block: (block.lines[0].turns, block.top, block.left))
    if len(waiting) > _MOST_BLOCKS:
        return waiting
    before = {
        id(b): {id(a) for a in waiting if a is not b and _precedes(a, b, waiting)} for b in waiting
    }
    order = list[Block]()
    done = set[int]()
    while waiting:
        ready = (block for block in waiting if before[id(block)] <= done)
        chosen = next(ready, waiting[0])  # where the rules contradict each other, the uppermost
        waiting.remove(chosen)
        done.add(id(chosen))
        order.append(chosen)
    return order


def _precedes(a: Block, b: Block, others: Iterable[Block]) -> bool:
    if a.lines[0].turns != b.lines[0].turns:
        return a.lines[0].turns < b.lines[0].turns
    if _beside(a, b):
        return a.top < b.top
    if a.right > b.left:
        return False
    upper, lower = (a, b) if a.top < b.top else (b, a)
    return not any(
        c.top >= upper.top
        and c.bottom <= lower.bottom
        and c is not a
        and c is not b
        and upper.bottom <= c.bottom
        and c.top <= lower.top
        and _beside(a, c)
        and _beside(b, c)
        for c in others
    )


def _beside(a: Block, b: Block) -> bool:
    """Return whether two blocks overlap when looked at from above."""
    return min(a.right, b.right) > max(a.left, b.left)


def _tables(lines: Sequence[Line]) -> tuple[list[Block], list[Line]]:
    """Split the tables of numbers from the lines of a page."""
    rows = [list(row) for row in _rows(lines)]
    tables, rest = list[Block](), list[Line]()
    i = 0
    while i < len(rows):
        end = i + 1
        while end < len(rows) and len(rows[i]) > 1 and _aligned(rows[i], rows[end]):
            end += 1
        if end - i >= 2 and _holds_numbers(rows[i:end]):
            first = rows[i]
            if rest_row := _heads_above(rows[i - 1] if i else [], first, rest):
                rest = [line for line in rest if line not in rest_row]
                first = rest_row
            region = [first, *rows[i + (first is rows[i]) : end]]
            tables.append(_table(region, rows[end - 1]))
            i = end
        else:
            rest += rows[i]
            i += 1
    return tables, rest


def _rows(lines: Sequence[Line]) -> Iterator[list[Line]]:
    row: list[Line] = []
    for line in lines:
        if row and line.top - row[0].top > 0.4 * row[0].height:
            yield sorted(row, key=lambda each: each.left)
            row = []
        row.append(line)
    if row:
        yield sorted(row, key=lambda each: each.left)


def _aligned(row: Sequence[Line], other: Sequence[Line]) -> bool:
    near = 0.8 * row[0].height
    return len(row) == len(other) and all(
        abs(a.left - b.left) < near
        or abs(a.right - b.right) < near
        or abs(a.left + a.right - b.left - b.right) < 2 * near
        for a, b in zip(row, other, strict=True)
    )


def _holds_numbers(rows: Sequence[Sequence[Line]]) -> bool:
    columns = list(zip(*rows, strict=True))[1:]
    return any(
        sum(bool(_NUMBER.fullmatch(line.text)) for line in column) >= 0.6 * len(column)
        for column in columns
    )


def _heads_above(above: Sequence[Line], first: Sequence[Line], rest: Sequence[Line]) -> list[Line]:
    """Return the row above a table if it names all columns but the first."""
    if len(above) != len(first) - 1 or not above or above[0] not in rest:
        return []
    return list(above) if _aligned(above, first[1:]) else []


def _table(rows: Sequence[Sequence[Line]], last: Sequence[Line]) -> Block:
    width = max(map(len, rows))
    cells = [["", *(line.text for line in row)][-width:] for row in rows]
    return Block([line for row in (*rows, last) for line in row], table_text(cells))


def _paragraphs_of(block: Block, words: set[str]) -> Iterator[str]:
    """Yield the paragraphs of a block: parted by space, an indent, or a line that ends early."""
    leading = _usual_leading(block)
    text = ""
    for above, line in zip([None, *block.lines], block.lines, strict=False):
        if above and _begins_paragraph(block, above, line, leading):
            yield text
            text = ""
        text = join(text, line.text, words) if text else line.text
    if text:
        yield text


def _usual_leading(block: Block) -> float:
    steps = [b.top - a.top for a, b in itertools.pairwise(block.lines)]
    return statistics.median_low(steps) if steps else 0.0


def _begins_paragraph(block: Block, above: Line, line: Line, leading: float) -> bool:
    indented = line.left - block.left > _INDENT * line.height
    ends_early = above.right < block.right - 0.15 * (block.right - block.left)
    return (
        line.top - above.top > _PARAGRAPH_LEADING * leading
        or (indented and above.left - block.left <= _INDENT * line.height)
        or (ends_early and bool(_SENTENCE_END.search(above.text)))
        or line.text[:1] in "•–▪■●"
    )


def join(text: str, following: str, words: set[str]) -> str:
    """Return two lines as one; a word that the line end parts is made whole.

    The hyphen stays in a compound: where the document has it so elsewhere, or where no lower-case
    letter follows.
    """
    head, tail = _LAST_PART.search(text), _FIRST_PART.match(following)
    if not head:
        hyphen = text.endswith(("-", "\u2010")) and not text.endswith((" -", "--"))
        return f"{text}{following}" if hyphen and following[:1].isalnum() else f"{text} {following}"
    if not tail:
        return f"{text}{following}"
    whole, compound = f"{head[1]}{tail[0]}", f"{head[1]}-{tail[0]}"
    keeps = compound.lower() in words and whole.lower() not in words
    if keeps or not tail[0][0].islower():
        return f"{text[:-1]}-{following}"
    return f"{text[:-1]}{following}"


def _words(pages: Sequence[Sequence[Line]]) -> set[str]:
    return {word.lower() for page in pages for line in page for word in _WORD.findall(line.text)}

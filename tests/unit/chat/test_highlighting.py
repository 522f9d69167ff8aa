"""The text of an article with its quotes marked and its headings recognised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from qa.chat.highlighting import highlight
from qa.chat.rendering import macro
from qa.text import Span
from qa.types import Citation

TEXT = "Before. The <b>lock</b> opened & closed. After."
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r'<span class="number"[^>]*>\d+</span>')


def cite(number: int, start: int, end: int, text: str = TEXT) -> Citation:
    """Return a citation of `text[start:end]`."""
    return Citation(number, "a.md", "T", "S", "", "", start, end, text[start:end])


def marked(text: str, span: Span, exchange: int, citations: Sequence[Citation]) -> Markup:
    """Return the highlighted text as HTML."""
    return macro("macros.html", "highlighted", highlight(text, span, citations), exchange)


def shown(html: str) -> str:
    """Return what a reader sees of marked text, without the numbers before the quotes."""
    return unescape(_TAG.sub("", _NUMBER.sub("", html)))


def test_the_quote_is_marked_exactly() -> None:
    """The mark begins and ends with the quote, and its number comes right before it."""
    html = marked(TEXT, (0, len(TEXT)), 3, [cite(1, 8, 37)])
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == [
        "The &lt;b&gt;lock&lt;/b&gt; opened &amp; clos"
    ]
    assert 'data-place="cite-3-1" tabindex="-1">1</span><mark' in html


def test_several_quotes_are_all_marked() -> None:
    """Two quotes of one article give two marks in the order of the text."""
    html = marked(TEXT, (0, len(TEXT)), 1, [cite(2, 41, 47), cite(1, 0, 7)])
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ["Before.", "After."]


@pytest.mark.parametrize(("hashes", "level"), [("#", 4), ("##", 5), ("###", 6), ("######", 6)])
def test_a_heading_reads_as_one(hashes: str, level: int) -> None:
    """A line that is a heading in Markdown is one to a screen reader, its hashes apart for the style sheet."""
    text = f"Before.\n{hashes} The wall\nAfter."
    assert marked(text, (0, len(text)), 1, []) == (
        f'<span class="piece">Before.\n</span><span class="heading" role="heading" aria-level="{level}">'
        f'<span class="piece hashes">{hashes} </span><span class="piece">The wall</span></span>'
        '<span class="piece">\nAfter.</span>'
    )


@pytest.mark.parametrize(
    "text", ["#tag", "####### seven", "in # between", "# ", "#\n", "a\\n# b", " # in a list"]
)
def test_other_hashes_are_text(text: str) -> None:
    """Only one to six hashes at the very beginning of a line, with a blank and words behind them, make a heading."""
    assert "heading" not in marked(text, (0, len(text)), 1, [])


def test_a_heading_holds_nothing_but_text() -> None:
    """Markup and links in a heading do nothing, as anywhere else."""
    text = "# <b onclick=x>[a](javascript:x) ![i](http://h/i.png)"
    html = marked(text, (0, len(text)), 1, [])
    assert set(re.findall(r"</?(\w+)", html)) == {"span"}
    assert shown(html) == text


def test_a_quote_may_begin_and_end_in_headings() -> None:
    """A mark covers just the quote, also from within a heading, over it, or within its hashes."""
    text = "# One two\nthree\n## Four five\nsix"
    for start, end in [(2, 5), (6, 12), (0, 9), (1, 4), (12, 25), (17, 19), (0, len(text))]:
        html = marked(text, (0, len(text)), 1, [cite(1, start, end, text)])
        assert "".join(re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL)) == text[start:end]
        assert html.count('data-place="cite-1-1"') == 1
        assert shown(html) == text


def test_an_excerpt_from_within_a_line_has_no_heading() -> None:
    """Hashes in the middle of a line make no heading, even if the excerpt begins with them."""
    text = "## # Two"
    assert "heading" not in marked(text, (3, len(text)), 1, [])


def test_a_page_of_headings_stays_a_page() -> None:
    """An article of nothing but headings makes no more of them than any article has."""
    text = "# a\n" * 50_000
    html = marked(text, (0, len(text)), 1, [])
    assert html.count("heading") == 2 * 1_000
    assert shown(html) == text


@given(
    text=st.text(st.one_of(st.sampled_from("# \na<"), st.characters()), min_size=1, max_size=40),
    borders=st.lists(st.tuples(st.integers(0, 39), st.integers(1, 40)), max_size=4),
)
def test_marking_never_changes_the_text(text: str, borders: list[tuple[int, int]]) -> None:
    """For any text and any overlap of quotes, the reader sees exactly the article's characters."""
    spans = [(start, min(end, len(text))) for start, end in borders if start < min(end, len(text))]
    citations = [cite(number, start, end, text) for number, (start, end) in enumerate(spans, 1)]
    html = marked(text, (0, len(text)), 1, citations)
    assert shown(html) == text
    covered = {at for start, end in spans for at in range(start, end)}
    marks = "".join(
        unescape(mark) for mark in re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL)
    )
    assert marks == "".join(text[at] for at in sorted(covered))

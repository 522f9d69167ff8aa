"""Untrusted text as harmless HTML."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.chat.markup import day, inline, link, marked, with_markers
from qa.types import Citation

TEXT = "Before. The <b>lock</b> opened & closed. After."
_TAG = re.compile(r"<[^>]*>")
_NUMBER = re.compile(r'<span class="number"[^>]*>\d+</span>')


def cite(number: int, start: int, end: int, text: str = TEXT, **origin: str) -> Citation:
    """Return a citation of `text[start:end]`."""
    values = {"title": "T", "source": "S", "published": "", "url": "", **origin}
    return Citation(number, "a.md", **values, start=start, end=end, quote=text[start:end])


def shown(html: str) -> str:
    """Return what a reader sees of marked text, without the numbers before the quotes."""
    return unescape(_TAG.sub("", _NUMBER.sub("", html)))


def test_inline_text_is_escaped_and_isolated() -> None:
    """No tag of the text survives, and its direction ends with it."""
    assert inline('<img src="x">') == "<bdi>&lt;img src=&quot;x&quot;&gt;</bdi>"


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("plain", ""),
        ("\u202eopen", "\u202c"),
        ("\u2067open", "\u2069"),
        ("\u202eboth\u2066open", "\u2069\u202c"),
        ("\u202eclosed\u202c", ""),
        ("\u2066\u202eclosed by the outer\u2069", ""),
        ("\u2066\u202c not closed by the other kind", "\u2069"),
        ("\u2069stray\u202eopen", "\u202c"),
    ],
)
def test_a_direction_ends_with_its_text(text: str, end: str) -> None:
    """Each embedding and isolate that a text leaves open is ended after it, the last one first."""
    attribute = f' data-end="{end}"' if end else ""
    assert inline(text) == f"<bdi{attribute}>{text}</bdi>"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        " JavaScript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "//host/path",
        "https:",
        "http://[broken",
        "",
    ],
)
def test_only_web_addresses_become_links(url: str) -> None:
    """An address of any other kind gives no link at all."""
    assert link(url, "original") == ""


def test_a_link_cannot_break_out_of_its_attribute() -> None:
    """Quotes in an address are escaped, and the other page learns nothing of this one."""
    html = link('https://host/"onclick="x', "original")
    assert 'href="https://host/&quot;onclick=&quot;x"' in html
    assert 'rel="noopener noreferrer"' in html


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2022-12-28", '<time datetime="2022-12-28">28 December 2022</time>'),
        ("2026-05-04T10:00:00+02:00", '<time datetime="2026-05-04">4 May 2026</time>'),
        ("late <May>", "<bdi>late &lt;May&gt;</bdi>"),
    ],
)
def test_dates_are_written_out(published: str, expected: str) -> None:
    """An ISO date reads like one in a newspaper; anything else stays as it is."""
    assert day(published) == expected


def test_a_marker_becomes_a_button_that_leads_to_its_quote() -> None:
    """The button names its source and carries the quote, both escaped."""
    html = with_markers("It opened. [1]", 2, [cite(1, 8, 36, title='The "lock"')])
    assert '<span class="piece">It opened. </span><button type="button" class="marker" data-cite="cite-2-1"' in html
    assert 'aria-label="Source 1: The &quot;lock&quot;"' in html
    assert 'data-quote="The &lt;b&gt;lock&lt;/b&gt; opened &amp; clo"' in html
    assert html.endswith(">[1]</button>")


def test_a_number_without_a_citation_stays_text() -> None:
    """A quoted article's own [7] is not a button."""
    html = with_markers("As said in [7]. [1]", 1, [cite(1, 0, 7)])
    assert html.count("<button") == 1
    assert "As said in [7]. " in html


def test_the_quote_is_marked_exactly() -> None:
    """The mark begins and ends with the quote, and its number stands before it."""
    html = marked(TEXT, (0, len(TEXT)), 3, [cite(1, 8, 37)])
    assert re.findall(r"<mark[^>]*>(.*?)</mark>", html) == ["The &lt;b&gt;lock&lt;/b&gt; opened &amp; clos"]
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


@pytest.mark.parametrize("text", ["#tag", "####### seven", "in # between", "# ", "#\n", "a\\n# b", " # in a list"])
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


def test_what_begins_within_a_heading_is_none() -> None:
    """An excerpt that begins in the middle of a line takes nothing there for a heading."""
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
    """Whatever the article holds and however quotes overlap, the reader sees the article's own characters."""
    spans = [(start, min(end, len(text))) for start, end in borders if start < min(end, len(text))]
    citations = [cite(number, start, end, text) for number, (start, end) in enumerate(spans, 1)]
    html = marked(text, (0, len(text)), 1, citations)
    assert shown(html) == text
    covered = {at for start, end in spans for at in range(start, end)}
    marks = "".join(unescape(mark) for mark in re.findall(r"<mark[^>]*>(.*?)</mark>", html, re.DOTALL))
    assert marks == "".join(text[at] for at in sorted(covered))

"""The list of articles: searched, filtered, sorted, counted."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from qa.chat.catalogue import PAGE, Wanted, count, listing, outlets, report_line, select
from qa.chat.library import Line
from qa.index import Entry


def _entry(name: str, title: str = "", source: str = "", published: str = "", author: str = "") -> Entry:
    return Entry(name, title, source, published, author, f"/articles/{name}")


TIDE = _entry("tide.md", "The tide at Lissö", "Courier", "2025-03-02", "Mara Venn")
DAM = _entry("dam.md", "A dam", "Dispatch", "2025-01-15T08:00:00")
OLD = _entry("old.md", "Yesterday", "Courier", "")
ALL = [DAM, OLD, TIDE]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [TIDE, DAM, OLD]),
        (Wanted(order="oldest"), [DAM, TIDE, OLD]),
        (Wanted(order="title"), [DAM, TIDE, OLD]),
        (Wanted(order="source"), [TIDE, OLD, DAM]),
        (Wanted(text="lisso"), [TIDE]),
        (Wanted(text="ven tid"), [TIDE]),
        (Wanted(text="ide"), []),
        (Wanted(text="dispatch"), [DAM]),
        (Wanted(text="dam.md"), [DAM]),
        (Wanted(source="Courier"), [TIDE, OLD]),
        (Wanted(since="2025-01-15", until="2025-01-15"), [DAM]),
        (Wanted(since="2025-01-16"), [TIDE]),
        (Wanted(until="2025-03-02"), [TIDE, DAM]),
    ],
)
def test_the_wanted_articles_come_in_the_wanted_order(wanted: Wanted, found: list[Entry]) -> None:
    """Words begin words of title, outlet, author or id; days are whole and included."""
    assert select(ALL, wanted) == found


@pytest.mark.parametrize(
    "wanted", [{"order": "worst"}, {"since": "soon"}, {"most": 0}, {"text": "x" * 201}, {"more": 1}, {"text": 7}]
)
def test_what_is_no_wish_is_refused(wanted: dict[str, object]) -> None:
    """The browser may send anything."""
    with pytest.raises(ValidationError):
        Wanted.model_validate(wanted)


def test_articles_are_counted() -> None:
    """One and many read well, and outlets count where there are several."""
    assert count(ALL) == "3 articles from 2 outlets"
    assert count([OLD]) == "1 article"
    assert count([]) == "0 articles"


def test_the_list_says_how_many_there_are() -> None:
    """Of all, or of all those that are looked through."""
    assert '<p class="note" role="status">3 articles from 2 outlets</p>' in listing(ALL, Wanted())
    assert '<p class="note" role="status">1 of 3 articles from 2 outlets</p>' in listing(ALL, Wanted(text="dam"))
    assert "No article fits." in listing(ALL, Wanted(text="nothing"))
    assert "drop files here" in listing([], Wanted())


def test_a_long_list_comes_in_parts() -> None:
    """The first page offers the next, the last does not."""
    many = [_entry(f"{n}.md") for n in range(PAGE + 1)]
    first, last = listing(many, Wanted()), listing(many, Wanted(most=2 * PAGE))
    assert first.count('class="entry"') == PAGE
    assert f'data-most="{2 * PAGE}"' in first
    assert last.count('class="entry"') == PAGE + 1
    assert "data-most" not in last


def test_hostile_entries_are_text() -> None:
    """Title, id, outlet, author and date are escaped wherever they stand."""
    bad = '"><script>x</script>'
    entry = _entry(bad, bad, bad, bad, bad)
    for html in (listing([entry], Wanted()), outlets([entry]), report_line(Line(bad, "refused", bad))):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_the_menu_counts_each_outlet() -> None:
    """Outlets come in order of their names; articles without one are under none."""
    options = re.findall(r'<option value="([^"]*)">([^<]*)</option>', outlets([*ALL, _entry("x.md")]))
    assert options == [("", "All outlets"), ("Courier", "Courier (2)"), ("Dispatch", "Dispatch (1)")]

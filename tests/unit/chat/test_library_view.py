"""The list of articles: searched, filtered, sorted, counted."""

from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from qa.chat.library_changes import report_line
from qa.chat.library_counts import counts_table
from qa.chat.library_view import (
    PAGE_SIZE,
    ArticleQuery,
    article_list,
    count,
    outlet_options,
    select,
)
from qa.conversations.outcomes import Outcome
from qa.index import ArticleSummary


def _entry(
    name: str, title: str = "", source: str = "", published: str = "", author: str = ""
) -> ArticleSummary:
    return ArticleSummary(name, title, source, published, author, f"/articles/{name}")


TIDE = _entry("tide.md", "The tide at Lissö", "Courier", "2025-03-02", "Mara Venn")
DAM = _entry("dam.md", "A dam", "Dispatch", "2025-01-15T08:00:00")
OLD = _entry("old.md", "Yesterday", "Courier", "")
ALL = [DAM, OLD, TIDE]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (ArticleQuery(), [TIDE, DAM, OLD]),
        (ArticleQuery(order="oldest"), [DAM, TIDE, OLD]),
        (ArticleQuery(order="title"), [DAM, TIDE, OLD]),
        (ArticleQuery(order="source"), [TIDE, OLD, DAM]),
        (ArticleQuery(text="lisso"), [TIDE]),
        (ArticleQuery(text="ven tid"), [TIDE]),
        (ArticleQuery(text="ide"), []),
        (ArticleQuery(text="dispatch"), [DAM]),
        (ArticleQuery(text="dam.md"), [DAM]),
        (ArticleQuery(source="Courier"), [TIDE, OLD]),
        (ArticleQuery(since="2025-01-15", until="2025-01-15"), [DAM]),
        (ArticleQuery(since="2025-01-16"), [TIDE]),
        (ArticleQuery(until="2025-03-02"), [TIDE, DAM]),
    ],
)
def test_articles_are_selected_and_sorted(query: ArticleQuery, found: list[ArticleSummary]) -> None:
    """Search terms are prefixes of words of title, outlet, author or id; both days are included."""
    assert select(ALL, query) == found


@pytest.mark.parametrize(
    "query",
    [
        {"order": "worst"},
        {"since": "soon"},
        {"limit": 0},
        {"text": "x" * 201},
        {"more": 1},
        {"text": 7},
    ],
)
def test_a_malformed_query_is_refused(query: dict[str, object]) -> None:
    """The browser may send anything."""
    with pytest.raises(ValidationError):
        ArticleQuery.model_validate(query)


def test_articles_are_counted() -> None:
    """Singular and plural are right, and outlets are counted if there are several."""
    assert count(ALL) == "3 articles from 2 outlets"
    assert count([OLD]) == "1 article"
    assert count([]) == "0 articles"


def test_the_list_says_how_many_there_are() -> None:
    """The number found is told with the number of all; an empty list says why it is empty."""
    assert '<p class="note" role="status">3 articles from 2 outlets</p>' in article_list(
        ALL, ArticleQuery()
    )
    assert '<p class="note" role="status">1 of 3 articles from 2 outlets</p>' in article_list(
        ALL, ArticleQuery(text="dam")
    )
    assert "No article fits." in article_list(ALL, ArticleQuery(text="nothing"))
    assert "drop files here" in article_list([], ArticleQuery())


def test_a_long_list_comes_in_parts() -> None:
    """The first page offers the next, the last does not."""
    many = [_entry(f"{n}.md") for n in range(PAGE_SIZE + 1)]
    first, last = (
        article_list(many, ArticleQuery()),
        article_list(many, ArticleQuery(limit=2 * PAGE_SIZE)),
    )
    assert first.count('class="entry"') == PAGE_SIZE
    assert f'data-limit="{2 * PAGE_SIZE}"' in first
    assert last.count('class="entry"') == PAGE_SIZE + 1
    assert "data-limit" not in last


def test_hostile_entries_are_text() -> None:
    """Title, id, outlet, author and date are escaped wherever they appear."""
    bad = '"><script>x</script>'
    entry = _entry(bad, bad, bad, bad, bad)
    for html in (
        article_list([entry], ArticleQuery()),
        outlet_options([entry]),
        report_line(Outcome(bad, "refused", bad, (bad,))),
        counts_table([entry]),
    ):
        assert "<script" not in html
        assert "&lt;script&gt;" in html


def test_the_menu_counts_each_outlet() -> None:
    """Outlets are sorted by name; articles without an outlet are counted under none."""
    options = re.findall(
        r'<option value="([^"]*)">([^<]*)</option>', outlet_options([*ALL, _entry("x.md")])
    )
    assert options == [
        ("", "All outlets"),
        ("Courier", "Courier (2)"),
        ("Dispatch", "Dispatch (1)"),
    ]


def test_articles_are_counted_by_outlet_month_and_format() -> None:
    """The most frequent come first, months the latest first; what is unknown is counted as that."""
    web = ArticleSummary("w", "", "Courier", "2025", "", "https://courier.example/w")
    cells = re.findall(r"<td>(?:<bdi[^>]*>)?([^<]*)", counts_table([*ALL, web, _entry("x.zz")]))
    assert list(zip(cells[::2], cells[1::2], strict=True)) == [
        ("Courier", "3"),
        ("Dispatch", "1"),
        ("no outlet", "1"),
        ("no date", "2"),
        ("2025-03", "1"),
        ("2025-01", "1"),
        ("2025", "1"),
        ("Markdown", "3"),
        ("other", "1"),
        ("web", "1"),
    ]
    assert "and 8 more" in counts_table(_entry(f"{n}.md", source=f"Outlet {n}") for n in range(20))

"""Which articles a filter lets through, and how dates are written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.rendering import ABSTENTION
from qa.dates import days
from qa.errors import SettingsError
from qa.index import Index
from qa.pipeline import Pipeline
from qa.types import Article, Filter
from tests.collection import memory_index, search
from tests.unit.test_pipeline import ScriptedReader

SOURCES = ("", "Upland Dispatch", "Courier")
AUTHORS = ("", "Mara Voss", "Lucan Ferreday and Mara Voss", "Isley, Bronagh")
DATES = ("", "soon", "2024-12-31", "2025-01", "2025-03-03T10:00:00Z", "4 March 2025", "2026")
FIELDS = [(source, date, author) for source in SOURCES for date in DATES for author in AUTHORS]
ARTICLES = [
    Article(
        f"a{i}", "Dam", f"The dam held in year {i}.", source=source, published=date, author=author
    )
    for i, (source, date, author) in enumerate(FIELDS)
]
FILTERS = st.builds(
    Filter,
    source=st.sampled_from(["", "upland  DISPATCH", "Courier", "Dispatch"]),
    author=st.sampled_from(["", "mara voss", "Lucan Ferreday", "Isley, Bronagh", "Voss"]),
    since=st.sampled_from(["", "2024-12-31", "2025-01", "2025-03-03"]),
    until=st.sampled_from(["", "2025-03-03", "2025-03", "2026"]),
    article_ids=st.sampled_from([(), ("a5", "a60", "a83"), ("a1", "nowhere")]),
)
PEOPLE = {
    "Mara Voss": {"mara voss"},
    "Lucan Ferreday and Mara Voss": {"lucan ferreday", "mara voss", "lucan ferreday and mara voss"},
    "Isley, Bronagh": {"isley", "bronagh", "isley, bronagh"},
}
DAYS = {
    "2024-12-31": 20241231,
    "2025-01": 20250101,
    "2025-03-03T10:00:00Z": 20250303,
    "4 March 2025": 20250304,
    "2026": 20260101,
}


def passes(article: Article, where: Filter) -> bool:
    """Tell whether an article meets each condition, one by one."""
    day = DAYS.get(article.published)
    return (
        (not where.source or article.source.lower() == " ".join(where.source.lower().split()))
        and (not where.author or where.author.lower() in PEOPLE.get(article.author, set()))
        and (not where.since or (day is not None and day >= where.first_day))
        and (not where.until or (day is not None and day <= where.last_day))
        and (not where.article_ids or article.id in where.article_ids)
    )


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Return an index of one article for each combination of the fields."""
    return memory_index(tmp_path_factory.mktemp("filters"), ARTICLES)


@given(FILTERS)
def test_a_filter_chooses_what_meets_every_condition(index: Index, where: Filter) -> None:
    """Articles, their number and the keys of their passages are those that pass each condition by itself."""
    expected = sorted(article.id for article in ARTICLES if passes(article, where))
    with index.store.read() as read:
        assert [article.id for article in read.articles(where)] == expected
        assert read.count_articles(where) == len(expected)
        assert sorted(read.keys(where)) == sorted(read.keys_of(expected))


@given(FILTERS, st.integers(1, 5))
def test_the_best_of_the_chosen_are_found(index: Index, where: Filter, k: int) -> None:
    """Each stage gives k of the chosen articles, or all of them, though others would be ranked before them."""
    expected = {article.id for article in ARTICLES if passes(article, where)}
    for stage in ("dense", "lexical", "hybrid"):
        hits = search(index, "the dam held", k, where, stage=stage, first_stage_k=2)
        found = [hit.passage.article_id for hit in hits]
        assert set(found) <= expected
        assert len(found) == min(k, len(expected))


@given(FILTERS)
def test_a_filter_changes_no_word_score(index: Index, where: Filter) -> None:
    """The scores of words are those of the whole index, so that filtering is the same as leaving out."""
    every, chosen = (
        [
            (hit.passage, hit.score)
            for hit in search(index, "dam in year 7", 1_000, only, stage="lexical")
        ]
        for only in (None, where)
    )
    expected = {article.id for article in ARTICLES if passes(article, where)}
    assert chosen == [
        (passage, score) for passage, score in every if passage.article_id in expected
    ]


@given(st.dates(dt.date(1000, 1, 1), dt.date(9999, 11, 30)))
def test_dates_are_read_in_every_usual_form(day: dt.date) -> None:
    """A day is the same number however it is written, and the month and year that hold it begin and end around it."""
    number = int(f"{day:%Y%m%d}")
    month = f"{day:%B}"
    for written in (
        f"{day}",
        f"{day}T23:59:59+09:00",
        f"{day:%Y%m%d}",
        f" {day.day} {month} {day.year}",
    ):
        assert days(written) == (number, number)
    for written in (f"{day:%Y-%m}", f"{day:%Y}"):
        first, last = days(written) or (0, 0)
        assert first <= number <= last
    assert days(f"{day:%Y}") == (day.year * 10000 + 101, day.year * 10000 + 1231)
    assert days(f"{day:%Y-%m}") == (number // 100 * 100 + 1, int(f"{_month_end(day):%Y%m%d}"))


def _month_end(day: dt.date) -> dt.date:
    later = day.replace(day=28) + dt.timedelta(days=4)
    return later - dt.timedelta(days=later.day)


@given(st.text())
def test_any_text_is_a_date_or_none(written: str) -> None:
    """No text of an article breaks its being read as a date, and what is read is a range of days."""
    known = days(written)
    assert known is None or 10101 <= known[0] <= known[1] <= 99991231


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"since": "yesterday"}, "since = 'yesterday': write a date as 2024-01-31"),
        ({"until": "2024-02-30"}, "until = '2024-02-30'"),
        ({"until": "3 March 2025"}, "until = '3 March 2025'"),
        (
            {"since": "2025-02", "until": "2025-01"},
            "since = '2025-02' comes after until = '2025-01'",
        ),
    ],
)
def test_bad_dates_are_named(conditions: dict[str, str], message: str) -> None:
    """A date that cannot be, or a range that holds nothing, is refused with its name."""
    with pytest.raises(SettingsError, match=message):
        Filter(**conditions)  # type: ignore[arg-type]


def test_a_filter_without_conditions_is_none() -> None:
    """An empty filter lets everything through, like no filter; any condition makes it one."""
    assert not Filter()
    assert Filter(until="2024")
    assert str(Filter("A", "B", "2024", "2025", ("x", "y"))) == (
        "source “A”, author “B”, since 2024, until 2025, articles x, y"
    )


@pytest.mark.parametrize(
    ("where", "said"),
    [
        (Filter(article_ids=("a1", "a2")), "Searched were only 2 articles: articles a1, a2."),
        (Filter(article_ids=("a1",)), "Searched was only 1 article: article a1."),
        (
            Filter("Upland Dispach"),
            "No article matches: source “Upland Dispach”. Did you mean the source “upland",
        ),
        (Filter(author="Zz"), "No article matches: author “Zz”. No article names such an author."),
        (
            Filter(article_ids=("zz", "a1"), since="2030"),
            "No article matches: since 2030, articles zz, a1. Unknown",
        ),
    ],
)
def test_what_was_searched_is_said(index: Index, where: Filter, said: str) -> None:
    """A filter is told in words with how much it let through; where that is nothing, with what may be meant."""
    with index.snapshot() as snapshot:
        assert snapshot.describe(where).startswith(said)


def test_an_abstention_says_what_was_searched(tmp_path: Path) -> None:
    """Without an answer in the chosen articles the text names the filter, its brackets changed to be no markers."""
    index = memory_index(
        tmp_path, [Article("[1]", "Dam", "The dam held."), Article("b", "Ferry", "It sank.")]
    )
    made = Pipeline(index, reader=ScriptedReader({}))
    answer = made.answer("who?", where=Filter(article_ids=("[1]",)))
    assert (
        answer.text
        == f"{ABSTENTION} Nearest to it: “Dam”. Searched was only 1 article: article (1)."
    )
    assert made.answer("who?", where=Filter("Nobody")).text == (
        "No article matches: source “Nobody”. No article names such a source."
    )
    assert made.answer("who?", where=Filter("Nobody")).hits == ()
    assert "Searched" not in made.answer("who?", where=Filter()).text

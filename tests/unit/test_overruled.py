"""What a correction repeats, and what was so at another time, is no answer."""

from __future__ import annotations

import pytest

from qa.answering.overruled import weighed
from qa.types import Article, Evidence, Filter

CORRECTION = Article(
    "c",
    "Correction: ten dead, not eleven",
    "On 8 March this newspaper reported that 11 people had died. The correct number is 10.",
    "Ledger",
    "2025-03-12",
)
PRICE = Article(
    "p",
    "Price of dam climbs",
    "In February the bill was 214 million. It is 268 million now.",
    "Dispatch",
    "2025-03-20",
)
ARTICLES = {article.id: article for article in (CORRECTION, PRICE)}
MARCH = Filter(since="2025-03-01", until="2025-03-31")


def found(article: Article, short: str, score: float) -> Evidence:
    """Return evidence for a short answer, with its sentence."""
    first = article.text.index(short)
    start = article.text.rfind(". ", 0, first)
    start = 0 if start < 0 else start + 2
    end = article.text.index(".", first) + 1
    return Evidence(article.id, start, end, first, first + len(short), score)


def shorts(evidence: list[Evidence]) -> list[str]:
    """Return the short answers."""
    return [ARTICLES[e.article_id].text[e.short_start : e.short_end] for e in evidence]


def test_what_a_correction_repeats_is_not_what_it_says() -> None:
    """The figure that the paper had printed comes behind the one that it corrects it to."""
    evidence = [found(CORRECTION, "11", 0.9), found(CORRECTION, "10", 0.5)]
    assert shorts(weighed(evidence, ARTICLES, {"c"})) == ["10", "11"]
    assert weighed(evidence, ARTICLES, ()) == evidence


def test_what_was_so_before_the_time_asked_about() -> None:
    """An article of March that tells of February does not say how things were in March."""
    evidence = [found(PRICE, "214 million", 0.9), found(PRICE, "268 million", 0.6)]
    assert shorts(weighed(evidence, ARTICLES, (), within=MARCH)) == ["268 million", "214 million"]
    assert weighed(evidence, ARTICLES, ()) == evidence


def test_a_year_may_be_the_head_of_a_table() -> None:
    """A row without a date of its own names the year that was asked about by its number."""
    budget = Article("b", "Budget", "Schools, 2025: 6.4 million. Roads, 2024: 3.1 million.")
    where = Filter(since="2025-01-01", until="2025-05-04")
    evidence = [found(budget, short, 0.8) for short in ("6.4", "3.1")]
    scores = [e.score for e in weighed(evidence, {"b": budget}, (), without=where)]
    assert scores == pytest.approx([0.8, 0.16])


@pytest.mark.parametrize(("month", "kept"), [("02", True), ("01", False)])
def test_articles_of_another_time_count_where_they_name_the_time(month: str, *, kept: bool) -> None:
    """Nothing of February was found: only a sentence that names February answers."""
    where = Filter(since=f"2025-{month}-01", until=f"2025-{month}-28")
    (item,) = weighed([found(PRICE, "214 million", 0.8)], ARTICLES, (), without=where)
    assert item.score == pytest.approx(0.8 if kept else 0.16)

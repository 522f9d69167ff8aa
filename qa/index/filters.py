"""What articles can be filtered by: facets of (name, value), and the SQL condition of a filter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from qa.dates import days
from qa.languages import code_of
from qa.text import normalise
from qa.types import Article, Filter

# What separates several authors of one article.
_BETWEEN_AUTHORS = re.compile(r"\s*(?:[,;&/|]|\band\b)\s*")


def facets(article: Article) -> Iterator[tuple[str, str | int]]:
    """Yield the article's facets: source, each author, places, language, and day as a number.

    A month or a year counts as its first day. A date that is not understood gives no facet.
    """
    if article.source:
        yield "source", fold_name(article.source)
    authors = fold_name(article.author)
    for author in {authors, *_BETWEEN_AUTHORS.split(authors)} - {""}:
        yield "author", author
    place = fold_name(article.place)
    for name in {place, *_BETWEEN_AUTHORS.split(place)} - {""}:
        yield "place", name
    if language := code_of(article.language):
        yield "language", language
    if known := days(article.published):
        yield "day", known[0]


def fold_name(name: str) -> str:
    """Return a name as it is compared: without regard to case and white space."""
    return " ".join(normalise(name).casefold().split())


def sql_condition(column: str, where: Filter | None) -> tuple[str, list[Any]]:
    """Return a condition on `column`, which holds article ids, and the condition's parameters.

    Days, sources, authors, places and languages are looked up in the table `facets`, which is
    indexed by them.
    """
    if not where:
        return "true", []
    parts: list[tuple[str, list[Any]]] = [
        ("SELECT article_id FROM facets WHERE name = ? AND value = ?", [name, fold_name(wanted)])
        for name, wanted in (
            ("source", where.source),
            ("author", where.author),
            ("place", where.place),
            ("language", code_of(where.language)),
        )
        if wanted
    ]
    if where.since or where.until:
        between = "SELECT article_id FROM facets WHERE name = 'day' AND value BETWEEN ? AND ?"
        parts.append((between, [where.first_day, where.last_day]))
    if where.article_ids:
        parts.append(("SELECT value FROM json_each(?)", [json.dumps(where.article_ids)]))
    sql = " INTERSECT ".join(part for part, _ in parts)
    return f"{column} IN ({sql})", [value for _, values in parts for value in values]

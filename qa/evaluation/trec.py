"""Writes a result as trec_eval reads it: a run, and the judgements that it is to be measured with.

Source: the formats of TREC, `query Q0 document rank score tag` and `query 0 document grade`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from qa.evaluation.result import Result, Row

_BREAKING = re.compile(r"[\s%]")
TAG = "qa"


def run_lines(result: Result) -> Iterator[str]:
    """Yield the ranking of each question: its articles, each at the rank of its first passage.

    The score is one over the rank, so that trec_eval, which sorts by it, keeps the order.
    """
    for row in result.rows:
        for rank, article_id in enumerate(dict.fromkeys(hit.article_id for hit in row.hits), 1):
            yield f"{_word(row.id)} Q0 {_word(article_id)} {rank} {1 / rank:.6f} {TAG}\n"


def qrels_lines(result: Result) -> Iterator[str]:
    """Yield the gold articles of each question with their grades; one that holds a gold span has grade 1."""
    for row in result.rows:
        for article_id, grade in _grades(row).items():
            yield f"{_word(row.id)} 0 {_word(article_id)} {grade}\n"


def _grades(row: Row) -> dict[str, int]:
    return row.relevance or dict.fromkeys((span.article_id for span in row.relevant), 1)


def _word(identifier: str) -> str:
    """Return an id as one word: white space, which parts the columns, and `%` as in an address."""
    return _BREAKING.sub(lambda match: quote(match.group()), identifier)

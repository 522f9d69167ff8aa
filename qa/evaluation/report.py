"""Results as tables: for the terminal, in Markdown, and as trec_eval reads them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from qa.evaluation.breakdown import breakdowns, cells
from qa.evaluation.comparison import Difference
from qa.evaluation.metrics import METRICS
from qa.evaluation.result import Estimate, Result

_WIDTH = 100
_NONE = "–"
_TREC_TAG = "qa"
# White space separates the columns of a TREC file, and ids are percent-encoded.
_TREC_ESCAPED = re.compile(r"[\s%]")


def table(result: Result) -> str:
    """Return the metrics as a table for the terminal, and what passed by kind of question."""
    title = (
        f"{result.name}: {len(result.rows)} questions, {result.articles} articles, "
        f"settings {result.fingerprint}"
    )
    grid = Table(title=title, title_justify="left")
    grid.add_column("metric")
    for name in ("value", "95 % interval", "n"):
        grid.add_column(name, justify="right")
    for name, found in result.metrics.items():
        value, low, high = (shown(name, number) for number in (found.value, found.low, found.high))
        grid.add_row(name, value, f"{low} to {high}", str(found.n))
    return "\n".join([render(grid), *_by_kind(result)])


def _by_kind(result: Result) -> Iterator[str]:
    for breakdown in breakdowns(result.rows):
        grid = Table(title=f"by {breakdown.title}", title_justify="left")
        grid.add_column(breakdown.title.split(",")[0])
        for name in ("n", "passed", "wrong"):
            grid.add_column(name, justify="right")
        for group in breakdown.groups:
            grid.add_row(*cells(group))
        yield render(grid)


def comparison_table(differences: Sequence[Difference]) -> str:
    """Return a comparison as a table for the terminal; significant changes are marked."""
    grid = Table(title="before and after, same questions", title_justify="left")
    grid.add_column("metric")
    for name in ("before", "after", "difference", "95 % interval", "n"):
        grid.add_column(name, justify="right")
    grid.add_column("")
    for item in differences:
        values = [item.metric.shown(value) for value in (item.before, item.after)]
        change, low, high = (
            item.metric.shown(value, sign=True) for value in (item.difference, item.low, item.high)
        )
        row = [*values, change, f"{low} to {high}", str(item.n), item.verdict]
        grid.add_row(item.metric.name, *row)
    return render(grid)


def render(grid: Table, *, width: int = _WIDTH) -> str:
    """Return a table as text, at most `width` characters wide."""
    page = io.StringIO()
    Console(file=page, width=width, color_system=None).print(grid)
    return page.getvalue()


def markdown(results: Sequence[Result], headings: Sequence[str] | None = None) -> str:
    """Return a Markdown table, metrics down and sets across, each value with its interval.

    Args:
        results: one for each column.
        headings: one for each column; by default the sets and how they were asked.
    """
    order = {name: place for place, name in enumerate(METRICS)}
    names = dict.fromkeys(name for result in results for name in result.metrics)
    lines = [
        ["metric", *(headings or [result.name for result in results])],
        ["---", *("---:" for _ in results)],
        ["questions", *(str(len(result.rows)) for result in results)],
        ["articles", *(str(result.articles) for result in results)],
    ]
    lines += (
        [f"`{name}`", *(cell(name, result.metrics.get(name)) for result in results)]
        for name in sorted(names, key=lambda name: order.get(name, len(order)))
    )
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def cell(name: str, estimate: Estimate | None) -> str:
    """Return a metric's value with its interval, as the Markdown tables show it."""
    if estimate is None:
        return _NONE
    return f"{shown(name, estimate.value)} ({estimate.low:.3f} to {estimate.high:.3f})"


def shown(name: str, value: float) -> str:
    """Return a value of a metric with its unit; a metric that is not ours has none."""
    return METRICS[name].shown(value) if name in METRICS else f"{value:.3f}"


def metric_list() -> str:
    """Return a Markdown table of all metrics: name, meaning, and which questions count."""
    rows = [["key", "what it is", "counts"], ["---"] * 3]
    rows += ([f"`{one.name}`", one.meaning, one.counts] for one in METRICS.values())
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def trec_run(result: Result) -> Iterator[str]:
    """Yield the lines of a TREC run, `query Q0 document rank score tag`.

    An article has the rank of its first passage. The score is 1 / rank, so that trec_eval, which
    sorts by it, keeps the order.
    """
    for row in result.rows:
        for rank, article_id in enumerate(dict.fromkeys(hit.article_id for hit in row.hits), 1):
            columns = (_trec_id(row.id), "Q0", _trec_id(article_id), rank, f"{1 / rank:.6f}")
            yield f"{' '.join(map(str, columns))} {_TREC_TAG}\n"


def trec_qrels(result: Result) -> Iterator[str]:
    """Yield the lines of TREC's relevance judgements, `query 0 document grade`.

    An article that holds a gold span has grade 1.
    """
    for row in result.rows:
        grades = row.relevance or dict.fromkeys((span.article_id for span in row.relevant), 1)
        for article_id, grade in grades.items():
            yield f"{_trec_id(row.id)} 0 {_trec_id(article_id)} {grade}\n"


def _trec_id(identifier: str) -> str:
    return _TREC_ESCAPED.sub(lambda match: quote(match.group()), identifier)

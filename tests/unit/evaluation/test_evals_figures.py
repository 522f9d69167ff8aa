"""The short table of figures comes from what was measured."""

from __future__ import annotations

import pytest

from evals.figures import HEAD, METRICS_PAGE, PAGES, ROWS, renewed, with_metrics
from evals.run_all import RUNS
from qa.evaluation import Estimate

SAYS = "XQuAD-en, searched: F1; first quote holds the answer"
OLD = f"| {SAYS} | 0.1; 0.2 |\n| RGB counterfactual: both accounts shown | 0.3 |\n| Something else | 0.4 |\n"
F1, QUOTE = Estimate(0.75149, 0.718, 0.782, 5), Estimate(0.9, 0.8, 1.0, 5)


def test_a_row_is_renewed_once_all_its_figures_are_there() -> None:
    """Values stand with their intervals; rows without figures, other rows and the text around stay."""
    page = f"Before\n\n{HEAD}{OLD}\nAfter | all\n"
    made = renewed(page, {"xquad-en": {"f1": F1, "quote_contains_answer": QUOTE}})
    row = f"| {SAYS} | 0.751 (0.718 to 0.782); 0.900 (0.800 to 1.000) |\n"
    assert made == page.replace(f"| {SAYS} | 0.1; 0.2 |\n", row)
    assert renewed(page, {"xquad-en": {"f1": F1}}) == page


def test_a_page_without_the_table_is_an_error() -> None:
    """A table that was renamed is not silently left as it was."""
    with pytest.raises(ValueError, match="no table"):
        renewed("Nothing here.\n", {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_both_pages_have_every_row(page: object) -> None:
    """README and card hold the table with all rows, and nothing but rows whose runs there are."""
    rows = page.read_text(encoding="utf-8").partition(HEAD)[2].partition("\n\n")[0]  # type: ignore[attr-defined]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows.splitlines()] == list(ROWS)
    runs = {
        figure.split(":")[0].removeprefix("{")
        for row in ROWS.values()
        for figure in row.split()
        if "{" in figure
    }
    assert runs <= {*RUNS, "corpus"}


def test_the_table_of_metrics_is_that_of_their_definitions() -> None:
    """evals/README.md lists each metric as it is defined; `python -m evals.figures` writes it."""
    text = METRICS_PAGE.read_text(encoding="utf-8")
    assert with_metrics(text) == text
    with pytest.raises(ValueError, match="no table of metrics"):
        with_metrics("Nothing here.\n")

"""The report of a result as one self-contained HTML page: `qa eval SET --report DIR`."""

from __future__ import annotations

import base64
import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qa.evaluation.breakdown import breakdowns, cells, groups_of
from qa.evaluation.corpus import Corpus
from qa.evaluation.metrics import METRICS
from qa.evaluation.page.outcomes import WORDS, outcomes, wrong_answers
from qa.evaluation.page.plots import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, plots
from qa.evaluation.result import Estimate, Result, write_whole

if TYPE_CHECKING:
    import jinja2

NAME = "report.html"
_FOLDER = Path(__file__).parent


def write_report(result: Result, corpus: Corpus, folder: Path) -> Path:
    """Write the page into a folder, which is created if necessary, and return its path.

    Args:
        result: of a run.
        corpus: the articles that were searched or given.
        folder: where to write `report.html`.

    Raises:
        QAError: the file cannot be written.
    """
    path = folder / NAME
    write_whole(path, html(result, corpus))
    return path


def html(result: Result, corpus: Corpus) -> str:
    """Return the page: metrics, plots, and the wrong answers by kind. All values are escaped."""
    style, script = (
        (_FOLDER / name).read_text(encoding="utf-8") for name in ("report.css", "report.js")
    )
    texts = corpus.texts()
    page = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            result=result,
            metrics=metric_rows(result),
            outcomes=outcomes(result.rows, texts),
            breakdowns=breakdowns(result.rows),
            cells=cells,
            groups_of=groups_of,
            plots=plots(result.rows),
            wrong=wrong_answers(result, corpus.records, texts),
            names={key: name for key, (name, _) in WORDS.items()},
            size={
                "width": WIDTH,
                "height": HEIGHT,
                "left": LEFT,
                "right": RIGHT,
                "top": TOP,
                "bottom": BOTTOM,
            },
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )
    # JSON can hold unpaired surrogates, which cannot be encoded in a file.
    return page.encode("utf-8", "replace").decode("utf-8")


def _hash(text: str) -> str:
    """Return the hash by which a content security policy allows an inline text."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@functools.cache
def _environment() -> jinja2.Environment:
    # Slow to import, and needed by a report only.
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A line of the table; `share` means that the metric lies in [0, 1] and is drawn as a bar."""

    key: str
    name: str
    meaning: str
    metric: Estimate
    share: bool

    def shown(self, value: float) -> str:
        """Return a value with its unit."""
        return f"{value:.3f}" if self.share else f"{value:.2f} s"


def metric_rows(result: Result) -> list[MetricRow]:
    """Return a line for each metric of a result, in its order."""
    lines = []
    for key, estimate in result.metrics.items():
        metric = METRICS.get(key)
        name, meaning = (metric.title, metric.meaning) if metric else (key, "")
        share = metric is None or not metric.unit
        lines.append(MetricRow(key, name, meaning, estimate, share=share))
    return lines

"""The report of a result as one page of HTML that needs nothing else: `qa eval SET --report DIR`."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from qa.evaluation.corpus import Corpus
from qa.evaluation.page.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from qa.evaluation.page.outcomes import WORDS, outcomes
from qa.evaluation.page.plots import plots
from qa.evaluation.page.rows import metric_rows
from qa.evaluation.page.wrong import wrong_answers
from qa.evaluation.report import write_whole
from qa.evaluation.result import Result

if TYPE_CHECKING:
    import jinja2

NAME = "report.html"
_FOLDER = Path(__file__).parent


def write_report(result: Result, corpus: Corpus, folder: Path) -> Path:
    """Write the page into a folder, which is made if need be, and return its path.

    Args:
        result: of a run.
        corpus: the articles that were searched, or given.
        folder: where to write `report.html`.

    Raises:
        QAError: the file cannot be written.
    """
    path = folder / NAME
    write_whole(path, html(result, corpus))
    return path


def html(result: Result, corpus: Corpus) -> str:
    """Return the page: metrics, plots, and each wrong answer by its kind. Every value in it is escaped."""
    style, script = (_asset(name) for name in ("report.css", "report.js"))
    texts = corpus.texts()
    page = (
        _environment()
        .get_template("report.html.jinja")
        .render(
            result=result,
            metrics=metric_rows(result),
            outcomes=outcomes(result.rows, texts),
            plots=plots(result.rows),
            wrong=wrong_answers(result, corpus.records, texts),
            names={key: name for key, (name, _) in WORDS.items()},
            size={"width": WIDTH, "height": HEIGHT, "left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM},
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )
    # JSON can hold halves of surrogate pairs, and no file of text can.
    return page.encode("utf-8", "replace").decode("utf-8")


def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return what a content security policy allows a text by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@functools.cache
def _environment() -> jinja2.Environment:
    # Needed by a report only, and not quick to import.
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

"""Runs the question sets that the README reports: what `make eval` does.

    python -m evals.run_all [--limit N] [--record] [--vary NAME=VALUE,VALUE] [RUN ...]

Each run does what `qa eval` does, is compared with its baseline in evals/baselines, and is saved in
evals/results with the tables and a plot of all results. The exit code is 1 if a metric got
significantly worse.

A RUN is a name in `RUNS` below, a set in evals/sets, or the folder of any set; after the name or
folder of a set, `-half` leaves out every second article. Without a RUN, all are made that there are
data for. The environment variable QA_DATASETS names the folder of the public sets.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qa import Settings
from qa.answering.reader import Reader
from qa.cli.evaluating import compare_with, run_grid, run_set
from qa.errors import QAError
from qa.evaluation import Options, Result, is_set, load, markdown, save, to_baseline, write_whole
from qa.models.span_model import SpanModel, WindowLogits

HERE = Path(__file__).resolve().parent
OWN = HERE / "sets"
RESULTS = HERE / "results"
BASELINES = HERE / "baselines"
PLOT = "risk-coverage.png"
HALF = "-half"
ALWAYS = "-always"
TIMES = ("seconds_p50", "seconds_p95")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a set.

    Attributes:
        set: where it is, below the folder of public sets.
        options: how it is asked; questions about articles that taught the reader are left out, too.
        threshold: the lowest confidence of an answer; None for the shipped one. At 0 every question
            is answered.
    """

    set: str
    options: Options = field(default_factory=Options)
    threshold: float | None = None


RUNS = {
    "xquad-en": Run("dev/xquad-en"),
    "xquad-en-half": Run("dev/xquad-en", Options(half=True)),
    "qed-nq": Run("dev/qed-nq"),
    "qed-nq-half": Run("dev/qed-nq", Options(half=True)),
    "rgb-counterfactual": Run(
        "dev/rgb-counterfactual", Options(where="kind=positive,positive_wrong")
    ),
    "squad2": Run("dev/squad2", Options(given="paragraph")),
    "qamr-news": Run("dev/qamr-news", Options(given="article")),
    "shifts-reddit": Run("dev-paragraphs/shifts-reddit", Options(given="article")),
    "shifts-amazon": Run("dev-paragraphs/shifts-amazon", Options(given="article")),
}
"""The runs of public sets. Each is made again with the threshold 0, as `NAME-always`, right after.

What the first one read is remembered for the second, whose times are therefore left out.
"""
RUNS = {
    name: run
    for plain, run_ in RUNS.items()
    for name, run in ((plain, run_), (plain + ALWAYS, dataclasses.replace(run_, threshold=0.0)))
}

DRAWN = ("xquad-en", "xquad-en-half", "qed-nq", "qed-nq-half", "squad2")
"""The runs whose confidence is plotted."""

TAUGHT: Mapping[str, Sequence[str]] = json.loads((HERE / "taught.json").read_text(encoding="utf-8"))
"""By set, the articles that taught the reader, or share paragraphs with those that did."""

INTRODUCTION = """# Results

Written by `make eval` (evals/run_all.py); not edited by hand. Each value is followed by its 95 %
bootstrap interval. [evals/README.md](../README.md) says what each metric means. No question is
asked about an article that taught the reader ([taught.json](../taught.json)).
"""
SEARCHED = """
## Asked of the whole collection

"half": every second article was left out, so that the questions about these must be abstained
from. In `rgb-counterfactual` half of the articles tell what is true, and half what is not.

"""
GIVEN = """
## Read with the text given

Nothing was searched: `squad2` was read with the paragraph where a question was asked, the others
with its article.

"""
ANSWERED = """
## Always answered

The same at the threshold 0, so that no question is abstained from. `em` and `f1` count the
questions that have an answer, as always.

"""
PICTURE = f"""
## Confidence

![Risk against coverage, and the share of right answers at each confidence]({PLOT})

The lines are those of the runs that always answer. Each point is what the program does at its own
threshold.
"""


class RememberedModel(SpanModel):
    """The reader's network, which reads each question and text once."""

    def __init__(self) -> None:
        super().__init__()
        self._read: dict[tuple[str, str, str], list[WindowLogits]] = {}

    def read(self, question: str, text: str, title: str = "") -> Iterator[WindowLogits]:
        """Yield the logits of each window of `text`."""
        key = (question, text, title)
        if key not in self._read:
            self._read[key] = list(super().read(question, text, title))
        return iter(self._read[key])


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs, print tables and changes, write the results; return the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    whole = options.limit is None and not options.vary
    if options.record and not whole:
        parser.error("a baseline is recorded of a whole run: leave out --limit and --vary")
    worst, reader = 0, Reader(RememberedModel())
    try:
        for name in options.runs or _available():
            place, how = asked(name, options.limit)
            settings = Settings.from_env(threshold=how.threshold)
            if options.vary:
                run_grid(place, options.vary, settings, how.options, label=name)
                continue
            if not name.endswith(ALWAYS):
                reader = Reader(RememberedModel())
            result = run_set(place, settings, how.options, reader=reader, label=name)
            if name.endswith(ALWAYS):
                result = _without_times(result)
            file = f"{Path(name).name}.json"
            worst = max(worst, _compared(BASELINES / file, result))
            # A part of a set is a trial: it never replaces the results of the whole.
            if whole:
                save(result, RESULTS / file)
            if options.record:
                write_whole(BASELINES / file, to_baseline(result))
        if whole:
            _write(_saved())
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    return 0 if options.record else worst


def _without_times(result: Result) -> Result:
    metrics = {name: value for name, value in result.metrics.items() if name not in TIMES}
    return dataclasses.replace(result, metrics=metrics)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Run question sets and write the tables of their results."
    )
    parser.add_argument(
        "runs", nargs="*", metavar="RUN", help="a run's name, or a set's folder (-half: half of it)"
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", help="only the first N questions; nothing is written"
    )
    parser.add_argument(
        "--record", action="store_true", help="make these results the baselines; the exit code is 0"
    )
    parser.add_argument(
        "--vary",
        action="append",
        metavar="NAME=VALUE,VALUE",
        help="run every combination of these settings instead, as qa eval does; nothing is written",
    )
    return parser


def _compared(file: Path, result: Result) -> int:
    """Print what changed since a baseline; return the exit code: 2 if they cannot be compared."""
    if not file.is_file():
        print(f"{file.stem}: there is no baseline; --record makes one", file=sys.stderr)
        return 0
    try:
        return compare_with(load(file), result)
    except QAError as error:
        print(f"{file.stem}: {error} (--record renews the baseline)", file=sys.stderr)
        return 2


def _available() -> list[str]:
    """Return the names of the runs that there are data for, own sets first."""
    if not os.environ.get("QA_DATASETS"):
        print(f"QA_DATASETS is not set: leaving out {', '.join(RUNS)}", file=sys.stderr)
    own = sorted(path.parent.name for path in OWN.glob("*/questions.jsonl"))
    return own + [name for name, planned in RUNS.items() if is_set(_public(planned.set))]


def _public(place: str) -> Path:
    return Path(os.environ.get("QA_DATASETS", "")) / place


def asked(name: str, limit: int | None) -> tuple[Path, Run]:
    """Return where the set of a run is, and how it is asked.

    Questions about articles that taught the reader are left out.
    """
    if name in RUNS:
        place, planned = _public(RUNS[name].set), RUNS[name]
    else:
        folder = name.removesuffix(HALF)
        place = OWN / folder if (OWN / folder).is_dir() else Path(folder)
        planned = Run(folder, Options(half=name.endswith(HALF)))
    options = dataclasses.replace(
        planned.options, limit=limit, without=tuple(TAUGHT.get(place.name, ()))
    )
    return place, dataclasses.replace(planned, options=options)


def _saved() -> dict[str, Result]:
    """Return run -> saved result: own sets first, then in the order of `RUNS`."""
    order = {name: place for place, name in enumerate(RUNS)}
    stems = sorted(path.stem for path in RESULTS.glob("*.json"))
    stems.sort(key=lambda stem: (not (OWN / stem).is_dir(), order.get(stem, len(order))))
    return {stem: load(RESULTS / f"{stem}.json") for stem in stems}


def _write(results: Mapping[str, Result]) -> None:
    """Write the tables of all results, and the plot of those that have one."""
    text = INTRODUCTION
    always = {name for name, result in results.items() if result.settings.get("threshold") == 0}
    given = {name for name, result in results.items() if result.given} - always
    for heading, names in (
        (SEARCHED, results.keys() - always - given),
        (GIVEN, given),
        (ANSWERED, always),
    ):
        shown = [name for name in results if name in names]
        if shown:
            text += heading + markdown([results[name] for name in shown], shown)
    drawn = {
        name: (results[name + ALWAYS], results[name])
        for name in DRAWN
        if {name, name + ALWAYS} <= {*results}
    }
    if _draw(drawn):
        text += PICTURE
    write_whole(RESULTS / "README.md", text)


def _draw(results: Mapping[str, tuple[Result, Result]]) -> bool:
    """Draw the plot; return whether there is one."""
    if not results:
        return False
    if importlib.util.find_spec("matplotlib") is None:
        print(
            f"matplotlib is not installed: {PLOT} stays as it is (`make test` sets it up)",
            file=sys.stderr,
        )
        return (RESULTS / PLOT).is_file()
    from evals import plots  # noqa: PLC0415 - only where matplotlib is

    plots.draw(results, RESULTS / PLOT)
    return True


if __name__ == "__main__":
    sys.exit(main())

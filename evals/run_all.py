"""Runs the question sets that the README reports, and writes their tables and a plot: what `make eval` does.

    python evals/run_all.py [--limit N] [RUN ...]

A RUN is a name in `RUNS` below, a set in evals/sets, or the folder of any set; after a set's name or folder, `-half`
leaves out every second article. Without any, all run for which there are data. The public sets lie in the folder that
the environment variable QA_DATASETS names.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rich.progress import Progress, TaskID

from qa import Settings
from qa.errors import QAError
from qa.evaluation import Options, Result, is_set, load, markdown, run, save, table
from qa.evaluation.report import write_whole

HERE = Path(__file__).resolve().parent
OWN = HERE / "sets"
RESULTS = HERE / "results"
PLOT = "risk-coverage.png"
HALF = "-half"
ALWAYS = "-always"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a set.

    Attributes:
        set: where it is, below the folder of public sets.
        options: how it is asked; the questions about articles that taught the reader are left out besides.
        threshold: the least confidence of an answer; None: the shipped one. At 0 every question is answered.
    """

    set: str
    options: Options = field(default_factory=Options)
    threshold: float | None = None


RUNS = {
    "xquad-en": Run("dev/xquad-en"),
    "xquad-en-half": Run("dev/xquad-en", Options(half=True)),
    "qed-nq": Run("dev/qed-nq"),
    "qed-nq-half": Run("dev/qed-nq", Options(half=True)),
    "rgb-counterfactual": Run("dev/rgb-counterfactual", Options(where="kind=positive,positive_wrong")),
    "squad2": Run("dev/squad2", Options(given="paragraph")),
    "qamr-news": Run("dev/qamr-news", Options(given="article")),
    "shifts-reddit": Run("dev-paragraphs/shifts-reddit", Options(given="article")),
    "shifts-amazon": Run("dev-paragraphs/shifts-amazon", Options(given="article")),
}
"""The runs of public sets. Each is made once more under its name and `-always`, with the threshold 0."""
RUNS |= {name + ALWAYS: dataclasses.replace(plain, threshold=0.0) for name, plain in RUNS.items()}

DRAWN = ("xquad-en", "xquad-en-half", "qed-nq", "qed-nq-half", "squad2")
"""The runs whose confidence is drawn."""

TAUGHT: Mapping[str, Sequence[str]] = json.loads((HERE / "taught.json").read_text(encoding="utf-8"))
"""By set, the articles that taught the reader, or share paragraphs with those that did."""

INTRODUCTION = """# Results

Written by `make eval` (evals/run_all.py); not edited by hand. Each value is followed by its 95 % bootstrap interval.
What a metric means is said in [evals/README.md](../README.md). No question is asked about an article that taught the
reader ([taught.json](../taught.json)).
"""
SEARCHED = """
## Asked of the whole collection

"half": every second article was left out, so that the questions about these must be abstained from. In
`rgb-counterfactual` half of the articles tell what is true, and half what is not.

"""
GIVEN = """
## Read with the text given

Nothing was searched: `squad2` was read with the paragraph where a question was asked, the others with its article.

"""
ANSWERED = """
## Always answered

The same at the threshold 0, so that no question is abstained from. `em` and `f1` count the questions that have an
answer, as ever.

"""
PICTURE = f"""
## Confidence

![Risk against coverage, and the share of right answers at each confidence]({PLOT})

The lines are those of the runs that always answer. Each point is what the program does at its own threshold.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the runs, print their tables, write the results; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        for name in options.runs or _available():
            result = _run(name, options.limit)
            print(table(result), flush=True)
            # A part of a set is a trial: it never replaces the figures of the whole.
            if options.limit is None:
                save(result, RESULTS / f"{Path(name).name}.json")
        if options.limit is None:
            _write(_saved())
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run question sets and write the tables of their results.")
    parser.add_argument("runs", nargs="*", metavar="RUN", help="a run's name, or a set's folder (-half: half of it)")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N questions; nothing is written")
    return parser


def _available() -> list[str]:
    """Return the names of the runs that there are data for, own sets first."""
    if not os.environ.get("QA_DATASETS"):
        print(f"QA_DATASETS is not set: leaving out {', '.join(RUNS)}", file=sys.stderr)
    own = sorted(path.parent.name for path in OWN.glob("*/questions.jsonl"))
    return own + [name for name, planned in RUNS.items() if is_set(public(planned.set))]


def public(place: str) -> Path:
    """Return the folder of a public set."""
    return Path(os.environ.get("QA_DATASETS", "")) / place


def _planned(name: str) -> tuple[Path, Run]:
    """Return where the set of a run is, and how it is asked."""
    if name in RUNS:
        return public(RUNS[name].set), RUNS[name]
    place = name.removesuffix(HALF)
    own = OWN / place
    return own if own.is_dir() else Path(place), Run(place, Options(half=name.endswith(HALF)))


def _run(name: str, limit: int | None) -> Result:
    place, planned = _planned(name)
    without = tuple(TAUGHT.get(place.name, ()))
    options = dataclasses.replace(planned.options, limit=limit, without=without)
    with Progress(transient=True) as bar:
        task = bar.add_task(name, total=None)
        settings = Settings.from_env(threshold=planned.threshold)
        return run(place, settings, options, progress=_shown(bar, task, name))


def _shown(bar: Progress, task: TaskID, name: str) -> Callable[[str, int, int], None]:
    def show(doing: str, done: int, total: int) -> None:
        bar.update(task, description=f"{name}: {doing}", completed=done, total=total)

    return show


def _saved() -> dict[str, Result]:
    """Return all results that were written, by the name of their run: own sets first, then in the order of `RUNS`."""
    order = {name: place for place, name in enumerate(RUNS)}
    stems = sorted(path.stem for path in RESULTS.glob("*.json"))
    stems.sort(key=lambda stem: (not (OWN / stem).is_dir(), order.get(stem, len(order))))
    return {stem: load(RESULTS / f"{stem}.json") for stem in stems}


def _write(results: Mapping[str, Result]) -> None:
    """Write the tables of all results, and the plot of those that have one."""
    text = INTRODUCTION
    always = {name for name, result in results.items() if result.settings.get("threshold") == 0}
    given = {name for name, result in results.items() if result.given} - always
    for heading, names in ((SEARCHED, results.keys() - always - given), (GIVEN, given), (ANSWERED, always)):
        shown = [name for name in results if name in names]
        if shown:
            text += heading + markdown([results[name] for name in shown], shown)
    if _draw({name: (results[name + ALWAYS], results[name]) for name in DRAWN if {name, name + ALWAYS} <= {*results}}):
        text += PICTURE
    write_whole(RESULTS / "README.md", text)


def _draw(results: Mapping[str, tuple[Result, Result]]) -> bool:
    """Draw the plot, and tell whether there is one."""
    if not results:
        return False
    if importlib.util.find_spec("matplotlib") is None:
        print(f"matplotlib is not installed: {PLOT} stays as it is (`make test` sets it up)", file=sys.stderr)
        return (RESULTS / PLOT).is_file()
    from evals import plots  # noqa: PLC0415 - only where matplotlib is

    plots.draw(results, RESULTS / PLOT)
    return True


if __name__ == "__main__":
    sys.exit(main())

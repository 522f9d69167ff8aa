"""Runs the question sets that the README reports, and writes its table: what `make eval` does.

    python evals/run_all.py [--limit N] [SET ...]

A SET is a name as below, or a folder; without any, all run for which there are data. The public sets lie in
the folder that the environment variable QA_DATASETS names. A name that ends in `-half` runs with every second
article left out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.progress import Progress, TaskID

from qa import Settings
from qa.errors import QAError
from qa.evaluation import Result, load, markdown, run, save, table
from qa.evaluation.report import write_whole

HERE = Path(__file__).resolve().parent
OWN = HERE / "sets"
RESULTS = HERE / "results"
HALF = "-half"
PUBLIC = ("xquad-en", "qed-nq")
INTRODUCTION = """# Results

Written by `make eval` (evals/run_all.py); not edited by hand. Each value is followed by its 95 % bootstrap interval.
What a metric means is said in [evals/README.md](../README.md). "half": every second article was left out, so that the
questions about these must be abstained from.

"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sets, print their tables, write the results; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        for name in options.sets or _available():
            result = _run(name, options.limit)
            print(table(result), flush=True)
            # A part of a set is a trial: it never replaces the figures of the whole.
            if options.limit is None:
                save(result, RESULTS / f"{_key(result)}.json")
        if options.limit is None:
            write_whole(RESULTS / "README.md", INTRODUCTION + markdown(list(_saved())))
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Run question sets and write the table of their results.")
    parser.add_argument("sets", nargs="*", metavar="SET", help="name or folder, with -half for half of the articles")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N questions; nothing is written")
    return parser


def _available() -> list[str]:
    """Return the names of the sets there are data for, each of the public ones also as half."""
    names = sorted(path.parent.name for path in OWN.glob("*/questions.jsonl"))
    for name in PUBLIC:
        if _public(name).is_dir():
            names += [name, name + HALF]
    if not os.environ.get("QA_DATASETS"):
        print(f"QA_DATASETS is not set: leaving out {', '.join(PUBLIC)}", file=sys.stderr)
    return names


def _folder(name: str) -> Path:
    for folder in (OWN / name, _public(name)):
        if folder.is_dir():
            return folder
    return Path(name)


def _public(name: str) -> Path:
    return Path(os.environ.get("QA_DATASETS", "")) / "dev" / name


def _run(name: str, limit: int | None) -> Result:
    half = name.endswith(HALF)
    folder = _folder(name.removesuffix(HALF))
    with Progress(transient=True) as bar:
        task = bar.add_task(name, total=None)
        settings = Settings.from_env()
        return run(folder, settings, half=half, limit=limit, progress=_shown(bar, task, name))


def _shown(bar: Progress, task: TaskID, name: str) -> Callable[[str, int, int], None]:
    def show(doing: str, done: int, total: int) -> None:
        bar.update(task, description=f"{name}: {doing}", completed=done, total=total)

    return show


def _key(result: Result) -> str:
    return result.set + HALF if result.half else result.set


def _saved() -> Iterator[Result]:
    """Yield all results that were written, own sets first."""
    paths = sorted(RESULTS.glob("*.json"), key=lambda path: (not (OWN / path.stem).is_dir(), path.stem))
    yield from map(load, paths)


if __name__ == "__main__":
    sys.exit(main())

"""What the scripts that measure the search by sets have in common: their command line, and the page that they write."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.errors import QAError
from qa.evaluation.report import write_whole


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement that gives a section of a page for each set.

    Attributes:
        about: what it does, for the help text.
        introduction: what the page begins with.
        results: the page.
        section: the name of a set and a folder for indexes -> heading and tables.
        sets: the sets that are measured where none is named.
    """

    about: str
    introduction: str
    results: Path
    section: Callable[[str, Path], str]
    sets: Callable[[], Sequence[str]]


def measure(measurement: Measurement, arguments: Sequence[str] | None) -> int:
    """Print the sections and write them; return the exit code."""
    parser = argparse.ArgumentParser(description=measurement.about)
    parser.add_argument("sets", nargs="*", metavar="SET", help="a set in evals/sets, or a folder")
    parser.add_argument("--indexes", type=Path, metavar="DIR", help="keep the indexes here for the next run")
    options = parser.parse_args(arguments)
    try:
        names = options.sets or measurement.sets()
        with tempfile.TemporaryDirectory(prefix="qa-measure-") as folder:
            parts = [measurement.section(name, options.indexes or Path(folder)) for name in names]
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(parts))
    # Other sets are a trial: they never replace the figures of these.
    if not options.sets:
        write_whole(measurement.results, "\n".join([measurement.introduction, *parts]))
    return 0

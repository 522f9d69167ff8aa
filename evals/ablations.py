"""What reading more passages is worth: `python evals/ablations.py` prints a table.

A passage is read once for each question, however many runs want it; so the seconds of these runs mean nothing, and
none are shown. Asked are the questions of run_all.py's searched runs.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from evals.run_all import RUNS, TAUGHT, public
from qa import Settings
from qa.evaluation import run
from qa.span_model import Reading, SpanModel

NAMES = ("xquad-en", "xquad-en-half", "qed-nq", "qed-nq-half")
SHOWN = ("f1", "quote_contains_answer", "abstention_precision", "abstention_recall")


class Remembering(SpanModel):
    """The reader's network, which keeps what it has read."""

    _read: dict[tuple[str, str], list[Reading]] = {}  # noqa: RUF012 -- shared on purpose: each run has its own reader

    def read(self, question: str, text: str) -> Iterator[Reading]:
        """Yield what was read of a text before, or read it."""
        if (question, text) not in self._read:
            self._read[question, text] = list(super().read(question, text))
        yield from self._read[question, text]


def main() -> None:
    """Run each set with each number of passages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--read", type=int, nargs="+", default=[8, 6, 4, 3, 2, 1], help="numbers of passages")
    parser.add_argument("--limit", type=int, help="only the first so many questions of each set")
    asked = parser.parse_args()
    print(f"| set | passages read | {' | '.join(f'`{name}`' for name in SHOWN)} |")
    print(f"|---|---:|{'---:|' * len(SHOWN)}")
    for name in NAMES:
        planned = RUNS[name]
        left_out = tuple(TAUGHT.get(Path(planned.set).name, ()))
        options = dataclasses.replace(planned.options, limit=asked.limit, without=left_out)
        for count in asked.read:
            with mock.patch("qa.reader.SpanModel", Remembering):
                metrics = run(public(planned.set), Settings(read=count), options).metrics
            values = (f"{metrics[key].value:.3f}" if key in metrics else "–" for key in SHOWN)
            print(f"| {name} | {count} | {' | '.join(values)} |", flush=True)


if __name__ == "__main__":
    main()

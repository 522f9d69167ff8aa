"""Compares a local chat model that writes with the same program quoting.

    make local-model
    python -m evals.local_model [--model NAME] [--tokens N] [--questions N] [RUN ...]

Writes evals/results/local-model.md. A RUN is one of evals/run_all.py that searches. Both answer the
same questions from the same passages: as many of a run as --questions says, evenly spread over it.
Sentences that passed the checks although they are no part of a quote are listed for somebody to
read: no rule can judge them that is not itself the check.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.progress import track

from evals.run_all import RESULTS
from evals.shared import CONTAINS_GOLD, prepared, spread
from qa import Index, Pipeline, Settings
from qa.errors import QAError
from qa.evaluation import METRICS, Estimate, Result, Row, markdown, write_whole
from qa.evaluation import corpus as corpora
from qa.evaluation.asking import Prepared, evaluate
from qa.evaluation.metrics import summarise
from qa.evaluation.statistics import Values, bootstrap, mean
from qa.text import words
from qa.types import Answer, Statement

DEFAULT = ("corpus", "xquad-en-half")
SHOWN = (
    *("f1", "quote_contains_answer", "answer_contains_gold", "citation_validity", "coverage"),
    *("abstention_precision", "abstention_recall", "seconds_p50", "seconds_p95"),
    *("written_by_model", "sentences_left_out", "shown_word_for_word"),
)
INTRODUCTION = """# A local chat model

    {command}

Written by this command; not edited by hand. Each value is followed by its 95 % bootstrap interval,
over questions; the seconds are those of one machine with {cores} cores. *Quotes* is the program
without a chat model; *{model}* has that model write over the same passages, with every check.

`answer_contains_gold`: the text that is shown contains a gold answer. `f1`: of the short answer,
which is the reader's in both. `written_by_model`: of the questions that were answered, the share
whose answer the model wrote, rather than quotes that took over. `sentences_left_out`: of the
sentences that the model wrote, the share that did not pass the checks. `shown_word_for_word`: of
those that did, the share that is a part of the quote, word for word; the others are listed below
each table.
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote to one question.

    Attributes:
        shown: the sentences that passed the checks.
        left_out: how many did not.
        fallback_reason: why quotes took over; empty where they did not.
    """

    shown: tuple[Statement, ...]
    left_out: int
    fallback_reason: str

    @property
    def reworded(self) -> list[Statement]:
        """The sentences that passed the checks and are no part of a quote, word for word."""
        return [
            said
            for said in self.shown
            if not any(
                f" {' '.join(words(said.text))} " in f" {' '.join(words(cited.quote))} "
                for cited in said.citations
            )
        ]


@dataclass
class CountingPipeline:
    """A pipeline that notes what a chat model wrote, and how much of it was left out."""

    pipeline: Pipeline
    written: list[Written | None] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        """Return what the pipeline has by this name."""
        return getattr(self.pipeline, name)

    def answer(self, question: str, **more: object) -> Answer:
        """Return the answer, and note what was written.

        None is noted where the model was not asked, or the answer is an abstention.
        """
        answer = self.pipeline.answer(question, **more)  # type: ignore[arg-type]
        if answer.abstained:
            self.written.append(None)
            return answer
        shown = tuple(said for said in answer.statements if said.generated)
        made = Written(shown, len(answer.left_out), answer.fallback_reason)
        self.written.append(made if "model" in answer.timings else None)
        return answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask both, write the tables; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"default: {', '.join(DEFAULT)}")
    parser.add_argument("--model", default="gguf:smollm2", help="as QA_LLM names it (gguf:smollm2)")
    parser.add_argument(
        "--tokens", type=int, default=1000, help="most tokens of passages that it is shown (1000)"
    )
    parser.add_argument("--questions", type=int, default=40, help="of each run (40)")
    options = parser.parse_args(arguments)
    command = " ".join(
        ["python -m evals.local_model", *(sys.argv[1:] if arguments is None else arguments)]
    )
    text = INTRODUCTION.format(command=command, cores=os.cpu_count(), model=options.model)
    try:
        for name in options.runs or DEFAULT:
            text += compared(name, options)
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    print(text)
    write_whole(RESULTS / "local-model.md", text)
    return 0


def compared(name: str, options: argparse.Namespace) -> str:
    """Return the table of one run, and the sentences to read."""
    ready = spread(prepared(name)[0], options.questions)
    settings = Settings.from_env()
    with tempfile.TemporaryDirectory(prefix="qa-local-") as folder:
        source = Path(folder) / "articles.jsonl"
        corpora.write_jsonl(ready.corpus, source)
        settings = settings.model_copy(update={"index": Path(folder) / "index", "llm": ""})
        Index.open(settings, create=True).update([source])
        writes = settings.model_copy(update={"llm": options.model, "llm_tokens": options.tokens})
        writing = CountingPipeline(Pipeline.open(writes))
        count = len(ready.questions)
        asking = evaluate(Pipeline.open(settings), ready)
        quoting = tuple(track(asking, f"{name}: quotes", count))
        asking = evaluate(writing, ready)  # type: ignore[arg-type]  # search and read are passed on
        rows = tuple(track(asking, f"{name}: {options.model}", count))
    # The first question is asked twice: once to load the model.
    found = [written for written in writing.written[1:] if written is not None]
    results = [_result(name, ready, quoting, {}), _result(name, ready, rows, figures(found))]
    return f"\n## {name}\n\n{markdown(results, ['quotes', options.model])}{to_read(found)}"


def _result(name: str, ready: Prepared, rows: tuple[Row, ...], more: dict[str, Estimate]) -> Result:
    values = summarise(rows, [*METRICS.values(), CONTAINS_GOLD]) | more
    shown = {metric: values[metric] for metric in SHOWN if metric in values}
    return Result(name, False, "", {}, len(ready.texts), shown, rows)


def figures(found: Sequence[Written]) -> dict[str, Estimate]:
    """Return the metrics of what a model wrote; questions are resampled."""
    count = [(len(one.shown), one.left_out, len(one.reworded)) for one in found]
    shares = {
        "written_by_model": [(int(bool(one.shown)), 1) for one in found],
        "sentences_left_out": [(out, shown + out) for shown, out, _ in count if shown + out],
        "shown_word_for_word": [(shown - new, shown) for shown, _, new in count if shown],
    }
    return {name: _share(counted) for name, counted in shares.items() if counted}


def _share(counted: Sequence[tuple[int, int]]) -> Estimate:
    """Return a share of everything counted, given as (of interest, all) for each question."""
    values = np.array(counted, dtype=np.float64)

    def share(sample: Values) -> Values:
        return np.asarray(mean(sample[..., :1]) / mean(sample[..., 1:]), dtype=np.float64)

    low, high = bootstrap(values, share)
    return Estimate(float(share(values)), low, high, len(values))


def to_read(found: Sequence[Written]) -> str:
    """Return the sentences that passed and are no part of their quote, and why quotes took over."""
    reworded = [
        f"- {said.text}\n  {' '.join(_quoted(cited.quote) for cited in said.citations)}"
        for one in found
        for said in one.reworded
    ]
    reasons = [
        one.fallback_reason.removesuffix(" The articles are quoted instead:") for one in found
    ]
    counted = [
        f"- {reason} {reasons.count(reason)} of {len(found)}."
        for reason in sorted({*reasons} - {""})
    ]
    lines = ["\nShown, and no part of the quote that follows:\n", *reworded] if reworded else []
    return "\n".join([*lines, *(["\nQuotes took over:\n", *counted] if counted else []), ""])


def _quoted(quote: str) -> str:
    return f"“{' '.join(quote.split())}”"


if __name__ == "__main__":
    sys.exit(main())

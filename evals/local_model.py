"""A local chat model that writes, beside the same program quoting: writes evals/results/local-model.md.

    make local-model
    python evals/local_model.py [--model NAME] [--tokens N] [--questions N] [RUN ...]

A RUN is one of evals/run_all.py that searches. Both answer the same questions from the same passages: as many of a run
as --questions says, evenly spread over it. The sentences that the checks let through although they are no piece of the
quote are listed with it, for somebody to read: no rule can judge them that is not itself the check.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from rich.progress import track

from evals.run_all import RESULTS, asked
from qa import Index, Pipeline, Settings
from qa.drafting import UNSUPPORTED
from qa.errors import QAError
from qa.evaluation import Metric, Result, Row, load_set, markdown, write_whole
from qa.evaluation import corpus as corpora
from qa.evaluation.asking import Prepared, evaluate
from qa.evaluation.metrics import quote_contains_answer
from qa.evaluation.resampling import bootstrap
from qa.evaluation.runner import prepare
from qa.evaluation.statistics import mean
from qa.evaluation.summary import summarise
from qa.text import words
from qa.types import Answer, markers

DEFAULT = ("corpus", "xquad-en-half")
SHOWN = (
    *("f1", "quote_contains_answer", "answer_contains_gold", "citation_validity", "coverage"),
    *("abstention_precision", "abstention_recall", "seconds_p50", "seconds_p95"),
    *("written_by_model", "sentences_left_out", "shown_word_for_word"),
)
INTRODUCTION = """# A local chat model

    {command}

Written by this command; not edited by hand. Each value is followed by its 95 % bootstrap interval, over questions; the
seconds are those of one machine with {cores} cores. *Quotes* is the program without a chat model; *{model}* has that
model write over the same passages, with every check.

`answer_contains_gold`: a gold answer stands in the text that is shown. `f1`: of the short answer, which is the reader's
in both. `written_by_model`: of the questions that were answered, the share whose answer the model wrote, rather than
quotes that took over. `sentences_left_out`: of the sentences that the model wrote, the share that the checks did not
let through. `shown_word_for_word`: of those that they did, the share that is a piece of the quote, word for word; the
others are listed below each table.
"""


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote to one question.

    Attributes:
        shown: the sentences that were let through, each with the quotes that it cites.
        left_out: the sentences that were not.
        note: why quotes took over; empty where they did not.
    """

    shown: tuple[tuple[str, tuple[str, ...]], ...]
    left_out: tuple[str, ...]
    note: str

    @property
    def reworded(self) -> list[tuple[str, tuple[str, ...]]]:
        """The sentences that were let through and are no piece of a quote."""
        return [(text, quotes) for text, quotes in self.shown if not any(_holds(quote, text) for quote in quotes)]


@dataclass
class Writing:
    """A pipeline that keeps what is unsupported, marked, so that it can be counted, and answers without it."""

    pipeline: Pipeline
    written: list[Written | None] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        return getattr(self.pipeline, name)

    def answer(self, question: str, **more: object) -> Answer:
        """Return the answer as it is by default, and note what was written; None where the model was not asked."""
        *pieces, answer = self.pipeline.stream(question, **more)  # type: ignore[arg-type]
        assert isinstance(answer, Answer)  # noqa: S101 - a stream ends with it
        texts = [str(piece) for piece in pieces]
        kept = [text for text in texts if not text.endswith(UNSUPPORTED)]
        until = next((at for at, text in enumerate(kept) if answer.note and text.strip() == answer.note), len(kept))
        quotes = {citation.number: citation.quote for citation in answer.citations}
        shown = tuple((text.strip(), tuple(quotes[n] for n in sorted(markers(text)))) for text in kept[:until])
        left_out = tuple(text.strip().removesuffix(UNSUPPORTED) for text in texts if text.endswith(UNSUPPORTED))
        asked_it = "model" in answer.timings
        self.written.append(Written(shown, left_out, answer.note) if asked_it and not answer.abstained else None)
        return dataclasses.replace(answer, text="".join(kept).strip())


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask both, write the tables; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"default: {', '.join(DEFAULT)}")
    parser.add_argument("--model", default="gguf:smollm2", help="as QA_LLM names it (gguf:smollm2)")
    parser.add_argument("--tokens", type=int, default=1000, help="most tokens of passages that it is shown (1000)")
    parser.add_argument("--questions", type=int, default=40, help="of each run (40)")
    options = parser.parse_args(arguments)
    command = " ".join(["python evals/local_model.py", *(sys.argv[1:] if arguments is None else arguments)])
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
    """Return the table of one run, and what there is to read."""
    place, how = asked(name, None)
    questions = load_set(place)
    if questions.articles is None or how.options.given:
        raise QAError(f"{name}: only a set with articles that are searched can be asked")
    settings = Settings.from_env()
    corpus = corpora.read_corpus(questions.articles, max_chars=settings.max_article_chars)
    prepared = _spread(prepare(questions, corpus, how.options), options.questions)
    with tempfile.TemporaryDirectory(prefix="qa-local-") as folder:
        source = Path(folder) / "articles.jsonl"
        corpora.write_jsonl(prepared.corpus, source)
        settings = settings.model_copy(update={"index": Path(folder) / "index", "llm": ""})
        Index.open(settings, create=True).update([source])
        writes = settings.model_copy(
            update={"llm": options.model, "llm_tokens": options.tokens, "keep_unsupported": True}
        )
        writing = Writing(Pipeline.open(writes))
        quoting = tuple(track(evaluate(Pipeline.open(settings), prepared), f"{name}: quotes", len(prepared.questions)))
        rows = tuple(track(evaluate(writing, prepared), f"{name}: {options.model}", len(prepared.questions)))  # type: ignore[arg-type]
    # The first question is asked twice: once to load the model.
    found = [written for written in writing.written[1:] if written is not None]
    results = [_result(name, prepared, quoting, {}), _result(name, prepared, rows, figures(found))]
    return f"\n## {name}\n\n{markdown(results, ['quotes', options.model])}{to_read(found)}"


def _spread(prepared: Prepared, count: int) -> Prepared:
    """Return the set with so many of its questions, evenly spread: the first would be about a few articles only."""
    total = len(prepared.questions)
    taken = tuple(prepared.questions[place * total // count] for place in range(min(count, total)))
    return dataclasses.replace(prepared, questions=taken if count < total else prepared.questions)


def _result(name: str, prepared: Prepared, rows: tuple[Row, ...], more: dict[str, Metric]) -> Result:
    gold = [(quote_contains_answer(row.text, row.answers), 1) for row in rows if row.answerable and row.answers]
    values = summarise(rows) | _metric("answer_contains_gold", gold) | more
    return Result(name, False, "", {}, len(prepared.texts), {n: values[n] for n in SHOWN if n in values}, rows)


def figures(found: Sequence[Written]) -> dict[str, Metric]:
    """Return the metrics of what a model wrote; questions are what varies."""
    count = [(len(one.shown), len(one.left_out), len(one.reworded)) for one in found]
    return {
        **_metric("written_by_model", [(bool(one.shown), 1) for one in found]),
        **_metric("sentences_left_out", [(out, shown + out) for shown, out, _ in count if shown + out]),
        **_metric("shown_word_for_word", [(shown - reworded, shown) for shown, _, reworded in count if shown]),
    }


def _metric(name: str, counted: Sequence[tuple[float, float]]) -> dict[str, Metric]:
    """Return the share of all that was counted, as (of interest, all) for each question; nothing without any."""
    if not counted:
        return {}
    values = np.array(counted, dtype=np.float64)

    def share(sample: np.ndarray) -> np.ndarray:
        return np.asarray(mean(sample[..., :1]) / mean(sample[..., 1:]), dtype=np.float64)

    low, high = bootstrap(values, share)
    return {name: Metric(float(share(values)), low, high, len(values))}


def to_read(found: Sequence[Written]) -> str:
    """Return the sentences that were let through and are no piece of their quote, and why quotes took over."""
    reworded = [f"- {text}\n  {' '.join(map(_quoted, quotes))}" for one in found for text, quotes in one.reworded]
    notes = sorted({one.note.removesuffix(" The articles are quoted instead:") for one in found} - {""})
    counted = [f"- {note} {sum(one.note.startswith(note) for one in found)} of {len(found)}." for note in notes]
    lines = ["\nShown, and no piece of the quote that follows:\n", *reworded] if reworded else []
    return "\n".join([*lines, *(["\nQuotes took over:\n", *counted] if counted else []), ""])


def _quoted(quote: str) -> str:
    return f"“{' '.join(quote.split())}”"


def _holds(quote: str, sentence: str) -> bool:
    """Tell whether the words of a sentence, without its markers, stand in a row in a quote."""
    said = words(" ".join(part for part in sentence.split() if not markers(part)))
    return f" {' '.join(said)} " in f" {' '.join(words(quote))} "


if __name__ == "__main__":
    sys.exit(main())

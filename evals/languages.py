"""Measures other languages than English, on XQuAD: the same questions and articles in each.

French, which XQuAD lacks, is measured on those articles of PIAF that taught the reader nothing.

    python -m evals.languages [--asked-in CODE] [--indexes DIR] [--questions N] [--articles N]
                              [--looked] [NAME ...]

A NAME is a set such as xquad-es in the folder dev of the one that the environment variable
QA_DATASETS names, or piaf-fr. Every second question of XQuAD is only looked at while the program is
changed (--looked); the others are reported. Each is asked of all articles, and once more of every
second one, so that half of the questions must be abstained from.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from qa import QAError, Settings
from qa.evaluation import Options, Question, load_set, write_whole
from qa.evaluation.corpus import read_corpus
from qa.evaluation.metrics import quote_contains_answer
from qa.evaluation.runner import prepare
from qa.index import Index
from qa.index.records import with_language
from qa.models.multilingual import MULTILINGUAL
from qa.pipeline import Pipeline
from qa.retrieval.hybrid import Retriever
from qa.types import Answer, Article, Filter, Hit

RESULTS = Path(__file__).resolve().parent / "results" / "languages.md"
ENGLISH = "xquad-en"
FRENCH = "piaf-fr"
SETS = (*(f"xquad-{code}" for code in "en es de ru ar hi zh".split()), FRENCH)
TAUGHT = tuple(json.loads((RESULTS.parents[1] / "taught.json").read_text("utf-8"))[ENGLISH])
"""Articles whose English paragraphs taught the reader: asked of, they would measure too much."""
HELD_OUT = tuple(f"{FRENCH}-{n:04}" for n in (13, 38, 66, 85, 104, 130, 149, 166, 182))
"""The French articles that teach nothing (`training.language_data`)."""

_ALL = 1_000

COLUMNS = (
    "questions",
    "R@1, vectors",
    "R@1, BM25",
    "R@1, search",
    "first quote holds the answer",
    "half missing: abstention precision",
    "recall",
    "seconds, median",
)
INTRODUCTION = """# Languages

Written by `python -m evals.languages{given}`; not edited by hand. XQuAD: the same questions and
articles in each language, asked of the articles in that language and then in English, with
`QA_ENCODER=multilingual`. An abstention counts as a quote without the answer. Nothing is asked
about the four articles of which the reader has read the English paragraphs (`evals/taught.json`).
French is PIAF: all of its articles are searched, and the tenth of them that taught nothing is asked
about.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question.

    Attributes:
        found: whether the first passage overlaps the gold span: by vectors, by BM25, by the search.
        right: whether the first quote holds the answer.
        there: whether its article is among the half that is kept.
        abstained: whether it was abstained from then.
        seconds: that the answer took.
    """

    found: tuple[bool, bool, bool]
    right: bool
    there: bool
    abstained: bool
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and write it if it is that of the whole; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--indexes", type=Path, help="keep the indexes here for the next run")
    parser.add_argument("--questions", type=int, default=_ALL, help="of each set, at most")
    parser.add_argument("--articles", type=int, default=1_000, help="of each set, at most")
    parser.add_argument(
        "--asked-in", metavar="CODE", help="ask in this language; by default each in its own"
    )
    parser.add_argument("--looked", action="store_true", help="ask the other half")
    options = parser.parse_args(arguments)
    head = [f"| set | {' | '.join(COLUMNS)} |", f"|---|{'---:|' * len(COLUMNS)}"]
    rows = list[str]()
    try:
        with tempfile.TemporaryDirectory(prefix="qa-languages-") as folder:
            for name, asked_in in runs(options):
                place = (options.indexes or Path(folder)) / f"{name}-{options.articles}"
                outcomes = measured(name, asked_in, place, options)
                called = f"{name}, asked in {asked_in}" if asked_in else name
                rows.append(f"| {called} | {' | '.join(cells(outcomes))} |")
                print(*(head if len(rows) == 1 else ()), rows[-1], sep="\n", flush=True)
    except QAError as error:
        print(error, file=sys.stderr)
        return 2
    if not (options.names or options.looked or options.asked_in):
        asked = "" if options.questions == _ALL else f" --questions {options.questions}"
        write_whole(RESULTS, "\n".join([INTRODUCTION.format(given=asked), *head, *rows, ""]))
    return 0


def runs(options: argparse.Namespace) -> list[tuple[str, str]]:
    """Return the sets to ask, each with the language to ask in; empty for its own."""
    if options.names or options.asked_in:
        # French has no questions in other languages.
        sets = [name for name in SETS if not (options.asked_in and name == FRENCH)]
        return [(name, options.asked_in or "") for name in options.names or sets]
    across = [(name, "en") for name in SETS if name not in (ENGLISH, FRENCH)]
    return [(name, "") for name in SETS] + across


def measured(name: str, asked_in: str, place: Path, options: argparse.Namespace) -> list[Outcome]:
    """Return what became of the questions of a set, of which an index is made, or taken."""
    datasets = Path(os.environ.get("QA_DATASETS", ""))
    folder = datasets / ("train/languages" if name == FRENCH else "dev")
    questions = load_set(folder / name)
    if questions.articles is None:
        raise QAError(f"{name}: has no articles")
    corpus = read_corpus(questions.articles, max_chars=10**9)
    ready = prepare(questions, corpus, Options(without=() if name == FRENCH else TAUGHT))
    index = Index.open(Settings.from_env(index=place, encoder=MULTILINGUAL), create=True)
    kept = sorted(ready.texts)[: options.articles]
    if not index.counts()["articles"]:
        with index.writer() as writer:
            records, texts = ready.corpus.records, ready.texts
            articles = (with_language(Article(i, records[i]["title"], texts[i])) for i in kept)
            writer.restore(*((article, f"file:///{article.id}") for article in articles))
    reported = ready.questions if name == FRENCH else ready.questions[options.looked :: 2]
    about = HELD_OUT if name == FRENCH else kept
    asked = [q for q in reported if q.relevant and q.relevant[0].article_id in about]
    if asked_in:
        texts = {q.id: q.question for q in load_set(folder / f"xquad-{asked_in}").questions}
        asked = [replace(q, question=texts[q.id]) for q in asked]
    step = max(1, len(asked) // options.questions)
    pipeline = Pipeline(index)
    return [outcome(pipeline, q, kept) for q in asked[::step][: options.questions]]


def outcome(pipeline: Pipeline, question: Question, kept: Sequence[str]) -> Outcome:
    """Ask a question of the articles that are kept, and of every second one of them."""
    settings, text = pipeline.settings, question.question
    retriever = Retriever(
        pipeline.index.encoder,
        first_stage_k=settings.first_stage_k,
        lexical_weight=settings.lexical_weight,
    )
    where = Filter(article_ids=tuple(kept))
    with pipeline.index.snapshot() as snapshot:
        runs = [
            search(snapshot, text, 1, where)
            for search in (retriever.dense, retriever.lexical, retriever.retrieve)
        ]
    started = time.perf_counter()
    answer = pipeline.answer(text, where=where)
    seconds = time.perf_counter() - started
    half = tuple(kept[::2])
    other = pipeline.answer(text, where=Filter(article_ids=half))
    there = question.relevant[0].article_id in half
    dense, lexical, hybrid = (is_gold(run[:1], question) for run in runs)
    right = is_right(answer, question)
    return Outcome((dense, lexical, hybrid), right, there, other.abstained, seconds)


def is_gold(hits: Sequence[Hit], question: Question) -> bool:
    """Return whether a passage overlaps a gold span."""
    return any(
        hit.passage.article_id == span.article_id
        and hit.passage.start < span.end
        and span.start < hit.passage.end
        for hit in hits
        for span in question.relevant
    )


def is_right(answer: Answer, question: Question) -> bool:
    """Return whether the first quote holds the answer: in its words, or at its place."""
    if not answer.citations:
        return False
    first = answer.citations[0]
    return quote_contains_answer(first.quote, question.answers) or any(
        span.article_id == first.article_id and first.start <= span.start and span.end <= first.end
        for span in question.relevant
    )


def cells(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the cells of a set's row, in the order of `COLUMNS`."""
    abstained = [not each.there for each in outcomes if each.abstained]
    missing = [each.abstained for each in outcomes if not each.there]
    shares = [
        *([each.found[stage] for each in outcomes] for stage in range(3)),
        [each.right for each in outcomes],
        abstained,
        missing,
    ]
    seconds = np.median([each.seconds for each in outcomes])
    values = [f"{np.mean(share):.3f}" if share else "–" for share in shares]
    return [str(len(outcomes)), *values, f"{seconds:.2f}"]


if __name__ == "__main__":
    sys.exit(main())

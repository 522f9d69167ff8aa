"""Measures search alone on the public sets: by vectors, by BM25, and by both. Nothing is answered.

    python -m evals.retrieval [--indexes DIR] [SET ...]

A SET is a name in evals/sets or a folder; by default, the sets in `SETS`, in the folder dev of the
one that the environment variable QA_DATASETS names. A question with a history is searched as the
product understands it. Making an index takes longer than asking: with --indexes, indexes are kept
in that folder for the next run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.shared import Measurement, SearchOnly, gain, measure, value
from qa import Hit, QAError, Settings, Turn
from qa.evaluation import Options, Row, load_set
from qa.evaluation.asking import evaluate
from qa.evaluation.corpus import read_corpus
from qa.evaluation.runner import prepare
from qa.index import Index
from qa.retrieval.hybrid import Retriever
from qa.types import Stage
from qa.understanding.followups import Resolver

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "retrieval.md"
SETS = ("xquad-en", "qed-nq", "cranfield", "mtrag-un")
METRICS = ("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10")
STAGES: Mapping[Stage, str] = {
    "dense": "vectors alone",
    "lexical": "BM25 alone",
    "hybrid": "the product's search",
}

INTRODUCTION = """# Search

Written by `python -m evals.retrieval`; not edited by hand. Retrieval alone: what is found by
vectors, by words, and by the product's search, which fuses both. Each value is followed by its 95 %
bootstrap interval. In cranfield and mtrag-un an article is judged by its first passage, in the
others a passage by whether it overlaps the gold span. The weights of the product's search were
chosen with an eye on xquad-en and qed-nq, but not on cranfield and mtrag-un.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and write them; return the exit code."""
    return measure(
        Measurement("Measure search alone.", INTRODUCTION, RESULTS, section, _available),
        arguments,
    )


def section(name: str, indexes: Path) -> str:
    """Return the heading and the table of a set."""
    questions = load_set(name)
    if questions.articles is None:
        raise QAError(f"{name}: has no articles of its own to index")
    settings = Settings.from_env(index=indexes / questions.name)
    index = Index.open(settings, create=True)
    index.update([questions.articles])
    prepared = prepare(questions, read_corpus(questions.articles, max_chars=10**9), Options())
    retriever = Retriever(
        index.encoder,
        first_stage_k=settings.first_stage_k,
        lexical_weight=settings.lexical_weight,
    )
    rows = {stage: list(evaluate(searcher(index, retriever, stage), prepared)) for stage in STAGES}
    judged = sum(bool(row.scores) for row in rows["hybrid"])
    counts = index.counts()
    size = f"{counts['articles']} articles, {counts['passages']} passages"
    return f"\n## {questions.name}: {judged} questions, {size}\n\n{table(rows)}"


def searcher(index: Index, retriever: Retriever, stage: Stage) -> SearchOnly:
    """Return one stage of retrieval as a system to evaluate."""
    stages = {"dense": retriever.dense, "lexical": retriever.lexical, "hybrid": retriever.retrieve}

    def search(query: str, k: int) -> list[Hit]:
        with index.snapshot() as snapshot:
            return stages[stage](snapshot, query, k)

    resolver = Resolver(index.encoder)

    def understand(question: str, history: Sequence[Turn]) -> str:
        with index.snapshot() as snapshot:
            return resolver.understand(question, history, snapshot).text

    return SearchOnly(search, understand)


def table(rows: Mapping[Stage, Sequence[Row]]) -> str:
    """Return the table of all stages, with the gain of the product's search over each part."""
    lines = [f"| searched by | {' | '.join(METRICS)} |", f"| --- |{' ---: |' * len(METRICS)}"]
    for stage, label in STAGES.items():
        cells = " | ".join(value(rows[stage], metric) for metric in METRICS)
        lines.append(f"| {label} | {cells} |")
    for stage in ("dense", "lexical"):
        gains = " | ".join(gain(rows[stage], rows["hybrid"], metric) for metric in METRICS)
        lines.append(f"| the search less {STAGES[stage]} | {gains} |")
    return "\n".join(lines)


def _available() -> list[str]:
    folder = Path(os.environ.get("QA_DATASETS", "")) / "dev"
    found = [str(folder / name) for name in SETS if (folder / name).is_dir()]
    if len(found) < len(SETS):
        raise QAError(
            f"QA_DATASETS names no folder with all of {', '.join(f'dev/{name}' for name in SETS)}"
        )
    return found


if __name__ == "__main__":
    sys.exit(main())

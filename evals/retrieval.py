"""Measures the search alone, by vectors, by words and by both, on the public sets. Nothing is read or answered.

    python evals/retrieval.py [--indexes DIR] [SET ...]

A SET is a name in evals/sets or a folder; without any, these are the sets of `SETS` in the folder dev of the one that
the environment variable QA_DATASETS names. A question with a history is searched as the product understands it. An
index takes longer to make than to ask: with --indexes they are kept in that folder for the next run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from evals.sections import Measurement, measure
from qa import Answer, Article, Hit, QAError, Settings, Turn
from qa.evaluation import Options, Row, load_set
from qa.evaluation.asking import evaluate
from qa.evaluation.corpus import read_corpus
from qa.evaluation.runner import prepare
from qa.evaluation.significance import paired
from qa.evaluation.summary import MEASURES, summarise
from qa.history import standalone
from qa.index import Index
from qa.retriever import Retriever
from qa.types import Stage

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "retrieval.md"
SETS = ("xquad-en", "qed-nq", "cranfield", "mtrag-un")
METRICS = ("recall@1", "recall@5", "recall@10", "mrr", "ndcg@10")
STAGES: Mapping[Stage, str] = {"dense": "vectors alone", "lexical": "BM25 alone", "hybrid": "the product's search"}

INTRODUCTION = """# Search

Written by `python evals/retrieval.py`; not edited by hand. Retrieval alone: what is found by vectors, by words, and by
the product's search, which joins both. Each value is followed by its 95 % bootstrap interval. In cranfield and
mtrag-un an article is judged by its first passage, in the others a passage by whether it overlaps the gold span. The
weights of the product's search were chosen with an eye on xquad-en and qed-nq, but not on cranfield and mtrag-un.
"""


@dataclass(frozen=True, slots=True)
class Searcher:
    """What `evaluate` asks: one stage of retrieval, which never answers."""

    retriever: Retriever
    stage: Stage

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return an abstention that says how the question was understood."""
        return Answer(question, "", "", (), 0.0, abstained=True, asked=standalone(question, history))

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the k best passages."""
        hits: list[Hit] = getattr(self.retriever, self.stage)(query, k)
        return hits

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Return the same as `answer`: nothing is read here."""
        del hits, articles
        return self.answer(question)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and write them; return the exit code."""
    return measure(Measurement("Measure the search alone.", INTRODUCTION, RESULTS, section, _available), arguments)


def section(name: str, indexes: Path) -> str:
    """Return the heading and the table of a set."""
    questions = load_set(name)
    if questions.articles is None:
        raise QAError(f"{name}: has no articles of its own to index")
    settings = Settings.from_env(index=indexes / questions.name)
    index = Index.open(settings, create=True)
    index.update([questions.articles])
    prepared = prepare(questions, read_corpus(questions.articles, max_chars=10**9), Options())
    retriever = Retriever(index, candidates=settings.candidates, lexical_weight=settings.lexical_weight)
    rows = {stage: list(evaluate(Searcher(retriever, stage), prepared)) for stage in STAGES}
    judged = sum(bool(row.scores) for row in rows["hybrid"])
    counts = index.counts()
    heading = f"## {questions.name}: {judged} questions, {counts['articles']} articles, {counts['passages']} passages"
    return f"\n{heading}\n\n{table(rows)}"


def table(rows: Mapping[Stage, Sequence[Row]]) -> str:
    """Return the table of all stages, and what the product's search gains over each of its parts."""
    lines = [f"| searched by | {' | '.join(METRICS)} |", f"| --- |{' ---: |' * len(METRICS)}"]
    for stage, label in STAGES.items():
        lines.append(f"| {label} | {' | '.join(_value(rows[stage], metric) for metric in METRICS)} |")
    for stage in ("dense", "lexical"):
        gains = " | ".join(_gain(rows[stage], rows["hybrid"], metric) for metric in METRICS)
        lines.append(f"| the search less {STAGES[stage]} | {gains} |")
    return "\n".join(lines)


def _available() -> list[str]:
    folder = Path(os.environ.get("QA_DATASETS", "")) / "dev"
    found = [str(folder / name) for name in SETS if (folder / name).is_dir()]
    if len(found) < len(SETS):
        raise QAError(f"QA_DATASETS names no folder with all of {', '.join(f'dev/{name}' for name in SETS)}")
    return found


def _value(rows: Sequence[Row], metric: str) -> str:
    found = summarise(rows).get(metric)
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})" if found else "–"


def _gain(part: Sequence[Row], whole: Sequence[Row], metric: str) -> str:
    found = paired(part, whole, MEASURES[metric])
    return f"{found.after - found.before:+.3f} ({found.low:+.3f} to {found.high:+.3f})" if found else "–"


if __name__ == "__main__":
    sys.exit(main())

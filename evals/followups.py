"""Measures what a search gains when a follow-up question is made to stand for itself. Nothing is read or answered.

    python evals/followups.py [--indexes DIR] [SET ...]

A SET is a name in evals/sets or a folder; without any, these are the own dialogues and, where the environment variable
QA_DATASETS names a folder that has it, mtrag-un. Only questions with a history and with gold are asked. An index takes
longer to make than to ask: with --indexes they are kept in that folder for the next run.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# A script finds its own folder, not the project's root above it.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from evals.sections import Measurement, measure
from qa import Answer, Article, Hit, Pipeline, QAError, Settings, Turn
from qa.evaluation import Options, QuestionSet, Row, load_set
from qa.evaluation.asking import Prepared, evaluate
from qa.evaluation.corpus import read_corpus
from qa.evaluation.runner import prepare
from qa.evaluation.significance import paired
from qa.evaluation.summary import MEASURES, summarise
from qa.history import standalone
from qa.index import Index

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "followups.md"
METRICS = ("recall@1", "recall@5")
OURS = "as the product understands it"
Understand = Callable[[str, Sequence[Turn]], str]

INTRODUCTION = """# Follow-up questions

Written by `python evals/followups.py`; not edited by hand. Retrieval alone, for the questions that have a history and
gold: what is found when a follow-up is searched as the product understands it, and otherwise. Each value is followed by
its 95 % bootstrap interval. The rules were tuned on the questions at even places of each set; those at odd places were
kept back.
"""


@dataclass(frozen=True, slots=True)
class Understood:
    """What `evaluate` asks: a search that understands each question in its own way, and never answers."""

    pipeline: Pipeline
    understand: Understand

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return an abstention that says how the question was understood."""
        return Answer(question, "", "", (), 0.0, abstained=True, asked=self.understand(question, history))

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the k best passages."""
        return self.pipeline.search(query, k=k)

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Return the same as `answer`: nothing is read here."""
        del hits, articles
        return self.answer(question)


def together(question: str, history: Sequence[Turn]) -> str:
    """Return all that was said, answers too, with the question at the end."""
    return " ".join([*(turn.text for turn in history), question])


def questions_together(question: str, history: Sequence[Turn]) -> str:
    """Return all that was asked, with the question at the end."""
    return together(question, [turn for turn in history if turn.role == "user"])


VARIANTS: Mapping[str, Understand] = {
    OURS: standalone,
    "the last question alone": lambda question, _: question,
    "all questions together": questions_together,
    "all turns together": together,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and write them; return the exit code."""
    return measure(
        Measurement("Measure the search for follow-up questions.", INTRODUCTION, RESULTS, section, _available),
        arguments,
    )


def section(name: str, indexes: Path) -> str:
    """Return the heading and the tables of a set."""
    questions = load_set(name)
    settings = Settings.from_env(index=indexes / questions.name)
    if questions.articles is None:
        raise QAError(f"{name}: has no articles of its own to index")
    Index.open(settings, create=True).update([questions.articles])
    prepared = _followups(prepare(questions, read_corpus(questions.articles, max_chars=10**9), Options()))
    if not prepared.questions:
        raise QAError(f"{name}: has no question with a history and gold")
    pipeline = Pipeline.open(settings)
    kinds, by_hand = _noted(questions)

    def put_by_hand(question: str, history: Sequence[Turn]) -> str:
        return by_hand.get((question, tuple(history)), question)

    variants = {**VARIANTS, **({"as put by hand": put_by_hand} if by_hand else {})}
    rows = {label: tuple(evaluate(Understood(pipeline, way), prepared)) for label, way in variants.items()}
    places = {question.id: place for place, question in enumerate(questions.questions)}
    tables = [_table(rows, places), *([_by_kind(rows, kinds)] if kinds else [])]
    return f"\n## {questions.name}: {len(prepared.questions)} follow-ups\n\n" + "\n\n".join(tables)


def _available() -> list[str]:
    public = Path(os.environ.get("QA_DATASETS", "")) / "dev" / "mtrag-un"
    if not public.is_dir():
        print("QA_DATASETS names no folder with dev/mtrag-un: leaving it out", file=sys.stderr)
    return [str(HERE / "sets" / "dialogues"), *([str(public)] if public.is_dir() else [])]


def _followups(prepared: Prepared) -> Prepared:
    asked = tuple(question for question in prepared.questions if question.history and question.gold_articles)
    return dataclasses.replace(prepared, questions=asked)


def _noted(questions: QuestionSet) -> tuple[dict[str, str], dict[tuple[str, tuple[Turn, ...]], str]]:
    """Return the kind of each question and its complete wording, where the set's lines note them."""
    lines = [json.loads(line) for line in questions.file.read_text(encoding="utf-8").split("\n") if line.strip()]
    kinds = {line["id"]: line["kind"] for line in lines if "kind" in line and "standalone" in line}
    noted = {line["id"]: line["standalone"] for line in lines if "standalone" in line}
    by_hand = {(q.question, q.history): noted[q.id] for q in questions.questions if q.id in noted}
    return kinds, by_hand


def _table(rows: Mapping[str, Sequence[Row]], places: Mapping[str, int]) -> str:
    """Return the table of all ways to understand: all questions, then recall@5 on either half, then what we gain."""
    lines = [
        "| searched for | recall@1 | recall@5 | recall@5, tuned on | recall@5, kept back | ours less this, recall@5 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for label, found in rows.items():
        halves = [[row for row in found if places[row.id] % 2 == half] for half in (0, 1)]
        cells = [*(_cell(found, metric) for metric in METRICS), *(_cell(half, "recall@5") for half in halves)]
        gain = "" if label == OURS else _gain(found, rows[OURS])
        lines.append(f"| {label} | {' | '.join(cells)} | {gain} |")
    return "\n".join(lines)


def _by_kind(rows: Mapping[str, Sequence[Row]], kinds: Mapping[str, str]) -> str:
    names = sorted(set(kinds.values()))
    asked = {name: sum(kinds[row.id] == name for row in rows[OURS]) for name in names}
    heads = " | ".join(f"{name} ({asked[name]})" for name in names)
    lines = [f"| recall@5 by kind | {heads} |", f"| --- |{' ---: |' * len(names)}"]
    for label, found in rows.items():
        cells = (_cell([row for row in found if kinds[row.id] == name], "recall@5") for name in names)
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(rows: Sequence[Row], metric: str) -> str:
    found = summarise(rows).get(metric)
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})" if found else "–"


def _gain(theirs: Sequence[Row], ours: Sequence[Row]) -> str:
    found = paired(theirs, ours, MEASURES["recall@5"])
    return f"{found.after - found.before:+.3f} ({found.low:+.3f} to {found.high:+.3f})" if found else "–"


if __name__ == "__main__":
    sys.exit(main())

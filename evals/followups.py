"""Measures what search gains when a follow-up becomes a standalone question. Nothing is answered.

    python -m evals.followups [--indexes DIR] [SET ...]

A SET is a name in evals/sets or a folder; by default, the own dialogues and, if the folder that the
environment variable QA_DATASETS names has it, mtrag-un. Only questions with a history and with gold
are asked. Making an index takes longer than asking: with --indexes, indexes are kept in that folder
for the next run.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.shared import Measurement, SearchOnly, Understand, gain, measure, value
from qa import Hit, Pipeline, QAError, Settings, Turn
from qa.evaluation import Options, QuestionSet, Row, load_set
from qa.evaluation.asking import Prepared, evaluate
from qa.evaluation.corpus import read_corpus
from qa.evaluation.runner import prepare
from qa.index import Index
from qa.understanding.followups import Resolver

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "followups.md"
METRICS = ("recall@1", "recall@5")
OURS = "as the product understands it"

INTRODUCTION = """# Follow-up questions

Written by `python -m evals.followups`; not edited by hand. Retrieval alone, for the questions that
have a history and gold: what is found when a follow-up is searched as the product understands it,
and what is found otherwise. Each value is followed by its 95 % bootstrap interval. The
network that resolves them was fitted on train/stories; the own dialogues were looked at meanwhile.
"""


def together(question: str, history: Sequence[Turn]) -> str:
    """Return all turns, answers too, followed by the question."""
    return " ".join([*(turn.text for turn in history), question])


def questions_together(question: str, history: Sequence[Turn]) -> str:
    """Return all earlier questions, followed by the question."""
    return together(question, [turn for turn in history if turn.role == "user"])


VARIANTS: Mapping[str, Understand] = {
    "the last question alone": lambda question, _: question,
    "all questions together": questions_together,
    "all turns together": together,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables and write them; return the exit code."""
    return measure(
        Measurement("Measure search for follow-ups.", INTRODUCTION, RESULTS, section, _available),
        arguments,
    )


def section(name: str, indexes: Path) -> str:
    """Return the heading and the tables of a set."""
    questions = load_set(name)
    settings = Settings.from_env(index=indexes / questions.name)
    if questions.articles is None:
        raise QAError(f"{name}: has no articles of its own to index")
    Index.open(settings, create=True).update([questions.articles])
    prepared = _followups(
        prepare(questions, read_corpus(questions.articles, max_chars=10**9), Options())
    )
    if not prepared.questions:
        raise QAError(f"{name}: has no question with a history and gold")
    pipeline = Pipeline.open(settings)
    kinds, by_hand = _noted(questions)

    def search(query: str, k: int) -> list[Hit]:
        return pipeline.search(query, k=k)

    def rewritten_by_hand(question: str, history: Sequence[Turn]) -> str:
        return by_hand.get((question, tuple(history)), question)

    resolver = Resolver(pipeline.index.encoder)

    def ours(question: str, history: Sequence[Turn]) -> str:
        with pipeline.index.snapshot() as snapshot:
            return resolver.understand(question, history, snapshot).text

    variants = {
        OURS: ours,
        **VARIANTS,
        **({"as put by hand": rewritten_by_hand} if by_hand else {}),
    }
    rows = {
        label: tuple(evaluate(SearchOnly(search, way), prepared)) for label, way in variants.items()
    }
    places = {question.id: place for place, question in enumerate(questions.questions)}
    tables = [_table(rows, places), *([_by_kind(rows, kinds)] if kinds else [])]
    return f"\n## {questions.name}: {len(prepared.questions)} follow-ups\n\n" + "\n\n".join(tables)


def _available() -> list[str]:
    public = Path(os.environ.get("QA_DATASETS", "")) / "dev" / "mtrag-un"
    if not public.is_dir():
        print("QA_DATASETS names no folder with dev/mtrag-un: leaving it out", file=sys.stderr)
    return [str(HERE / "sets" / "dialogues"), *([str(public)] if public.is_dir() else [])]


def _followups(prepared: Prepared) -> Prepared:
    asked = tuple(
        question for question in prepared.questions if question.history and question.gold_articles
    )
    return dataclasses.replace(prepared, questions=asked)


def _noted(
    questions: QuestionSet,
) -> tuple[dict[str, str], dict[tuple[str, tuple[Turn, ...]], str]]:
    """Return id -> kind, and (question, history) -> standalone wording, where the set has them."""
    lines = [
        json.loads(line)
        for line in questions.file.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]
    kinds = {line["id"]: line["kind"] for line in lines if "kind" in line and "standalone" in line}
    noted = {line["id"]: line["standalone"] for line in lines if "standalone" in line}
    by_hand = {(q.question, q.history): noted[q.id] for q in questions.questions if q.id in noted}
    return kinds, by_hand


def _table(rows: Mapping[str, Sequence[Row]], places: Mapping[str, int]) -> str:
    """Return the table of all variants: all questions, recall@5 on either half, and our gain."""
    columns = ("searched for", *METRICS, "recall@5, tuned on", "recall@5, held out")
    lines = [
        f"| {' | '.join(columns)} | ours less this, recall@5 |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for label, found in rows.items():
        halves = [[row for row in found if places[row.id] % 2 == half] for half in (0, 1)]
        cells = [
            *(value(found, metric) for metric in METRICS),
            *(value(half, "recall@5") for half in halves),
        ]
        ours = "" if label == OURS else gain(found, rows[OURS], "recall@5")
        lines.append(f"| {label} | {' | '.join(cells)} | {ours} |")
    return "\n".join(lines)


def _by_kind(rows: Mapping[str, Sequence[Row]], kinds: Mapping[str, str]) -> str:
    names = sorted(set(kinds.values()))
    asked = {name: sum(kinds[row.id] == name for row in rows[OURS]) for name in names}
    heads = " | ".join(f"{name} ({asked[name]})" for name in names)
    lines = [f"| recall@5 by kind | {heads} |", f"| --- |{' ---: |' * len(names)}"]
    for label, found in rows.items():
        cells = (
            value([row for row in found if kinds[row.id] == name], "recall@5") for name in names
        )
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

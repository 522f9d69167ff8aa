"""Builders for the evaluation's tests: rows, hits, answers and a scripted pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa.evaluation.result import Row
from qa.types import Answer, Article, Citation, Hit, Passage, Statement, Turn


def hit(article_id: str, start: int, end: int, rank: int = 1) -> Hit:
    """Return a hit whose text is only as long as it must be."""
    passage = Passage(f"{article_id}:{start}", article_id, start, end, "x" * (end - start))
    return Hit(passage, score=1.0 / rank, rank=rank, stage="hybrid")


def answered(
    question: str, place: tuple[str, int], quote: str, *, short: str, confidence: float = 0.9
) -> Answer:
    """Return an answer with one citation, at an article id and offset."""
    article_id, start = place
    citation = Citation(1, article_id, "title", "", "", "", start, start + len(quote), quote)
    said = Statement(quote, (citation,), short)
    return Answer(question, "fact", f"{quote} [1]", (said,), short, confidence)


def abstention(question: str) -> Answer:
    """Return an answer that there is none."""
    return Answer(question, "abstention", "The articles do not contain it.", confidence=0.1)


@dataclass
class ScriptedPipeline:
    """Answers and finds what it was told to, and records what it was asked."""

    answers: Mapping[str, Answer]
    found: Mapping[str, Sequence[Hit]] = field(default_factory=dict)
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)
    searched: list[tuple[str, int]] = field(default_factory=list)
    given: list[tuple[str, tuple[Hit, ...], frozenset[str]]] = field(default_factory=list)

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return the scripted answer."""
        self.asked.append((question, tuple(history)))
        return self.answers[question]

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the first k scripted hits."""
        self.searched.append((query, k))
        return list(self.found.get(query, ()))[:k]

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Return the scripted answer, and note the passages and the articles that were given."""
        self.given.append((question, tuple(hits), frozenset(articles)))
        return self.answers[question]


def make_row(identifier: str = "q", **values: Any) -> Row:
    """Return a row of an abstained-from question without gold, changed by `values`."""
    defaults: dict[str, Any] = {
        "id": identifier,
        "question": "?",
        "answers": (),
        "answerable": None,
        "relevant": (),
        "relevance": {},
        "history": (),
        "text": "",
        "short": "",
        "confidence": 0.0,
        "abstained": True,
        "citations": (),
        "hits": (),
        "seconds": 0.1,
        "scores": {},
    }
    return Row(**(defaults | values))

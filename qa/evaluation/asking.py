"""Asks the questions of a set and scores what comes back: one row for each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.evaluation import metrics
from qa.evaluation.corpus import Corpus
from qa.evaluation.given import Reading
from qa.evaluation.questions import Question
from qa.evaluation.result import CitedSpan, HitSpan, Row
from qa.types import Answer, Article, Citation, Hit, Turn

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""

_ENOUGH = 10_000


class Answers(Protocol):
    """What is evaluated: a `Pipeline`, or anything that answers, searches and reads like one."""

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Answer a question."""

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the k best passages."""

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Answer a question from these passages, without a search."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A set made ready to run.

    Attributes:
        questions: with gold in normalised offsets.
        corpus: the articles that stay.
        texts: what citations are checked against, by article id.
        reading: the passages that each question is read with; None where they are searched for.
    """

    questions: tuple[Question, ...]
    corpus: Corpus
    texts: Mapping[str, str]
    reading: Reading | None = None


def evaluate(
    pipeline: Answers, prepared: Prepared, *, answered: int = 0, progress: Progress | None = None
) -> Iterator[Row]:
    """Ask every question and yield its row, but for the first few, which were `answered` by an earlier run.

    The first that is asked is asked once more beforehand, so that loading a model is not counted as its time.
    """
    total = len(prepared.questions)
    left = prepared.questions[answered:]
    for question in left[:1]:
        _answer(pipeline, question, prepared.reading)
    for done, question in enumerate(left, answered):
        if progress:
            progress("questions", done, total)
        yield _ask(pipeline, question, prepared)
    if progress:
        progress("questions", total, total)


def _answer(pipeline: Answers, question: Question, reading: Reading | None) -> Answer:
    if reading is None:
        return pipeline.answer(question.question, history=question.history)
    hits = reading.hits[question.id]
    articles = {hit.passage.article_id: reading.articles[hit.passage.article_id] for hit in hits}
    return pipeline.read(question.question, hits, articles)


def _ask(pipeline: Answers, question: Question, prepared: Prepared) -> Row:
    started = time.perf_counter()
    answer = _answer(pipeline, question, prepared.reading)
    seconds = time.perf_counter() - started
    hits: Sequence[Hit] = ()
    ranking_scores: dict[str, float] = {}
    if prepared.reading is None:
        # A follow-up is searched as the pipeline understood it.
        hits, ranking_scores = _ranking(pipeline, answer.asked or question.question, question)
    citations = tuple(_cited(citation, prepared.texts) for citation in answer.citations)
    return Row(
        id=question.id,
        question=question.question,
        answers=question.answers,
        answerable=question.answerable,
        relevant=question.relevant,
        relevance=question.grades,
        history=question.history,
        text=answer.text,
        short=answer.short,
        confidence=answer.confidence,
        abstained=answer.abstained,
        citations=citations,
        hits=tuple(_span(hit) for hit in hits),
        seconds=seconds,
        scores={**ranking_scores, **_answer_scores(answer, question, citations)},
        false_answers=question.false_answers,
    )


def _ranking(pipeline: Answers, query: str, question: Question) -> tuple[Sequence[Hit], dict[str, float]]:
    """Return the ranking and its scores; no scores where the question has no gold to judge by."""
    if question.relevant or not question.gold_articles:
        hits = pipeline.search(query, k=metrics.DEPTH)
        return hits, metrics.by_span(hits, question.relevant) if question.relevant else {}
    articles = _articles_found(pipeline, query)
    return articles, metrics.by_article(articles, question.grades)


def _articles_found(pipeline: Answers, query: str) -> Sequence[Hit]:
    """Search until ten different articles are found, or all: ten passages may come from one article."""
    k = 3 * metrics.DEPTH
    while True:
        hits = pipeline.search(query, k=k)
        articles = metrics.first_of_articles(hits)
        if len(articles) >= metrics.DEPTH or len(hits) < k or k >= _ENOUGH:
            return articles[: metrics.DEPTH]
        k *= 2


def _answer_scores(answer: Answer, question: Question, citations: Sequence[CitedSpan]) -> dict[str, float]:
    scores = {}
    if citations:
        scores["citation_validity"] = float(all(citation.valid for citation in citations))
    if question.answerable and question.answers:
        prediction = "" if answer.abstained else answer.short
        scores["em"] = metrics.exact_match(prediction, question.answers) if prediction else 0.0
        scores["f1"] = metrics.token_f1(prediction, question.answers) if prediction else 0.0
        if citations:
            found = metrics.quote_contains_answer(citations[0].quote, question.answers)
            scores["quote_contains_answer"] = float(found)
        if question.false_answers:
            accounts = (question.answers, question.false_answers)
            scores["both_accounts"] = float(all(metrics.quote_contains_answer(answer.text, one) for one in accounts))
    return scores


def _cited(citation: Citation, texts: Mapping[str, str]) -> CitedSpan:
    text = texts.get(citation.article_id)
    valid = text is not None and text[citation.start : citation.end] == citation.quote
    return CitedSpan(citation.article_id, citation.start, citation.end, citation.quote, valid)


def _span(hit: Hit) -> HitSpan:
    passage = hit.passage
    return HitSpan(passage.article_id, passage.start, passage.end, hit.score)

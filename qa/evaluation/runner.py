"""Runs a question set through the pipeline."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from qa.evaluation import corpus as corpora
from qa.evaluation import metrics
from qa.evaluation.corpus import Corpus
from qa.evaluation.questions import Question, QuestionSet, QuestionSetError, load_set
from qa.evaluation.result import CitedSpan, HitSpan, Result, Row
from qa.evaluation.summary import summarise
from qa.index import Index
from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Answer, Citation, Hit, Turn

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""

_ENOUGH = 10_000


class Answers(Protocol):
    """What is evaluated: a `Pipeline`, or anything that answers and searches like one."""

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Answer a question."""

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the k best passages."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A set made ready to run: gold in normalised offsets, and the texts that citations are checked against."""

    questions: tuple[Question, ...]
    corpus: Corpus
    texts: Mapping[str, str]


def run(  # noqa: PLR0913 - the options of `qa eval`
    set_path: str | Path,
    settings: Settings,
    *,
    half: bool = False,
    limit: int | None = None,
    index: Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Evaluate a question set.

    Args:
        set_path: the set's folder, or the name of one in `evals/sets`.
        settings: of the pipeline; where its index lies is decided here.
        half: leave out every second article, sorted by id: questions about these must be abstained from.
        limit: take only the first so many questions; all articles stay.
        index: search this index instead of a temporary one over the set's articles.
        progress: told about indexing and about each question.

    Raises:
        QuestionSetError: the set cannot be used, or not with these options.
        IndexNotFoundError: `index` is no index.
        IndexStaleError: `index` was built with other settings.
    """
    questions = load_set(set_path)
    if index is not None:
        if half:
            raise QuestionSetError(questions.name, "half of the articles can be left out of a temporary index only")
        pipeline = Pipeline.open(settings.model_copy(update={"index": index}))
        prepared = prepare(questions, _corpus(questions, settings, pipeline.index), limit=limit)
        return _result(pipeline, questions, prepared, progress=progress)
    prepared = prepare(questions, _corpus(questions, settings), half=half, limit=limit)
    with tempfile.TemporaryDirectory(prefix="qa-eval-") as folder:
        pipeline = _indexed(prepared.corpus, Path(folder), settings, progress)
        return _result(pipeline, questions, prepared, half=half, progress=progress)


def _result(
    pipeline: Pipeline,
    questions: QuestionSet,
    prepared: Prepared,
    *,
    half: bool = False,
    progress: Progress | None = None,
) -> Result:
    rows = tuple(evaluate(pipeline, prepared, progress=progress))
    return Result(
        set=questions.name,
        half=half,
        fingerprint=pipeline.settings.fingerprint(),
        settings=pipeline.settings.model_dump(mode="json", exclude={"index"}),
        articles=len(prepared.texts),
        metrics=summarise(rows),
        rows=rows,
    )


def _corpus(questions: QuestionSet, settings: Settings, index: Index | None = None) -> Corpus:
    """Return the set's own articles; where it has none, those of the given index."""
    if questions.articles is not None:
        return corpora.read_corpus(questions.articles, max_chars=settings.max_article_chars)
    if index is not None:
        return Corpus({article.id: {"id": article.id, "text": article.text} for article in index.articles()})
    folder = str(questions.file.parent)
    raise QuestionSetError(folder, "has no articles.jsonl, and no set.toml with a 'corpus': name an index to search")


def prepare(questions: QuestionSet, corpus: Corpus, *, half: bool = False, limit: int | None = None) -> Prepared:
    """Check the set's gold against its articles and take it to the articles that stay.

    Raises:
        QuestionSetError: a gold article or span does not exist.
    """
    corpora.check_gold(questions, corpus)
    kept = corpora.halve(corpus) if half else corpus
    taken = tuple(corpora.for_corpus(question, kept) for question in questions.questions[:limit])
    return Prepared(taken, kept, kept.texts())


def _indexed(corpus: Corpus, folder: Path, settings: Settings, progress: Progress | None) -> Pipeline:
    """Index exactly the articles of `corpus`, below `folder`."""
    source = folder / "articles.jsonl"
    corpora.write_jsonl(corpus, source)
    settings = settings.model_copy(update={"index": folder / "index"})
    report = Index.open(settings, create=True).update([source], progress=progress)
    if report.refused:
        first, count = report.refused[0], len(report.refused)
        raise QuestionSetError(first.path, f"{first.reason} ({count} of the set's articles cannot be indexed)")
    return Pipeline.open(settings)


def evaluate(pipeline: Answers, prepared: Prepared, *, progress: Progress | None = None) -> Iterator[Row]:
    """Ask every question and yield its row.

    The first question is asked once more beforehand, so that loading a model is not counted as its time.
    """
    total = len(prepared.questions)
    for question in prepared.questions[:1]:
        pipeline.answer(question.question, history=question.history)
    for done, question in enumerate(prepared.questions):
        if progress:
            progress("questions", done, total)
        yield _ask(pipeline, question, prepared.texts)
    if progress:
        progress("questions", total, total)


def _ask(pipeline: Answers, question: Question, texts: Mapping[str, str]) -> Row:
    started = time.perf_counter()
    answer = pipeline.answer(question.question, history=question.history)
    seconds = time.perf_counter() - started
    # A follow-up is searched as the pipeline understood it.
    hits, ranking_scores = _ranking(pipeline, answer.asked or question.question, question)
    citations = tuple(_cited(citation, texts) for citation in answer.citations)
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
    return scores


def _cited(citation: Citation, texts: Mapping[str, str]) -> CitedSpan:
    text = texts.get(citation.article_id)
    valid = text is not None and text[citation.start : citation.end] == citation.quote
    return CitedSpan(citation.article_id, citation.start, citation.end, citation.quote, valid)


def _span(hit: Hit) -> HitSpan:
    passage = hit.passage
    return HitSpan(passage.article_id, passage.start, passage.end, hit.score)

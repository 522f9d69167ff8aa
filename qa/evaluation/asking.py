"""Asks the questions of a set; makes passages for questions that are read without a search."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from qa import sources
from qa.evaluation import metrics
from qa.evaluation.corpus import Corpus
from qa.evaluation.questions import GoldSpan, Question, QuestionSetError
from qa.evaluation.result import CitedSpan, HitSpan, Row
from qa.index.passages import CountTokens, split
from qa.text import paragraph_spans
from qa.types import Answer, Article, Citation, Hit, Passage, Turn

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, and how many there are."""

Given = Literal["article", "paragraph"]
"""What is read where nothing is searched."""

# A search for ten different articles ends here, however many passages an article has.
_MAX_K = 10_000
# Nearly every paragraph is one passage, as it is where readers are compared on them.
_PARAGRAPH_TOKENS = 250


class System(Protocol):
    """What is evaluated: a `Pipeline`, or anything that answers, searches and reads like one."""

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Answer a question."""

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the k best passages."""

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Answer a question from these passages, without a search."""


@dataclass(frozen=True, slots=True)
class GivenPassages:
    """What each question is read with.

    Attributes:
        hits: question id -> passages, in reading order.
        articles: article id -> article, for all of them.
    """

    hits: Mapping[str, tuple[Hit, ...]]
    articles: Mapping[str, Article]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A set that is ready to run.

    Attributes:
        questions: with gold offsets into normalised texts.
        corpus: the articles that are kept.
        texts: article id -> text, which citations are checked against.
        given: the passages that each question is read with; None where they are searched for.
    """

    questions: tuple[Question, ...]
    corpus: Corpus
    texts: Mapping[str, str]
    given: GivenPassages | None = None


def evaluate(
    system: System,
    prepared: Prepared,
    *,
    answered: Sequence[Row] = (),
    progress: Progress | None = None,
) -> Iterator[Row]:
    """Ask every question and yield its row, without the first ones, which are `answered`.

    A turn of a dialogue is asked with the system's own answers to the turns before it. The first
    question is asked once more beforehand, so that its time does not include the loading of models.
    """
    total = len(prepared.questions)
    said: dict[str, tuple[Turn, ...]] = {}
    for question, row in zip(prepared.questions, answered, strict=False):
        said[question.dialogue] = _continued(row)
    left = prepared.questions[len(answered) :]
    for question in left[:1]:
        _answer(system, question, prepared.given)
    for done, question in enumerate(left, len(answered)):
        if progress:
            progress("questions", done, total)
        history = said.get(question.dialogue, ()) if question.dialogue else question.history
        row = _ask(system, dataclasses.replace(question, history=history), prepared)
        said[question.dialogue] = _continued(row)
        yield row
    if progress:
        progress("questions", total, total)


def _continued(row: Row) -> tuple[Turn, ...]:
    """Return the conversation after a row's question and answer."""
    return (*row.history, Turn("user", row.question), Turn("assistant", row.text))


def _answer(system: System, question: Question, given: GivenPassages | None) -> Answer:
    if given is None:
        return system.answer(question.question, history=question.history)
    hits = given.hits[question.id]
    articles = {hit.passage.article_id: given.articles[hit.passage.article_id] for hit in hits}
    return system.read(question.question, hits, articles)


def _ask(system: System, question: Question, prepared: Prepared) -> Row:
    started = time.perf_counter()
    answer = _answer(system, question, prepared.given)
    seconds = time.perf_counter() - started
    searched = prepared.given is None
    # A follow-up is searched as the pipeline understood it.
    query = answer.standalone_question or question.question
    hits = _ranking(system, query, question) if searched else ()
    row = Row(
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
        citations=tuple(_cited(citation, prepared.texts) for citation in answer.citations),
        hits=tuple(
            HitSpan(hit.passage.article_id, hit.passage.start, hit.passage.end, hit.score)
            for hit in hits
        ),
        seconds=seconds,
        scores={},
        false_answers=question.false_answers,
        kind=question.kind,
        move=question.move,
        turn=question.turn or (len(question.history) // 2 + 1 if question.history else 0),
        rubric=question.rubric,
    )
    return dataclasses.replace(row, scores=metrics.score(row, searched=searched))


def _ranking(system: System, query: str, question: Question) -> Sequence[Hit]:
    """Return what is judged: passages where gold is spans, the first passage of each article else.

    Ten passages may come from one article, so the search goes deeper until ten different articles
    are found, or all.
    """
    if question.relevant or not question.gold_articles:
        return system.search(query, k=metrics.DEPTH)
    k = 3 * metrics.DEPTH
    while True:
        hits = system.search(query, k=k)
        firsts: dict[str, Hit] = {}
        for hit in hits:
            firsts.setdefault(hit.passage.article_id, hit)
        if len(firsts) >= metrics.DEPTH or len(hits) < k or k >= _MAX_K:
            return tuple(firsts.values())[: metrics.DEPTH]
        k *= 2


def _cited(citation: Citation, texts: Mapping[str, str]) -> CitedSpan:
    text = texts.get(citation.article_id)
    valid = text is not None and text[citation.start : citation.end] == citation.quote
    return CitedSpan(citation.article_id, citation.start, citation.end, citation.quote, valid)


def read_articles(path: Path, *, max_chars: int) -> dict[str, Article]:
    """Return the articles of a `.jsonl` file by id, as the product reads them.

    Raises:
        QuestionSetError: one of them is refused.
    """
    found = {}
    for reading in sources.read(path, base=path, max_chars=max_chars):
        if reading.error is not None:
            raise QuestionSetError(reading.error.path, reading.error.explanation)
        if reading.article is not None:
            found[reading.article.id] = reading.article
    return found


def given_passages(
    questions: Sequence[Question],
    articles: Mapping[str, Article],
    given: Given,
    *,
    passage_tokens: int,
    count_tokens: CountTokens,
) -> GivenPassages:
    """Return the passages of each question's article, or of its paragraph.

    Args:
        questions: with gold in the offsets of `articles`.
        articles: article id -> article, with those of all questions.
        given: "article": the whole article that a question is about, in passages of the usual size;
            "paragraph": the paragraph where it was asked, as one passage if it has at most 250
            tokens.
        passage_tokens: the usual size.
        count_tokens: texts -> number of tokens of each.

    Raises:
        QuestionSetError: a question names no article, or no paragraph.
    """

    @functools.cache
    def of_article(article_id: str) -> tuple[Hit, ...]:
        return _ranked(split(articles[article_id], limit=passage_tokens, count_tokens=count_tokens))

    @functools.cache
    def of_paragraph(place: GoldSpan) -> tuple[Hit, ...]:
        return _ranked(_split_paragraph(articles[place.article_id], place, count_tokens))

    hits = {}
    for question in questions:
        if given == "article":
            hits[question.id] = of_article(_article_of(question))
        else:
            hits[question.id] = of_paragraph(_paragraph_of(question, articles))
    return GivenPassages(hits, articles)


def _article_of(question: Question) -> str:
    if question.article_id is None:
        raise QuestionSetError(
            f"question {question.id!r}",
            "no article can be given without 'relevant', 'doc_ids' or 'paragraph'",
        )
    return question.article_id


def _paragraph_of(question: Question, articles: Mapping[str, Article]) -> GoldSpan:
    """Return where a question was asked, else the paragraphs that hold its first gold span."""
    if question.paragraph is not None:
        return question.paragraph
    if not question.relevant:
        raise QuestionSetError(
            f"question {question.id!r}",
            "no paragraph can be given without 'paragraph' or 'relevant'",
        )
    gold = question.relevant[0]
    held = [
        (start, end)
        for start, end in paragraph_spans(articles[gold.article_id].text)
        if start < gold.end and gold.start < end
    ]
    return GoldSpan(gold.article_id, held[0][0], held[-1][1]) if held else gold


def _split_paragraph(article: Article, place: GoldSpan, count_tokens: CountTokens) -> list[Passage]:
    """Split a paragraph as if it were an article; offsets are those of the whole article."""
    alone = Article(article.id, "", article.text[place.start : place.end])
    passages = []
    for passage in split(alone, limit=_PARAGRAPH_TOKENS, count_tokens=count_tokens):
        start, end = passage.start + place.start, passage.end + place.start
        passages.append(
            Passage(f"{article.id}:{start}-{end}", article.id, start, end, passage.text)
        )
    return passages


def _ranked(passages: Sequence[Passage]) -> tuple[Hit, ...]:
    """Return passages as hits; nothing was searched for, so the score only repeats the rank."""
    return tuple(
        Hit(passage, 1.0 / rank, rank, "hybrid") for rank, passage in enumerate(passages, 1)
    )

"""A pipeline without models: it answers what it was told to, from the articles that it was given."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qa.answering.citations import Citations
from qa.answering.composer import Composer
from qa.answering.rendering import render_text
from qa.errors import ArticleError
from qa.index import ArticleSummary, Report
from qa.index.records import Correction
from qa.index.versions import Version
from qa.settings import Settings
from qa.sources import Reading, read, to_uri
from qa.types import (
    Answer,
    Article,
    Evidence,
    Filter,
    Form,
    Found,
    Hit,
    Partial,
    Passage,
    Statement,
    StreamEvent,
    Turn,
)
from qa.understanding.question_type import question_type

NOTHING = "The articles do not say."
_HIT_CHARS = 200


def found(article: Article, sentence: str, short: str, score: float = 0.9) -> Evidence:
    """Return evidence for a sentence of an article and the short answer in it."""
    start = article.text.index(sentence)
    first = article.text.index(short, start)
    return Evidence(article.id, start, start + len(sentence), first, first + len(short), score)


class FakeIndex:
    """The articles, by id.

    Attributes:
        web: articles that could be added, by address.
    """

    def __init__(self, articles: Sequence[Article], folders: Sequence[Path] = ()) -> None:
        self.settings = Settings()
        self.web: dict[str, Article] = {}
        self._articles = {article.id: article for article in sorted(articles, key=lambda a: a.id)}
        self._roots = [to_uri(folder) for folder in folders]
        self._origins = {
            article_id: f"file:///articles/{article_id}" for article_id in self._articles
        }

    def roots(self) -> list[str]:
        """Return the URIs of the folders."""
        return self._roots

    def articles_by_id(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Return those of the articles that are there, by id."""
        return {i: self._articles[i] for i in article_ids if i in self._articles}

    def catalogue(self) -> list[ArticleSummary]:
        """Return an entry for each article."""
        return [
            ArticleSummary(a.id, a.title, a.source, a.published, a.author, self._origins[a.id])
            for a in sorted(self._articles.values(), key=lambda a: a.id)
        ]

    def update(
        self,
        places: Sequence[str | Path] = (),
        *,
        progress: Callable[[str, int, int], None] | None = None,
        embedded: Callable[[int, int], None] | None = None,
    ) -> Report:
        """Read files, and addresses of `web`; nothing is ever removed."""
        readings = [reading for place in places for reading in self._read(place)]
        found = [(reading.article, reading.origin) for reading in readings if reading.article]
        before = dict(self._articles)
        for article, origin in found:
            self.restore(article, origin)
        return Report(
            added=tuple(a.id for a, _ in found if a.id not in before),
            changed=tuple(a.id for a, _ in found if a.id in before and before[a.id] != a),
            unchanged=tuple(a.id for a, _ in found if before.get(a.id) == a),
            refused=tuple(reading.error for reading in readings if reading.error),
        )

    def _read(self, place: str | Path) -> Iterable[Reading]:
        if isinstance(place, str):
            gone = ArticleError(place, "there is no such page", "see whether it has moved")
            found = self.web.get(place)
            return [Reading(place, found) if found else Reading(place, error=gone)]
        return read(place, base=place, max_chars=1_000_000)

    def restore(self, article: Article, origin: str) -> None:
        """Take an article in."""
        self._articles[article.id] = article
        self._origins[article.id] = origin

    def articles(self) -> list[Article]:
        """Return all articles, sorted by id."""
        return list(self._articles.values())

    @property
    def store(self) -> FakeIndex:
        """The index itself: it has no files."""
        return self

    @contextlib.contextmanager
    def read(self) -> Iterator[FakeIndex]:
        """Give the index itself."""
        yield self

    def versions(self, article_id: str) -> list[Version]:
        """Return the article alone: it was never anything else."""
        return [Version(self.article(article_id), "")]

    def corrections(self, _: Iterable[str]) -> list[Correction]:
        """Return nothing."""
        return []

    def article(self, article_id: str) -> Article:
        """Return one article."""
        if article_id not in self._articles:
            raise ArticleError(article_id, "there is no such article")
        return self._articles[article_id]

    def remove(self, *article_ids: str) -> None:
        """Forget some articles."""
        for article_id in article_ids:
            del self._articles[article_id]


@dataclass
class FakePipeline:
    """Answers scripted questions from its articles and abstains from all others.

    Attributes:
        articles: what the index holds.
        quotes: the exact quotes that answer a question, by question.
        failures: what a question raises instead, by question.
        pause: seconds before each statement of a streamed answer.
        folders: those that the articles would have come from.
        evidence: what a question's answer is composed of, best first, by question; its wording
            decides on the form.
        asked: each question that was streamed, with its history.
        wheres: which articles each of them was asked of.
        llm_name: the name of the chat model that could write.
        writing: what it writes before it is checked.
        quoted: whether each of the questions asked for quotes.
    """

    articles: Sequence[Article]
    quotes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    failures: Mapping[str, Exception] = field(default_factory=dict)
    pause: float = 0.0
    folders: Sequence[Path] = ()
    settings: Settings = field(default_factory=Settings)
    evidence: Mapping[str, Sequence[Evidence]] = field(default_factory=dict)
    asked: list[tuple[str, tuple[Turn, ...]]] = field(default_factory=list)
    wheres: list[Filter | None] = field(default_factory=list)
    llm_name: str = ""
    writing: Sequence[str] = ()
    quoted: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index = FakeIndex(self.articles, self.folders)

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the beginnings of the first `k` articles."""
        starts = [(article, article.text[:_HIT_CHARS]) for article in self.index.articles()[:k]]
        return [
            Hit(
                Passage(f"{article.id}:0", article.id, 0, len(text), text), 1 / rank, rank, "hybrid"
            )
            for rank, (article, text) in enumerate(starts, 1)
        ]

    def answer(
        self, question: str, *, history: Sequence[Turn] = (), where: Filter | None = None
    ) -> Answer:
        """Return the scripted answer to `question`, or an abstention."""
        if question in self.failures:
            raise self.failures[question]
        articles = {article.id: article for article in self.articles}
        citations = Citations(articles)
        form: Form = "yes_no"
        if evidence := self.evidence.get(question, ()):
            composer = Composer(articles, citations, max_quotes=3)
            form, statements = composer.compose(question_type(question), evidence)
            best = evidence[0]
            short = articles[best.article_id].text[best.short_start : best.short_end]
            confidence = best.score
        else:
            statements = [self._quoted(quote, citations) for quote in self.quotes.get(question, ())]
            short = statements[0].text.split()[0] if statements else ""
            confidence = 0.9 if statements else 0.1
        return Answer(
            question,
            form if statements else "abstention",
            render_text(form, statements) or NOTHING,
            tuple(statements),
            short=short,
            confidence=confidence,
            hits=tuple(self.search(question)),
        )

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
    ) -> Iterator[StreamEvent]:
        """Yield what is found, what a chat model writes, the statements, and the answer."""
        self.asked.append((question, tuple(history)))
        self.wheres.append(where)
        self.quoted.append(quotes)
        articles = {article.id: article for article in self.index.articles()}
        yield Found(tuple(self.search(question)), articles)
        for text in self.writing:
            time.sleep(self.pause)
            yield Partial(text)
        answer = self.answer(question, history=history)
        for statement in answer.statements:
            time.sleep(self.pause)
            yield statement
        yield answer

    def _quoted(self, quote: str, citations: Citations) -> Statement:
        article = next(article for article in self.articles if quote in article.text)
        start = article.text.index(quote)
        cited = citations.cite(article.id, (start, start + len(quote)))
        return Statement(quote, (cited,), source=cited.source, published=cited.published)


@dataclass
class HeldPipeline(FakePipeline):
    """Stops within an answer until it is let go, so that what shows meanwhile can be looked at.

    Attributes:
        after: how many statements come before; by default all, so that only the answer itself is
            held back.
        let_go: to be set for the rest.
    """

    after: int | None = None
    let_go: threading.Event = field(default_factory=threading.Event)

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
    ) -> Iterator[StreamEvent]:
        """Yield the first statements together, then the others, then the answer."""
        events = list(super().stream(question, history=history, where=where, quotes=quotes))
        statements = [event for event in events if isinstance(event, Statement)]
        yield from (event for event in events if isinstance(event, Found))
        yield from statements[: self.after]
        self.let_go.wait(30)
        if self.after is not None:
            yield from statements[self.after :]
        yield self.answer(question, history=history)

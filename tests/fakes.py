"""A pipeline without models: it answers what it was told to, from the articles that it was given."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qa.articles import read
from qa.chat.asking import FRAME_SECONDS
from qa.errors import ArticleError
from qa.index import Entry, Report
from qa.settings import Settings
from qa.types import Answer, Article, Citation, Evidence, Filter, Hit, Passage, Turn
from qa.writer import ITEM, Writer

NOTHING = "The articles do not say."
_HIT_CHARS = 200


def found(article: Article, sentence: str, short: str, score: float = 0.9) -> Evidence:
    """Return evidence for a sentence of an article and the short answer in it."""
    start = article.text.index(sentence)
    first = article.text.index(short, start)
    return Evidence(article.id, start, start + len(sentence), first, first + len(short), score)


@dataclass(frozen=True)
class FakeStore:
    """Where the articles would have come from."""

    folders: tuple[Path, ...] = ()

    def roots(self) -> list[Path]:
        """Return the folders."""
        return list(self.folders)


class FakeIndex:
    """The articles, by id."""

    def __init__(self, articles: Sequence[Article], folders: Sequence[Path] = ()) -> None:
        self.settings = Settings()
        self.store = FakeStore(tuple(folders))
        self._articles = {article.id: article for article in sorted(articles, key=lambda a: a.id)}
        self._origins = {article_id: f"/articles/{article_id}" for article_id in self._articles}

    def catalogue(self) -> list[Entry]:
        """Return an entry for each article."""
        return [
            Entry(a.id, a.title, a.source, a.published, a.author, self._origins[a.id])
            for a in sorted(self._articles.values(), key=lambda a: a.id)
        ]

    def update(self, paths: Sequence[Path] = ()) -> Report:
        """Read files; nothing is ever removed."""
        readings = [reading for path in paths for reading in read(path, base=path, max_chars=1_000_000)]
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

    def restore(self, article: Article, origin: str) -> None:
        """Take an article in."""
        self._articles[article.id] = article
        self._origins[article.id] = origin

    def articles(self) -> list[Article]:
        """Return all articles, sorted by id."""
        return list(self._articles.values())

    def article(self, article_id: str) -> Article:
        """Return one article."""
        if article_id not in self._articles:
            raise ArticleError(article_id, "there is no such article")
        return self._articles[article_id]

    def remove(self, article_id: str) -> None:
        """Forget one article."""
        del self._articles[article_id]


@dataclass
class FakePipeline:
    """Answers scripted questions from its articles and abstains from all others.

    Attributes:
        articles: what the index holds.
        quotes: the exact quotes that answer a question, by question.
        failures: what a question raises instead, by question.
        pause: seconds before each piece of a streamed answer.
        folders: those that the articles would have come from.
        evidence: what a question's answer is written of, best first, by question; its wording decides on the form.
        asked: each question that was streamed, with its history.
        wheres: which articles each of them was asked of.
        writer: the name of the chat model that could write.
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
    writer: str = ""
    writing: Sequence[str] = ()
    quoted: list[bool] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index = FakeIndex(self.articles, self.folders)

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the beginnings of the first `k` articles."""
        starts = [(article, article.text[:_HIT_CHARS]) for article in self.index.articles()[:k]]
        return [
            Hit(Passage(f"{article.id}:0", article.id, 0, len(text), text), 1 / rank, rank, "hybrid")
            for rank, (article, text) in enumerate(starts, 1)
        ]

    def answer(self, question: str, *, history: Sequence[Turn] = (), where: Filter | None = None) -> Answer:
        """Return the scripted answer to `question`, or an abstention."""
        if question in self.failures:
            raise self.failures[question]
        if question in self.evidence:
            return self._written(question, self.evidence[question])
        citations = [self._cite(number, quote) for number, quote in enumerate(self.quotes.get(question, ()), 1)]
        text = " ".join(f"{citation.quote} [{citation.number}]" for citation in citations)
        return Answer(
            question,
            text or NOTHING,
            short=citations[0].quote.split()[0] if citations else "",
            citations=tuple(citations),
            confidence=0.9 if citations else 0.1,
            abstained=not citations,
            hits=tuple(self.search(question)),
        )

    def stream(  # noqa: PLR0913 - by keyword, all but the question
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
        watch: Callable[[str], None] | None = None,
        found: Callable[[Sequence[Hit], Mapping[str, Article]], None] | None = None,
    ) -> Iterator[str | Answer]:
        """Yield the words of the answer's text, then the answer."""
        self.asked.append((question, tuple(history)))
        self.wheres.append(where)
        self.quoted.append(quotes)
        if found:
            found(self.search(question), {article.id: article for article in self.index.articles()})
        for text in self.writing if watch else ():
            time.sleep(self.pause)
            watch(text)  # type: ignore[misc]  # it is there
        answer = self.answer(question, history=history)
        for word in answer.text.split(" "):
            time.sleep(self.pause)
            yield word + " "
        yield answer

    def _written(self, question: str, evidence: Sequence[Evidence]) -> Answer:
        articles = {article.id: article for article in self.articles}
        pieces = list(Writer(articles, threshold=0.0, quotes=3).write(question, evidence))
        text = "".join(("\n" if piece.startswith(ITEM) else " ") + piece for piece, _ in pieces)
        best = evidence[0]
        return Answer(
            question,
            text.strip(),
            short=articles[best.article_id].text[best.short_start : best.short_end],
            citations=tuple(citation for _, new in pieces for citation in new),
            confidence=best.score,
            abstained=False,
            hits=tuple(self.search(question)),
        )

    def _cite(self, number: int, quote: str) -> Citation:
        article = next(article for article in self.articles if quote in article.text)
        start = article.text.index(quote)
        origin = (article.id, article.title, article.source, article.published, article.url)
        return Citation(number, *origin, start, start + len(quote), quote)


@dataclass
class HeldPipeline(FakePipeline):
    """Stops within an answer until it is let go, so that what shows meanwhile can be looked at without haste.

    Attributes:
        after: how many words come before; by default all, so that only the answer itself is held back.
        let_go: to be set for the rest.
    """

    after: int | None = None
    let_go: threading.Event = field(default_factory=threading.Event)

    def stream(  # noqa: PLR0913 - by keyword, all but the question
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
        watch: Callable[[str], None] | None = None,
        found: Callable[[Sequence[Hit], Mapping[str, Article]], None] | None = None,
    ) -> Iterator[str | Answer]:
        """Yield the first words of the answer's text together, then the others, then the answer."""
        words = [item for item in super().stream(question, history=history, found=found) if isinstance(item, str)]
        time.sleep(2 * FRAME_SECONDS)  # sooner the chat would not show a frame
        yield "".join(words[: self.after])
        self.let_go.wait(30)
        if self.after is not None:
            yield "".join(words[self.after :])
        yield self.answer(question, history=history)

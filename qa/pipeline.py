"""The pipeline: question -> standalone question -> hits -> evidence -> answer with citations."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa import citations
from qa.errors import QAError, SettingsError
from qa.generator import NO_ANSWER, Generator, sentences
from qa.history import standalone
from qa.index import Index
from qa.reader import Reader
from qa.retriever import Retriever
from qa.settings import Settings
from qa.text import has_surrogates, normalise
from qa.types import Answer, Article, Citation, Evidence, Hit, Passage, Turn
from qa.writer import ITEM, Piece, Writer, abstention

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Pipeline:
    """Answers questions from one index. Safe to use from several threads."""

    def __init__(self, index: Index, *, llm: BaseChatModel | None = None) -> None:
        """Put the parts together.

        Args:
            index: the articles.
            llm: a LangChain chat model that writes the answers; by default `index.settings.llm` names it,
                and where that is empty the answers are quotes.
        """
        self.index = index
        self.settings = settings = index.settings
        self._retriever = Retriever(index, candidates=settings.candidates, lexical_weight=settings.lexical_weight)
        self._reader = Reader(index)
        model = llm or settings.llm
        self._generator = Generator(model) if model else None

    @classmethod
    def open(cls, settings: Settings | None = None, *, llm: BaseChatModel | None = None) -> Pipeline:
        """Open the index that `settings`, or else the environment, name.

        Raises:
            IndexNotFoundError: there is no index.
            IndexStaleError: it was built with other settings.
        """
        return cls(Index.open(settings or Settings.from_env()), llm=llm)

    def search(self, query: str, *, k: int = 10) -> list[Hit]:
        """Return the k best passages for a query, best first.

        Raises:
            QAError: the query is empty, or k is below 1.
        """
        if k < 1:
            raise SettingsError(f"k = {k}: a search returns at least 1 passage")
        return self._retriever.hybrid(_asked(query), k)

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return the answer to a question, or an abstention.

        Args:
            question: in the reader's own words.
            history: the turns before it, oldest first.

        Raises:
            QAError: the question is empty.
            ModelError: a model could not be loaded or failed.
        """
        return _last(self.stream(question, history=history))

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[str | Answer]:
        """Yield the pieces of the answer's text as they come, and the `Answer` itself last."""
        clock = _Clock()
        asked = standalone(_asked(question), history)
        hits, articles = self._retrieve(asked)
        clock.lap("retrieve")
        yield from self._read(question, asked, hits, articles, clock)

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Return the answer that the given passages hold, or an abstention; nothing is searched.

        Args:
            question: standing for itself.
            hits: the passages, all of which are read.
            articles: article id -> article, for all hits.

        Raises:
            QAError: the question is empty.
            ModelError: a model could not be loaded or failed.
        """
        return _last(self._read(question, _asked(question), tuple(hits), articles, _Clock(), most=len(hits)))

    def _read(  # noqa: PLR0913 - the steps between search and answer share all of it
        self,
        question: str,
        asked: str,
        hits: tuple[Hit, ...],
        articles: Mapping[str, Article],
        clock: _Clock,
        *,
        most: int | None = None,
    ) -> Iterator[str | Answer]:
        """Yield the pieces of the answer that passages hold, and the answer."""
        evidence = self._reader.read(asked, hits[: most or self.settings.read], articles)
        clock.lap("read")
        pieces: list[str] = []
        cited: list[Citation] = []
        for text, new in self._write(asked, hits, articles, evidence):
            pieces.append(text)
            cited += new
            yield text if len(pieces) == 1 else f"{_before(text)}{text}"
        if not cited:
            pieces = [abstention(hits, articles)]
            yield pieces[0]
        clock.lap("write")
        yield Answer(
            question=question,
            text="".join(f"{_before(text) if at else ''}{text}" for at, text in enumerate(pieces)),
            short=_short(evidence[0], articles) if cited else "",
            citations=tuple(cited),
            confidence=evidence[0].score if evidence else 0.0,
            abstained=not cited,
            hits=hits,
            timings=clock.laps,
            fingerprint=self.settings.fingerprint(),
            asked=asked,
        )

    def _retrieve(self, asked: str) -> tuple[tuple[Hit, ...], dict[str, Article]]:
        """Return the passages to read and their articles; what changed since it was found is left out."""
        found = self._retriever.hybrid(asked, self.settings.k)
        articles = self.index.store.some({hit.passage.article_id for hit in found})
        fresh = [hit for hit in found if _is_fresh(hit.passage, articles.get(hit.passage.article_id))]
        return tuple(dataclasses.replace(hit, rank=rank) for rank, hit in enumerate(fresh, 1)), articles

    def _write(
        self, asked: str, hits: Sequence[Hit], articles: Mapping[str, Article], evidence: Sequence[Evidence]
    ) -> Iterator[Piece]:
        """Yield the pieces of the answer with the citations that each brings; nothing where there is no evidence."""
        threshold = self._reader.threshold if self.settings.threshold is None else self.settings.threshold
        if not evidence or evidence[0].score < threshold:
            return
        written = False
        try:
            for sentence in self._generated(asked, hits, articles):
                written = True
                yield sentence
        except _NoAnswerError:
            return
        if not written:
            yield from Writer(articles, threshold=threshold, quotes=self.settings.quotes).write(asked, evidence)

    def _generated(self, asked: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Iterator[Piece]:
        """Yield the chat model's sentences that its passages support, as soon as each is complete.

        Raises:
            _NoAnswerError: the model says that the passages hold no answer.
        """
        if self._generator is None:
            return
        known: list[Citation] = []
        for sentence in sentences(self._generator.write(asked, hits, articles)):
            if sentence.startswith(NO_ANSWER):
                raise _NoAnswerError
            checked = citations.check(sentence, hits, articles, known)
            if checked is not None:
                known += checked[1]
                yield checked


def _opened(settings: Settings) -> Pipeline:
    return _opened_at(settings, settings.index.absolute())


@functools.lru_cache(maxsize=4)
def _opened_at(settings: Settings, _place: Path) -> Pipeline:
    return Pipeline.open(settings)


def answer(question: str, *, history: Sequence[Turn] = (), settings: Settings | None = None) -> Answer:
    """Return the answer to a question, from the index that `settings` or `QA_INDEX` name.

    The pipeline is opened once and kept. See `Pipeline.answer` for arguments and errors.
    """
    return _opened(settings or Settings.from_env()).answer(question, history=history)


def search(query: str, *, k: int = 10, settings: Settings | None = None) -> list[Hit]:
    """Return the k best passages for a query, from the index that `settings` or `QA_INDEX` name."""
    return _opened(settings or Settings.from_env()).search(query, k=k)


def _is_fresh(passage: Passage, article: Article | None) -> bool:
    return article is not None and article.text[passage.start : passage.end] == passage.text


def _short(best: Evidence, articles: Mapping[str, Article]) -> str:
    return " ".join(articles[best.article_id].text[best.short_start : best.short_end].split())


def _last(stream: Iterator[str | Answer]) -> Answer:
    """Return the answer that a stream ends with."""
    *_, last = stream
    if not isinstance(last, Answer):
        raise TypeError("a stream ends with its answer")
    return last


def _before(piece: str) -> str:
    """Return what stands between a piece and the one before it."""
    return "\n" if piece.startswith(ITEM) else " "


def _asked(question: str) -> str:
    """Return the question on one line.

    Raises:
        QAError: it is empty, or no text.
    """
    if not (line := " ".join(normalise(question).split())):
        raise QAError("the question is empty: ask about something in the articles")
    if has_surrogates(line):
        raise QAError("the question is not valid Unicode: type it again")
    return line


class _NoAnswerError(Exception):
    """The chat model says that the passages hold no answer."""


class _Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = now - self._last
        self._last = now

"""The pipeline: question -> standalone question -> hits -> evidence -> answer with citations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from qa import citations, scope
from qa.clock import Clock
from qa.drafting import Draft, Drafter, Watch
from qa.errors import QAError, SettingsError
from qa.generator import Generator, Limits
from qa.history import standalone
from qa.index import Index
from qa.reader import Reader, worth_reading
from qa.retriever import Retriever
from qa.settings import Settings
from qa.text import has_surrogates, normalise
from qa.types import Answer, Article, Citation, Evidence, Filter, Hit, Passage, Turn
from qa.writer import ITEM, Piece, Writer, abstention

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Found = Callable[[Sequence[Hit], Mapping[str, Article]], None]
"""Called with the passages that are going to be read, and article id -> article."""


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
        self._drafter = self._drafting(model) if model else None
        self.writer = "" if not model else model if isinstance(model, str) else type(model).__name__

    @classmethod
    def open(cls, settings: Settings | None = None, *, llm: BaseChatModel | None = None) -> Pipeline:
        """Open the index that `settings`, or else the environment, name.

        Raises:
            IndexNotFoundError: there is no index.
            IndexStaleError: it was built with other settings.
        """
        return cls(Index.open(settings or Settings.from_env()), llm=llm)

    def search(self, query: str, *, k: int = 10, where: Filter | None = None) -> list[Hit]:
        """Return the k best passages for a query, best first; of the articles that `where` lets through, if given.

        Raises:
            QAError: the query is empty, or k is below 1.
        """
        if k < 1:
            raise SettingsError(f"k = {k}: a search returns at least 1 passage")
        return self._retriever.hybrid(_asked(query), k, where)

    def answer(
        self, question: str, *, history: Sequence[Turn] = (), where: Filter | None = None, quotes: bool = False
    ) -> Answer:
        """Return the answer to a question, or an abstention, which says what was searched.

        Args:
            question: in the reader's own words.
            history: the turns before it, oldest first.
            where: which articles to answer from; by default all.
            quotes: quote the articles, even where there is a chat model that could write.

        Raises:
            QAError: the question is empty.
            ModelError: a model could not be loaded or failed.
        """
        return _last(self.stream(question, history=history, where=where, quotes=quotes))

    def stream(  # noqa: PLR0913 - by keyword, all but the question
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
        watch: Watch | None = None,
        found: Found | None = None,
    ) -> Iterator[str | Answer]:
        """Yield the pieces of the answer's text as they come, and the `Answer` itself last.

        The arguments are those of `answer`, and `watch`, which is called with the sentence that a chat model is
        writing, again and again, before it is checked. Whatever that raises stops the model and comes out here, as does
        what `found` raises, which is called once, with the passages that are going to be read and their articles.
        """
        draft = Draft(self._drafter, watch) if self._drafter and not quotes else None
        asked = (draft.standalone if draft else standalone)(_asked(question), history)
        clock = Clock()
        hits, articles = self._retrieve(asked, where)
        clock.lap("retrieve")
        if found:
            found(self._worth_reading(hits), articles)
        yield from self._read(question, asked, hits, articles, clock, draft=draft, where=where)

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
        draft, clock = Draft(self._drafter) if self._drafter else None, Clock()
        return _last(self._read(question, _asked(question), tuple(hits), articles, clock, draft=draft, most=len(hits)))

    def _read(  # noqa: PLR0913 - the steps between search and answer share all of it
        self,
        question: str,
        asked: str,
        hits: tuple[Hit, ...],
        articles: Mapping[str, Article],
        clock: Clock,
        *,
        draft: Draft | None,
        most: int | None = None,
        where: Filter | None = None,
    ) -> Iterator[str | Answer]:
        """Yield the pieces of the answer that passages hold, and the answer."""
        chosen = hits[:most] if most else self._worth_reading(hits)
        evidence = self._reader.read(asked, chosen, articles)
        clock.lap("read")
        pieces: list[str] = []
        cited: list[Citation] = []
        for text, new in self._write(asked, hits, articles, evidence, draft):
            pieces.append(text)
            cited += new
            yield text if len(pieces) == 1 else f"{_before(text)}{text}"
        if not cited:
            pieces.append(self._abstention(hits, articles, where))
            yield pieces[0] if len(pieces) == 1 else f" {pieces[-1]}"
        clock.lap("write")
        yield Answer(
            question=question,
            text="".join(f"{_before(text) if at else ''}{text}" for at, text in enumerate(pieces)),
            short=_short(evidence[0], articles) if cited else "",
            citations=tuple(cited),
            confidence=evidence[0].score if evidence else 0.0,
            abstained=not cited,
            hits=hits,
            timings=clock.laps | (draft.usage if draft else {}),
            fingerprint=self.settings.fingerprint(),
            asked=asked,
            note=draft.note if draft else "",
        )

    def _worth_reading(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        return worth_reading(hits, self.settings.read, self.settings.read_within)

    def _abstention(self, hits: Sequence[Hit], articles: Mapping[str, Article], where: Filter | None) -> str:
        """Return what is said instead of an answer: what came nearest, and what was searched if not all."""
        parts = [abstention(hits, articles)] if hits or not where else []
        return " ".join([*parts, *([citations.flat(scope.searched(self.index, where))] if where else [])])

    def _retrieve(self, asked: str, where: Filter | None) -> tuple[tuple[Hit, ...], dict[str, Article]]:
        """Return the passages to read and their articles; what changed since it was found is left out."""
        found = self._retriever.hybrid(asked, self.settings.k, where)
        articles = self.index.store.some({p.article_id for hit in found for p in (hit.passage, *hit.also)})
        fresh = [hit for hit in found if _is_fresh(hit.passage, articles)]
        hits = (
            dataclasses.replace(hit, rank=rank, also=tuple(p for p in hit.also if _is_fresh(p, articles)))
            for rank, hit in enumerate(fresh, 1)
        )
        return tuple(hits), articles

    def _write(
        self,
        asked: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
        evidence: Sequence[Evidence],
        draft: Draft | None,
    ) -> Iterator[Piece]:
        """Yield the pieces of the answer with the citations that each brings; nothing where there is no evidence."""
        threshold = self._reader.threshold if self.settings.threshold is None else self.settings.threshold
        if not evidence or evidence[0].score < threshold:
            return
        if draft is not None:
            yield from draft.pieces(asked, hits, articles)
            if not draft.note:
                return
        cited = draft.citations if draft else ()
        writer = Writer(articles, threshold=threshold, quotes=self.settings.quotes, cited=cited)
        yield from writer.write(asked, evidence)

    def _drafting(self, model: BaseChatModel | str) -> Drafter:
        """Return what drafts answers with a chat model, within the limits of the settings."""
        settings, encoder = self.settings, self.index.encoder
        return Drafter(
            Generator(model, Limits(silence=settings.llm_silence, total=settings.llm_seconds)),
            encoder.count_tokens,
            most_tokens=settings.llm_tokens,
            keep_unsupported=settings.keep_unsupported,
            followups=settings.llm_followups,
            prices=(settings.llm_price_in, settings.llm_price_out),
        )


def _is_fresh(passage: Passage, articles: Mapping[str, Article]) -> bool:
    article = articles.get(passage.article_id)
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

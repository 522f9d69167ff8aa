"""The pipeline: understand, retrieve, read, judge, compose."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa import protocols
from qa.answering import generation
from qa.answering.citations import Citations
from qa.answering.composer import Composer, judge
from qa.answering.generated import AnswerGenerator, GeneratedAnswer
from qa.answering.reader import Reader, worth_reading
from qa.answering.rendering import abstention_text, render_text
from qa.answering.transcripts import speaker_name
from qa.errors import QAError, SettingsError
from qa.index import Index, Snapshot
from qa.retrieval.hybrid import Retriever
from qa.settings import Settings
from qa.text import has_surrogates, normalise
from qa.types import (
    Answer,
    Article,
    Evidence,
    Filter,
    Form,
    Found,
    Hit,
    Partial,
    Query,
    Statement,
    StreamEvent,
    Turn,
)
from qa.understanding.followups import standalone
from qa.understanding.question_type import question_type

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True, slots=True)
class _Retrieved:
    """What was found for a query: hits, article id -> article, and what was searched if not all."""

    hits: tuple[Hit, ...]
    articles: Mapping[str, Article]
    searched: str = ""


class _Timer:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Record the time since the last lap as that of a stage."""
        now = time.perf_counter()
        self.seconds[stage], self._last = now - self._last, now


class Pipeline:
    """Answers questions from one index. Safe to use from several threads.

    Args:
        index: the articles.
        retriever: ranks passages for a query; by default vectors and BM25, re-ranked.
        reader: finds the spans that may answer; by default the network that comes with the package.
        generator: writes answers with a chat model; by default one is made of `llm`.
        llm: a LangChain chat model that writes the answers; by default the one that
            `index.settings.llm` names. Where that is empty, too, articles are quoted.

    Attributes:
        llm_name: the name of the chat model; empty where articles are quoted.
    """

    def __init__(
        self,
        index: Index,
        *,
        retriever: protocols.Retriever | None = None,
        reader: protocols.Reader | None = None,
        generator: AnswerGenerator | None = None,
        llm: BaseChatModel | None = None,
    ) -> None:
        self.index = index
        self.settings = settings = index.settings
        self._retriever = retriever or Retriever(
            index.encoder,
            first_stage_k=settings.first_stage_k,
            lexical_weight=settings.lexical_weight,
        )
        self._reader = reader or Reader()
        model = llm or settings.llm
        self._generator = generator or (self._generator_of(model) if model else None)
        self.llm_name = model if isinstance(model, str) else type(model).__name__

    @classmethod
    def open(
        cls, settings: Settings | None = None, *, llm: BaseChatModel | None = None
    ) -> Pipeline:
        """Open the index that `settings`, or else the environment, name.

        Raises:
            IndexNotFoundError: there is no index.
            IndexStaleError: it was built with other settings.
        """
        return cls(Index.open(settings or Settings.from_env()), llm=llm)

    def search(self, query: str, *, k: int = 10, where: Filter | None = None) -> list[Hit]:
        """Return the k best passages for a query, best first, of the articles that `where` selects.

        Raises:
            QAError: the query is empty, or k is below 1.
        """
        if k < 1:
            raise SettingsError(f"k = {k}: a search returns at least 1 passage")
        line = _one_line(query)
        with self.index.snapshot() as snapshot:
            return self._retriever.retrieve(snapshot, line, k, where)

    def answer(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
    ) -> Answer:
        """Return the answer to a question, or an abstention, which says what was searched.

        Args:
            question: in the reader's own words.
            history: the turns before it, oldest first.
            where: which articles to answer from; by default all.
            quotes: quote the articles even where a chat model could write.

        Raises:
            QAError: the question is empty.
            ModelError: a model could not be loaded or failed.
        """
        return _last(self.stream(question, history=history, where=where, quotes=quotes))

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        quotes: bool = False,
    ) -> Iterator[StreamEvent]:
        """Yield what happens while a question is answered, and the `Answer` itself last.

        A `Found` tells what is going to be read; then come the statements, each as soon as it is
        known, and while a chat model writes, the `Partial` sentence it is at. Closing the iterator
        stops the model. Arguments and errors are those of `answer`.
        """
        timer = _Timer()
        written = self._generator.start() if self._generator and not quotes else None
        query = yield from self._understand(question, history, where, written)
        timer.lap("understand")
        with self.index.snapshot() as snapshot:
            found = self._retrieve(snapshot, query)
            timer.lap("retrieve")
            top_k, margin = self.settings.reader_top_k, self.settings.reader_margin
            chosen = worth_reading(found.hits, top_k, margin)
            yield Found(tuple(chosen), found.articles)
            evidence = self._reader.read(snapshot, query.text, chosen, found.articles)
        timer.lap("read")
        accepted = self._judge(evidence, found.articles)
        answer = yield from self._compose(query, found, evidence, accepted, written)
        timer.lap("compose")
        usage = written.usage if written else {}
        yield dataclasses.replace(answer, timings=timer.seconds | usage)

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Return the answer that the given passages hold, or an abstention; nothing is searched.

        Args:
            question: a standalone question.
            hits: the passages, all of which are read.
            articles: article id -> article, for all hits.

        Raises:
            QAError: the question is empty.
            ModelError: a model could not be loaded or failed.
        """
        timer = _Timer()
        written = self._generator.start() if self._generator else None
        text = _one_line(question)
        query, found = Query(question, text, question_type(text)), _Retrieved(tuple(hits), articles)
        with self.index.snapshot() as snapshot:
            evidence = self._reader.read(snapshot, query.text, hits, articles)
        timer.lap("read")
        accepted = self._judge(evidence, articles)
        answer = _returned(self._compose(query, found, evidence, accepted, written))
        timer.lap("compose")
        usage = written.usage if written else {}
        return dataclasses.replace(answer, timings=timer.seconds | usage)

    def _understand(
        self,
        question: str,
        history: Sequence[Turn],
        where: Filter | None,
        written: GeneratedAnswer | None,
    ) -> Generator[Partial, None, Query]:
        """Return what is asked: with what a follow-up leaves unsaid, and the type of question."""
        text = _one_line(question)
        if written is None:
            text = standalone(text, history)
        else:
            text = yield from written.standalone(text, history)
        return Query(question, text, question_type(text), where)

    def _retrieve(self, snapshot: Snapshot, query: Query) -> _Retrieved:
        """Return the best passages and their articles."""
        hits = self._retriever.retrieve(snapshot, query.text, self.settings.k, query.where)
        articles = snapshot.articles(
            {p.article_id for hit in hits for p in (hit.passage, *hit.duplicates)}
        )
        searched = snapshot.describe(query.where) if query.where else ""
        return _Retrieved(tuple(hits), articles, searched)

    def _judge(
        self, evidence: Sequence[Evidence], articles: Mapping[str, Article]
    ) -> list[Evidence]:
        """Return the evidence that is sure enough to answer with."""
        threshold = self.settings.threshold
        return judge(evidence, articles, self._reader.threshold if threshold is None else threshold)

    def _compose(
        self,
        query: Query,
        found: _Retrieved,
        evidence: Sequence[Evidence],
        accepted: Sequence[Evidence],
        written: GeneratedAnswer | None,
    ) -> Generator[Partial | Statement, None, Answer]:
        """Yield the statements as they come; return the answer, or an abstention where none did.

        A chat model writes, if there is one. Where it fails, the evidence is quoted instead.
        """
        articles = found.articles
        citations = Citations(articles)
        form: Form = query.type
        statements: list[Statement] = []
        if accepted and written:
            for event in written.statements(query.text, found.hits, articles, citations):
                statements += [event] if isinstance(event, Statement) else []
                yield event
        if accepted and (not written or written.fallback_reason):
            composer = Composer(articles, citations, max_quotes=self.settings.max_quotes)
            form, quoted = composer.compose(query.type, accepted)
            statements += quoted
            yield from quoted
        answer = self._abstention(query, found, evidence)
        if not citations:
            return answer
        reason = written.fallback_reason if written else ""
        best = accepted[0]
        span = best.short_start, best.short_end
        short = speaker_name(articles[best.article_id].text, span)
        return dataclasses.replace(
            answer,
            form=form,
            text=render_text(form, statements, reason),
            statements=tuple(statements),
            short=" ".join(short.split()),
            fallback_reason=reason,
        )

    def _abstention(self, query: Query, found: _Retrieved, evidence: Sequence[Evidence]) -> Answer:
        return Answer(
            question=query.question,
            form="abstention",
            text=abstention_text(found.hits, found.articles, found.searched),
            confidence=evidence[0].score if evidence else 0.0,
            hits=found.hits,
            fingerprint=self.settings.fingerprint(),
            standalone_question=query.text,
        )

    def _generator_of(self, model: BaseChatModel | str) -> AnswerGenerator:
        """Return what writes answers with a chat model, within the limits of the settings."""
        settings = self.settings
        limits = generation.Limits(settings.llm_idle_timeout, settings.llm_timeout)
        return AnswerGenerator(
            generation.ChatModel(model, limits),
            self.index.encoder.count_tokens,
            max_tokens=settings.llm_tokens,
            keep_unsupported=settings.keep_unsupported,
            rewrites_followups=settings.llm_followups,
            prices=(settings.llm_price_in, settings.llm_price_out),
        )


def _last(stream: Iterator[StreamEvent]) -> Answer:
    """Return the answer that a stream ends with."""
    *_, last = stream
    if not isinstance(last, Answer):
        raise TypeError("a stream ends with its answer")
    return last


def _returned(composing: Generator[Partial | Statement, None, Answer]) -> Answer:
    """Run a generator to its end and return its value."""
    while True:
        try:
            next(composing)
        except StopIteration as end:
            answer: Answer = end.value
            return answer


def _one_line(question: str) -> str:
    """Return the question on one line.

    Raises:
        QAError: it is empty, or not valid Unicode.
    """
    if not (line := " ".join(normalise(question).split())):
        raise QAError("the question is empty: ask about something in the articles")
    if has_surrogates(line):
        raise QAError("the question is not valid Unicode: type it again")
    return line

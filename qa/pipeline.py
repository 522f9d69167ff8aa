"""The pipeline: understand, retrieve, read, judge, compose."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from qa import protocols
from qa.answering.answer_cache import AnswerCache
from qa.answering.catalogue import catalogue_answer, is_told
from qa.answering.citations import Citations
from qa.answering.closest import closest
from qa.answering.ends import last, returned
from qa.answering.foreign import UNCHECKED, composed, is_foreign, language_note
from qa.answering.generated import AnswerGenerator, GeneratedAnswer
from qa.answering.language_reader import open_reader
from qa.answering.moves import MoveAnswers
from qa.answering.recall import Recall
from qa.answering.rendering import abstention_text, render_text
from qa.answering.searching import Retrieved, Search, is_near, scope_note, wants_telling
from qa.answering.stories import Stories
from qa.answering.talk import talk
from qa.answering.timing import StageTimer
from qa.answering.uncited import uncited
from qa.errors import SettingsError
from qa.index import Index, Snapshot
from qa.models.encoder import open_encoder
from qa.query import STORIES, Query
from qa.retrieval.hybrid import Retriever
from qa.settings import Settings
from qa.types import (
    Answer,
    Article,
    Filter,
    Form,
    Hit,
    Partial,
    Statement,
    StreamEvent,
    Turn,
)
from qa.understanding.followups import Resolved, Resolver
from qa.understanding.question_type import question_type
from qa.understanding.understand import Understanding, question_line, questions

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Pipeline:
    """Answers questions from one index. Safe to use from several threads.

    Args:
        index: the articles.
        retriever: ranks passages for a query; by default vectors and BM25, re-ranked.
        reader: finds the spans that may answer; by default the network that comes with the
            package, and with a multilingual encoder the nearest sentence for other languages.
        generator: writes answers with a chat model; by default one is made of `llm`.
        llm: a LangChain chat model that writes the answers; by default the one that
            `index.settings.llm` names. Where that is empty, too, articles are quoted.
        cache: keeps answers that quote the articles; by default none are kept.

    Attributes:
        llm_name: the name of the chat model; empty where articles are quoted.
    """

    def __init__(  # noqa: PLR0913 - by keyword, all but the first
        self,
        index: Index,
        *,
        retriever: protocols.Retriever | None = None,
        reader: protocols.Reader | None = None,
        generator: AnswerGenerator | None = None,
        llm: BaseChatModel | None = None,
        cache: AnswerCache | None = None,
    ) -> None:
        self.index = index
        self.settings = settings = index.settings
        self._retriever = retriever or Retriever(
            index.encoder,
            first_stage_k=settings.first_stage_k,
            lexical_weight=settings.lexical_weight,
        )
        self._reader = reader or open_reader(index.encoder)
        self._search = Search(self._retriever, self._reader, settings)
        multilingual = isinstance(index.encoder, protocols.MultilingualEncoder)
        # What was learned of English questions belongs to the packaged encoder.
        encoder = open_encoder() if multilingual else index.encoder
        self._understanding = Understanding(encoder, multilingual=multilingual)
        self._resolver = Resolver(encoder)
        self._moves = MoveAnswers(self._search, self._retriever, self._understanding, encoder)
        self._recall = Recall()
        self._cache = cache
        model = llm or settings.llm
        count = index.encoder.count_tokens
        self._generator = generator or (
            AnswerGenerator.of(model, settings, count) if model else None
        )
        self.llm_name = model if isinstance(model, str) else type(model).__name__

    @classmethod
    def open(
        cls,
        settings: Settings | None = None,
        *,
        reader: protocols.Reader | None = None,
        llm: BaseChatModel | None = None,
        cached: bool = False,
    ) -> Pipeline:
        """Open the index that `settings`, or else the environment, name; `cached` keeps answers.

        Raises:
            IndexNotFoundError: there is no index.
            IndexStaleError: it was built with other settings.
        """
        index = Index.open(settings or Settings.from_env())
        cache = AnswerCache(index.settings.cache_mb * 1_000_000) if cached else None
        return cls(index, reader=open_reader(index.encoder, reader), llm=llm, cache=cache)

    def search(self, query: str, *, k: int = 10, where: Filter | None = None) -> list[Hit]:
        """Return the k best passages for a query, best first, of the articles that `where` selects.

        Raises:
            QAError: the query is empty, or k is below 1.
        """
        if k < 1:
            raise SettingsError(f"k = {k}: a search returns at least 1 passage")
        with self.index.snapshot() as snapshot:
            return self._retriever.retrieve(snapshot, question_line(query), k, where)

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
        return last(self.stream(question, history=history, where=where, quotes=quotes))

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
        timer = StageTimer()
        written = self._generator.start() if self._generator and not quotes else None
        line, history = question_line(question), self._recall.structured(history)
        with self.index.snapshot() as snapshot:
            foreign = self._understanding.is_foreign(snapshot, line)
            resolved = self._resolver.understand(line, () if foreign else history, snapshot)
            timer.lap("understand")
            answer = yield from self._moved(snapshot, line, resolved, where, timer)
            if answer is None:
                text = resolved.text
                if written is not None and not foreign:
                    text = yield from written.standalone(line, history, text, self._resolver)
                asked = (question, text, where)
                answering = self._understood(snapshot, asked, resolved, written, timer)
                # A chat model also sees the day; what a conversation adds is its own.
                if self._cache and not (written or resolved.near or resolved.said):
                    answering = self._cache.through(snapshot, asked, answering, timer.lap)
                answer = yield from answering
        timings = timer.seconds | (written.usage if written else {})
        others = resolved.others
        answer = dataclasses.replace(answer, question=question, timings=timings, others=others)
        self._recall.note(answer)
        yield answer

    def _understood(
        self,
        snapshot: Snapshot,
        asked: tuple[str, str, Filter | None],
        resolved: Resolved,
        written: GeneratedAnswer | None,
        timer: StageTimer,
    ) -> Generator[StreamEvent, None, Answer]:
        """Answer a message, as it was sent and as it stands alone, with one question or several."""
        message, text, where = asked
        whole = written or self._understanding.is_foreign(snapshot, message)
        parts = [text] if whole else questions(text, self._resolver.within(snapshot))
        found = self._understanding.understand_all(snapshot, message, parts, where)
        first, *others = (resolved.continued(query) for query in found)
        timer.lap("understand")
        if not others:
            return (yield from self._answer(snapshot, first, written, timer))
        return (yield from self._several(snapshot, [first, *others], timer))

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
        timer = StageTimer()
        written = self._generator.start() if self._generator else None
        text = question_line(question)
        query = Query(question, text, question_type(text), topic=text)
        with self.index.snapshot() as snapshot:
            evidence = self._reader.read(snapshot, query.text, hits, articles)
        timer.lap("read")
        accepted = self._search.judged(evidence, articles)
        found = Retrieved(tuple(hits), articles, evidence=evidence, accepted=accepted)
        answer = returned(self._compose(query, found, written))
        timer.lap("compose")
        usage = written.usage if written else {}
        return dataclasses.replace(answer, timings=timer.seconds | usage)

    def _moved(
        self,
        snapshot: Snapshot,
        message: str,
        resolved: Resolved,
        where: Filter | None,
        timer: StageTimer,
    ) -> Generator[StreamEvent, None, Answer | None]:
        """Answer what is wanted of the answer before; None if it is a question, or nothing is."""
        if (before := resolved.before) is None:
            return None
        moves, lap = self._moves, timer.lap
        query, told, found = yield from moves.answer(snapshot, message, resolved, where, lap)
        if told is None:
            return None
        yield from told.statements
        timer.lap("compose")
        answer = self._quoted(query, found, told.form, told.statements, note=told.note)
        return dataclasses.replace(answer, confidence=max(answer.confidence, before.confidence))

    def _answer(
        self, snapshot: Snapshot, query: Query, written: GeneratedAnswer | None, timer: StageTimer
    ) -> Generator[StreamEvent, None, Answer]:
        """Answer one question, in the form that it wants."""
        if query.intent.startswith("talk"):
            told, made_by = talk(snapshot, query.intent), self.settings.fingerprint()
            return (yield from uncited(query, "talk", told, made_by))
        if query.intent.startswith("catalogue"):
            return (yield from self._catalogued(snapshot, query, written, timer))
        found = yield from self._search.find(snapshot, query, timer.lap)
        if written is None and (query.intent in STORIES or wants_telling(query, found)):
            scope = query.scopes[0] if query.scopes else None
            stories = Stories(snapshot, self.index.encoder, dict(found.articles))
            where = scope.where if scope else query.where
            deep = self._search.deep(snapshot, query, where)
            form, statements = stories.answer(query, found.accepted, deep)
            if statements:
                yield from statements
                timer.lap("compose")
                found = dataclasses.replace(found, scope=scope)
                return self._quoted(query, found, form, statements)
        answer = yield from self._compose(query, found, written)
        if written is None and not answer.statements and self.settings.threshold is None:
            close = closest(self._search, snapshot, self.index.encoder, query, found)
            if quoted := close.statements:
                yield from quoted
                answer = self._quoted(query, close.found, "explanation", quoted, note=close.note)
        timer.lap("compose")
        return answer

    def _catalogued(
        self, snapshot: Snapshot, query: Query, written: GeneratedAnswer | None, timer: StageTimer
    ) -> Generator[StreamEvent, None, Answer]:
        """Answer a request for articles; one that is about none of them is first read for."""
        if not is_told(snapshot, query):
            asked = dataclasses.replace(query, intent="question")
            answer = yield from self._answer(snapshot, asked, written, timer)
            if not answer.abstained:
                return answer
        k, find = self.settings.k, self._retriever.retrieve
        statements = catalogue_answer(
            snapshot, query, lambda text, where: find(snapshot, text, k, where)
        )
        made_by = self.settings.fingerprint()
        return (yield from uncited(query, "catalogue", statements, made_by))

    def _several(
        self, snapshot: Snapshot, queries: Sequence[Query], timer: StageTimer
    ) -> Generator[StreamEvent, None, Answer]:
        """Answer each question of a message, in one answer; what has no answer is named."""
        articles: dict[str, Article] = {}
        citations, statements = Citations(articles), list[Statement]()
        first: tuple[Query, Retrieved] | None = None
        silent = []
        for query in queries:
            found = yield from self._search.find(snapshot, query, timer.lap)
            articles |= found.articles
            if first is None or (found.accepted and not first[1].accepted):
                first = query, found
            if found.accepted:
                _, quoted = composed(query, found, citations, 1)
                yield from quoted
                statements += quoted
            else:
                silent.append(f"“{query.text}”")
        timer.lap("compose")
        query, found = first or (queries[0], Retrieved((), {}))
        if not statements:
            return self._abstention(query, found)
        answer = self._quoted(query, found, "fact", statements)
        note = f"Not in the articles: {', '.join(silent)}." if silent else ""
        return dataclasses.replace(
            answer,
            note=note,
            text=render_text("fact", statements, note=note),
            where=None,
            standalone_question=" ".join(query.text for query in queries),
        )

    def _compose(
        self, query: Query, found: Retrieved, written: GeneratedAnswer | None
    ) -> Generator[Partial | Statement, None, Answer]:
        """Yield the statements as they come; return the answer, or an abstention where none did.

        A chat model writes, if there is one. Where it fails, the evidence is quoted instead.
        """
        accepted, articles = found.accepted, found.articles
        citations = Citations(articles)
        form: Form = query.type
        statements: list[Statement] = []
        foreign = is_foreign(query, found)
        if written and foreign and accepted:
            written.fallback_reason = UNCHECKED
        elif written and is_near(query, found):
            for event in written.statements(query.text, found.hits, articles, citations):
                statements += [event] if isinstance(event, Statement) else []
                yield event
        if accepted and (not written or written.fallback_reason):
            form, quoted = composed(query, found, citations, self.settings.max_quotes)
            statements += quoted
            yield from quoted
        left_out = tuple(written.left_out) if written else ()
        if not citations:
            return dataclasses.replace(self._abstention(query, found), left_out=left_out)
        reason = written.fallback_reason if written else ""
        note = language_note(query, statements, articles) if foreign else ""
        answer = self._quoted(query, found, form, statements, reason, note)
        return dataclasses.replace(answer, left_out=left_out)

    def _quoted(  # noqa: PLR0913, PLR0917 - the fields of an answer
        self,
        query: Query,
        found: Retrieved,
        form: Form,
        statements: Sequence[Statement],
        reason: str = "",
        note: str = "",
    ) -> Answer:
        """Return the answer of these statements."""
        short = statements[0].short_answer if form in {"fact", "yes_no"} else ""
        note = note or scope_note(query, found.scope)
        return dataclasses.replace(
            self._abstention(query, found),
            form=form,
            text=render_text(form, statements, reason, note),
            statements=tuple(statements),
            short=" ".join((short or found.short).split()),
            fallback_reason=reason,
            note=note,
            where=found.scope.where if found.scope else None,
        )

    def _abstention(self, query: Query, found: Retrieved) -> Answer:
        return Answer(
            question=query.question,
            form="abstention",
            text=abstention_text(found.hits, found.articles, found.searched),
            confidence=found.evidence[0].score if found.evidence else 0.0,
            hits=found.hits,
            fingerprint=self.settings.fingerprint(),
            standalone_question=query.text,
        )

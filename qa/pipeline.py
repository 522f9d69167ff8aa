"""The pipeline: understand, retrieve, read, judge, compose."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa import protocols
from qa.answering import generation
from qa.answering.catalogue import catalogue_answer
from qa.answering.citations import Citations
from qa.answering.composer import Composer, judge
from qa.answering.generated import AnswerGenerator, GeneratedAnswer
from qa.answering.reader import Reader, worth_reading
from qa.answering.kinds import kind_of
from qa.answering.rendering import abstention_text, render_text
from qa.answering.stories import Stories
from qa.answering.talk import talk
from qa.dates import days
from qa.errors import QAError, SettingsError
from qa.index import Index, Snapshot
from qa.query import STORIES, Intent, Query, Scope
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
    Statement,
    StreamEvent,
    Turn,
)
from qa.understanding.followups import standalone
from qa.understanding.question_type import question_type
from qa.understanding.understand import Understanding, questions

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


# Where accounts of different times or parties are wanted, this many times as much is read.
_WIDE = 2
_WIDELY_READ: frozenset[Intent] = frozenset({"changes", "differ", "latest", "compare"})
# An answer from the second guess at a question's scope must be this much surer than the first.
_MUCH = 0.8
# Passages that tell which articles a story is in.
_DEEP = 40


@dataclass(frozen=True, slots=True)
class _Retrieved:
    """What was found for a query.

    Attributes:
        hits: the best passages.
        articles: article id -> article, for all hits.
        searched: what was searched, where that is not everything.
        evidence: what was read in them, best first.
        accepted: what of it is sure enough to answer with.
        scope: what the question's own words limited the search to.
    """

    hits: tuple[Hit, ...]
    articles: Mapping[str, Article]
    searched: str = ""
    evidence: Sequence[Evidence] = ()
    accepted: Sequence[Evidence] = ()
    scope: Scope | None = None


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
        self._understanding = Understanding(index.encoder)
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
        text = yield from self._standalone(question, history, written)
        with self.index.snapshot() as snapshot:
            parts = [text] if written else questions(text)
            queries = self._understanding.understand_all(snapshot, question, parts, where)
            timer.lap("understand")
            if len(queries) == 1:
                answer = yield from self._answer(snapshot, queries[0], written, timer)
            else:
                answer = yield from self._several(snapshot, queries, timer)
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
        query = Query(question, text, question_type(text), topic=text)
        with self.index.snapshot() as snapshot:
            evidence = self._reader.read(snapshot, query.text, hits, articles)
        timer.lap("read")
        accepted = self._judge(evidence, articles)
        found = _Retrieved(tuple(hits), articles, evidence=evidence, accepted=accepted)
        answer = _returned(self._compose(query, found, written))
        timer.lap("compose")
        usage = written.usage if written else {}
        return dataclasses.replace(answer, timings=timer.seconds | usage)

    def _standalone(
        self, question: str, history: Sequence[Turn], written: GeneratedAnswer | None
    ) -> Generator[Partial, None, str]:
        """Return the question on one line, with what a follow-up leaves unsaid."""
        text = _one_line(question)
        if written is None:
            return standalone(text, history)
        return (yield from written.standalone(text, history))

    def _answer(
        self, snapshot: Snapshot, query: Query, written: GeneratedAnswer | None, timer: _Timer
    ) -> Generator[StreamEvent, None, Answer]:
        """Answer one question, in the form that it wants."""
        if query.intent.startswith("talk"):
            return (yield from self._told(query, "talk", talk(snapshot, query.intent)))
        if query.intent.startswith("catalogue"):
            statements = catalogue_answer(snapshot, query, self._finder(snapshot))
            return (yield from self._told(query, "catalogue", statements))
        found = yield from self._found(snapshot, query, timer)
        if written is None and (query.intent in STORIES or _wants_telling(query, found)):
            if query.scopes:
                found = dataclasses.replace(found, scope=query.scopes[0])
            stories = Stories(snapshot, self.index.encoder, dict(found.articles))
            where = found.scope.where if found.scope else query.where
            deep = self._retriever.retrieve(snapshot, query.topic, _DEEP, where)
            form, statements = stories.answer(query, found.accepted, deep)
            if statements:
                yield from statements
                timer.lap("compose")
                return self._quoted(query, found, form, statements)
        answer = yield from self._compose(query, found, written)
        timer.lap("compose")
        return answer

    def _several(
        self, snapshot: Snapshot, queries: Sequence[Query], timer: _Timer
    ) -> Generator[StreamEvent, None, Answer]:
        """Answer each question of a message, in one answer; what has no answer is named."""
        articles: dict[str, Article] = {}
        citations, statements = Citations(articles), list[Statement]()
        first: tuple[Query, _Retrieved] | None = None
        silent = []
        for query in queries:
            found = yield from self._found(snapshot, query, timer)
            articles |= found.articles
            if first is None or (found.accepted and not first[1].accepted):
                first = query, found
            if not found.accepted:
                silent.append(f"“{query.text}”")
                continue
            composer = Composer(articles, citations, max_quotes=1)
            _, quoted = composer.compose(query.type, found.accepted, query.intent)
            yield from quoted
            statements += quoted
        timer.lap("compose")
        query, found = first or (queries[0], _Retrieved((), {}))
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

    def _told(
        self, query: Query, form: Form, statements: Sequence[Statement]
    ) -> Generator[Statement, None, Answer]:
        """Return an answer that quotes nothing."""
        yield from statements
        return Answer(
            query.question,
            form,
            render_text(form, statements),
            tuple(statements),
            confidence=1.0,
            fingerprint=self.settings.fingerprint(),
            standalone_question=query.text,
            where=query.scopes[0].where if query.scopes else None,
        )

    def _finder(self, snapshot: Snapshot) -> Callable[[str, Filter | None], Sequence[Hit]]:
        return lambda text, where: self._retriever.retrieve(snapshot, text, self.settings.k, where)

    def _found(
        self, snapshot: Snapshot, query: Query, timer: _Timer
    ) -> Generator[Found, None, _Retrieved]:
        """Search and read the articles that the question's words ask for, or else all of them.

        Of several guesses at these the first counts, unless another answers much more surely.
        """
        best: _Retrieved | None = None
        for scope in (*query.scopes, None):
            if scope is None and best is not None:
                break
            found = self._retrieve(snapshot, query, scope)
            timer.lap("retrieve")
            wide = _WIDE if query.intent in _WIDELY_READ else 1
            top_k, margin = wide * self.settings.reader_top_k, wide * self.settings.reader_margin
            chosen = with_newest(worth_reading(found.hits, top_k, margin), found, wide)
            yield Found(tuple(chosen), found.articles)
            text = query.topic if scope else query.text
            evidence = self._reader.read(snapshot, text, chosen, found.articles)
            accepted = self._judge(evidence, found.articles)
            timer.lap("read")
            found = dataclasses.replace(found, evidence=evidence, accepted=accepted)
            if accepted and (best is None or _MUCH * accepted[0].score > best.accepted[0].score):
                best = found
        return best or found

    def _retrieve(self, snapshot: Snapshot, query: Query, scope: Scope | None) -> _Retrieved:
        """Return the best passages and their articles."""
        where, text = (scope.where, query.topic) if scope else (query.where, query.text)
        hits = self._retriever.retrieve(snapshot, text, self.settings.k, where)
        articles = snapshot.articles(
            {p.article_id for hit in hits for p in (hit.passage, *hit.duplicates)}
        )
        searched = snapshot.describe(where) if where else ""
        return _Retrieved(tuple(hits), articles, searched, scope=scope)

    def _judge(
        self, evidence: Sequence[Evidence], articles: Mapping[str, Article]
    ) -> list[Evidence]:
        """Return the evidence that is sure enough to answer with."""
        threshold = self.settings.threshold
        return judge(evidence, articles, self._reader.threshold if threshold is None else threshold)

    def _compose(
        self, query: Query, found: _Retrieved, written: GeneratedAnswer | None
    ) -> Generator[Partial | Statement, None, Answer]:
        """Yield the statements as they come; return the answer, or an abstention where none did.

        A chat model writes, if there is one. Where it fails, the evidence is quoted instead.
        """
        accepted, articles = found.accepted, found.articles
        citations = Citations(articles)
        form: Form = query.type
        statements: list[Statement] = []
        if accepted and written:
            for event in written.statements(query.text, found.hits, articles, citations):
                statements += [event] if isinstance(event, Statement) else []
                yield event
        if accepted and (not written or written.fallback_reason):
            composer = Composer(articles, citations, max_quotes=self.settings.max_quotes)
            form, quoted = composer.compose(query.type, accepted, query.intent)
            statements += quoted
            yield from quoted
        if not citations:
            return self._abstention(query, found)
        reason = written.fallback_reason if written else ""
        return self._quoted(query, found, form, statements, reason)

    def _quoted(
        self,
        query: Query,
        found: _Retrieved,
        form: Form,
        statements: Sequence[Statement],
        reason: str = "",
    ) -> Answer:
        """Return the answer of these statements."""
        short = ""
        if found.accepted:
            best = found.accepted[0]
            short = found.articles[best.article_id].text[best.short_start : best.short_end]
        note = _note(query, found.scope)
        return dataclasses.replace(
            self._abstention(query, found),
            form=form,
            text=render_text(form, statements, reason, note),
            statements=tuple(statements),
            short=" ".join(short.split()),
            fallback_reason=reason,
            note=note,
            where=found.scope.where if found.scope else None,
        )

    def _abstention(self, query: Query, found: _Retrieved) -> Answer:
        return Answer(
            question=query.question,
            form="abstention",
            text=abstention_text(found.hits, found.articles, found.searched),
            confidence=found.evidence[0].score if found.evidence else 0.0,
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


def _wants_telling(query: Query, found: _Retrieved) -> bool:
    """Return whether a question about a span of time wants to be told what happened then.

    That is so unless it asks for a name or a figure, and that was read.
    """
    where = query.scopes[0].where if query.scopes else Filter()
    if query.intent != "question" or not (where.since or where.until):
        return False
    if not found.accepted or query.type == "explanation":
        return True
    best = found.accepted[0]
    text = found.articles[best.article_id].text
    return query.type == "fact" and kind_of(text[best.short_start : best.short_end]) == "words"


def with_newest(chosen: Sequence[Hit], found: _Retrieved, count: int) -> Sequence[Hit]:
    """Return the passages to read with `count` of the newest articles that were found.

    What is asked may have changed since: the last word counts, even if others say it at more length.
    """
    dated = {hit: days(found.articles[hit.passage.article_id].published) for hit in found.hits}
    newest = sorted(
        (hit for hit, day in dated.items() if day), key=lambda hit: (dated[hit], -hit.rank)
    )
    return list(dict.fromkeys([*chosen, *newest[-count:]]))


def _note(query: Query, scope: Scope | None) -> str:
    """Return what to say about the articles that a question asked for in words."""
    if scope is not None:
        return f"In articles {scope.words}:"
    if query.scopes:
        return f"Nothing in articles {query.scopes[0].words}. In all articles:"
    return ""


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

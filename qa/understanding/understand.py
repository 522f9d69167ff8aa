"""Understands a question once: what it wants, in which words, of which articles."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from qa import protocols
from qa.errors import QAError
from qa.index import Snapshot
from qa.languages import is_english_question
from qa.models.encoder import Encoder
from qa.models.intents import asking_words, intent_model
from qa.models.multilingual import Multilingual
from qa.query import STORIES, Intent, Query, Scope
from qa.text import Span, has_surrogates, normalise, sentence_spans, terms, words
from qa.types import Filter
from qa.understanding.followups.heard import parted
from qa.understanding.keywords import is_keywords
from qa.understanding.outlets import Named, named
from qa.understanding.question_type import question_type
from qa.understanding.spelling import correct_spelling
from qa.understanding.timespan import TimeSpan, time_span

# The least probability at which a message counts as wanting anything but an answer.
_SURE = 0.5
# The same where it wants its answer told in another way: then nothing is lost if it does not.
_LIKELY = 0.35
# The same for one article, rather than the story that it belongs to.
_ONE_ARTICLE = 0.75
# Kinds of messages that are answered from elsewhere than the articles' text.
_ELSEWHERE = frozenset({"catalogue", "talk"})
_MOST_QUESTIONS = 5
# Who writes for an outlet is also somebody whom a question may be about, unless it has such a word.
_WRITTEN = re.compile(
    r"\b(?:by|from|according to|articles?|columns?|pieces?|interviews?|wr[io]te\w*|written|"
    r"report(?:s|ed|ing)?|says?|said|cover(?:s|ed|ing|age)?)\b",
    re.IGNORECASE,
)
# A word of an outlet's name is its own if few passages hold it, or most that do are the outlet's.
_FREQUENT = 0.05
_OWN = 0.5
_BEFORE_SUBJECT = re.compile(r"\b(?:do|does|did|has|have|had)\s*$", re.IGNORECASE)
# What wants a day or a figure wants no story, whatever else it sounds like.
_ASKS_FIGURE = re.compile(
    r"\W*(?:(?:ok|okay|and|so|but|then)\b\W*)*(?:when|how (?:many|much|old))\b", re.IGNORECASE
)
_ASKS = re.compile(r"[?？؟]")


class Understanding:
    """Understands questions.

    Args:
        encoder: embeds questions; the one that the index was built with.
        multilingual: whether questions in other languages may find what answers them, even where
            all articles are English.
    """

    def __init__(self, encoder: protocols.Encoder, *, multilingual: bool = False) -> None:
        self._encoder = encoder
        self._multilingual = multilingual

    def intent(self, message: str, whole: str = "") -> Intent:
        """Return what a message wants; with an encoder from elsewhere an answer.

        Args:
            message: as it was asked.
            whole: the same standing alone, which tells as much: `what does Ada Brook do now?`
        """
        if not isinstance(self._encoder, Encoder | Multilingual):
            return "question"
        wordings = list(dict.fromkeys(filter(None, (message, parted(whole)[0]))))
        probabilities = intent_model().probabilities(wordings)
        kinds: dict[str, float] = defaultdict(float)
        for intent, probability in probabilities.items():
            kinds[_kind(intent)] += probability
        kind = max(kinds, key=kinds.__getitem__)
        if kinds[kind] < (_SURE if kind in _ELSEWHERE else _LIKELY):
            return "question"
        best = max((i for i in probabilities if _kind(i) == kind), key=probabilities.__getitem__)
        one_article = best == "summary_article" and probabilities[best] < _ONE_ARTICLE
        return "summary" if one_article else best

    def is_foreign(self, snapshot: Snapshot, question: str) -> bool:
        """Return whether a question is in another language than English.

        It may be where articles are, or where the index was built for other languages.
        """
        others = snapshot.languages() - {"en"}
        if not others and not self._multilingual:
            return False
        return not is_english_question(question, () if self._multilingual else others)

    def understand_all(
        self, snapshot: Snapshot, question: str, parts: Sequence[str], where: Filter | None
    ) -> list[Query]:
        """Return the questions of a message.

        Whether accounts of it differ is no question of its own, but how the one before is answered.
        """
        found: list[Query] = []
        for part in parts:
            query = self.understand(snapshot, part if len(parts) > 1 else question, part, where)
            query = dataclasses.replace(query, question=question)
            if found and query.intent == "differ":
                found[-1] = dataclasses.replace(found[-1], intent="differ")
            else:
                found.append(query)
        return found

    def understand(
        self, snapshot: Snapshot, question: str, text: str, where: Filter | None
    ) -> Query:
        """Return a question as a value, read in the light of the catalogue.

        Args:
            snapshot: of the index, for its words, outlets, authors and dates.
            question: as it was asked.
            text: the same as a standalone question on one line.
            where: which articles the caller asks.
        """
        if self.is_foreign(snapshot, text):
            return Query(question, text, where=where, topic=text, foreign=True)
        text = self._spelt(snapshot, text)
        intent = self.intent(question, text)
        no_story = is_keywords(text) and _asks_for_no_story(text)
        if intent in STORIES and (no_story or _ASKS_FIGURE.match(text)):
            intent = "question"
        query = Query(question, text, question_type(text), where, intent, topic=text)
        return _scoped(snapshot, query)

    def _spelt(self, snapshot: Snapshot, text: str) -> str:
        """Return the text with misspelt words as the articles spell them."""
        stems = terms(text)
        if len(snapshot.frequencies(stems)) == len(set(stems)):
            return text

        def spelt(stem: str) -> str:
            passages = [passage for passage, _ in snapshot.match([stem], 1)]
            titles = snapshot.titles({passage.article_id for passage in passages})
            texts = "\n".join([*(passage.text for passage in passages), *titles.values()])
            found = re.findall(r"[^\W\d_]+", texts)
            return next((word for word in found if terms(word) == [stem]), stem)

        return correct_spelling(
            text,
            snapshot.vocabulary(),
            lambda word: self._encoder.count_tokens([word]) == [1],
            spelt,
        )


def _asks_for_no_story(text: str) -> bool:
    """Return whether a text has none of the words with which stories are asked for."""
    return asking_words("story").isdisjoint(terms(text))


def _kind(intent: Intent) -> str:
    """Return what is told apart first: the catalogue, a story, talk, or the intent itself."""
    return "story" if intent in STORIES else intent.partition("_")[0]


def question_line(question: str) -> str:
    """Return the question on one line.

    Raises:
        QAError: it is empty, or not valid Unicode.
    """
    if not (line := " ".join(normalise(question).split())):
        raise QAError("the question is empty: ask about something in the articles")
    if has_surrogates(line):
        raise QAError("the question is not valid Unicode: type it again")
    return line


def questions(message: str, resolve: Callable[[str, Sequence[str]], str]) -> list[str]:
    """Return the questions of a message, each standing alone, with what is said before it.

    What follows the last question belongs to it.

    Args:
        message: on one line.
        resolve: writes out a question after others of the message, oldest first.
    """
    parts: list[str] = []
    pending = ""
    for start, end in sentence_spans(message):
        pending = f"{pending} {message[start:end]}".strip()
        if _ASKS.search(pending):
            parts.append(pending)
            pending = ""
    if pending and parts:
        parts[-1] = f"{parts[-1]} {pending}"
    if len(parts) < 2:
        return [message]
    alone: list[str] = []
    for part in parts[:_MOST_QUESTIONS]:
        alone.append(resolve(part, alone))
    return alone


def _scoped(snapshot: Snapshot, query: Query) -> Query:
    """Return the query with the articles that its own words ask for."""
    where, topic = query.where or Filter(), query.text
    outlet = author = None
    if not where.source:
        outlet = _name(snapshot, "source", topic)
    if outlet is None and not where.author:
        author = _name(snapshot, "author", topic)
        if author and not _WRITTEN.search(topic[: author.start] + " " + topic[author.end :]):
            author = None
    span = _span(snapshot, topic)
    cut = [found.phrase(topic) for found in (outlet, author) if found]
    cut += [(span.start, span.end)] if span else []
    if not cut:
        return query
    found = list(_scopes(snapshot, where, outlet, author, span))
    return dataclasses.replace(query, scopes=tuple(found), topic=_without(topic, cut))


def _scopes(
    snapshot: Snapshot,
    where: Filter,
    outlet: Named | None,
    author: Named | None,
    span: TimeSpan | None,
) -> Iterator[Scope]:
    shown_names = (_shown(snapshot, "source", outlet), _shown(snapshot, "author", author))
    named_ = [
        f"{word} {name}" for word, name in zip(("of", "by"), shown_names, strict=True) if name
    ]
    where = dataclasses.replace(
        where,
        source=where.source or (outlet.name if outlet else ""),
        author=where.author or (author.name if author else ""),
    )
    if span is None:
        yield Scope(where, ", ".join(filter(None, named_)))
        return
    newest = _day(snapshot.newest_day())
    assert newest is not None  # noqa: S101 - else there would be no span
    shown = str(span)
    spans = [(span.reported(newest), f"of {shown}" if shown[0].isdigit() else shown)]
    if span.is_day and span.relation in {"on", ""}:
        spans.append(((dt.date.min, span.last), f"up to {shown}"))
    for (first, last), words_ in spans:
        if first > newest:
            continue
        limited = _limited(where, first, last)
        if limited is not None:
            yield Scope(limited, ", ".join(filter(None, [*named_, words_])))


def _limited(where: Filter, first: dt.date, last: dt.date) -> Filter | None:
    """Return a filter that also asks for a span of days; None if no day is left."""
    since = max(first.isoformat(), where.since) if where.since else first.isoformat()
    until = min(last.isoformat(), where.until) if where.until else last.isoformat()
    if first == dt.date.min and not where.since:
        since = ""
    return dataclasses.replace(where, since=since, until=until) if since <= until else None


def _span(snapshot: Snapshot, text: str) -> TimeSpan | None:
    newest = _day(snapshot.newest_day())
    return time_span(text, newest) if newest else None


def _name(snapshot: Snapshot, facet: str, text: str) -> Named | None:
    names = snapshot.names(facet)
    most = max(1, _FREQUENT * snapshot.passage_count())

    def is_own(word: str, name: str) -> bool:
        stems = terms(word)
        count = max(snapshot.frequencies(stems).values(), default=0)
        if count <= most:
            return True
        where = Filter(source=name) if facet == "source" else Filter(author=name)
        return len(snapshot.match(stems, count, where)) >= _OWN * count

    return named(text, names, is_own) if names else None


def _shown(snapshot: Snapshot, facet: str, found: Named | None) -> str:
    """Return a name as the articles write it."""
    if found is None:
        return ""
    where = Filter(source=found.name) if facet == "source" else Filter(author=found.name)
    summary = next(iter(snapshot.summaries(where)), None)
    shown: str = getattr(summary, facet, "")
    return shown if words(shown) == words(found.name) else found.name.title()


def _day(number: int) -> dt.date | None:
    return dt.date(number // 10000, number // 100 % 100, number % 100) if number else None


def _without(text: str, spans: list[Span]) -> str:
    """Return a text without some of its spans: `what does it say` for `what does the Post say`."""
    for start, end in sorted(spans, reverse=True):
        subject = " it " if _BEFORE_SUBJECT.search(text[:start]) else " "
        text = f"{text[:start]}{subject}{text[end:]}"
    return re.sub(r"\s+([,?.!])", r"\1", " ".join(text.split())).lstrip(" ,")

"""Searches and reads for one question: the articles that its words ask for, or else all."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

from qa import protocols
from qa.answering.accounts import other_sides
from qa.answering.evidence import DOUBTED, judge
from qa.answering.going_on import anything_else, nearer, once_more, unsaid, within
from qa.answering.kinds import is_beside, kind_of
from qa.answering.overruled import weighed
from qa.answering.reader import worth_reading
from qa.answering.transcripts import speaker_name
from qa.dates import days
from qa.index import Snapshot
from qa.query import Intent, Query, Scope
from qa.settings import Settings
from qa.text import terms
from qa.types import Article, Evidence, Filter, Found, Hit, QuestionType
from qa.understanding.reading import as_read

# A chat model is asked where so many passages together have this share of the question's words.
_NEAREST, _NEAR = 3, 0.5
# Where several things, or accounts of different times or parties, are wanted, this many times as
# much is read.
_WIDE = 2
_WIDELY_READ: frozenset[Intent] = frozenset({"changes", "differ", "latest", "compare"})
_MOST_CORRECTIONS = 3
DEEP = 40
"""Passages that tell which articles a story is in."""
_ASKS_WHY = re.compile(r"\W*(?:and\s+)?(?:why|how)\b", re.IGNORECASE)
# What asks for something that was not said yet.
_ASKING: frozenset[QuestionType] = frozenset({"fact", "list"})
# A figure beside that of the answer counts as another party's from this probability.
_OTHER_SIDE = 0.3
# An answer to a question without what the conversation added must be this sure; one that is from
# anywhere, surer.
_SURE_OF_LESS, _SURE_OF_ELSE = 0.6, 0.75
# An answer from the second guess at a question's scope must be this much surer than the first.
_MUCH = 0.8


@dataclass(frozen=True, slots=True)
class Retrieved:
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

    @property
    def short(self) -> str:
        """The best short answer; empty where nothing was sure enough."""
        if not self.accepted:
            return ""
        best = self.accepted[0]
        span = best.short_start, best.short_end
        return speaker_name(self.articles[best.article_id].text, span)


class Search:
    """Searches and reads.

    Args:
        retriever: ranks passages.
        reader: finds the spans that may answer.
        settings: how much is retrieved and read, and how sure an answer must be.
    """

    def __init__(
        self, retriever: protocols.Retriever, reader: protocols.Reader, settings: Settings
    ) -> None:
        self._retriever = retriever
        self._reader = reader
        self._settings = settings

    def find(
        self, snapshot: Snapshot, query: Query, lap: Callable[[str], None]
    ) -> Generator[Found, None, Retrieved]:
        """Search and read the articles that the question's words ask for, or else all of them.

        Of several guesses at these the first counts, unless another answers much more surely.

        Args:
            snapshot: of the index.
            query: the question.
            lap: called with "retrieve" and with "read" when that is done.

        Yields:
            What is going to be read, each time before it is.
        """
        best: Retrieved | None = None
        for scope in (*query.scopes, None):
            if scope is None and best is not None:
                break
            found = self.passages(snapshot, query, scope)
            lap("retrieve")
            wide = _WIDE if query.intent in _WIDELY_READ or query.type == "list" else 1
            top_k, margin = wide * self._settings.reader_top_k, wide * self._settings.reader_margin
            chosen = _with_newest(worth_reading(found.hits, top_k, margin), found, wide)
            chosen, found = _with_corrections(snapshot, chosen, found)
            yield Found(tuple(chosen), found.articles)
            found = self._read(snapshot, query, scope, chosen, found)
            lap("read")
            sure = found.accepted[0].score if found.accepted else 0.0
            if sure and (best is None or _MUCH * sure > best.accepted[0].score):
                best = found
        tries = ((once_more(query), _SURE_OF_LESS), (anything_else(query), _SURE_OF_ELSE))
        for less, least in tries:
            if best is None and less is not None:
                again = yield from self.find(snapshot, less, lap)
                sure = again.accepted[0].score if again.accepted else 0.0
                best = again if sure >= least else None
        return best or found

    def _read(
        self,
        snapshot: Snapshot,
        query: Query,
        scope: Scope | None,
        chosen: Sequence[Hit],
        found: Retrieved,
    ) -> Retrieved:
        """Return what was found with the evidence that some of its passages hold."""
        text = query.topic if scope and not _name_scope(chosen, found, query) else query.text
        evidence = self._reader.read(snapshot, as_read(text, query.intent), chosen, found.articles)
        evidence = _to_the_point(evidence, text, found.articles)
        if query.near and query.type in _ASKING:
            evidence = unsaid(evidence, query, found.articles)
        evidence = weighed(
            evidence,
            found.articles,
            snapshot.correcting(found.articles),
            within=scope.where if scope else None,
            without=query.scopes[0].where if query.scopes and not scope else None,
        )
        accepted = self.judged(evidence, found.articles)
        accepted += _beside(accepted, evidence, found.articles)
        return dataclasses.replace(found, evidence=evidence, accepted=accepted)

    def passages(self, snapshot: Snapshot, query: Query, scope: Scope | None) -> Retrieved:
        """Return the best passages, of all articles or those that a question asks for in words."""
        where, text = (scope.where, query.topic) if scope else (query.where, query.text)
        hits = self._near_first(snapshot, query, text, self._settings.k, where)
        articles = snapshot.articles(
            {p.article_id for hit in hits for p in (hit.passage, *hit.duplicates)}
        )
        searched = snapshot.describe(where) if where else ""
        return Retrieved(tuple(hits), articles, searched, scope=scope)

    def deep(self, snapshot: Snapshot, query: Query, where: Filter | None) -> list[Hit]:
        """Return the passages that tell which articles a story is in, best first."""
        return self._near_first(snapshot, query, query.topic, DEEP, where)

    def _near_first(
        self, snapshot: Snapshot, query: Query, text: str, k: int, where: Filter | None
    ) -> list[Hit]:
        """Return the best passages for a text, those near what was cited before counting more."""
        hits = self._retriever.retrieve(snapshot, text, k, where)
        close = within(where, query.near)
        if close is None:
            return hits
        found = self._retriever.retrieve(snapshot, text, k, close)
        return nearer(hits, found, query.near)

    def judged(
        self, evidence: Sequence[Evidence], articles: Mapping[str, Article]
    ) -> list[Evidence]:
        """Return the evidence that is sure enough to answer with."""
        threshold = self._settings.threshold
        return judge(evidence, articles, self._reader.threshold if threshold is None else threshold)


def _beside(
    accepted: Sequence[Evidence], evidence: Sequence[Evidence], articles: Mapping[str, Article]
) -> list[Evidence]:
    """Return what was doubted, but may be another party's figure beside that of the answer."""
    if not accepted:
        return []
    doubted = [
        dataclasses.replace(item, score=item.score / DOUBTED)
        for item in evidence
        if item not in accepted and item.score >= _OTHER_SIDE * DOUBTED
    ]
    best = accepted[0]
    return list(other_sides(best, doubted, articles[best.article_id]))


def _to_the_point(
    evidence: Sequence[Evidence], question: str, articles: Mapping[str, Article]
) -> list[Evidence]:
    """Return the evidence, best first, where `the director` counts little as somebody's age."""
    counted = [
        dataclasses.replace(item, score=item.score * DOUBTED)
        if is_beside(question, articles[item.article_id].text[item.short_start : item.short_end])
        else item
        for item in evidence
    ]
    return sorted(counted, key=lambda item: -item.score)


def is_near(query: Query, found: Retrieved) -> bool:
    """Return whether the best passages have half of a question's words: a chat model may answer it.

    What it then writes is checked; without a chat model, the reader's threshold decides alone.
    """
    asked = set(terms(query.text))
    near = (hit.passage.text for hit in found.hits[:_NEAREST])
    held = {term for text in near for term in terms(text)}
    return bool(found.accepted) or (bool(asked) and len(asked & held) >= _NEAR * len(asked))


def wants_telling(query: Query, found: Retrieved) -> bool:
    """Return whether a question about a span of time wants to be told what happened then.

    That is so where it asks what happened, or where neither a name nor a figure was read; why and
    how something came about is read.
    """
    where = query.scopes[0].where if query.scopes else Filter()
    if query.intent != "question" or not (where.since or where.until):
        return False
    if query.type == "explanation":
        return not _ASKS_WHY.match(query.text)
    return bool(found.accepted) and query.type == "fact" and kind_of(found.short) == "words"


def _with_newest(chosen: Sequence[Hit], found: Retrieved, count: int) -> Sequence[Hit]:
    """Return the passages to read with `count` of the newest articles that were found.

    What is asked may have changed since, and the last word counts.
    """
    dated = {hit: days(found.articles[hit.passage.article_id].published) for hit in found.hits}
    newest = sorted(
        (hit for hit, day in dated.items() if day), key=lambda hit: (dated[hit], -hit.rank)
    )
    return list(dict.fromkeys([*chosen, *newest[-count:]]))


def _with_corrections(
    snapshot: Snapshot, chosen: Sequence[Hit], found: Retrieved
) -> tuple[Sequence[Hit], Retrieved]:
    """Return the passages to read with those that correct their articles, and what was found."""
    hits = {hit.passage.article_id: hit for hit in reversed(chosen)}
    corrections = snapshot.corrections(hits)
    there = {hit.passage.id for hit in chosen}
    more = [
        dataclasses.replace(hits[correction.corrected], passage=passage, duplicates=())
        for correction, passages in corrections
        for passage in passages
        if passage.id not in there
    ]
    if not more:
        return chosen, found
    articles = {**found.articles, **snapshot.articles({hit.passage.article_id for hit in more})}
    return [*chosen, *more[:_MOST_CORRECTIONS]], dataclasses.replace(found, articles=articles)


def _name_scope(chosen: Sequence[Hit], found: Retrieved, query: Query) -> bool:
    """Return whether one of the passages has the words that name the question's scope.

    "In 2025" is then about what the passage tells, and not only about when it was published.
    """
    named = set(terms(query.text)) - set(terms(query.topic))
    passages = (hit.passage for hit in chosen)
    texts = (found.articles[p.article_id].text[p.start : p.end] for p in passages)
    return bool(named) and any(named <= set(terms(text)) for text in texts)


def scope_note(query: Query, scope: Scope | None) -> str:
    """Return what to say about the articles that a question asked for in words."""
    if scope is not None:
        return f"In articles {scope.words}:"
    if query.scopes:
        return f"Nothing in articles {query.scopes[0].words}. In all articles:"
    return ""

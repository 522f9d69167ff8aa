"""Answers what happened: a story, an article, what is new of either, or a span of time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qa.answering.citations import Citations
from qa.answering.rendering import one_line
from qa.answering.salience import MOST_STATEMENTS, opening, tell
from qa.dates import date_of, days
from qa.index import ArticleSummary, Snapshot
from qa.models.intents import asking_words
from qa.protocols import Encoder
from qa.query import Query
from qa.retrieval.articles import articles_about
from qa.retrieval.overlap import idf
from qa.text import terms
from qa.types import Article, Evidence, Filter, Form, Hit, Statement
from qa.understanding.followups.mentions import names

_MOST_ARTICLES = MOST_STATEMENTS
_NEWEST = 2
_MOST_NEW = 4
_OF_ARTICLE = 5
# Characters: a longer article is told in as many statements as a story.
_LONG = 1_800
# An article is about what is asked if it has this share of the words, by rarity.
_LEAST_SHARE = 0.6
# An article with a topic's names belongs to its story if it has this share of the topic's words, by
# rarity, or one of its passages this share of the score, of what the best has.
_NEAR_BEST, _NEAR_SCORE = 0.8, 0.6
# Names tell the topic alone if they have this share of its words, by rarity.
_TELLING = 0.4
# So many articles tell whom a story is about: names that more than half of them open with, and that
# are not in more than this share of all passages.
_LEAST_RELATED = 2
_FREQUENT = 0.15
_OPENING_CHARS = 400
# Passages scored this far below the best are not about the same.
_MARGIN = 0.25
# A quiet week is told with what came before it.
_LEAST_NEWS = 3
_WEEK = dt.timedelta(days=6)


@dataclass(slots=True)
class Stories:
    """Tells stories for one question.

    Attributes:
        snapshot: of the index.
        encoder: embeds sentences.
        articles: article id -> article; those that are told of are added.
        citations: of the answer, over `articles`.
    """

    snapshot: Snapshot
    encoder: Encoder
    articles: dict[str, Article] = field(default_factory=dict)
    citations: Citations = field(init=False)

    def __post_init__(self) -> None:
        self.citations = Citations(self.articles)

    def answer(
        self, query: Query, accepted: Sequence[Evidence], hits: Sequence[Hit]
    ) -> tuple[Form, list[Statement]]:
        """Return the form of the answer and its statements; none where no article fits.

        Args:
            query: that wants to be told what happened.
            accepted: what was read for it, best first.
            hits: the passages that were found for it, best first.
        """
        where = query.scopes[0].where if query.scopes else query.where
        topic = [t for t in terms(query.topic) if t not in asking_words("story")]
        if not topic and (query.intent == "news" or not query.near):
            return "summary", self._news(where)
        if topic:
            articles = self._about(query, topic, where, hits)
        else:  # `summarise it`: what the answer before cites first
            articles = list(self.snapshot.articles(query.near[:1]).values())
        return "summary", self._story(query, articles, accepted, hits) if articles else []

    def of(
        self,
        query: Query,
        article_ids: Sequence[str],
        accepted: Sequence[Evidence],
        hits: Sequence[Hit],
    ) -> list[Statement]:
        """Return the statements that tell some articles, in the light of a question.

        Args:
            query: what was asked.
            article_ids: of the articles; those that are gone are left out.
            accepted: what was read for it, best first.
            hits: the passages that were found for it, best first.
        """
        articles = list(self.snapshot.articles(article_ids).values())
        return self._story(query, articles, accepted, hits) if articles else []

    def _about(
        self, query: Query, topic: Sequence[str], where: Filter | None, hits: Sequence[Hit]
    ) -> list[Article]:
        """Return the articles of a story: those about what it names, or else those found.

        `The festival` is the one that the answers before are about, if they are about one.
        """
        text = query.topic
        named = set(terms(" ".join(names(text[:1].lower() + text[1:]))))
        called = [term for term in topic if term in named]
        weights = idf(topic, self.snapshot.frequencies(topic), self.snapshot.passage_count())
        if not _tells(called, weights):
            called = []
        about = articles_about(self.snapshot, called or topic, where)
        fitting = {each.article.id: each.article for each in about if each.share >= _LEAST_SHARE}
        near_by = {name: fitting[name] for name in query.near if name in fitting}
        if near_by and set(terms(query.question)).isdisjoint(called):
            fitting = near_by
        elif called:
            fitting = _nearest(fitting, weights, hits)
        else:
            near = [hit for hit in hits if hit.score >= hits[0].score - _MARGIN]
            fitting |= self.snapshot.articles({hit.passage.article_id for hit in near})
        found = dict.fromkeys(hit.passage.article_id for hit in hits)
        ranked = [fitting[article_id] for article_id in found if article_id in fitting]
        story = (ranked or list(fitting.values()))[:_MOST_ARTICLES]
        story = self._with_related(story, where, called)
        newest = max(story, key=_day, default=None)
        told = story[:_MOST_ARTICLES]
        return told if newest is None or newest in told else [*told[:-1], newest]

    def _with_related(
        self, story: Sequence[Article], where: Filter | None, called: Sequence[str]
    ) -> list[Article]:
        """Return the articles of a story with those that tell more of whom most of them name.

        Whoever the question itself names, by the stems `called`, has been looked for already.
        """
        if len(story) < _LEAST_RELATED:
            return list(story)
        named = Counter(stem for article in story for stem in _opening_names(article))
        most = _FREQUENT * self.snapshot.passage_count()
        often = [stem for stem, count in named.items() if count > len(story) / 2]
        common = self.snapshot.frequencies(often)
        own = [stem for stem in often if common.get(stem, 0) <= most]
        found = {article.id: article for article in story}
        if own and set(own).isdisjoint(called):
            for about in articles_about(self.snapshot, own, where):
                if about.share == 1 and set(own) <= _opening_names(about.article):
                    found.setdefault(about.article.id, about.article)
        return list(found.values())

    def _story(
        self,
        query: Query,
        articles: Sequence[Article],
        accepted: Sequence[Evidence],
        hits: Sequence[Hit],
    ) -> list[Statement]:
        most = MOST_STATEMENTS
        if query.intent == "summary_article":
            best = hits[0].passage.article_id if hits else ""
            articles = [a for a in articles if a.id == best] or articles[:1]
            most = MOST_STATEMENTS if len(articles[0].text) > _LONG else _OF_ARTICLE
        elif query.intent == "story_latest":
            articles, most = sorted(articles, key=_day)[-_NEWEST:], _MOST_NEW
        self.articles |= {article.id: article for article in articles}
        return tell(
            articles,
            accepted,
            asked=query.topic,
            encoder=self.encoder,
            citations=self.citations,
            most=most,
        )

    def _news(self, where: Filter | None) -> list[Statement]:
        """Return the opening of each of the newest articles, under its title."""
        asked = where is not None and bool(where)
        if where is None or not (where.since or where.until):
            where = self._last_week(where)
        summaries = self.snapshot.summaries(where)
        if len(summaries) < _LEAST_NEWS and not asked:
            summaries = sorted(self.snapshot.summaries(), key=_day)[-_LEAST_NEWS:]
        found = self.snapshot.articles(a.id for a in summaries)
        newest = sorted(found.values(), key=lambda a: (_day(a), a.id), reverse=True)
        self.articles |= found
        statements = []
        for article in newest[:MOST_STATEMENTS]:
            if span := opening(article):
                title = one_line(article.title)
                statements.append(self.citations.quoted(article.id, span, title))
        return statements

    def _last_week(self, where: Filter | None) -> Filter | None:
        number = self.snapshot.newest_day()
        if not number:
            return where
        newest = date_of(number)
        since = (newest - _WEEK).isoformat()
        return Filter(
            **{**_fields(where), "since": since, "until": newest.isoformat()}  # type: ignore[arg-type] # names of Filter
        )


def _tells(called: Sequence[str], weights: Mapping[str, float]) -> bool:
    """Return whether names tell a topic: they are rarer than the rest of its words."""
    return sum(weights.get(term, 0.0) for term in called) >= _TELLING * sum(weights.values())


def _nearest(
    articles: Mapping[str, Article], weights: Mapping[str, float], hits: Sequence[Hit]
) -> dict[str, Article]:
    """Return the articles that are about as near to a topic as the best, by words or search."""
    shares = {}
    for article in articles.values():
        held = set(terms(f"{article.title}\n{article.text}"))
        shares[article.id] = sum(weight for term, weight in weights.items() if term in held)
    least = _NEAR_BEST * max(shares.values(), default=0.0)
    near = {h.passage.article_id for h in hits if h.score >= _NEAR_SCORE * hits[0].score}
    return {
        name: article for name, article in articles.items() if shares[name] >= least or name in near
    }


def _opening_names(article: Article) -> set[str]:
    """Return the stems of the names in an article's title and opening."""
    return set(terms(" ".join(names(f"so {article.title}. {article.text[:_OPENING_CHARS]}"))))


def _fields(where: Filter | None) -> Mapping[str, object]:
    where = where or Filter()
    return {
        name: getattr(where, name)
        for name in ("source", "author", "article_ids", "place", "language")
    }


def _day(article: Article | ArticleSummary) -> int:
    return (days(article.published) or (0, 0))[0]

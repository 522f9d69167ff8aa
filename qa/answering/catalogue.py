"""Answers questions about the collection itself from the index's catalogue, with links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from qa.answering.rendering import one_line, quoted_title
from qa.dates import days, written
from qa.index import ArticleSummary, Snapshot
from qa.models.intents import asking_words
from qa.query import Intent, Query
from qa.retrieval.articles import articles_about
from qa.text import terms
from qa.types import Article, Filter, Hit, Link, Statement

_MOST_LISTED = 12
_NEWEST = 3
# An article is about a topic if it has this share of the topic's words, by rarity.
_LEAST_SHARE = 0.6

Find = Callable[[str, Filter | None], Sequence[Hit]]
"""Text and filter -> the best passages."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The articles that a question is about, oldest first, and what limits them, in words."""

    articles: Sequence[ArticleSummary]
    limits: str = ""


def catalogue_answer(snapshot: Snapshot, query: Query, find: Find) -> list[Statement]:
    """Return what the catalogue says of the collection, with links to articles.

    Args:
        snapshot: of the index.
        query: with an intent of the catalogue.
        find: searches passages.
    """
    chosen = _chosen(snapshot, query, find)
    return _ANSWERS[query.intent](chosen)


def is_told(snapshot: Snapshot, query: Query) -> bool:
    """Return whether the catalogue tells: nothing limits a request, or articles are about it."""
    topic = _topic(query)
    if not topic or query.intent == "catalogue_sources":
        return True
    where = query.scopes[0].where if query.scopes else query.where
    return any(each.share >= _LEAST_SHARE for each in articles_about(snapshot, topic, where))


def _chosen(snapshot: Snapshot, query: Query, find: Find) -> _Chosen:
    scope = query.scopes[0] if query.scopes else None
    where = scope.where if scope else query.where
    limits = [scope.words] if scope else []
    articles = snapshot.summaries(where)
    topic = _topic(query)
    if topic and query.intent != "catalogue_sources":
        about = [each.article.id for each in articles_about(snapshot, topic, where)]
        about = about or _nearest(query, find, where)
        articles = [summary for summary in articles if summary.id in set(about)]
        limits.append(f"about {_words_of(query, topic)}")
    return _Chosen(sorted(articles, key=lambda a: (_day(a), a.id)), ", ".join(limits))


def _topic(query: Query) -> list[str]:
    """Return the stems that say about what, without the words with which a catalogue is asked."""
    return [term for term in terms(query.topic) if term not in asking_words("catalogue")]


def _words_of(query: Query, topic: Sequence[str]) -> str:
    words = [word.strip(',?.!:;“”"') for word in query.topic.split()]
    kept = [at for at, word in enumerate(words) if set(terms(word)) & set(topic)]
    return " ".join(words[kept[0] : kept[-1] + 1])


def _nearest(query: Query, find: Find, where: Filter | None) -> list[str]:
    hits = find(query.topic, where)
    return list(dict.fromkeys(hit.passage.article_id for hit in hits))[:_NEWEST]


def _count(chosen: _Chosen) -> list[Statement]:
    """Return how many articles there are, by outlet."""
    number = len(chosen.articles)
    text = f"{_counted(number)}{_limited(chosen)}"
    sources = Counter(a.source for a in chosen.articles if a.source)
    if len(sources) > 1:
        text += f": {_listed(f'{name} {count}' for name, count in sources.most_common())}"
    return [Statement(f"{text}.", short_answer=str(number), links=_links(chosen.articles[-1:]))]


def _sources(chosen: _Chosen) -> list[Statement]:
    counts = Counter(a.source for a in chosen.articles if a.source)
    return _tally("outlet", counts, chosen)


def _authors(chosen: _Chosen) -> list[Statement]:
    counts = Counter(a.author for a in chosen.articles if a.author)
    return _tally("author", counts, chosen)


def _tally(what: str, counts: Mapping[str, int], chosen: _Chosen) -> list[Statement]:
    if not counts:
        return [Statement(f"The articles{_limited(chosen)} name no {what}.")]
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = _listed(f"{one_line(name)} ({count})" for name, count in ranked)
    plural = "s" * (len(counts) > 1)
    return [Statement(f"{len(counts)} {what}{plural}{_limited(chosen)}: {named}.")]


def _newest(chosen: _Chosen) -> list[Statement]:
    return _ends("newest", list(reversed(chosen.articles)), chosen)


def _oldest(chosen: _Chosen) -> list[Statement]:
    return _ends("oldest", chosen.articles, chosen)


def _ends(which: str, ordered: Sequence[ArticleSummary], chosen: _Chosen) -> list[Statement]:
    """Return the articles at one end of the collection, and the time that it spans."""
    dated = [article for article in ordered if _day(article)]
    if not dated:
        return [Statement(f"None of the {_counted(len(ordered))}{_limited(chosen)} has a date.")]
    first = dated[0]
    same = [article for article in dated if _day(article) == _day(first)][:_NEWEST]
    opening = f"The {which} of {_counted(len(ordered))}{_limited(chosen)}"
    listed = [
        Statement(f"{opening}: {_about(a)}." if a is first else f"{_about(a)}.", links=_links([a]))
        for a in same
    ]
    oldest, newest = (dated[-1], first) if which == "newest" else (first, dated[-1])
    if oldest.published != newest.published:
        span = f"{written(oldest.published)} to {written(newest.published)}"
        listed.append(Statement(f"They run from {span}."))
    return listed


def _articles(chosen: _Chosen) -> list[Statement]:
    """Return the articles, newest first."""
    shown = list(reversed(chosen.articles))[:_MOST_LISTED]
    if not shown:
        return [Statement(f"There is no article{_limited(chosen)}.")]
    more = len(chosen.articles) - len(shown)
    newest = f", the newest {len(shown)}" if more else ""
    head = Statement(f"{_counted(len(chosen.articles))}{_limited(chosen)}{newest}:")
    return [head, *(Statement(_about(a), links=_links([a])) for a in shown)]


def _written(chosen: _Chosen) -> list[Statement]:
    """Return who wrote an article, where and when."""
    shown = list(reversed(chosen.articles))[:_NEWEST]
    if not shown:
        return [Statement(f"There is no article{_limited(chosen)}.")]
    return [
        Statement(
            f"{_about(a)}{f', by {one_line(a.author)}' if a.author else ''}.", links=_links([a])
        )
        for a in shown
    ]


_ANSWERS: Mapping[Intent, Callable[[_Chosen], list[Statement]]] = {
    "catalogue_count": _count,
    "catalogue_sources": _sources,
    "catalogue_authors": _authors,
    "catalogue_newest": _newest,
    "catalogue_oldest": _oldest,
    "catalogue_articles": _articles,
    "catalogue_written": _written,
}


def _about(article: ArticleSummary) -> str:
    named = Article(article.id, article.title, "")
    parts = ", ".join(filter(None, [one_line(article.source), written(article.published)]))
    return f"{quoted_title(named)}{f' ({parts})' if parts else ''}"


def _counted(number: int) -> str:
    return f"{number:,} article{'s' * (number != 1)}"


def _limited(chosen: _Chosen) -> str:
    return f" {chosen.limits}" if chosen.limits else ""


def _links(articles: Iterable[ArticleSummary]) -> tuple[Link, ...]:
    return tuple(Link(a.id, a.title, a.source, a.published) for a in articles)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _day(article: ArticleSummary) -> int:
    return (days(article.published) or (0, 0))[0]

"""One state of an index, for everything that one question reads."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from qa.errors import shortened
from qa.index.filters import fold_name
from qa.index.read_transaction import ReadTransaction
from qa.index.records import ArticleSummary, Correction
from qa.index.synced_stores import SyncedStores
from qa.languages import code_of, name_of
from qa.types import Article, Filter, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Similar names suggested for one that no article has.
_SUGGESTIONS = 3


class Snapshot:
    """One finished state of an index; writes that come meanwhile are not seen. `Index.snapshot`.

    Call `nearest` first: if a write finishes during it, the snapshot moves on to the new state,
    since the old state's vectors are gone.
    """

    def __init__(self, read: ReadTransaction, stores: SyncedStores) -> None:
        self._read = read
        self._stores = stores

    @property
    def generation(self) -> str:
        """A token of this state; another state has another one."""
        return self._read.generation

    def nearest(
        self, vector: NDArray[np.float32], limit: int, where: Filter | None = None
    ) -> list[tuple[Passage, float]]:
        """Return the passages with the nearest vectors, with cosine similarities, best first.

        Args:
            vector: the query's, shape (dimension,).
            limit: the most to return; fewer only if the filter passes fewer.
            where: which articles to search; by default all.

        Raises:
            QAError: the vectors do not belong to the articles.
        """
        return self._stores.nearest(self._read, vector, limit, where)

    def match(
        self, terms: Sequence[str], limit: int, where: Filter | None = None
    ) -> list[tuple[Passage, float]]:
        """Return the passages that hold any of the terms, with their BM25 scores, best first.

        If very many match, some that hold only the most frequent terms are left out.
        """
        return self._read.match(terms, limit, where)

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return term -> number of passages that hold it, without the terms that none holds."""
        return self._read.frequencies(terms)

    def passage_count(self) -> int:
        """Return the number of passages."""
        return self._read.passage_count()

    def titles(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return id -> title, without the ids that are unknown."""
        return self._read.titles(article_ids)

    def languages(self) -> frozenset[str]:
        """Return the codes of all languages that articles are in."""
        return frozenset(self._read.facet_values("language"))

    def languages_of(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return id -> code of the language; empty where unknown. Without unknown ids."""
        return self._read.languages(article_ids)

    def stories(self, article_ids: Iterable[str]) -> dict[str, str]:
        """Return article id -> the name of the story that other articles print, too."""
        return self._read.stories(article_ids)

    def printed(
        self, stories: Iterable[str], where: Filter | None = None
    ) -> dict[str, list[Passage]]:
        """Return story -> the passages of articles that print it; of each story 20 at most."""
        told = self._read.printing(stories, where)
        found = dict[str, list[Passage]]()
        for passage in self._read.passages_of(told):
            found.setdefault(told[passage.article_id], []).append(passage)
        return found

    def correcting(self, article_ids: Iterable[str]) -> set[str]:
        """Return which of some articles correct others."""
        return self._read.correcting(article_ids)

    def corrections(self, article_ids: Iterable[str]) -> list[tuple[Correction, list[Passage]]]:
        """Return what columns of corrections say of some articles, with the passages it is in."""
        found = self._read.corrections(article_ids)
        held = self._read.passages_of({each.article_id for each in found})
        return [
            (
                each,
                [
                    p
                    for p in held
                    if p.article_id == each.article_id and p.start < each.end and each.start < p.end
                ],
            )
            for each in found
        ]

    def articles(self, article_ids: Iterable[str]) -> dict[str, Article]:
        """Return id -> article, without the ids that are unknown."""
        return self._read.articles_by_id(article_ids)

    def summaries(self, where: Filter | None = None) -> list[ArticleSummary]:
        """Return a summary of each article that passes the filter, sorted by id."""
        return self._read.summaries(where)

    def names(self, facet: str) -> list[str]:
        """Return all values of a facet ("source" or "author"), case-folded and sorted."""
        return self._read.facet_values(facet)

    def newest_day(self) -> int:
        """Return the day of the newest article as a number like 20240131; 0 if none is dated."""
        return self._read.newest_day()

    def vocabulary(self) -> dict[str, int]:
        """Return term -> number of passages that hold it, of all terms."""
        return self._read.vocabulary()

    def describe(self, where: Filter) -> str:
        """Return a sentence that says how many articles pass a filter; for none, what was meant."""
        found = self._read.count_articles(where)
        if found:
            counted = "was only 1 article" if found == 1 else f"were only {found:,} articles"
            return f"Searched {counted}: {where}."
        return " ".join([f"No article matches: {where}.", *self._hints(where)])

    def _hints(self, where: Filter) -> Iterator[str]:
        """Yield the names in a filter that no article has, with similar ones."""
        for facet in ("source", "author", "place"):
            name, known = fold_name(getattr(where, facet)), self._read.facet_values(facet)
            if name and name not in known:
                similar = difflib.get_close_matches(name, known, _SUGGESTIONS)
                near = " or ".join(f"“{other}”" for other in similar)
                article = "an" if facet[0] in "aeiou" else "a"
                yield (
                    f"Did you mean the {facet} {near}?"
                    if near
                    else f"No article names such {article} {facet}."
                )
        if where.language and code_of(where.language) not in self.languages():
            yield f"No article is in {name_of(where.language)}."
        if unknown := sorted(set(where.article_ids) - self.titles(where.article_ids).keys()):
            yield f"Unknown ids: {', '.join(map(shortened, unknown))}."

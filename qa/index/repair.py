"""Mends what `qa.index.check` found, from the articles as they stand in the index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.index import schema
from qa.index.check import Problem
from qa.index.schema import fingerprint_of
from qa.index.selection import fill_facets
from qa.index.update import Progress, embedded
from qa.passages import split

if TYPE_CHECKING:
    from qa.index.index import Index

# Embedded at once; what an interruption can lose.
_BATCH = 128


def repair(index: Index, found: Sequence[Problem], progress: Progress) -> None:
    """Mend what is wrong. Only for a caller that holds the write lock.

    Words and filters are written anew from the articles, passages that lack a vector are embedded, and what belongs
    to nothing is deleted. An article whose text has changed within the index keeps the text as it is now; the next
    update compares it with its file.
    """
    names = {problem.kind: problem.names for problem in found}
    with index.store.connect() as db:
        if "orphan" in names:
            db.execute("DELETE FROM passages WHERE article_id NOT IN (SELECT id FROM articles)")
        if "facets" in names:
            fill_facets(db)
        if "words" in names or "orphan" in names:
            schema.fill_words(db)
    if bad := names.get("vector"):
        _drop(index, bad)
    index.pair.finish()
    _split_again(index, names.get("article", ()))
    _embed_missing(index, progress)
    index.pair.finish()


def _drop(index: Index, keys: Sequence[str]) -> None:
    """Delete some vectors; where all are bad, Chroma's files themselves are."""
    if len(keys) == len(index.store.all_keys()):
        index.pair.vectors.clear()
    else:
        index.pair.vectors.delete(keys)


def _split_again(index: Index, article_ids: Sequence[str]) -> None:
    known = index.store.known()
    limit, count_tokens = index.settings.passage_tokens, index.encoder.count_tokens
    for article in index.store.some(article_ids).values():
        passages = split(article, limit=limit, count_tokens=count_tokens)
        index.write(gone=(), new=[(article, known[article.id][0], fingerprint_of(article), passages)])


def _embed_missing(index: Index, progress: Progress) -> None:
    """Delete the vectors of no passage, and embed the passages that have none."""
    vectors, keys = index.pair.vectors, index.store.all_keys()
    there = set(vectors.keys())
    vectors.delete(sorted(there.difference(keys)))
    missing = [key for key in keys if key not in there]
    for i in range(0, len(missing), _BATCH):
        passages = index.store.passages(missing[i : i + _BATCH])
        articles = index.store.some({passage.article_id for passage in passages.values()})
        texts = [embedded(articles[passage.article_id].title, passage.text) for passage in passages.values()]
        owners = [passage.article_id for passage in passages.values()]
        vectors.add(list(passages), index.encoder.encode(texts), owners)
        progress("vectors", min(i + _BATCH, len(missing)), len(missing))

"""Mends what `qa.index.check` found, from the articles in the index."""

from __future__ import annotations

from collections.abc import Sequence

from qa.index.check import Problem
from qa.index.passages import Splitter
from qa.index.records import IndexedArticle, embedding_text, fingerprint_of
from qa.index.synced_stores import SyncedStores
from qa.index.update import Progress
from qa.protocols import Encoder

# Embedded at once; an interruption loses at most these.
_BATCH = 128


def repair(
    stores: SyncedStores,
    found: Sequence[Problem],
    encoder: Encoder,
    split: Splitter,
    progress: Progress | None = None,
) -> None:
    """Mend what is wrong. Nobody else may write meanwhile.

    Words and facets are rewritten from the articles, passages without a vector are embedded, and
    what belongs to nothing is deleted. An article whose text was changed within the index keeps the
    changed text; the next update compares it with its file.
    """
    names = {problem.kind: problem.names for problem in found}
    stores.store.mend(names)
    with stores.store.read() as read:
        everything = len(read.keys())
    if everything in (len(names.get("vector", ())), len(names.get("missing", ()))):
        stores.vectors.clear()  # Chroma's files themselves are broken
    else:
        stores.vectors.delete(names.get("vector", ()))
    stores.finish()
    _split_again(stores, names.get("article", ()), encoder, split)
    _embed_missing(stores, encoder, progress)
    stores.finish()


def _split_again(
    stores: SyncedStores, article_ids: Sequence[str], encoder: Encoder, split: Splitter
) -> None:
    with stores.store.read() as read:
        known, articles = read.known(), read.articles_by_id(article_ids)
    for article in articles.values():
        origin, _ = known[article.id]
        indexed = IndexedArticle(article, origin, fingerprint_of(article), split(article))
        stores.write((), [indexed], encoder)


def _embed_missing(stores: SyncedStores, encoder: Encoder, progress: Progress | None) -> None:
    """Delete the vectors of no passage, and embed the passages without a vector."""
    there = set(stores.vectors.keys())
    with stores.store.read() as read:
        keys = read.keys()
    stores.vectors.delete(sorted(there.difference(keys)))
    missing = [key for key in keys if key not in there]
    for i in range(0, len(missing), _BATCH):
        with stores.store.read() as read:
            passages = read.passages(missing[i : i + _BATCH])
            titles = read.titles({passage.article_id for passage in passages.values()})
        texts = [embedding_text(titles[p.article_id], p.text) for p in passages.values()]
        owners = [passage.article_id for passage in passages.values()]
        stores.vectors.add(list(passages), encoder.encode(texts), owners)
        if progress:
            progress("vectors", min(i + _BATCH, len(missing)), len(missing))

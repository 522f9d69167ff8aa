"""Indexes a large collection on a Ray cluster: one index for each year or each outlet.

Workers embed and write one shard each, into folders that they share with whoever calls. The folder
of the shards is one of collections: `qa serve --collections DIR` is the front that asks them, and
says who may.

    pip install 'qa-articles[cluster]'
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Literal

# Ray tells its makers about each cluster unless this stands before it is imported.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")

import ray

from qa.errors import ArticleError, QAError
from qa.files import make_private_folder
from qa.index import Index, Report
from qa.settings import Settings
from qa.sources import read
from qa.types import Article

# The articles of each shard lie here: a collection's name does not begin so.
_ARTICLES = ".articles"
_MOST_OPEN = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Shards:
    """What indexing a collection in shards did.

    Attributes:
        reports: shard -> what its update did.
        refused: what could not be read, and why.
    """

    reports: dict[str, Report]
    refused: tuple[ArticleError, ...]


def index_shards(
    places: Sequence[Path],
    folder: Path,
    *,
    by: Literal["year", "source"] = "year",
    cores: float = 1,
    settings: Settings | None = None,
) -> Shards:
    """Index articles in one folder for each year or outlet, by the workers of a Ray cluster.

    `ray.init(address=...)` says which; without it, a cluster on this machine is started. To do it
    again updates the shards: what has gone from `places` is removed from them.

    Args:
        places: files and folders with all articles.
        folder: where the shards go; the workers must reach it under the same path.
        by: "year" of publication (`2025`, `undated`) or "source" (`coast-courier`, `unnamed`).
        cores: that each worker takes.
        settings: of the indexes; by default the environment's.

    Raises:
        QAError: a folder cannot be written, or two outlets would share a shard.
    """
    settings, folder = settings or Settings.from_env(), folder.absolute()
    names, refused = _divided(places, folder / _ARTICLES, by, settings.max_article_chars)
    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False)
    indexing = ray.remote(_index).options(num_cpus=cores)
    tasks = {}
    for name in names:
        own = settings.model_copy(update={"index": folder / name})
        tasks[name] = indexing.remote(folder / _ARTICLES / f"{name}.jsonl", own, int(cores) or 1)
    reports = {name: ray.get(task) for name, task in tasks.items()}
    return Shards(reports, tuple(refused))


def _index(articles: Path, settings: Settings, cores: int) -> Report:
    """Update one shard, in a worker."""
    index = Index.open(settings, create=True)
    if hasattr(index.encoder, "threads"):
        index.encoder.threads = cores
    return index.update([articles])


def _divided(
    places: Sequence[Path], folder: Path, by: str, max_chars: int
) -> tuple[list[str], list[ArticleError]]:
    """Write the articles of each shard to a file; return the shards, and what was refused.

    A shard that has no articles any more gets an empty file.
    """
    make_private_folder(folder)
    refused = list[ArticleError]()
    before = {path.stem for path in folder.glob("*.jsonl")}
    for name in before:
        (folder / f"{name}.jsonl").write_bytes(b"")
    outlets: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        files: dict[str, IO[str]] = {}
        for article in _read(places, max_chars, refused):
            name = article.published[:4] or "undated" if by == "year" else _slug(article.source)
            if by == "source" and outlets.setdefault(name, article.source) != article.source:
                raise QAError(
                    f"{article.source!r} and {outlets[name]!r} would both be the shard {name!r}: "
                    "name one of them otherwise, or divide by year"
                )
            if name not in files:
                if len(files) == _MOST_OPEN:
                    raise QAError(f"more than {_MOST_OPEN} shards by {by}: divide by year")
                path = folder / f"{name}.jsonl"
                files[name] = stack.enter_context(path.open("w", encoding="utf-8"))
            files[name].write(json.dumps(_record(article)) + "\n")
    return sorted(before | set(files)), refused


def _read(places: Sequence[Path], most: int, refused: list[ArticleError]) -> Iterator[Article]:
    for place in places:
        for reading in read(place, max_chars=most):
            if reading.error is not None:
                refused.append(reading.error)
            if reading.article is not None:
                yield reading.article


def _record(article: Article) -> dict[str, Any]:
    return {name: value for name, value in dataclasses.asdict(article).items() if value}


def _slug(source: str) -> str:
    """Return an outlet's name as a collection's: small letters, digits and "-"."""
    name = re.sub(r"[^a-z0-9]+", "-", source.casefold()).strip("-")[:60]
    return name or "unnamed"

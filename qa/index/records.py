"""What the index keeps of an article, and the keys by which both stores know its passages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

from qa.languages import identify
from qa.types import Article, Passage

_TITLE_CHARS = 200
# Fields that came later count only where they are set: what is older keeps its fingerprint.
_FIRST_FIELDS = 7


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article without its text, for lists. `origin` is the URI that it was read from."""

    id: str
    title: str
    source: str
    published: str
    author: str
    origin: str
    place: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What an article corrects in another: `corrected` is the other's id, the span is its own."""

    corrected: str
    article_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class IndexedArticle:
    """An article, the URI that it was read from, its fingerprint and its passages."""

    article: Article
    origin: str
    fingerprint: str
    passages: Sequence[Passage]

    @property
    def keys(self) -> list[str]:
        """The keys of the passages."""
        return [passage_key(self.fingerprint, p.start, p.end) for p in self.passages]

    @property
    def embedding_texts(self) -> list[str]:
        """What the encoder is given for each passage."""
        return [embedding_text(self.article.title, p.text) for p in self.passages]


def fingerprint_of(article: Article) -> str:
    """Return a digest of everything that the index keeps of an article."""
    digest = hashlib.sha256()
    for part in astuple(article)[:_FIRST_FIELDS]:
        digest.update(f"{len(part)}:{part}".encode())
    if article.language or article.pages:
        digest.update(f"{article.language}:{article.pages}".encode())
    if article.place:
        digest.update(f"place:{article.place}".encode())
    return digest.hexdigest()


def is_fingerprint(fingerprint: str, article: Article) -> bool:
    """Return whether a digest is an article's, be its language identified or as it was read."""
    return fingerprint in {fingerprint_of(article), fingerprint_of(replace(article, language=""))}


def with_language(article: Article) -> Article:
    """Return an article with its language, which is identified where it names none."""
    if article.language:
        return article
    return replace(article, language=identify(f"{article.title}\n{article.text}"))


def passage_key(fingerprint: str, start: int, end: int) -> str:
    """Return a passage's key. It changes with the article, so an old vector never fits new text."""
    return f"{fingerprint[:16]}:{start}-{end}"


def embedding_text(title: str, text: str) -> str:
    """Return what the encoder is given for a passage: the article's title, then the text."""
    return f"{title[:_TITLE_CHARS]}\n{text}".strip()

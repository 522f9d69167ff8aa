"""The SQLite half of the index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.errors import ArticleError, QAError
from qa.index import bm25
from qa.index.passages import split
from qa.index.read_transaction import ReadTransaction
from qa.index.records import IndexedArticle
from qa.index.store import Store
from qa.text import normalise, terms
from qa.types import Article, Filter
from tests.collection import count_words, write_files

T = TypeVar("T")
STORABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    store = Store(tmp_path / "articles.sqlite")
    store.create({"schema": 1, "generation": "first"})
    return store


def entry(article: Article, fingerprint: str = "f" * 64) -> IndexedArticle:
    """Return an article as `Store.replace` takes it."""
    passages = split(article, limit=40, count_tokens=count_words)
    return IndexedArticle(article, f"file:///in/{article.id}", fingerprint, passages)


def from_store(store: Store, read: Callable[[ReadTransaction], T]) -> T:
    """Return what is read in a transaction of its own."""
    with store.read() as transaction:
        return read(transaction)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(STORABLE.map(normalise))
def test_passages_come_back_exactly(store: Store, text: str) -> None:
    """What SQLite cuts out of an article is what Python cut, for any characters."""
    new = entry(Article("a", "", text))
    store.replace((), [new])
    with store.read() as read:
        assert read.article("a").text == text
        assert read.passages(read.keys_of(["a"])) == dict(zip(new.keys, new.passages, strict=True))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None
)
@given(STORABLE)
def test_any_question_can_be_matched(store: Store, question: str) -> None:
    """No question breaks the full-text query, and a text matches itself by its ASCII words."""
    store.replace((), [entry(Article("a", "", f"{question} dam"))])
    assert [
        p.article_id
        for p, _ in from_store(store, lambda read: read.match(terms(f"{question} dam"), 1))
    ] == ["a"]


def test_words_match_by_stem_title_and_rarity(store: Store) -> None:
    """BM25 finds stems in text and title, ranks the rarer word higher, and ignores words that are nowhere."""
    articles = [
        Article("a", "", "The dam held."),
        Article("b", "", "The dam was blocked."),
        Article("c", "Dams", "x y"),
    ]
    store.replace((), [entry(article, f"{i}" * 64) for i, article in enumerate(articles)])
    assert (
        from_store(store, lambda read: read.match(terms("blocking dams"), 10))[0][0].article_id
        == "b"
    )
    assert {
        p.article_id for p, _ in from_store(store, lambda read: read.match(terms("dam"), 10))
    } == {"a", "b", "c"}
    assert from_store(store, lambda read: read.match(terms("zebra"), 10)) == []
    assert from_store(store, lambda read: read.frequencies(terms("dam blocked zebra"))) == {
        "dam": 3,
        "block": 1,
    }


def test_among_many_matches_those_with_a_rare_word_count(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where too many passages match, those with only the frequent words are passed over; scores stay what they are."""
    texts = ["dam ferry", *["The dam held."] * 20, "ferry"]
    articles = [Article(f"{i:02}", "", text) for i, text in enumerate(texts)]
    store.replace((), [entry(article, f"{i:02}" * 32) for i, article in enumerate(articles)])
    every = {
        p.article_id: score
        for p, score in from_store(store, lambda read: read.match(terms("dam ferry"), 30))
    }
    monkeypatch.setattr(bm25, "_MAX_SCORED", 3)
    assert from_store(store, lambda read: read.match(terms("dam"), 1))
    some = {
        p.article_id: score
        for p, score in from_store(store, lambda read: read.match(terms("dam ferry"), 30))
    }
    assert some == {name: every[name] for name in ("00", "21")}
    chosen = from_store(
        store, lambda read: read.match(terms("dam ferry"), 30, Filter(article_ids=("00", "07")))
    )
    assert [p.article_id for p, _ in chosen] == ["00", "07"]


def test_the_size_is_that_after_the_last_write(store: Store, tmp_path: Path) -> None:
    """Passages are counted again once something was written, also by another process."""
    store.replace((), [entry(Article("a", "", "One."))])
    assert from_store(store, lambda read: read.passage_count()) == 1
    other = Store(tmp_path / "articles.sqlite")
    other.replace((), [entry(Article("b", "", "Two."), "e" * 64)])
    assert from_store(store, lambda read: read.passage_count()) == 2


def test_a_very_long_question_is_matched(store: Store) -> None:
    """A question of thousands of words is answered from its first ones."""
    store.replace((), [entry(Article("a", "", "word1 here"))])
    assert from_store(store, lambda read: read.match([f"word{i}" for i in range(5_000)], 10))


def test_replacing_leaves_nothing_behind(store: Store) -> None:
    """An article that changed or went leaves no passage and no word."""
    store.replace((), [entry(Article("a", "", "The dam held. " * 20))])
    store.replace((), [entry(Article("a", "", "A ferry sank."), "e" * 64)])
    assert from_store(store, lambda read: read.counts()) == {
        "articles": 1,
        "passages": 1,
        "words": 1,
    }
    assert from_store(store, lambda read: read.match(terms("dam"), 10)) == []
    store.replace(["a"], [])
    assert from_store(store, lambda read: read.counts()) == {
        "articles": 0,
        "passages": 0,
        "words": 0,
    }
    assert from_store(store, lambda read: read.frequencies(["ferri"])) == {}


def test_each_write_is_a_new_generation(store: Store) -> None:
    """A reader can tell that something was written."""
    seen = {from_store(store, lambda read: read.generation)}
    store.replace((), [entry(Article("a", "", "Text."))])
    seen.add(from_store(store, lambda read: read.generation))
    store.replace(["a"], [])
    assert len(seen | {from_store(store, lambda read: read.generation)}) == 3


def test_the_journal_names_what_belongs_to_nothing(store: Store) -> None:
    """Of the vectors that a write noted, those without a passage are left to delete."""
    new = entry(Article("a", "", "Text."))
    (key,) = new.keys
    store.begin([key, "old"])
    assert sorted(from_store(store, lambda read: read.unfinished())) == sorted([key, "old"])
    store.replace((), [new])
    assert from_store(store, lambda read: read.unfinished()) == ["old"]
    store.finish()
    assert from_store(store, lambda read: read.unfinished()) == []


def test_an_unknown_article_is_an_error(store: Store) -> None:
    """Asking for an article that is not there names it."""
    with pytest.raises(ArticleError, match=r"gone\.md: the index holds no such article"):
        from_store(store, lambda read: read.article("gone.md"))


def test_articles_are_sorted_and_whole(store: Store) -> None:
    """All fields of all articles come back, sorted by id."""
    articles = [Article("b", "T", "Text.", "S", "2022-01-01", "u", "A"), Article("a", "", "Text.")]
    store.replace((), [entry(article, f"{i}" * 64) for i, article in enumerate(articles)])
    assert from_store(store, lambda read: read.articles()) == articles[::-1]
    assert from_store(store, lambda read: read.known()) == {
        "a": ("file:///in/a", "1" * 64),
        "b": ("file:///in/b", "0" * 64),
    }


def test_roots_are_remembered(store: Store) -> None:
    """The files and folders that were read replace those before."""
    store.set_roots(["file:///b", "file:///a", "file:///a"])
    assert from_store(store, lambda read: read.roots()) == ["file:///a", "file:///b"]


def test_an_unfinished_file_holds_no_index(tmp_path: Path) -> None:
    """A file without tables, as an interrupted start leaves it, has no manifest."""
    write_files(tmp_path, {"broken.sqlite": b""})
    assert from_store(Store(tmp_path / "broken.sqlite"), lambda read: read.manifest) == {}


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    """What SQLite cannot read is an error: taken for a missing index, it would be made anew unasked."""
    write_files(
        tmp_path, {"broken.sqlite": b"no database at all, but long enough to be read as one" * 20}
    )
    with pytest.raises(QAError, match="is damaged"):
        from_store(Store(tmp_path / "broken.sqlite"), lambda read: read.manifest)

"""Earlier versions of articles, reprints across the collection, and columns of corrections."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import ArticleError, SettingsError
from qa.index.records import Correction, IndexedArticle, fingerprint_of
from qa.index.store import Store
from qa.index.versions import Version, as_read
from qa.types import Answer, Article, Citation, Filter, Hit, Passage, Statement
from tests.collection import memory_index, search

STORY = (
    "The council of Merrow voted on Tuesday to close the lido for a year, because its pump house is"
    " in danger of collapse. Seven councillors voted for the closure and four against it.\n\n"
    "The engineer Tomas Vell found the cracks in March while he was looking for a leak. He told the"
    " council that the northern wall could fall in any storm.\n\n"
)
COST = "The repairs will cost 4.2 million crowns, said the mayor."


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    store = Store(tmp_path / "articles.sqlite")
    store.create({"schema": 1, "generation": "first"})
    return store


def put(store: Store, *articles: Article) -> None:
    """Write articles, and find what they have to do with each other."""
    rows = [
        IndexedArticle(each, f"file:///{each.id}", fingerprint_of(each), ()) for each in articles
    ]
    store.replace((), rows)
    store.relate()


def stories(store: Store, *article_ids: str) -> dict[str, str]:
    """Return article id -> story."""
    with store.read() as read:
        return read.stories(article_ids)


def versions(store: Store, article_id: str) -> list[Version]:
    """Return an article and its earlier versions."""
    with store.read() as read:
        return read.versions(article_id)


def test_a_changed_text_is_a_new_version(store: Store) -> None:
    """The newest text answers; the earlier ones can be read, newest first, with all they said."""
    first = Article("a", "Lido", "It is open.", author="Nell Harrow", pages=(0, 3), place="Merrow")
    for article in (
        first,
        Article("a", "Lido", "It is shut."),
        Article("a", "Lido", "It is gone."),
    ):
        put(store, article)
    found = versions(store, "a")
    assert [each.article.text for each in found] == ["It is gone.", "It is shut.", "It is open."]
    assert found[-1].article == first
    assert sorted((each.read for each in found), reverse=True) == [each.read for each in found]


def test_another_date_is_no_new_version(store: Store) -> None:
    """Where only what describes an article changes, nothing is kept, and it was first read when it was."""
    put(store, Article("a", "Lido", "It is open."))
    (before,) = versions(store, "a")
    put(store, Article("a", "Lido", "It is open.", published="2025-05-04"))
    (after,) = versions(store, "a")
    assert (after.read, after.article.published) == (before.read, "2025-05-04")


def test_removed_articles_leave_no_version(store: Store) -> None:
    """What was removed cannot be read in an earlier version either."""
    put(store, Article("a", "Lido", "It is open."))
    put(store, Article("a", "Lido", "It is shut."))
    store.replace(["a"], ())
    put(store, Article("a", "Lido", "It is new."))
    assert len(versions(store, "a")) == 1


def test_a_version_is_named_by_a_day_or_a_time() -> None:
    """As of a day is as it was read last on that day; before the first reading there was nothing."""
    read = (
        "2025-03-05T10:00:00.000+00:00",
        "2025-03-03T18:00:00.000+00:00",
        "2025-03-03T09:00:00.000+00:00",
    )
    known = [Version(Article("a", "", text), at) for text, at in zip("cba", read, strict=True)]
    for written, text in (
        ("", "c"),
        ("2025-03-04", "b"),
        ("2025-03-03", "b"),
        ("2025-03-03T10:30", "a"),
        ("2026-01-01", "c"),
    ):
        assert as_read(known, written).text == text, written
    with pytest.raises(ArticleError, match="first read on 2025-03-03"):
        as_read(known, "2025-03-02")
    with pytest.raises(SettingsError, match="write a day"):
        as_read(known, "last week")


def test_reprints_are_one_story(store: Store) -> None:
    """A text that another paper prints under its own headline, whole or cut, is the same story."""
    put(store, Article("a", "Lido to close", STORY + COST))
    put(
        store,
        Article("b", "Cracks shut pool", STORY),
        Article("c", "Other", "The herring is back. " * 9),
    )
    found = stories(store, "a", "b", "c")
    assert set(found) == {"a", "b"}
    assert found["a"] == found["b"]
    store.replace(["a"], ())
    with store.read() as read:
        assert read.reprints(["b"]) == ["b"]


@pytest.mark.parametrize(
    "changed",
    [
        STORY.replace("Seven", "Nine") + COST.replace("4.2", "2.4"),
        STORY.replace("could fall", "could not fall") + COST,
        STORY.replace("Tomas Vell", "Iva Brandt") + COST,
    ],
)
def test_another_account_is_no_reprint(store: Store, changed: str) -> None:
    """Another number or name, or a denial, makes another story of the same words."""
    put(store, Article("a", "Lido to close", STORY + COST), Article("b", "Lido", changed))
    assert stories(store, "a", "b") == {}


def test_a_hit_names_all_reprints(tmp_path: Path) -> None:
    """Reprints do not crowd out other articles, and all of them are told, also those far behind."""
    texts = [Article(f"r{n:02}", f"Paper {n}", STORY) for n in range(40)]
    other = Article(
        "other", "Lido", "Cracks in the lido were found by the diver Iva Brandt, she says."
    )
    index = memory_index(tmp_path, [*texts, other])
    index.store.relate()
    hits = search(index, "who found the cracks in the lido", 3)
    assert {hit.passage.article_id for hit in hits} >= {"other"}
    folded = next(hit for hit in hits if hit.passage.article_id != "other")
    assert len(folded.duplicates) >= 20


def test_a_cut_reprint_is_not_named_for_what_it_lacks() -> None:
    """A quote from the part that a reprint leaves out is not said to stand in it, too."""
    text = STORY + COST
    whole = Passage("a:0", "a", 0, len(text), text)
    cut = Passage("b:0", "b", 0, len(STORY), STORY)
    quotes = COST, STORY[:100]
    for quote, named in zip(quotes, ((), (cut,)), strict=True):
        start = whole.text.index(quote)
        cited = Citation(1, "a", "Lido", "", "", "", start, start + len(quote), quote)
        said = Statement(quote, (cited,))
        hit = Hit(whole, 1.0, 1, "hybrid", (cut,))
        answer = Answer("?", "fact", f"{quote} [1]", (said,), hits=(hit,), confidence=0.9)
        assert answer.duplicates(cited) == named


def test_local_paragraphs_leave_a_reprint_one(store: Store) -> None:
    """A paper's own paragraph at the end, with its own figures, makes no other story."""
    one, other = (
        "The pool had 9,000 visitors, said the council.",
        "A vigil will be held at 7pm in St Ann.",
    )
    put(
        store,
        Article("a", "Lido to close", f"{STORY}{STORY.upper()}{one}"),
        Article("b", "Pool", f"{STORY}{STORY.upper()}{other}"),
    )
    assert set(stories(store, "a", "b")) == {"a", "b"}


def test_corrections_name_a_day_and_a_subject(store: Store) -> None:
    """A correction that names no title is linked to the paper's article of the day about the same."""
    said = "Tomas Vell. On 4 May we said that the engineer found cracks in the lido in April. It was in March."
    column = f"Courier, Wednesday 7 May 2025\n\n{said}\n\nLemon cake. The recipe on 4 May needs 20 grams of sugar."
    put(
        store,
        Article("lido", "Lido to close", STORY, published="2025-05-04", source="The Courier"),
        Article(
            "herring", "Herring", "The herring is back.", published="2025-05-04", source="Courier"
        ),
        Article("echo", "Lido to close", STORY, published="2025-05-04", source="Echo"),
        Article(
            "same-day", "Courier", "Courier on Wednesday.", published="2025-05-07", source="Courier"
        ),
        Article("column", "Corrections", column, published="2025-05-07", source="Courier online"),
    )
    with store.read() as read:
        found = read.corrections(["lido", "herring", "echo", "same-day"])
    start = column.index(said)
    assert found == [Correction("lido", "column", start, start + len(said))]


def test_corrections_are_linked_to_what_they_name(store: Store) -> None:
    """A column of corrections leads from the paragraph that names a title to that article alone."""
    said = 'An article on 4 May ("Merrow lido to close") gave a wrong sum. It is 2.4 million.'
    text = f"The name of Edda Lorn was misspelt.\n\n{said}"
    put(
        store,
        Article("lido", "Merrow lido to close", STORY, published="2025-05-04"),
        Article("older", "Merrow lido to close", "It shut. " * 9, published="2024-05-03"),
        Article("other", "The herring is back", "It is back."),
        Article("column", "Corrections and clarifications", text, published="2025-05-07"),
    )
    with store.read() as read:
        found = read.corrections(["lido", "older", "other", "column"])
    assert found == [Correction("lido", "column", text.index(said), len(text))]


def test_of_a_story_printed_by_many_a_few_articles_are_looked_at(store: Store) -> None:
    """What else prints a story costs the same for 25 articles as for 1,000, and obeys the filter."""
    put(store, *(Article(f"a{i}", "Lido", STORY, source=f"Paper {i}") for i in range(25)))
    with store.read() as read:
        names = set(read.stories(["a0"]).values())
        assert len(read.printing(names, None)) == 20
        assert list(read.printing(names, Filter(source="Paper 24"))) == ["a24"]

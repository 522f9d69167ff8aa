"""Stories told across articles: which articles, in what order, and what is left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from qa.answering.stories import Stories
from qa.query import Intent, Query, Scope
from qa.types import Article, Filter, Statement
from tests.collection import memory_index

SANK = Article(
    "1",
    "Ferry sinks off Ulm",
    "The ferry Sea Queen sank off Ulm on Sunday night. Everyone on board was saved by two trawlers.",
    "Courier",
    "2025-03-10",
)
WHY = Article(
    "3",
    "Valve blamed",
    "An open valve let water into the Sea Queen, investigators found. The Sea Queen's owner denies it.",
    "Herald",
    "2025-04-02",
)
RAISED = Article(
    "2",
    "Sea Queen raised",
    "The Sea Queen was raised by a crane on Thursday morning. “She is a sad sight,” said the mate.",
    "Courier",
    "2025-03-20",
)
OTHER = Article(
    "4", "Bakers strike", "The bakers of Ulm are on strike for more pay.", "Herald", "2025-04-03"
)
ARTICLES = (SANK, WHY, RAISED, OTHER)


def told(
    folder: Path,
    question: str,
    intent: Intent,
    scope: Filter | None = None,
    articles: Sequence[Article] = ARTICLES,
) -> list[Statement]:
    """Return the statements of a story."""
    scopes = (Scope(scope, "of then"),) if scope else ()
    query = Query(question, question, "explanation", None, intent, scopes, question)
    index = memory_index(folder, articles)
    with index.snapshot() as snapshot:
        return Stories(snapshot, index.encoder).answer(query, (), ())[1]


def ids(statements: list[Statement]) -> list[str]:
    """Return the article that each statement cites."""
    return [said.citations[0].article_id for said in statements]


def test_a_story_is_told_across_its_articles_in_order_of_time(tmp_path: Path) -> None:
    """Each article of it has its part, the oldest first; an article about something else has none."""
    found = ids(told(tmp_path, "what happened to the Sea Queen?", "summary"))
    assert found == sorted(found)
    assert set(found) == {"1", "2", "3"}


def test_each_article_of_a_story_has_its_title_once_where_that_says_more(tmp_path: Path) -> None:
    """What the sentence below says as well is not repeated, and of one article no title is told."""
    statements = told(tmp_path, "what happened to the Sea Queen?", "summary")
    titles = [said.short_answer for said in statements if said.short_answer]
    assert titles == ["Valve blamed"]
    march = Filter(since="2025-03-01", until="2025-03-15")
    alone = told(tmp_path / "alone", "what happened to the Sea Queen?", "summary", march)
    assert [said.short_answer for said in alone] == [""] * len(alone)


def test_no_sentence_is_told_twice_and_each_is_cited(tmp_path: Path) -> None:
    """A statement is the sentences of its one citation."""
    statements = told(tmp_path, "what happened to the Sea Queen?", "summary")
    quotes = [said.citations[0].quote for said in statements]
    assert len(set(quotes)) == len(quotes)
    assert [said.text for said in statements] == quotes


def test_a_story_that_no_article_tells_has_no_statement(tmp_path: Path) -> None:
    """A name that the articles lack is not replaced by another story."""
    assert told(tmp_path, "what happened to the Golden Hind?", "summary") == []


def test_the_news_are_the_newest_articles(tmp_path: Path) -> None:
    """The newest first, each by its title and its opening."""
    statements = told(tmp_path, "what is the latest?", "news")
    assert ids(statements)[0] == "4"
    assert statements[0].short_answer == "Bakers strike"


def test_the_news_of_a_span_of_time(tmp_path: Path) -> None:
    """Only the articles of that time are told of."""
    march = Filter(since="2025-03-01", until="2025-03-31")
    assert ids(told(tmp_path, "what is the latest?", "news", march)) == ["2", "1"]


def test_an_article_that_names_the_same_people_belongs_to_the_story(tmp_path: Path) -> None:
    """Whom the articles of a story open with is its own, also where no word of the question is."""
    articles = (
        Article("1", "Aske in doubt", "Rod Aske gave a dredging contract to a friend.", "", "2025-01-01"),
        Article("2", "Aske steps aside", "Rod Aske is out over the dredging contract.", "", "2025-01-02"),
        Article("3", "Successor", "Tobi Quen takes over from Rod Aske as mayor.", "", "2025-01-03"),
        *(Article(f"{n}", "Fish", "The price of herring fell again.", "") for n in range(4, 30)),
    )  # fmt: skip
    question = "Summarise the affair of the dredging contract"
    statements = told(tmp_path, question, "summary", articles=articles)
    assert ids(statements) == ["1", "2", "3"]


def test_a_sentence_that_needs_the_one_before_comes_with_it(tmp_path: Path) -> None:
    """A pronoun without its person, and a quotation without its speaker, tell nobody anything."""
    article = Article(
        "1",
        "Aske resigns",
        "“It was enough,” he said afterwards to all who asked.\n\n"
        "Rod Aske resigned as mayor of Ulm on Monday. He will leave the town in the spring of 2026.",
        "Courier",
        "2025-03-10",
    )
    index = memory_index(tmp_path, (article,))
    question = "Summarise the article about Rod Aske"
    query = Query(question, question, "explanation", None, "summary", (), question)
    with index.snapshot() as snapshot:
        first = Stories(snapshot, index.encoder).answer(query, (), ())[1][-1]
    assert first.text.startswith("Rod Aske resigned")
    assert first.text.endswith("2026.")


def test_what_names_nothing_is_told_of_what_was_cited_before(tmp_path: Path) -> None:
    """`summarise it` tells the article that the answer before cites first; only news tells all."""
    query = Query("summarise it", "summarise it", near=("4", "1"), intent="summary")
    index = memory_index(tmp_path, ARTICLES)
    with index.snapshot() as snapshot:
        statements = Stories(snapshot, index.encoder).answer(query, (), ())[1]
    assert set(ids(statements)) == {"4"}


def test_other_stories_of_a_named_place_are_left_out(tmp_path: Path) -> None:
    """Which of the stories at a hospital is meant, the words beside its name tell."""
    articles = (
        Article("1", "Wreck", "Orlan Hospital took in the wounded. Orlan Hospital has ten.", "", "2025-01-01"),
        Article("2", "Lamp", "The lamp of Orlan Hospital was never bought.", "", "2025-01-02"),
        Article("3", "Audit", "Orlan Hospital spent the money for a lamp on cars.", "", "2025-01-03"),
        *(Article(f"{n}", "Fish", "The price of herring fell again.", "") for n in range(4, 30)),
    )  # fmt: skip
    question = "Summarise the story of the lamp at Orlan Hospital"
    statements = told(tmp_path, question, "summary", articles=articles)
    assert set(ids(statements)) == {"2", "3"}


def test_what_a_conversation_is_about_tells_which_story(tmp_path: Path) -> None:
    """`The fair` is the one of the articles that the answers before cite, of several fairs."""
    fairs = (
        Article(
            "1",
            "Fair at Orlo",
            "The fair at Orlo was opened by the mayor on Monday. It has two big wheels this year.",
            "",
            "2025-01-01",
        ),
        Article(
            "2",
            "Fair in Ulm",
            "The fair in Ulm was rained off on Sunday evening. It lost most of its money in an hour.",
            "",
            "2025-01-02",
        ),
    )
    question = "tell me about the fair"
    query = Query(question, question, intent="summary", topic=question, near=("2",))
    index = memory_index(tmp_path, fairs)
    with index.snapshot() as snapshot:
        assert set(ids(Stories(snapshot, index.encoder).answer(query, (), ())[1])) == {"2"}
        named = dataclasses.replace(
            query, question="and then?", topic="and then? (Orlo)", near=("1",)
        )
        assert set(ids(Stories(snapshot, index.encoder).answer(named, (), ())[1])) == {"1"}
        apart = dataclasses.replace(query, near=())
        assert set(ids(Stories(snapshot, index.encoder).answer(apart, (), ())[1])) == {"1", "2"}

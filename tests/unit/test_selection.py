"""A follow-up picks one of the articles that an answer listed, or whoever came before."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.answering.rendering import render_text
from qa.query import Query
from qa.types import Answer, Filter, Link, Statement, Turn
from qa.understanding.followups import Resolver
from qa.understanding.followups.asked_again import asked_again
from qa.understanding.followups.ellipsis import in_turn
from qa.understanding.followups.heard import Heard
from qa.understanding.followups.selection import picked
from tests.collection import BagEncoder, memory_index
from tests.unit.test_pipeline import ARTICLES

LINKS = (
    Link("dam", "Dam", "Courier", "2025-04-02"),
    Link("copy", "Dam again", "Courier", "2025-03-09"),
    Link("barn", "Barn", "Courier", "2025-03-11"),
)


def listing(*links: Link) -> Answer:
    """Return an answer that lists articles."""
    said = [Statement(f"“{link.title}”", links=(link,)) for link in links]
    return Answer("which?", "catalogue", render_text("catalogue", said), tuple(said))


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("what does the newest one say?", "dam"),
        ("Sum up the oldest article", "copy"),
        ("and what is in the second one?", "copy"),
        ("who wrote the last one?", "barn"),
        ("what does the fifth one say?", ""),
        ("which is the newest one?", ""),
        ("what does the newest article about goats say?", ""),
        ("what is the newest?", ""),
    ],
)
def test_an_article_of_a_list_is_picked(question: str, article: str) -> None:
    """By its date or its place; not where only its name is wanted, or a new topic is named."""
    found = picked(question, [Answer("x", "abstention", "No."), listing(*LINKS)])
    assert (found.article_id if found else "") == article
    assert picked(question, [listing(LINKS[0])]) is None


def test_a_picked_article_is_the_only_one_that_is_asked(tmp_path: Path) -> None:
    """It is told what that article says, within what the caller asks."""
    turns = [Turn("user", "which?"), Turn("assistant", "", listing(*LINKS[:2]))]
    question = "what does the newest one say?"
    with memory_index(tmp_path, ARTICLES).snapshot() as snapshot:
        found = Resolver(BagEncoder()).understand(question, turns, snapshot)
    assert found.text == f"{question} (Dam)"
    query = found.continued(Query(question, question, intent="catalogue_newest"))
    assert (query.where, query.intent) == (Filter(article_ids=("dam",)), "summary_article")
    written = found.continued(Query(question, question, intent="catalogue_written"))
    assert written.intent == "catalogue_written"
    others = Filter(article_ids=("copy",))
    assert found.continued(Query(question, question, where=others)).where == others


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("and before him?", "Who was the harbour master of Ulm before Ode Finch?"),
        ("who was it before?", "Who was the harbour master of Ulm before Ode Finch?"),
        ("And who came after that?", "Who was the harbour master of Ulm after Ode Finch?"),
        ("what happened before that?", ""),
        ("before Monday?", ""),
    ],
)
def test_who_came_before(question: str, asked: str) -> None:
    """The question before is asked of the time before whom it named; other events are no posts."""
    assert in_turn(question, "Who is the harbour master of Ulm?", "Ode Finch") == asked


def test_who_came_before_whoever_came_before() -> None:
    """Asked again, it goes one step back; a question of no person has nobody before."""
    before = "Who was the harbour master before Ode Finch?"
    assert in_turn("and before her?", before, "Ada Wrey") == (
        "Who was the harbour master before Ada Wrey?"
    )
    assert not in_turn("and before that?", "Why did it sink?", "Ada Wrey")
    assert not in_turn("and before that?", before, "on Monday")


def test_who_came_before_is_asked_of_a_post() -> None:
    """Of the questions before it is the newest that asks who is something, and of him or her."""
    exchanges = [
        Heard("Whom did Ode Finch beat?", ("Ada Wrey",)),
        Heard("Who did Ode Finch defeat?", ("Ada Wrey",)),
        Heard("Who leads the council of Ulm?", ("Ode Finch",)),
    ]
    texts = ["Ode Finch won. He thanked all.", "Ada Wrey lost. She left."]
    for asked in ("and before him?", "and before that?"):
        found = asked_again(asked, exchanges, (), 0, lambda _: texts)
        assert found is not None
        assert found.text == "Who leads the council of Ulm before Ode Finch?"
    assert asked_again("and before her?", exchanges, (), 0, lambda _: texts) is None

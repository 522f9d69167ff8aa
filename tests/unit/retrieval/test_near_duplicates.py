"""Reprints fold into one hit; other accounts stay."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.pipeline import Pipeline
from qa.retrieval.near_duplicates import fold_duplicates
from qa.types import Article, Passage
from tests.collection import memory_index, search
from tests.unit.test_pipeline import ScriptedReader

STORY = (
    "The ferry Petrel struck the breakwater at Norrhamn shortly after midnight on Sunday, and seven people died, the "
    "coast guard said. Rescue boats took the survivors to the hospital in Vaddermouth. The harbour master said that "
    "the ferry was travelling too fast for the fog, which the company does not accept."
)


def passages(*texts: str) -> list[tuple[Passage, float]]:
    """Return passages of one article each, best first."""
    return [
        (Passage(f"a{i}:0", f"a{i}", 0, len(text), text), 1.0 - i / 100)
        for i, text in enumerate(texts)
    ]


def folded(*texts: str, k: int = 10) -> dict[str, list[str]]:
    """Return article id -> ids of those folded into it."""
    return {
        p.article_id: [q.article_id for q in also]
        for p, _, also in fold_duplicates(passages(*texts), k)
    }


@pytest.mark.parametrize(
    "reprint",
    [
        STORY,
        STORY.upper(),
        STORY.replace("shortly after", "just after"),
        "NORRHAMN (SNA) - " + STORY,
        STORY.removesuffix(", which the company does not accept.")
        + ", which the company does not accept. SNA/mv",
        STORY.replace(", the coast guard said", ", according to the coast guard"),
    ],
)
def test_a_reprint_is_listed_with_the_better_hit(reprint: str) -> None:
    """A text that differs by a credit, a dateline or a word is no hit of its own."""
    assert folded(STORY, "The council voted.", reprint) == {"a0": ["a2"], "a1": []}


@pytest.mark.parametrize(
    "other",
    [
        STORY.replace("seven people", "nine people"),
        STORY.replace("seven people", "7 people"),
        STORY.replace("does not accept", "accepts"),
        STORY.replace("said that the ferry was", "did not say that the ferry was"),
        "The council voted for a new bridge over the Oskel on Monday evening.",
        STORY[:120],
    ],
)
def test_another_account_stays(other: str) -> None:
    """Another number, a denial, another event or a small part of the story is a hit of its own."""
    assert folded(STORY, other) == {"a0": [], "a1": []}


def test_an_article_is_no_source_beside_itself() -> None:
    """A text that one article holds twice, or a third time in one already listed, keeps its own hits."""
    (first, score), *_ = passages(STORY)
    again = Passage("a0:900", "a0", 900, 900 + len(STORY), STORY)
    assert [also for _, _, also in fold_duplicates([(first, score), (again, 0.5)], 10)] == [(), ()]


@given(
    st.lists(
        st.sampled_from([STORY, "A ferry sank.", "The dam held.", STORY + " More."]), max_size=12
    ),
    st.integers(1, 5),
)
def test_nothing_is_lost_and_order_is_kept(texts: list[str], k: int) -> None:
    """At most k hits come, in the order of their scores, and each passage is a hit or listed, while there is room."""
    kept = fold_duplicates(passages(*texts), k)
    scores = [score for _, score, _ in kept]
    assert len(kept) <= k
    assert scores == sorted(scores, reverse=True)
    if len(kept) < k:
        assert sorted(p.id for first, _, also in kept for p in (first, *also)) == sorted(
            p.id for p, _ in passages(*texts)
        )


def test_folding_makes_room(tmp_path: Path) -> None:
    """Of k hits none is a reprint of another, in searches and in answers, though reprints rank next to each other."""
    articles = [Article(f"sna{i}", "Ferry", STORY, source=f"Paper {i}") for i in range(6)]
    articles.append(Article("own", "Ferry", "The ferry Petrel had been repaired in May."))
    index = memory_index(tmp_path, articles)
    weight = index.settings.lexical_weight
    hits = search(index, "ferry Petrel breakwater", 2, lexical_weight=weight)
    assert sorted(len(hit.duplicates) for hit in hits) == [0, 5]
    made = Pipeline(index, reader=ScriptedReader({}))
    assert made.answer("ferry Petrel breakwater?").hits == tuple(hits)


def test_many_passages_fold_in_time() -> None:
    """Two thousand long passages are compared within a second or so, not each with each."""
    texts = [" ".join(f"w{(i * 31 + j) % 5000}x" for j in range(120)) for i in range(2_000)]
    started = time.process_time()
    fold_duplicates(passages(*texts), 1_000)
    assert time.process_time() - started < 5.0

"""A question that goes on from the answers before is searched and read in their light."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.answering.going_on import anything_else, nearer, once_more, unsaid, within
from qa.query import Query
from qa.types import Article, Evidence, Filter, Hit, Passage, Turn
from qa.understanding.followups import Resolved, Resolver
from tests.unit.test_pipeline import pipeline

MILL = Article("mill", "The mill", "The mill burnt down in June. Ada Brook owned it.")
TOWER = Article("tower", "The tower", "The tower burnt, too. Nobody was hurt at the tower.")


def hit(article_id: str, score: float, start: int = 0, *others: str) -> Hit:
    """Return a hit in an article, with near duplicates in others."""
    passages = [Passage(f"{a}:{start}", a, start, start + 4, "text") for a in (article_id, *others)]
    return Hit(passages[0], score, 1, "hybrid", tuple(passages[1:]))


def evidence(article: Article, short: str, score: float) -> Evidence:
    """Return a piece of evidence whose short answer is given."""
    start = article.text.index(short)
    return Evidence(article.id, 0, len(article.text), start, start + len(short), score)


def asked(question: str, text: str = "", *said: str, near: tuple[str, ...] = ("mill",)) -> Query:
    """Return a question that goes on from answers which cite `near`."""
    return Query(question, text or question, topic=text or question, near=near, said=said)


def test_an_article_that_was_cited_comes_before_an_equal_one() -> None:
    """Its passages gain a little: not so much that a much better one elsewhere falls behind."""
    found = nearer([hit("tower", 0.9), hit("mill", 0.8)], [], ("mill",))
    assert [(h.passage.article_id, h.rank) for h in found] == [("mill", 1), ("tower", 2)]
    found = nearer([hit("tower", 1.4), hit("mill", 0.8)], [], ("mill",))
    assert [h.passage.article_id for h in found] == ["tower", "mill"]


def test_passages_of_cited_articles_are_found_where_others_crowd_them_out() -> None:
    """They are searched apart, and take the place of the worst of the others; none comes twice."""
    crowd = [hit("tower", 0.7, 9, "copy"), hit("tower", 0.6, 0)]
    found = nearer(crowd, [hit("mill", 0.65), hit("copy", 0.7, 9)], ("mill", "copy"))
    assert [h.passage.id for h in found] == ["tower:9", "mill:0"]
    assert [h.passage.id for h in nearer([], [hit("mill", 0.2)], ("mill",))] == ["mill:0"]


def test_only_articles_that_may_be_searched_are_near() -> None:
    """What the caller's filter leaves out stays out, whatever the answers before cite."""
    assert within(None, ["mill"]) == Filter(article_ids=("mill",))
    both = within(Filter(source="Courier", article_ids=("tower", "mill")), ["mill", "barn"])
    assert both == Filter(source="Courier", article_ids=("mill",))
    assert within(Filter(article_ids=("tower",)), ["mill"]) is None


def test_what_was_added_may_be_wrong() -> None:
    """A question that finds nothing is asked once more without it, of the articles cited."""
    again = once_more(asked("And who paid?", "Who paid? (the tower)"))
    assert again is not None
    assert (again.text, again.where) == ("Who paid?", Filter(article_ids=("mill",)))
    assert once_more(again) is None
    assert once_more(asked("Who paid?", "Who paid? (the tower)", near=())) is None


def test_what_was_added_may_have_nothing_to_do_with_it() -> None:
    """A question with words of its own may be about something else than the conversation."""
    again = anything_else(asked("Who is mayor now?", "Who is mayor now? (the mill)"))
    assert again is not None
    assert (again.text, again.where, again.near) == ("Who is mayor now?", None, ())
    assert anything_else(again) is None
    for question in ("Is it closed?", "By whom?", "Why not?", "Whose mistake was that?"):
        assert anything_else(asked(question, f"{question} (the mill)")) is None


def test_whom_a_question_is_about_is_not_left_out() -> None:
    """Without the name that took the place of a pronoun, it would be answered for anybody."""
    assert once_more(asked("How old is he?", "How old is Otto Marr? (the mill)")) is None


@pytest.mark.parametrize(
    ("query", "first"),
    [
        (asked("Who sold it?", "Who sold it?", "Ada Brook"), "June"),
        (asked("When did she own it?", "When did Ada Brook own it?"), "June"),
        (asked("Who sold it?"), "Ada Brook"),
        (asked("Was it Ada Brook?"), "Ada Brook"),
    ],
)
def test_what_only_repeats_the_conversation_counts_half(query: Query, first: str) -> None:
    """Neither the last short answer nor what was taken up is what a follow-up asks for."""
    read = [evidence(MILL, "Ada Brook", 0.9), evidence(MILL, "June", 0.6)]
    best = unsaid(read, query, {"mill": MILL})[0]
    assert MILL.text[best.short_start : best.short_end] == first


def test_a_follow_up_is_answered_from_the_story_it_goes_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two articles that fit `who was hurt?` as well, it reads the one that was cited before."""
    crash = Article("crash", "Crash", "Drivers were hurt. It was a bus.")
    fire = Article("fire", "Fire", "Children were hurt. It was a mill.")
    made = pipeline(tmp_path, {"mill": 0.9, "Child": 0.8}, articles=[crash, fire], k=1)
    before = made.answer("Which mill?")
    monkeypatch.setattr(Resolver, "resolve", lambda _, question, *__: Resolved(question))
    turns = [Turn("user", before.question), Turn("assistant", before.text, before)]
    assert made.answer("who was hurt?").abstained
    answer = made.answer("who was hurt?", history=turns)
    assert [c.quote for c in answer.citations] == ["Children were hurt."]


def test_what_is_no_age_is_beside_the_point(tmp_path: Path) -> None:
    """A sentence that the reader is sure of does not answer how old somebody is without a number."""
    made = pipeline(tmp_path, {"burnt": 0.9, "owned": 0.4}, articles=(MILL,))
    assert made.answer("How old is Ada Brook?").abstained
    assert not made.answer("What burnt down?").abstained

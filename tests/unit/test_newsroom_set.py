"""The project's own newsroom set holds together: its evidence is in the articles, and its facts in the evidence's articles."""

from __future__ import annotations

import functools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.checking import check
from qa.evaluation.corpus import Record, read_corpus
from qa.evaluation.rubric import CATALOGUE, folded
from tests.collection import CORPUS
from tests.facts import cited, untold

SET = Path(__file__).resolve().parents[2] / "evals" / "sets" / "newsroom"
_ABSTAINED = {"near_miss", "off_topic", "false_presupposition"}
_KINDS = set(
    "fact typo keyword who_said why_how what_happened yes_no latest changes differ date_scoped "
    "source_scoped list compare count_or_sum_given summary_story summary_article catalogue "
    "smalltalk false_presupposition near_miss off_topic".split()
)


def read(name: str) -> list[dict[str, Any]]:
    """Return the lines of a file of the set."""
    lines = (SET / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


QUESTIONS, TURNS = read("questions.jsonl"), read("dialogues.jsonl")
ALL = [*QUESTIONS, *TURNS]
of_each = pytest.mark.parametrize("item", ALL, ids=[item["id"] for item in ALL])


@functools.cache
def articles() -> dict[str, Record]:
    """Return the sample articles by id."""
    return dict(read_corpus(CORPUS, max_chars=10**6).records)


@of_each
def test_evidence_is_verbatim(item: dict[str, Any]) -> None:
    """Each quotation stands in its article, letter for letter, and each article to be cited has one."""
    quoted = item.get("evidence", [])
    assert {one["article_id"] for one in quoted} == cited(item)
    for one in quoted:
        assert one["quote"] in articles()[one["article_id"]]["text"]


@of_each
def test_facts_stand_in_what_is_cited(item: dict[str, Any]) -> None:
    """Of each fact, at least one wording stands in an article that may be cited; no unwanted phrase is evidence."""
    assert untold(item, articles()) == []
    evidence = folded(" ".join(one["quote"] for one in item.get("evidence", [])))
    assert not [phrase for phrase in item["must_not"] if folded(phrase) in evidence]


def test_it_is_a_valid_set() -> None:
    """`qa eval check` finds nothing in it, not even a warning."""
    found = check(SET, max_chars=10**6)
    assert (found.findings, found.questions) == ((), len(ALL))


def test_every_kind_of_question_is_asked() -> None:
    """There are 120 questions or more, four or more of each kind; the kinds say what has no answer."""
    kinds = Counter(item["kind"] for item in QUESTIONS)
    assert len(QUESTIONS) >= 120
    assert set(kinds) == _KINDS
    assert min(kinds.values()) >= 4
    assert all((item["kind"] in _ABSTAINED) != item["answerable"] for item in ALL)
    assert all("verdict" in item for item in ALL if item["kind"] == "yes_no")


def test_dialogues_have_four_to_six_turns() -> None:
    """There are twelve dialogues, whose turns are counted, and whose every follow-up is also put by hand."""
    dialogues: dict[str, list[int]] = {}
    for item in TURNS:
        dialogues.setdefault(item["dialogue"], []).append(item["turn"])
        assert item["standalone"]
    assert len(dialogues) >= 12
    for turns in dialogues.values():
        assert turns == list(range(1, len(turns) + 1))
        assert 4 <= len(turns) <= 6


def test_every_article_is_cited() -> None:
    """Each sample article supports an answer."""
    assert set().union(*map(cited, ALL)) == set(articles())


def test_what_the_catalogue_says_is_so() -> None:
    """The questions about the collection itself have the answers that the sample articles give."""
    wanted = {item["question"]: item["must"] for item in QUESTIONS if item["kind"] == CATALOGUE}
    found = sorted(articles().values(), key=lambda article: str(article["published"]))
    outlets = Counter(article["source"] for article in found)
    by_dane = [article["title"] for article in found if article["author"] == "Osric Dane"]
    assert str(len(found)) in wanted["How many articles are there?"][0]
    named = [fact[0] for fact in wanted["Which outlets do you have?"]]
    # The one outlet that is left out has a single article, which is no part of the stories.
    assert [name for name in outlets if not any(one in name for one in named)] == [
        "Sample World Desk"
    ]
    assert wanted["What is the newest article?"][0][0] in found[-1]["title"]
    assert wanted["Which article is the oldest?"][0][0] in found[0]["title"]
    for fact, title in zip(wanted["What has Osric Dane written?"], sorted(by_dane), strict=True):
        assert any(fact[0] in one for one in by_dane), title
    assert outlets["Upland Dispatch"] == 3

"""Answers judged by facts: what they must say, must not say, and must cite."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qa.evaluation.rubric import Judgement, Rubric, judge

ABSTAINED = "The articles do not contain an answer to this question."
TOLL = Rubric(
    "latest", must=(("10 dead", "ten dead"), ("ferry",)), must_not=("eleven",), cite=(("a", "b"),)
)


def judged(rubric: Rubric, text: str, *cited: str, answerable: bool = True) -> Judgement:
    """Judge a text; the sentence of an abstention is one."""
    return judge(rubric, text, cited, answerable=answerable, abstained=text == ABSTAINED)


def test_all_facts_and_a_source_pass() -> None:
    """Any wording of each fact will do, in any case and spacing, and any article of a group."""
    found = judged(TOLL, "TEN\u00a0dead on the  Ferry.", "folder/b.md")
    assert (found.passed, found.wrong, found.facts) == (True, False, 1.0)


@pytest.mark.parametrize(
    ("text", "cited", "wrong", "facts"),
    [
        ("The ferry sank.", "a", False, 0.5),
        ("Nobody knows.", "a", True, 0.0),
        ("Ten dead on the ferry, not eleven.", "a", True, 1.0),
        ("Ten dead on the ferry.", "c", False, 1.0),
        (ABSTAINED, "a", False, 0.0),
    ],
    ids=["fact missing", "nothing right", "unwanted", "not cited", "abstained"],
)
def test_what_does_not_pass(text: str, cited: str, *, wrong: bool, facts: float) -> None:
    """An answer without a fact or source fails; it is wrong with no fact at all, or an unwanted one."""
    found = judged(TOLL, text, cited)
    assert (found.passed, found.wrong, found.facts) == (False, wrong, facts)


def test_it_says_what_was_missing() -> None:
    """The facts, phrases and groups of articles that made an answer fail are named."""
    found = judged(TOLL, "Eleven dead.", "c")
    assert found.missing == TOLL.must
    assert found.unwanted == ("eleven",)
    assert found.uncited == (("a", "b"),)


def test_numbers_and_quotes_compare_alike() -> None:
    """Commas within numbers and curly quotes make no difference."""
    rubric = Rubric("fact", must=(("2,500 crowns",), ("don't",)))
    assert judged(rubric, "I don’t have 2500 crowns.").passed
    assert not judged(rubric, "I don’t have 2, 500 crowns.").passed


def test_what_has_no_answer_wants_an_abstention() -> None:
    """Any answer is wrong, unless it says why the question asks for what is not so."""
    rubric = Rubric("false_presupposition", corrects_must=(("not resign", "staying"),))
    assert judged(rubric, ABSTAINED, answerable=False).passed
    assert judged(rubric, "She did not resign.", answerable=False).passed
    assert judged(rubric, "In March.", answerable=False).wrong
    assert judged(Rubric("near_miss"), "In March.", answerable=False).wrong


@pytest.mark.parametrize("kind", ["smalltalk", "catalogue"])
def test_talk_needs_no_source_and_no_abstention(kind: str) -> None:
    """A reply passes without a citation; an abstention does not, and is not wrong either."""
    assert judged(Rubric(kind), "Hello!").passed
    silent = judged(Rubric(kind), ABSTAINED)
    assert (silent.passed, silent.wrong) == (False, False)


@pytest.mark.parametrize(
    ("text", "right"), [("“No: he resigned.", True), ("Yes.", False), ("None.", False)]
)
def test_a_verdict_comes_first(text: str, *, right: bool) -> None:
    """Only an answer that begins with the wanted word, whole, has the right verdict."""
    rubric = Rubric("yes_no", must=(("resigned",),), verdict="no")
    assert judged(rubric, text).verdict is right
    assert judged(TOLL, text).verdict is None


def test_the_reference_scorer_agrees(datasets: Path) -> None:
    """On the same answers to each question of dev/newsroom, good and bad ones, it gives the same judgement."""
    reference = _reference(datasets / "newsroom_score.py")
    folder, count = datasets / "dev" / "newsroom", 0
    for name in ("questions.jsonl", "dialogues.jsonl"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            for text, cited, abstained in _answers(item):
                answer = SimpleNamespace(
                    text=text,
                    citations=[SimpleNamespace(article_id=one) for one in cited],
                    abstained=abstained,
                    confidence=0.5,
                )
                want, got = reference(item, answer), _ours(item, answer)
                assert (got.passed, got.wrong) == (want["pass"], want["wrong"]), (item, text)
                assert got.facts == want["recall"]
                assert got.verdict == want.get("verdict")
                count += 1
    assert count > 5 * 600


def _reference(file: Path) -> Callable[[Any, Any], dict[str, Any]]:
    """Return the scorer's own judge, without running the script around it."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    tree.body = [
        node
        for node in tree.body
        if (isinstance(node, ast.FunctionDef) and node.name in {"base", "judge"})
        or (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "norm")
    ]
    scope: dict[str, Any] = {"re": re, "os": os}
    exec(compile(tree, str(file), "exec"), scope)  # noqa: S102 - the reference of the data at hand
    found: Callable[[Any, Any], dict[str, Any]] = scope["judge"]
    return found


def _answers(item: dict[str, Any]) -> Iterator[tuple[str, list[str], bool]]:
    """Yield texts, cited articles and whether they abstain, for answers of every quality."""
    facts = [alternatives[-1] for alternatives in item["must"]]
    sources = [group[-1] for group in item["cite"]]
    whole = ". ".join(facts)
    corrected = ". ".join(one[0] for one in item.get("corrects_must", []))
    for opening in ("", "Yes: ", "No: "):
        yield opening + whole.upper(), sources, False
    yield whole, sources[:-1], False
    yield whole, [], False
    yield ". ".join(facts[:1]), sources, False
    yield "Something else happened.", sources, False
    yield f"{whole} {' '.join(item['must_not'])}", sources, False
    yield f"Well. {corrected}", [], False
    yield ABSTAINED, [], True
    yield ABSTAINED, [], False
    yield "Nothing is known.", [], True


def _ours(item: dict[str, Any], answer: Any) -> Judgement:
    groups = {
        name: tuple(tuple(group) for group in item.get(name, []))
        for name in ("must", "cite", "corrects_must")
    }
    rubric = Rubric(
        item["kind"], must_not=tuple(item["must_not"]), verdict=item.get("verdict", ""), **groups
    )
    cited = [one.article_id for one in answer.citations]
    return judge(
        rubric,
        answer.text,
        cited,
        answerable=item["answerable"],
        abstained=answer.abstained,
    )

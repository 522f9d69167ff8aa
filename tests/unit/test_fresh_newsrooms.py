"""The sets delta and canton hold together: what an answer has to tell is in the articles to be cited."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.checking import check
from qa.evaluation.corpus import read_corpus
from tests.facts import untold

SETS = Path(__file__).resolve().parents[2] / "evals" / "sets"


def read(name: str) -> list[dict[str, Any]]:
    """Return the questions and turns of a set."""
    lines = [
        line
        for file in ("questions.jsonl", "dialogues.jsonl")
        for line in (SETS / name / file).read_text(encoding="utf-8").splitlines()
    ]
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", ["delta", "canton"])
def test_it_is_a_valid_set(name: str) -> None:
    """`qa eval check` finds nothing in it, not even a warning."""
    found = check(SETS / name, max_chars=10**6)
    assert (found.findings, found.questions) == ((), len(read(name)))


@pytest.mark.parametrize("name", ["delta", "canton"])
def test_facts_stand_in_what_is_cited(name: str) -> None:
    """Of each fact, at least one wording stands in an article that may be cited."""
    articles = read_corpus(SETS / name / "articles", max_chars=10**6).records
    found = {item["id"]: untold(item, articles) for item in read(name)}
    assert not any(found.values()), {id_: facts for id_, facts in found.items() if facts}

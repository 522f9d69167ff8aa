"""What the judge is taught: claims with the sentences that decide, in windows that hold them."""

# ruff: noqa: S311 -- nothing secret depends on these numbers
from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from training.base import LAYOUTS
from training.judge_data import JudgeEncoder
from training.judge_sources import (
    CONTRADICTED,
    NEITHER,
    SUPPORTED,
    UNSUPPORTED,
    Instance,
    Story,
    answer_instances,
    claim_instances,
    stories,
)

_ARTICLES = {
    "a1": "The mill at Oster burned down in May. Its owner, Anna Lund, was away. Nobody was hurt.",
    "a2": "Anna Lund will rebuild the mill. The council lent her 400 crowns. She wants 600 more.",
}
_CLAIMS = [
    ("The mill at Oster burned down.", "supported", [["a1", "The mill at Oster burned down"]]),
    ("The council gave Lund 600 crowns.", "contradicted", [["a2", "The council lent her 400"]]),
    ("The mill will reopen in June.", "neither", []),
]
_QUESTIONS = [
    ("Who owns the mill?", "a1", "Anna Lund"),
    ("How much did the council lend?", "a2", "400 crowns"),
    ("Who lit the fire?", "a1", None),
]


@pytest.fixture
def told(tmp_path: Path) -> list[Story]:
    """Two stories that differ in their names only."""
    rows = [
        {
            "id": name,
            "articles": [
                {"id": key, "title": f"{name} {key}", "source": "C", "published": "2021", "text": t}
                for key, t in _ARTICLES.items()
            ],
            "claims": [{"claim": c, "label": label, "evidence": e} for c, label, e in _CLAIMS],
            "questions": [
                {"question": q, "form": "fact", "article": a, "answer": w} for q, a, w in _QUESTIONS
            ],
        }
        for name in ("s1", "s2")
    ]
    path = tmp_path / "packs.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return stories(path)


def _encoder() -> JudgeEncoder:
    words = sorted({w for t in _ARTICLES.values() for w in t.replace(".", " .").split()})
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(["?", *words])}, "?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return JudgeEncoder(tokenizer, LAYOUTS["mpnet"])


def test_evidence_is_found_again(told: list[Story]) -> None:
    """A claim's quoted evidence becomes whole sentences of the texts; none is known to decide "neither"."""
    supported, contradicted, neither = claim_instances(told[:1], random.Random(0), varied=False)
    quoted = [
        [one.texts[at][slice(*span)] for at, span in one.evidence or ()]
        for one in (supported, contradicted, neither)
    ]
    assert quoted == [
        ["The mill at Oster burned down in May."],
        ["The council lent her 400 crowns."],
        [],
    ]
    assert [one.label for one in (supported, contradicted, neither)] == [
        SUPPORTED,
        CONTRADICTED,
        NEITHER,
    ]


def test_a_claim_whose_evidence_was_taken_out_is_unsupported(told: list[Story]) -> None:
    """In some instances the sentence that carries a claim is missing, and the label says so."""
    made = [one for n in range(60) for one in claim_instances(told[:1], random.Random(n))]
    ferried = [one for one in made if one.claim == "The mill at Oster burned down."]
    held = {any("burned down" in text for text in one.texts) for one in ferried if one.label}
    assert held == {False}
    assert all(any("burned down" in t for t in one.texts) for one in ferried if not one.label)


def test_wrong_answers_are_unsupported(told: list[Story]) -> None:
    """An unanswerable question gets the reader's mistake behind it, others a right and a wrong one."""
    made = list(answer_instances(told, {"Who lit the fire?": "Anna Lund"}, random.Random(1)))
    labels = {one.claim: one.label for one in made}
    assert labels["Who lit the fire? Anna Lund"] == UNSUPPORTED
    assert labels["Who owns the mill? Anna Lund"] == SUPPORTED
    assert labels.get("Who owns the mill? 400 crowns", UNSUPPORTED) == UNSUPPORTED


def test_a_window_without_the_evidence_changes_the_label() -> None:
    """A supported claim needs all of its evidence in the window; a contradiction becomes unsupported."""
    text = _ARTICLES["a2"]
    last = (text.index("She"), len(text))
    claim = "Anna Lund will rebuild the mill."
    encoder = _encoder()
    whole = encoder.encode(Instance(claim, (text,), SUPPORTED, ((0, last),)))
    assert whole is not None
    assert (whole.label, whole.evidence) == (SUPPORTED, (False, False, True))
    assert len(whole.places) == 3
    assert encoder.encode(Instance(claim, (text,), SUPPORTED, ((0, last),)), 20) is None
    short = encoder.encode(Instance(claim, (text,), CONTRADICTED, ((0, last),)), 20)
    assert short is not None
    assert short.label == UNSUPPORTED
    assert len(short.ids) <= 20

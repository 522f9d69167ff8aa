"""What the judge is taught: claims with the sentences that decide, in windows that hold them."""

# ruff: noqa: S311 -- nothing secret depends on these numbers
from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from training.base import LAYOUTS
from training.judge_data import JudgeEncoder, JudgeFeature, JudgePlan, arranged, thinned
from training.judge_sources import (
    CONTRADICTED,
    NEITHER,
    SUPPORTED,
    UNSUPPORTED,
    Instance,
    asked_instances,
    entailment_instances,
)
from training.judge_stories import (
    Story,
    answer_instances,
    claim_instances,
    misread,
    read,
    renamed,
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
    return read(path)


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
    ferried = [
        one
        for one in made
        if one.claim == "The mill at Oster burned down." and one.label in (SUPPORTED, NEITHER)
    ]
    held = {any("burned down" in text for text in one.texts) for one in ferried if one.label}
    assert held == {False}
    assert all(any("burned down" in t for t in one.texts) for one in ferried if not one.label)


def test_wrong_answers_are_unsupported(told: list[Story]) -> None:
    """An unanswerable question gets the reader's mistake behind it, others a right and a wrong one."""
    known = misread(told, {"Who lit the fire?": "Anna Lund"})
    made = list(answer_instances(known, random.Random(1)))
    labels = {(one.claim, one.label) for one in made}
    assert ("Who lit the fire? Anna Lund", UNSUPPORTED) in labels
    assert ("Who owns the mill? Anna Lund", SUPPORTED) in labels
    assert ("Who owns the mill? 400 crowns", SUPPORTED) not in labels


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


def test_articles_are_changed_so_that_a_claim_becomes_false(told: list[Story]) -> None:
    """A true claim is also shown beside articles that name another place, as unsupported."""
    made = [one for n in range(80) for one in claim_instances(told[:1], random.Random(n))]
    false = [
        one
        for one in made
        if one.claim == "The mill at Oster burned down." and one.label == UNSUPPORTED
    ]
    assert false
    assert not any("mill at Oster burned" in text for one in false for text in one.texts)


def test_claims_are_joined(told: list[Story]) -> None:
    """Two claims in one sentence are supported only if both are."""
    made = [one for n in range(80) for one in claim_instances(told[:1], random.Random(n))]
    joined = {one.claim: one.label for one in made if one.claim.count("mill") > 1}
    assert joined
    assert set(joined.values()) == {UNSUPPORTED}


def test_a_renamed_story_is_the_same_story(told: list[Story]) -> None:
    """Names are replaced alike in texts, claims, evidence, questions and answers."""
    other = Story("s3", {"b1": "At Vik, Per Holm met Olga Brand, Ida Moe and Tor Dahl."}, (), ())
    known = misread([told[0], other], {"Who lit the fire?": "Anna Lund"})
    story = renamed(known, random.Random(3))[0]
    assert not any("Lund" in text for text in story.texts.values())
    owner, _, lit = story.questions
    assert owner["answer"] in story.texts["a1"]
    assert lit["mistake"] == owner["answer"] != "Anna Lund"
    assert story.claims[0]["evidence"][0][1] in story.texts["a1"]
    assert "burned down in May" in story.texts["a1"]


def test_a_premise_may_stand_beside_another(tmp_path: Path) -> None:
    """A share of pairs shows two premises, in either order."""
    rows = [
        {"premise": f"Premise {n}.", "hypothesis": f"{n}", "label": "entailed"} for n in range(9)
    ]
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    alone = list(entailment_instances(tmp_path, "set", random.Random(0)))
    beside = list(entailment_instances(tmp_path, "set", random.Random(0), 1.0))
    assert {len(one.texts) for one in alone} == {1}
    assert {len(one.texts) for one in beside} == {2}
    assert all(f"Premise {one.claim}." in one.texts for one in beside)
    assert {one.texts.index(f"Premise {one.claim}.") for one in beside} == {0, 1}


def _asked_set(folder: Path) -> None:
    contexts = [
        {"id": f"squad:Oster:{n}", "text": text} for n, text in enumerate(_ARTICLES.values())
    ]
    questions = [
        {
            "question": question,
            "context_id": f"squad:Oster:{int(article[1:]) - 1}",
            "answers": [{"text": answer, "start": _ARTICLES[article].index(answer)}],
        }
        for question, article, answer in _QUESTIONS
        if answer
    ]
    for name, rows in (("contexts", contexts), ("questions", questions)):
        path = folder / "train" / f"set.{name}.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_an_answer_is_unsupported_without_its_sentence(tmp_path: Path) -> None:
    """A set's right answer is shown with its passage, and where that lost the sentence, as wrong."""
    _asked_set(tmp_path)
    made = [one for n in range(60) for one in asked_instances(tmp_path, "set", 9, random.Random(n))]
    lent = [one for one in made if one.claim == "How much did the council lend? 400 crowns"]
    assert {one.label for one in lent} == {SUPPORTED, UNSUPPORTED}
    assert all(("400 crowns" in "".join(o.texts)) == (o.label == SUPPORTED) for o in lent)
    assert all(
        "lent her 400" in one.texts[at][slice(*span)]
        for one in lent
        for at, span in one.evidence or ()
    )


def test_only_pieces_that_decide_nothing_are_lost() -> None:
    """A thinned window keeps the claim and what decides, and its places fit its tokens."""
    ids = (101, 1, 2, 102, 10, 11, 20, 30, 31, 102)
    feature = JudgeFeature(ids, ((4, 6), (6, 7), (7, 9)), SUPPORTED, (False, True, False))
    made = [thinned(feature, random.Random(n)) for n in range(60)]
    lengths = {len(one.ids) for one in made}
    assert len(lengths) > 1
    for one in made:
        held = [tuple(one.ids[start:end]) for start, end in one.places]
        assert (20,) in held
        assert tuple(one.ids[:4]) == ids[:4]
        assert one.ids[-1] == 102
        assert len(one.evidence) == len(one.places)


@pytest.mark.parametrize(("label", "evidence"), [(UNSUPPORTED, (True, False)), (SUPPORTED, ())])
def test_nothing_is_lost_where_it_is_not_known_what_decides(
    label: int, evidence: tuple[bool, ...]
) -> None:
    """Without known evidence, a window stays whole."""
    feature = JudgeFeature((101, 1, 102, 10, 20, 102), ((3, 4), (4, 5)), label, evidence)
    assert {thinned(feature, random.Random(n)) for n in range(40)} == {feature}


def test_first_features_come_first_and_once() -> None:
    """The first features come before all others, and the others once in each pass."""
    features = [JudgeFeature((101, 102), (), SUPPORTED, ()) for _ in range(30)]
    data = arranged(features, 10, [2] * 30, {}, JudgePlan(tokens=8, epochs=3))
    seen = [index for batch in data.order for index in batch]
    assert sorted(seen[:10]) == list(range(10))
    assert sorted(seen[10:]) == sorted([*range(10, 30)] * 3)
    assert max(len(batch) for batch in data.order) == 4

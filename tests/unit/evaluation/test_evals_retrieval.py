"""The measurement of the search alone: what is asked, and what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals import retrieval
from qa.retrieval.hybrid import Retriever
from qa.types import Article, Turn
from tests.collection import memory_index
from tests.unit.evaluation.evaluation_builders import make_row


def test_each_stage_is_asked_for_itself(tmp_path: Path) -> None:
    """Every row of a table is the stage that it names, and a follow-up is searched as the product understands it."""
    index = memory_index(
        tmp_path, [Article("a", "Dam", "The dam held."), Article("b", "Ferry", "A ferry sank.")]
    )
    retriever = Retriever(index.encoder, first_stage_k=50, lexical_weight=0.1)
    for stage in retrieval.STAGES:
        searcher = retrieval.searcher(index, retriever, stage)
        assert {hit.stage for hit in searcher.search("the dam", k=2)} == {stage}
        history = (Turn("user", "Did the dam hold?"), Turn("assistant", "The dam held."))
        understood = searcher.answer("When was it built?", history=history)
        assert "dam" in understood.standalone_question


def test_the_table_says_what_the_search_gains() -> None:
    """Below the three stages stand the differences of the product's search to each of its parts."""
    scores = {"dense": (1.0, 0.0), "lexical": (0.0, 0.0), "hybrid": (1.0, 1.0)}
    rows = {
        stage: [
            make_row(str(n), scores=dict.fromkeys(retrieval.METRICS, value))
            for n, value in enumerate(found)
        ]
        for stage, found in scores.items()
    }
    lines = retrieval.table(rows).splitlines()[2:]  # type: ignore[arg-type]  # the keys are stages
    assert [line.split("|")[2].split()[0] for line in lines] == [
        "0.500",
        "0.000",
        "1.000",
        "+0.500",
        "+1.000",
    ]


def test_a_part_of_the_public_sets_is_no_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where a set is missing the script says so and writes nothing, in place of a table that lacks it."""
    (tmp_path / "dev" / "xquad-en").mkdir(parents=True)
    monkeypatch.setenv("QA_DATASETS", str(tmp_path))
    monkeypatch.setattr(retrieval, "RESULTS", tmp_path / "retrieval.md")
    assert retrieval.main([]) == 2
    assert not (tmp_path / "retrieval.md").exists()

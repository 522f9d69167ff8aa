"""Whether a setting is worse: asked of the sample articles with the real models, on a few questions."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from qa.cli import main
from tests.collection import CORPUS

pytestmark = pytest.mark.integration

OWN = CORPUS.parent / "evals" / "sets" / "corpus" / "questions.jsonl"
# About ten lost questions are proof beside a dozen metrics that changed too; of these, one or two
# may be wrong before.
ENOUGH = 14


def small_set(folder: Path, size: int, articles: Path = CORPUS) -> Path:
    """Write a set of the first answerable questions about some of the sample articles, and return it."""
    folder.mkdir()
    there = {path.name for path in articles.iterdir()}
    lines = [
        line
        for line in OWN.read_text(encoding="utf-8").splitlines()
        if _golds(line) and _golds(line) <= there
    ]
    (folder / "questions.jsonl").write_text("\n".join(lines[:size]) + "\n", encoding="utf-8")
    (folder / "set.toml").write_text(f"corpus = {json.dumps(str(articles))}\n", encoding="utf-8")
    return folder


def _golds(line: str) -> set[str]:
    return {span["article_id"] for span in json.loads(line).get("relevant", [])}


def evaluate(*arguments: str) -> int | str | None:
    """Run `qa eval` and return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["eval", *arguments])
    return ended.value.code


def test_a_worse_setting_is_caught_and_the_same_one_is_not(
    corpus: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same settings twice exit with 0, and nothing changed; a threshold that silences all answers exits with 1."""
    before = str(tmp_path / "before.json")
    asked = (str(small_set(tmp_path / "few", ENOUGH)), "--index", str(corpus))
    monkeypatch.setenv("QA_READER_TOP_K", "1")
    monkeypatch.setenv("QA_FIRST_STAGE_K", "10")  # each hit of the first stage is ranked again
    assert evaluate(*asked, "--json", before) == 0
    assert evaluate(*asked, "--compare", before, "--limit", "3") == 0
    assert "0 questions got worse, 0 got better" in capsys.readouterr().out
    monkeypatch.setenv("QA_THRESHOLD", "1")
    assert evaluate(*asked, "--compare", before) == 1
    said = capsys.readouterr().out
    (f1,) = [line for line in said.splitlines() if line.startswith("│ f1 ") and "-0." in line]
    assert "worse" in f1.split()
    assert "now: abstained" in said


def test_a_grid_shares_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two numbers of passages read are asked of one index, which is made once, and give different answers."""
    from qa.index.store import Store

    written: list[int] = []
    replace = Store.replace

    def noted(store: Store, gone: Sequence[str], new: Sequence[Any], generation: str = "") -> None:
        written.append(len(new))
        replace(store, gone, new, generation)

    monkeypatch.setattr(Store, "replace", noted)
    file = tmp_path / "grid.json"
    articles = tmp_path / "articles"
    articles.mkdir()
    for name in ("ferry-breakwater.md", "ferry-inquiry-opens.md"):
        shutil.copy(CORPUS / name, articles)
    assert (
        evaluate(
            str(small_set(tmp_path / "few", 2, articles)),
            "--vary",
            "reader_top_k=1,4",
            "--json",
            str(file),
        )
        == 0
    )
    assert sum(written) == 2
    runs = json.loads(file.read_text(encoding="utf-8"))["runs"]
    assert [run["values"] for run in runs] == [{"reader_top_k": 1}, {"reader_top_k": 4}]
    hits = [[question["hits"] for question in run["result"]["questions"]] for run in runs]
    assert hits[0] == hits[1]
    assert [len(run["result"]["questions"]) for run in runs] == [2, 2]

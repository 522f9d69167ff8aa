"""What the benchmarks put together and write down."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import page, synthetic


@pytest.fixture(autouse=True)
def own_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the project's own articles, whatever data sets are at hand."""
    monkeypatch.delenv("QA_DATASETS", raising=False)


def test_made_articles_grow_without_repeating() -> None:
    """A larger collection goes on where the smaller ended: the same articles first, no two alike, of real sentences."""
    some = [json.loads(line) for line in synthetic.articles(20, first=0)]
    more = [
        json.loads(line) for line in itertools.islice(synthetic.articles(40, first=0), len(some))
    ]
    assert some == more
    others = [json.loads(line) for line in synthetic.articles(20, first=len(some))]
    assert len({record["id"] for record in some + others}) == len(some) + len(others)
    assert len({record["text"] for record in some + others}) == len(some) + len(others)
    known = " ".join(" ".join(synthetic.texts()).split())
    assert " ".join(others[0]["text"].split()[:5]) in known


def test_drawn_vectors_follow_from_the_text() -> None:
    """Vectors have length 1, are the same for the same text in any batch, and differ between texts."""
    centres = np.random.default_rng(1).standard_normal((9, 384)).astype(np.float32)
    encoder = synthetic.DrawnEncoder(centres)
    vectors = encoder.encode(["one", "two", "three"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert np.array_equal(encoder.encode(["three"])[0], vectors[2])
    assert abs(float(vectors[0] @ vectors[1])) < 0.99


def test_a_section_replaces_only_itself(tmp_path: Path) -> None:
    """A program that writes its results leaves those of the others."""
    file = tmp_path / "README.md"
    page.write("B", "first", file)
    page.write("A", page.table(("x", "y"), [("1", "2")]), file)
    page.write("B", "replaced", file)
    text = file.read_text("utf-8")
    assert (
        text.index("## A") < text.index("| 1 | 2 |") < text.index("## B") < text.index("replaced")
    )
    assert "first" not in text

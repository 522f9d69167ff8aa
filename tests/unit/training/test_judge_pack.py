"""The judge's data and weights in one file: what is read is what was written."""

from __future__ import annotations

from array import array
from pathlib import Path

import numpy as np

from training.judge_data import JudgeData, JudgeFeature
from training.judge_pack import WORDS, PackedFeatures, pack, unpack, weights, write

_FEATURES = [
    JudgeFeature(array("H", [101, 7, 8, 102, 20, 21, 30, 102]), ((4, 6), (6, 7)), 0, (True, False)),
    JudgeFeature(array("H", [101, 7, 8, 102, 30, 102]), ((4, 5),), 3, ()),
    JudgeFeature(array("H", [101, 9, 102, 20, 21, 102]), ((3, 5),), 2, (False,)),
]


def test_what_is_packed_is_read_again(tmp_path: Path) -> None:
    """Features come back with the same words, places, labels and evidence; weights nearly so."""
    rng = np.random.default_rng(0)
    given = {WORDS: rng.normal(size=(200, 4)), "layer": rng.normal(size=(3, 4)), "bias": np.ones(3)}
    path = tmp_path / "packed"
    write(pack(JudgeData(_FEATURES, 1, (), {}), given, {"hidden_size": 4}), path)
    arrays = unpack(path)
    packed = PackedFeatures(arrays)
    rows = arrays["rows"]
    for one, other in zip(packed, _FEATURES, strict=True):
        assert rows[one.ids].tolist() == list(other.ids)
        assert (one.places, one.label, one.evidence) == (other.places, other.label, other.evidence)
    assert packed.sizes() == [len(one.ids) for one in _FEATURES]
    assert int(arrays["first"]) == 1
    found = weights(arrays)
    assert found[WORDS].shape == (len(rows), 4)
    assert np.allclose(found[WORDS], given[WORDS][rows], atol=0.02)
    assert np.allclose(found["layer"], given["layer"], atol=0.02)
    assert found["bias"].tolist() == [1, 1, 1]


def test_each_sentence_is_packed_once() -> None:
    """A sentence of two windows takes its place once, and words that do not occur take none."""
    arrays = pack(JudgeData(_FEATURES, 0, (), {}), {WORDS: np.ones((200, 4))}, {})
    assert arrays["lengths"].tolist() == [2, 2, 1, 1]
    assert arrays["rows"].tolist() == [0, 7, 8, 9, 20, 21, 30, 101, 102]

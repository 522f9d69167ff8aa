"""The manifest of the reader that ships, and the form of its calibration."""

from __future__ import annotations

import hashlib
from importlib import resources

import pytest

from qa.models.logistic import LogisticModel
from qa.models.reader_manifest import reader_manifest


def test_probabilities_by_hand() -> None:
    """A probability is the logistic function of the weighted features; extreme values neither overflow nor leave it."""
    made = LogisticModel((1.0, 0.0, 2.0), -2.0, 0.5)
    assert made.probability((1.0, 9.0, 0.5)) == pytest.approx(0.5)
    assert 0.0 < made.probability((-1e9, 0.0, 0.0)) < made.probability((1e9, 0.0, 0.0)) <= 1.0


def test_the_shipped_calibration_is_sound() -> None:
    """What ships has a weight for each feature, a surer span is likelier right, and the threshold is a probability."""
    manifest = reader_manifest()
    shipped = manifest.calibration
    assert len(shipped.weights) == len(manifest.features)
    assert shipped.weights[manifest.features.index("margin")] > 0
    assert 0 < shipped.threshold < 1


def test_the_manifest_names_the_weights_that_ship() -> None:
    """The SHA-256 of each weights file is the one in the manifest."""
    folder = resources.files("qa.models")
    for name, digest in reader_manifest().weights.items():
        assert hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() == digest

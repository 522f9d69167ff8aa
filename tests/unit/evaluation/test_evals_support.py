"""Figures of the check of sentences: thresholds, shares, and how answers are cut into sentences."""

from __future__ import annotations

import pytest

from evals.support import Case, Scored, crossed, sentences, shares, threshold


def _scored(probability: float, *, supported: bool, text: str = "a") -> Scored:
    return Scored(Case("set", "s", (text,), supported), probability, probability >= 0.5)


def test_a_threshold_lets_the_share_through() -> None:
    """Above the threshold lies at most the given share of the unsupported; refusals never pass."""
    found = [_scored(p, supported=False) for p in (0.9, 0.8, 0.2, 0.0)]
    at = threshold(found, 0.25)
    assert sum(one.probability > at for one in found) == 1
    assert threshold(found, 1.0) == 0.0


def test_shares_are_of_each_kind() -> None:
    """The shares kept are counted apart among supported and unsupported sentences."""
    found = [_scored(p, supported=s) for p, s in ((0.9, True), (0.1, True), (0.6, False))]
    assert shares(found) == pytest.approx((0.5, 1.0))


def test_each_half_is_judged_by_the_other() -> None:
    """A half is never judged at the threshold that it chose itself."""
    first, second = (
        next(t for t in "abcdef" if Case("s", "s", (t,), True).half == half) for half in (0, 1)
    )
    found = [
        _scored(0.3, supported=True, text=first),
        _scored(0.1, supported=False, text=first),
        _scored(0.3, supported=True, text=second),
        _scored(0.4, supported=False, text=second),
    ]
    assert crossed(found, 0.0) == (0.5, 0.5)


def test_sentences_lose_their_markers() -> None:
    """Markers before and behind a full stop belong to its sentence and are no part of it."""
    assert sentences("The dam held [1]. Nobody was hurt.[2] Yes. It rained.") == [
        "The dam held.",
        "Nobody was hurt.",
    ]

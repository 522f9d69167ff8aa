"""The checks of a chat model's sentences that `evals.support` compares."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qa.answering import grounding
from qa.answering.grounding.features import differ_in_hedging, features


def by_features() -> Callable[[str, Sequence[str]], tuple[float, bool]]:
    """Return the check by word features of the nearest sentence of one text."""
    fitted = grounding.model()

    def check(sentence: str, texts: Sequence[str]) -> tuple[float, bool]:
        best = max((_probability(sentence, text) for text in texts), default=0.0)
        return best, best >= fitted.threshold

    def _probability(sentence: str, text: str) -> float:
        claim = grounding.without_frame(sentence)
        if len(claim.split()) < 3:  # noqa: PLR2004 -- as in the product
            return 0.0
        premise = grounding.Premise(text, grounding.nearest_sentence(claim, text), "")
        if (
            premise.addresses_reader(claim)
            or not premise.contains_facts(claim)
            or differ_in_hedging(claim, premise.sentence)
        ):
            return 0.0
        return fitted.probability(features(claim, premise.sentence, premise.context))

    return check


CHECKS = {"features": by_features}

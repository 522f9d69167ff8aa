"""Measures how well grounding separates supported from unsupported sentences.

    python -m evals.support

The sentences are made by rules from passages of dev/ that nothing was fitted on (see
training/claims.py). Reported by kind: the share of unsupported sentences that would be shown as
supported, the share of supported ones that would be dropped, and milliseconds.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections import defaultdict
from pathlib import Path

from qa.answering.grounding import supporting_span
from qa.types import Article, Passage
from training.claims import Claim, claims, pages

_SETS = ("xquad-en", "qamr-news", "squad2")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-kind", type=int, default=150, help="sentences of each kind")
    parser.add_argument("--show", type=int, default=0, help="mistakes of each kind to print")
    arguments = parser.parse_args()
    datasets = Path(os.environ["QA_DATASETS"])
    made = claims(
        [page for name in _SETS for page in pages(datasets, name)],
        arguments.per_kind,
        random.Random(11),  # noqa: S311 - no secret
    )
    wrong: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    started = time.process_time()
    found = [is_supported(claim) for claim in made]
    seconds = time.process_time() - started
    for claim, supported in zip(made, found, strict=True):
        mistakes = wrong[claim.supported, claim.kind]
        mistakes.append(supported != claim.supported)
        if mistakes[-1] and sum(mistakes) <= arguments.show:
            print(f"{claim.kind}: {claim.text}")
    report(wrong)
    print(f"{1000 * seconds / len(made):.2f} ms of processor time a sentence")


def is_supported(claim: Claim) -> bool:
    """Return whether the passage of a claim is found to support it."""
    text = claim.page.text
    passage, article = Passage("p", "a", 0, len(text), text), Article("a", claim.page.title, text)
    return supporting_span(claim.text, passage, article) is not None


def report(wrong: dict[tuple[bool, str], list[bool]]) -> None:
    """Print the shares."""
    for supported, what in (
        (False, "unsupported, shown as supported"),
        (True, "supported, dropped"),
    ):
        rows = {kind: mistakes for (label, kind), mistakes in wrong.items() if label is supported}
        every = [mistake for mistakes in rows.values() for mistake in mistakes]
        print(f"{what}: {sum(every) / len(every):.1%} of {len(every)}")
        for kind, mistakes in rows.items():
            print(f"  {kind:14}{sum(mistakes) / len(mistakes):6.1%} of {len(mistakes)}")


if __name__ == "__main__":
    main()

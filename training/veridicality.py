"""Learns which verbs deny what they tell of: "she refused to".

    python -m training.veridicality

The sentences of DNC's part on veridicality (White and Rawlins, 2018; Poliak et al., 2018) ask, for
each verb, whether what it tells of happened, did not happen, or may have. The stems of those that
tell of what did not go into qa/models/veridicality.json.

A stem is left out if train/stories has it more often without a verb's ending: "long", "name".
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from qa.models.veridicality import FILE
from qa.text import terms, words

OUT = Path(__file__).resolve().parent.parent / "qa" / "models" / FILE
_NEGATED = re.compile(r"n't\b|\bnot\b")
# The words that all of these sentences are made of.
_FRAME = frozenset(terms("someone something somebody particular person thing happened to do have"))


def main() -> None:
    """Write the two lists, and print how long they are."""
    train = Path(os.environ["QA_DATASETS"]) / "train"
    path = train / "entailment/dnc-veridicality.jsonl"
    holds: dict[str, set[str]] = defaultdict(set)
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        verb = [term for term in terms(row["premise"]) if term not in _FRAME]
        if len(verb) == 1 and not _NEGATED.search(row["premise"]) and row["label"] == "supported":
            happened = row["hypothesis"]
            holds["denied" if "didn't" in happened else "so"].add(verb[0])
    verbs = set(_verbs(train / "stories/packs.jsonl", set().union(*holds.values())))
    learned = sorted((holds["denied"] - holds["so"]) & verbs)
    OUT.write_text(json.dumps({"denying": learned}, indent=1) + "\n", encoding="utf-8")
    print(f"{len(learned)} verbs")


def _verbs(stories: Path, stems: Iterable[str]) -> Iterator[str]:
    """Yield the stems that have the ending of a verb at least as often as they have none."""
    bare, ended = Counter[str](), Counter[str]()
    for line in stories.read_text("utf-8").splitlines():
        for article in json.loads(line)["articles"]:
            for word in words(article["text"]):
                for stem in terms(word):
                    (ended if word.endswith(("ed", "ing", "es", "s")) else bare)[stem] += 1
    return (stem for stem in stems if ended[stem] >= max(bare[stem], 1))


if __name__ == "__main__":
    main()

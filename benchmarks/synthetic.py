"""Collections of any size: new articles of real sentences, and vectors that need no encoder.

Articles are made of sentences drawn from real texts, so that words are as frequent as they really are and yet no two
passages are alike. A vector is a mixture of some of a few hundred vectors of real passages, with noise: vectors crowd
where real ones do, and none is twice there.
"""

from __future__ import annotations

import json
import os
import random
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa.encoder import Encoder
from qa.index import index
from qa.text import sentence_spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
# Real passages that stand for the clusters.
_CENTRES = 400
_NOISE = 0.35
_PARAGRAPHS = 6
# About as long as the passages of real articles are.
_PARAGRAPH_WORDS = 70
_MIXED = 4


class DrawnEncoder(Encoder):
    """Takes the place of the packaged encoder while a collection is built: texts -> vectors by their checksum."""

    centres: NDArray[np.float32]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit vector for each text: the same for the same text."""
        chances = [np.random.default_rng(zlib.crc32(text.encode())) for text in texts]
        vectors = np.stack([_mixture(self.centres, chance) for chance in chances])
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit.astype(np.float32)


def _mixture(centres: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float32]:
    mixed = chance.standard_exponential(_MIXED, np.float32) @ centres[chance.integers(0, len(centres), _MIXED)]
    noise = chance.standard_normal(len(mixed), np.float32) / np.float32(np.sqrt(len(mixed)))
    vector: NDArray[np.float32] = mixed / np.linalg.norm(mixed) + _NOISE * noise
    return vector


def use_drawn_encoder(kept: Path) -> None:
    """Let every index of this process be built with drawn vectors; it is taken for one of the packaged encoder.

    Args:
        kept: a file with the vectors of the real passages; made where it is not there.
    """
    if not kept.exists():
        np.save(kept, Encoder().encode(passages(_CENTRES)))
    DrawnEncoder.centres = np.load(kept)
    index.Encoder = DrawnEncoder  # type: ignore[attr-defined]


def texts() -> list[str]:
    """Return real texts: of the question sets where they are at hand, else of corpus/."""
    if "QA_DATASETS" not in os.environ:
        return [path.read_text("utf-8") for path in sorted((ROOT / "corpus").glob("*.md"))]
    folder = Path(os.environ["QA_DATASETS"]) / "train"
    files = sorted(folder.glob("*.contexts.jsonl"))
    return [json.loads(line)["text"] for file in files for line in file.read_text("utf-8").splitlines()]


def passages(count: int) -> list[str]:
    """Return some real texts, spread over all."""
    every = texts()
    return [text[:600] for text in every[:: max(1, len(every) // count)][:count]]


def articles(wanted: int, *, first: int) -> Iterator[str]:
    """Yield articles as lines of a `.jsonl` file, until they have about `wanted` paragraphs, one for a passage.

    Args:
        wanted: paragraphs in all.
        first: the number of the first article, from which its text follows.
    """
    sentences = [text[a:b].replace("\n", " ") for text in texts() for a, b in sentence_spans(text)]
    for number in range(first, first + -(-wanted // _PARAGRAPHS)):
        chance = random.Random(number)  # noqa: S311 - no secret
        title = f"{' '.join(chance.choice(sentences).split()[:6])} {number}"
        text = "\n\n".join(_paragraph(chance, sentences) for _ in range(_PARAGRAPHS))
        day = f"{2000 + number % 25}-{1 + number % 12:02}-{1 + number % 28:02}"
        record = {"id": f"a{number}", "title": title, "text": text, "source": f"Courier {number % 50}"}
        yield json.dumps({**record, "published": day}) + "\n"


def _paragraph(chance: random.Random, sentences: Sequence[str]) -> str:
    chosen: list[str] = []
    while sum(len(sentence.split()) for sentence in chosen) < _PARAGRAPH_WORDS:
        chosen.append(chance.choice(sentences)[:400])
    return " ".join(chosen)

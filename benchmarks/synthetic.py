"""Makes collections of any size: articles of real sentences, and vectors without an encoder.

Articles consist of sentences sampled from real texts, so that word frequencies are realistic and no
two passages are alike. A vector is a noisy mixture of vectors of real passages, so that vectors
cluster as real ones do and none occurs twice.
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

from qa.models.encoder import Encoder
from qa.text import sentence_spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
# Real passages whose vectors are the cluster centres.
_CENTRES = 400
_NOISE = 0.35
_PARAGRAPHS = 6
# About the length of the passages of real articles.
_PARAGRAPH_WORDS = 70
_MIXED = 4


class DrawnEncoder(Encoder):
    """Replaces the packaged encoder during a build: random vectors, seeded by the text.

    The index opens afterwards as one of the packaged encoder.

    Args:
        centres: vectors of real passages, shape (passages, dimension).
    """

    def __init__(self, centres: NDArray[np.float32]) -> None:
        super().__init__()
        self.centres = centres

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit vector for each text, always the same for the same text."""
        chances = [np.random.default_rng(zlib.crc32(text.encode())) for text in texts]
        vectors = np.stack([_mixture(self.centres, chance) for chance in chances])
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit.astype(np.float32)


def _mixture(centres: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float32]:
    mixed = (
        chance.standard_exponential(_MIXED, np.float32)
        @ centres[chance.integers(0, len(centres), _MIXED)]
    )
    noise = chance.standard_normal(len(mixed), np.float32) / np.float32(np.sqrt(len(mixed)))
    vector: NDArray[np.float32] = mixed / np.linalg.norm(mixed) + _NOISE * noise
    return vector


def drawn_encoder(cache: Path) -> DrawnEncoder:
    """Return an encoder that draws its vectors around those of real passages.

    Args:
        cache: file of the real passages' vectors; created if missing.
    """
    if not cache.exists():
        np.save(cache, Encoder().encode(passages(_CENTRES)))
    return DrawnEncoder(np.load(cache))


def texts() -> list[str]:
    """Return real texts, from QA_DATASETS if it is set, otherwise from corpus/."""
    if "QA_DATASETS" not in os.environ:
        return [path.read_text("utf-8") for path in sorted((ROOT / "corpus").glob("*.md"))]
    folder = Path(os.environ["QA_DATASETS"]) / "train"
    files = sorted(folder.glob("*.contexts.jsonl"))
    return [
        json.loads(line)["text"] for file in files for line in file.read_text("utf-8").splitlines()
    ]


def passages(count: int) -> list[str]:
    """Return the beginnings of real texts, evenly sampled."""
    every = texts()
    return [text[:600] for text in every[:: max(1, len(every) // count)][:count]]


def articles(wanted: int, *, first: int) -> Iterator[str]:
    """Yield articles as lines of a `.jsonl` file.

    Args:
        wanted: approximate number of paragraphs, each one passage, in all.
        first: number of the first article; a number determines the article's text.
    """
    sentences = [text[a:b].replace("\n", " ") for text in texts() for a, b in sentence_spans(text)]
    for number in range(first, first + -(-wanted // _PARAGRAPHS)):
        chance = random.Random(number)  # noqa: S311 - no secret
        title = f"{' '.join(chance.choice(sentences).split()[:6])} {number}"
        text = "\n\n".join(_paragraph(chance, sentences) for _ in range(_PARAGRAPHS))
        day = f"{2000 + number % 25}-{1 + number % 12:02}-{1 + number % 28:02}"
        record = {
            "id": f"a{number}",
            "title": title,
            "text": text,
            "source": f"Courier {number % 50}",
        }
        yield json.dumps({**record, "published": day}) + "\n"


def _paragraph(chance: random.Random, sentences: Sequence[str]) -> str:
    chosen: list[str] = []
    while sum(len(sentence.split()) for sentence in chosen) < _PARAGRAPH_WORDS:
        chosen.append(chance.choice(sentences)[:400])
    return " ".join(chosen)

"""Measures where text is split into sentences, on paragraphs that were marked by hand.

    python -m evals.sentences [--show KIND]

A boundary is where a sentence begins that is not the first. Beside the product's own splitter
stands what it replaced: sentencex, with headings, list items and a title line split off.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sentencex import get_sentence_boundaries

from qa.text import Span, paragraph_spans, sentence_spans

HERE = Path(__file__).resolve().parent
PARAGRAPHS = HERE / "sets" / "sentences" / "paragraphs.jsonl"
RESULTS = HERE / "results" / "sentences.md"
MARK = "¦"
HALVES = ("held back", "open")
_STANDALONE_LINE = re.compile(r"[^\S\n]*(?:#{1,6}[^\S\n]|[-*•][^\S\n]|\d{1,3}[.)][^\S\n])")
_LONGEST_TITLE = 150

INTRODUCTION = """# Sentences

Written by `python -m evals.sentences`; not edited by hand. Precision and recall of the boundaries
between sentences, on 200 invented paragraphs of kinds that are often cut badly, marked by hand
(`evals/sets/sentences`). Those of the half "held back" were written before its author had read the
splitter that was replaced, and the rules were not changed for them; the author of the rules is
that of the paragraphs. "Before" is sentencex, with headings, list items and a title line split off.
"""

Split = Callable[[str], Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of the set: its text, and where its sentences but the first begin."""

    kind: str
    half: str
    text: str
    boundaries: frozenset[int]


@dataclass(frozen=True, slots=True)
class Score:
    """Precision and recall of boundaries, and the share of paragraphs without a fault."""

    precision: float
    recall: float
    faultless: float


def before(text: str) -> list[Span]:
    """Return the sentences as the product split them before it had rules of its own."""
    spans = []
    for start, end in paragraph_spans(text):
        for first, last in _blocks(text, start, end):
            for found in get_sentence_boundaries("en", text[first:last]):
                part = text[first + found["start_index"] : first + found["end_index"]]
                begin = first + found["start_index"] + len(part) - len(part.lstrip())
                if part.strip():
                    spans.append((begin, begin + len(part.strip())))
    return spans


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    block = line = start
    while (newline := text.find("\n", line, end)) != -1:
        following = newline + 1
        title = line == 0 and newline <= _LONGEST_TITLE and text[newline - 1] not in ".,;:"
        if title or any(_STANDALONE_LINE.match(text, at) for at in (line, following)):
            yield block, newline
            block = following
        line = following
    yield block, end


def load(path: Path = PARAGRAPHS) -> list[Paragraph]:
    """Return the paragraphs of a file of lines `{"kind", "half", "text"}`, in which `¦` marks."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        text, marks = "", []
        for part in row["text"].split(MARK):
            marks.append(len(text) + len(part) - len(part.lstrip()))
            text += part
        found.append(Paragraph(row["kind"], row["half"], text, frozenset(marks[1:])))
    return found


def score(split: Split, paragraphs: Sequence[Paragraph]) -> Score:
    """Return how well a splitter finds the boundaries of some paragraphs."""
    found = [boundaries(split, each.text) for each in paragraphs]
    pairs = list(zip(found, paragraphs, strict=True))
    right = sum(len(each & paragraph.boundaries) for each, paragraph in pairs)
    return Score(
        right / max(1, sum(map(len, found))),
        right / max(1, sum(len(each.boundaries) for each in paragraphs)),
        sum(each == paragraph.boundaries for each, paragraph in pairs) / max(1, len(pairs)),
    )


def boundaries(split: Split, text: str) -> frozenset[int]:
    """Return where the sentences of a text but the first begin, by one splitter."""
    return frozenset(start for start, _ in split(text)[1:])


def table(paragraphs: Sequence[Paragraph]) -> str:
    """Return the scores of both splitters as a Markdown table, by half and by kind."""
    lines = [
        "| paragraphs | n | before: P | R | faultless | now: P | R | faultless |",
        "|---" * 8 + "|",
    ]
    groups = [(half, [p for p in paragraphs if p.half == half]) for half in HALVES]
    groups += [
        (kind, [p for p in paragraphs if p.kind == kind])
        for kind in dict.fromkeys(p.kind for p in paragraphs)
    ]
    for name, group in groups:
        cells = [
            f"{value:.3f}"
            for split in (before, sentence_spans)
            for found in [score(split, group)]
            for value in (found.precision, found.recall, found.faultless)
        ]
        lines.append(f"| {name} | {len(group)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and write it, or show the faults of a kind; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--show", metavar="KIND", help="print the paragraphs of a kind with faults")
    kind = parser.parse_args(arguments).show
    paragraphs = load()
    if kind:
        for each in paragraphs:
            found = boundaries(sentence_spans, each.text)
            if each.kind == kind and found != each.boundaries:
                print(_marked(each, found), end="\n\n")
        return 0
    text = f"{INTRODUCTION}\n{table(paragraphs)}\n"
    RESULTS.write_text(text, "utf-8")
    print(text)
    return 0


def _marked(paragraph: Paragraph, found: frozenset[int]) -> str:
    text = paragraph.text
    for at in sorted(found | paragraph.boundaries, reverse=True):
        sign = MARK if at in found & paragraph.boundaries else "+" if at in found else "-"
        text = f"{text[:at]}[{sign}]{text[at:]}"
    return text


if __name__ == "__main__":
    sys.exit(main())

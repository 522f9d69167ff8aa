"""Reads what teaches the judge: claims beside the texts that they cite, with their evidence.

Sources, beside the stories (see `judge_stories`): MultiNLI (Williams et al., 2018), SNLI, FEVER,
WiCE (Kamoi et al., 2023), SummEdits (Laban et al., 2023), SummHay, BEGIN, BUMP, Q2, RealSumm, DNC
veridicality (Poliak et al., 2018), HANS, MED, HELP; SQuAD and SquadShifts (see `sources`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.answering.grounding.excerpt import parts
from qa.text import Span
from training.claims import claims, pages
from training.perturb import perturb
from training.sources import Context, Example, read_jsonl, squad_form

SUPPORTED, CONTRADICTED, NEITHER, UNSUPPORTED = range(4)
"""Labels; the last is either of the two before it."""

LABELS = {
    "supported": SUPPORTED,
    "entailed": SUPPORTED,
    "contradicted": CONTRADICTED,
    "neither": NEITHER,
    "neutral": NEITHER,
    "unsupported": UNSUPPORTED,
}
"""The labels by their names in the sets."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A claim, the texts that it cites, and the label.

    Attributes:
        claim: a sentence, or a question with a short answer behind it.
        texts: what is cited.
        label: one of the labels above.
        evidence: the sentences that decide, as (index of the text, span); None where unknown.
    """

    claim: str
    texts: tuple[str, ...]
    label: int
    evidence: tuple[tuple[int, Span], ...] | None = None


SENTENCES = {
    "mnli-train-20k": 24612,
    "fever-covidfact": 7000,
    "fever-symmetric": 1082,
    "dnc-veridicality": 3000,
    "snli-dev-test": 8000,
    "mnli-dev": 11166,
    "mnli-kaggle-en": 3329,
    "med": 1500,
    "help": 800,
    "hans": 600,
}
"""How many pairs teach of each file of `train/entailment` whose premises are mostly a sentence."""

PASSAGES = {
    "wice": 2075,
    "summhay": 1413,
    "bump": 845,
    "begin-2021": 3535,
    "q2-wow": 752,
    "summedits-other": 3449,
    "fever-nli-3way": 4491,
    "fever-docnli": 13151,
    "realsumm": 1200,
}
"""The same of files of sentences beside passages, closer to the job."""

BESIDE = {
    "fever-nli-3way": 0.3,
    "fever-docnli": 0.3,
    "begin-2021": 0.2,
    "q2-wow": 0.3,
    "wice": 0.3,
    "summhay": 0.3,
    "bump": 0.2,
}
"""The share of a file's pairs whose premise stands beside another one."""

_MARKER = re.compile(r"(?:\[\d+\])+")


def entailment_instances(
    folder: Path, name: str, rng: random.Random, beside: float = 0.0
) -> Iterator[Instance]:
    """Yield pairs of a file in random order.

    Args:
        folder: that of the files.
        name: of the file.
        rng: the order.
        beside: the share of pairs whose premise stands beside another one's.
    """
    rows = read_jsonl(folder / f"{name}.jsonl")
    for row in rng.sample(rows, len(rows)):
        premise, claim = (_MARKER.sub("", row[key]).strip() for key in ("premise", "hypothesis"))
        if premise and claim:
            texts = [premise]
            if rng.random() < beside:
                other = _MARKER.sub("", rng.choice(rows)["premise"]).strip()
                texts = rng.sample([premise, other or premise], 2)
            yield Instance(claim, tuple(texts), LABELS[row["label"]])


def made_instances(datasets: Path, name: str, count: int, rng: random.Random) -> list[Instance]:
    """Return sentences made by rule from a set's passages (see `claims.py`)."""
    return [
        Instance(
            one.text,
            (f"{one.page.title}\n{one.page.text}" if one.page.title else one.page.text,),
            SUPPORTED if one.supported else UNSUPPORTED,
        )
        for one in claims(pages(datasets, name), count, rng)
    ]


def asked_instances(
    datasets: Path, name: str, count: int, rng: random.Random
) -> Iterator[Instance]:
    """Yield questions of a set with their answers, and what looks like it and is not.

    The passage stands alone or beside its neighbours. Wrong are: the answer to a changed question,
    the answer to another question on the passage, and the right one without its passage.
    """
    source = squad_form(name, datasets / "train")
    places = {context.id: at for at, context in enumerate(source.contexts)}
    answers: dict[str, list[str]] = {}
    for e in source.examples:
        for start, end in e.answers[:1]:
            answers.setdefault(e.context.id, []).append(e.context.text[start:end])
    examples = [e for e in source.examples if e.answers]
    for example in rng.sample(examples, min(count, len(examples))):
        at = places[example.context.id]
        near = [*source.contexts[max(at - 1, 0) : at], *source.contexts[at + 1 : at + 2]]
        near = rng.sample(near, rng.randint(0, len(near)))
        yield from _asked(example, [_headed(c) for c in near], answers[example.context.id], rng)


def _headed(context: Context) -> str:
    return f"{context.title}\n{context.text}" if context.title else context.text


def _asked(
    example: Example, near: Sequence[str], answers: Sequence[str], rng: random.Random
) -> Iterator[Instance]:
    """Yield a question with its answer beside its passage and others, then the wrong ones."""
    text, own = example.context.text, _headed(example.context)
    start, end = example.answers[0]
    answer, by = text[start:end], len(own) - len(text)
    shown = tuple(rng.sample([own, *near], 1 + len(near)))
    held = tuple(
        (shown.index(own), span)
        for span in parts(own).sentences
        if span[0] < end + by and start + by < span[1]
    )
    yield Instance(f"{example.question} {answer}", shown, SUPPORTED, held)
    drawn = rng.random()
    wrong = [one for one in answers if one not in answer and answer not in one]
    if drawn < 0.4 and (changed := perturb(example.question, text.replace(answer, ""), (), rng)):
        yield Instance(f"{changed} {answer}", shown, UNSUPPORTED)
    elif drawn < 0.8 and wrong:
        yield Instance(f"{example.question} {rng.choice(wrong)}", shown, UNSUPPORTED)
    elif held and drawn >= 0.8:
        first, last = held[0][1][0], held[-1][1][1]
        left = own[:first] + own[last:]
        if answer not in left:
            texts = tuple(one if one != own else left for one in shown)
            yield Instance(f"{example.question} {answer}", texts, UNSUPPORTED)

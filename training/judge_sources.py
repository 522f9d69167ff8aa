"""Reads what teaches the judge: claims beside the texts that they cite, with their evidence.

Sources (see ../shared README of the data sets): invented news stories with claims and questions
written for this project; MultiNLI (Williams et al., 2018), SNLI, FEVER, WiCE (Kamoi et al., 2023),
SummEdits (Laban et al., 2023), SummHay, BEGIN, BUMP, Q2, RealSumm, DNC veridicality (Poliak et al.,
2018), HANS, MED, HELP.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa.answering.grounding.excerpt import parts
from qa.text import Span, paragraph_spans, terms
from training.claims import claims, pages
from training.perturb import perturb
from training.sources import Row, read_jsonl, squad_form

SUPPORTED, CONTRADICTED, NEITHER, UNSUPPORTED = range(4)
"""Labels; the last is either of the two before it."""

_LABELS = {
    "supported": SUPPORTED,
    "entailed": SUPPORTED,
    "contradicted": CONTRADICTED,
    "neither": NEITHER,
    "neutral": NEITHER,
    "unsupported": UNSUPPORTED,
}
# Share of a story's claims and answers that are shown in passages and not in whole articles.
_IN_PASSAGES = 0.5
_PASSAGE_WORDS = 60
# Shares of a supported claim's articles: only those that carry it; beside another story's.
_ALONE, _BESIDE_OTHERS = 0.2, 0.3
# Share of supported claims whose evidence is taken out of its text.
_TAKEN_OUT = 0.12
# A sentence that holds this share of a claim's words may carry it, too.
_CARRIES = 0.6


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


@dataclass(frozen=True, slots=True)
class Story:
    """A story's articles as texts with a heading, by their ids, and its claims and questions."""

    name: str
    texts: dict[str, str]
    claims: tuple[Row, ...]
    questions: tuple[Row, ...]


def stories(path: Path) -> list[Story]:
    """Read the stories of a file."""
    return [
        Story(
            row["id"],
            {a["id"]: titled(a, a["text"]) for a in row["articles"]},
            tuple(row["claims"]),
            tuple(row["questions"]),
        )
        for row in read_jsonl(path)
    ]


def titled(article: Mapping[str, str], text: str) -> str:
    """Return a text below its article's title, outlet and date, as the product puts them."""
    return f"{article['title']}\n{article['source']}, {article['published']}\n{text}"


def claim_instances(
    told: Sequence[Story], rng: random.Random, *, varied: bool = True
) -> Iterator[Instance]:
    """Yield each claim of the stories once, with its articles in one of several ways.

    Args:
        told: the stories.
        rng: chooses the way.
        varied: False for all articles of the story, as they are.
    """
    for story in told:
        others = [one for one in told if one is not story]
        for row in story.claims:
            label = _LABELS[row["label"]]
            quoted = [(name, quote) for name, quote in row["evidence"]]
            texts = dict(story.texts)
            if varied and label == SUPPORTED and rng.random() < _TAKEN_OUT:
                texts = {name: _without(text, name, quoted) for name, text in texts.items()}
                if _is_carried(row["claim"], texts.values()):
                    continue
                label, quoted = NEITHER, []
            if varied:
                texts = _shown(texts, {name for name, _ in quoted}, others, rng)
            yield located(row["claim"], texts, label, quoted)


def answer_instances(
    told: Sequence[Story], mistakes: Mapping[str, str], rng: random.Random
) -> Iterator[Instance]:
    """Yield questions with a right or a wrong short answer behind them.

    Args:
        told: the stories.
        mistakes: question -> the wrong answer that a reader gave.
        rng: chooses among wrong answers.
    """
    for story in told:
        others = [one for one in told if one is not story]
        answered = [q for q in story.questions if q["answer"]]
        for row in story.questions:
            wrong = [
                q["answer"]
                for q in answered
                if q["form"] == row["form"] and q["answer"] != row["answer"]
            ] or [q["answer"] for q in answered if q["answer"] != row["answer"]]
            texts = _shown(story.texts, {row["article"]} - {None}, others, rng)
            if row["answer"]:
                quoted = _holding(story.texts[row["article"]], row["article"], row["answer"])
                yield located(f"{row['question']} {row['answer']}", texts, SUPPORTED, quoted)
                if rng.random() < 0.6 and wrong:
                    yield Instance(
                        f"{row['question']} {rng.choice(wrong)}", tuple(texts.values()), UNSUPPORTED
                    )
            else:
                given = mistakes.get(row["question"]) or rng.choice(wrong)
                yield Instance(f"{row['question']} {given}", tuple(texts.values()), UNSUPPORTED)


def _holding(text: str, name: str, answer: str) -> list[tuple[str, str]]:
    """Return the sentence that holds an answer, if exactly one does."""
    held = [text[slice(*s)] for s in parts(text).sentences if answer in text[slice(*s)]]
    return [(name, held[0])] if len(held) == 1 else []


def _shown(
    texts: Mapping[str, str], wanted: set[str], others: Sequence[Story], rng: random.Random
) -> dict[str, str]:
    """Return some of a story's articles, whole or in passages, perhaps with another story's."""
    drawn = rng.random()
    shown = dict(texts)
    if wanted and drawn < _ALONE:
        shown = {name: text for name, text in texts.items() if name in wanted}
    elif others and drawn < _ALONE + _BESIDE_OTHERS:
        other = rng.choice(others)
        shown |= {f"{other.name}/{name}": text for name, text in other.texts.items()}
    if rng.random() < _IN_PASSAGES:
        shown = {
            f"{name}#{at}": passage
            for name, text in shown.items()
            for at, passage in enumerate(_passages(text))
        }
    names = list(shown)
    rng.shuffle(names)
    return {name: shown[name] for name in names}


def _passages(text: str) -> Iterator[str]:
    """Yield passages of a text, each below the text's heading."""
    heading = text[: parts(text).heading[1]]
    held: list[str] = []
    for start, end in paragraph_spans(text[len(heading) :]):
        held.append(text[len(heading) :][start:end])
        if sum(len(one.split()) for one in held) >= _PASSAGE_WORDS:
            yield heading + "\n" + "\n\n".join(held)
            held = []
    if held:
        yield heading + "\n" + "\n\n".join(held)


def _without(text: str, name: str, quoted: Sequence[tuple[str, str]]) -> str:
    """Return a text without the sentences that quotations of it touch."""
    touched = _touched(text, [quote for other, quote in quoted if other == name])
    for start, end in reversed(touched):
        text = text[:start] + text[end:].lstrip(" ")
    return text


def _touched(text: str, quotes: Sequence[str]) -> list[Span]:
    """Return the sentences of a text that overlap with a quotation of it."""
    places = [(at, at + len(quote)) for quote in quotes if (at := text.find(quote)) != -1]
    return [
        (start, end)
        for start, end in parts(text).sentences
        if any(start < last and first < end for first, last in places)
    ]


def _is_carried(claim: str, texts: Iterable[str]) -> bool:
    """Return whether a sentence of the texts holds most of a claim's words."""
    wanted = set(terms(claim))
    return any(
        len(wanted & set(terms(text[slice(*span)]))) >= _CARRIES * len(wanted)
        for text in texts
        for span in parts(text).sentences
    )


def located(
    claim: str, texts: Mapping[str, str], label: int, quoted: Sequence[tuple[str, str]]
) -> Instance:
    """Return an instance whose evidence is found again in the texts, by names up to a `#`."""
    evidence = tuple(
        (at, span)
        for at, (name, text) in enumerate(texts.items())
        for span in _touched(text, [q for other, q in quoted if other == name.partition("#")[0]])
    )
    known = evidence if quoted or label == NEITHER else None
    return Instance(claim, tuple(texts.values()), label, known)


SENTENCES = {
    "mnli-train-20k": 14000,
    "fever-nli-3way": 4400,
    "fever-docnli": 2400,
    "fever-covidfact": 2400,
    "fever-symmetric": 1000,
    "begin-2021": 2500,
    "snli-dev-test": 1500,
    "dnc-veridicality": 1500,
    "q2-wow": 752,
    "med": 800,
    "help": 500,
    "hans": 400,
}
"""How many pairs teach of each file of `train/entailment` whose premises are mostly short."""

PASSAGES = {
    "wice": 1800,
    "summedits-other": 2200,
    "summhay": 1000,
    "realsumm": 800,
    "bump": 400,
}
"""The same of files whose premises are long."""

_MARKER = re.compile(r"(?:\[\d+\])+")


def entailment_instances(folder: Path, name: str, rng: random.Random) -> Iterator[Instance]:
    """Yield pairs of a file in random order."""
    rows = read_jsonl(folder / f"{name}.jsonl")
    for row in rng.sample(rows, len(rows)):
        premise, claim = (_MARKER.sub("", row[key]).strip() for key in ("premise", "hypothesis"))
        if premise and claim:
            yield Instance(claim, (premise,), _LABELS[row["label"]])


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
    """Yield questions of a set with their answers, and with a question that these do not answer."""
    source = squad_form(name, datasets / "train")
    examples = [e for e in source.examples if e.answers]
    for example in rng.sample(examples, min(count, len(examples))):
        text = example.context.text
        start, end = example.answers[0]
        answer = text[start:end]
        shown = (f"{example.context.title}\n{text}" if example.context.title else text,)
        by = len(shown[0]) - len(text)
        held = tuple(
            (0, span)
            for span in parts(shown[0]).sentences
            if span[0] < end + by and start + by < span[1]
        )
        yield Instance(f"{example.question} {answer}", shown, SUPPORTED, held)
        changed = perturb(example.question, text.replace(answer, ""), (), rng)
        if changed:
            yield Instance(f"{changed} {answer}", shown, UNSUPPORTED)


def reader_mistakes(path: Path) -> dict[str, str]:
    """Read `question, answer` rows: what a reader answered to unanswerable questions."""
    return {row["question"]: row["answer"] for row in read_jsonl(path)} if path.exists() else {}

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
from typing import Any

from qa.answering.grounding.excerpt import parts
from qa.text import Span, paragraph_spans, terms
from training import judge_changes
from training.claims import claims, pages
from training.perturb import perturb
from training.sources import Context, Example, Row, read_jsonl, squad_form

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
_TAKEN_OUT = 0.18
# Share whose articles are changed so that they are false, of false ones that are made true, of
# claims and questions with a word changed, and of claims joined with another one.
_FALSE, _MENDED, _PERTURBED, _JOINED = 0.17, 0.6, 0.2, 0.12
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
    """Yield each claim of the stories, with its articles in one of several ways.

    Args:
        told: the stories.
        rng: chooses the way, and what is changed.
        varied: False for all articles of the story, as they are.
    """
    known = judge_changes.lower_case(text for story in told for text in story.texts.values())
    for story in told:
        others = [one for one in told if one is not story]
        for row in story.claims:
            made = [_told(row, story)]
            if varied:
                made = [_changed(made[0], row, known, rng), *_reworded(row, story, rng)]
            for one in filter(None, made):
                texts = one.texts
                if varied:
                    texts = _shown(texts, {name for name, _ in one.quoted}, others, rng)
                yield located(one.claim, texts, one.label, one.quoted)


@dataclass(frozen=True, slots=True)
class _Told:
    """A claim beside all articles of its story, with quoted evidence."""

    claim: str
    texts: dict[str, str]
    label: int
    quoted: Sequence[tuple[str, str]]


def _told(row: Row, story: Story) -> _Told:
    quoted = [(name, quote) for name, quote in row["evidence"]]
    return _Told(row["claim"], dict(story.texts), _LABELS[row["label"]], quoted)


def _changed(
    one: _Told, row: Row, known: frozenset[str], rng: random.Random
) -> _Told | None:
    """Return a claim as it is, or with its articles changed so that its label is another one.

    None if what carries it was taken out, and something else seems to carry it.
    """
    drawn = rng.random()
    if one.label != SUPPORTED:
        mended = drawn < _MENDED and judge_changes.made_true(
            one.claim, row["fault"], one.texts, one.quoted, known
        )
        return _Told(one.claim, mended[0], SUPPORTED, mended[1]) if mended else one
    if drawn < _TAKEN_OUT:
        texts = {name: _without(text, name, one.quoted) for name, text in one.texts.items()}
        carriers = {name for name, _ in one.quoted}
        if drawn < _TAKEN_OUT / 3 and len(carriers) < len(texts):
            texts = {name: text for name, text in texts.items() if name not in carriers}
        carried = _is_carried(one.claim, texts.values())
        return None if carried else _Told(one.claim, texts, NEITHER, [])
    if drawn < _TAKEN_OUT + _FALSE:
        made = judge_changes.made_false(one.claim, one.texts, one.quoted, known, rng)
        return _Told(one.claim, made, UNSUPPORTED, []) if made else one
    return one


def _reworded(row: Row, story: Story, rng: random.Random) -> Iterator[_Told]:
    """Perhaps yield a claim with one word changed, and one joined with another claim."""
    one = _told(row, story)
    if one.label == SUPPORTED and rng.random() < _PERTURBED:
        changed = perturb(one.claim, " ".join(story.texts.values()), (), rng)
        if changed:
            yield _Told(changed, one.texts, UNSUPPORTED, [])
    if rng.random() < _JOINED:
        other = _told(rng.choice(story.claims), story)
        if SUPPORTED in (one.label, other.label) and other.claim != one.claim:
            first, second = rng.sample((one, other), 2)
            claim = f"{first.claim.rstrip('.')}{rng.choice((', and ', '; ', '. '))}{second.claim}"
            if one.label == other.label:
                yield _Told(claim, one.texts, SUPPORTED, [*one.quoted, *other.quoted])
            else:
                yield _Told(claim, one.texts, UNSUPPORTED, [])


def renamed(told: Sequence[Story], rng: random.Random) -> list[Story]:
    """Return the stories with every name replaced by one of another story."""
    known = judge_changes.lower_case(text for story in told for text in story.texts.values())
    own = [judge_changes.names(" ".join(story.texts.values()), known) for story in told]
    pool = sorted({name for found in own for name in found})
    made = []
    for story, found in zip(told, own, strict=True):
        mapping = dict(zip(found, rng.sample(pool, len(found)), strict=True))

        def put(value: Any, by: Mapping[str, str] = mapping) -> Any:
            if isinstance(value, str):
                return judge_changes.replaced(value, by)
            if isinstance(value, list):
                return [put(one) for one in value]
            return value

        texts = {name: put(text) for name, text in story.texts.items()}
        claims_, questions = (
            tuple({key: put(value) for key, value in row.items()} for row in rows)
            for rows in (story.claims, story.questions)
        )
        made.append(Story(story.name, texts, claims_, questions))
    return made


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
            shown = tuple(texts.values())
            if row["answer"]:
                quoted = _holding(story.texts[row["article"]], row["article"], row["answer"])
                yield located(f"{row['question']} {row['answer']}", texts, SUPPORTED, quoted)
                if rng.random() < 0.6 and wrong:
                    yield Instance(f"{row['question']} {rng.choice(wrong)}", shown, UNSUPPORTED)
                yield from _unanswered(row, story, quoted, shown, rng)
            else:
                given = mistakes.get(row["question"]) or rng.choice(wrong)
                yield Instance(f"{row['question']} {given}", shown, UNSUPPORTED)


def _unanswered(
    row: Row,
    story: Story,
    quoted: Sequence[tuple[str, str]],
    shown: tuple[str, ...],
    rng: random.Random,
) -> Iterator[Instance]:
    """Perhaps yield a right answer without the sentence that gives it, or to another question."""
    if quoted and rng.random() < _TAKEN_OUT:
        texts = {name: _without(text, name, quoted) for name, text in story.texts.items()}
        yield Instance(f"{row['question']} {row['answer']}", tuple(texts.values()), UNSUPPORTED)
    if rng.random() < _PERTURBED:
        text = story.texts[row["article"]].replace(row["answer"], "")
        changed = perturb(row["question"], text, (), rng)
        if changed:
            yield Instance(f"{changed} {row['answer']}", shown, UNSUPPORTED)


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
            yield Instance(claim, tuple(texts), _LABELS[row["label"]])


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


def reader_mistakes(path: Path) -> dict[str, str]:
    """Read `question, answer` rows: what a reader answered to unanswerable questions."""
    return {row["question"]: row["answer"] for row in read_jsonl(path)} if path.exists() else {}

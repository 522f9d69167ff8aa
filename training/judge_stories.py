"""Reads what teaches the judge of the invented news stories: their claims, questions and answers.

A claim is shown with its articles in many ways, and as often as not with something changed, so that
no claim is always true or always false: see `judge_changes`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa.answering.grounding.excerpt import parts
from qa.text import Span, paragraph_spans, terms
from training import judge_changes
from training.judge_sources import LABELS, NEITHER, SUPPORTED, UNSUPPORTED, Instance
from training.perturb import perturb
from training.sources import Row, read_jsonl

# Share of a story's claims and answers that are shown in passages and not in whole articles.
_IN_PASSAGES = 0.5
_PASSAGE_WORDS = 60
# Shares of a supported claim's articles: only those that carry it; beside another story's.
_ALONE, _BESIDE_OTHERS = 0.2, 0.3
# Share of supported claims and answers whose evidence is taken out; of a third of these claims,
# with the articles that hold it.
_TAKEN_OUT = 0.18
# Share of supported claims whose articles are changed so that they are false.
_FALSE = 0.17
# Shares of claims and questions that also come with a word changed, of claims that also come joined
# with another one, and of answered questions that also come with the answer to another.
_PERTURBED, _JOINED, _OTHER_ANSWER = 0.2, 0.12, 0.6
# A sentence that holds this share of a claim's words may carry it, too.
_CARRIES = 0.6


@dataclass(frozen=True, slots=True)
class Story:
    """A story's articles as texts with a heading, by their ids, and its claims and questions."""

    name: str
    texts: dict[str, str]
    claims: tuple[Row, ...]
    questions: tuple[Row, ...]


def read(path: Path) -> list[Story]:
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
            plain = _told(row, story)
            made: list[_Told | None] = [plain]
            if varied:
                made = [_changed(plain, known, rng), *_reworded(row, story, rng)]
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
    return _Told(row["claim"], dict(story.texts), LABELS[row["label"]], quoted)


def _changed(one: _Told, known: frozenset[str], rng: random.Random) -> _Told | None:
    """Return a claim as it is, or a true one with its articles changed so that it is not.

    None if what carries it was taken out, and something else seems to carry it.
    """
    drawn = rng.random() if one.label == SUPPORTED else 1.0
    if drawn < _TAKEN_OUT:
        texts = {name: _without(text, name, one.quoted) for name, text in one.texts.items()}
        left = texts.keys() - {name for name, _ in one.quoted}
        if drawn < _TAKEN_OUT / 3 and left:
            texts = {name: text for name, text in texts.items() if name in left}
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
        others = [name for name in pool if name not in found]
        by = dict(zip(found, rng.sample(others, min(len(found), len(others))), strict=False))
        made.append(
            Story(
                story.name,
                {name: judge_changes.replaced(text, by) for name, text in story.texts.items()},
                tuple(_put(row, by) for row in story.claims),
                tuple(_put(row, by) for row in story.questions),
            )
        )
    return made


def _put(value: Any, by: Mapping[str, str]) -> Any:
    """Return a value of JSON with the names in its strings replaced."""
    if isinstance(value, str):
        return judge_changes.replaced(value, by)
    if isinstance(value, list):
        return [_put(one, by) for one in value]
    return {key: _put(one, by) for key, one in value.items()} if isinstance(value, dict) else value


def misread(told: Sequence[Story], mistakes: Mapping[str, str]) -> list[Story]:
    """Return the stories with the wrong answer that a reader gave beside each question."""
    return [
        replace(
            story,
            questions=tuple(
                {**row, "mistake": mistakes.get(row["question"])} for row in story.questions
            ),
        )
        for story in told
    ]


def answer_instances(told: Sequence[Story], rng: random.Random) -> Iterator[Instance]:
    """Yield questions with a right or a wrong short answer behind them.

    Args:
        told: the stories; the wrong answer to a question without one is the reader's (see
            `misread`) or that to another question.
        rng: chooses among wrong answers.
    """
    for story in told:
        others = [one for one in told if one is not story]
        for row in story.questions:
            texts = _shown(story.texts, {row["article"]} - {None}, others, rng)
            shown, wrong = tuple(texts.values()), _wrong_answers(row, story)
            if row["answer"]:
                quoted = _holding(story.texts[row["article"]], row["article"], row["answer"])
                yield located(f"{row['question']} {row['answer']}", texts, SUPPORTED, quoted)
                if rng.random() < _OTHER_ANSWER and wrong:
                    yield Instance(f"{row['question']} {rng.choice(wrong)}", shown, UNSUPPORTED)
                yield from _unanswered(row, story, quoted, shown, rng)
            elif given := row.get("mistake") or (wrong and rng.choice(wrong)):
                yield Instance(f"{row['question']} {given}", shown, UNSUPPORTED)


def _wrong_answers(row: Row, story: Story) -> list[str]:
    """Return the answers to a story's other questions; those of the same form, if any."""
    others = [q for q in story.questions if q["answer"] and q["answer"] != row["answer"]]
    alike = [q["answer"] for q in others if q["form"] == row["form"]]
    return alike or [q["answer"] for q in others]


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


def reader_mistakes(path: Path) -> dict[str, str]:
    """Read `question, answer` rows: what a reader answered to unanswerable questions."""
    return {row["question"]: row["answer"] for row in read_jsonl(path)} if path.exists() else {}

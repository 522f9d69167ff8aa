# ruff: noqa: ARG001 - all makers share one signature
"""Makes sentences that a chat model might write about a passage, supported and unsupported ones.

Supported are a passage's own sentences and simple paraphrases of them; unsupported are these with
one change that makes them false, and sentences from elsewhere. A few labels are wrong by accident
("Smith met Jones" stays true with the parties swapped): noise in the fit and in the evaluation.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from qa.lexicon import MONTHS
from qa.text import paragraph_spans, sentence_spans, words
from training.perturb import names, negate, swap_antonym, swap_name, swap_number
from training.sources import read_jsonl, squad_form

_WORDS = (7, 45)
_MONTHS = "|".join(MONTHS)
_TRAILING = re.compile(
    r",\s(?:which|who|where|while|although|after|before|including|such as|with|as|when|making)\s"
    r"[^,]*\.$"
)
_PARENTHESIS = re.compile(r"\s\([^()]*\)")
_LAST_TIME = re.compile(rf"^(.*\w)\s((?:in|on|during|since)\s(?:(?:{_MONTHS})\s)?\d{{4}})\.$")
_NAME = (
    r"(?!(?:The|In|On|At|It|We|Each|A|An|By|For|From|As|With|After|During)\b)"
    r"[A-Z][\w’'-]+(?:\s[A-Z][\w’'-]+)*"
)
_ACTIVE = re.compile(rf"^({_NAME})\s([a-z]+ed)\s({_NAME})(?=,|\.| (?:in|on|at|for|of|with)\b)(.*)$")
_PASSIVE = re.compile(rf"^({_NAME}) (?:was|were) ([a-z]+ed) by ({_NAME})(?=[\s,.])(.*)$")
_VERB = (
    r"(?:\w+ed|is|are|was|were|has|had|made|led|won|lost|wrote|became|took|gave|held|built|began|"
    r"came|found|sold|sent|said|told|bought|went|ran|caused|can|could|may|might|will|would)"
)
_SUBJECT_QUESTION = re.compile(
    rf"^(?:Who|What) ({_VERB} .*)(?<!called)(?<!named)(?<!known as)(?<! do)(?<! for)\?$"
)
_CLAUSE = re.compile(rf"^(\S+(?: \S+){{0,5}}?) ({_VERB}(?: [^\s,;]+){{1,5}})")
_CLIP = re.compile(
    rf"^((?:[^\s,;]+ ){{1,5}}{_VERB}(?: [^\s,;]+){{2,8}}?)"
    r"(?:,| (?:in|on|at|for|with|because|when|after|while)\b)"
)
_LAST_QUESTION = re.compile(r"^([A-Z].*\s)(?:what|who|whom|where|when)\?$")
_OPENS_ELSEWHERE = re.compile(
    r"^(?:He|She|It|They|This|These|That|Those|His|Her|Its|Their|But|And|However|If)\b"
)
_SYMMETRIC = re.compile(r"\b(?:and|or|with|met|between|married|near|like|of|in|vs)\b")
_SYNONYMS = dict(
    pair.split(" ")
    for pair in (
        "began started, large big, began started, created made, built constructed, located "
        "situated, said stated, near close-to, often frequently, many numerous, became turned, "
        "used employed, killed slain, including among, people persons, also additionally, shows "
        "demonstrates, helped assisted, received got, main principal, wanted wished, country "
        "nation, city town, important significant, area region, allowed permitted, about roughly"
    ).split(", ")
)

Maker = Callable[[str, "Page", random.Random], "str | None"]


@dataclass(frozen=True, slots=True)
class Page:
    """A passage with its title, neighbouring passages, and questions with their answers."""

    title: str
    text: str
    others: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that cites a passage, how it was made, and whether the passage supports it."""

    text: str
    page: Page
    kind: str
    supported: bool


def claims(pages: Sequence[Page], count: int, rng: random.Random) -> list[Claim]:
    """Return up to `count` claims of each kind, each from a passage of its own."""
    made = []
    for supported, makers in ((True, SUPPORTED), (False, UNSUPPORTED)):
        for kind, make in makers.items():
            found = 0
            for page in rng.sample(pages, len(pages)):
                if found == count:
                    break
                text = _made(make, page, rng)
                if text is not None:
                    made.append(Claim(text, page, kind, supported))
                    found += 1
    return made


def _made(make: Maker, page: Page, rng: random.Random) -> str | None:
    """Apply a maker to random sentences of a passage until one fits."""
    sentences = _sentences(page.text)
    for sentence in rng.sample(sentences, len(sentences)):
        text = make(sentence, page, rng)
        if text is not None and " ".join(text.split()) and len(words(text)) >= 4:
            return text[0].upper() + text[1:]
    return None


def _sentences(text: str) -> list[str]:
    found = [" ".join(text[start:end].split()) for start, end in sentence_spans(text)]
    fewest, most = _WORDS
    return [
        s
        for s in found
        if fewest <= len(words(s)) <= most and s.endswith(".") and not _OPENS_ELSEWHERE.match(s)
    ]


def _verbatim(sentence: str, page: Page, rng: random.Random) -> str | None:
    return sentence


def _shortened(sentence: str, page: Page, rng: random.Random) -> str | None:
    short = _PARENTHESIS.sub("", _TRAILING.sub(".", sentence))
    return short if short != sentence and len(words(short)) > 5 else None


def _reported(sentence: str, page: Page, rng: random.Random) -> str | None:
    named = sentence.split(maxsplit=1)[0] in names("x " + sentence)
    opening = sentence if named else sentence[0].lower() + sentence[1:]
    return (
        rng.choice(["According to the article, ", "The article says that ", "It is reported that "])
        + opening
    )


def _fronted(sentence: str, page: Page, rng: random.Random) -> str | None:
    match = _LAST_TIME.match(sentence)
    if not match:
        return None
    rest = (
        match[1]
        if match[1].split()[0] in names("x " + match[1])
        else match[1][0].lower() + match[1][1:]
    )
    return f"{match[2][0].upper()}{match[2][1:]}, {rest}."


def _voiced(sentence: str, page: Page, rng: random.Random) -> str | None:
    if match := _ACTIVE.match(sentence):
        return f"{match[3]} was {match[2]} by {match[1]}{match[4]}"
    if match := _PASSIVE.match(sentence):
        return f"{match[3]} {match[2]} {match[1]}{match[4]}"
    return None


def _reworded(sentence: str, page: Page, rng: random.Random) -> str | None:
    fitting = [w for w in sentence.split() if w in _SYNONYMS]
    if not fitting:
        return None
    word = rng.choice(fitting)
    return re.sub(rf"\b{word}\b", _SYNONYMS[word].replace("-", " "), sentence, count=1)


def _respelt(sentence: str, page: Page, rng: random.Random) -> str | None:
    def grouped(match: re.Match[str]) -> str:
        return f"{int(match[1].replace(',', ''))} thousand"

    changed = re.sub(rf"\b(\d{{1,2}}) ({_MONTHS}) (\d{{4}})\b", r"\2 \1, \3", sentence)
    changed = (
        re.sub(rf"\b({_MONTHS}) (\d{{1,2}}), (\d{{4}})\b", r"\2 \1 \3", changed)
        if changed == sentence
        else changed
    )
    changed = re.sub(r"\b(\d{1,3}(?:,\d{3})?),000\b(?!,)", grouped, changed)
    return changed if changed != sentence else None


def _clipped(sentence: str, page: Page, rng: random.Random) -> str | None:
    match = _CLIP.match(sentence)
    return f"{match[1]}." if match else None


def _grafted(sentence: str, page: Page, rng: random.Random) -> str | None:
    """Put the predicate of another sentence behind the subject of this one."""
    here = _CLAUSE.match(sentence)
    others = [m for text in page.others for s in _sentences(text) if (m := _CLAUSE.match(s))]
    return f"{here[1]} {rng.choice(others)[2]}." if here and others else None


def _answered(sentence: str, page: Page, rng: random.Random) -> str | None:
    return _declared(page, rng, lambda answer, _: answer)


def _misanswered(sentence: str, page: Page, rng: random.Random) -> str | None:
    def wrong(answer: str, others: Sequence[str]) -> str | None:
        fitting = [
            o
            for o in others
            if o[0].isupper() == answer[0].isupper() and not set(words(o)) & set(words(answer))
        ]
        return rng.choice(fitting) if fitting else None

    return _declared(page, rng, wrong)


def _declared(
    page: Page, rng: random.Random, choose: Callable[[str, Sequence[str]], str | None]
) -> str | None:
    """Turn a question into a statement, with the answer that `choose` returns."""
    for question, answer in rng.sample(page.asked, len(page.asked)):
        subject, last = _SUBJECT_QUESTION.match(question), _LAST_QUESTION.match(question)
        chosen = choose(answer, [other for _, other in page.asked if other != answer])
        if chosen and subject:
            return f"{chosen} {subject[1]}."
        if chosen and last:
            return f"{last[1]}{chosen}."
    return None


def _name(sentence: str, page: Page, rng: random.Random) -> str | None:
    return swap_name(sentence, page.text.replace(sentence, ""), page.others, rng)


def _number(sentence: str, page: Page, rng: random.Random) -> str | None:
    return swap_number(sentence, page.text.replace(sentence, ""), page.others, rng)


def _date(sentence: str, page: Page, rng: random.Random) -> str | None:
    match = re.search(rf"\b(?:{_MONTHS})\b(?= \d)|(?<=\d )(?:{_MONTHS})\b", sentence)
    others = [month for month in _MONTHS.split("|") if month not in page.text]
    return (
        sentence[: match.start()] + rng.choice(others) + sentence[match.end() :]
        if match and others
        else None
    )


def _parties(sentence: str, page: Page, rng: random.Random) -> str | None:
    for one, other in zip(found := list(re.finditer(_NAME, sentence)), found[1:], strict=False):
        between = sentence[one.end() : other.start()]
        verb = re.fullmatch(r"(?: [a-z-]+){1,6} ", between) and re.search(
            r"\b[a-z]+ed\b|\b(?:won|beat|led|hit|gave)\b", between
        )
        if verb and not _SYMMETRIC.search(between) and one[0] != other[0]:
            swapped = (
                sentence[: one.start()] + other[0] + between + one[0] + sentence[other.end() :]
            )
            return swapped[0].upper() + swapped[1:]
    return None


def _misvoiced(sentence: str, page: Page, rng: random.Random) -> str | None:
    match = _ACTIVE.match(sentence)
    return f"{match[1]} was {match[2]} by {match[3]}{match[4]}" if match else None


def _negated(sentence: str, page: Page, rng: random.Random) -> str | None:
    if re.search(r"\bnot\b", sentence):
        return re.sub(r"\s*\bnot\b", "", sentence, count=1)
    return negate(sentence, page.text, page.others, rng)


def _opposite(sentence: str, page: Page, rng: random.Random) -> str | None:
    return swap_antonym(sentence, page.text, page.others, rng)


def _elsewhere(sentence: str, page: Page, rng: random.Random) -> str | None:
    found = _sentences(rng.choice(page.others)) if page.others else []
    return rng.choice(found) if found else None


SUPPORTED: dict[str, Maker] = {
    "verbatim": _verbatim,
    "shortened": _shortened,
    "clipped": _clipped,
    "reported": _reported,
    "fronted": _fronted,
    "voice": _voiced,
    "reworded": _reworded,
    "respelt": _respelt,
    "answered": _answered,
}
UNSUPPORTED: dict[str, Maker] = {
    "name": _name,
    "number": _number,
    "date": _date,
    "parties": _parties,
    "wrong voice": _misvoiced,
    "negation": _negated,
    "antonym": _opposite,
    "wrong answer": _misanswered,
    "grafted": _grafted,
    "elsewhere": _elsewhere,
}


def pages(datasets: Path, name: str) -> list[Page]:
    """Return the passages, with their questions, of a set of `train/` or `dev/`."""
    folder = datasets / "dev" / name
    return list(_dev_pages(folder) if folder.is_dir() else _train_pages(datasets / "train", name))


def _train_pages(folder: Path, name: str) -> Iterator[Page]:
    source = squad_form(name, folder)
    asked: dict[str, list[tuple[str, str]]] = {}
    for e in source.examples:
        if e.answers:
            asked.setdefault(e.context.id, []).append(
                (e.question, e.context.text[slice(*e.answers[0])])
            )
    for at, context in enumerate(source.contexts):
        others = tuple(c.text for c in source.contexts[max(at - 2, 0) : at + 3] if c is not context)
        yield Page(context.article, context.text, others, tuple(asked.get(context.id, ())))


def _dev_pages(folder: Path) -> Iterator[Page]:
    spans: dict[str, list[tuple[int, int, str, str]]] = {}
    texts = {row["id"]: row for row in read_jsonl(folder / "articles.jsonl")}
    for row in read_jsonl(folder / "questions.jsonl"):
        for gold in row["relevant"][:1] if row["answerable"] else []:
            answer = texts[gold["article_id"]]["text"][gold["start"] : gold["end"]]
            spans.setdefault(gold["article_id"], []).append(
                (gold["start"], gold["end"], row["question"], answer)
            )
    for key, row in texts.items():
        found = paragraph_spans(row["text"])
        parts = [row["text"][a:b] for a, b in found]
        for at, (start, end) in enumerate(found):
            asked = tuple(
                (q, answer) for a, b, q, answer in spans.get(key, ()) if start <= a and b <= end
            )
            yield Page(
                row["title"],
                parts[at],
                tuple(parts[max(at - 2, 0) : at] + parts[at + 1 : at + 3]),
                asked,
            )

"""Makes questions unanswerable: swaps a name, number or date, or inserts an antonym or negation.

A changed question still looks as if its context answered it, which makes it a useful negative. Some
changed questions stay answerable by accident; that is label noise.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Sequence

from qa.lexicon import MONTHS

_NAME = re.compile(r"\b[A-Z][\w’'-]+(?:\s(?:of\s|the\s|de\s)*[A-Z][\w’'-]+)*")
_NUMBER = re.compile(r"\b\d[\d,.]*(?:st|nd|rd|th)?\b")
_AUXILIARY = re.compile(r"\b(is|are|was|were|did|does|do|has|had|could|would|should)\b(?!\s+not\b)")
_SENTENCE_START = re.compile(r"(?:^|[.!?:\"“]\s*)$")

# Without May, which is mostly a verb.
_MONTHS = [month for month in MONTHS if month != "May"]
_ASKING = set(
    "What Who Whom Whose When Where Why How Which In On At For By From To The A An".split()
)
_PAIRS = (
    "first last, largest smallest, biggest smallest, most least, highest lowest, before after, "
    "early late, earlier later, increase decrease, increased decreased, north south, northern "
    "southern, east west, eastern western, oldest youngest, won lost, win lose, accept reject, "
    "accepted rejected, above below, more fewer, inside outside, male female, import export, "
    "begin end, began ended, started stopped, start stop, allowed forbidden, high low, large "
    "small, long short, new old, good bad, best worst, like dislike, strong weak, rich poor, "
    "urban rural, public private, married divorced, born buried, agreed disagreed, agree "
    "disagree, supported opposed, support oppose, gained lost, rose fell, major minor, positive "
    "negative, easy difficult, common rare, same different, always never, internal external, "
    "maximum minimum, buy sell, bought sold, open close, opened closed, hot cold, fast slow, "
    "leave enter, left entered, friend enemy, possible impossible, legal illegal, able unable, "
    "include exclude, included excluded, built destroyed, created destroyed, gave took, appointed "
    "dismissed, joined left, upper lower, front back, top bottom"
)
ANTONYMS = {
    here: there
    for pair in _PAIRS.split(", ")
    for here, there in (pair.split(" "), reversed(pair.split(" ")))
}
_ANTONYM = re.compile(rf"\b(?:{'|'.join(sorted(ANTONYMS, key=len, reverse=True))})\b")

Change = Callable[[str, str, Sequence[str], random.Random], str | None]


def perturb(question: str, near: str, far: Sequence[str], rng: random.Random) -> str | None:
    """Return `question` with one small change, or None if no change applies.

    Args:
        question: an answerable question.
        near: its context without the answer: the first source of names and numbers.
        far: other texts of the same article or kind.
        rng: chooses among the changes that apply.
    """
    changes: list[Change] = [swap_name, swap_number, swap_antonym, negate]
    # Negation is the least natural of the four, so it rarely comes first.
    for change in sorted(changes, key=lambda c: rng.random() + (0.7 if c is negate else 0.0)):
        changed = change(question, near, far, rng)
        if changed is not None and changed.casefold() != question.casefold():
            return changed
    return None


def swap_name(question: str, near: str, far: Sequence[str], rng: random.Random) -> str | None:
    """Swap a name in the question for one that its context or another text mentions."""
    inside = [m for m in _NAME.finditer(question) if m.start() > 0 and m.group() not in _ASKING]
    pools = [names(near), [name for text in far for name in names(text)]]
    rng.shuffle(pools)
    if not inside:
        return None
    match = rng.choice(inside)
    if match.group() in _MONTHS:
        return _replace(question, match, [month for month in _MONTHS if month not in question], rng)
    return next(
        (q for pool in pools if (q := _replace(question, match, _like(match.group(), pool), rng))),
        None,
    )


def _like(name: str, pool: Iterable[str]) -> list[str]:
    """Return the names that share no word with `name`; those of the same length, if any."""
    taken = set(name.casefold().split())
    other = [
        n
        for n in dict.fromkeys(pool)
        if taken.isdisjoint(n.casefold().split()) and n not in _MONTHS
    ]
    same_length = [n for n in other if len(n.split()) == len(name.split())]
    return same_length or other


def names(text: str) -> list[str]:
    """Return runs of capitalised words; a single word only if it does not open a sentence."""
    found = []
    for match in _NAME.finditer(text):
        opens = _SENTENCE_START.search(text, max(0, match.start() - 3), match.start()) is not None
        if not opens or (" " in match.group() and match.group().split()[0] not in _ASKING):
            found.append(match.group())
    return found


def swap_number(question: str, near: str, far: Sequence[str], rng: random.Random) -> str | None:
    """Swap a number in the question for one of the same shape, preferably from the context."""
    inside = list(_NUMBER.finditer(question))
    if not inside:
        return None
    match = rng.choice(inside)
    shape = _shape(match.group())
    seen = [
        n
        for n in _NUMBER.findall(near) + [n for t in far for n in _NUMBER.findall(t)]
        if _shape(n) == shape
    ]
    return _replace(
        question,
        match,
        seen if seen and rng.random() < 0.7 else [_shifted(match.group(), rng)],
        rng,
    )


def _shape(number: str) -> str:
    return re.sub(r"\d", "0", number).lstrip("0") + str(min(len(number), 4))


def _shifted(number: str, rng: random.Random) -> str:
    """Change a number by a small amount; if it is not a plain number, its first digit."""
    if number.isdigit():
        return str(int(number) + rng.choice((1, 2, 3, 7, 10, 20)))
    return str(int(number[0]) % 9 + 1) + number[1:]


def swap_antonym(question: str, near: str, far: Sequence[str], rng: random.Random) -> str | None:  # noqa: ARG001 -- one signature for all changes
    """Replace a word of the question by its antonym."""
    inside = list(_ANTONYM.finditer(question))
    return (
        _replace(question, match := rng.choice(inside), [ANTONYMS[match.group()]], rng)
        if inside
        else None
    )


def negate(question: str, near: str, far: Sequence[str], rng: random.Random) -> str | None:  # noqa: ARG001 -- one signature for all changes
    """Negate the question's first auxiliary verb."""
    match = _AUXILIARY.search(question)
    return _replace(question, match, [f"{match.group()}n't"], rng) if match else None


def _replace(
    question: str, match: re.Match[str], choices: Sequence[str], rng: random.Random
) -> str | None:
    """Replace a match by one of the choices that the question does not contain yet."""
    fresh = [choice for choice in choices if choice.casefold() not in question.casefold()]
    return (
        question[: match.start()] + rng.choice(fresh) + question[match.end() :] if fresh else None
    )


def search_style(question: str) -> str:
    """Return a question as typed into a search box: lower case, no question mark."""
    return question.lower().rstrip("? ")

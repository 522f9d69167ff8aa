"""What tells a supported sentence from an unsupported one, as numbers: its words, their order, negations, roles."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.support.facts import MONTHS, SCALES, numbers
from qa.support.opposites import OPPOSITES
from qa.text import STOP_WORDS, terms, words

LEXICAL = (
    "coverage",  # share of the claim's content words that the sentence holds
    "context",  # share that the sentence, the one before it, or the title holds
    "missing",  # how many of them none of these holds, up to five, as a share of five
    "complete",  # whether none is missing
    "opening",  # whether the first of them is there
    "order",  # share of pairs of neighbouring content words that stand in the same order
    "tightness",  # share of the words between the first and the last matched one that are matched
    "borrowed",  # how many of its names only the context holds, up to three, as a share of three
    "opposite",  # whether it has a word where the sentence has the contrary
    "roles",  # whether two names have swapped sides
    "negation",  # whether exactly one of the two is negated
)

_NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without cannot cant wont hardly denied deny denies refused refuse "
    "refuses failed fail fails".split()
)
_HEDGES = frozenset("may might could perhaps possibly probably maybe allegedly reportedly supposedly".split())
_CONTRACTED = re.compile(r"n[’']t\b", re.IGNORECASE)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|got)\s(?:\w+ly\s)?(?:\w+ed|\w+en|\w+wn|\w+lt|made|held|led|sent|won|lost|hit|"
    r"found|kept|paid|said|sold|told|built|brought|caught|put|set|shot|struck)\s(?:[\w’'-]+\s){0,4}?by\s",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+(?:[’'.,]\w+)*")
# How far before what is matched a negation may stand.
_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Token:
    """A content word: its stem, where among all words it stands, and whether it is written as a name."""

    term: str
    place: int
    named: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A content word of the claim at `place`, and where in the sentence the same word stands."""

    place: int
    there: int
    named: bool


def lexical(claim: str, sentence: str, context: str) -> tuple[float, ...]:
    """Return the values of `LEXICAL`.

    Args:
        claim: the sentence that was written.
        sentence: the one that may support it.
        context: what may be presupposed: the sentence before, the title.
    """
    said, read = content(claim), content(sentence)
    if not said:
        return (0.0,) * len(LEXICAL)
    here, told = {token.term for token in read}, {token.term for token in said}
    near = here | set(terms(context))
    missing = sum(token.term not in near for token in said)
    matches = aligned(said, read)
    here_window, there_window = _window([m.place for m in matches]), _window([m.there for m in matches])
    return (
        sum(token.term in here for token in said) / len(said),
        1 - missing / len(said),
        min(missing, 5) / 5,
        float(missing == 0),
        float(said[0].term in near),
        _order(matches),
        len({m.there for m in matches}) / max(sum(there_window[0] <= t.place <= there_window[1] for t in read), 1),
        min(sum(token.named and token.term not in here for token in said[1:]), 3) / 3,
        float(any(OPPOSITES.get(token.term, set()) & here - told for token in said if token.term not in here)),
        float(_swapped(claim, sentence, matches)),
        float(_negations(claim, here_window) % 2 != _negations(sentence, there_window) % 2),
    )


def hedged(claim: str, sentence: str) -> bool:
    """Tell whether exactly one of the two says what it says as a possibility or hearsay, near the words they share."""
    matches = aligned(content(claim), content(sentence))
    here, there = _window([m.place for m in matches]), _window([m.there for m in matches])
    return _has_hedge(claim, here) != _has_hedge(sentence, there)


def content(text: str) -> list[Token]:
    """Return the content words of `text` in order; numbers and months, which have many spellings, are left out."""
    tokens = []
    place = 0
    for match in _WORD.finditer(text):
        counted = match.group().casefold() in MONTHS or numbers(match.group()) or match.group() in SCALES
        for word in words(match.group()):
            if (
                not counted
                and word not in STOP_WORDS
                and word not in _NEGATIONS
                and not _CONTRACTED.search(match.group())
            ):
                tokens.append(Token((terms(word) or [word])[0], place, match.group()[0].isupper()))
            place += 1
    return tokens


def aligned(said: Sequence[Token], read: Sequence[Token]) -> list[Match]:
    """Match each content word of the claim with the same word of the sentence that lies nearest to the last match.

    Where a word occurs several times, the occurrence that follows what was matched before is taken first.
    """
    places: dict[str, list[int]] = {}
    for token in read:
        places.setdefault(token.term, []).append(token.place)
    matches: list[Match] = []
    last = -1
    for token in said:
        if token.term in places:
            after = [place for place in places[token.term] if place > last]
            last = after[0] if after else places[token.term][-1]
            matches.append(Match(token.place, last, token.named))
    return matches


def _order(matches: Sequence[Match]) -> float:
    """Return the share of neighbouring matches that stand in the same order in both."""
    pairs = list(itertools.pairwise(matches))
    return sum(a.there < b.there for a, b in pairs) / len(pairs) if pairs else 1.0


def _window(places: Sequence[int]) -> tuple[int, int]:
    return (min(places), max(places)) if places else (0, -1)


def _swapped(claim: str, sentence: str, matches: Sequence[Match]) -> bool:
    """Tell whether two names stand on other sides of the words between them, with the voice taken into account."""
    named = [match for match in matches if match.named]
    for first, second in itertools.pairwise(named):
        if any(first.place < m.place < second.place and not m.named for m in matches):
            left, right = sorted((first.there, second.there))
            turned = _passive(claim, first.place, second.place) != _passive(sentence, left, right)
            if (first.there > second.there) != turned:
                return True
    return False


def _passive(text: str, first: int, last: int) -> bool:
    """Tell whether there is a passive with its agent between two words of `text`."""
    between = [match.group() for match in _WORD.finditer(text) for _ in words(match.group())][first : last + 1]
    return bool(_PASSIVE.search(" ".join(between)))


def _has_hedge(text: str, window: tuple[int, int]) -> bool:
    """Tell whether a hedge stands in or shortly before a window of the words of `text`; the month of May is none."""
    place = 0
    for match in _WORD.finditer(text):
        month = match.group() == "May" and match.start() > 0
        for word in words(match.group()):
            if word in _HEDGES and not month and window[0] - _BEFORE <= place <= window[1] + 1:
                return True
            place += 1
    return False


def _negations(text: str, window: tuple[int, int]) -> int:
    """Count the negations of `text` in or shortly before a window of its words."""
    place = count = 0
    for match in _WORD.finditer(text):
        for word in words(match.group()):
            negates = word in _NEGATIONS or bool(_CONTRACTED.search(match.group()))
            if negates and window[0] - _BEFORE <= place <= window[1] + 1:
                count += 1
            place += 1
    return count

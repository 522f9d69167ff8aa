"""Features that tell a supported claim from an unsupported one.

They compare the words of the claim with those of the sentences that may carry it, and with the
nearest of them in particular: what is missing, negations, antonyms and roles.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qa.answering.grounding.facts import contains_facts, numbers
from qa.lexicon import MONTHS, NEGATIONS, SCALES
from qa.text import STOP_WORDS, terms, words

FEATURES = (
    "coverage",  # share of the claim's content words that the sentences or headings hold
    "nearest",  # share that the nearest sentence holds
    "complete",  # whether none is missing
    "facts",  # whether the sentences and headings hold its numbers, dates and names
    "facts_nearest",  # the share above where the nearest sentence and the headings do, else 0
    # What a near copy can differ in counts the more, the nearer it is.
    "opposite",  # whether the claim has an antonym of a word of the nearest sentence
    "roles",  # whether two names have swapped sides
    "negation",  # whether exactly one of the two is negated
)
# A claim is a near copy of a sentence that holds this share of its words.
_COPY = 0.8

_NEGATIONS = NEGATIONS | frozenset(
    "hardly denied deny denies refused refuse refuses failed fail fails".split()
)
_HEDGES = frozenset(
    "may might could perhaps possibly probably maybe allegedly reportedly supposedly".split()
)
CONTRACTED = re.compile(r"n[’']t\b", re.IGNORECASE)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being|got)\s(?:\w+ly\s)?"
    r"(?:\w+ed|\w+en|\w+wn|\w+lt|made|held|led|sent|won|lost|hit|found|kept|paid|said|sold|told|"
    r"built|brought|caught|put|set|shot|struck)\s(?:[\w’'-]+\s){0,4}?by\s",
    re.IGNORECASE,
)
WORD = re.compile(r"\w+(?:[’'.,]\w+)*")
# A negation or hedge counts up to so many words before the first matched word.
SCOPE = 3

# Common ones only: no list is complete.
_ANTONYM_PAIRS = (
    "accept reject, accept refuse, after before, agree disagree, allow ban, allow forbid, allow "
    "prohibit, alive dead, all none, always never, appoint dismiss, appoint sack, approve reject, "
    "arrive leave, ascend descend, attack defend, begin end, began ended, best worst, better "
    "worse, big small, birth death, born died, build destroy, built destroyed, buy sell, bought "
    "sold, close open, common rare, confirm deny, create destroy, decrease increase, defeat "
    "victory, earliest latest, early late, earlier later, easier harder, easy difficult, east "
    "west, eastern western, enemy friend, enter leave, entered left, everyone nobody, expand "
    "shrink, export import, external internal, fail succeed, failure success, fall rise, fell "
    "rose, false true, fast slow, female male, few many, fewer more, first last, future past, "
    "gain lose, gained lost, gave took, good bad, grow shrink, grew shrank, guilty innocent, high "
    "low, higher lower, highest lowest, hire fire, hot cold, include exclude, inside outside, "
    "join leave, joined left, large small, larger smaller, largest smallest, biggest smallest, "
    "least most, legal illegal, less more, like dislike, long short, lower upper, lower raise, "
    "major minor, married divorced, maximum minimum, new old, majority minority, north south, "
    "northern southern, oldest youngest, older younger, oppose support, over under, above below, "
    "pass fail, peace war, poor rich, positive negative, possible impossible, able unable, "
    "private public, profit loss, promote demote, rural urban, safe dangerous, same different, "
    "start stop, start end, strong weak, lose win, lost won, loser winner, top bottom, front "
    "back, withdraw advance, with without"
)


def _antonyms() -> dict[str, set[str]]:
    """Return stem -> the stems of its antonyms."""
    found: dict[str, set[str]] = {}
    for pair in _ANTONYM_PAIRS.split(", "):
        for word, antonym in itertools.permutations(pair.split(" ")):
            for stem in terms(word):
                found.setdefault(stem, set()).update(terms(antonym))
    return found


_ANTONYMS = _antonyms()


@dataclass(frozen=True, slots=True)
class _ContentWord:
    """A content word: its stem, its index among all words, and whether it is capitalised."""

    stem: str
    index: int
    capitalised: bool


@dataclass(frozen=True, slots=True)
class _Match:
    """The same content word in claim and sentence: its index in each."""

    claim: int
    sentence: int
    capitalised: bool


def features(
    claim: str, sentences: Sequence[str], headings: Sequence[str] = ()
) -> tuple[float, ...]:
    """Return the values of `FEATURES`.

    Args:
        claim: the sentence that was written.
        sentences: those that may carry it, at least one.
        headings: what is above their texts: titles, outlets, dates.
    """
    wanted, held = set(terms(claim)), [set(terms(sentence)) for sentence in sentences]
    if not wanted:
        return (0.0,) * len(FEATURES)
    nearest = sentences[nearest_of(claim, sentences)]
    known = set().union(*held, *(terms(heading) for heading in headings))
    above = "\n".join(headings)
    close = len(wanted & set(terms(nearest))) / len(wanted)
    return (
        len(wanted & known) / len(wanted),
        close,
        float(wanted <= known),
        float(contains_facts("\n".join((above, *sentences)), claim)),
        close * contains_facts(f"{above}\n{nearest}", claim),
        *(close**2 * differs for differs in _differences(claim, nearest)),
    )


def nearest_of(claim: str, sentences: Sequence[str]) -> int:
    """Return the index of the first sentence that shares the most words with a claim."""
    wanted = set(terms(claim))
    return max(range(len(sentences)), key=lambda index: len(wanted & set(terms(sentences[index]))))


def _differences(claim: str, sentence: str) -> Iterator[float]:
    """Yield whether the two differ by an antonym, in roles, by a negation."""
    claimed, given = _content_words(claim), _content_words(sentence)
    yield float(_has_antonym(claimed, given))
    matches = _align(claimed, given)
    yield float(_roles_swapped(claim, sentence, matches))
    in_claim, in_sentence = _matched_ranges(matches)
    negations = _count_negations(claim, in_claim), _count_negations(sentence, in_sentence)
    yield float(negations[0] % 2 != negations[1] % 2)


def opposes(claim: str, sentence: str) -> bool:
    """Return whether a claim has an antonym of a word that only the sentence has."""
    return _has_antonym(_content_words(claim), _content_words(sentence))


def _has_antonym(claimed: Sequence[_ContentWord], given: Sequence[_ContentWord]) -> bool:
    given_stems, claimed_stems = {word.stem for word in given}, {word.stem for word in claimed}
    contrary = given_stems - claimed_stems
    return any(
        _ANTONYMS.get(word.stem, set()) & contrary
        for word in claimed
        if word.stem not in given_stems
    )


def is_copy(claim: str, sentence: str) -> bool:
    """Return whether a sentence holds nearly all words of a claim."""
    wanted = set(terms(claim))
    return len(wanted & set(terms(sentence))) >= _COPY * len(wanted)


def differ_in_hedging(claim: str, sentence: str) -> bool:
    """Return whether only one of the two states a mere possibility, or hearsay.

    Hedges count near the words that both share.
    """
    in_claim, in_sentence = _matched_ranges(_align(_content_words(claim), _content_words(sentence)))
    return _is_hedged(claim, in_claim) != _is_hedged(sentence, in_sentence)


def _indexed_words(text: str) -> Iterator[tuple[int, str, re.Match[str]]]:
    """Yield each word of `text` with its index and the match that it is part of."""
    found = ((word, match) for match in WORD.finditer(text) for word in words(match.group()))
    for index, (word, match) in enumerate(found):
        yield index, word, match


def _content_words(text: str) -> list[_ContentWord]:
    """Return the content words of `text`, except numbers and months, which are spelt variously."""
    found = []
    for index, word, match in _indexed_words(text):
        written = match.group()
        numeric = written.capitalize() in MONTHS or numbers(written) or written in SCALES
        if not (numeric or word in STOP_WORDS or _is_negation(word, match)):
            found.append(_ContentWord((terms(word) or [word])[0], index, written[0].isupper()))
    return found


def _is_negation(word: str, match: re.Match[str]) -> bool:
    return word in _NEGATIONS or bool(CONTRACTED.search(match.group()))


def _align(claimed: Sequence[_ContentWord], given: Sequence[_ContentWord]) -> list[_Match]:
    """Match each content word of the claim with one of the sentence.

    Of several occurrences the first one behind the previous match is taken, or else the last.
    """
    indices: dict[str, list[int]] = {}
    for word in given:
        indices.setdefault(word.stem, []).append(word.index)
    matches: list[_Match] = []
    last = -1
    for word in claimed:
        if word.stem in indices:
            behind = (index for index in indices[word.stem] if index > last)
            last = next(behind, indices[word.stem][-1])
            matches.append(_Match(word.index, last, word.capitalised))
    return matches


def _matched_ranges(matches: Sequence[_Match]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the first and last index of the matched words, in claim and sentence."""
    if not matches:
        return (0, -1), (0, -1)
    claim, sentence = [m.claim for m in matches], [m.sentence for m in matches]
    return (min(claim), max(claim)), (min(sentence), max(sentence))


def _roles_swapped(claim: str, sentence: str, matches: Sequence[_Match]) -> bool:
    """Return whether two names changed sides of a shared word, and no passive accounts for it."""
    names = [match for match in matches if match.capitalised]
    for first, second in itertools.pairwise(names):
        if any(first.claim < m.claim < second.claim and not m.capitalised for m in matches):
            left, right = sorted((first.sentence, second.sentence))
            voices_differ = _has_passive(claim, first.claim, second.claim) != _has_passive(
                sentence, left, right
            )
            if (first.sentence > second.sentence) != voices_differ:
                return True
    return False


def _has_passive(text: str, first: int, last: int) -> bool:
    """Return whether there is a passive with its agent between two words of `text`."""
    between = [match.group() for _, _, match in _indexed_words(text)][first : last + 1]
    return bool(_PASSIVE.search(" ".join(between)))


def _is_hedged(text: str, matched: tuple[int, int]) -> bool:
    """Return whether a hedge is in or shortly before a range of words; the month of May is none."""
    return any(
        word in _HEDGES and not (match.group() == "May" and match.start() > 0)
        for index, word, match in _indexed_words(text)
        if matched[0] - SCOPE <= index <= matched[1] + 1
    )


def _count_negations(text: str, matched: tuple[int, int]) -> int:
    """Count the negations in or shortly before a range of words."""
    return sum(
        _is_negation(word, match)
        for index, word, match in _indexed_words(text)
        if matched[0] - SCOPE <= index <= matched[1] + 1
    )

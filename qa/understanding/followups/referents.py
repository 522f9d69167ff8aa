"""Puts a person or a thing in the place of a question's pronoun."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.text import STOP_WORDS
from qa.understanding.followups.heard import Candidate
from qa.understanding.followups.mentions import names
from qa.understanding.followups.persons import HE, PRONOUNS, SHE

# Somebody else may be meant who is at least this likely, and this share as likely as the first.
_POSSIBLE, _NEARLY = 0.25, 0.4
# A name is a man's, a woman's or a ship's if the articles call it so at least this often.
_FITS, _OFTEN = 0.3, 0.6
# What the probability of a name is multiplied by where the articles do not tell.
_UNTOLD = 0.5
SOMEBODY = 0.15
"""The least probability of the likeliest thing where somebody must be meant."""
# A thing takes the place of a pronoun if it is this likely; else it is only added. A name that
# nothing tells to be a person's takes that of he or she if it is rather likely.
_CLEAR, _LIKELY = 0.65, 0.3
ANYBODY = PRONOUNS[HE] | PRONOUNS[SHE]
"""The pronouns of people."""
_OWN = re.compile(r"\s+own\b", re.IGNORECASE)
_NAMED_FIRST = re.compile(
    r"\W*(?:\w+ )?(?:the|this|that|these|those) [^,.?!]{2,40},", re.IGNORECASE
)
_POSSESSIVE = frozenset("his its their hers theirs".split())


@dataclass(frozen=True, slots=True)
class Scored:
    """Something that was mentioned, and how likely a question is about it.

    Attributes:
        candidate: what was mentioned.
        probability: that it is meant.
        pronouns: how often he, she, it and they take it up in the articles, as shares.
        person: whether the articles call somebody so.
        common: whether its last word is a common noun in the articles, or it is a place in them.
    """

    candidate: Candidate
    probability: float
    pronouns: Sequence[float]
    person: bool = False
    common: bool = False

    @property
    def is_somebody(self) -> bool:
        """Whether the articles take it up by he or she more often than by it and they."""
        return self.candidate.kind == "name" and sum(self.pronouns[:2]) > sum(self.pronouns[2:])


def with_referent(
    question: str, meant: Sequence[Scored], scored: Sequence[Scored]
) -> tuple[str, str, tuple[str, ...]]:
    """Return a question with its pronoun replaced, by what, and the other ways to read it.

    Args:
        question: as it was asked.
        meant: what is likely enough to be added to it.
        scored: everything that was mentioned.
    """
    for match in re.finditer(r"[\w’']+", question):
        word = match.group().casefold()
        group = next((at for at, words in enumerate(PRONOUNS) if word in words), None)
        if group is None or match.group().isupper():
            continue
        # A name before it in the question is whom it refers to; so is the subject of `his own`, and
        # whoever is named first: `the cook, is he well?`.
        before = question[: match.start()]
        if word in ANYBODY and (
            names(before) or _NAMED_FIRST.match(before) or _OWN.match(question, match.end())
        ):
            continue
        # What it and they are stands there if something like an article stood before it, and it is
        # beyond doubt; else what is meant is added instead.
        things = [e for e in meant if e.candidate.definite and e.probability >= _CLEAR]
        fitting = _somebody(scored, group) if word in ANYBODY else things
        if not fitting:
            continue
        first = fitting[0]
        least = max(_POSSIBLE, _NEARLY * first.probability)
        rivals = [
            substitute(question, match, each.candidate.shown)
            for each in fitting[1:]
            if word in ANYBODY and each.probability >= least
        ]
        shown = first.candidate.shown
        return substitute(question, match, shown), shown, tuple(rivals[:2])
    return question, "", ()


def _somebody(scored: Sequence[Scored], group: int) -> list[Scored]:
    """Return whom he or she may be, the likeliest first.

    That is a name that is beyond doubt, also a ship's; then people, or else what is called so.
    """
    people = [each for each in scored if each.person and each.probability >= SOMEBODY]
    known = any(_share(each, group) > 0 for each in people)
    clear = [e for e in scored if _is_clear(e, group) and (_share(e, group) > 0 or not known)]
    if clear:
        return [*clear, *(each for each in people if each not in clear)]
    fitting = [each for each in scored if each.person and _is_called(each, group)]
    fitting = fitting or [each for each in scored if _fits(each, group)]
    # Whom the articles call so most often is only the one that they tell most of.
    told = {True: 1.0, False: _UNTOLD}
    return sorted(fitting, key=lambda e: -e.probability * told[e.pronouns[group] > _FITS])


def _is_clear(each: Scored, group: int) -> bool:
    """Return whether a name is beyond doubt: likely, and not called by the other of he and she.

    One behind an article is a ship's, which is she; one of a single word may be a place's.
    """
    name = each.candidate
    named = name.kind == "name" and " " in name.text and not name.text[:1].islower()
    if not named or each.common or (name.definite and group == HE):
        return False
    return each.probability >= _CLEAR and _share(each, group) >= 0


def _share(each: Scored, group: int) -> float:
    """Return how much more often he, or she, takes up a name than the other does."""
    return each.pronouns[group] - each.pronouns[SHE if group == HE else HE]


def _is_called(each: Scored, group: int) -> bool:
    """Return whether he, or she, may be a person: rather than the other, or where nothing tells."""
    share = _share(each, group)
    return share > 0 or (share == 0 and each.probability >= SOMEBODY)


def _fits(each: Scored, group: int) -> bool:
    """Return whether he or she may be a name of which nothing tells that it is a person's.

    The articles call it so; of a ship they have to do it often. Or else nobody is likelier. What is
    called by one word, or by a common noun, is a place or a body.
    """
    share, candidate = each.pronouns[group], each.candidate
    named = candidate.kind == "name" and not candidate.text[:1].islower()
    # What is taken up by he as often as by she stands near people, and is none of them.
    nothing_tells = len(set(each.pronouns)) == 1
    if not named or (_share(each, group) <= 0 and not nothing_tells):
        return False
    if candidate.definite:
        return share >= _OFTEN and each.probability >= SOMEBODY
    if each.common or " " not in candidate.text:
        return False
    return each.probability >= (SOMEBODY if share >= _FITS else _LIKELY)


def substitute(question: str, pronoun: re.Match[str], name: str) -> str:
    """Replace a pronoun by a name, in the possessive if the pronoun is possessive."""
    word, rest = pronoun.group().casefold(), question[pronoun.end() :]
    follows = re.match(r"\s+([a-z]+)", rest)
    possessive = word in _POSSESSIVE or (
        word == "her" and follows is not None and follows.group(1) not in STOP_WORDS
    )
    put = f"{question[: pronoun.start()]}{name}{'’s' if possessive else ''}{rest}"
    return put[:1].upper() + put[1:]

"""Judges an answer by the facts that it tells, by what it must not say, and by what it cites.

An answer in whole sentences can be right in many wordings, so nothing is compared but the facts:
each is a list of alternatives, any of which must occur in the answer's text. Case, white space,
curly quotes and commas within numbers make no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

Alternatives = tuple[str, ...]

CATALOGUE, TALK = "catalogue", "smalltalk"
"""Kinds that no article answers: nothing has to be cited, and the reply must be no abstention."""

VERDICTS = ("yes", "no")

# What an abstention says, also where it is not marked as one.
_SILENT = "do not contain an answer"
_VERDICT = re.compile(r"\W*(yes|no)\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d)")


@dataclass(frozen=True, slots=True)
class Rubric:
    """What a good answer to a question says.

    Attributes:
        kind: of the question.
        must: facts that it has to contain.
        must_not: what only a wrong answer contains.
        cite: groups of articles; one of each has to be cited.
        verdict: "yes" or "no" if it has to begin so; else empty.
        corrects_must: facts that tell why an unanswerable question asks for what is not so; an
            answer that has them all is right, too.
    """

    kind: str = ""
    must: tuple[Alternatives, ...] = ()
    must_not: Alternatives = ()
    cite: tuple[Alternatives, ...] = ()
    verdict: str = ""
    corrects_must: tuple[Alternatives, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """How an answer was judged.

    Attributes:
        passed: it says and cites all that it must, and nothing that it must not.
        wrong: it says something else instead; an abstention from a question with an answer has
            neither passed nor is it wrong.
        facts: share of `must` that it says; None where there is none.
        verdict: whether it begins with the right verdict; None where none is wanted.
        missing: the facts that it does not say.
        unwanted: what it says of `must_not`.
        uncited: the groups of `cite` of which it cites none.
    """

    passed: bool
    wrong: bool
    facts: float | None
    verdict: bool | None
    missing: tuple[Alternatives, ...]
    unwanted: Alternatives
    uncited: tuple[Alternatives, ...]


def judge(
    rubric: Rubric, text: str, cited: Iterable[str], *, answerable: bool | None, abstained: bool
) -> Judgement:
    """Judge an answer.

    Args:
        rubric: of the question.
        text: of the answer.
        cited: ids of the articles that it cites.
        answerable: whether the articles answer the question.
        abstained: whether the answer is an abstention.
    """
    said, sources = folded(text), {stem(article_id) for article_id in cited}
    missing = tuple(fact for fact in rubric.must if not _says(said, fact))
    unwanted = tuple(phrase for phrase in rubric.must_not if folded(phrase) in said)
    uncited = tuple(group for group in rubric.cite if sources.isdisjoint(map(stem, group)))
    told = len(rubric.must) - len(missing)
    if answerable is False:
        told_why = bool(rubric.corrects_must) and all(_says(said, f) for f in rubric.corrects_must)
        passed = abstained or told_why
        wrong = not passed
    elif rubric.kind in {CATALOGUE, TALK}:
        silent = _SILENT in said
        passed = not (missing or unwanted or silent)
        wrong = not passed and not silent
    else:
        passed = bool(rubric.must) and not (missing or unwanted or uncited or abstained)
        wrong = not abstained and bool(unwanted or (rubric.must and not told))
    begins = _VERDICT.match(said)
    return Judgement(
        passed=passed,
        wrong=wrong,
        facts=told / len(rubric.must) if rubric.must else None,
        verdict=(begins is not None and begins[1] == rubric.verdict) if rubric.verdict else None,
        missing=missing,
        unwanted=unwanted,
        uncited=uncited,
    )


def folded(text: str) -> str:
    """Return a text as it is compared: in lower case, white space, quotes and numbers alike."""
    text = " ".join(text.lower().replace("’", "'").replace("‘", "'").split())
    return _THOUSANDS.sub("", text)


def stem(article_id: str) -> str:
    """Return an article's id without folders and ending: a set may name its articles either way."""
    return PurePath(article_id).stem


def _says(said: str, alternatives: Sequence[str]) -> bool:
    return any(folded(one) in said for one in alternatives)

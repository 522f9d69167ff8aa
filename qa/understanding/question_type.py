"""Classifies questions by what they ask for: a fact, a list, an explanation, yes or no.

English does not mark these, so the start of the question decides, then the number of the noun that
is asked for: `which countries are` asks for several, `which team wins` for one. In doubt the type
is "fact", which suits every question.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from qa.lexicon import (
    FINITE_AUXILIARIES,
    IRREGULAR_VERBS,
    NUMBER_WORDS,
    POSSESSIVES,
    QUESTION_WORDS,
)
from qa.text import sentence_spans
from qa.types import QuestionType

# Characters that are read of a question: what is pasted behind them does not count.
_MAX_CHARS = 2_000
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")

_PLURAL_VERBS = frozenset("are were have do aren't weren't haven't don't".split())
_SINGULAR_VERBS = frozenset("is was has does isn't wasn't hasn't doesn't".split())
# Present tense, plural, of verbs that are rarely nouns: `which countries border France`.
_PRESENT = frozenset(
    "appear belong border come contain cover eat exist form give go grow have hold include "
    "join keep lead lie live make need own produce remain run sell serve speak sit stand "
    "support surround take use want win".split()
)
# Third person singular, not to be taken for plural nouns: `what causes hail`.
_VERBS_IN_S = frozenset(
    "becomes begins belongs brings causes comes does eats explains gets gives goes happens "
    "has helps includes is keeps leads lies lives makes means needs occurs owns plays "
    "prevents runs says sits stands takes tells wins works writes".split()
)
_SINGULAR_IN_S = frozenset(
    "always athletics canvas christmas economics ethics gas gymnastics headquarters its lens "
    "mathematics news physics perhaps politics series species texas this us wales yes".split()
)
_PLURALS = frozenset("children feet men mice people phenomena criteria teeth women".split())
_DETERMINERS = POSSESSIVES | frozenset("the a an some all every each these those".split())
_PREPOSITIONS = frozenset(
    "about after against among around as at before behind between by during for from in into "
    "near of off on outside over than that through to under up who with within without".split()
)
# `how` and one of these asks for a measure, not for a manner.
_MEASURES = frozenset(
    "accurate bad badly big bright broad close cold common cool deep dense difficult early "
    "expensive far fast few hard heavy high hot important large late likely little long loud "
    "low many much near narrow often old popular quick rare rich safe severe short slow small "
    "soon steep strong successful tall thick thin warm well wealthy wide widespread young".split()
)
_MEASURE_ENDINGS = ("ly", "ous", "ful", "ive", "able", "ible")

_QUESTION_WORD = "|".join(QUESTION_WORDS)
# What precedes the question itself: `tell me`, `could you please`, the preposition in `in which`.
_LEAD = re.compile(
    r"(?:(?:and|but|so|or|also|then|well|ok|okay|please|hi|hello|hey)\b[\s,]*)+|"
    r"(?:(?:can|could|will|would) you (?:please )?(?:tell|show|give) me|(?:please )?tell me|"
    r"do you know|i (?:want|would like|need|wonder)(?: to know)?|i[’']d like to know)\s+"
    rf"(?=(?:{_QUESTION_WORD}|if|whether)\b)|"
    r"(?:can|could|will|would) you (?:please )?"
    r"(?=(?:name|list|describe|explain|summari[sz]e|give|tell)\b)|"
    r"(?:about|after|among|at|by|for|from|in|into|of|on|since|through|to|under|until|with)\s+"
    r"(?=(?:what|which|whom|whose|how)\b)",
    re.IGNORECASE,
)
# A clause before the question: `when it rains, what happens`.
_OPENING = re.compile(
    rf",\s+(?=(?:{_QUESTION_WORD})\b|"
    r"(?:is|are|was|were|did|does|do|has|have|had|can|could|will|would|should)\s+(?!not\b)\w)",
    re.IGNORECASE,
)
_EXPLANATION = re.compile(
    r"(?:why|describe|explain|summari[sz]e|outline|"
    r"tell (?:me|us) [\w ]{0,20}?about|tell (?:me|us) more|what about|how come|"
    r"(?:give|write) (?:(?:me|us) )?(?:an?|the) (?:\w+ )?"
    r"(?:account|description|explanation|overview|summary)|"
    r"what(?: \w+)? (?:happens|happened|happening)|what(?:[’']s| (?:is|was)) going on|"
    r"what (?:do|does|did|is|are|was|were) (?:you|we|it|known)\b.{0,40} (?:about|mean)|"
    r"what .{1,80} mean\W*$|"
    r"what(?:[’']s| is| was| are| were) the (?:\w+ )?(?:difference|reason|background|story)s?\b|"
    r"(?:what|which) (?:reason|ground|way|manner)s?)(?!\w)",
    re.IGNORECASE,
)
_HOW_FACT = re.compile(
    r"\b(?:called|feel|felt|pronounced|spelled|spelt|abbreviated)\W*$", re.IGNORECASE
)
# `was it Baku or Yerevan`, but not `is it closed or not` or `are there any rules or laws`.
_ALTERNATIVES = re.compile(
    r"^(?:(?!\bany\b).)*?\bor\b(?!\s+(?:not|no|so|any\w*|more|less)\b)", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(
    r",\s*(?:right|correct|true|"
    r"(?:is|are|was|were|do|does|did|has|have|can|will)(?:n[’']t)? \w+)\s*\?"
)
_LIST_OPENING = re.compile(
    r"(?:(?:what|who) (?:are|were) (?:all|both) |who all |what all |(?:what|which|who) else |"
    r"list (?:all|the|of|every|each|some|both) |"
    r"(?:name|give|identify|enumerate) (?:me )?(?:all|both|every) |"
    r"(?:give (?:me )?|what is |what[’']s )?(?:a|the) (?:full |complete )?list of |names of |"
    r"(?:what|which) (?:are|were) the names )",
    re.IGNORECASE,
)
_IMPERATIVE = frozenset("name list give identify enumerate".split())
# `what are the crystals called` asks for one name, `who are they like` for one person.
_ASKS_FOR_ONE = re.compile(
    r"\b(?:about|called|doing|for|from|known as|like|named|of|to|with)\W*$", re.IGNORECASE
)


def question_type(question: str) -> QuestionType:
    """Return what a question asks for: "fact", "list", "explanation" or "yes_no".

    Of several sentences the first that ends in a question mark counts, or else the first. Keywords
    alone (`capital of france`) ask for a fact, and so do alternatives (`was it Baku or Yerevan`).
    """
    asked = _main_question(question.strip()[:_MAX_CHARS])
    tokens = [match.group().casefold().replace("’", "'") for match in _WORD.finditer(asked)]
    if not tokens:
        return "fact"
    first, second = tokens[0], tokens[1] if len(tokens) > 1 else ""
    # `May 2021` and `IS attacks` start with no auxiliary.
    date = first == "may" and second[:1].isdigit()
    name = asked[: len(first)].isupper() and not asked.isupper()
    if (first in FINITE_AUXILIARIES and not date and not name) or _TAG.search(asked):
        return "fact" if _ALTERNATIVES.search(asked) else "yes_no"
    if first == "how":
        measured = second in _MEASURES or second.endswith(_MEASURE_ENDINGS)
        return "fact" if measured or not second or _HOW_FACT.search(asked) else "explanation"
    if _EXPLANATION.match(asked):
        return "explanation"
    return "list" if _LIST_OPENING.match(asked) or _asks_for_several(asked, tokens) else "fact"


def _main_question(question: str) -> str:
    """Return the sentence that asks, without what precedes the question itself."""
    sentences = [question[start:end] for start, end in sentence_spans(question)]
    asked = next((s for s in sentences if s.endswith("?")), sentences[0] if sentences else "")
    opening = _OPENING.search(asked)
    starts = _WORD.match(asked)
    if opening and not (
        starts
        and starts.group().casefold()
        in {"who", "what", "which", "when", "why", *FINITE_AUXILIARIES}
    ):
        asked = asked[opening.end() :]
    while lead := _LEAD.match(asked):
        asked = asked[lead.end() :]
    return asked.lstrip(" \t\n\"'“‘¿-*•#")


def _asks_for_several(asked: str, tokens: Sequence[str]) -> bool:
    first, *rest = tokens
    are = rest[:1] in (["are"], ["were"])
    # `what are the men building`
    progressive = any(_is_plural(a) and b.endswith("ing") for a, b in itertools.pairwise(rest))
    if not rest or (are and (progressive or _ASKS_FOR_ONE.search(asked))):
        return False
    if first in _IMPERATIVE:
        named = rest[1:] if rest[0] in {"the", "me"} else rest
        return _is_counted_plural(named) or (first in {"name", "list"} and _has_plural(named[:3]))
    if first == "who":
        return are
    return first in {"what", "which"} and _asks_for_plural(rest, are=are, which=first == "which")


def _asks_for_plural(rest: Sequence[str], *, are: bool, which: bool) -> bool:
    """Return whether `what` or `which` asks for several things."""
    if are:
        return _is_counted_plural(rest[1:]) or (
            rest[1:2] != [] and rest[1] in _DETERMINERS and _has_plural(rest[2:6])
        )
    if rest[0] == "of":
        return any(
            _is_plural(noun) and verb in _PLURAL_VERBS - {"do"}
            for noun, verb in itertools.pairwise(rest)
        )
    return _is_counted_plural(rest) or _is_plural_head(rest, which=which)


def _is_counted_plural(tokens: Sequence[str]) -> bool:
    """Return whether a number above one and a plural start a phrase: `two other countries`."""
    number = bool(tokens) and (
        tokens[0] in {"several", "other"}
        or NUMBER_WORDS.get(tokens[0], 0) > 1
        or (tokens[0].isdecimal() and 1 < int(tokens[0]) < 100)
    )
    return number and _has_plural(tokens[1:4])


def _has_plural(tokens: Sequence[str]) -> bool:
    for token in tokens:
        if token in _PREPOSITIONS:
            return False
        if _is_plural(token):
            return True
    return False


def _is_plural(word: str) -> bool:
    if word in _PLURALS:
        return True
    in_s = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))
    return in_s and word not in _SINGULAR_IN_S


def _is_plural_head(tokens: Sequence[str], *, which: bool) -> bool:
    """Return whether the noun after `which` or `what` is a plural, given the verb after it."""
    for i, token in enumerate(tokens[:5]):
        if token in FINITE_AUXILIARIES | _PREPOSITIONS | _DETERMINERS or token.endswith("'s"):
            return False
        if _is_plural(token):
            follows = tokens[i + 1] if i + 1 < len(tokens) else ""
            if i == 0 and token in _VERBS_IN_S and follows not in FINITE_AUXILIARIES:
                return False
            if _agrees(follows, tokens[i + 2 :]):
                return True
            if i == 0 and (not follows or follows in _PREPOSITIONS - {"that"}):
                verb = next((t for t in tokens[i + 1 :] if t in FINITE_AUXILIARIES), "")
                return verb not in {"is", "was"} if verb else which
    return False


def _agrees(follows: str, rest: Sequence[str]) -> bool:
    """Return whether a plural noun may be the subject or object of the words after it."""
    if follows in (FINITE_AUXILIARIES | IRREGULAR_VERBS.keys() | _PRESENT) - {"is", "was"}:
        return True
    return (
        follows.endswith("ed") and "-" not in follows and not (rest and rest[0] in _SINGULAR_VERBS)
    )

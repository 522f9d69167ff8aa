"""Tells what kind of answer a question wants, from its wording: a few words, a list, an explanation, yes or no.

English has no mark of its own for these, so the opening of the question decides, then the number of the noun that is
asked for: `which countries are` wants several, `which team wins` one. Where the signs are weak the answer is "span",
which suits every question.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import Literal

from qa.text import sentence_spans

Kind = Literal["span", "list", "explanation", "yes_no"]

# A question is told from its beginning; what is pasted behind it is not read.
_LONGEST = 2_000
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")

_PLURAL_VERBS = frozenset("are were have do aren't weren't haven't don't".split())
_SINGULAR_VERBS = frozenset("is was has does isn't wasn't hasn't doesn't".split())
_OTHER_VERBS = frozenset(
    "did had can could will would shall should may might must didn't hadn't can't couldn't won't wouldn't "
    "shouldn't mustn't".split()
)
_AUXILIARIES = _PLURAL_VERBS | _SINGULAR_VERBS | _OTHER_VERBS | {"am"}
_PAST = frozenset(
    "became began bought broke brought built came caught chose fell felt fought found gave got grew held kept knew "
    "led left lost made met paid ran said sang sank saw sent sold stood took told went won wrote".split()
)
# Verbs that rarely are nouns, in the plural of the present: `which countries border France`.
_PRESENT = frozenset(
    "appear belong border come contain cover eat exist form give go grow have hold include join keep lead lie live "
    "make need own produce remain run sell serve speak sit stand support surround take use want win".split()
)
# Third person singular, for which the plural of a noun might be taken: `what causes hail`.
_VERBS_IN_S = frozenset(
    "becomes begins belongs brings causes comes does eats explains gets gives goes happens has helps includes is keeps "
    "leads lies lives makes means needs occurs owns plays prevents runs says sits stands takes tells wins works "
    "writes".split()
)
_SINGULAR_IN_S = frozenset(
    "always athletics canvas christmas economics ethics gas gymnastics headquarters its lens mathematics news physics "
    "perhaps politics series species texas this us wales yes".split()
)
_PLURALS = frozenset("children feet men mice people phenomena criteria teeth women".split())
_NUMBERS = frozenset("two three four five six seven eight nine ten eleven twelve several other".split())
_DETERMINERS = frozenset("the a an his her its their our your my some all every each these those".split())
_PREPOSITIONS = frozenset(
    "about after against among around as at before behind between by during for from in into near of off on outside "
    "over than that through to under up who with within without".split()
)
# How + one of these asks for a measure, not for a manner.
_MEASURES = frozenset(
    "accurate bad badly big bright broad close cold common cool deep dense difficult early expensive far fast few hard "
    "heavy high hot important large late likely little long loud low many much near narrow often old popular quick "
    "rare rich safe severe short slow small soon steep strong successful tall thick thin warm well wealthy wide "
    "widespread young".split()
)
_MEASURE_ENDINGS = ("ly", "ous", "ful", "ive", "able", "ible")

_LEAD = re.compile(
    r"(?:(?:and|but|so|or|also|then|well|ok|okay|please|hi|hello|hey)\b[\s,]*)+|"
    r"(?:(?:can|could|will|would) you (?:please )?(?:tell|show|give) me|(?:please )?tell me|do you know|"
    r"i (?:want|would like|need|wonder)(?: to know)?|i[’']d like to know)\s+(?=(?:who|whom|whose|what|which|when|where|"
    r"why|how|if|whether)\b)|"
    r"(?:can|could|will|would) you (?:please )?(?=(?:name|list|describe|explain|summari[sz]e|give|tell)\b)|"
    r"(?:about|after|among|at|by|for|from|in|into|of|on|since|through|to|under|until|with)\s+"
    r"(?=(?:what|which|whom|whose|how)\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r",\s+(?=(?:who|whom|whose|what|which|when|where|why|how)\b|(?:is|are|was|were|did|does|do|has|have|had|can|could|"
    r"will|would|should)\s+(?!not\b)\w)",
    re.IGNORECASE,
)
_EXPLANATION = re.compile(
    r"(?:why|describe|explain|summari[sz]e|outline|tell (?:me|us) [\w ]{0,20}?about|tell (?:me|us) more|what about|"
    r"how come|(?:give|write) (?:(?:me|us) )?(?:an?|the) (?:\w+ )?(?:account|description|explanation|overview|summary)|"
    r"what(?: \w+)? (?:happens|happened|happening)|what(?:[’']s| (?:is|was)) going on|"
    r"what (?:do|does|did|is|are|was|were) (?:you|we|it|known)\b.{0,40} (?:about|mean)|what .{1,80} mean\W*$|"
    r"what(?:[’']s| is| was| are| were) the (?:\w+ )?(?:difference|reason|background|story)s?\b|"
    r"(?:what|which) (?:reason|ground|way|manner)s?)(?!\w)",
    re.IGNORECASE,
)
_HOW_SPAN = re.compile(r"\b(?:called|feel|felt|pronounced|spelled|spelt|abbreviated)\W*$", re.IGNORECASE)
# `was it Baku or Yerevan`, but not `is it closed or not` or `are there any rules or laws`.
_ALTERNATIVES = re.compile(
    r"^(?:(?!\bany\b).)*?\bor\b(?!\s+(?:not|no|so|any\w*|more|less)\b)", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r",\s*(?:right|correct|true|(?:is|are|was|were|do|does|did|has|have|can|will)(?:n[’']t)? \w+)\s*\?")
_LIST_OPENING = re.compile(
    r"(?:(?:what|who) (?:are|were) (?:all|both) |who all |what all |(?:what|which|who) else |"
    r"list (?:all|the|of|every|each|some|both) |(?:name|give|identify|enumerate) (?:me )?(?:all|both|every) |"
    r"(?:give (?:me )?|what is |what[’']s )?(?:a|the) (?:full |complete )?list of |names of |"
    r"(?:what|which) (?:are|were) the names )",
    re.IGNORECASE,
)
_IMPERATIVE = frozenset("name list give identify enumerate".split())
# `what are the crystals called` asks for one name, `who are they like` for one person.
_ASKS_FOR_ONE = re.compile(r"\b(?:about|called|doing|for|from|known as|like|named|of|to|with)\W*$", re.IGNORECASE)


def kind(question: str) -> Kind:
    """Return what kind of answer a question wants: "span", "list", "explanation" or "yes_no".

    Of several sentences the first that ends in a question mark counts, or else the first. Keywords without a
    question (`capital of france`) want a span, and so do alternatives (`was it Baku or Yerevan`).
    """
    asked = _asked(question.strip()[:_LONGEST])
    tokens = [match.group().casefold().replace("’", "'") for match in _WORD.finditer(asked)]
    if not tokens:
        return "span"
    if _opens_with_verb(asked, tokens) or _TAG.search(asked):
        return "span" if _ALTERNATIVES.search(asked) else "yes_no"
    if tokens[0] == "how":
        return _kind_of_how(asked, tokens)
    if _EXPLANATION.match(asked):
        return "explanation"
    return "list" if _LIST_OPENING.match(asked) or _wants_several(asked, tokens) else "span"


def _asked(question: str) -> str:
    """Return the sentence that asks, from its question word on."""
    sentences = [question[start:end] for start, end in sentence_spans(question)]
    asked = next((s for s in sentences if s.endswith("?")), sentences[0] if sentences else "")
    opening = _OPENING.search(asked)
    starts = _WORD.match(asked)
    if opening and not (starts and starts.group().casefold() in {"who", "what", "which", "when", "why", *_AUXILIARIES}):
        asked = asked[opening.end() :]
    while lead := _LEAD.match(asked):
        asked = asked[lead.end() :]
    return asked.lstrip(" \t\n\"'“‘¿-*•#")


def _opens_with_verb(asked: str, tokens: Sequence[str]) -> bool:
    """Tell whether a question begins with an auxiliary, which neither `May 2021` nor `IS attacks` does."""
    name = asked[: len(tokens[0])].isupper() and not asked.isupper()
    dated = tokens[0] == "may" and len(tokens) > 1 and tokens[1][0].isdigit()
    return tokens[0] in _AUXILIARIES and not name and not dated


def _kind_of_how(asked: str, tokens: Sequence[str]) -> Kind:
    measured = len(tokens) > 1 and (tokens[1] in _MEASURES or tokens[1].endswith(_MEASURE_ENDINGS))
    return "span" if measured or len(tokens) == 1 or _HOW_SPAN.search(asked) else "explanation"


def _wants_several(asked: str, tokens: Sequence[str]) -> bool:
    first, *rest = tokens
    are = rest[:1] in (["are"], ["were"])
    if not rest or (are and (_ASKS_FOR_ONE.search(asked) or _busy(rest))):
        return False
    if first in _IMPERATIVE:
        named = rest[1:] if rest[0] in {"the", "me"} else rest
        return _counted(named) or (first in {"name", "list"} and _plural_within(named[:3]))
    if first == "who":
        return are
    return first in {"what", "which"} and _of_a_plural(rest, are=are, which=first == "which")


def _of_a_plural(rest: Sequence[str], *, are: bool, which: bool) -> bool:
    """Tell whether `what` or `which` asks for several things."""
    if are:
        return _counted(rest[1:]) or (rest[1:2] != [] and rest[1] in _DETERMINERS and _plural_within(rest[2:6]))
    if rest[0] == "of":
        return any(_plural(noun) and verb in _PLURAL_VERBS - {"do"} for noun, verb in itertools.pairwise(rest))
    return _counted(rest) or _plural_head(rest, which=which)


def _counted(tokens: Sequence[str]) -> bool:
    """Tell whether a noun phrase begins with a number above one and holds a plural: `two other countries`."""
    number = bool(tokens) and (tokens[0] in _NUMBERS or (tokens[0].isdecimal() and 1 < int(tokens[0]) < 100))
    return number and _plural_within(tokens[1:4])


def _plural_within(tokens: Sequence[str]) -> bool:
    for token in tokens:
        if token in _PREPOSITIONS:
            return False
        if _plural(token):
            return True
    return False


def _busy(tokens: Sequence[str]) -> bool:
    """Tell whether a plural is said to be doing something: `what are the men building`."""
    return any(_plural(noun) and verb.endswith("ing") for noun, verb in itertools.pairwise(tokens))


def _plural(word: str) -> bool:
    if word in _PLURALS:
        return True
    in_s = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "'s"))
    return in_s and word not in _SINGULAR_IN_S


def _plural_head(tokens: Sequence[str], *, which: bool) -> bool:
    """Tell whether the noun behind `which` or `what` is a plural, by the verb that follows it."""
    for i, token in enumerate(tokens[:5]):
        if token in _AUXILIARIES | _PREPOSITIONS | _DETERMINERS or token.endswith("'s"):
            return False
        if _plural(token):
            follows = tokens[i + 1] if i + 1 < len(tokens) else ""
            if i == 0 and token in _VERBS_IN_S and follows not in _AUXILIARIES:
                return False
            if _agrees(follows, tokens[i + 2 :]):
                return True
            if i == 0 and (not follows or follows in _PREPOSITIONS - {"that"}):
                verb = next((t for t in tokens[i + 1 :] if t in _AUXILIARIES), "")
                return verb not in {"is", "was"} if verb else which
    return False


def _agrees(follows: str, rest: Sequence[str]) -> bool:
    """Tell whether a plural noun may be the subject or object of what follows it."""
    if follows in (_AUXILIARIES | _PAST | _PRESENT) - {"is", "was"}:
        return True
    return follows.endswith("ed") and "-" not in follows and not (rest and rest[0] in _SINGULAR_VERBS)

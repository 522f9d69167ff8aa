"""Splits sentences into clauses and inverts subject and verb, for questions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from qa.answering.reported_speech.clauses import clause_end
from qa.answering.reported_speech.lexicon import (
    CLAIM,
    DETERMINERS,
    FINITE,
    GROUPS,
    PAST,
    SAY,
    SUBORDINATORS,
)
from qa.answering.reported_speech.phrases import is_adverb, name_before, noun_phrase
from qa.answering.reported_speech.tokens import Token, is_mark, lows, tokenize
from qa.lexicon import IRREGULAR_VERBS, MONTHS, NUMBER_WORDS
from qa.text import Span

_MONTH = f"(?:{'|'.join(MONTHS)})"
_YEAR = r"(?:1\d|20)\d\d"
_DAY = (
    rf"\d{{1,2}} {_MONTH}(?: {_YEAR})?|{_MONTH} \d{{1,2}}(?:, {_YEAR})?|"
    rf"{_MONTH}(?: {_YEAR})?|{_YEAR}"
)
DATE = re.compile(rf"\b(?:on|in) (?P<date>{_DAY})(?![\w-])", re.IGNORECASE)
"""A date with a month or a year, which does not depend on when the article was written."""

NUMBER = re.compile(
    r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|"
    rf"{'|'.join(word for word, value in NUMBER_WORDS.items() if 2 <= value < 20)}|"
    rf"(?:{'|'.join(word for word, value in NUMBER_WORDS.items() if value >= 20)})(?:-\w+)?",
    re.IGNORECASE,
)
# Before one of these, a number does not count things.
NO_COUNT = frozenset(
    "and billion cent crowns dollars euros hundred million o'clock or per percent pounds thousand "
    "to".split()
)
# Words that refer to something outside the sentence: a question with one is not understandable on
# its own.
VAGUE = frozenset(
    "ago another both each earlier either former he her here hers herself him himself his i it "
    "its itself last later latter me mine my neither next none now one ones other others our ours "
    "recently same she so some such that their theirs them themselves then there these they this "
    "those today tomorrow tonight us we yesterday you your".split()
)
AUXILIARIES = frozenset(verb for verb in FINITE if "n't" not in verb) - {"am", "do", "does", "did"}
BE = frozenset("is are was were".split())
HAVE = {"has": "does", "have": "do", "had": "did"}
SPEECH = SAY | CLAIM
# Irregular verbs, and regular ones whose spelling leaves two base forms.
_BASES = IRREGULAR_VERBS | dict(
    pair.split("/")
    for pair in (
        "agreed/agree changed/change created/create decided/decide elected/elect injured/injure "
        "opened/open ordered/order required/require visited/visit voted/vote"
    ).split()
)
# Spellings with only one possible base form: `announced`, `moved`; not `filed`, which could be
# from `fil`.
_ADDS_D = re.compile(r"(?:[aeiou]c|nc|rc|ag|rg|dg|v|[^q]u|iz|[^aeo]at|is|au?s|eas|bl|tl|pl|gl)ed$")
_ADDS_ED = re.compile(
    r"(?:[aiu]ll|ss|zz|[^aeiou]t|ck|sk|rk|lk|sh|ch|llow|how|x|[aeo]y|nd|rd|ld|rn|wn|ain|oin|eal|rm|lm)ed$"
)
_DOUBLED = re.compile(r"[aeiou]([bdgmnprt])\1ed$")


def base(past: str) -> str | None:
    """Return the base form of a past tense, or None if it is ambiguous: `filed`, `refined`."""
    if past in _BASES:
        return _BASES[past]
    if past.endswith("ied") and len(past) > 4:
        return f"{past[:-3]}y"
    if _DOUBLED.search(past):
        return past[:-3]
    if _ADDS_ED.search(past):
        return past[:-2]
    return past[:-1] if _ADDS_D.search(past) else None


# A subject with one of these is more than one phrase.
NO_SUBJECT = SUBORDINATORS | {"and", "or"}


def sentence_tokens(text: str, sentence: Span) -> list[Token]:
    """Return the tokens of a sentence of `text`, a number such as `18,291` being one token."""
    whole: list[Token] = []
    for token in tokenize(text, sentence):
        first = whole[-2] if len(whole) > 1 and whole[-1].text == "," else None
        if (
            first
            and first.text[-1].isdigit()
            and token.text[0].isdigit()
            and token.start == first.end + 1
        ):
            number = text[first.start : token.end]
            whole[-2:] = [Token(number, number, first.start, token.end)]
        else:
            whole.append(token)
    return whole


def clauses(found: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the main clause and the clauses after `said that`, each up to its first punctuation."""
    claims = (
        i + 1
        for i in range(1, len(found) - 1)
        if found[i].low == "that" and found[i - 1].low in SPEECH
    )
    for start in (0, *claims):
        end = clause_end(found, start)
        yield found[start : next((i for i in range(start, end) if is_mark(found[i])), end)]


def first_verb(clause: Sequence[Token], first: int = 0) -> int | None:
    """Return the index of the first token from `first` on that is certainly a verb."""
    for i in range(first, len(clause)):
        low = clause[i].low
        if low in FINITE | PAST | SPEECH or (
            low.endswith("ed") and clause[i].text.islower() and i > first
        ):
            return i
    return None


def inverted(text: str, clause: Sequence[Token]) -> tuple[str, int] | None:
    """Return auxiliary and subject of a clause in the order of a question, and the verb's index.

    For `the court admitted`, it is `did the court admit`, which already contains the verb.
    """
    verb = first_verb(clause, 1)
    phrase = noun_phrase(clause, 0, verb) if verb else None
    if verb is None or phrase is None or phrase.pronoun or phrase[:2] != (0, verb):
        return None
    named = name_before(clause, verb) == 0 and verb > 1
    if not (clause[0].low in DETERMINERS | GROUPS or named) or NO_SUBJECT & set(
        lows(clause[:verb])
    ):
        return None
    subject = subject_words(text, clause, verb)
    low = clause[verb].low
    bare = verb + 1 < len(clause) and (
        NUMBER.fullmatch(clause[verb + 1].text) or clause[verb + 1].low in DETERMINERS
    )
    if low in HAVE and bare:
        return f"{HAVE[low]} {subject} have", verb
    if low in BE and not _is_done(clause[verb + 1 :]):
        return None
    if low in AUXILIARIES:
        return f"{low} {subject}", verb
    verb_base = base(low)
    return None if verb_base is None else (f"did {subject} {verb_base}", verb)


def _is_done(behind: Sequence[Token]) -> bool:
    """Return whether a form of `be` before this is a passive or a plan: `built`, `due to`."""
    low = next((token.low for token in behind if not is_adverb(token.text)), "")
    return low in PAST | {"to", "due", "born", "being"} or low.endswith(("ed", "en", "wn", "ing"))


def subject_words(text: str, clause: Sequence[Token], end: int) -> str:
    """Return the first words of a clause with the case that they have inside a question."""
    words = joined(text, clause[:end])
    return (
        words
        if clause[0].low not in DETERMINERS | GROUPS | {"the"}
        else words[0].lower() + words[1:]
    )


def joined(text: str, part: Sequence[Token]) -> str:
    """Return the text of consecutive tokens, in one line."""
    return " ".join(text[part[0].start : part[-1].end].split()).rstrip(" .,;:") if part else ""

"""Finds what a turn mentions: names, people, places, the gist of a question or an answer."""

from __future__ import annotations

import re

from qa.lexicon import QUESTION_WORDS
from qa.text import STOP_WORDS, sentence_spans, terms
from qa.types import Turn

MAX_TURN_CHARS = 2_000
"""What is pasted into a turn beyond these is not read."""

_CAPITAL = r"[^\W\d_a-z][\w’'&.-]*\w|[^\W\d_a-z]"
_NAME = re.compile(
    rf"(?<![\w’'])(?:{_CAPITAL})(?:(?: (?:of the|of|de|da|van|von|&))? (?:{_CAPITAL}))*"
)
_POSSESSIVE = re.compile(r"[’']s?$")
# A name that holds one of these is not a person's.
_NOT_PEOPLE = frozenset(
    "act agency airport army association bank board bridge cathedral cemetery centre center "
    "chapel church city club coast college commission committee company corporation corridor "
    "council county court courier cup daily department dispatch district federation festival "
    "foundation fund gorge government group harbour herald hill hospital hotel house "
    "institute island islands journal lake law league ledger library list ministry mountain "
    "museum national news north office organisation organization parliament party post "
    "programme program project province radio railway republic river school sea service "
    "services society sound south square state states station street system team theatre "
    "times town treaty tribune union university valley war water works world".split()
)
_LEAD = re.compile(
    r"^\W*(?:(?:can|could|would) you (?:please )?(?:tell|show|give) me|"
    r"(?:please )?tell me(?: about)?|do you know|"
    r"i (?:want|would like|need)(?: to know)?|have you heard of)\s+",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"^\W*(?:(?:about|after|at|by|for|from|in|of|on|since|to|until|with)\s+)?"
    rf"(?:how (?:many|much|long|far|old|often|did|do|does)|{'|'.join(QUESTION_WORDS)})\b\s*",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(
    r"^(?:(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|[’']s)"
    r"\b\s*)+",
    re.IGNORECASE,
)
_IN_PLACE = re.compile(r"\b(?:in|at|on|to|from|near|of)\s+(?:the\s+)?$", re.IGNORECASE)
_MAX_GIST_WORDS = 15
_ARTICLES = frozenset("the a an".split())
EMPTY = frozenset(
    terms(
        "say said tell told think know do done happen come came went go get got make made take "
        "took give gave want need mean find many much long far often more most exactly really "
        "still ever now please year thing things last next"
    )
)
"""Stems of verbs and adverbs that carry no content of their own."""
LIGHT = EMPTY | frozenset(
    terms("use work cost price old people include good pay paid live inside outside left")
)
"""These and stems that name no subject: `how much does it cost`."""


def names(text: str) -> list[str]:
    """Return the names in a text, in order and without repeats.

    A single capitalised word at the start of a sentence counts only if it is the whole text.
    """
    found = []
    for match in _NAME.finditer(text):
        words = _POSSESSIVE.sub("", match.group()).split()
        opens = not re.search(r"[\w,;)]\s*$", text[: match.start()])
        while words and (words[0].casefold() in STOP_WORDS or not words[0][0].isupper()):
            words, opens = words[1:], False
        whole = match.end() >= len(text.rstrip(" .?!"))
        if words and not (opens and len(words) == 1 and not whole) and words != ["I"]:
            found.append(" ".join(words))
    return list(dict.fromkeys(found))


def people(text: str) -> list[str]:
    """Return the names that may be people's: those of several words, then single ones.

    Single names that follow a preposition of place are left out.
    """
    likely = [
        name
        for name in names(text)
        if not _NOT_PEOPLE & set(name.casefold().split()) and " of " not in name
    ]
    full = [name for name in likely if " " in name and not name.isupper()]
    single = [
        name
        for name in likely
        if " " not in name and not name.isupper() and not _follows_place(text, name)
    ]
    return full + single


def place(text: str) -> str:
    """Return the last place that a text names, e.g. `in Norrhamn`; empty if it names none."""
    found = next((name for name in reversed(names(text)) if _follows_place(text, name)), "")
    return f"in {found}" if found else ""


def said(turn: Turn) -> str:
    """Return the first sentence of an assistant's turn, without the sentences that it quotes.

    Of a turn that is only text, nothing tells what is a quote: its first sentence is returned.
    """
    text = turn.text[:MAX_TURN_CHARS]
    if turn.answer is not None:
        text = " ".join(each.short_answer or each.text for each in turn.answer.statements)
    text = " ".join(text.split())
    spans = sentence_spans(text)
    return text[: spans[0][1]] if spans else ""


def quoted(turn: Turn) -> str:
    """Return the sentences that the answer of an assistant's turn quotes for its short answers."""
    if turn.answer is None:
        return ""
    short = (each for each in turn.answer.statements if each.short_answer)
    return " ".join(each.text for each in short if each.text != each.short_answer)


def gist(question: str) -> str:
    """Return a question without the words that only make it one: `the court stop the dam`."""
    spans = sentence_spans(question)
    asking = [question[s:e] for s, e in spans if question[s:e].endswith("?")] or [
        question[s:e] for s, e in spans[-1:]
    ]
    text = asking[-1] if asking else ""
    for opening in (_LEAD, _ASKS, _AUXILIARY):
        text = opening.sub("", text)
    words = text.strip(" ?!.,").split()[:_MAX_GIST_WORDS]
    while words and not set(terms(words[-1])) - EMPTY:
        words.pop()
    while words and not set(terms(words[0])) - EMPTY and words[0].casefold() not in _ARTICLES:
        words.pop(0)
    return " ".join(words)


def is_covered(phrase: str, by: str) -> bool:
    """Return whether a text holds all content words of a phrase."""
    return set(terms(phrase)) <= set(terms(by))


def _follows_place(text: str, name: str) -> bool:
    at = text.find(name)
    return at > 0 and _IN_PLACE.search(text[:at]) is not None

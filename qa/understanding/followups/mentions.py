"""Finds what a text mentions: its names, the gist of a question, what an answer says."""

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
_SHORT_FORM = re.compile(r"[’'](?:d|ll|m|re|s|ve)$")
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
        while words and (_is_function_word(words[0]) or not words[0][0].isupper()):
            words, opens = words[1:], False
        whole = match.end() >= len(text.rstrip(" .?!"))
        if words and not (opens and len(words) == 1 and not whole) and words != ["I"]:
            found.append(" ".join(words))
    return list(dict.fromkeys(found))


def _is_function_word(word: str) -> bool:
    """Return whether a word is a stop word, also in a short form: `What's`, `He'll`."""
    return _SHORT_FORM.sub("", word.casefold()) in STOP_WORDS


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

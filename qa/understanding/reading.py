"""Words a question for the reader: without what asks how the answer is to be told.

The network that reads was trained on questions for one fact. "How has the cost of the dam changed?"
asks it for the cost; that there are several, and in which order, is seen when they are composed.
"""

from __future__ import annotations

import re

from qa.query import Intent

_CHANGE = re.compile(r"^\W*how\s+(?:has|have|had|did|does|do|is|are|was|were)\s+", re.IGNORECASE)
# `changed over time`, `gone up since the spring`: what became of the thing, at the end.
_BECAME = re.compile(
    r"\s+(?:been\s+)?(?:chang|develop|evolv|mov|shift|vari|var(?:y|ied)|progress|increas|decreas|"
    r"climb|drop|gone|go\b|went|grow|grew|risen|rise|rose|fall|fell)[a-z]*\b(?:\s+(?:up|down))?"
    r"(?:\s+(?:over|since|during|so|in|with|from|throughout|across|through)\b.*)?\W*$",
    re.IGNORECASE,
)
# `..., and what does she say now?`
_AND_THEN = re.compile(r",?\s+and\s+(?:what|how|when|where|who|which)\b.*$", re.IGNORECASE)
_WHEN = re.compile(
    r"\b(?:at first|first|initially|originally|most recent|most recently|latest|currently|"
    r"at present|at the moment|right now|over time|so far)\b\s*",
    re.IGNORECASE,
)


def as_read(question: str, intent: Intent) -> str:
    """Return a question as the reader is asked it.

    Args:
        question: standalone, on one line.
        intent: what the message wants.
    """
    if intent != "changes":
        return question
    start = _CHANGE.match(question)
    if start and (end := _BECAME.search(question, start.end())):
        return f"What is {question[start.end() : end.start()]}?"
    text = _WHEN.sub("", _AND_THEN.sub("?", question))
    return " ".join(text.split()).replace(" ?", "?").replace("??", "?")

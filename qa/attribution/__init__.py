"""Names who makes the claim that a sentence reports, so that an answer can say whose word it is.

Rules over the words of one sentence, made for news prose: verbs of speech, `according to`, accusations, claims that
somebody is said to have. Naming the wrong source is the worst that can happen here, so whatever is in doubt has none.
"""

from __future__ import annotations

from qa.attribution.lexicon import DETERMINERS, GROUPS
from qa.attribution.phrases import Phrase, is_name
from qa.attribution.reports import Report, reports
from qa.attribution.tokens import QUOTATION, Token, span, tokens
from qa.text import Span, paragraph_spans, sentence_spans

__all__ = ["claimant"]

# Longer than any sentence of prose: what is longer is a table or a dump, and nobody's claim.
_LONGEST = 2_000
# How far back the paragraph of a sentence is read.
_WINDOW = 4_000


def claimant(text: str, sentence: Span, answer: Span) -> Span | None:
    """Return who makes the claim that holds an answer, or None where the article states it itself.

    Args:
        text: the article's text.
        sentence: the span of the sentence in which the answer stands.
        answer: the span of the answer, within the sentence.

    Returns:
        The span of the claimant's name or description in `text`: within the sentence, or, where the sentence only
        says `he` or only quotes on, within the one before in the same paragraph. None also where the answer is the
        claimant, where the claim does not hold the whole answer, and wherever it is in doubt.
    """
    if not (sentence[0] <= answer[0] < answer[1] <= sentence[1] and sentence[1] - sentence[0] <= _LONGEST):
        return None
    found = tokens(text, sentence)
    if not found or found[-1].text == "?":
        return None
    report = _innermost(reports(text, found), found, answer)
    if report is None:
        return _speaker(text, sentence[0], "") if _only_quotes(found) else None
    if report.source is None:
        return None
    if report.source.pronoun:
        return _speaker(text, sentence[0], found[report.source.first].low)
    return _named(text, span(found, report.source.first, report.source.last))


def _innermost(made: list[Report], found: list[Token], answer: Span) -> Report | None:
    """Return the report with the shortest claim that holds the whole answer."""
    sizes = [
        (last - first, -i)
        for i, report in enumerate(made)
        for first, last in report.claim
        if found[first].start <= answer[0] and answer[1] <= found[last - 1].end
    ]
    return made[-min(sizes)[1]] if sizes else None


def _speaker(text: str, start: int, pronoun: str) -> Span | None:
    """Return the one named speaker of the sentence before, whom `he` or `she` or a further quotation goes back to."""
    earlier = _sentence_before(text, start)
    if earlier is None or pronoun not in {"", "he", "she"}:
        return None
    found = tokens(text, earlier)
    sources = {report.source for report in reports(text, found)}
    if len(sources) != 1:
        return None
    (source,) = sources
    if source is None or source.pronoun or not _is_person(found, source):
        return None
    return _named(text, span(found, source.first, source.last))


def _only_quotes(found: list[Token]) -> bool:
    return found[0].text == QUOTATION and not any(token.text[0].isalnum() for token in found)


def _is_person(found: list[Token], source: Phrase) -> bool:
    """Tell whether a phrase may be a person by name: `Harbour master Silvan Okke`, not `the Courier`."""
    named = is_name(found, source.last - 1, source.last) and found[source.last - 1].low not in GROUPS
    return named and found[source.first].low not in DETERMINERS


def _named(text: str, source: Span) -> Span:
    start, end = source
    for ending in ("'s", "’s", "'", "’"):
        if text[start:end].endswith(ending):
            end -= len(ending)
            break
    return start, end


def _sentence_before(text: str, start: int) -> Span | None:
    """Return the sentence that ends before an index, in the same paragraph."""
    offset = max(0, start - _WINDOW)
    piece = text[offset:start]
    first = paragraph_spans(f"{piece}.")[-1][0]
    sentences = [span for span in sentence_spans(piece) if span[0] >= first]
    return (offset + sentences[-1][0], offset + sentences[-1][1]) if sentences else None

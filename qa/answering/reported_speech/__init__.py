"""Names who makes the claim that a sentence reports, so that an answer can attribute it.

The rules work on the words of one sentence and are made for news prose: reporting verbs,
"according to", accusations, opinions. Naming the wrong source is the worst possible error, so any
doubt means no claimant.
"""

from __future__ import annotations

from collections.abc import Sequence

from qa.answering.reported_speech.lexicon import DETERMINERS, GROUPS
from qa.answering.reported_speech.phrases import is_name
from qa.answering.reported_speech.reports import Report, find_reports
from qa.answering.reported_speech.tokens import QUOTATION, Token, span, tokenize
from qa.answering.transcripts import turn_at
from qa.text import Span, paragraph_spans, sentence_spans

__all__ = ["claimant"]

# Anything longer is a table or a dump, not a sentence.
_LONGEST_SENTENCE = 2_000
# How many characters before a sentence are searched for the previous one.
_LOOK_BACK = 4_000


def claimant(text: str, sentence: Span, answer: Span) -> Span | None:
    """Return who makes the claim that holds an answer; None if the article states it itself.

    Args:
        text: of the article.
        sentence: span of the sentence that holds the answer.
        answer: span of the answer, within the sentence.

    Returns:
        The span of the claimant's name or description in `text`. It lies in the sentence or, if
        that only says `he` or continues a quotation, in the previous sentence of the paragraph.
        None also if the answer is the claimant, if the claim does not hold the whole answer, and
        if there is any doubt.
    """
    if not (
        sentence[0] <= answer[0] < answer[1] <= sentence[1]
        and sentence[1] - sentence[0] <= _LONGEST_SENTENCE
    ):
        return None
    tokens = tokenize(text, sentence)
    if not tokens or tokens[-1].text == "?":
        return None
    report = _innermost(find_reports(text, tokens), tokens, answer)
    if report is None:
        words = any(token.text[0].isalnum() for token in tokens)
        only_quotation = tokens[0].text == QUOTATION and not words
        return _previous_speaker(text, sentence[0]) if only_quotation else _labelled(text, answer)
    if report.source is None:
        return None
    if report.source.pronoun:
        singular = tokens[report.source.first].low in {"he", "she"}
        return _previous_speaker(text, sentence[0]) if singular else None
    return _without_possessive(text, span(tokens, report.source.first, report.source.last))


def _labelled(text: str, answer: Span) -> Span | None:
    """Return who says a part of a transcript: the name above it, `MR VANCE:`."""
    turn = turn_at(text, answer[0])
    return turn.name if turn and answer[0] >= turn.name[1] else None


def _innermost(reports: Sequence[Report], tokens: Sequence[Token], answer: Span) -> Report | None:
    """Return the report with the shortest content that holds the answer; the last of equals."""
    holding = [
        (last - first, -i)
        for i, report in enumerate(reports)
        for first, last in report.content
        if tokens[first].start <= answer[0] and answer[1] <= tokens[last - 1].end
    ]
    return reports[-min(holding)[1]] if holding else None


def _previous_speaker(text: str, start: int) -> Span | None:
    """Return the one person named as a source in the previous sentence; None if in doubt."""
    previous = _previous_sentence(text, start)
    if previous is None:
        return None
    tokens = tokenize(text, previous)
    sources = {report.source for report in find_reports(text, tokens)}
    if len(sources) != 1:
        return None
    (source,) = sources
    if source is None or source.pronoun:
        return None
    # A person's name: `Harbour master Silvan Okke`, not `the Courier`.
    last, described = source.last - 1, tokens[source.first].low in DETERMINERS
    if described or tokens[last].low in GROUPS or not is_name(tokens, last, source.last):
        return None
    return _without_possessive(text, span(tokens, source.first, source.last))


def _without_possessive(text: str, source: Span) -> Span:
    start, end = source
    endings = (e for e in ("'s", "’s", "'", "’") if text[start:end].endswith(e))
    return start, end - len(next(endings, ""))


def _previous_sentence(text: str, start: int) -> Span | None:
    """Return the sentence that ends before an index, in the same paragraph."""
    offset = max(0, start - _LOOK_BACK)
    before = text[offset:start]
    paragraph = paragraph_spans(f"{before}.")[-1][0]
    sentences = [each for each in sentence_spans(before) if each[0] >= paragraph]
    return (offset + sentences[-1][0], offset + sentences[-1][1]) if sentences else None

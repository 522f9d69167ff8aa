"""Ties the sentences of an answer to spans of articles, and drops what cannot be tied.

Two ways in: `quote` makes an answer of sentences that were found in articles; `check` takes a sentence that
a chat model wrote, with its `[n]` markers, and finds the sentence of passage n that supports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from qa.text import Span, sentence_spans, terms
from qa.types import Article, Citation, Evidence, Hit

_MARKER = re.compile(r"\s*\[(\d{1,9})\]")
_LINE_MARK = re.compile(r"^(?:#{1,6}|[-*•])\s+")
_FACT = re.compile(r"\d[\d.,]*\d|\d|(?<!^)(?<![.!?:] )\b[A-Z][\w’'-]+")
_QUOTED = re.compile(r"[“\"]([^”\"]{4,})[”\"]")
# Share of a written sentence's words that its evidence must hold.
_SUPPORT = 0.5


def citation(number: int, article: Article, span: Span) -> Citation:
    """Return the citation of a span of an article."""
    start, end = span
    return Citation(
        number=number,
        article_id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        url=article.url,
        start=start,
        end=end,
        quote=article.text[start:end],
    )


def quote(evidence: Iterable[Evidence], articles: Mapping[str, Article]) -> list[Citation]:
    """Return one citation for each piece of evidence, numbered in the given order."""
    return [citation(n, articles[e.article_id], (e.start, e.end)) for n, e in enumerate(evidence, 1)]


def sentence(cited: Citation) -> str:
    """Return a quote as a sentence of an answer: on one line, without a heading's or list's mark, then `[n]`."""
    text = _LINE_MARK.sub("", " ".join(cited.quote.split()))
    return f"{unmarked(text)} [{cited.number}]"


def flat(text: str) -> str:
    """Return `text` on one line, its brackets no markers of ours."""
    return unmarked(" ".join(text.split()))


def origin(cited: Citation) -> str:
    """Return where a quote comes from, in a few words: the outlet, or else the title, and the date."""
    parts = (cited.source or cited.title or cited.article_id, cited.published)
    return unmarked(", ".join(part for part in parts if part))


def unmarked(text: str) -> str:
    """Return `text` with `[3]` as `(3)`: such brackets in an article are no citations of ours."""
    return re.sub(r"\[(\d+)\]", r"(\1)", text)


def check(
    written: str, hits: Sequence[Hit], articles: Mapping[str, Article], known: list[Citation]
) -> tuple[str, list[Citation]] | None:
    """Tie one written sentence to the passages it cites; None where nothing that it cites supports it.

    Args:
        written: a sentence of a chat model, with markers `[n]` that count `hits` from 1.
        hits: the passages that the model was shown, in their order.
        articles: article id -> article, for all hits.
        known: the citations of the sentences before.

    Returns:
        The sentence with markers that fit the answer's citations, and those citations that are new.
    """
    text = unmarked(_MARKER.sub("", written).strip())
    numbers = [int(n) for n in dict.fromkeys(_MARKER.findall(written))]
    spans = [_supporting(text, hits[n - 1], articles) for n in numbers if 1 <= n <= len(hits)]
    new: list[Citation] = []
    used: list[int] = []
    for article_id, span in filter(None, spans):
        same = (c.number for c in (*known, *new) if (c.article_id, c.start, c.end) == (article_id, *span))
        number = next(same, len(known) + len(new) + 1)
        if number > len(known) + len(new):
            new.append(citation(number, articles[article_id], span))
        used.append(number)
    if not text or not used:
        return None
    return text + "".join(f" [{number}]" for number in dict.fromkeys(used)), new


def _supporting(text: str, hit: Hit, articles: Mapping[str, Article]) -> tuple[str, Span] | None:
    """Return the sentence of a passage that supports `text`: it shares its words, names and numbers."""
    passage = hit.passage
    article = articles[passage.article_id]
    if not _facts_occur(text, f"{article.title}\n{passage.text}"):
        return None
    wanted = set(terms(text))
    inside = [s for s in sentence_spans(article.text) if passage.start <= s[0] and s[1] <= passage.end]
    spans = inside or [(passage.start, passage.end)]
    shares = [len(wanted & set(terms(article.text[a:b]))) / max(len(wanted), 1) for a, b in spans]
    best = max(range(len(spans)), key=shares.__getitem__)
    return (passage.article_id, spans[best]) if shares[best] >= _SUPPORT else None


def _facts_occur(text: str, evidence: str) -> bool:
    """Tell whether every name, number and quotation of `text` occurs in the evidence."""
    available = set(terms(evidence))
    facts = [term for match in _FACT.finditer(text) for term in terms(match.group())]
    quotations = (" ".join(match.split()) for match in _QUOTED.findall(text))
    flat = " ".join(evidence.split())
    return all(fact in available for fact in facts) and all(q in flat for q in quotations)

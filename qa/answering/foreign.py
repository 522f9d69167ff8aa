"""Composes answers from articles, or for questions, in other languages than English.

No rule for English words applies: sentences are quoted as they are, with the short answer in them
if one was read, and without claimants, lists or verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from qa.answering.citations import Citations
from qa.answering.composer import Composer
from qa.answering.evidence import near_best
from qa.answering.rendering import fallback_note, one_line
from qa.answering.searching import Retrieved
from qa.languages import code_of, identify, is_english, name_of
from qa.query import Query
from qa.types import Article, Evidence, Form, Statement

UNCHECKED = fallback_note("a chat model’s sentences can be checked in English only")
"""Why a chat model does not write the answer."""

_NEAR_BEST = 0.8


def is_foreign(query: Query, found: Retrieved) -> bool:
    """Return whether the question, or the article that answers it, is in another language."""
    best = found.articles[found.accepted[0].article_id] if found.accepted else None
    return query.foreign or (best is not None and not is_english(best.language))


def composed(
    query: Query, found: Retrieved, citations: Citations, max_quotes: int
) -> tuple[Form, list[Statement]]:
    """Return the form of an answer and its statements, in whatever language.

    Args:
        query: the question.
        found: what was found for it; some of it is accepted.
        citations: of the answer.
        max_quotes: how many sentences to quote at most.
    """
    if is_foreign(query, found):
        return "fact", quotes(found.accepted, found.articles, citations, max_quotes)
    composer = Composer(found.articles, citations, max_quotes=max_quotes, question=query.text)
    return composer.compose(query.type, found.accepted, query.intent)


def quotes(
    evidence: Sequence[Evidence],
    articles: Mapping[str, Article],
    citations: Citations,
    max_quotes: int,
) -> list[Statement]:
    """Return the best sentences as statements, each once."""
    best = {(e.article_id, e.start, e.end): e for e in reversed(near_best(evidence, _NEAR_BEST))}
    return [_quote(each, articles, citations) for each in list(best.values())[::-1][:max_quotes]]


def language_note(
    query: Query, statements: Iterable[Statement], articles: Mapping[str, Article]
) -> str:
    """Return which languages are quoted, where the question is in another one; else nothing."""
    asked = identify(query.text) if query.foreign else "en"
    cited = [articles[c.article_id] for said in statements for c in said.citations]
    codes = dict.fromkeys(code_of(article.language) or "en" for article in cited)
    if not asked and "en" not in codes:
        return ""
    others = [name_of(code) for code in codes if code != asked]
    return f"Quoted in {' and '.join(others)}:" if others else ""


def _quote(item: Evidence, articles: Mapping[str, Article], citations: Citations) -> Statement:
    text = articles[item.article_id].text
    cited = citations.cite(item.article_id, (item.start, item.end))
    whole = (item.short_start, item.short_end) == (item.start, item.end)
    return Statement(
        one_line(text[item.start : item.end]),
        (cited,),
        short_answer="" if whole else one_line(text[item.short_start : item.short_end]),
        source=cited.source,
        published=cited.published,
    )

"""Drafts questions from articles, for a person to review: by rules over their sentences, without any model."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from qa.evaluation.drafts.echoes import echo
from qa.evaluation.drafts.near_misses import NearMiss, near_misses
from qa.evaluation.drafts.rules import Draft, drafts
from qa.text import paragraph_spans, sentence_spans
from qa.types import Article

__all__ = ["draft_questions"]

Record = dict[str, Any]
# Of all drafts so many are to be unanswerable, as far as there are any.
_UNANSWERABLE = 0.25


def draft_questions(articles: Sequence[Article], *, limit: int) -> list[Record]:
    """Return drafts of questions, as lines of a `questions.jsonl` with `draft` and `kind`.

    The articles take turns, each with its best drafts first: those that name something, and last those that only ask
    within their sentence. Up to a quarter are unanswerable: a draft in which a name was exchanged for one that another
    article speaks of.

    Args:
        articles: to draft from.
        limit: how many drafts at the most.
    """
    made = {article.id: _of_article(article) for article in articles}
    asked = _merged(_in_turns(made))
    misses = [_near_miss(miss) for miss in itertools.islice(near_misses(articles, made), int(limit * _UNANSWERABLE))]
    chosen = [*itertools.islice(asked, limit - len(misses)), *misses]
    return [{"id": f"draft-{number:03}", **record, "draft": True} for number, record in enumerate(chosen, 1)]


def _of_article(article: Article) -> list[Draft]:
    sentences = sentence_spans(article.text)
    turned = {sentence: drafts(article.text, sentence) for sentence in sentences}
    found = [draft for made in turned.values() for draft in made]
    echoes = [echo(article.text, sentence) for sentence in sentences if not turned[sentence]]
    return [*sorted(found, key=lambda draft: not draft.named), *filter(None, echoes)]


def _in_turns(made: Mapping[str, list[Draft]]) -> Iterator[tuple[str, Draft]]:
    for row in itertools.zip_longest(*([(article_id, draft) for draft in made[article_id]] for article_id in made)):
        yield from filter(None, row)


def _merged(found: Iterable[tuple[str, Draft]]) -> Iterator[Record]:
    """Yield one line for each question; where several sentences give the same, their answers are alternatives."""
    groups: dict[str, list[tuple[str, Draft]]] = defaultdict(list)
    for article_id, draft in found:
        groups[draft.question.casefold()].append((article_id, draft))
    for group in groups.values():
        yield {
            "question": group[0][1].question,
            "answers": list(dict.fromkeys(draft.answer for _, draft in group)),
            "answerable": True,
            "relevant": [{"article_id": place, "start": draft.start, "end": draft.end} for place, draft in group],
            "kind": group[0][1].kind,
        }


def _near_miss(miss: NearMiss) -> Record:
    article, draft = miss.article, miss.draft
    start, end = next(span for span in paragraph_spans(article.text) if span[0] <= draft.start < span[1])
    return {
        "question": miss.question,
        "answerable": False,
        "paragraph": {"article_id": article.id, "start": start, "end": end},
        "kind": "near-miss",
    }

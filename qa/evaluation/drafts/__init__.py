"""Drafts questions from articles by rules over their sentences, for a person to review."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from qa.answering.reported_speech.lexicon import DATES
from qa.evaluation.drafts.rules import Draft, drafts, echo
from qa.text import paragraph_spans, sentence_spans, terms
from qa.types import Article

__all__ = ["draft_questions"]

Record = dict[str, Any]
# Share of unanswerable drafts, as far as enough can be made.
_UNANSWERABLE = 0.25


def draft_questions(articles: Sequence[Article], *, limit: int) -> list[Record]:
    """Return drafts of questions, as lines of a `questions.jsonl` with `draft` and `kind`.

    The articles take turns, each with its best drafts first: questions that name something come
    before the others, echo questions last. Up to a quarter of the drafts are unanswerable: in each,
    a name was swapped for one from another article.

    Args:
        articles: to draft from.
        limit: the largest number of drafts.
    """
    made = {article.id: _of_article(article) for article in articles}
    asked = _merged(_in_turns(made))
    misses = [
        _near_miss(miss)
        for miss in itertools.islice(near_misses(articles, made), int(limit * _UNANSWERABLE))
    ]
    chosen = [*itertools.islice(asked, limit - len(misses)), *misses]
    return [
        {"id": f"draft-{number:03}", **record, "draft": True}
        for number, record in enumerate(chosen, 1)
    ]


def _of_article(article: Article) -> list[Draft]:
    sentences = sentence_spans(article.text)
    made = {sentence: drafts(article.text, sentence) for sentence in sentences}
    found = [draft for some in made.values() for draft in some]
    echoes = [echo(article.text, sentence) for sentence in sentences if not made[sentence]]
    return [*sorted(found, key=lambda draft: not draft.named), *filter(None, echoes)]


def _in_turns(made: Mapping[str, list[Draft]]) -> Iterator[tuple[str, Draft]]:
    for row in itertools.zip_longest(
        *([(article_id, draft) for draft in made[article_id]] for article_id in made)
    ):
        yield from filter(None, row)


def _merged(found: Iterable[tuple[str, Draft]]) -> Iterator[Record]:
    """Yield a line for each distinct question, with the answers of all sentences that give it."""
    groups: dict[str, list[tuple[str, Draft]]] = defaultdict(list)
    for article_id, draft in found:
        groups[draft.question.casefold()].append((article_id, draft))
    for group in groups.values():
        yield {
            "question": group[0][1].question,
            "answers": list(dict.fromkeys(draft.answer for _, draft in group)),
            "answerable": True,
            "relevant": [
                {"article_id": place, "start": draft.start, "end": draft.end}
                for place, draft in group
            ],
            "kind": group[0][1].kind,
        }


def _near_miss(miss: NearMiss) -> Record:
    article, draft = miss.article, miss.draft
    start, end = next(
        span for span in paragraph_spans(article.text) if span[0] <= draft.start < span[1]
    )
    return {
        "question": miss.question,
        "answerable": False,
        "paragraph": {"article_id": article.id, "start": start, "end": end},
        "kind": "near-miss",
    }


# A name and the word before it.
_NAME = re.compile(r"\b(\w+) ([A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)")
_POSSESSIVE = re.compile(r"[’']s?$")
# A paragraph with more than this share of a question's words may answer it.
_LIKELY = 0.5
# Mostly followed by places. A place is swapped for a name after the same preposition, an actor for
# an actor.
_PLACES = frozenset("at from in".split())
_ACTOR = ""


class NearMiss(NamedTuple):
    """A question without an answer, and the draft from which it was made."""

    question: str
    article: Article
    draft: Draft


def near_misses(articles: Sequence[Article], made: Mapping[str, list[Draft]]) -> Iterator[NearMiss]:
    """Yield drafts with a swapped name, unless a paragraph of an article may answer them."""
    names = {article.id: _names(article.text, made[article.id]) for article in articles}
    paragraphs = [
        article.text[start:end]
        for article in articles
        for start, end in paragraph_spans(article.text)
    ]
    actors = {name for found in names.values() for name in found[_ACTOR]}
    turn = 0
    for article in articles:
        for draft in made[article.id]:
            for slot, name in _slots(draft.question):
                if slot == _ACTOR and name not in actors:
                    continue
                others = {
                    other
                    for place in names
                    if place != article.id
                    for other in names[place].get(slot, ())
                }
                strange = sorted(other for other in others if other not in article.text)
                if strange:
                    turn += 1
                    other = strange[turn % len(strange)]
                    question = draft.question.replace(name, other)
                    if not _may_be_answered(question, other, paragraphs):
                        yield NearMiss(question, article, draft)


def _names(text: str, made: Iterable[Draft]) -> dict[str, set[str]]:
    """Return an article's names by slot: the preposition before them, or `_ACTOR`."""
    names: dict[str, set[str]] = {}
    for slot, name in _slots(text):
        if slot != _ACTOR:
            names.setdefault(slot, set()).add(name)
    actors = {
        draft.answer for draft in made if draft.kind in {"who", "role"} and " " in draft.answer
    }
    return names | {_ACTOR: actors}


def _slots(text: str) -> Iterator[tuple[str, str]]:
    for match in _NAME.finditer(text):
        before, name = match.group(1).lower(), _POSSESSIVE.sub("", match.group(2))
        if name.lower() not in DATES:
            yield before if before in _PLACES else _ACTOR, name


def _may_be_answered(question: str, name: str, paragraphs: Iterable[str]) -> bool:
    asked = set(terms(question)) - set(terms(name))
    return any(
        len(asked & set(terms(text))) > len(asked) * _LIKELY for text in paragraphs if name in text
    )

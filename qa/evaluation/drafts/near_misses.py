"""Drafts questions that look answerable and are not: a name is exchanged for one that another article speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from qa.attribution.lexicon import DATES
from qa.evaluation.drafts.rules import Draft
from qa.text import paragraph_spans, terms
from qa.types import Article

# A name and the word before it.
_NAME = re.compile(r"\b(\w+) ([A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)")
_POSSESSIVE = re.compile(r"[’']s?$")
# A paragraph that holds more of a question's words may answer it.
_LIKELY = 0.5
# Behind these mostly stand places. A place is exchanged for what stands behind the same word, an actor for an actor.
_PLACES = frozenset("at from in".split())
_ACTOR = ""


class NearMiss(NamedTuple):
    """A question without an answer, and the draft that it was made of."""

    question: str
    article: Article
    draft: Draft


def near_misses(articles: Sequence[Article], made: Mapping[str, list[Draft]]) -> Iterator[NearMiss]:
    """Yield drafts with a name exchanged, where no paragraph of any article may answer them."""
    names = {article.id: _names(article.text, made[article.id]) for article in articles}
    paragraphs = [article.text[start:end] for article in articles for start, end in paragraph_spans(article.text)]
    actors = {name for found in names.values() for name in found[_ACTOR]}
    turn = 0
    for article in articles:
        for draft in made[article.id]:
            for slot, name in _slots(draft.question):
                if slot == _ACTOR and name not in actors:
                    continue
                others = {other for place in names if place != article.id for other in names[place].get(slot, ())}
                strange = sorted(other for other in others if other not in article.text)
                if strange:
                    turn += 1
                    other = strange[turn % len(strange)]
                    question = draft.question.replace(name, other)
                    if not _may_be_answered(question, other, paragraphs):
                        yield NearMiss(question, article, draft)


def _names(text: str, made: Iterable[Draft]) -> dict[str, set[str]]:
    """Return an article's names by their slot: behind which preposition they stand, or as actors."""
    names: dict[str, set[str]] = {}
    for slot, name in _slots(text):
        if slot != _ACTOR:
            names.setdefault(slot, set()).add(name)
    actors = {draft.answer for draft in made if draft.kind in {"who", "role"} and " " in draft.answer}
    return names | {_ACTOR: actors}


def _slots(text: str) -> Iterator[tuple[str, str]]:
    for match in _NAME.finditer(text):
        before, name = match.group(1).lower(), _POSSESSIVE.sub("", match.group(2))
        if name.lower() not in DATES:
            yield before if before in _PLACES else _ACTOR, name


def _may_be_answered(question: str, name: str, paragraphs: Iterable[str]) -> bool:
    asked = set(terms(question)) - set(terms(name))
    return any(len(asked & set(terms(text))) > len(asked) * _LIKELY for text in paragraphs if name in text)

"""Says in words what a filter left to be searched, and what may be wrong with it where that is nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from qa.index import Index, selection
from qa.types import Filter

_NEAR = 3


def searched(index: Index, where: Filter) -> str:
    """Return a sentence about how many articles were searched; where none, one that says what comes near."""
    count = selection.count(index.store, where)
    if count:
        return f"Searched {'was only 1 article' if count == 1 else f'were only {count:,} articles'}: {where}."
    return " ".join([f"No article matches: {where}.", *_hints(index, where)])


def _hints(index: Index, where: Filter) -> Iterator[str]:
    """Yield what is unknown of a filter that matches nothing."""
    for facet in ("source", "author"):
        name, known = selection.folded(getattr(where, facet)), selection.names(index.store, facet)
        if name and name not in known:
            near = " or ".join(f"“{other}”" for other in difflib.get_close_matches(name, known, _NEAR))
            yield f"Did you mean the {facet} {near}?" if near else f"No article names such {_article(facet)} {facet}."
    if unknown := sorted(set(where.article_ids) - index.store.some(where.article_ids).keys()):
        yield f"Unknown ids: {', '.join(unknown)}."


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"

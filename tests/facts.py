"""What the questions of a newsroom set want told, as against what their articles say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa.evaluation.rubric import CATALOGUE, TALK, folded

# The answer to these is not in an article's text.
_ABOUT_ITSELF = {CATALOGUE, TALK, "meta"}


def cited(item: Mapping[str, Any]) -> set[str]:
    """Return the articles that an answer may cite."""
    return {name for group in item["cite"] + item.get("corrects_cite", []) for name in group}


def untold(item: Mapping[str, Any], articles: Mapping[str, Any]) -> list[list[str]]:
    """Return the facts of which no wording stands in an article that may be cited."""
    told = (articles[name] for name in cited(item))
    said = folded(" ".join(f"{article['title']} {article['text']}" for article in told))
    if item["kind"] in _ABOUT_ITSELF:
        return []
    facts = item["must"] + item.get("corrects_must", [])
    return [fact for fact in facts if not any(folded(one) in said for one in fact)]

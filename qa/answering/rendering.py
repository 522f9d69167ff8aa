"""Renders the text of an answer from its statements, in one place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from qa.dates import written as written_date
from qa.text import terms
from qa.types import Article, Citation, Form, Hit, Statement

ABSTENTION = "The articles do not contain an answer to this question."
NO_ARTICLES = "There are no articles in the index yet."
UNSUPPORTED = " (not found in the articles)"
"""Follows a chat model's sentence that is shown although no passage supports it."""

_ITEM = "• "
_DIFFER = "The articles differ:"
_EARLIER = "Earlier: "
_FALLBACK = "The articles are quoted instead:"
_BRACKETED_NUMBER = re.compile(r"\[(\d+)\]")
# Titles named by an abstention, and the quotation marks within their quotation marks.
_NEAREST = 3
_INNER_QUOTES = str.maketrans("“”", "‘’")
# A short answer with more of its sentence's words than this says no less than the sentence.
_WHOLE = 0.6


def render_text(
    form: Form, statements: Iterable[Statement], fallback_reason: str = "", note: str = ""
) -> str:
    """Return the text of an answer with its `[n]` markers.

    The note comes first, then what a chat model wrote, then `fallback_reason`, then what is quoted.
    """
    statements = list(statements)
    written = [statement_text(said) for said in statements if said.generated]
    quoted = [said for said in statements if not said.generated]
    before = " ".join(filter(None, [note, *written, fallback_reason]))
    if form == "accounts" and quoted:
        items = (f"{_ITEM}{statement_text(said, with_origin=True)}" for said in quoted)
        return "\n".join([f"{before} {_DIFFER}".lstrip(), *items])
    if form in {"timeline", "summary"}:
        items = (f"{_ITEM}{statement_text(said, with_date=True)}" for said in quoted)
        return "\n".join([*filter(None, [before]), *items])
    if form == "catalogue":
        head, *others = quoted
        return "\n".join([head.text, *(f"{_ITEM}{said.text}" for said in others)])
    if form == "list":
        items = (f"{_ITEM}{statement_text(said, item=True)}" for said in quoted)
        return "\n".join([*filter(None, [before]), *items])
    parts = [*filter(None, [before])]
    for at, said in enumerate(quoted):
        opens = said.status == "earlier" and quoted[at - 1].status != "earlier"
        parts.append(f"{_EARLIER if opens else ''}{statement_text(said)}")
    return " ".join(parts)


def statement_text(
    statement: Statement, *, with_origin: bool = False, item: bool = False, with_date: bool = False
) -> str:
    """Return one statement with its markers.

    Args:
        statement: to render.
        with_origin: also name the outlet and date.
        item: it is an item of a list, which has no sentence around it.
        with_date: put the date before it.

    Returns:
        For a statement with a short answer: `short, according to X (origin) [1]: “sentence”`;
        else `sentence [1]`.
    """
    marks = "".join(f" [{citation.number}]" for citation in statement.citations)
    if not statement.citations:
        return f"{statement.text}{UNSUPPORTED if statement.generated else ''}"
    named = f" ({origin(statement.citations[0])})" if with_origin else ""
    dated = f"{written_date(statement.published)}: " if with_date and statement.published else ""
    if statement.status == "earlier" and statement.published and not dated:
        named = f" ({written_date(statement.published)})"
    if item or not has_lead(statement):
        return f"{dated}{statement.text}{named}{marks}"
    return f"{dated}{lead(statement)}{named}{marks}: “{statement.text}”"


def has_lead(statement: Statement) -> bool:
    """Return whether the short answer is worth naming before its sentence: it is much shorter."""
    short = terms(statement.short_answer)
    return bool(statement.short_answer) and len(short) <= _WHOLE * len(terms(statement.text))


def lead(statement: Statement) -> str:
    """Return the short answer, the day that it means, and whose claim it is."""
    day = f" ({written_date(statement.day)})" if statement.day else ""
    claimant = f", according to {statement.claimant}" if statement.claimant else ""
    return f"{statement.short_answer}{day}{claimant}"


def origin(citation: Citation) -> str:
    """Return where a quote comes from: the outlet, or else the title, and the date."""
    parts = (citation.source or citation.title or citation.article_id, citation.published)
    return without_markers(", ".join(part for part in parts if part))


def fallback_note(reason: str) -> str:
    """Return a reason why articles are quoted although a chat model was to write, as a sentence."""
    reason = one_line(reason)[:200].rstrip(".")
    return f"{reason[0].upper()}{reason[1:]}. {_FALLBACK}"


def abstention_text(
    hits: Sequence[Hit], articles: Mapping[str, Article], searched: str = ""
) -> str:
    """Return what an abstaining answer says.

    Args:
        hits: the passages that were found; the titles of their articles are named.
        articles: article id -> article, for all hits.
        searched: what was searched, where that is not everything.
    """
    if not hits:
        return one_line(searched) or NO_ARTICLES
    titles = dict.fromkeys(quoted_title(articles[hit.passage.article_id]) for hit in hits)
    nearest = "; ".join(list(titles)[:_NEAREST])
    return " ".join(filter(None, [f"{ABSTENTION} Nearest to it: {nearest}.", one_line(searched)]))


def quoted_title(article: Article) -> str:
    """Return an article's title, or else its id, in quotation marks."""
    return f"“{one_line(article.title or article.id).translate(_INNER_QUOTES)}”"


def one_line(text: str) -> str:
    """Return `text` on one line, with none of its brackets looking like our markers."""
    return without_markers(" ".join(text.split()))


def without_markers(text: str) -> str:
    """Return `text` with `[3]` as `(3)`: such brackets in an article are not citations of ours."""
    return _BRACKETED_NUMBER.sub(r"(\1)", text)

"""Jinja templates of the chat's pages, and the filters that they share.

Titles, articles, addresses, file names, questions and error messages are all untrusted. Every
template escapes every value; only what a template or macro has built counts as HTML.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from qa.answering.rendering import has_lead
from qa.chat import i18n
from qa.chat.core_messages import scope, translated
from qa.conversations.export import plain
from qa.types import Statement

_BIDI_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_EMBEDDINGS, _POP_EMBEDDING = frozenset("\u202a\u202b\u202d\u202e"), "\u202c"
_ISOLATES, _POP_ISOLATE = frozenset("\u2066\u2067\u2068"), "\u2069"


@functools.cache
def environment() -> Environment:
    """Return the environment of the templates in `qa/chat/templates`, with the filters below."""
    env = Environment(
        loader=PackageLoader("qa.chat"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(  # type: ignore[attr-defined]  # of the extension
        i18n.gettext,
        i18n.ngettext,
        newstyle=True,
        pgettext=i18n.pgettext,
        npgettext=i18n.npgettext,
    )
    env.filters.update(
        bidi_closing=bidi_closing,
        web_url=web_url,
        iso_date=iso_date,
        long_date=long_date,
        has_lead=has_lead,
        lead=lead,
        plain=plain,
        number=i18n.number,
        pages=pages,
        scope=scope,
        translated=translated,
        foreign_tag=i18n.foreign_tag,
        foreign_language=foreign_language,
        language_in=language_in,
    )
    env.globals.update(
        citation_anchor=citation_anchor,
        language=i18n.language,
        languages=i18n.LANGUAGES,
    )
    return env


def render(template: str, **values: Any) -> Markup:
    """Return a template of `qa/chat/templates` rendered with `values`."""
    return Markup(environment().get_template(template).render(values))  # noqa: S704 - autoescaped


def macro(template: str, name: str, *args: Any, **values: Any) -> Markup:
    """Return what one macro of a template renders: a part of a page that is sent by itself."""
    html: Markup = getattr(environment().get_template(template).module, name)(*args, **values)
    return html


def bidi_closing(text: str) -> str:
    """Return the characters that close every bidirectional embedding and isolate left open.

    The style sheet puts them after the text. The isolation of an element (`<bdi>`) is not enough:
    a browser ends it with the same character that ends an isolate inside the text, so an isolate
    left open in the text would consume it. Source: Unicode Standard Annex 9, sections 3.3.2 and
    6.3.
    """
    open_controls: list[str] = []
    isolates = 0
    for control in _BIDI_CONTROL.findall(text):
        if control in _EMBEDDINGS:
            open_controls.append(_POP_EMBEDDING)
        elif control in _ISOLATES:
            open_controls.append(_POP_ISOLATE)
            isolates += 1
        elif control == _POP_ISOLATE and isolates:
            # It also closes all embeddings opened since its isolate began.
            while open_controls.pop() != _POP_ISOLATE:
                pass
            isolates -= 1
        elif control == _POP_EMBEDDING and open_controls[-1:] == [_POP_EMBEDDING]:
            open_controls.pop()
    return "".join(reversed(open_controls))


def web_url(url: str) -> str:
    """Return an http(s) address without surrounding white space; empty for any other address.

    Any other address could be a script.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in {"http", "https"} and parts.netloc else ""


def iso_date(published: str) -> str:
    """Return the date of an ISO 8601 date or time as "2022-12-28"; empty for anything else."""
    date = _date(published)
    return date.isoformat() if date else ""


def long_date(published: str) -> str:
    """Return an ISO 8601 date or time as "28 December 2022", in the language that is spoken.

    Anything else comes back unchanged.
    """
    date = _date(published)
    return i18n.long_date(date) if date else published


def lead(statement: Statement) -> str:
    """Return the short answer, the day that it means, and whose claim it is."""
    short, day, claimant = statement.short_answer, statement.day, statement.claimant
    if day:
        short = f"{short} ({long_date(day)})"
    if not claimant:
        return short
    fields = {"answer": short, "claimant": claimant}
    return i18n.gettext("%(answer)s, according to %(claimant)s") % fields


def pages(numbers: Sequence[int]) -> str:
    """Return some pages in words: "page 3", "pages 3, 5"."""
    words = i18n.ngettext("page %(numbers)s", "pages %(numbers)s", len(numbers))
    return words % {"numbers": ", ".join(map(str, numbers))}


def foreign_language(tag: str) -> str:
    """Return what an article's language is called, if it is not the page's."""
    return i18n.language_name(tag) if i18n.foreign_tag(tag) else ""


def language_in(statement: Statement, languages: Mapping[str, str]) -> str:
    """Return the language of the article that a statement quotes; empty where that is unknown."""
    if statement.generated or not statement.citations:
        return ""
    return languages.get(statement.citations[0].article_id, "")


def citation_anchor(exchange: int, number: int) -> str:
    """Return the name that ties a citation's marker to its quote on the page.

    Args:
        exchange: the number of the answer's exchange, from 1.
        number: the citation's number within the answer.
    """
    return f"cite-{exchange}-{number}"


def _date(published: str) -> dt.date | None:
    try:
        return dt.datetime.fromisoformat(published.strip()).date()
    except ValueError:
        return None

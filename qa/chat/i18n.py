"""The chat's own words in the reader's language.

The English words stand where they are used: in the templates, scripts and modules of the chat.
`messages/CODE.po` has those of every other language, in the format of GNU gettext;
docs/languages.md says how to add one. Which language is spoken belongs to a request: see `spoken`.
"""

from __future__ import annotations

import datetime as dt
import functools
import gettext as gnu
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from qa.languages import code_of, name_of

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

ENGLISH = "en"
LANGUAGES: Mapping[str, str] = {
    ENGLISH: "English",
    "es": "Español",
    "fr": "Français",
    "de": "Deutsch",
    "ru": "Русский",
    "ar": "العربية",
    "zh": "中文",
}
"""Code -> own name of the languages that the chat speaks."""

# "28 December 2022", as ever.
_LOCALES = {ENGLISH: "en_GB"}
# One range of an Accept-Language header, of which only the language counts.
# Source: RFC 9110, section 12.5.4.
_RANGE = re.compile(
    r"\s*(?P<code>[a-z]{1,8})(?:-[\w-]*)?\s*(?:;\s*q=(?P<weight>[01](?:\.\d{0,3})?)\s*)?",
    re.IGNORECASE | re.ASCII,
)
_MOST_CHARS = 500
_spoken: ContextVar[str] = ContextVar("qa_spoken", default=ENGLISH)


def N_(message: str) -> str:  # noqa: N802 - what gettext calls it
    """Mark a message for the catalogue that is only translated where it is shown."""
    return message


@contextmanager
def spoken(code: str) -> Iterator[None]:
    """Have all that is said within be said in a language; not to be left open across a `yield`."""
    token = _spoken.set(code if code in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """Return the code of the language that is spoken."""
    return _spoken.get()


def negotiated(accepted: str) -> str:
    """Return the first language of an Accept-Language header that the chat speaks; else English."""
    found = [_RANGE.fullmatch(part) for part in accepted[:_MOST_CHARS].split(",")]
    weighted = [(float(each["weight"] or 1), each["code"].lower()) for each in found if each]
    ranked = sorted(weighted, key=lambda pair: -pair[0])
    return next((code for weight, code in ranked if weight and code in LANGUAGES), ENGLISH)


def gettext(message: str) -> str:
    """Return a message in the language that is spoken."""
    return _translations(language()).gettext(message)


def ngettext(one: str, several: str, number: int) -> str:
    """Return the form of a message that a number asks for."""
    return _translations(language()).ngettext(one, several, number)


def pgettext(context: str, message: str) -> str:
    """Return a message that means several things in English; the context tells which."""
    return _translations(language()).pgettext(context, message)


def npgettext(context: str, one: str, several: str, number: int) -> str:
    """Return the form of such a message that a number asks for."""
    return _translations(language()).npgettext(context, one, several, number)


def messages_of_scripts() -> Mapping[str, str]:
    """Return the messages of the page's scripts, each with its translation; none in English."""
    return _of_scripts(language())


def direction() -> str:
    """Return `rtl` or `ltr`: how the language that is spoken is written."""
    return str(_locale().text_direction)


def foreign_tag(tag: str) -> str:
    """Return the tag of an article's language if it is not the one that is spoken, else nothing."""
    return "" if code_of(tag) in {"", language()} else tag


def language_name(tag: str) -> str:
    """Return what a language is called in the one that is spoken; the tag where that is unknown."""
    if language() == ENGLISH:
        return name_of(tag)
    return str(_locale().languages.get(code_of(tag), name_of(tag)))


def number(value: int) -> str:
    """Return a number as it is written, "2,240"."""
    return format_decimal(value, locale=_locale())


def long_date(date: dt.date) -> str:
    """Return a date as it is written out, "28 December 2022"."""
    return format_date(date, "long", locale=_locale())


def listed(items: list[str]) -> str:
    """Return items joined, "one, two and three"."""
    return str(format_list(items, locale=_locale()))


def catalog(code: str) -> Catalog:
    """Return the messages of a language, as its file has them."""
    from babel.messages.pofile import read_po

    packed = files("qa.chat") / "messages" / f"{code}.po"
    with packed.open("rb") as file:
        return read_po(file, locale=code, abort_invalid=True)


def _locale() -> Locale:
    return Locale.parse(_LOCALES.get(language(), language()))


@functools.cache
def _translations(code: str) -> gnu.NullTranslations:
    """Return the messages of a language, compiled once."""
    from babel.messages.mofile import write_mo

    if code == ENGLISH:
        return gnu.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalog(code))
    compiled.seek(0)
    return gnu.GNUTranslations(compiled)


@functools.cache
def _of_scripts(code: str) -> Mapping[str, str]:
    if code == ENGLISH:
        return {}
    used: Any = ((each, [name for name, _ in each.locations]) for each in catalog(code) if each.id)
    return {
        str(each.id): str(each.string)
        for each, names in used
        if any(name.endswith(".js") for name in names)
    }

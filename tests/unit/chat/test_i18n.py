"""The chat's own words: complete in each language, and nowhere else than in the catalogues."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from jinja2 import nodes

from qa.chat import i18n
from qa.chat.rendering import environment

_CHAT = Path(i18n.__file__).parent
_TRANSLATED = [code for code in i18n.LANGUAGES if code != i18n.ENGLISH]
# As in pyproject.toml, for pybabel.
_METHODS = [
    ("*.py", "python"),
    ("assets/*.js", "javascript"),
    ("templates/*.html", "jinja2"),
]
_KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_FIELD = re.compile(r"%\((\w+)\)s")
_WORD = re.compile(r"[A-Za-z]{2,}")
_NO_TEXT = re.compile(r'<[^>]*>|[\w-]+="[^"]*"|https?://[^"\s]*')
_ATTRIBUTE = re.compile(r'\b(?:aria-label|title|placeholder|alt)="(?!https://)([^"]*)"')
# The review of a question set is a tool for those who write the sets: it is in English.
_ENGLISH_ONLY = {"review.html", "review_empty.html", "review_question.html"}
_ENGLISH_SCRIPTS = {"review.js"}
# Names, commands, and what nobody reads.
_NO_LANGUAGE = {"qa", "index", "eval", "corpus", "make", "app", "Markdown", "JSON"}

Key = tuple[str | None, str]


def _wanted() -> dict[Key, tuple[str, ...]]:
    """Return the messages that the chat's sources hold, each with its forms."""
    found = extract_from_dir(_CHAT, _METHODS, keywords=_KEYWORDS)
    forms = {}
    for _file, _line, message, _comments, context in found:
        each = message if isinstance(message, tuple) else (message,)
        forms[context, each[0]] = each
    return forms


def _catalogued(code: str) -> dict[Key, Message]:
    """Return the messages of a language's file."""
    return {(each.context, _forms(each.id)[0]): each for each in i18n.catalog(code) if each.id}


def _forms(text: object) -> tuple[str, ...]:
    return tuple(map(str, text)) if isinstance(text, (tuple, list)) else (str(text or ""),)


def _strings(message: Message) -> tuple[str, ...]:
    return _forms(message.string)


WANTED = _wanted()


def test_the_sources_hold_messages() -> None:
    """Templates, scripts and modules are searched: what the tests below compare with is there."""
    assert (None, "Opening the index…") in WANTED  # a template
    assert (None, "Taken back.") in WANTED  # a script
    assert ("articles", "from %(count)s outlet") in WANTED  # a module
    assert len(WANTED) > 200


@pytest.mark.parametrize("code", _TRANSLATED)
def test_every_message_is_translated(code: str) -> None:
    """A language has each message, in each form that its numbers ask for, and none that is gone."""
    catalogued = _catalogued(code)
    assert WANTED.keys() - catalogued.keys() == set()
    assert catalogued.keys() - WANTED.keys() == set()
    plurals = {True: i18n.catalog(code).num_plurals, False: 1}
    unfinished = {
        key
        for key, each in catalogued.items()
        if each.fuzzy
        or len(_strings(each)) != plurals[each.pluralizable]
        or not all(text.strip() for text in _strings(each))
    }
    assert unfinished == set()


@pytest.mark.parametrize("code", _TRANSLATED)
def test_every_translation_has_the_fields_of_its_message(code: str) -> None:
    """Names and numbers are where the message has them; the form for one or two may do without."""
    wrong = {}
    for key, each in _catalogued(code).items():
        wanted = set(_FIELD.findall(WANTED[key][0]))
        *others, last = [set(_FIELD.findall(text)) for text in _strings(each)]
        if last != wanted or any(not fields <= wanted for fields in others):
            wrong[key] = _strings(each)
        if any(_FIELD.sub("", text).count("%") for text in _strings(each)):
            wrong[key] = _strings(each)
    assert wrong == {}


def _english(template: str) -> Iterator[str]:
    """Yield what a template says in words of its own."""
    loader = environment().loader
    assert loader is not None
    tree = environment().parse(loader.get_source(environment(), template)[0])
    data = "".join(
        each.data if isinstance(each, nodes.TemplateData) else "\0"
        for output in tree.find_all(nodes.Output)
        for each in output.nodes
    )
    data = re.sub(r"<style>.*?</style>", "", data, flags=re.DOTALL)
    yield from _ATTRIBUTE.findall(data)
    yield _NO_TEXT.sub(" ", data)
    known = {text for (context, _), forms in WANTED.items() for text in (context, *forms)}
    constants = {each.value for each in tree.find_all(nodes.Const) if isinstance(each.value, str)}
    yield from (text for text in constants - known if text[:1].isupper())


@pytest.mark.parametrize("template", sorted(set(environment().list_templates()) - _ENGLISH_ONLY))
def test_no_template_has_words_of_its_own(template: str) -> None:
    """All that a reader sees or hears goes through the catalogue."""
    words = {word for text in _english(template) for word in _WORD.findall(text)}
    assert words - _NO_LANGUAGE == set()


@pytest.mark.parametrize(
    "script", sorted({p.name for p in (_CHAT / "assets").glob("*.js")} - _ENGLISH_SCRIPTS)
)
def test_no_script_shows_words_of_its_own(script: str) -> None:
    """A text of a script with several words is a message."""
    source = (_CHAT / "assets" / script).read_text(encoding="utf-8")
    code = re.sub(r"^\s*//.*$|\s//\s.*$", "", source, flags=re.MULTILINE)
    code = re.sub(r"""gettext\(\s*"[^"]*\"""", "", code)
    texts = re.findall(r'"([^"\n]*)"|`([^`]*)`', code)
    # A sentence begins with a capital, or has three words in a row.
    said = [
        text
        for pair in texts
        for text in pair
        if re.search(r"^[A-Z][a-z]+[ .:…]|(?:\b[a-z]+ ){3}", text) and "(" not in text
    ]
    assert said == []


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("pt-BR,pt;q=0.9,fr;q=0.4,de;q=0.5", "de"),
        ("zh-Hant-TW", "zh"),
        ("AR", "ar"),
        ("ru;q=0,fr;q=0.1", "fr"),
        ("nb, *;q=0.5", "en"),
        ("en;q=x, \N{SNOWMAN}, ru ; q=0.3", "ru"),
        (",".join(["xx"] * 100_000), "en"),
    ],
)
def test_the_browser_names_the_language(accepted: str, code: str) -> None:
    """The most wanted language that the chat speaks counts, whatever else a header holds."""
    assert i18n.negotiated(accepted) == code


def test_a_language_lasts_as_long_as_it_is_spoken() -> None:
    """What follows is in English again; an unknown language is English."""
    with i18n.spoken("es"):
        assert i18n.gettext("Library") == "Biblioteca"
        with i18n.spoken("xx"):
            assert i18n.gettext("Library") == "Library"
    assert i18n.gettext("Library") == "Library"


@pytest.mark.parametrize(
    ("code", "forms"),
    [
        ("en", {1: "1 article", 24: "24 articles", 1200: "1,200 articles"}),
        ("ru", {1: "1 статья", 3: "3 статьи", 11: "11 статей", 24: "24 статьи"}),
        ("ar", {1: "مقال واحد", 2: "مقالان", 7: "7 مقالات", 24: "24 مقالًا", 100: "100 مقال"}),
        ("zh", {1: "1 篇文章"}),
    ],
)
def test_numbers_have_the_form_that_they_ask_for(code: str, forms: dict[int, str]) -> None:
    """One, few and many articles are told apart as each language does."""
    with i18n.spoken(code):
        told = {
            n: i18n.ngettext("%(count)s article", "%(count)s articles", n)
            % {"count": i18n.number(n)}
            for n in forms
        }
    assert told == forms


@pytest.mark.parametrize(
    ("code", "date"),
    [
        ("en", "28 December 2022"),
        ("es", "28 de diciembre de 2022"),
        ("de", "28. Dezember 2022"),
        ("zh", "2022年12月28日"),
    ],
)
def test_dates_are_written_as_the_language_does(code: str, date: str) -> None:
    """In full, as a newspaper has them."""
    with i18n.spoken(code):
        assert i18n.long_date(dt.date(2022, 12, 28)) == date

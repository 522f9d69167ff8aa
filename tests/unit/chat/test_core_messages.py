"""What the core says in English, on a page in another language."""

from __future__ import annotations

import pytest

from qa.answering.foreign import UNCHECKED
from qa.answering.grounding import DOUBTED
from qa.answering.rendering import abstention_text
from qa.chat.core_messages import MESSAGES, scope, translated
from qa.chat.i18n import gettext, spoken
from qa.conversations.conversation import UNEXPECTED
from qa.conversations.lazy_pipeline import EndingError
from qa.conversations.library import UPLOAD_BYTES
from qa.conversations.names import text_file, web_address
from qa.errors import ArticleError
from qa.extract import KINDS, unknown_format
from qa.server.access import Principal, reason_of
from qa.types import Article, Filter, Hit, Passage

ARTICLE = Article("a.md", "Mr. “Lock” opens. Again", "The lock opened.", language="en")
HIT = Hit(Passage("a.md:0", "a.md", 0, 16, ARTICLE.text), 1.0, 1, "hybrid")


def _refusal(error: ArticleError) -> str:
    return error.explanation


def _raised(act: object, *args: str) -> str:
    with pytest.raises(ArticleError) as caught:
        act(*args)  # type: ignore[operator]
    return caught.value.explanation


SAID = {
    "abstention": abstention_text([HIT], {"a.md": ARTICLE}),
    "narrow": abstention_text(
        [HIT], {"a.md": ARTICLE}, f"Searched were only 1,200 articles: {Filter(source='X')}."
    ),
    "nothing": abstention_text([], {}),
    "unmatched": abstention_text([], {}, f"No article matches: {Filter(since='2024')}."),
    "unchecked": UNCHECKED,
    "doubted": DOUBTED,
    "unexpected": UNEXPECTED,
    "ending": str(EndingError()),
    "format": _refusal(unknown_format("a.exe")),
    "empty": _raised(text_file, "", " "),
    "address": _raised(web_address, "no address"),
    "forbidden": f"Refused: {reason_of(Principal('ann', 'reader'), 'add')}.",
    "stranger": f"Refused: {reason_of(Principal(), 'add')}.",
    "large": f"too large: at most {UPLOAD_BYTES // 1_000_000} MB",
    "counts": "2 added, 1,200 unchanged, 3 refused",
}


@pytest.mark.parametrize("said", SAID.values(), ids=SAID.keys())
def test_what_the_core_says_is_told_in_the_page_language(said: str) -> None:
    """Its very words are known here; in English they are left alone."""
    assert translated(said) == said
    with spoken("ru"):
        told = translated(said)
    assert told != said
    assert "%(" not in told
    latin = [word for word in ("article", "Searched", "added", "empty", "Refused") if word in told]
    assert latin == []


def test_titles_and_numbers_are_kept() -> None:
    """A title with a full stop in it ends where its quotation mark does; numbers are written anew."""
    with spoken("de"):
        told = translated(SAID["narrow"])
    assert told == (
        "Die Artikel beantworten diese Frage nicht. Am nächsten kommen: “Mr. ‘Lock’ opens. Again”. "
        "Durchsucht wurden nur 1.200 Artikel: Medium „X“."
    )


def test_languages_are_named_in_the_page_language() -> None:
    """Also where several are quoted."""
    with spoken("es"):
        assert translated("Quoted in Russian and Arabic:") == "Citado en ruso y árabe:"


def test_what_is_unknown_stays_english() -> None:
    """Technical details are shown as they are."""
    with spoken("fr"):
        assert translated("llama.cpp failed") == "llama.cpp failed"
        assert translated("") == ""


@pytest.mark.parametrize(
    "text",
    ["a: " * 1_600 + "b", "9 x, " * 900, "1" * 4_999 + " added", "%(rest)s %s: %d", "a" * 9_000],
)
def test_hostile_text_is_shown_as_it_is(text: str) -> None:
    """However often it looks like the beginning of a message, and whatever number is in it."""
    with spoken("de"):
        assert translated(text).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.islower()])
def test_formats_with_names_in_words_are_translated(kind: str) -> None:
    """A new format of that kind needs a message."""
    assert kind in MESSAGES
    with spoken("ru"):
        assert gettext(kind) != kind


def test_conditions_are_told_in_the_page_language() -> None:
    """Outlet, first and last day; what is none of these stays as it is."""
    where = Filter(source="The “Lock”, daily", since="2024-01-01", until="2024-02-01")
    with spoken("es"):
        assert scope(str(where)) == "medio «The “Lock”, daily», desde 2024-01-01, hasta 2024-02-01"
        assert scope(str(Filter(author="Ann"))) == str(Filter(author="Ann"))
    assert scope(str(where)) == str(where)

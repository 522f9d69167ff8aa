"""Which language a text is in, and what languages are called.

The script tells most; English is known by its function words; what is still open is left to
py3langid, which takes a second to load.

Source: Lui and Baldwin, "langid.py: An off-the-shelf language identification tool", 2012.
"""

from __future__ import annotations

import functools
import threading
from collections import Counter
from collections.abc import Collection
from typing import Any

import regex

from qa.errors import SettingsError

NAMES = dict(
    pair.split("/")
    for pair in (
        "af/Afrikaans am/Amharic ar/Arabic az/Azerbaijani be/Belarusian bg/Bulgarian bn/Bengali "
        "bs/Bosnian ca/Catalan cs/Czech cy/Welsh da/Danish de/German el/Greek en/English "
        "es/Spanish et/Estonian eu/Basque fa/Persian fi/Finnish fr/French ga/Irish gl/Galician "
        "gu/Gujarati he/Hebrew hi/Hindi hr/Croatian hu/Hungarian hy/Armenian id/Indonesian "
        "is/Icelandic it/Italian ja/Japanese ka/Georgian kk/Kazakh km/Khmer kn/Kannada ko/Korean "
        "lo/Lao lt/Lithuanian lv/Latvian mk/Macedonian ml/Malayalam mn/Mongolian mr/Marathi "
        "ms/Malay my/Burmese ne/Nepali nl/Dutch no/Norwegian pa/Punjabi pl/Polish ps/Pashto "
        "pt/Portuguese ro/Romanian ru/Russian si/Sinhala sk/Slovak sl/Slovenian so/Somali "
        "sq/Albanian sr/Serbian sv/Swedish sw/Swahili ta/Tamil te/Telugu th/Thai tl/Tagalog "
        "tr/Turkish uk/Ukrainian ur/Urdu uz/Uzbek vi/Vietnamese zh/Chinese"
    ).split()
)
"""ISO 639-1 code -> English name, of the languages that are told apart."""

UNSPACED = frozenset("ja km lo my th zh".split())
"""The languages that put no spaces between words."""

# What is looked at of a text; fewer letters tell too little, unless their script tells.
_MOST_CHARS, _LEAST_LETTERS = 2_000, 30
# Scripts that one of our languages is written in, and those of several.
_SCRIPTS = dict(
    pair.split("/")
    for pair in (
        "Hiragana/ja Katakana/ja Han/zh Hangul/ko Hebrew/he Greek/el Thai/th Lao/lo Khmer/km "
        "Myanmar/my Tamil/ta Telugu/te Kannada/kn Malayalam/ml Bengali/bn Gujarati/gu Gurmukhi/pa "
        "Sinhala/si Georgian/ka Armenian/hy Ethiopic/am "
        "Latin/ Cyrillic/ Arabic/ Devanagari/"
    ).split()
)
_LETTER = regex.compile("|".join(rf"(?P<{script}>\p{{Script={script}}})" for script in _SCRIPTS))
_KANA = ("Hiragana", "Katakana")
_LEAST_KANA = 0.05
# Function words of English that are no words, or rare ones, of other languages in Latin script.
_ENGLISH = frozenset(
    "about after and are at because been before but could did does for from had have how into its "
    "of that the their them then there these they this those through to were what when where "
    "which while who whom whose why with would you your".split()
)
_LEAST_ENGLISH = 0.16
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_SURE, _FOREIGN = 0.5, 0.4
_lock = threading.Lock()


def code_of(tag: str) -> str:
    """Return the ISO 639-1 code of a tag or an English name: `pt` of "pt-BR"; else in lower case.

    An empty tag has none.
    """
    folded = tag.strip().casefold()
    by_name = {name.casefold(): code for code, name in NAMES.items()}
    return by_name.get(folded) or regex.split("[-_]", folded)[0]


def checked_code(tag: str) -> str:
    """Return the code of a tag or a name.

    Raises:
        SettingsError: it names no language that is known here.
    """
    code = code_of(tag)
    if code not in NAMES:
        raise SettingsError(
            f"language = {tag!r}: write a code such as es, or an English name such as Spanish"
        )
    return code


def name_of(tag: str) -> str:
    """Return what a language is called in English; the tag where that is unknown."""
    return NAMES.get(code_of(tag), tag)


def is_english(tag: str) -> bool:
    """Return whether a tag stands for English, or says nothing: then a text counts as English."""
    return code_of(tag) in {"", "en"}


def identify(text: str) -> str:
    """Return the code of a text's language; empty where too little of it tells."""
    found = list(_LETTER.finditer(text[:_MOST_CHARS]))
    if not found:
        return ""
    scripts = Counter(match.lastgroup or "" for match in found)
    if sum(scripts[kana] for kana in _KANA) >= _LEAST_KANA * len(found):
        return "ja"
    script = scripts.most_common(1)[0][0]
    if code := _SCRIPTS[script]:
        return code
    if script == "Latin" and _has_english_words(text[:_MOST_CHARS]):
        return "en"
    if len(found) < _LEAST_LETTERS:
        return ""
    best, probability = _identifier().classify(text[:_MOST_CHARS])
    return str(best) if probability >= _SURE else ""


def is_english_question(question: str, among: Collection[str] = ()) -> bool:
    """Return whether a question seems to be English.

    Args:
        question: of any length; one in Latin script is English unless it is surely not.
        among: the languages that it may be in, beside English; by default all.
    """
    if _has_english_words(question):
        return True
    found = list(_LETTER.finditer(question))
    latin = sum(match.lastgroup == "Latin" for match in found)
    if 2 * latin < len(found):
        return False
    ranked = dict(_identifier().rank(question))
    other = max(p for code, p in ranked.items() if code != "en" and (code in among or not among))
    return bool(other < max(_FOREIGN, ranked["en"]))


def _has_english_words(text: str) -> bool:
    """Return whether enough of a text's words are function words of English."""
    words = _WORD.findall(text.casefold())
    return sum(word in _ENGLISH for word in words) >= max(1, _LEAST_ENGLISH * len(words))


def _identifier() -> Any:
    """Return what tells languages apart, loaded once; of its languages, those named above."""
    with _lock:
        return _load()


@functools.cache
def _load() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(set(NAMES) & set(identifier.labels))
    return identifier

"""What the chat shows of the core's own words, in the reader's language.

The core speaks English: its errors, the notes of an answer and what an abstention says are stored
and exported as they are. Where one of them has the form of a message below, the page shows that
message in its own language, with the same names and numbers in it; anything else stays English.
tests/unit/chat/test_core_messages.py holds that these are what the core says.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

from qa.chat.i18n import ENGLISH, N_, gettext, language, language_name, listed, number, pgettext

# `%(rest)s` is itself a message of the core, `%(languages)s` are names of languages, `%(scope)s`
# are conditions on articles. The first that fits counts.
MESSAGES = (
    # Answers.
    N_("The articles do not contain an answer to this question. Nearest to it: %(titles)s."),
    N_(
        "The articles do not contain an answer to this question. Nearest to it: %(titles)s. "
        "%(rest)s"
    ),
    N_("There are no articles in the index yet."),
    N_("Quoted in %(languages)s:"),
    N_("A chat model’s sentences can be checked in English only. %(rest)s"),
    N_("The chat model wrote nothing. %(rest)s"),
    N_("The chat model wrote nothing that the articles support. %(rest)s"),
    N_("The articles are quoted instead:"),
    N_("Not in the articles: %(questions)s."),
    N_("Searched was only 1 article: %(scope)s."),
    N_("Searched were only %(count)s articles: %(scope)s."),
    N_("No article matches: %(scope)s. %(rest)s"),
    N_("No article matches: %(scope)s."),
    N_("No article is in %(languages)s."),
    N_("Hello! %(rest)s"),
    N_("You’re welcome. %(rest)s"),
    N_("Goodbye! %(rest)s"),
    N_("I answer questions about the articles here, and quote and cite them. %(rest)s"),
    N_("There is 1 article. %(rest)s"),
    N_("There are %(count)s articles. %(rest)s"),
    N_("What would you like to know about the articles?"),
    N_("Ask away if you would like to know more."),
    N_("Come back whenever you have a question."),
    N_(
        "Ask for a fact, for who said something, what happened, how a figure has changed, what is "
        "new, or for a summary of a story or an article. If they do not say, I tell you so."
    ),
    # Why a sentence of a chat model is left out.
    N_("It has markup or an address in it."),
    N_("It names no passage."),
    N_("Only a title says so."),
    N_("The passages may not say so."),
    # Why there is no answer.
    N_(
        "Something went wrong while this question was answered. The server has noted the details "
        "in its log; you can ask again."
    ),
    N_("This question is too long: at most %(count)s characters can be asked at once."),
    N_("the service is being restarted: ask again in a moment"),
    N_("there is no index in %(folder)s: run: qa index PATH, e.g. qa index corpus/"),
    # What the page's functions say.
    N_("This page has sent what cannot be understood: reload it, then try again."),
    N_("Something went wrong. The server has noted the details in its log; you can try again."),
    N_("there is nothing to export yet: ask something first"),
    N_("this answer is not there any more: reload the page"),
    N_("Refused: sign in first, or send an API key."),
    N_("Refused: the role '%(role)s' may not do this (%(action)s): ask an owner."),
    # Adding and removing articles.
    N_("something went wrong; the server has noted the details in its log"),
    N_("this cannot be undone any more: add the file again"),
    N_("a file is being added: try again when that is done"),
    N_("too many files are being added: add this one again later"),
    N_("what became of this file is not known any more: see the list"),
    N_("it did not arrive whole: add it again"),
    N_("stopped: nothing of it was added"),
    N_("too large: at most %(size)s MB"),
    N_("too large: %(count)s characters, at most %(most)s"),
    N_("there is an article of this name from another folder: rename the file"),
    N_("is empty: paste the words of the article"),
    N_("is empty"),
    N_("is no address of the web: it begins with https://"),
    N_("unknown format '%(format)s': known are %(known)s"),
    N_("holds no article"),
    N_("damaged: %(reason)s"),
    N_("added"),
    N_("changed"),
    N_("unchanged"),
    N_("refused"),
    N_("and %(count)s more"),
    N_("%(count)s added"),
    N_("%(count)s changed"),
    N_("%(count)s unchanged"),
    N_("%(count)s removed"),
    N_("%(count)s refused"),
    N_("%(part)s, %(rest)s"),
    # Formats of files, where their names are words.
    N_("feed"),
    N_("saved web page"),
    N_("mailbox"),
    N_("mail message"),
    N_("plain text"),
    N_("compressed file"),
    N_("%(file)s: %(refusal)s"),
)
# A list of titles in quotation marks, and numbers; any other field is any text.
_KINDS = {
    "titles": "“[^”]*”(?:; “[^”]*”)*",
    "count": r"\d[\d,]{0,19}",
    "most": r"\d[\d,]{0,19}",
    "size": r"\d+",
    "part": r"\d[\d,]* \w+",
}
_MOST_CHARS, _MOST_NESTED = 5_000, 6
_FIELD = re.compile(r"%\\\((\w+)\\\)s")
_SCOPE = re.compile(
    r"(?:source “(?P<source>.+)”)?(?:(?:^|, )since (?P<since>[^\s,]+))?"
    r"(?:(?:^|, )until (?P<until>[^\s,]+))?"
)


def translated(text: str, depth: int = _MOST_NESTED) -> str:
    """Return something that the core says in the language that is spoken, if it is known.

    Args:
        text: of any kind; an article or a chat model may have made it.
        depth: how many messages within each other are looked for.
    """
    if not 0 < len(text) <= _MOST_CHARS or not depth or language() == ENGLISH:
        return text
    for pattern, message in _patterns():
        if found := pattern.fullmatch(text):
            return gettext(message) % _fields(found.groupdict(), depth - 1)
    return text


def scope(text: str) -> str:
    """Return conditions on articles, as `str(Filter)` has them, in the language that is spoken."""
    found = _SCOPE.fullmatch(text)
    if not found or language() == ENGLISH:
        return text
    words = {
        "source": gettext("outlet “%(value)s”"),
        "since": gettext("since %(value)s"),
        "until": gettext("until %(value)s"),
    }
    given = {name: value for name, value in found.groupdict().items() if value}
    return pgettext("between conditions", ", ").join(
        words[name] % {"value": value} for name, value in given.items()
    )


def _fields(found: Mapping[str, str], depth: int) -> dict[str, str]:
    within = functools.partial(translated, depth=depth)
    told: Mapping[str, Callable[[str], str]] = {
        "rest": within,
        "part": within,
        "count": _number,
        "most": _number,
        "refusal": within,
        "languages": _languages,
        "scope": scope,
    }
    return {name: told.get(name, str)(value) for name, value in found.items()}


def _number(digits: str) -> str:
    return number(int(digits.replace(",", "")))


def _languages(names: str) -> str:
    return listed([language_name(name) for name in names.split(" and ")])


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(_FIELD.sub(_group, re.escape(message)), re.DOTALL), message)
        for message in MESSAGES
    ]


def _group(field: re.Match[str]) -> str:
    return f"(?P<{field[1]}>{_KINDS.get(field[1], '.+?')})"

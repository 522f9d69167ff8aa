"""Errors that are shown to the user as they are: what happened, with which name, what to do next.

QAError
├── SettingsError        a bad or unknown setting
├── ArticleError         an article or path that was refused: unreadable, empty, too large
├── IndexNotFoundError   there is no index yet
├── IndexStaleError      the index was built with other settings
├── IndexLockedError     another process is writing to the index
├── IndexDamagedError    files of the index are damaged
├── ModelError           a model could not load or answer
└── QuestionSetError     a question set cannot be used (qa.evaluation)

No evidence is an abstaining `Answer`, not an error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Line ends, terminal sequences, marks that turn the direction of writing, bytes that are no text.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str) -> str:
    """Return `text` as one line that is safe to print: control characters are escaped."""
    return _UNPRINTABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def shortened(text: str, limit: int = 200) -> str:
    """Return `text` without its middle if it is longer than `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit // 2]} … {text[-limit // 2 :]}"


class QAError(Exception):
    """Base of every error that this package raises on purpose."""


class SettingsError(QAError):
    """A setting is unknown or its value is not allowed."""


class ArticleError(QAError):
    """An article was refused.

    Attributes:
        path: the file or URL, with a line number where there is one (`news.jsonl:12`).
        reason: why, in words for its author.
        remedy: what its author can do about it, where that is known.
    """

    def __init__(self, path: str, reason: str, remedy: str = "") -> None:
        super().__init__(
            one_line(": ".join(filter(None, (shortened(path, 1_000), reason, remedy))))
        )
        self.path = path
        self.reason = reason
        self.remedy = remedy

    @property
    def explanation(self) -> str:
        """The reason and the remedy."""
        return ": ".join(filter(None, (self.reason, self.remedy)))

    def __reduce__(self) -> tuple[type[ArticleError], tuple[str, str, str]]:
        """Let another process have it: pickle would give the message for the path."""
        return type(self), (self.path, self.reason, self.remedy)


@dataclass(frozen=True, slots=True)
class ArticleWarning:
    """What was noticed about an article that is kept: a field that could not be read, say.

    Attributes:
        path: the file or URL, with a line number where there is one.
        reason: what, in words for its author.
    """

    path: str
    reason: str

    def __str__(self) -> str:
        return one_line(f"{self.path}: {self.reason}")


class IndexNotFoundError(QAError):
    """There is no index at the given path."""


class IndexStaleError(QAError):
    """The index was built with other settings than those in force."""


class IndexLockedError(QAError):
    """Another process writes to the index."""


class IndexDamagedError(QAError):
    """Files of the index are damaged."""


class ModelError(QAError):
    """A model could not be loaded, is not the one expected, or failed to answer."""

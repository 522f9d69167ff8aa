"""Errors that are shown to the user as they stand: what happened, with which name, what to do next.

QAError
├── SettingsError        a bad or unknown setting
├── ArticleError         an article or path that was refused: unreadable, empty, too large, unknown format
├── IndexNotFoundError   there is no index yet
├── IndexStaleError      the index was built with other settings
├── IndexLockedError     another process is writing to the index
├── ModelError           a model could not load or answer
└── QuestionSetError     a question set cannot be used (qa.evaluation)

No evidence is an abstaining `Answer`, not an error.
"""

from __future__ import annotations

import re

# Line ends, terminal sequences, marks that turn the direction of writing, bytes that are no text.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str) -> str:
    """Return `text` as one line that is safe to print: what acts on a terminal is written as an escape."""
    return _UNPRINTABLE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


class QAError(Exception):
    """Base of every error that this package raises on purpose."""


class SettingsError(QAError):
    """A setting is unknown or its value is not allowed."""


class ArticleError(QAError):
    """An article was refused.

    Attributes:
        path: the file or URL, with a line number where there is one (`news.jsonl:12`).
        reason: why, in words for its author.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(one_line(f"{path}: {reason}"))
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[ArticleError], tuple[str, str]]:
        """Let another process have it: pickle would give the message for the path."""
        return type(self), (self.path, self.reason)


class IndexNotFoundError(QAError):
    """There is no index at the given path."""


class IndexStaleError(QAError):
    """The index was built with other settings than those in force."""


class IndexLockedError(QAError):
    """Another process writes to the index."""


class ModelError(QAError):
    """A model could not be loaded, is not the one expected, or failed to answer."""

"""What changes the library from the page: adding files, folders, texts and addresses; removing."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import functools
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Annotated, Any

from pydantic import Field

from qa.chat.i18n import gettext, number
from qa.chat.rendering import macro
from qa.conversations.adding import Add, Addition, AddQueue
from qa.conversations.library import UPLOAD_BYTES, Library
from qa.conversations.names import file_name
from qa.conversations.outcomes import Outcome
from qa.conversations.requests import Key, Request, VisitorRequest, checked
from qa.errors import ArticleError
from qa.extract import may_hold_articles

MAX_FILES = 2_000
"""Files of one folder; a larger one is indexed with less trouble from a terminal."""

# Base64 takes four letters for three bytes. A little more is let through, so that the library's own
# message says what is too large.
_MAX_BASE64_CHARS = UPLOAD_BYTES * 4 // 3 + 1_000
_MAX_TEXT_CHARS = UPLOAD_BYTES
MAX_TITLE_CHARS = 300
MAX_ADDRESS_CHARS = 2_000
MAX_ID_CHARS = 4_000

_Path = Annotated[str, Field(min_length=1, max_length=1_000)]


class FilesRequest(Request):
    """Which files of a folder can be read?

    Attributes:
        folder: its name.
        paths: of its files, within it.
    """

    folder: _Path
    paths: Annotated[list[_Path], Field(max_length=MAX_FILES)]


class UploadRequest(VisitorRequest):
    """Add a file, whose content is in base64.

    Attributes:
        folder: in which it lies within a folder that is added.
    """

    name: _Path
    folder: Annotated[str, Field(max_length=1_000)] = ""
    data: Annotated[str, Field(max_length=_MAX_BASE64_CHARS)]


class TextRequest(VisitorRequest):
    """Add a text; without a title, its first line is taken."""

    title: Annotated[str, Field(max_length=MAX_TITLE_CHARS)]
    text: Annotated[str, Field(max_length=_MAX_TEXT_CHARS)]


class AddressRequest(Request):
    """Add what is found at an address of the web."""

    address: Annotated[str, Field(max_length=MAX_ADDRESS_CHARS)]


class AddingRequest(Request):
    """Ask how far adding something has got, or stop it."""

    token: Key


class ArticleRequest(Request):
    """Show or remove an article."""

    article: Annotated[str, Field(max_length=MAX_ID_CHARS)]


class UndoRequest(Request):
    """Undo a removal."""

    token: Key


class LibraryChanges:
    """What changes the library.

    Args:
        library: that is changed.
        addresses: whether what is found on the web may be added.
        adding: what is on its way into the library; by default a queue of its own.
    """

    def __init__(
        self, library: Library, *, addresses: bool = False, adding: AddQueue | None = None
    ) -> None:
        self._library = library
        self._addresses = addresses
        self._queue = adding or AddQueue(library)

    def functions(self) -> list[Callable[[object], dict[str, Any]]]:
        """Return what the page may call."""
        return [
            checked(FilesRequest, self.choose),
            checked(UploadRequest, self.add),
            checked(TextRequest, self.add_text),
            *([checked(AddressRequest, self.add_address)] if self._addresses else []),
            checked(AddingRequest, self.adding),
            checked(AddingRequest, self.stop_adding),
            checked(ArticleRequest, self.remove),
            checked(UndoRequest, self.undo),
        ]

    def choose(self, request: FilesRequest) -> dict[str, Any]:
        """Return which files of a folder to send, by number, and a line for each refused one.

        Files that nobody means as articles, such as hidden ones, are left out.
        """
        meant = [(at, path) for at, path in enumerate(request.paths) if may_hold_articles(path)]
        refused = {at: line for at, path in meant if (line := _refusal(request.folder, path))}
        return {
            "take": [at for at, _ in meant if at not in refused],
            "refused": list(refused.values()),
            "left": len(request.paths) - len(meant),
        }

    def add(self, request: UploadRequest) -> dict[str, Any]:
        """Begin to add a file; return a token to ask for progress, or the line of a refusal."""
        name, folder = request.name, request.folder
        shown = f"{folder}/{name}" if folder else name
        try:
            data = base64.b64decode(request.data, validate=True)
        except binascii.Error:
            return _line(Outcome(shown, "refused", "it did not arrive whole: add it again"))
        add = functools.partial(
            self._library.add, name, data, visitor=request.visitor, folder=folder
        )
        return self._submit(shown, add, len(data))

    def add_text(self, request: TextRequest) -> dict[str, Any]:
        """Begin to add a text; see `add`."""
        title, text = request.title.strip(), request.text
        add = functools.partial(self._library.add_text, title, text, visitor=request.visitor)
        return self._submit(title or gettext("the text"), add, len(text))

    def add_address(self, request: AddressRequest) -> dict[str, Any]:
        """Begin to add what is found at an address; see `add`."""
        add = functools.partial(self._library.add_address, request.address)
        return self._submit(request.address.strip(), add)

    def adding(self, request: AddingRequest) -> dict[str, Any]:
        """Return how far adding something has got, in words, or its line of the report, as HTML."""
        return _adding(self._queue.addition(request.token))

    def stop_adding(self, request: AddingRequest) -> None:
        """Stop adding something."""
        self._queue.stop(request.token)

    def remove(self, request: ArticleRequest) -> str:
        """Remove an article, and return the token that undoes it."""
        return self._library.remove(request.article)

    def undo(self, request: UndoRequest) -> str:
        """Put an article back, and return its id."""
        return self._library.undo(request.token)

    def _submit(self, name: str, add: Add, size: int = 0) -> dict[str, Any]:
        return {"token": self._queue.submit(name, add, size=size)}


def report_line(line: Outcome) -> str:
    """Return the outcome of adding something as an item of a report."""
    return macro("library_parts.html", "report_line", line)


def _refusal(folder: str, path: str) -> str:
    """Return the line of a file whose name says that it cannot be read; empty for any other."""
    try:
        file_name(PurePosixPath(path).name)
    except ArticleError as error:
        return report_line(Outcome(f"{folder}/{path}", "refused", error.explanation))
    return ""


def _adding(addition: Addition) -> dict[str, Any]:
    if addition.outcome is not None:
        return _line(dataclasses.replace(addition.outcome, name=addition.name))
    several = addition.total > 1
    fields = {
        "name": addition.name,
        "done": number(addition.done),
        "total": number(addition.total),
    }
    if not several:
        words = gettext("Adding %(name)s")
    elif addition.unit == "articles":
        words = gettext("Adding %(name)s: %(done)s of %(total)s articles")
    else:
        words = gettext("Adding %(name)s: %(done)s of %(total)s passages")
    return {"words": words % fields, "done": addition.done, "total": addition.total}


def _line(outcome: Outcome) -> dict[str, Any]:
    return {"line": report_line(outcome), "outcome": outcome.outcome}

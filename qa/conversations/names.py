"""Names of what visitors add: safe names of files, and addresses on the web."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from qa.errors import ArticleError
from qa.extract import SUFFIXES, suffix_of, unknown_format
from qa.text import normalise

# Names are limited in bytes, and a letter has up to four.
_NAME_BYTES = 100
_TITLE_CHARS = 60


def file_name(name: str, folder: str = "") -> str:
    """Return a safe file name: the last part of `name`, without control characters and the like.

    Args:
        name: as the client gives it.
        folder: in which it lies within what was added; its parts become a part of the name, so
            that files of the same name in two folders stay apart.

    Raises:
        ArticleError: nothing is left of the name, or its suffix is of no known format.
    """
    last = PurePosixPath(normalise(name).replace("\\", "/")).name
    above = PurePosixPath(normalise(folder).replace("\\", "/")).parts
    joined = "-".join([*(part for part in above if part not in {"/", ".", ".."}), last])
    safe = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in joined)
    path = PurePosixPath(" ".join(safe.split()).strip(". "))
    suffix = suffix_of(path.name)
    if suffix not in SUFFIXES or not (stem := path.name[: -len(suffix)]):
        error = unknown_format(str(path))
        raise ArticleError(name, error.reason, error.remedy)
    encoded = stem.encode("utf-8")
    mark = f"-{hashlib.sha256(encoded).hexdigest()[:8]}" if folder else ""
    if len(encoded) > _NAME_BYTES:
        kept = encoded[: _NAME_BYTES - len(mark)].decode("utf-8", "ignore").strip(". ")
        return f"{kept}{mark}{suffix}"
    return f"{stem.strip('. ')}{suffix}"


def text_file(title: str, text: str) -> tuple[str, bytes]:
    """Return the name and the content of a file for a text that was pasted.

    Args:
        title: of the article; empty if the text says it.
        text: of the article.

    Raises:
        ArticleError: the text is empty.
    """
    if not text.strip():
        raise ArticleError(title or "the text", "is empty", "paste the words of the article")
    first = title.strip() or text.strip().partition("\n")[0]
    letters = (char if char.isalnum() else " " for char in normalise(first)[:_TITLE_CHARS])
    stem = "-".join("".join(letters).split()) or "text"
    # A JSON string is one of YAML too.
    head = f"---\ntitle: {json.dumps(title.strip(), ensure_ascii=False)}\n---\n" if title else ""
    return file_name(f"{stem}.txt"), (head + text).encode("utf-8", "replace")


def web_address(typed: str) -> str:
    """Return an address of the web as it was typed, completed by `https://`.

    Raises:
        ArticleError: it is none.
    """
    address = typed.strip()
    if "://" not in address:
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
        known = parts.scheme.lower() in {"http", "https"} and parts.hostname
    except ValueError:
        known = None
    if not known or any(char.isspace() for char in address):
        raise ArticleError(typed, "is no address of the web", "it begins with https://")
    return address

"""ZIP files, opened with limits: neither a bomb nor a lie about sizes fills the memory."""

from __future__ import annotations

import zipfile
from typing import IO

from qa.errors import ArticleError
from qa.extract.document import Document, said

MOST_MEMBERS = 100_000
MOST_MEMBER_BYTES = 256_000_000
# A text compresses to a tenth, at best to a hundredth; a bomb to a thousandth.
_MOST_RATIO, _FREE_BYTES = 200, 10_000_000


class Package:
    """A ZIP file that is a document, or holds documents.

    Args:
        document: the file.

    Raises:
        ArticleError: it is damaged, or has too many members.
    """

    def __init__(self, document: Document) -> None:
        self._name = document.name
        try:
            self._zip = zipfile.ZipFile(document.data)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
            raise ArticleError(document.name, f"damaged: {error}") from None
        if len(self._zip.filelist) > MOST_MEMBERS:
            raise ArticleError(document.name, f"holds more than {MOST_MEMBERS:,} files")

    @property
    def members(self) -> list[zipfile.ZipInfo]:
        """What it holds, in its order."""
        return self._zip.filelist

    def has(self, name: str) -> bool:
        """Return whether there is a member of this name."""
        return name in self._zip.NameToInfo

    def read(self, member: str | zipfile.ZipInfo) -> bytes:
        """Return the content of a member.

        Raises:
            ArticleError: there is none, it is encrypted or damaged, or expands to too much.
        """
        name = member if isinstance(member, str) else member.filename
        where = f"{self._name}/{name}"
        if isinstance(member, str) and not self.has(member):
            raise ArticleError(self._name, f"damaged: it has no {name}")
        info = self._zip.getinfo(member) if isinstance(member, str) else member
        if info.flag_bits & 1:
            raise ArticleError(where, "encrypted: it needs a password")
        try:
            with self._zip.open(info) as data:
                return read_bounded(data, info.compress_size, where)
        except ArticleError:
            raise
        except Exception as error:  # noqa: BLE001 - zlib, lzma, bz2 and zipfile each raise their own
            raise ArticleError(where, f"damaged: {said(error)}") from None


def read_bounded(data: IO[bytes], compressed: int, where: str) -> bytes:
    """Return all data of a member, of which so many bytes are stored.

    Raises:
        ArticleError: it expands to far more than any text does.
    """
    most = min(MOST_MEMBER_BYTES, max(_FREE_BYTES, _MOST_RATIO * compressed))
    content = data.read(most + 1)
    if len(content) > most:
        raise ArticleError(where, f"expands to more than {most // 1_000_000} MB: not read")
    return content


def is_package(document: Document, member: str, mimetype: str) -> bool:
    """Return whether a document is a ZIP file with this member, or of this MIME type."""
    head = document.head()
    if not head.startswith(b"PK\x03\x04"):
        return False
    if mimetype and mimetype.encode() in head[:200]:
        return True
    try:
        return member in zipfile.ZipFile(document.data).NameToInfo
    except Exception:  # noqa: BLE001 - damaged in any way: then it is no such package
        return False

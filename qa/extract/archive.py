"""ZIP and TAR archives, compressed files: each member is read as a file of a folder would be."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO, cast

from qa.errors import ArticleError
from qa.extract import formats
from qa.extract.document import Document, Format, ReadOptions, said
from qa.extract.package import MOST_MEMBER_BYTES, MOST_MEMBERS, Package
from qa.types import Article

_MOST_BYTES = 1_000_000_000
_MOST_RATIO, _FREE_BYTES = 200, 50_000_000
_IN_MEMORY, _CHUNK = 8_000_000, 1 << 16
_XZ_MEMORY = 256_000_000
_TAR_MAGIC_AT = 257
_OUTSIDE = re.compile(r"^(?:[/\\]|[A-Za-z]:)|(?:^|[/\\])\.\.(?:[/\\]|$)")
# Members that tell a ZIP file to be something else than an archive.
_OTHERS = {
    "[Content_Types].xml": "a spreadsheet, a presentation or another Office file",
    "META-INF/MANIFEST.MF": "a program",
    "mimetype": "a document of an unknown kind",
}
_REMEDY = "unpack it, and index the folder"
_Member = tuple[str, bytes | ArticleError]

_DAMAGE = (tarfile.TarError, OSError, EOFError, ValueError, lzma.LZMAError, zlib.error)


def extract_zip(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the articles of all members, and an error for each that is refused."""
    try:
        package = Package(document)
    except ArticleError as error:
        yield error
        return
    if other := next((kind for name, kind in _OTHERS.items() if package.has(name)), ""):
        yield ArticleError(document.name, f"unknown format: {other}")
        return
    yield from _articles(document, _zip_members(package, document.name))


def extract_tar(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the articles of all members, and an error for each that is refused."""
    yield from _articles(document, _tar_members(document.data, document.name))


def extract_compressed(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the articles of a compressed file, which may be a TAR archive."""
    try:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spooled:
            expanded = cast("BinaryIO", spooled)
            _expand(document, expanded)
            if _is_tar(Document("", "", expanded, document.options)):
                yield from _articles(document, _tar_members(expanded, document.name))
            else:
                name = PurePath(document.name).stem
                yield from _member_articles(document, name, expanded)
    except ArticleError as error:
        yield error
    except _DAMAGE as error:
        yield ArticleError(document.name, f"damaged: {said(error)}")


def _articles(document: Document, members: Iterator[_Member]) -> Iterator[Article | ArticleError]:
    """Yield the articles of all members that may hold some; each is read on its own."""
    total = count = 0
    seen = set[str]()
    for name, data in members:
        where = f"{document.name}/{name}"
        count += 1
        if isinstance(data, ArticleError):
            yield data
            continue
        total += len(data)
        if total > _MOST_BYTES or count > MOST_MEMBERS:
            most = f"{_MOST_BYTES // 1_000_000} MB or {MOST_MEMBERS:,} files"
            yield ArticleError(
                where, f"the archive holds more than {most}: no more is read", _REMEDY
            )
            return
        if name in seen:
            yield ArticleError(where, "is in the archive twice")
            continue
        seen.add(name)
        yield from _member_articles(document, name, io.BytesIO(data))
    if not count:
        yield ArticleError(document.name, "holds no file that may be an article")


def _member_articles(
    document: Document, name: str, data: BinaryIO
) -> Iterator[Article | ArticleError]:
    where = f"{document.name}/{name}"
    member = Document(where, f"{document.id}/{name}", data, document.options, document.warnings)
    try:
        if any(each.recognises and each.recognises(member) for each in FORMATS):
            found = _inner_format(member)
        else:
            member.data.seek(0)
            found = formats.format_of(member, formats.FORMATS)
        member.data.seek(0)
        yield from found.extract(member)
    except ArticleError as error:
        yield error


def _inner_format(member: Document) -> Format:
    """Return the format of a member that looks like an archive, and may be a document of Word.

    Raises:
        ArticleError: it is an archive.
    """
    member.data.seek(0)
    try:
        found = formats.format_of(member, formats.FORMATS)
    except ArticleError:
        found = None
    if found is None or not found.binary:
        raise ArticleError(member.name, "an archive within an archive", _REMEDY)
    return found


def _zip_members(package: Package, archive: str) -> Iterator[_Member]:
    for info in package.members:
        name = info.filename
        where = f"{archive}/{name}"
        if info.is_dir() or _is_passed_over(name):
            continue
        mode = info.external_attr >> 16
        kind = stat.S_IFMT(mode)
        if reason := _refusal(name, is_link=stat.S_ISLNK(mode), is_file=kind in (0, stat.S_IFREG)):
            yield name, ArticleError(where, reason)
            continue
        try:
            yield name, package.read(info)
        except ArticleError as error:
            yield name, error


def _tar_members(data: BinaryIO, archive: str) -> Iterator[_Member]:
    data.seek(0)
    try:
        with tarfile.open(fileobj=data, mode="r:", errors="surrogateescape") as tar:
            for member in tar:
                name = member.name
                where = f"{archive}/{name}"
                if member.isdir() or _is_passed_over(name):
                    continue
                linked = member.issym() or member.islnk()
                reason = _refusal(name, is_link=linked, is_file=member.isreg())
                if not reason and member.size > MOST_MEMBER_BYTES:
                    reason = f"too large: at most {MOST_MEMBER_BYTES // 1_000_000} MB"
                content = None if reason else tar.extractfile(member)
                if content is None:
                    yield name, ArticleError(where, reason or "not a file")
                else:
                    yield name, content.read()
    except _DAMAGE as error:
        reason = f"damaged: {said(error)}"
        yield "", ArticleError(archive, reason)


def _is_passed_over(name: str) -> bool:
    return not (_OUTSIDE.search(name) or formats.may_hold_articles(name))


def _refusal(name: str, *, is_link: bool, is_file: bool) -> str:
    """Return why a member is not read; empty if it is."""
    if is_link:
        return "a link: not followed"
    if not is_file:
        return "not a file: a pipe, socket or device"
    if _OUTSIDE.search(name):
        return "its name leads out of the archive"
    if any("\ud800" <= char <= "\udfff" or char == "\0" for char in name):
        return "its name is not valid Unicode"
    return ""


def _expand(document: Document, target: BinaryIO) -> None:
    """Expand a compressed file.

    Raises:
        ArticleError: it expands to far more than any text does.
    """
    size = document.data.seek(0, io.SEEK_END)
    document.data.seek(0)
    most = min(_MOST_BYTES, max(_FREE_BYTES, _MOST_RATIO * size))
    written = 0
    for chunk in _chunks(document.data, document.head()):
        written += len(chunk)
        if written > most:
            raise ArticleError(document.name, f"expands to more than {most // 1_000_000} MB")
        target.write(chunk)
    target.seek(0)


def _chunks(data: BinaryIO, head: bytes) -> Iterator[bytes]:
    if head.startswith(b"\xfd7zXZ"):
        yield from _xz_chunks(data)
        return
    opened = gzip.GzipFile(fileobj=data) if head.startswith(b"\x1f\x8b") else bz2.BZ2File(data)
    with opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


def _xz_chunks(data: BinaryIO) -> Iterator[bytes]:
    """Yield what an XZ file holds; LZMAFile would take any amount of memory that it asks for."""
    decompressor = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
    while not decompressor.eof:
        read = data.read(_CHUNK) if decompressor.needs_input else b""
        if decompressor.needs_input and not read:
            raise EOFError("it ends early")
        yield decompressor.decompress(read, _CHUNK)


def _is_zip(document: Document) -> bool:
    return document.head().startswith((b"PK\x03\x04", b"PK\x05\x06"))


def _is_tar(document: Document) -> bool:
    return document.head()[_TAR_MAGIC_AT:].startswith(b"ustar")


def _is_compressed(document: Document) -> bool:
    return document.head().startswith((b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0"))


def count_zip(data: BinaryIO) -> int:
    """Return the number of files in a ZIP archive."""
    try:
        return len(Package(Document("", "", data, ReadOptions(1))).members)
    except ArticleError:
        return 1


_COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".gz", ".bz2", ".xz")
FORMATS = (
    Format("ZIP", (".zip",), extract_zip, _is_zip, binary=True, single=False, count=count_zip),
    Format("TAR", (".tar",), extract_tar, _is_tar, binary=True, single=False),
    Format(
        "compressed file",
        _COMPRESSED,
        extract_compressed,
        _is_compressed,
        binary=True,
        single=False,
    ),
)

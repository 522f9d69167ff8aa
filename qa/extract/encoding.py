"""Bytes to text: what is not certain is refused, and no character is ever replaced."""

from __future__ import annotations

import codecs
import functools
import io
import re
from typing import TYPE_CHECKING, BinaryIO

from qa.errors import ArticleError
from qa.extract.document import Document, ReadOptions

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

_MARKS = (  # UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
# A guess is certain if it makes no mess, reads like a language, and no other that makes no mess
# reads nearly as much like one. Chosen on texts of 11 languages in 24 encodings, none of which is
# read wrongly (tests/unit/test_encoding.py).
_MOST_MESS = 0.02
_LEAST_COHERENCE = 0.5
_LEAST_LEAD = 0.1
# charset-normalizer gives these no coherence; dense text in them is told by its bytes alone.
_DENSE = frozenset({"Japanese", "Chinese", "Korean"})
_LEAST_DENSITY, _LEAST_DENSE_BYTES = 0.3, 40
_TYPOGRAPHY = re.compile(
    rb"(?<![\x80-\xff\w])[\x91\x93](?=[\w$\x85\x91])|"  # opening marks
    rb"(?<=[\w.,;:!?%)\x85\x92])[\x92\x94](?=[\s.,;:!?)\x92\x94\x97]|\Z)|"  # closing ones
    rb"(?<=[A-Za-z])\x92(?=(?:s|t|d|m|re|ve|ll)\b)|(?<=\s)[\x95-\x97](?=\s)|"
    rb"(?<=[a-z,.])\x97(?=[A-Za-z])|(?<=\d)\x96(?=\d)|(?<=\w)\x85|\xa0"
)
# The better known of encodings that give one text.
_USUAL = ("cp1252", "cp1251", "cp1250", "koi8_r", "iso8859_1", "iso8859_2", "mac_roman", "cp932")


def decode(data: bytes, where: str, options: ReadOptions) -> str:
    """Decode what a byte order mark names, or UTF-8, or `options.encoding`, or what is certain.

    Raises:
        ArticleError: the bytes are none of these.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decoded(data, name, where)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        name = options.encoding or _guessed(_telling(io.BytesIO(data)), where, error.start)
        return _decoded(data, name, where)


def encoding_of(document: Document) -> str:
    """Return the encoding of a document's text, and go back to its start.

    Raises:
        ArticleError: it is uncertain.
    """
    head = document.head()
    if marked := next((name for mark, name in _MARKS if head.startswith(mark)), ""):
        return marked
    bad = _first_bad_byte(document.data)
    document.data.seek(0)
    if bad < 0:
        return "utf-8-sig"
    if document.options.encoding:
        return document.options.encoding
    sample = _telling(document.data)
    document.data.seek(0)
    return _guessed(sample, document.name, bad)


def read_text(document: Document) -> str:
    """Return the text of a whole document.

    Raises:
        ArticleError: it is too large, or its encoding is uncertain.
    """
    most = 4 * document.max_chars + 4
    data = document.data.read(most + 1)
    if len(data) > most:
        raise ArticleError(document.name, f"too large: more than {document.max_chars:,} characters")
    return decode(data, document.name, document.options)


def _decoded(data: bytes, encoding: str, where: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        place = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
        raise ArticleError(
            where, f"not {encoding.upper()} text{place}", "name its encoding with --encoding NAME"
        ) from None


def _first_bad_byte(data: BinaryIO) -> int:
    """Return the offset of the first byte that is not UTF-8; -1 if there is none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for number, chunk in enumerate(iter(functools.partial(data.read, _CHUNK), b"")):
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return number * _CHUNK + error.start
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return data.tell() - 1
    return -1


def _telling(data: BinaryIO) -> bytes:
    """Return the lines that are not ASCII, as many as a guess needs: the others tell nothing."""
    lines = list[bytes]()
    size = 0
    while size < _SAMPLE and (line := data.readline(_SAMPLE)):
        if not line.isascii():
            lines.append(line)
            size += len(line)
    return b"".join(lines)


def _guessed(data: bytes, where: str, bad: int) -> str:
    """Return the encoding that charset-normalizer names with certainty.

    Raises:
        ArticleError: it names none, or several.
    """
    from charset_normalizer import from_bytes

    reason = f"not UTF-8 text (byte {bad})"
    matches = [] if b"\0" in data else list(from_bytes(data))
    if not matches:
        raise ArticleError(where, reason, "save it as UTF-8, or name its --encoding")
    best = matches[0]
    name = next((usual for usual in _USUAL if usual in best.could_be_from_charset), best.encoding)
    if not (_is_certain(matches) or _is_dense(data, best)):
        if _is_typographic(data):
            return "cp1252"
        near = {
            each
            for other in matches
            if other.chaos <= best.chaos + _MOST_MESS
            for each in (other.encoding, *other.could_be_from_charset)
        }
        name = next((usual for usual in _USUAL if usual in near), name)
        likely = f"{reason}, likely {name}"
        raise ArticleError(where, likely, f"save it as UTF-8, or say --encoding {name}")
    return name


def _is_typographic(data: bytes) -> bool:
    """Return whether all that is not ASCII are quotation marks and dashes where such stand.

    They are the same bytes in all of Windows' encodings of Latin letters.
    """
    return not any(byte >= 0x80 for byte in _TYPOGRAPHY.sub(b"", data))


def _is_certain(matches: list[CharsetMatch]) -> bool:
    best, *others = matches
    rivals = (other for other in others if other.chaos <= best.chaos + _MOST_MESS)
    return (
        best.chaos <= _MOST_MESS
        and best.coherence >= _LEAST_COHERENCE
        and all(rival.coherence <= best.coherence - _LEAST_LEAD for rival in rivals)
    )


def _is_dense(data: bytes, best: CharsetMatch) -> bool:
    high = sum(byte >= 0x80 for byte in data)
    dense = high >= max(_LEAST_DENSE_BYTES, _LEAST_DENSITY * len(data))
    return dense and best.language in _DENSE and best.chaos <= _MOST_MESS

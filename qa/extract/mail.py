"""Mail: a message (.eml) or a mailbox (.mbox), each message an article."""

from __future__ import annotations

import email.policy
import email.utils
import hashlib
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.parser import BytesParser
from pathlib import PurePath
from typing import Any, BinaryIO

from qa.errors import ArticleError
from qa.extract.document import Document, Format, checked, metadata, said
from qa.extract.encoding import decode
from qa.extract.markup import html_text, parse_html
from qa.text import has_surrogates, normalise
from qa.types import Article

_MOST_BYTES = 100_000_000
_MOST_PARTS = 1_000
_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}")
_REPLY = re.compile(r"(?:re|aw|sv|antw)\s*:", re.IGNORECASE)
# A quoted message, with the line above it that says whose it is.
_QUOTED = re.compile(
    r"(?:^(?!>).{0,200}(?:\n(?!>).{1,100})?:[^\S\n]*\n(?:[^\S\n]*\n)?)?(?:^>.*(?:\n|\Z))+",
    re.MULTILINE,
)
_SIGNATURE = re.compile(r"^-- ?$\n", re.MULTILINE)
_SOFT_BREAK = re.compile(r"(?<=[^\s-]) \n(?=[^\s>])")
# Addresses behind the words that link to them, and lines that are nothing else.
_LINK = re.compile(
    r"(?<=\S)[^\S\n]*(?:<(?:https?://|mailto:)[^<>\s]*>|[(\[]\s?https?://[^\s()\[\]]+\s?[)\]])"
)
_ONLY_LINK = re.compile(r"[<(\[]? ?https?://\S+ ?[>)\]]?")
_MAIL_HEADERS = re.compile(
    rb"^(?:Return-Path|Received|From|Delivered-To|Message-ID|MIME-Version|Date|Subject):",
    re.IGNORECASE | re.MULTILINE,
)


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the article of a message, or why it was refused."""
    data = document.data.read(_MOST_BYTES + 1)
    try:
        yield _article(document, data, document.id, document.name)
    except ArticleError as error:
        yield error


def extract_mailbox(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the article of each message, or why it was refused."""
    seen = set[str]()
    number = 0
    for number, data in enumerate(_messages(document.data), 1):
        where = f"{document.name}:{number}"
        try:
            message_id = header(parsed(data, where), "message-id")
            digest = hashlib.sha256(
                message_id.encode("utf-8", "surrogatepass") or data
            ).hexdigest()[:12]
            article = _article(document, data, f"{document.id}#{digest}", where)
        except ArticleError as error:
            yield error
            continue
        if article.id in seen:
            yield ArticleError(where, "the mailbox already has this message")
        else:
            seen.add(article.id)
            yield article
    if not number:
        yield ArticleError(document.name, "holds no message")


def count(data: BinaryIO) -> int:
    """Return about how many messages a mailbox holds."""
    return sum(line.startswith(b"From ") for line in data)


def _messages(data: BinaryIO) -> Iterator[bytes]:
    """Yield the messages of a mailbox: each begins with `From ` after an empty line."""
    lines = list[bytes]()
    size, before = 0, b""
    for line in data:
        if line.startswith(b"From ") and not before.strip():
            if lines:
                yield b"".join(lines)
            lines, size = [], 0
        elif size <= _MOST_BYTES:
            lines.append(
                line[1:]
                if line.startswith(b">") and line.lstrip(b">").startswith(b"From ")
                else line
            )
            size += len(line)
        before = line
    if lines:
        yield b"".join(lines)


def parsed(data: bytes, where: str) -> EmailMessage:
    """Return a message.

    Raises:
        ArticleError: it is too large, or damaged.
    """
    if len(data) > _MOST_BYTES:
        raise ArticleError(where, f"too large: at most {_MOST_BYTES // 1_000_000} MB")
    try:
        return BytesParser(policy=email.policy.default).parsebytes(data)
    except Exception as error:  # noqa: BLE001 - the parser raises whatever a defect leads to
        raise ArticleError(where, f"damaged: {said(error)}") from None


def _article(document: Document, data: bytes, identifier: str, where: str) -> Article:
    message = parsed(data, where)
    if not message.keys():
        raise ArticleError(where, "no message: it has no head")
    try:
        text, attached = _content(message, document, where)
    except (LookupError, ValueError, RecursionError, AttributeError, TypeError) as error:
        raise ArticleError(where, f"damaged: {said(error)}") from None
    if attached:
        document.warn(f"attachments are not read: {', '.join(attached)}", where)
    name, address = email.utils.parseaddr(header(message, "from").replace(" at ", "@"))
    fields = metadata(
        {
            "title": header(message, "subject") or PurePath(document.name).stem,
            "author": name or address,
            "published": _date(message, document, where),
        },
        document,
        where,
    )
    article = Article(identifier, text=normalise(text), **fields)
    return checked(article, where, document.max_chars)


def _content(message: EmailMessage, document: Document, where: str) -> tuple[str, list[str]]:
    """Return a message's text, and the names of what is attached: plain text is preferred."""
    plain, marked, attached = list[str](), list[str](), list[str]()
    for number, part in enumerate(message.walk()):
        if number > _MOST_PARTS:
            raise ArticleError(where, f"has more than {_MOST_PARTS:,} parts")
        kind = part.get_content_type()
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment":
            attached.append(str(name or kind))
        elif kind == "text/plain":
            plain.append(_written(part, _text(part, document, where)))
        elif kind == "text/html":
            marked.append(html_text(parse_html(_text(part, document, where), where)))
        else:
            attached.append(kind)
    texts = plain if any(map(str.strip, plain)) else marked
    if header(message, "in-reply-to") or _REPLY.match(header(message, "subject")):
        texts = list(map(_without_quotes, texts))
    return "\n\n".join(text.strip("\r\n") for text in texts if text.strip()), attached


def _written(part: Message, text: str) -> str:
    """Return what was written: lines that were broken to be sent whole, no signature or address."""
    text = text.replace("\r\n", "\n")
    if str(part.get_param("format", "")).lower() == "flowed":
        gap = "" if str(part.get_param("delsp", "")).lower() == "yes" else " "
        text = _SOFT_BREAK.sub(gap, text)
    text = _SIGNATURE.split(text, maxsplit=1)[0]
    lines = _LINK.sub("", text).split("\n")
    return "\n".join(line for line in lines if not _ONLY_LINK.fullmatch(line.strip()))


def _without_quotes(text: str) -> str:
    """Return a reply without the message that it answers, if anything is left."""
    left = _QUOTED.sub("", text)
    return left if any(map(str.isalnum, left)) else text


def _text(part: Message, document: Document, where: str) -> str:
    """Return the text of a part: as its own charset says, else as any text."""
    payload: Any = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset()
    if charset and charset not in {"us-ascii", "unknown-8bit"}:
        try:
            return data.decode(charset)
        except (LookupError, UnicodeError):
            document.warn(f"is not {charset} text, as it says", where)
    return decode(data, where, document.options)


def header(message: Message, name: str) -> str:
    """Return a header on one line; empty if there is none, or none that can be read."""
    try:
        raw = next((str(v) for key, v in message.raw_items() if key.lower() == name), "")
        # Letters that are not encoded as headers should be: by now, they are UTF-8.
        plain = raw.encode("ascii", "surrogateescape").decode() if has_surrogates(raw) else ""
        shown = " ".join((plain or str(message.get(name, ""))).split())
        return shown.replace("\ufffd", "")  # bytes that its charset does not know
    except Exception:  # noqa: BLE001 - the parser raises whatever a defect leads to
        return ""


def _date(message: Message, document: Document, where: str) -> str:
    written = header(message, "date")
    if not written:
        return ""
    try:
        return email.utils.parsedate_to_datetime(written).isoformat()
    except (ValueError, TypeError, IndexError):
        document.warn(f"the date {written!r} cannot be read: dropped", where)
        return ""


def is_message(document: Document) -> bool:
    """Return whether a document begins as a message does."""
    head = document.head()
    return bool(_HEADER.match(head)) and len(_MAIL_HEADERS.findall(head)) >= 2


def _is_mailbox(document: Document) -> bool:
    first, _, rest = document.head().partition(b"\n")
    return first.startswith(b"From ") and bool(_HEADER.match(rest))


FORMATS = (
    Format("mailbox", (".mbox", ".mbx"), extract_mailbox, _is_mailbox, single=False, count=count),
    Format("mail message", (".eml",), extract, is_message),
)

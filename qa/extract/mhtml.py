"""Web pages as browsers save them in one file: MHTML, a message with the page and its pictures."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from email.message import EmailMessage

from qa.errors import ArticleError
from qa.extract import html
from qa.extract.document import Document, Format
from qa.extract.mail import header, is_message, parsed
from qa.types import Article

_MOST_BYTES = 100_000_000


def extract(document: Document) -> Iterator[Article | ArticleError]:
    """Yield the page's one article, or why there is none."""
    where = document.name
    try:
        message = parsed(document.data.read(_MOST_BYTES + 1), where)
        page = _page(message)
    except (ArticleError, LookupError, ValueError, RecursionError, AttributeError, TypeError):
        page = None
    if page is None:
        yield ArticleError(where, "holds no page", "save the page again, as .html")
        return
    data, charset = page
    options = dataclasses.replace(document.options, encoding=document.options.encoding or charset)
    address = header(message, "snapshot-content-location")
    inner = dataclasses.replace(document, data=io.BytesIO(data), options=options)
    for made in html.extract(inner):
        if isinstance(made, Article) and not made.url:
            yield dataclasses.replace(made, url=address)
        else:
            yield made


def _page(message: EmailMessage) -> tuple[bytes, str] | None:
    """Return the bytes of the first HTML part, and its encoding where it names one."""
    for part in message.walk():
        payload = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if isinstance(payload, bytes) and payload.strip():
            return payload, part.get_content_charset() or ""
    return None


def _recognises(document: Document) -> bool:
    head = document.head().lower()
    saved = b"\nsnapshot-content-location:" in head or head.startswith(b"from: <saved by")
    return saved and is_message(document)


FORMATS = (Format("saved web page", (".mhtml", ".mht"), extract, _recognises),)

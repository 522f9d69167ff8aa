"""What a web server answered."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qa.errors import ArticleError

if TYPE_CHECKING:
    from qa.sources.web.addresses import Address

MOST_BYTES = 20_000_000
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class UnreachableError(ArticleError):
    """A machine could not be reached, or did not answer as it should: it may do so later."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back.

    Attributes:
        address: that was asked.
        status: of HTTP.
        headers: by name in lower case.
        body: decompressed; empty unless the status is 200.
    """

    address: Address
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def media_type(self) -> str:
        """The type, without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """The character encoding that the type names; empty if it names none."""
        parameters = self.headers.get("content-type", "").lower().split(";")[1:]
        named = (part.partition("=") for part in parameters)
        return next((v.strip(" \"'") for key, _, v in named if key.strip() == "charset"), "")

    @property
    def location(self) -> str:
        """Where a redirect leads; empty for another answer."""
        return self.headers.get("location", "") if self.status in _REDIRECTS else ""

    @property
    def is_permanent(self) -> bool:
        """Whether a redirect is for good."""
        return self.status in {301, 308}


def unzipped(data: bytes) -> bytes:
    """Return the content of a gzip file, at most one byte more than what is read at most.

    Raises:
        OSError, EOFError, zlib.error: it is damaged.
    """
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        return file.read(MOST_BYTES + 1)

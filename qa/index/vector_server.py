"""Vectors on a Chroma server, for several machines: one writes, any number read.

A reader may have an older copy of the articles than the writer: then the vectors are ahead of it.
What it does not know is skipped, and what is gone is no longer found by its vector.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qa.errors import QAError, one_line
from qa.index.collection import GENERATION, GRAPH, Collection
from qa.index.vector_files import COLLECTION

_EARLIER = "earlier"
# Generations that a reader may be behind.
_REMEMBERED = 200
# Seconds that the server may take for a request; Chroma's client would wait for ever.
_PATIENCE = 60.0


class ServerVectors(Collection):
    """A `VectorStore` in a collection on a Chroma server.

    Args:
        address: of the server, as `http://host:port`; a path is the name of the collection, where
            several indexes share a server.
        token: sent as a bearer token. Chroma's own server asks for none: a proxy before it may.
        shown: the index's folder as the user wrote it, for messages.
    """

    def __init__(self, address: str, token: str = "", *, shown: Path) -> None:
        super().__init__(shown=shown)
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._name = urlsplit(address).path.strip("/") or COLLECTION

    def clear(self) -> None:
        """Delete everything."""
        with self._collection():
            self._client.delete_collection(self._name)
        self.reopen()

    def generation(self) -> str:
        """Return the token set last, by whomever; empty if none was."""
        return str(self._metadata().get(GENERATION, ""))

    def set_generation(self, token: str) -> None:
        """Record which state of the articles the vectors belong to, and those before."""
        known = self._metadata()
        earlier = [known.get(GENERATION, ""), *known.get(_EARLIER, "").split()]
        kept = [each for each in dict.fromkeys(earlier) if each and each != token]
        with self._writing() as collection:
            collection.modify(metadata={GENERATION: token, _EARLIER: " ".join(kept[:_REMEMBERED])})

    def had(self, token: str) -> bool:
        """Return whether a token was set before the last one: a writer is ahead."""
        return bool(token) and token in self._metadata().get(_EARLIER, "").split()

    def _metadata(self) -> dict[str, str]:
        """Return what the collection says of itself now; the client would remember it."""
        self.reopen()
        with self._collection() as collection:
            return dict(collection.metadata or {})

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Any]:
        with self._collection() as collection:
            yield collection

    def _failure(self, error: BaseException) -> QAError | None:
        # Chroma's client raises bare exceptions, too.
        if not isinstance(error, Exception) or isinstance(error, QAError):
            return None
        return QAError(
            f"the vectors at {self._address} cannot be used ({one_line(str(error)) or 'refused'}): "
            "see that the server runs, and that QA_VECTORS and QA_VECTORS_TOKEN are right"
        )

    def _connect(self) -> Any:
        import chromadb

        if self._client is None:
            place = urlsplit(self._address)
            secure = place.scheme == "https"
            client = chromadb.HttpClient(
                host=place.hostname or "",
                port=place.port or (443 if secure else 80),
                ssl=secure,
                headers=dict(self._headers),
                settings=chromadb.config.Settings(anonymized_telemetry=False),
            )
            client._server._session.timeout = _PATIENCE  # type: ignore[attr-defined]  # noqa: SLF001 - it has no setting
            self._client = client
        return self._client.get_or_create_collection(
            self._name, configuration={"hnsw": GRAPH}, embedding_function=None
        )

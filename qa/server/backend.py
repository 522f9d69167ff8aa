"""What every interface to one collection shares: the page, REST and MCP."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path

from qa.conversations.adding import AddQueue
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.library import Library
from qa.conversations.service import ChatService
from qa.conversations.updating import Updater
from qa.errors import QAError
from qa.files import make_private_folder, write_private_file
from qa.server.access import Caller
from qa.server.audit import FILE_NAME, AuditLog
from qa.server.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Backend:
    """One collection, and what happens with it. `Backend.over` makes one.

    Attributes:
        pipeline: answers.
        folder: where conversations, feedback and added articles are stored.
        metrics: what is counted.
        chat: the conversations.
        audit: the log of changes.
        library: takes articles; None where nobody may change anything.
        adding: what is on its way into the library; None without one.
        addresses: whether what is found on the web may be added.
    """

    pipeline: LazyPipeline
    folder: Path
    metrics: Metrics
    chat: ChatService
    audit: AuditLog
    library: Library | None = None
    adding: AddQueue | None = None
    addresses: bool = False
    _secret: list[bytes] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def over(  # noqa: PLR0913 - by keyword, all but three
        cls,
        pipeline: LazyPipeline,
        folder: Path,
        metrics: Metrics | None = None,
        *,
        read_only: bool = False,
        addresses: bool = False,
        updater: Updater | None = None,
    ) -> Backend:
        """Return the backend of a pipeline, which stores its things in a folder."""
        library = None if read_only else Library(pipeline, folder / "articles", updater)
        return cls(
            pipeline,
            folder,
            metrics or Metrics(),
            ChatService(pipeline, folder),
            AuditLog(folder / FILE_NAME),
            library,
            AddQueue(library) if library else None,
            addresses=addresses and not read_only,
        )

    def visitor_of(self, caller: Caller) -> str:
        """Return the secret under which a caller's conversations are stored.

        A user's is derived from a key that never leaves the folder: nobody else can name it.
        Without a login, it is the one that the caller chose.

        Raises:
            QAError: there is no login, and the caller sent no secret.
        """
        if not caller.principal.name:
            if not caller.visitor:
                raise QAError(
                    "without a login, conversations need a secret of yours: send 32 hexadecimal "
                    "digits, always the same, in the header QA-Visitor"
                )
            return caller.visitor
        name = f"user:{caller.principal.name}".encode()
        return hmac.new(self._key(), name, hashlib.sha256).hexdigest()[:32]

    def _key(self) -> bytes:
        with self._lock:  # two who come first must not write a key each
            if not self._secret:
                path = self.folder / "visitors.key"
                if not path.exists():
                    make_private_folder(self.folder)
                    write_private_file(path, secrets.token_bytes(32))
                self._secret.append(path.read_bytes())
            return self._secret[0]

"""The audit log: who signed in, was refused, or changed something. It holds no question."""

from __future__ import annotations

import datetime as dt
import json
import logging
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from qa.errors import one_line, shortened
from qa.files import make_private_file, make_private_folder
from qa.server.access import Caller

FILE_NAME = "audit.jsonl"
_MAX_BYTES, _KEPT_FILES = 10_000_000, 5
_TARGET_CHARS = 300

_log = logging.getLogger(__name__)


class AuditLog:
    """One line of JSON for each event, in a file for its owner alone; old lines go at 60 MB.

    Args:
        path: the file; made by the first event.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._handler: _PrivateFile | None = None

    def note(self, caller: Caller, action: str, outcome: str, target: str = "") -> None:
        """Note an event. A failure is logged: it is no reason to refuse anybody.

        Args:
            caller: who, and from where.
            action: what was wanted.
            outcome: `done`, `refused` or the status of the response.
            target: the article, file, address or user that it was about.
        """
        line = {
            "time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            "user": caller.principal.name,
            "key": caller.principal.key,
            "client": caller.client,
            "action": action,
            "target": shortened(one_line(target), _TARGET_CHARS),
            "outcome": outcome,
        }
        try:
            with self._lock:
                self._opened().emit(_record(json.dumps(line, ensure_ascii=False)))
        except OSError:
            _log.exception("an event of the audit log could not be written")

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """Return the newest events of the present file, the newest first."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in reversed(lines[-limit:])]

    def _opened(self) -> _PrivateFile:
        if self._handler is None:
            make_private_folder(self._path.parent)
            self._handler = _PrivateFile(
                self._path, maxBytes=_MAX_BYTES, backupCount=_KEPT_FILES, encoding="utf-8"
            )
        return self._handler


class _PrivateFile(RotatingFileHandler):
    """A log for its owner alone."""

    def _open(self) -> Any:
        make_private_file(Path(self.baseFilename))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's
        """Raise what went wrong, instead of printing it."""
        raise  # noqa: PLE0704 - logging calls this while it handles the error


def _record(line: str) -> logging.LogRecord:
    return logging.LogRecord("qa.audit", logging.INFO, "", 0, line, None, None)

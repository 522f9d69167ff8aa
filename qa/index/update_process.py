"""Updates an index in another process, so that this one goes on answering questions.

The other process has a low priority and at most half of the processor's cores. It ends when it is
told to, and when this one ends in whatever way. What that interrupts is cleaned up by whoever
writes next, as after any interruption.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from qa.errors import ArticleError, ArticleWarning, QAError
from qa.index.child import child
from qa.index.update import Embedded, Progress, Report
from qa.settings import Settings


class UpdateProcess:
    """Updates the index of some settings; starts its process when it is needed.

    Args:
        settings: of the index, which exists.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.model_copy(update={"index": settings.index.absolute()})
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.RLock()

    def check(self, path: Path) -> None:
        """Read a file or folder without indexing it.

        Raises:
            ArticleError: there is no article in it.
        """
        self._ask("check", str(path), {})

    def update(
        self,
        places: Sequence[str | Path] = (),
        *,
        progress: Progress | None = None,
        embedded: Embedded | None = None,
    ) -> Report:
        """Bring the index up to date with some places; see `qa.index.Index.update`.

        What `progress` or `embedded` raises ends the update and the process.

        Raises:
            QAError: what the update raised, or its process has ended.
        """
        watchers = {"article": progress, "passage": embedded}
        told = self._ask("update", [str(place) for place in places], watchers)
        told["refused"] = tuple(ArticleError(*error) for error in told["refused"])
        told["warnings"] = tuple(ArticleWarning(*warning) for warning in told["warnings"])
        for name in ("added", "changed", "unchanged", "removed"):
            told[name] = tuple(told[name])
        return Report(**told)

    def end(self) -> None:
        """End the process, whatever it is doing."""
        with self._lock:
            process, self._process = self._process, None
        if process:
            process.kill()
            with contextlib.suppress(BrokenPipeError):  # what was not sent is lost
                process.communicate()

    def _ask(
        self, wanted: str, value: object, watchers: Mapping[str, Callable[..., None] | None]
    ) -> Any:
        with self._lock:
            try:
                name, answer = self._answer([wanted, value], watchers)
            except BaseException:
                self.end()
                raise
        if name == "refused":
            raise ArticleError(*answer)
        if name == "error":
            raise QAError(answer)
        return answer

    def _answer(
        self, request: object, watchers: Mapping[str, Callable[..., None] | None]
    ) -> tuple[str, Any]:
        """Send a request, pass on what is told meanwhile, and return the answer with its name."""
        process = self._running()
        with contextlib.suppress(BrokenPipeError):
            _send(process, json.dumps(request))
            for line in process.stdout or ():
                name, *values = json.loads(line)
                if name not in watchers:
                    return name, values[0]
                if watcher := watchers[name]:
                    watcher(*values)
        code = process.wait()
        by = f"by {signal.Signals(-code).name}" if code < 0 else f"with code {code}"
        raise QAError(f"the process that indexes was ended {by}: nothing is lost, try again")

    def _running(self) -> subprocess.Popen[str]:
        """Return the process; start it unless it runs."""
        if self._process and self._process.poll() is not None:
            self.end()
        if self._process is None:
            threads = str(max(1, (os.cpu_count() or 1) // 2))
            variables = {"OMP_NUM_THREADS": threads, "RAYON_NUM_THREADS": threads}
            self._process = subprocess.Popen(
                **child("qa.index.update_worker", threads, **variables),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
            # The login is nobody else's business.
            _send(self._process, self._settings.model_dump_json(exclude={"login"}))
        return self._process


def _send(process: subprocess.Popen[str], line: str) -> None:
    if process.stdin:
        process.stdin.write(line + "\n")
        process.stdin.flush()

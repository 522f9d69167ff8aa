"""The other end of `qa.index.update_process`: `python -m qa.index.update_worker THREADS`.

Standard input gives the settings, then requests; standard output tells the progress, then an
answer. All are lines of JSON.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qa.errors import ArticleError, ArticleWarning, QAError
from qa.index.index import Index
from qa.models.encoder import Encoder, open_encoder
from qa.settings import Settings
from qa.sources import check_readable

_NICE = 5


def main() -> None:
    """Do what is asked, one request after the other, until standard input ends."""
    with contextlib.suppress(AttributeError, OSError):  # where there are no such priorities
        os.nice(_NICE)
    # Whatever a library prints must not get between the lines.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(name: str, *values: Any) -> None:
        out.write(json.dumps([name, *values], default=_fields) + "\n")
        out.flush()

    settings = Settings(**json.loads(sys.stdin.readline()))
    requests: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(requests,), daemon=True).start()
    worker = _Worker(settings, tell)
    while True:
        name, value = requests.get()
        try:
            tell("done", getattr(worker, name)(value))
        except ArticleError as error:
            tell("refused", error)
        except QAError as error:
            tell("error", str(error))
        except OSError as error:
            tell("error", error.strerror or str(error))


class _Worker:
    def __init__(self, settings: Settings, tell: Callable[..., None]) -> None:
        self._settings = settings
        self._tell = tell

    def check(self, path: str) -> None:
        """Raise ArticleError if there is no article in a file."""
        check_readable(Path(path), max_chars=self._settings.max_article_chars)

    def update(self, places: list[str]) -> dict[str, Any]:
        """Update, and return the report."""
        told = {name: functools.partial(self._tell, name) for name in ("article", "passage")}
        report = self._index.update(places, progress=told["article"], embedded=told["passage"])
        return {each.name: getattr(report, each.name) for each in dataclasses.fields(report)}

    @functools.cached_property
    def _index(self) -> Index:
        encoder = open_encoder(self._settings.encoder)
        if isinstance(encoder, Encoder):
            encoder.threads = int(sys.argv[1])
        return Index.open(self._settings, encoder=encoder)


def _fields(item: ArticleError | ArticleWarning) -> list[str]:
    """Return what an error or warning is made of."""
    return [item.path, item.reason, *([item.remedy] if isinstance(item, ArticleError) else [])]


def _receive(requests: queue.SimpleQueue[tuple[str, Any]]) -> None:
    for line in sys.stdin:
        requests.put(json.loads(line))
    os._exit(0)  # nobody is there any more: in the middle of whatever it is


if __name__ == "__main__":
    main()

"""`qa.answer` and `qa.search`: a pipeline is opened at the first call, and kept."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from qa.pipeline import Pipeline
from qa.settings import Settings
from qa.types import Answer, Filter, Hit, Turn


def answer(
    question: str,
    *,
    history: Sequence[Turn] = (),
    settings: Settings | None = None,
    where: Filter | None = None,
) -> Answer:
    """Return the answer to a question, from the index that `settings` or `QA_INDEX` name.

    See `Pipeline.answer` for arguments and errors.
    """
    return _opened(settings).answer(question, history=history, where=where)


def search(
    query: str, *, k: int = 10, settings: Settings | None = None, where: Filter | None = None
) -> list[Hit]:
    """Return the k best passages for a query, from the index that `settings` or `QA_INDEX` name."""
    return _opened(settings).search(query, k=k, where=where)


def _opened(settings: Settings | None) -> Pipeline:
    settings = settings or Settings.from_env()
    return _opened_at(settings, settings.index.absolute())


@functools.lru_cache(maxsize=4)
def _opened_at(settings: Settings, _place: Path) -> Pipeline:
    return Pipeline.open(settings)

"""What a visitor sees before asking: how many articles there are, and example questions."""

from __future__ import annotations

import itertools
import logging
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from qa.chat.i18n import ENGLISH, N_, gettext, spoken
from qa.chat.library_view import count
from qa.chat.rendering import macro
from qa.conversations.lazy_pipeline import LazyPipeline, QuestionAnswerer
from qa.conversations.messages import told
from qa.errors import IndexNotFoundError, IndexStaleError, QAError
from qa.index import ArticleSummary
from qa.sources import to_path

MAX_EXAMPLES = 4
# A question made from a title is only offered if it has an answer, and each try takes time.
_MAX_TRIED = 8
_MAX_TITLE_CHARS = 80
_LISTED_QUESTION = re.compile(r"^\s*(?:[-*]|\d{1,2}\.)\s+(.{3,160}\?)\s*$", re.MULTILINE)
_NOT_READY = N_(
    "Something went wrong while the chat was made ready. The server's log has the details."
)

_log = logging.getLogger(__name__)


class Examples:
    """The example questions of a pipeline, found once for all visitors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: tuple[QuestionAnswerer, list[str]] | None = None

    def get(self, pipeline: QuestionAnswerer) -> list[str]:
        """Return the example questions, see `find_examples`."""
        with self._lock:
            if self._found is None or self._found[0] is not pipeline:
                self._found = (pipeline, find_examples(pipeline))
            return self._found[1]


def greeting(
    pipeline: LazyPipeline, examples: Examples, code: str = ENGLISH, *, read_only: bool = False
) -> Iterator[tuple[str, str | None]]:
    """Yield the notice and the examples as HTML; None for examples that are still being found.

    The notice says how many articles there are, or why no question can be asked; and unless the
    library is read-only, how articles are added. `code` is the language it is told in.
    """
    try:
        opened = pipeline.get()
        entries = opened.index.catalogue()
        with spoken(code):
            notice = macro("notices.html", "ready", count(entries), opened.llm_name)
        yield notice, None
        yield notice, macro("notices.html", "examples", examples.get(opened))
    except QAError as error:
        missing = isinstance(error, IndexNotFoundError | IndexStaleError)
        with spoken(code):
            html = macro(
                "notices.html", "failure", told(error), missing=missing, read_only=read_only
            )
        yield html, ""
    except Exception:  # noqa: BLE001 - outer boundary: the page stays up whatever happened
        _log.exception("the chat could not be made ready")
        with spoken(code):
            html = macro("notices.html", "failure", gettext(_NOT_READY))
        yield html, ""


def find_examples(pipeline: QuestionAnswerer) -> list[str]:
    """Return up to four questions that are listed in the README of an indexed folder.

    Without such a README, one question about each of the newest articles, if it has an answer.
    """
    if listed := list(dict.fromkeys(_listed(map(to_path, pipeline.index.roots())))):
        return listed[:MAX_EXAMPLES]
    tried = itertools.islice(_about_titles(pipeline.index.catalogue()), _MAX_TRIED)
    answered = (question for question in tried if not pipeline.answer(question).abstained)
    return list(itertools.islice(answered, MAX_EXAMPLES))


def _listed(roots: Iterable[Path]) -> Iterator[str]:
    for root in roots:
        readme = root / "README.md"
        if readme.is_file():
            yield from _LISTED_QUESTION.findall(
                readme.read_text(encoding="utf-8", errors="replace")
            )


def _about_titles(entries: Iterable[ArticleSummary]) -> Iterator[str]:
    for entry in sorted(entries, key=lambda entry: entry.published, reverse=True):
        if 0 < len(entry.title) <= _MAX_TITLE_CHARS:
            yield f"What is reported in “{entry.title}”?"

"""Ask questions of a collection of articles, get short answers that are tied to exact passages.

    from qa import answer
    a = answer("who is accused of blocking the corridor?")
    a.text, a.citations[0].quote, a.abstained

Names are loaded on first use, so that `import qa` takes no time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from qa import _offline

if TYPE_CHECKING:
    from qa._api import answer, search
    from qa.answering.grounding import TextSpan, Verdict, verify
    from qa.errors import (
        ArticleError,
        IndexDamagedError,
        IndexLockedError,
        IndexNotFoundError,
        IndexStaleError,
        ModelError,
        QAError,
        SettingsError,
    )
    from qa.index import Index, Report
    from qa.pipeline import Pipeline
    from qa.settings import Settings
    from qa.types import (
        Answer,
        Article,
        Citation,
        Filter,
        Found,
        Hit,
        Partial,
        Passage,
        Statement,
        Turn,
    )

    __version__: str

# Before anything else of the package, and with it the libraries that would report, is imported.
_offline.disable_telemetry()

_HOMES = {
    "qa._api": ("answer", "search"),
    "qa.answering.grounding": ("TextSpan", "Verdict", "verify"),
    "qa.errors": (
        "ArticleError",
        "IndexDamagedError",
        "IndexLockedError",
        "IndexNotFoundError",
        "IndexStaleError",
        "ModelError",
        "QAError",
        "SettingsError",
    ),
    "qa.index": ("Index", "Report"),
    "qa.pipeline": ("Pipeline",),
    "qa.settings": ("Settings",),
    "qa.types": (
        "Answer",
        "Article",
        "Citation",
        "Filter",
        "Found",
        "Hit",
        "Partial",
        "Passage",
        "Statement",
        "Turn",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Answer",
    "Article",
    "ArticleError",
    "Citation",
    "Filter",
    "Found",
    "Hit",
    "Index",
    "IndexDamagedError",
    "IndexLockedError",
    "IndexNotFoundError",
    "IndexStaleError",
    "ModelError",
    "Partial",
    "Passage",
    "Pipeline",
    "QAError",
    "Report",
    "Settings",
    "SettingsError",
    "Statement",
    "TextSpan",
    "Turn",
    "Verdict",
    "__version__",
    "answer",
    "search",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("qa-articles")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'qa' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return __all__

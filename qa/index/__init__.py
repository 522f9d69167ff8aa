"""The index: articles and words in SQLite, vectors in Chroma, kept in step.

SQLite is the authority: it holds the articles, the spans of their passages, a full-text table of
stems, and the manifest. Chroma holds one vector per passage. A vector counts only if SQLite knows
its key, so a reader never sees half of a change: new vectors come first, then one SQLite
transaction, then the old vectors go.
"""

from qa.index.check import Problem
from qa.index.index import Index
from qa.index.published import is_published
from qa.index.records import ArticleSummary
from qa.index.snapshot import Snapshot
from qa.index.update import Report
from qa.index.update_process import UpdateProcess
from qa.index.writer import Writer

__all__ = [
    "ArticleSummary",
    "Index",
    "Problem",
    "Report",
    "Snapshot",
    "UpdateProcess",
    "Writer",
    "is_published",
]

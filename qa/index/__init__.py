"""The index: articles and words in SQLite, vectors in Chroma, kept in step.

SQLite holds the truth: the articles, where their passages lie, a full-text table of stems, and the manifest.
Chroma holds one vector for each passage. A vector counts only while SQLite knows its key, so a reader never
sees half of a change: new vectors come first, then one SQLite transaction, then the old vectors go.
"""

from qa.index.catalogue import Entry
from qa.index.check import Problem
from qa.index.index import Index
from qa.index.update import Report

__all__ = ["Entry", "Index", "Problem", "Report"]

"""Errors as other processes get them."""

from __future__ import annotations

import pickle

from qa.errors import ArticleError


def test_a_refusal_travels_between_processes() -> None:
    """A pickled error says the same, path and reason apart."""
    error = pickle.loads(pickle.dumps(ArticleError("a.md", "is empty")))  # noqa: S301 - our own
    assert (str(error), error.path, error.reason) == ("a.md: is empty", "a.md", "is empty")

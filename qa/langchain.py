"""Deprecated: import from `qa.integrations.langchain` instead. Kept for one release."""

from __future__ import annotations

import warnings

from qa.integrations.langchain import (
    ArticleAnswers,
    ArticleRetriever,
    EncoderEmbeddings,
    article_tool,
)

__all__ = ["ArticleAnswers", "ArticleRetriever", "EncoderEmbeddings", "article_tool"]

warnings.warn(
    "qa.langchain is deprecated: import from qa.integrations.langchain",
    DeprecationWarning,
    stacklevel=2,
)

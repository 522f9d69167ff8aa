"""REST: what programs ask, over the same conversations and library as the page."""

from __future__ import annotations

from qa.server.rest.app import build

__all__ = ["build"]

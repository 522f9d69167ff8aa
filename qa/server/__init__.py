"""ASGI middleware for every server of this product: who may ask, for what, and how much."""

from __future__ import annotations

from qa.server.collections import CollectionMiddleware
from qa.server.gate import AccessMiddleware
from qa.server.headers import SecurityHeadersMiddleware
from qa.server.limits import BodyLimitMiddleware, ConcurrencyLimitMiddleware, RateLimitMiddleware
from qa.server.observing import ObservingMiddleware
from qa.server.origin import SameOriginMiddleware
from qa.server.routes import RouteAllowlistMiddleware

__all__ = [
    "AccessMiddleware",
    "BodyLimitMiddleware",
    "CollectionMiddleware",
    "ConcurrencyLimitMiddleware",
    "ObservingMiddleware",
    "RateLimitMiddleware",
    "RouteAllowlistMiddleware",
    "SameOriginMiddleware",
    "SecurityHeadersMiddleware",
]

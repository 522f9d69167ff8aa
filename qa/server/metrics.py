"""What Prometheus reads at /metrics. No label holds a question, a name or an id."""

from __future__ import annotations

import functools
from typing import Any

from qa.types import Answer

# Stages of an answer that are no seconds: what a chat model read, wrote and cost.
_NO_SECONDS = frozenset({"tokens_in", "tokens_out", "cost"})
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)


class Metrics:
    """Counts and times; each collector is made when something is first counted."""

    def requested(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request.

        Args:
            route: its path with `{names}`; `page` for those of the page.
            method: of HTTP.
            status: of the response.
            seconds: until it was complete.
        """
        kept = self._collectors
        kept["requests"].labels(route, method, str(status)).inc()
        if route != "page":  # whose streams stay open as long as the page
            kept["seconds"].labels(route).observe(seconds)

    def answered(self, answer: Answer) -> None:
        """Count an answer, wherever it was asked for."""
        kept = self._collectors
        kept["answers"].labels(answer.form).inc()
        if "cache" in answer.timings:
            kept["cached"].inc()
        for stage, seconds in answer.timings.items():
            if stage not in _NO_SECONDS:
                kept["stages"].labels(stage).observe(seconds)

    def written(self, *, waiting: int, working: int, generation: str) -> tuple[bytes, str]:
        """Return everything in Prometheus' format, and that format's content type.

        Args:
            waiting: questions of programs that wait.
            working: those that are worked on.
            generation: of the index; empty if there is none.
        """
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        kept = self._collectors
        kept["waiting"].set(waiting)
        kept["working"].set(working)
        kept["index"].info({"generation": generation})
        return generate_latest(kept["registry"]), CONTENT_TYPE_LATEST

    @functools.cached_property
    def _collectors(self) -> dict[str, Any]:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info

        registry = CollectorRegistry()
        return {
            "registry": registry,
            "requests": Counter(
                "qa_requests", "Requests.", ["route", "method", "status"], registry=registry
            ),
            "seconds": Histogram(
                "qa_request_seconds",
                "Seconds until a response was complete.",
                ["route"],
                buckets=_BUCKETS,
                registry=registry,
            ),
            "answers": Counter(
                "qa_answers",
                "Answers by form; abstentions are a form.",
                ["form"],
                registry=registry,
            ),
            "cached": Counter(
                "qa_answers_cached", "Answers that were kept from before.", registry=registry
            ),
            "stages": Histogram(
                "qa_stage_seconds",
                "Seconds of an answer's stages.",
                ["stage"],
                buckets=_BUCKETS,
                registry=registry,
            ),
            "waiting": Gauge(
                "qa_questions_waiting", "Questions of programs that wait.", registry=registry
            ),
            "working": Gauge(
                "qa_questions_working", "Those that are worked on.", registry=registry
            ),
            "index": Info("qa_index", "The state of the index.", registry=registry),
        }

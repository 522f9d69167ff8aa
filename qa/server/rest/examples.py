"""Examples of openapi.json, and of docs/service.md. All of it is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

QUESTION = "Who wants to close the ferry?"
_QUOTE = "The Harbour Board wants to close the ferry in May."
_CITATION: dict[str, JsonValue] = {
    "number": 1,
    "article_id": "ferry.txt",
    "title": "Ferry may close",
    "source": "Northern Courier",
    "published": "2025-03-04",
    "url": "",
    "start": 0,
    "end": len(_QUOTE),
    "quote": _QUOTE,
    "page": None,
}

ASK: list[JsonValue] = [
    {"question": QUESTION},
    {"question": QUESTION, "where": {"source": "Northern Courier", "since": "2025-01"}},
    {
        "question": "And when?",
        "history": [
            {"role": "user", "text": QUESTION},
            {"role": "assistant", "text": "The Harbour Board [1]."},
        ],
        "stream": True,
    },
]
SEARCH: list[JsonValue] = [{"query": "ferry closure", "k": 3}]
ADD: list[JsonValue] = [
    {"title": "Ferry may close", "text": _QUOTE},
    {"name": "ferry.txt", "data": "VGhlIGZlcnJ5IHN0YXlzLg=="},
    {"address": "https://example.org/news/ferry"},
]
JUDGE: list[JsonValue] = [{"conversation": "0" * 31 + "1", "exchange": 1, "verdict": "up"}]
ANSWER: dict[str, JsonValue] = {
    "question": QUESTION,
    "form": "fact",
    "text": f"The Harbour Board [1]: “{_QUOTE}”",
    "statements": [
        {
            "text": _QUOTE,
            "citations": [_CITATION],
            "short_answer": "The Harbour Board",
            "claimant": "",
            "source": "Northern Courier",
            "published": "2025-03-04",
            "status": "current",
            "generated": False,
            "links": [],
        }
    ],
    "short": "The Harbour Board",
    "confidence": 0.93,
    "hits": [],
    "timings": {"retrieve": 0.02, "read": 0.31},
    "fingerprint": "0123456789ab",
    "standalone_question": QUESTION,
    "fallback_reason": "",
    "note": "",
    "where": None,
    "citations": [_CITATION],
    "abstained": False,
}
PROBLEM: dict[str, JsonValue] = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "detail": "since = '4 March': write a date as 2024-01-31, 2024-01 or 2024",
}

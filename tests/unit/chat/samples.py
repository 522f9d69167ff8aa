"""One article and one question for the chat's unit tests."""

from __future__ import annotations

from qa.types import Article

QUESTION = "who opened it?"
QUOTE = "The lock was opened by the harbour master."
BEFORE = "Long before that, nothing of note had happened. " * 20
AFTER = "Long after that, nothing of note will happen. " * 20
ARTICLE = Article(
    "lock & key.md",
    "The <lock>",
    f"{BEFORE}{QUOTE} {AFTER}",
    "Courier",
    "2026-05-04",
    "https://courier.example/1",
)

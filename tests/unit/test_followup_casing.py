"""Names typed in lower case, as the articles write them."""

from __future__ import annotations

import pytest

from qa.understanding.followups.casing import with_names

TEXTS = (
    "The ferry Lady Kett sank off Ulm. Jonas Reith's boat, the Morning Star, saved eleven people.",
    "Every morning the inn at Ulm opens. Fire broke out in the Quayside Inn on Monday. Inns burn.",
    "A lady saw it. When the Lady Kett sank, Reith was near. USERS OF THE FERRY protested.",
)


def passages(word: str) -> list[str]:
    """Return the texts that hold a word."""
    return [text for text in TEXTS if word in text.lower()]


@pytest.mark.parametrize(
    ("question", "written"),
    [
        ("who saw jonas reith's boat?", "who saw Jonas Reith's boat?"),
        ("where is the lady kett", "where is the Lady Kett"),
        ("did the morning star burn?", "did the Morning Star burn?"),
        ("what burned in the quayside inn", "what burned in the Quayside Inn"),
        ("does an inn burn every morning?", "does an inn burn every morning?"),
        ("who are the users of the ferry?", "who are the users of the ferry?"),
        ("Is Ulm near?", "Is Ulm near?"),
        ("", ""),
    ],
)
def test_names_have_their_capitals(question: str, written: str) -> None:
    """As the articles mostly have the word, or the word beside a name; nothing else is changed."""
    assert with_names(question, passages) == written

"""The review page: what it shows, and how it handles anything a browser may send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa.chat.review import respond
from qa.evaluation.review import Review, start
from qa.evaluation.sets import QUESTIONS
from tests.collection import write_files

TEXT = (
    'Ann Berg has promised a new dam in Ostmar. <script>alert("x")</script> 😀\r\n\r\n'
    "Twelve people were brought to Ostmar.\n"
)


@pytest.fixture
def review(tmp_path: Path) -> Review:
    """Return a review with a draft about an article that is hostile to the page."""
    write_files(
        tmp_path, {"articles.jsonl": json.dumps({"id": "<b>", "title": "<i>", "text": TEXT}) + "\n"}
    )
    start(tmp_path / "myset", [tmp_path / "articles.jsonl"], limit=10, max_chars=10_000)
    return Review(tmp_path / "myset", max_chars=10_000)


def asked(review: Review, action: str, **values: Any) -> dict[str, str]:
    """Do what the page does when a button is pressed."""
    return respond(review, {"action": action, "id": "draft-001", **values})


def test_the_article_is_shown_as_text_with_its_mark(review: Review) -> None:
    """The answer is marked, and nothing of the article becomes an element."""
    html = asked(review, "open")["html"]
    assert '<mark class="piece">Ann Berg</mark>' in html
    assert "<script" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "0 of " in html


def test_a_decision_leads_to_the_next_question(review: Review) -> None:
    """An accepted question is counted, and the next that is open is shown."""
    reply = asked(
        review, "accept", question="Who?", answers="Ann Berg", spans=[[0, 8]], answerable=True
    )
    assert reply["done"] == "Accepted."
    assert "1 accepted" in reply["html"]
    assert 'data-id="draft-002"' in reply["html"]


def test_a_selection_is_marked_and_saved_at_once(review: Review) -> None:
    """The page is shown again with the new mark, which another process finds too."""
    reply = asked(
        review, "mark", question="Where?", answers="Ostmar", spans=[[35, 41]], answerable=True
    )
    assert '<mark class="piece">Ostmar</mark>' in reply["html"]
    assert Review(review.folder, max_chars=10_000).entry("draft-001").content.spans == ((35, 41),)


def test_what_is_missing_is_said_and_the_page_stays(review: Review) -> None:
    """A refusal comes without a page, so that what was typed is not lost."""
    reply = asked(review, "accept", question="Who?", answers="", spans=[], answerable=True)
    assert reply == {"message": "Select the answer in the article, or say that there is none."}


@pytest.mark.parametrize(
    "request_",
    [
        None,
        [],
        {"action": "accept"},
        {"action": "accept", "id": "nothing"},
        {"action": "accept", "id": "draft-001", "spans": 3},
        {"action": "mark", "id": "draft-001", "spans": [["x", None]]},
        {"action": "mark", "id": "draft-001", "spans": [[-5, 10**9]], "question": "Who?"},
        {"action": "discard", "id": {}},
        {"action": "drop table", "id": "draft-001", "question": "\ud800"},
    ],
)
def test_nonsense_changes_no_question(
    review: Review, request_: object, caplog: pytest.LogCaptureFixture
) -> None:
    """Any request leaves the set valid, and the page gets an answer."""
    assert respond(review, request_)["message"]
    assert not (review.folder / QUESTIONS).exists()
    assert asked(review, "open")["html"]
    assert Review(review.folder, max_chars=10_000).entries()


def test_a_set_without_drafts_offers_to_begin(tmp_path: Path) -> None:
    """Articles that give no draft still give a page, and a question of one's own."""
    write_files(tmp_path, {"a.md": "Nothing to see."})
    start(tmp_path / "myset", [tmp_path / "a.md"], limit=10, max_chars=10_000)
    review = Review(tmp_path / "myset", max_chars=10_000)
    assert "Add a question" in respond(review, {"action": "open"})["html"]
    assert "Nothing to see." in respond(review, {"action": "add", "article": "a.md"})["html"]

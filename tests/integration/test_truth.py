"""What a text denies is not told as fact, a pronoun not as an answer; yes or no is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa import Index, Pipeline, Settings
from qa.types import Answer

pytestmark = pytest.mark.integration

DENIED = (
    "Police denied a report in the Star that the captain had been drunk. "
    "A blood test had shown no alcohol."
)
ARRESTED = "A 41-year-old man was arrested on Thursday. He has not been named."


def asked(folder: Path, text: str, question: str) -> Answer:
    """Return the answer to a question of a collection of one article."""
    article = f"---\ntitle: Harbour news\npublished: 2025-05-03\n---\n\n{text}\n"
    (folder / "article.md").write_text(article, encoding="utf-8")
    index = Index.open(Settings(index=folder / "index"), create=True)
    index.update([folder / "article.md"])
    return Pipeline(index).answer(question)


def test_what_is_denied_is_no_answer(tmp_path: Path) -> None:
    """However sure the reader is of the captain."""
    assert asked(tmp_path, DENIED, "Who was drunk?").abstained


def test_a_pronoun_becomes_what_it_stands_for(tmp_path: Path) -> None:
    """The quote then holds the sentence that says so, too."""
    answer = asked(tmp_path, ARRESTED, "Who has not been named?")
    assert answer.short == "A 41-year-old man"
    assert answer.citations[0].quote == ARRESTED


def test_a_denial_answers_a_question_for_yes_or_no(tmp_path: Path) -> None:
    """The word comes first, then the sentence that decides."""
    answer = asked(tmp_path, ARRESTED, "Has the man been named?")
    assert answer.short == "No"
    assert answer.text.startswith("No [1]: “")

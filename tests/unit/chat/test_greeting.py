"""Example questions for a new visitor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qa.chat.greeting import MAX_EXAMPLES, Examples, find_examples, greeting
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.errors import IndexNotFoundError
from qa.types import Answer, Article, Filter, Turn
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE


class Counting(FakePipeline):
    """Counts what it is asked."""

    count = 0

    def answer(
        self, question: str, *, history: Sequence[Turn] = (), where: Filter | None = None
    ) -> Answer:
        """Return the scripted answer."""
        self.count += 1
        return super().answer(question, history=history)


def _readme(folder: Path, *lines: str) -> Path:
    (folder / "README.md").write_text(
        "\n".join(["# Articles", "Is this listed?", *lines]), encoding="utf-8"
    )
    return folder


def test_questions_of_the_readme_are_offered_unchanged(tmp_path: Path) -> None:
    """The questions of a README's lists are offered at once, unasked; what is no question or no list item is not."""
    folder = _readme(tmp_path, f"- {QUESTION}", "* who knows?", "- no question")
    pipeline = Counting([ARTICLE], folders=[folder])
    assert find_examples(pipeline) == [QUESTION, "who knows?"]
    assert pipeline.count == 0


def test_titles_make_questions_where_no_readme_does() -> None:
    """Without a README the newest articles are asked about, newest first."""
    old, new = (
        Article(f"{y}.md", f"Title {y}", QUOTE, published=f"{y}-01-01") for y in (2001, 2002)
    )
    asked = [f"What is reported in “{article.title}”?" for article in (new, old)]
    assert find_examples(FakePipeline([old, new], dict.fromkeys(asked, (QUOTE,)))) == asked


def test_no_more_are_offered_than_fit() -> None:
    """However many questions have answers, four are offered."""
    articles = [Article(f"{n}.md", f"Title {n}", QUOTE) for n in range(9)]
    quotes = {f"What is reported in “{article.title}”?": [QUOTE] for article in articles}
    assert len(find_examples(FakePipeline(articles, quotes))) == MAX_EXAMPLES


def test_a_large_collection_is_not_asked_without_end() -> None:
    """When nothing has an answer the search for examples ends soon."""
    pipeline = Counting([Article(f"{n}.md", f"Title {n}", QUOTE) for n in range(100)])
    assert find_examples(pipeline) == []
    assert pipeline.count <= 2 * MAX_EXAMPLES


def test_examples_are_found_once() -> None:
    """A second visitor does not wait for what the first one's visit found."""
    pipeline = Counting([ARTICLE], {f"What is reported in “{ARTICLE.title}”?": [QUOTE]})
    examples = Examples()
    assert examples.get(pipeline) == examples.get(pipeline) != []
    assert pipeline.count == 1


def test_who_cannot_add_articles_is_not_told_how() -> None:
    """Without an index the notice says what is missing; how to add articles only where that is allowed."""

    def missing() -> FakePipeline:
        raise IndexNotFoundError("there is no index")

    ((notice, _),) = greeting(LazyPipeline(missing), Examples())
    assert "In a terminal" in notice
    ((notice, _),) = greeting(LazyPipeline(missing), Examples(), read_only=True)
    assert "there is no index" in notice
    assert "In a terminal" not in notice

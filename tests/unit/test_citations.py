"""Sentences are tied to exact spans, or dropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.citations import check as check_with
from qa.citations import citation, quote, sentence, unmarked
from qa.passages import split
from qa.types import Article, Citation, Evidence, Hit, markers
from tests.collection import count_words

DAM = Article("dam", "The dam at Orlo", "The council met. Mara Voss inspected the dam in May 2021.", source="Courier")
FERRY = Article("ferry", "The Petrel", 'The ferry Petrel sank. "It was far too fast," said its captain, Ivo Marek.')
ARTICLES = {article.id: article for article in (DAM, FERRY)}
HITS = [
    Hit(split(article, limit=60, count_tokens=count_words)[0], 1.0, rank, "hybrid")
    for rank, article in enumerate(ARTICLES.values(), 1)
]


def check(written: str, known: list[Citation] | None = None) -> tuple[str, list[Citation]] | None:
    """Check a sentence against the two articles."""
    return check_with(written, HITS, ARTICLES, known or [])


def test_quotes_are_exact_and_numbered() -> None:
    """Each piece of evidence becomes a citation with what is known of its article."""
    first, second = quote([Evidence("ferry", 0, 22, 0, 3, 0.9), Evidence("dam", 0, 16, 0, 3, 0.8)], ARTICLES)
    assert (first.number, first.quote, first.title) == (1, "The ferry Petrel sank.", "The Petrel")
    assert (second.number, second.quote, second.source) == (2, "The council met.", "Courier")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A line\n  that wraps.", "A line that wraps. [1]"),
        ("## A heading", "A heading [1]"),
        ("- An item", "An item [1]"),
        ("As noted [3] and [12].", "As noted (3) and (12). [1]"),
        ("[[2]]", "[(2)] [1]"),
    ],
)
def test_a_quote_becomes_a_sentence(text: str, expected: str) -> None:
    """A quote is shown on one line, and brackets of its own are no markers."""
    assert sentence(citation(1, Article("a", "", text), (0, len(text)))) == expected


@given(st.text(alphabet="[]0123٣ a"))
def test_unmarked_text_has_no_markers(text: str) -> None:
    """No text keeps a marker, however its brackets nest."""
    assert markers(unmarked(text)) == set()


def test_a_supported_sentence_is_tied_to_its_sentence() -> None:
    """A paraphrase is tied to the sentence of the cited passage that supports it, and renumbered."""
    checked = check("The Petrel sank [2].")
    assert checked is not None
    text, (cited,) = checked
    assert (text, cited.quote) == ("The Petrel sank. [1]", "The ferry Petrel sank.")
    assert check("The ferry sank. [2]", [cited]) == ("The ferry sank. [1]", [])


@pytest.mark.parametrize(
    "written",
    [
        "Mara Voss inspected the dam.",
        "Mara Voss inspected the dam [3].",
        "Mara Voss inspected the dam [0].",
        "Mara Voss inspected the dam [99999999999999].",
        "Mara Voss inspected the dam [2].",
        "Mara Voss inspected the dam in May 2022 [1].",
        "The engineer Lena Varga inspected the dam in May [1].",
        "The captain said “it was much too slow” of his ferry Petrel [2].",
        "Bananas grow in warm countries [1].",
        "Mara Voss did not inspect the dam in May 2021 [1].",
        "Mara Voss inspected the dam in April 2021 [1].",
        "Mara Voss inspected the dam in May 2021 ![](http://evil.example/?q=dam) [1].",
        "Mara Voss inspected [the dam](http://evil.example) in May 2021 [1].",
        "<img src=x> Mara Voss inspected the dam in May 2021 [1].",
        "[1]",
        ". [1]",
        "",
    ],
)
def test_what_cannot_be_tied_is_dropped(written: str) -> None:
    """No marker, one out of range, the wrong passage, an invented fact, name or quotation, markup: dropped."""
    assert check(written) is None


def test_true_quotations_stay() -> None:
    """A quotation that is in the passage word for word is kept."""
    assert check("The captain said “It was far too fast,” of the ferry [2].") is not None


def test_one_bad_marker_does_not_spoil_a_good_one() -> None:
    """Of several markers those that fit are kept."""
    checked = check("Mara Voss inspected the dam [7][1][2].")
    assert checked is not None
    assert (checked[0], [c.article_id for c in checked[1]]) == ("Mara Voss inspected the dam. [1]", ["dam"])


@given(
    st.lists(
        st.sampled_from(["The ferry Petrel sank", "[1]", "[2]", "[", "]", "[[1]2]", "[10000000000]", "3", " ", "."])
    )
)
def test_a_checked_sentence_fits_its_citations(parts: list[str]) -> None:
    """However brackets are written, the markers of what is kept are exactly its citations."""
    checked = check("".join(parts))
    if checked is not None:
        assert markers(checked[0]) == {c.number for c in checked[1]}
        assert all(ARTICLES[c.article_id].text[c.start : c.end] == c.quote for c in checked[1])

"""Sentences are tied to exact spans, or dropped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.citations import Citations
from qa.answering.citations import check as check_with
from qa.answering.composer import Composer
from qa.answering.rendering import render_text, statement_text, without_markers
from qa.index.passages import split
from qa.types import Article, Evidence, Hit, Statement, markers
from tests.collection import count_words

DAM = Article(
    "dam",
    "The dam at Orlo",
    "The council met. Mara Voss inspected the dam in May 2021.",
    source="Courier",
)
FERRY = Article(
    "ferry",
    "The Petrel",
    'The ferry Petrel sank. "It was far too fast," said its captain, Ivo Marek.',
)
ARTICLES = {article.id: article for article in (DAM, FERRY)}
HITS = [
    Hit(split(article, limit=60, count_tokens=count_words)[0], 1.0, rank, "hybrid")
    for rank, article in enumerate(ARTICLES.values(), 1)
]


def check(written: str, citations: Citations | None = None) -> Statement | None:
    """Check a sentence against the two articles; None where it is left out."""
    found = check_with(written, HITS, ARTICLES, citations or Citations(ARTICLES))
    return found if isinstance(found, Statement) else None


def test_quotes_are_exact_and_numbered() -> None:
    """Each span becomes one citation, numbered, with what is known of its article."""
    citations = Citations(ARTICLES)
    first, second = citations.cite("ferry", (0, 22)), citations.cite("dam", (0, 16))
    assert citations.cite("ferry", (0, 22)) is first
    assert len(citations) == 2
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
    article = Article("a", "", text)
    composer = Composer({"a": article}, Citations({"a": article}), max_quotes=1)
    form, statements = composer.compose("yes_no", [Evidence("a", 0, len(text), 0, 1, 0.9)])
    assert render_text(form, statements) == expected


@given(st.text(alphabet="[]0123٣ a"))
def test_text_without_markers_has_none(text: str) -> None:
    """No text keeps a marker, however its brackets nest."""
    assert markers(without_markers(text)) == set()


def test_a_supported_sentence_is_tied_to_its_sentence() -> None:
    """A paraphrase is tied to the sentence of the cited passage that supports it, and renumbered."""
    citations = Citations(ARTICLES)
    checked = check("The Petrel sank [2].", citations)
    assert checked is not None
    (cited,) = checked.citations
    assert (checked.text, cited.quote) == ("The Petrel sank.", "The ferry Petrel sank.")
    assert (cited.number, checked.generated) == (1, True)
    again = check("The ferry sank. [2]", citations)
    assert again is not None
    assert again.citations == (cited,)


@pytest.mark.parametrize(
    "written",
    [
        "Mara Voss inspected the dam.",
        "Mara Voss inspected the dam [3].",
        "Mara Voss inspected the dam [0].",
        "Mara Voss inspected the dam [99999999999999].",
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
    """No marker, one out of range, an invented fact, name or quotation, markup: dropped."""
    assert check(written) is None


@pytest.mark.parametrize("markers", ["[1]", "[2]", "[7][2]"])
def test_a_citation_goes_to_what_carries_the_sentence(markers: str) -> None:
    """The passage that carries a sentence is cited, wherever its marker points."""
    checked = check(f"Mara Voss inspected the dam {markers}.")
    assert checked is not None
    assert [c.article_id for c in checked.citations] == ["dam"]


def test_true_quotations_stay() -> None:
    """A quotation that is in the passage word for word is kept."""
    assert check("The captain said “It was far too fast,” of the ferry [2].") is not None


def test_one_bad_marker_does_not_spoil_a_good_one() -> None:
    """Of several markers those that fit are kept."""
    checked = check("Mara Voss inspected the dam [7][1][2].")
    assert checked is not None
    assert statement_text(checked) == "Mara Voss inspected the dam. [1]"
    assert [c.article_id for c in checked.citations] == ["dam"]


@given(
    st.lists(
        st.sampled_from(
            [
                "The ferry Petrel sank",
                "[1]",
                "[2]",
                "[",
                "]",
                "[[1]2]",
                "[10000000000]",
                "3",
                " ",
                ".",
            ]
        )
    )
)
def test_a_checked_sentence_fits_its_citations(parts: list[str]) -> None:
    """However brackets are written, the markers of what is kept are exactly its citations."""
    checked = check("".join(parts))
    if checked is not None:
        assert markers(statement_text(checked)) == {c.number for c in checked.citations}
        cited = checked.citations
        assert all(ARTICLES[c.article_id].text[c.start : c.end] == c.quote for c in cited)

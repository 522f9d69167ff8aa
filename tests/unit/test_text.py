"""One definition of normalisation, words and sentences."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.text import has_surrogates, normalise, paragraph_spans, sentence_spans, terms, words

# Plain prose with everything that ends sentences and paragraphs, and any other characters between.
PROSE = st.lists(
    st.sampled_from(["The dam", "held", "Mr. Orr", "U.S.", "3.5", "e.g.", ".", "!", "? ", " ", "\n", "\n\n", "# ", "- ",
                     "1) ", '"', "“", "”", "[1]", "\t", "\u00a0", "\u2028", "漢字。", "ﬁ", "é", "😀"])
    | st.text(max_size=6),
    max_size=40,
).map("".join)  # fmt: skip


@given(PROSE | st.text())
def test_normalise_is_idempotent(text: str) -> None:
    """Normalising twice is normalising once."""
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(alphabet=" \t\n\u00a0ab.\u3000", max_size=30))
def test_spacing_is_kept(text: str) -> None:
    """Odd spacing is kept."""
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\ufeffa", "a"),
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("a\ufeffb", "a\ufeffb"),
    ],
)
def test_normalise_by_example(text: str, expected: str) -> None:
    """Byte order mark, line ends and composition are normalised, nothing else."""
    assert normalise(text) == expected


@given(PROSE)
def test_sentences_cover_the_text_once(text: str) -> None:
    """Sentences are in order, do not overlap, and leave out only white space."""
    spans = sentence_spans(text)
    covered = [i for start, end in spans for i in range(start, end)]
    assert covered == sorted(set(covered))
    assert all(not text[start].isspace() and not text[end - 1].isspace() for start, end in spans)
    assert all(text[i].isspace() for i in set(range(len(text))) - set(covered))


@given(PROSE)
def test_no_sentence_crosses_a_paragraph(text: str) -> None:
    """Each sentence lies in one paragraph."""
    paragraphs = paragraph_spans(text)
    assert all(
        any(a <= start and end <= b for a, b in paragraphs) for start, end in sentence_spans(text)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Orr left. He ran.", ["Mr. Orr left.", "He ran."]),
        ("## The toll\nEleven died.", ["## The toll", "Eleven died."]),
        ("A title line\nThe text begins here.", ["A title line", "The text begins here."]),
        ("\nOne line\nwraps here.", ["One line\nwraps here."]),
        ("- one\n- two", ["- one", "- two"]),
        ("He left\n\nShe stayed", ["He left", "She stayed"]),
        ("It cost 3.5 million. Yes.", ["It cost 3.5 million.", "Yes."]),
        (" \n ", []),
    ],
)
def test_sentences_by_example(text: str, expected: list[str]) -> None:
    """Abbreviations and decimals end no sentence; headings, list items, titles and blank lines do."""
    assert [text[start:end] for start, end in sentence_spans(text)] == expected


@given(st.text())
def test_words_are_plain(text: str) -> None:
    """Words are never empty and hold no white space, whatever the text."""
    assert all(word and not any(c.isspace() for c in word) for word in words(text))


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "Zs"])))
def test_words_do_not_depend_on_composition(text: str) -> None:
    """A text and its normalised form have the same words."""
    assert words(normalise(unicodedata.normalize("NFD", text))) == words(normalise(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30,000 people", ["30000", "people"]),
        ("Baku’s U.S. café", ["baku", "us", "cafe"]),
        ("3.5 Don't", ["3.5", "dont"]),
        ("ﾞ ⑴ !", ["1"]),
    ],
)
def test_words_by_example(text: str, expected: list[str]) -> None:
    """Case, accents, possessives and inner marks do not make another word."""
    assert words(text) == expected


def test_terms_are_stems_without_stop_words() -> None:
    """`blocked` matches `blocking`, and stop words are ignored."""
    assert terms("who is accused of blocking the corridors?") == terms("accuses blocked corridor")


@pytest.mark.parametrize(
    ("text", "expected"), [("a\udcff", True), ("\ud800", True), ("😀é", False), ("a", False)]
)
def test_surrogates_are_found(text: str, expected: bool) -> None:
    """A lone surrogate is found, a whole character is not."""
    assert has_surrogates(text) is expected


def test_chinese_and_japanese_match_by_pairs_of_characters() -> None:
    """Without spaces between words the terms are pairs of characters; other scripts keep their words."""
    assert terms("黑豹队在2015年，共丢308分") == [
        "黑豹",
        "豹队",
        "队在",
        "2015",
        "年",
        "共丢",
        "308",
        "分",
    ]
    assert terms("Tokyo東京タワーs") == ["tokyo", "東京", "京タ", "タワ", "ワー", "s"]
    assert set(terms("豹队")) < set(terms("黑豹队在"))


@pytest.mark.parametrize(
    ("one", "other"), [("очков потеряно", "очками потеряны"), ("الكتاب", "كتابها")]
)
def test_words_of_other_scripts_match_by_their_own_stems(one: str, other: str) -> None:
    """Russian and Arabic words match in other forms too: their script selects the stemmer."""
    assert terms(one) == terms(other)
    assert terms(one) != terms("dam")

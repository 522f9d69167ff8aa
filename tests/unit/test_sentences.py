"""Sentences of news as it is found: no cut within a quotation, none lost between lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals import sentences as measured
from qa.text import LONGEST_SENTENCE, sentence_spans
from tests.effort import at_most

HOSTILE = {
    "stops": "." * 30_000 + "x",
    "spaced stops": ". " * 15_000,
    "opening marks": "'a \"b " * 10_000,
    "brackets": "([" * 20_000,
    "lines": "a\nB\n" * 10_000,
    "blanks": "a." + " " * 30_000 + "b",
    "initials": "A. " * 10_000,
    "calls": '! "' * 10_000,
}


def split(text: str) -> list[str]:
    """Return the sentences of a text."""
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ['"I was tired. "I could not run any more," said Ferro.'],
        ["The vote was 5-4.¹", "The mayor resigned."],
        ['"We asked. No one came.', '"We asked again," said Father Doyle.', "He left."],
        ['The crack is 6" wide.', 'It grew by 2" in a year.'],
        ["**Mr. Orr** denied it.", "Ms. Pell did not."],
        ["1/ Police searched a house.", "Here is what we know."],
        ["MS TORREN: And the lorries?", "My street already shakes."],
        ["He moved to the U.S.", "The rest stayed."],
        ["The shop shuts at 6 p.m. on Mondays.", "Dr. Orr complained."],
        ['The minister called it "a good day.', "Fishermen disagreed."],
        ["'I saw it first,' said Tom.", "'It's the workers' money. It isn't the bank's.'"],
        ["He led theorists such as J. A. Hobson.", "Others followed."],
    ],
    ids=lambda expected: expected[0][:25],
)
def test_sentences_by_example(expected: list[str]) -> None:
    """Quotations, abbreviations, numbers, inches and footnote marks are no cause for a cut."""
    paragraphs = " ".join(expected).replace('came. "We asked again', 'came.\n\n"We asked again')
    assert split(paragraphs) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Read more: Council shuts lido\nThe mayor left.", ["Read more: Council shuts lido", "The mayor left."]),
        ("The road to Penn is\nshut. Ploughs work.", ["The road to Penn is\nshut.", "Ploughs work."]),
        ("- Buses leave\n  from Mill Lane\n- Fares rise", ["- Buses leave\n  from Mill Lane", "- Fares rise"]),
        ("FIRE IN MILL STREET\nTHREE HOUSES LOST\nOn Tuesday it burned.",
         ["FIRE IN MILL STREET", "THREE HOUSES LOST", "On Tuesday it burned."]),
        ("The house of Mr.\nBell burned. He ran.", ["The house of Mr.\nBell burned.", "He ran."]),
    ],
)  # fmt: skip
def test_lines_by_example(text: str, expected: list[str]) -> None:
    """Wrapped lines go on; headlines, captions and items stand alone."""
    assert split(text) == expected


@given(
    st.lists(
        st.sampled_from(['"', "“", "words ", "more words, ", ". ", "A ", "\n", "(", "'"]),
        max_size=400,
    )
)
def test_no_sentence_is_too_long(pieces: list[str]) -> None:
    """Not even a quotation without an end, or a column without full stops, is longer than may be quoted."""
    assert all(len(sentence) <= LONGEST_SENTENCE for sentence in split("".join(pieces)))


def test_long_quotations_are_cut_where_a_sentence_ends() -> None:
    """A quotation longer than may be quoted is cut after one of its sentences."""
    sentence = "The water came in the night and took the lower field. "
    assert {each[-1] for each in split(f'"{sentence * 30}It never came again," she said.')} == {"."}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_takes_no_time(text: str) -> None:
    """The time grows with the length, not with its square."""
    with at_most(10):
        assert split(text)


def test_the_marked_paragraphs_are_split_well() -> None:
    """On the paragraphs marked by hand, each half, precision and recall stay where they are."""
    for half in measured.HALVES:
        score = measured.score(sentence_spans, [p for p in measured.load() if p.half == half])
        assert min(score.precision, score.recall) >= 0.98


def test_the_measure_counts_boundaries() -> None:
    """A boundary too few costs recall, one too many precision."""
    paragraph = measured.Paragraph("plain", "open", "A b. C d. E f.", frozenset((5, 10)))
    assert measured.score(lambda _: [(0, 4), (5, 14)], [paragraph]) == measured.Score(1.0, 0.5, 0.0)
    found = measured.score(lambda _: [(0, 4), (5, 9), (10, 11), (12, 14)], [paragraph])
    assert found == measured.Score(2 / 3, 1.0, 0.0)

"""Outlets, authors and misspelt words of a question, read in the light of the collection."""

from __future__ import annotations

import pytest

from qa.understanding.outlets import named
from qa.understanding.spelling import correct_spelling

OUTLETS = ["the norrhamn courier", "deck & quay", "cib news"]


def is_own(word: str, name: str) -> bool:
    """Return whether a word is an outlet's own: everything is about Norrhamn, and about news."""
    return word not in {"norrhamn", "news"}


@pytest.mark.parametrize(
    ("question", "outlet"),
    [
        ("According to the Courier, who won?", "the norrhamn courier"),
        ("what does the norrhamn courier say", "the norrhamn courier"),
        ("What did Deck and Quay report?", "deck & quay"),
        ("What does CIB say?", "cib news"),
        ("Who was sent by courier?", ""),
        ("What is the news from Norrhamn?", ""),
        ("Who won?", ""),
    ],
)
def test_an_outlet_by_its_name_or_a_word_of_its_own(question: str, outlet: str) -> None:
    """A word counts only where it is the outlet's own: not a town's, and not in small letters among capitals."""
    found = named(question, OUTLETS, is_own)
    assert (found.name if found else "") == outlet


def test_the_words_that_lead_to_an_outlet_go_with_it() -> None:
    """The question can be asked without `according to the Courier`."""
    question = "Who won, according to the Courier?"
    found = named(question, OUTLETS, is_own)
    assert found is not None
    assert question[slice(*found.phrase(question))] == ", according to the Courier"


VOCABULARY = {"corrigal": 3, "isl": 20, "ferri": 9, "ketterick": 8}
SPELT = {"ketterick": "Ketterick", "corrigal": "Corrigall", "ferri": "ferry"}


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("when is the lady keterikc back", "when is the lady Ketterick back"),
        ("What did Corigall's brother say?", "What did Corrigall's brother say?"),
        ("who won the ferrry race", "who won the ferry race"),
        ("Where is the tuba?", "Where is the tuba?"),
        ("What did Borrigall say?", "What did Borrigall say?"),
    ],
)
def test_a_misspelt_word_becomes_the_articles_own(question: str, meant: str) -> None:
    """Words near to one of the articles are taken for it; words of the language, and other names, stay."""
    known = {"when", "lady", "back", "brother", "race", "where", "tuba"}
    assert correct_spelling(question, VOCABULARY, known.__contains__, SPELT.__getitem__) == meant


def test_short_forms_are_not_misspelt() -> None:
    """`what'll` is two words, and none of the articles'."""
    asked = "what'll it cost, and who’ll pay?"
    spelt = {"wall": 3, "whole": 2}
    assert correct_spelling(asked, spelt, lambda _: False, lambda stem: stem) == asked

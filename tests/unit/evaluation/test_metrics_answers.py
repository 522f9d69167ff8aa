"""Answer metrics against cases worked out by hand from the SQuAD definitions, rankings against trec_eval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation import metrics
from tests import squad_scorer


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The  Eiffel Tower!", "eiffel tower"),
        ("a U.S.-led an effort", "usled effort"),
        ("Theatre and another", "theatre and another"),
        ("“308”", "“308”"),
        ("the", ""),
    ],
)
def test_squad_normalise_follows_the_official_script(text: str, normalised: str) -> None:
    """Case, ASCII punctuation, whole English articles and extra white space go; nothing else does."""
    assert metrics.squad_normalise(text) == normalised


@pytest.mark.parametrize(
    ("prediction", "answers", "expected"),
    [
        ("the Panthers.", ["Broncos", "Panthers"], 1.0),
        ("Carolina Panthers", ["Panthers"], 0.0),
        ("", ["Panthers"], 0.0),
        ("an", ["the"], 1.0),
        ("an", ["the", "Panthers"], 0.0),
    ],
)
def test_exact_match_takes_any_gold_answer(
    prediction: str, answers: list[str], expected: float
) -> None:
    """One equal gold answer suffices, and golds that vanish in normalisation count only when there is no other."""
    assert metrics.exact_match(prediction, answers) == expected


@pytest.mark.parametrize(
    ("prediction", "answers", "expected"),
    [
        # precision 2/4, recall 2/2 -> 2 * .5 * 1 / 1.5
        ("in late december 2022", ["December 2022"], 2 / 3),
        # one shared token of two and three: precision 1/2, recall 1/3 -> 2/5
        ("maria petrova", ["spokeswoman maria zakharova"], 0.4),
        # a token counts as often as both have it: 2 shared of 3 and 2
        ("new new york", ["new new"], 0.8),
        # the best gold answer counts: 0.4 against 1
        ("Baku", ["the government in Baku says", "baku"], 1.0),
        ("Yerevan", ["Baku"], 0.0),
        ("", ["Baku"], 0.0),
    ],
)
def test_token_f1_equals_the_definition(
    prediction: str, answers: list[str], expected: float
) -> None:
    """Token F1 is the harmonic mean over shared tokens, the maximum over the gold answers."""
    assert metrics.token_f1(prediction, answers) == pytest.approx(expected)


_SAID = st.text(st.sampled_from([*"abthe .-'A1é"]), max_size=12)


@given(_SAID, st.lists(_SAID, min_size=1, max_size=3))
def test_token_f1_agrees_with_an_independent_scorer(prediction: str, answers: list[str]) -> None:
    """Whatever is said and whatever is gold, a second scorer that shares no code gives the same."""
    assert metrics.token_f1(prediction, answers) == pytest.approx(
        squad_scorer.f1(prediction, answers)
    )


@given(
    st.lists(st.sampled_from(["red", "blue", "the"])),
    st.lists(st.sampled_from(["red", "pink", "a"])),
)
def test_exact_match_never_exceeds_f1(prediction: list[str], answer: list[str]) -> None:
    """An exact match has F1 1, and F1 does not depend on which side is called the prediction."""
    one, other = " ".join(prediction), " ".join(answer)
    assert metrics.exact_match(one, [other]) <= metrics.token_f1(one, [other]) <= 1.0
    assert metrics.token_f1(one, [other]) == metrics.token_f1(other, [one])


@pytest.mark.parametrize(
    ("quote", "answers", "expected"),
    [
        ("They gave up just 308 points.", ["300", "308"], True),
        ("They gave up 1308 points.", ["308"], False),
        ("The Ministry, in Moscow, said so.", ["ministry in Moscow"], True),
        ("The ministry said so.", ["the", ""], False),
        ("黑豹队的防守只丢了 308分。", ["308分"], True),
    ],
)
def test_quote_contains_answer_means_whole_words(
    quote: str, answers: list[str], expected: bool
) -> None:
    """A gold answer must stand in the quote as whole words, except in scripts that write no spaces."""
    assert metrics.quote_contains_answer(quote, answers) is expected

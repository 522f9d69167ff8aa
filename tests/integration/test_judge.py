"""The judge's network: what it says about claims, and what happens without its weights."""

from __future__ import annotations

import pytest

from qa.answering.grounding import compared, measured
from qa.errors import ModelError
from qa.models.judge_model import JudgeModel, judge_model

pytestmark = pytest.mark.integration

SENTENCES = ["The dam at Orlo burst on Monday.", "Three people were killed, the police said."]


def test_it_tells_what_sentences_say_from_what_they_deny() -> None:
    """A claim that sentences support is more probable than its denial, and its verdicts add up to one."""
    said = judge_model().judge("The dam burst on Monday.", SENTENCES)
    denied = judge_model().judge("The dam did not burst on Monday.", SENTENCES)
    assert said.supported > 0.5 > denied.supported
    assert said.supported + said.contradicted + said.neither == pytest.approx(1)


def test_what_does_not_fit_the_window_is_not_read() -> None:
    """Any number of sentences, none at all, and a claim of any length are judged."""
    claim = "The dam burst on Monday."
    whole = judge_model().judge(claim, SENTENCES * 200)
    assert whole == judge_model().judge(claim, SENTENCES * 300)
    assert 0 < judge_model().judge(claim, []).supported < 1
    assert 0 < judge_model().judge(claim * 200, SENTENCES).supported < 1


def test_other_scripts_gain_nothing_from_it() -> None:
    """The judge reads English: in favour of a sentence in another script it counts nothing."""
    found = compared("Плотина в Орло рухнула.", ["Плотина в Орло рухнула."])
    assert found is not None
    assert measured(found)[-1] <= 0


def test_missing_weights_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are not the judge's are an error that says what to do."""
    monkeypatch.setattr("qa.models.judge_model.GRAPH", "support.json")
    with pytest.raises(ModelError, match="install the package again"):
        JudgeModel().judge("The dam burst on Monday.", SENTENCES)

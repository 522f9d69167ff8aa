"""Settings come from arguments and the environment, and mistakes in them are named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa.errors import SettingsError
from qa.settings import Settings


def test_environment_gives_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """QA_INDEX names the index, and arguments come before the environment."""
    monkeypatch.setenv("QA_INDEX", "elsewhere")
    monkeypatch.setenv("QA_K", "7")
    assert (Settings.from_env().index, Settings.from_env().k) == (Path("elsewhere"), 7)
    assert Settings.from_env(index=Path("here"), k=None).index == Path("here")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"passage_token": 100}, "did you mean 'passage_tokens'"),
        ({"zzz": 1}, "unknown setting 'zzz': known: candidates, encoder"),
        ({"k": 0}, "'k' = 0"),
        ({"passage_tokens": "many"}, "'passage_tokens' = 'many'"),
        ({"threshold": 1.5}, "'threshold' = 1.5"),
        ({"encoder": ""}, "'encoder' = ''"),
    ],
)
def test_bad_settings_are_named(values: dict[str, Any], message: str) -> None:
    """An unknown name or a bad value is refused with its name."""
    with pytest.raises(SettingsError, match=message):
        Settings(**values)


def test_misspelt_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that looks like a setting but is none is not passed over in silence."""
    monkeypatch.setenv("QA_INDEXX", "elsewhere")
    with pytest.raises(SettingsError, match="QA_INDEXX: did you mean QA_INDEX"):
        Settings.from_env()


def test_bad_values_of_variables_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable with a value that is not allowed is refused with its name."""
    monkeypatch.setenv("QA_K", "several")
    with pytest.raises(SettingsError, match="'k' = 'several'"):
        Settings.from_env()


@pytest.mark.parametrize("change", [{"k": 3}, {"threshold": 0.5}, {"llm": "ollama:x"}, {"encoder": "other"}])
def test_fingerprint_changes_with_every_answer_setting(change: dict[str, Any]) -> None:
    """Two settings that can answer differently have different fingerprints."""
    assert Settings(**change).fingerprint() != Settings().fingerprint()


def test_fingerprint_does_not_change_with_the_place() -> None:
    """Where the index lies does not change an answer."""
    assert Settings(index=Path("x")).fingerprint() == Settings().fingerprint()


def test_only_what_an_index_is_built_with_makes_it_stale() -> None:
    """Settings of answering do not ask for another index."""
    assert Settings(k=3, threshold=0.1).index_fields() == Settings().index_fields()
    assert Settings(passage_tokens=99).index_fields() != Settings().index_fields()


def test_settings_cannot_be_edited() -> None:
    """Settings stay as they were checked."""
    with pytest.raises(ValueError, match="frozen"):
        Settings().k = 3

"""Settings come from arguments, the environment and a file, and mistakes in them are named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa.errors import SettingsError
from qa.settings import Settings
from tests.collection import write_files


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
        ({"zzz": 1}, "unknown setting 'zzz': known: allow_private_urls, cache_mb, collections"),
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


def test_log_levels_are_written_as_one_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    """QA_LOG_LEVEL takes a level's name in lower case too, and no other word."""
    monkeypatch.setenv("QA_LOG_LEVEL", "debug")
    assert Settings.from_env().log_level == "DEBUG"
    monkeypatch.setenv("QA_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError, match=r"'log_level' = 'LOUD' \(from QA_LOG_LEVEL\)"):
        Settings.from_env()


@pytest.mark.parametrize(
    "change", [{"k": 3}, {"threshold": 0.5}, {"llm": "ollama:x"}, {"encoder": "other"}]
)
def test_fingerprint_changes_with_every_answer_setting(change: dict[str, Any]) -> None:
    """Two settings that can answer differently have different fingerprints."""
    assert Settings(**change).fingerprint() != Settings().fingerprint()


@pytest.mark.parametrize("change", [{"index": Path("x")}, {"log_level": "DEBUG"}])
def test_fingerprint_ignores_what_changes_no_answer(change: dict[str, Any]) -> None:
    """Where the index is, and what is logged, does not change an answer."""
    assert Settings(**change).fingerprint() == Settings().fingerprint()


def test_only_what_an_index_is_built_with_makes_it_stale() -> None:
    """Settings of answering do not ask for another index."""
    assert Settings(k=3, threshold=0.1).index_fields() == Settings().index_fields()
    assert Settings(passage_tokens=99).index_fields() != Settings().index_fields()


def test_settings_cannot_be_edited() -> None:
    """Settings stay as they were checked."""
    with pytest.raises(ValueError, match="frozen"):
        Settings().k = 3


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Return a function that writes a file below an empty working directory with an empty home."""
    monkeypatch.delenv("QA_CONFIG")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return lambda name, text: write_files(tmp_path, {name: text}) / name


def test_arguments_come_before_the_environment_before_the_file(
    write: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source is stronger than the next, and what none of them gives is the default."""
    write("here/qa.toml", 'k = 5\nmax_quotes = 5\nreader_top_k = 5\nindex = "theirs"')
    monkeypatch.setenv("QA_MAX_QUOTES", "6")
    monkeypatch.setenv("QA_READER_TOP_K", "6")
    for settings in (Settings(reader_top_k=7), Settings.from_env(reader_top_k=7)):
        assert (settings.k, settings.max_quotes, settings.reader_top_k) == (5, 6, 7)
        assert (settings.index, settings.first_stage_k) == (Path("theirs"), 50)


def test_the_nearest_settings_file_is_read(
    write: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """QA_CONFIG comes before the working directory, that before the user's configuration; only one is read."""
    assert Settings().k == 10
    write("home/.config/qa/qa.toml", "k = 2\nmax_quotes = 2")
    assert Settings().k == 2
    write("xdg/qa/qa.toml", "k = 3")
    monkeypatch.setenv("XDG_CONFIG_HOME", "../xdg")
    assert Settings().k == 3
    write("here/qa.toml", "k = 4")
    assert (Settings().k, Settings().max_quotes) == (4, 3)
    monkeypatch.setenv("QA_CONFIG", str(write("named.toml", "k = 5")))
    assert Settings().k == 5
    monkeypatch.setenv("QA_CONFIG", "")
    assert Settings().k == 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "reader_topk = 3",
            r"^qa\.toml: unknown setting 'reader_topk': did you mean 'reader_top_k'",
        ),
        ("read = 3", r"^qa\.toml: setting 'read' is now 'reader_top_k'"),
        ("[qa]\nk = 3", r"^qa\.toml: unknown setting 'qa'"),
        ('k = "many"', r"^setting 'k' = 'many' \(from qa\.toml\): "),
        ("k = ", r"^qa\.toml cannot be read: "),
    ],
)
def test_faults_of_the_file_are_named(
    write: Callable[[str, str], Path], text: str, message: str
) -> None:
    """A settings file with a mistake is refused, with its name and the setting's."""
    write("here/qa.toml", text)
    with pytest.raises(SettingsError, match=message):
        Settings()


def test_a_file_that_is_named_must_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt QA_CONFIG does not mean the defaults."""
    monkeypatch.setenv("QA_CONFIG", "gone.toml")
    with pytest.raises(SettingsError, match=r"QA_CONFIG names gone\.toml, which is not a file"):
        Settings()


def test_origins_tell_where_values_come_from(
    write: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each setting the variable, the file or `default` is told."""
    write("here/qa.toml", "k = 5\nmax_quotes = 5")
    monkeypatch.setenv("QA_K", "6")
    origins = Settings.origins()
    assert (origins["k"], origins["max_quotes"], origins["llm"]) == ("QA_K", "qa.toml", "default")
    assert origins.keys() == Settings.model_fields.keys()


def test_settings_say_what_they_mean() -> None:
    """Every setting has a description, for `qa settings`."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []

"""`import qa` gives the public interface, at once."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys

import pytest

import qa

HEAVY = {"torch", "transformers", "sentence_transformers", "chromadb", "gradio", "langchain", "langchain_core",
         "pydantic", "numpy", "yaml", "typer"}  # fmt: skip


def test_import_loads_nothing_heavy() -> None:
    """Importing the package imports none of the libraries that take time."""
    code = f"import sys, qa; print(sorted({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_all_is_sorted_and_complete() -> None:
    """Every promised name is there, in order, and nothing else shows."""
    assert qa.__all__ == sorted(qa.__all__)
    assert {"answer", "search", "Pipeline", "Settings", "Index", "Answer", "QAError"} <= set(
        qa.__all__
    )
    assert dir(qa) == qa.__all__


@pytest.mark.parametrize("name", sorted(set(qa.__all__) - {"__version__"}))
def test_each_name_is_there(name: str) -> None:
    """Each name gives the object that its module defines."""
    assert getattr(qa, name).__module__.startswith("qa.")


def test_the_version_is_that_of_the_distribution() -> None:
    """`qa.__version__` is what the package index would show."""
    assert qa.__version__ == importlib.metadata.version("qa-articles")


def test_an_unknown_name_is_no_attribute() -> None:
    """A misspelt name fails as for any module."""
    with pytest.raises(AttributeError, match="no attribute 'anser'"):
        _ = qa.anser

"""Rules of this project that no linter knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_LONGEST_FUNCTION = 40
_LONGEST_FILE = 400
_PRODUCT = [_ROOT / "app.py", *sorted((_ROOT / "qa").rglob("*.py"))]
_TESTS = sorted((_ROOT / "tests").rglob("*.py"))

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def _name(path: Path) -> str:
    return path.relative_to(_ROOT).as_posix()


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, _FUNCTION):
            yield node


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@pytest.mark.parametrize("path", _TESTS, ids=_name)
def test_tests_say_what_they_hold(path: Path) -> None:
    """Every test has a docstring that names the behaviour it holds."""
    tests = [function for function in _functions(path) if function.name.startswith("test_")]
    assert [test.name for test in tests if not ast.get_docstring(test)] == []


@pytest.mark.parametrize("path", _PRODUCT, ids=_name)
def test_functions_are_short(path: Path) -> None:
    """No function of the product is longer than a screen."""
    long = {function.name: _lines(function) for function in _functions(path)}
    assert {name: lines for name, lines in long.items() if lines > _LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", _PRODUCT, ids=_name)
def test_files_are_short(path: Path) -> None:
    """No file of the product outgrows one sitting's reading."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= _LONGEST_FILE


@pytest.mark.parametrize(
    "path", [path for path in _PRODUCT if not _name(path).startswith("qa/cli/")], ids=_name
)
def test_only_the_command_line_prints(path: Path) -> None:
    """The library returns or raises what it has to say; only the command line prints."""
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    assert [
        call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"
    ] == []

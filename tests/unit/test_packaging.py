"""The lock files agree with pyproject.toml, with each other and with a machine without a GPU."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_ROOT = Path(__file__).parents[2]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_LOCKS = ("requirements.lock", "requirements-dev.lock")
_RUNTIME = _PROJECT["dependencies"]
_LARGEST_WHEEL = 98_500_000
_DEV = _PROJECT["optional-dependencies"]["dev"]
# What training, and the comparison with others, take beside these; no test imports it.
_APART = [
    line
    for file in ("training/requirements.txt", "evals/peers/requirements.txt")
    for line in (_ROOT / file).read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
_EXTRAS = [
    line
    for name, lines in _PROJECT["optional-dependencies"].items()
    if name != "dev"
    for line in lines
]


def _locked(name: str) -> dict[str, Version]:
    """Return the version of each package in a lock file; a line that pins no version fails."""
    lines = (_ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [line.partition("#")[0].partition(";")[0].strip() for line in lines]
    pairs = [pin.split("==") for pin in pins if pin]
    return {canonicalize_name(package): Version(version) for package, version in pairs}


def _names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(requirement).name) for requirement in requirements}


@pytest.mark.parametrize(
    ("lock", "requirement"),
    [("requirements.lock", line) for line in _RUNTIME]
    + [("requirements-dev.lock", line) for line in _RUNTIME + _DEV],
)
def test_lock_holds_what_the_project_asks_for(lock: str, requirement: str) -> None:
    """Each dependency is locked, at a version that pyproject.toml allows."""
    wanted = Requirement(requirement)
    assert _locked(lock)[canonicalize_name(wanted.name)] in wanted.specifier


@pytest.mark.parametrize("lock", _LOCKS)
def test_lock_brings_no_gpu_libraries(lock: str) -> None:
    """The set-up downloads no CUDA library, on any machine."""
    assert [name for name in _locked(lock) if re.match(r"nvidia-|cuda-|triton", name)] == []


@pytest.mark.parametrize("lock", _LOCKS)
def test_lock_names_no_one_build(lock: str) -> None:
    """No locked version carries a local label such as +cpu, which only some package indexes have."""
    assert [name for name, version in _locked(lock).items() if version.local] == []


@pytest.mark.parametrize("lock", _LOCKS)
def test_lock_is_of_no_one_machine(lock: str) -> None:
    """A lock file names no package index and no folder."""
    text = (_ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r"https?://\S+|file:\S+|--\S+|(?<!\w)/\w+\S*", text) == []


def test_dev_lock_extends_the_runtime_lock() -> None:
    """Tests run with the very versions that users get."""
    assert _locked("requirements.lock").items() <= _locked("requirements-dev.lock").items()


def test_test_tools_stay_out_of_the_runtime_lock() -> None:
    """Whoever only uses the project installs no test runner."""
    assert {"hypothesis", "mypy", "playwright", "pytest", "ruff"} & _locked(
        "requirements.lock"
    ).keys() == set()


def _imported(path: Path) -> Iterator[str]:
    """Yield the top-level name of each import in a file, also of those inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    ("folders", "allowed"),
    [
        (["app.py", "qa"], _names(_RUNTIME + _EXTRAS)),
        (["benchmarks", "evals", "tests", "training"], _names(_RUNTIME + _DEV + _APART)),
    ],
    ids=["product", "tools"],
)
def test_direct_imports_are_direct_dependencies(folders: list[str], allowed: set[str]) -> None:
    """What the code imports is asked for by name, not found by luck below another package."""
    files = [file for folder in folders for file in (_ROOT / folder).rglob("*.py")] + [
        _ROOT / "app.py"
    ]
    own = {"app", "qa", "benchmarks", "evals", "tests", "training"} | {
        file.stem for file in files if "qa" not in file.relative_to(_ROOT).parts
    }
    distributions = packages_distributions()
    names = {name for file in files for name in _imported(file)} - own - sys.stdlib_module_names
    undeclared = {
        name
        for name in names
        if not {*map(canonicalize_name, distributions.get(name, [name]))} & allowed
    }
    assert undeclared == set()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        "wheel",
        "--directory",
        str(folder),
    ]
    subprocess.run(build, cwd=_ROOT, check=True, capture_output=True, timeout=600)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_wheel_holds_what_the_product_reads(wheel: Path) -> None:
    """A built wheel carries every file of qa/: models, the chat's assets and the mark of typed code included."""
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("qa/")}
    written = {
        path.relative_to(_ROOT).as_posix() for path in (_ROOT / "qa").rglob("*") if path.is_file()
    }
    assert packed == {name for name in written if "__pycache__" not in name}
    assert any(name.startswith("qa/models/") for name in packed)
    assert any(name.startswith("qa/chat/assets/") for name in packed)
    assert any(name.startswith("qa/chat/templates/") for name in packed)
    assert "qa/py.typed" in packed


def test_wheel_names_its_licence(wheel: Path) -> None:
    """The wheel's metadata names the licence, and the wheel carries its text."""
    packed = zipfile.ZipFile(wheel)
    about = next(name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
    assert "License-Expression: Apache-2.0\n" in packed.read(about).decode()
    text = packed.read(about.replace("METADATA", "licenses/LICENSE"))
    assert text == (_ROOT / "LICENSE").read_bytes()


def test_wheel_fits_a_package_index(wheel: Path) -> None:
    """Package indexes take 100 MB, and what comes next needs room as well."""
    assert wheel.stat().st_size < _LARGEST_WHEEL


@pytest.mark.parametrize("file", ["CITATION.cff", "pyproject.toml"])
def test_version_and_licence_agree(file: str) -> None:
    """What is cited is what is released."""
    text = (_ROOT / file).read_text(encoding="utf-8").replace(" = ", ": ").replace('"', "")
    assert f"\nversion: {_PROJECT['version']}\n" in text
    assert f"\nlicense: {_PROJECT['license']}\n" in text

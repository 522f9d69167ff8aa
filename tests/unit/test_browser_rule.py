"""A run that requires the browser fails when a browser test is skipped or missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_CONFTEST = Path(__file__).parents[1] / "conftest.py"
_PASSES = "def test_page():\n    assert True\n"
_SKIPS = "import pytest\n\ndef test_page():\n    pytest.skip('no browser')\n"
_SKIPS_WHOLE = "import pytest\n\npytest.skip('no browser', allow_module_level=True)\n"
_ASKS_FOR_BROWSER = "def test_page(chromium):\n    assert chromium\n"


def _run(
    root: Path, *options: str, e2e: str | None, required: str
) -> subprocess.CompletedProcess[str]:
    """Run pytest on one passing unit test and the given browser test, with this project's conftest.py."""
    files = {"unit/test_unit.py": _PASSES} | ({"e2e/test_page.py": e2e} if e2e else {})
    for name, text in files.items():
        (root / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "tests" / name).write_text(text, encoding="utf-8")
    shutil.copy(_CONFTEST, root / "tests")
    (root / "pytest.ini").write_text(
        "[pytest]\naddopts = --import-mode=importlib -p no:cacheprovider\n", encoding="utf-8"
    )
    environment = os.environ | {
        "QA_REQUIRE_BROWSER": required,
        "CHROMIUM": "/no/such/browser",
        "PYTEST_ADDOPTS": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # none is needed, and they take most of the time
    }
    command = [sys.executable, "-m", "pytest", "tests", *options]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


@pytest.mark.parametrize(
    ("e2e", "required", "code", "line"),
    [
        (_PASSES, "1", 0, "2 passed"),
        (_SKIPS, "1", 1, "skipped tests/e2e/test_page.py::test_page"),
        (_SKIPS_WHOLE, "1", 1, "skipped tests/e2e/test_page.py"),
        (_ASKS_FOR_BROWSER, "1", 1, "no Chromium"),
        (None, "1", 1, "no test of tests/e2e/ passed"),
        (_ASKS_FOR_BROWSER, "", 0, "1 passed, 1 skipped"),
    ],
    ids=["passed", "skipped", "file skipped", "no browser", "no test", "not required"],
)
def test_required_browser_tests_run(
    tmp_path: Path, e2e: str | None, required: str, code: int, line: str
) -> None:
    """Where the browser is required, only a run whose browser tests passed is green; elsewhere they may skip."""
    done = _run(tmp_path, e2e=e2e, required=required)
    assert done.returncode == code, done.stdout + done.stderr
    assert line in done.stdout


@pytest.mark.parametrize(
    ("e2e", "code", "line"),
    [
        (_PASSES, 0, "2 passed"),
        (_SKIPS, 1, "skipped tests/e2e/test_page.py::test_page"),
        (_SKIPS_WHOLE, 1, "skipped tests/e2e/test_page.py"),
    ],
    ids=["passed", "skipped", "file skipped"],
)
def test_the_rule_holds_with_workers(tmp_path: Path, e2e: str, code: int, line: str) -> None:
    """What workers skipped is known where the run is judged."""
    workers = ("-p", "xdist", "-n", "2", "--dist", "loadgroup")
    done = _run(tmp_path, *workers, e2e=e2e, required="1")
    assert done.returncode == code, done.stdout + done.stderr
    assert line in done.stdout

"""What every test can ask for: the question sets, a browser; and the rule that required browser tests ran."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

# Read by the Hugging Face libraries when they are imported, so set before any test is. Nothing may
# be downloaded.
os.environ["HF_HUB_OFFLINE"] = "1"

# No settings file of whoever runs the tests is read.
os.environ["QA_CONFIG"] = ""

# How long an example takes says nothing on a busy machine.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

_DATASETS = "QA_DATASETS"
_REQUIRE_BROWSER = "QA_REQUIRE_BROWSER"
_E2E = "tests/e2e/"


@pytest.fixture(scope="session")
def datasets() -> Path:
    """Return the folder of question sets (dev/, train/) that the environment names; the test skips without one."""
    folder = os.environ.get(_DATASETS)
    if not folder:
        pytest.skip(f"{_DATASETS} does not name the folder of question sets")
    path = Path(folder)
    if not path.is_dir():
        pytest.fail(f"{_DATASETS} names {folder}, which is not a folder")
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium (`CHROMIUM` or on PATH); without it the test skips, or fails where it is required."""
    path = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if path is None:
        (pytest.fail if _browser_required() else pytest.skip)("no Chromium: see tools/chromium.sh")
    return path


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the folders in the order of `testpaths`; within each, pytest-randomly's order stays."""
    folders = [config.rootpath / folder for folder in config.getini("testpaths")]
    items.sort(key=lambda item: [not item.path.is_relative_to(folder) for folder in folders])


class FilesAndGroups(LoadGroupScheduling):  # type: ignore[misc]  # pytest-xdist ships no types
    """Gives a worker of pytest-xdist the tests of a whole file, or of a group, at once.

    A file's tests share servers and indexes. Those of the browser share one app in each worker, so
    they are given out one by one, and no worker waits long for the other at the end.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope = super()._split_scope(nodeid)
        whole = scope == nodeid and not nodeid.startswith(_E2E)
        return nodeid.partition("::")[0] if whole else scope


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesAndGroups:
    """Distribute tests by file and by group, whatever `--dist` says."""
    return FilesAndGroups(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that was to drive the browser and skipped, or never had, a test that does."""
    if session.exitstatus == pytest.ExitCode.OK and _missed_browser_tests(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name what was missed."""
    for line in _missed_browser_tests(config):
        terminalreporter.write_line(f"{_REQUIRE_BROWSER} is set: {line}", red=True)


def _browser_required() -> bool:
    return os.environ.get(_REQUIRE_BROWSER, "") not in {"", "0"}


def _missed_browser_tests(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not _browser_required() or config.option.collectonly or reporter is None:
        return []
    ran, skipped = (
        [
            report.nodeid
            for report in reporter.stats.get(outcome, [])
            if report.nodeid.startswith(_E2E)
        ]
        for outcome in ("passed", "skipped")
    )
    return [f"skipped {name}" for name in skipped] or ([] if ran else [f"no test of {_E2E} passed"])

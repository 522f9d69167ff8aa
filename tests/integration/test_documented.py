"""The examples of docs/service.md and README.md run as they stand there."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.test_service import Running
from tests.service import QUOTE

pytestmark = pytest.mark.integration

_ROOT = Path(__file__).parents[2]
_ADDRESS = "http://127.0.0.1:7860"
_BLOCK = re.compile(r"^```(python|sh)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _examples() -> Iterator[tuple[str, str]]:
    for file in ("docs/service.md", "README.md"):
        for kind, text in _BLOCK.findall((_ROOT / file).read_text(encoding="utf-8")):
            if _ADDRESS in text:
                yield kind, text


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a service that all examples ask."""
    made = Running(tmp_path_factory.mktemp("documented"))
    yield made
    made.close()


@pytest.mark.parametrize(("kind", "text"), list(_examples()))
def test_examples_run(
    running: Running, kind: str, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each against a service on another port, with a key of its own; what it prints is there."""
    key, text = running.keys["owner"], text.replace(_ADDRESS, running.address)
    if kind == "python":
        exec(compile(text, "example", "exec"), {"QA_KEY": key})  # noqa: S102 - our own page
    elif shutil.which("curl"):
        environment = {"QA_KEY": key, "PATH": "/usr/bin:/bin"}
        subprocess.run(["/bin/sh", "-c", text], check=True, env=environment)
    else:
        pytest.skip("no curl")
    printed = capfd.readouterr().out
    assert QUOTE in printed or "Ferry" in printed

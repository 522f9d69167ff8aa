"""Nothing leaves the machine: traced below Python, no command addresses another host.

pytest-socket sees Python's sockets only; the libraries in C++ and Rust below have their own.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import qa
from tests.collection import CORPUS
from tests.e2e.asking import HOST, ask

# Other such tests wait: this one takes whole cores, or ends processes.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("alone")]

QUESTION = "who is accused of blocking the corridor?"
_PROJECT = Path(qa.__file__).parents[1]
# What a traced call addresses.
_ADDRESS = re.compile(
    r"sa_family=AF_INET6?, sin6?_port=htons\((?P<port>\d+)\),.*?"
    r'(?:inet_addr\("|inet_pton\(AF_INET6, ")(?P<host>[^"]+)"'
)
# Name look-ups that a local service does on behalf of the process.
_LOCAL_RESOLVERS = ("io.systemd.Resolve",)
_DOMAIN_NAME_PORT = 53
# What a library sends in the background gets this much time before the process ends.
_SECONDS_TO_REPORT = 5
# A file of a vendor's that tells this device from others.
_IDENTIFIER = re.compile(r"microsoft|device|telemetry", re.IGNORECASE)


class Traced:
    """Runs commands under strace, as on a fresh account of a machine that is no CI."""

    def __init__(self, strace: str, folder: Path) -> None:
        self._strace = strace
        self.home = folder / "home"
        self._trace = folder / "trace"
        self._environment: Mapping[str, str] = {
            # Nothing else is inherited: some libraries are silent where CI is set.
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(_PROJECT),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "QA_INDEX": str(folder / "index"),
        }

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        """Start Python with `arguments` in an empty home, in a process group of its own."""
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()
        trace = ["--seccomp-bpf", "-e", "trace=network,execve", "-o", str(self._trace)]
        # Tests that were started in the background ignore Ctrl-C, and so would what they start.
        command = ["env", "--default-signal=INT", self._strace, "-f", "-qq", *trace]
        return subprocess.Popen(
            [*command, sys.executable, *map(str, arguments)],
            cwd=self.home,
            env=self._environment,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str | Path) -> str:
        """Run Python with `arguments` and return what it printed; fail if it failed."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
        return output

    def leaks(self) -> str:
        """Return a line for each address beyond this machine that was used, and each identifier in HOME."""
        lines = self._trace.read_text(encoding="utf-8", errors="replace").splitlines()
        assert any("execve(" in line for line in lines), "nothing was traced"
        calls = [line for line in lines if re.search(r" (connect|send\w*)\(", line)]
        found = {line for line in calls if any(name in line for name in _LOCAL_RESOLVERS)}
        for address in (match for line in calls for match in _ADDRESS.finditer(line)):
            host, port = ipaddress.ip_address(address["host"]), int(address["port"])
            host = getattr(host, "ipv4_mapped", None) or host
            if not host.is_loopback or port == _DOMAIN_NAME_PORT:
                found.add(f"{host} port {port}")
        names = (path.relative_to(self.home).as_posix() for path in self.home.rglob("*"))
        return "\n".join(sorted(found | {name for name in names if _IDENTIFIER.search(name)}))


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Traced:
    """Return what runs commands under strace; skips, or fails where nothing may be skipped, without it."""
    strace = shutil.which("strace") or "strace"
    try:
        command = [strace, "-f", "-o", os.devnull, sys.executable, "-c", ""]
        subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", "") or "it is not installed: make test does that"
        required = os.environ.get("QA_REQUIRE_BROWSER", "") not in {"", "0"}
        (pytest.fail if required else pytest.skip)(f"strace cannot trace: {reason}".strip())
    traced = Traced(strace, tmp_path_factory.mktemp("traced"))
    traced.run("-m", "qa", "index", CORPUS / "lachin-corridor.md")
    assert traced.leaks() == ""
    return traced


def test_a_question_stays_on_the_machine(traced: Traced) -> None:
    """`qa index` and `qa ask` address no other host, look up no name and leave no identifier."""
    assert "[1]" in traced.run("-m", "qa", "ask", QUESTION)
    assert traced.leaks() == ""


def test_use_as_a_library_stays_on_the_machine(traced: Traced) -> None:
    """So does `from qa import answer`, even where the environment asks for telemetry."""
    script = f"""
import os, time
os.environ["ORT_DISABLE_TELEMETRY"] = "0"
from qa import answer
print(answer({QUESTION!r}).text)
time.sleep({_SECONDS_TO_REPORT})
"""
    assert "[1]" in traced.run("-c", script)
    assert traced.leaks() == ""


def test_the_chat_stays_on_the_machine(traced: Traced, chromium: str) -> None:
    """So does the server behind a page on which a question is asked."""
    port = _free_port()
    server = traced.start(_PROJECT / "app.py", "--port", str(port))
    try:
        _wait_for(port, server)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(f"http://{HOST}:{port}")
            assert "answered" in (ask(page, QUESTION).get_attribute("class") or "")
            browser.close()
        time.sleep(_SECONDS_TO_REPORT)
    finally:
        os.killpg(server.pid, signal.SIGINT)
        output, _ = server.communicate(timeout=60)
    assert "Traceback" not in output, output
    assert traced.leaks() == ""


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[str]) -> None:
    """Wait until a server listens at `port`."""
    deadline = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < deadline:
        with closing(socket.socket()) as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"nothing listens at port {port}")

"""The chat's server under attack: the real one, on loopback, over a pipeline without models."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.asking import HOST
from tests.e2e.conftest import free_port
from tests.server import CALL, KEY, Server, Start
from tests.unit.chat.samples import ARTICLE


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example", "Content-Type": "text/plain"},
        {"Origin": "http://evil.example", "Content-Type": "application/json"},
        {"Origin": "null", "Content-Type": "application/json"},
        {"Origin": "http://127.0.0.1:1", "Content-Type": "application/json"},
        {"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"},
        {"Sec-Fetch-Site": "same-site", "Content-Type": "application/json"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
    ],
)
def test_no_other_page_can_act(server: Server, headers: dict[str, str]) -> None:
    """A post of another origin, and one that a form could make, removes nothing."""
    body = json.dumps(server.body("remove", {"article": ARTICLE.id}))
    assert server.http.post(CALL, content=body, headers=headers).status_code in {403, 415}
    assert ARTICLE.id in server.articles()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Origin": "http://localhost:3000"},
    ],
)
def test_no_other_page_can_read(server: Server, headers: dict[str, str]) -> None:
    """Not even one of another port of this machine; a link to the chat can be followed."""
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/queue/data?session_hash=s"):
        answer = server.http.get(path, headers=headers)
        assert answer.status_code == 403
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    link |= {"Sec-Fetch-Dest": "document"}
    assert server.http.get("/?q=who", headers=link).status_code == 200


def test_only_its_own_names_are_answered_to(server: Server) -> None:
    """A name that resolves to this machine, as in DNS rebinding, is refused."""
    port = server.host.rpartition(":")[2]
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", ""):
        assert server.http.get("/", headers={"Host": host}).status_code == 400, host
    for host in (server.host, f"localhost:{port}", f"[::1]:{port}"):
        assert server.http.get("/", headers={"Host": host}).status_code == 200, host


def test_further_names_can_be_allowed(start: Start) -> None:
    """Such as that of a reverse proxy."""
    server = start(allow_hosts=["news.example"])
    assert server.http.get("/", headers={"Host": "news.example"}).status_code == 200
    assert server.http.get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "request_line",
    [
        "POST /gradio_api/upload",
        "GET /gradio_api/file=/etc/passwd",
        "GET /gradio_api/file=http://127.0.0.1:1/secret",
        "GET /file=/etc/passwd",
        "GET /gradio_api/proxy=http://127.0.0.1:1/",
        "POST /gradio_api/process_recording",
        "GET /gradio_api/runs",
        "GET /monitoring",
        "GET /monitoring/summary",
        "GET /gradio_api/deep_link?session_hash=s",
        "GET /gradio_api/openapi.json",
        "POST /gradio_api/run/ask",
        "POST /gradio_api/api/ask",
        "POST /gradio_api/vibe-edit",
        "POST /gradio_api/stream/x",
        "GET /gradio_api/token",
        "PUT /",
        "DELETE /gradio_api/component_server",
        "TRACE /",
    ],
)
def test_what_is_not_used_is_not_there(server: Server, request_line: str) -> None:
    """Gradio's routes beyond those of the page and of gradio_client answer 404."""
    method, path = request_line.split()
    assert server.http.request(method, path, json={}).status_code == 404


def test_nothing_is_fetched_for_a_client(server: Server) -> None:
    """An address in a request is not opened by the server."""
    with socket.create_server((HOST, 0)) as trap:
        trap.setblocking(False)
        address = f"http://{HOST}:{trap.getsockname()[1]}/x"
        for path in (f"/gradio_api/file={address}", f"/gradio_api/proxy={address}"):
            assert server.http.get(path).status_code == 404
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_no_address_is_added_unless_that_is_allowed(server: Server) -> None:
    """By default nobody can have the server ask for an address on the web."""
    assert server.call("add_address", {"address": "news.example"}).status_code == 404


def test_large_bodies_are_refused_before_they_are_held(server: Server) -> None:
    """By what they announce, and by what they send where they announce nothing."""
    announced = server.http.post(
        "/gradio_api/queue/join",
        content=b" " * 3_000_000,
        headers={"Content-Type": "application/json"},
    )
    assert announced.status_code == 413

    def chunks() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 1_000_000

    # The server hangs up while the client still sends: either end may notice first.
    try:
        endless = server.http.post(
            CALL, content=chunks(), headers={"Content-Type": "application/json"}
        )
    except httpx.TransportError:
        return
    assert endless.status_code == 413


def test_every_response_has_its_headers(server: Server) -> None:
    """Pages, assets, refusals and errors alike; the server does not name itself."""
    for path in ("/", "/config", "/theme.css", "/nothing"):
        headers = server.http.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_a_library_that_is_read_only_cannot_be_changed(start: Start) -> None:
    """Adding, removing and undoing are not served, whoever calls; reading goes on."""
    server = start(read_only=True)
    file = {"visitor": KEY, "name": "a.md", "data": "QS4="}
    requests = {"add": file, "remove": {"article": ARTICLE.id}, "undo": {"token": KEY}}
    requests["add_text"] = {"visitor": KEY, "title": "A", "text": "A."}
    requests["add_address"] = {"address": "news.example"}
    for name, data in requests.items():
        assert server.call(name, data).status_code == 404, name
    assert server.articles() == {ARTICLE.id}
    assert "value" in server.call("articles", {}).json()


def test_a_login_is_asked_for(start: Start) -> None:
    """Without it nothing is read or done; with it everything works; guesses are limited."""
    server = start(login="ann:a secret: one")
    assert server.call("articles", {}).status_code == 401
    assert server.ask("s").status_code == 401
    assert server.http.get("/config").status_code == 401
    assert ARTICLE.title not in server.http.get("/").text
    right = {"username": "ann", "password": "a secret: one"}
    assert server.http.post("/login", data=right).status_code == 200
    assert "value" in server.call("articles", {}).json()
    foreign = {"Origin": "http://evil.example"}
    assert server.http.post("/login", data=right, headers=foreign).status_code == 403
    wrong = right | {"password": "guess"}
    codes = [server.http.post("/login", data=wrong).status_code for _ in range(12)]
    assert codes[0] == 400
    assert codes[-1] == 429


def test_no_message_names_a_place(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the disk is told without the server's folders."""

    def full(_paths: object, **_watchers: object) -> None:
        raise OSError(28, "No space left on device", "/srv/secret/articles.sqlite")

    monkeypatch.setattr(server.pipeline.index, "update", full)
    token = server.call("add", {"visitor": KEY, "name": "a.md", "data": "QS4="}).json()["value"]
    state: dict[str, Any] = {}
    while "line" not in state:
        state = server.call("adding", token).json()["value"]
    assert "No space left on device" in state["line"]
    assert "secret" not in state["line"]


_STARTED = """
import sys
from pathlib import Path
from qa.chat.page import build
from qa.chat.serving import launch
from tests.fakes import FakePipeline
app = build(FakePipeline([]), Path(sys.argv[2]))
launch(app, host="127.0.0.1", port=int(sys.argv[1]), block=False)
print(app.share, app.root_path, app.allowed_paths, app.mcp_server, flush=True)
sys.stdin.read()
"""


def test_the_environment_opens_nothing(tmp_path: Path) -> None:
    """Gradio's variables neither share nor serve files nor move the app; a proxy stops nothing."""
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret")
    opening = {
        "GRADIO_SHARE": "true",
        "GRADIO_ROOT_PATH": "/elsewhere",
        "GRADIO_ALLOWED_PATHS": str(tmp_path),
        "GRADIO_MCP_SERVER": "true",
        "GRADIO_RUN_HISTORY": "true",
        "GRADIO_WATCH_DIRS": str(tmp_path),
        "GRADIO_SSR_MODE": "true",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "socks5://127.0.0.1:9",
        "NO_PROXY": "",
    }
    port = free_port()
    command = [sys.executable, "-c", _STARTED, str(port), str(tmp_path / "chat")]
    process = subprocess.Popen(
        command,
        env=os.environ | opening,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "False  [] False\n"
        answer = httpx.get(f"http://{HOST}:{port}/gradio_api/file={secret}", trust_env=False)
        process.communicate()
    assert answer.status_code == 404

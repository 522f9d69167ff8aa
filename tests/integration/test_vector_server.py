"""Vectors on a Chroma server: writers, readers that are behind, and a server that is gone."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from qa.errors import QAError, SettingsError
from qa.index import Index
from qa.index.backup import publish
from qa.settings import Settings
from tests.collection import BagEncoder, everything, nearest, write_files

pytestmark = pytest.mark.integration

_FILES = {
    "dam.md": "# The dam\n\nMara Voss inspected the dam at Orlo in May.",
    "ferry.md": "# The ferry\n\nThe ferry Petrel sank off the old harbour.",
    "vote.md": "# The vote\n\nThe council voted for a new bridge.",
}
_TOKEN = "a token of the test"  # noqa: S105 - of a proxy on loopback
# Seconds that the server may take to start.
_PATIENCE = 300


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a Chroma server on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = "import sys; sys.argv[0] = 'chroma'; from chromadb.cli.cli import app; app()"
    folder = tmp_path_factory.mktemp("server")
    options = ["run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-c", run, *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    address = f"http://127.0.0.1:{port}"
    end = time.monotonic() + _PATIENCE
    try:
        while True:
            try:
                httpx.get(f"{address}/api/v2/heartbeat", trust_env=False).raise_for_status()
                break
            except httpx.HTTPError:
                assert process.poll() is None, "chroma run has ended"
                assert time.monotonic() < end, "chroma run does not answer"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(_PATIENCE)


@pytest.fixture
def settings(server: str, tmp_path: Path) -> Settings:
    """Return the settings of an index whose vectors lie in a collection of their own."""
    return Settings(index=tmp_path / "index", vectors=f"{server}/{tmp_path.name[:50]}")


def _open(settings: Settings, *, create: bool = False) -> Index:
    return Index.open(settings, encoder=BagEncoder(), create=create)


def _made(settings: Settings, folder: Path) -> Index:
    made = _open(settings, create=True)
    made.update([write_files(folder, _FILES)])
    return made


def _ids(index: Index, query: str) -> list[str]:
    return [passage.article_id for passage, _ in nearest(index, query, 3)]


def test_an_index_is_the_same_as_in_a_folder(settings: Settings, tmp_path: Path) -> None:
    """The same articles make the same vectors, found in the same order; updates and removals, too."""
    far = _made(settings, tmp_path / "in")
    near = _made(Settings(index=tmp_path / "near"), tmp_path / "in")
    assert everything(far) == everything(near)
    assert not (settings.index / "chroma").exists()
    for index in (far, near):
        write_files(tmp_path / "in", {"ferry.md": "# The ferry\n\nThe ferry Petrel is safe."})
        index.update()
        index.remove("vote.md")
        assert _ids(index, "the ferry is safe") == ["ferry.md", "dam.md"]
        assert index.check() == []
    assert everything(far) == everything(near)
    assert _open(settings).counts() == far.counts()
    assert far.settings.fingerprint() == near.settings.fingerprint()


def test_what_is_wrong_is_found_and_mended(settings: Settings, tmp_path: Path) -> None:
    """A vector that is missing on the server, and a strange one, are found, told and mended."""
    made = _made(settings, tmp_path / "in")
    keys = made.vectors.keys()
    made.vectors.delete(keys[:1])
    made.vectors.add(["gone:0-9"], BagEncoder().encode(["gone"]), ["gone"])
    assert {problem.kind for problem in made.check()} == {"missing", "stray"}
    _, left = made.repair()
    assert left == []
    assert sorted(made.vectors.keys()) == sorted(keys)


def test_a_reader_with_older_articles_goes_on(settings: Settings, tmp_path: Path) -> None:
    """While a writer is ahead, a reader with its own copy of the articles finds all that is still there."""
    made = _made(settings, tmp_path / "in")
    copy = settings.model_copy(update={"index": tmp_path / "copy"})
    shutil.copytree(settings.index, copy.index)
    reader = _open(copy)
    for version in range(3):
        text = f"# The ferry\n\nThe ferry Petrel made journey {version}."
        made.update([write_files(tmp_path / "in", {"ferry.md": text, f"{version}.md": text})])
        assert set(_ids(_open(copy), "Mara Voss inspected the dam")) >= {"dam.md", "vote.md"}
        assert set(_ids(reader, "Mara Voss inspected the dam")) >= {"dam.md", "vote.md"}
    with pytest.raises(QAError, match="older copy"):
        reader.remove("dam.md")
    assert made.check() == []


def test_what_is_published_has_its_vectors_there(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A published copy holds the articles alone, and its readers ask the server."""
    made = _made(settings, tmp_path / "in")
    monkeypatch.setattr("qa.index.index.open_encoder", lambda _: BagEncoder())
    assert publish(settings, tmp_path / "out") == made.counts()
    reader = _open(settings.model_copy(update={"index": tmp_path / "out"}))
    assert _ids(reader, "Mara Voss inspected the dam")[0] == "dam.md"
    assert not list((tmp_path / "out").rglob("chroma"))


def test_another_index_keeps_its_vectors(settings: Settings, tmp_path: Path) -> None:
    """A new index does not take the collection of another one; the message says how to name its own."""
    made = _made(settings, tmp_path / "in")
    other = settings.model_copy(update={"index": tmp_path / "other"})
    with pytest.raises(QAError, match="another index already: name a collection"):
        _open(other, create=True)
    assert made.check() == []
    rebuilt = Index.open(settings, encoder=BagEncoder(), rebuild=True)
    rebuilt.update()
    assert rebuilt.check() == []


def test_a_server_that_is_gone_is_told(settings: Settings, tmp_path: Path) -> None:
    """Where nothing answers at the address, the error says where it was sought."""
    _made(settings, tmp_path / "in")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    index = _open(settings.model_copy(update={"vectors": address}))
    with pytest.raises(QAError, match=f"vectors at {address} cannot be used .*QA_VECTORS"):
        _ids(index, "the dam")


class _Proxy(BaseHTTPRequestHandler):
    """Passes on what brings the token, and refuses everything else."""

    upstream = ""
    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length", 0)))
        status, body = 401, b"no token"
        if self.headers.get("authorization") == f"Bearer {_TOKEN}":
            headers = {"content-type": "application/json"}
            got = httpx.request(
                self.command,
                f"{self.upstream}{self.path}",
                content=sent,
                headers=headers,
                trust_env=False,
            )
            status, body = got.status_code, got.content
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815 - names of the base class

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def test_a_proxy_may_ask_for_a_token(server: str, settings: Settings, tmp_path: Path) -> None:
    """With the token of the settings the proxy lets the index in; without it, the error names the setting."""
    handler = type("Handler", (_Proxy,), {"upstream": server})
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    name = settings.vectors.rpartition("/")[2]
    address = f"http://127.0.0.1:{proxy.server_port}/{name}"
    through = settings.model_copy(update={"vectors": address, "vectors_token": SecretStr(_TOKEN)})
    try:
        made = _made(through, tmp_path / "in")
        assert _ids(made, "Mara Voss inspected the dam")[0] == "dam.md"
        stranger = _open(through.model_copy(update={"vectors_token": SecretStr("wrong")}))
        with pytest.raises(QAError, match="QA_VECTORS_TOKEN"):
            _ids(stranger, "the dam")
    finally:
        proxy.shutdown()
        proxy.server_close()


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://a", "http://u:p@h", "http://h/a/b"])
def test_what_is_no_address_is_refused(address: str) -> None:
    """An address without a scheme, with a password, or with more than a collection's name is refused."""
    with pytest.raises(SettingsError, match="'vectors'"):
        Settings(vectors=address)

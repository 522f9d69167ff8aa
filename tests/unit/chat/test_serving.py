"""Where the chat listens."""

from __future__ import annotations

import logging
import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import ANY

import gradio as gr
import pytest
from pydantic import SecretStr

from qa.chat import serving
from qa.errors import QAError, SettingsError
from qa.server.backend import Backend
from qa.server.users import FILE_NAME, Users
from qa.settings import Settings

CLOSED = {
    "allow_hosts": (),
    "read_only": False,
    "updater": None,
    "addresses": True,
    "log_questions": False,
    "collections": ("default",),
    "metrics": ANY,
    "others": {},
}


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """Return what the app is launched with; nothing listens, and there are no users."""
    values: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(serving, "launch", lambda _app, **options: values.update(options))

    def build(*_arguments: Any, **options: Any) -> SimpleNamespace:
        values.update(options)
        return SimpleNamespace(backend=SimpleNamespace(audit=None))

    monkeypatch.setattr(serving, "build", build)
    monkeypatch.setattr(serving, "UpdateProcess", lambda _settings: None)
    for name in ("GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    return values


def test_only_this_machine_reaches_the_chat(launched: dict[str, Any]) -> None:
    """Without any wish the chat listens at 127.0.0.1:7860."""
    serving.serve(Settings())
    assert not launched.pop("accounts").required
    assert launched == CLOSED | {"host": "127.0.0.1", "port": 7860}


def test_the_environment_moves_the_chat(
    launched: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradio's own variables are honoured, and arguments come before them."""
    monkeypatch.setenv("GRADIO_SERVER_NAME", "localhost")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7999")
    serving.serve(Settings())
    del launched["accounts"]
    assert launched == CLOSED | {"host": "localhost", "port": 7999}
    serving.serve(Settings(), host="127.0.0.1", port=8000)
    del launched["accounts"]
    assert launched == CLOSED | {"host": "127.0.0.1", "port": 8000}


def test_only_some_may_have_addresses_fetched(launched: dict[str, Any]) -> None:
    """Who logged in, or sits at this machine: anybody else could have it ask what they cannot reach."""
    login = "ann:a secret"
    for options, allowed in (
        ({"host": "127.0.0.1"}, True),
        ({"host": "127.0.0.1", "allow_hosts": ["news.example"]}, False),
        ({"host": "192.0.2.7", "opened": True}, False),
    ):
        serving.serve(Settings(), **options)
        assert launched["addresses"] is allowed
        serving.serve(Settings(login=login), **options)
        assert launched["addresses"] is True


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "news.example"])  # noqa: S104 - nothing listens
def test_other_machines_need_a_login(
    host: str, launched: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond loopback the chat starts only with a login or an explicit wish, and says so."""
    with pytest.raises(
        SettingsError, match=f"--host {host} .* QA_LOGIN=user:password, or .*--open"
    ):
        serving.serve(Settings(), host=host)
    monkeypatch.setenv("GRADIO_SERVER_NAME", host)
    with pytest.raises(SettingsError, match="QA_LOGIN"):
        serving.serve(Settings())
    assert launched == {}
    serving.serve(Settings(), opened=True)
    assert launched["host"] == host
    launched.clear()
    serving.serve(Settings(login="ann:secret"))
    assert launched["accounts"].verify("ann", "secret")
    assert not launched["accounts"].verify("ann", "guess")


def test_users_are_a_login(launched: dict[str, Any]) -> None:
    """With a file of users beside the index, other machines may come in."""
    Users(Path(".qa", FILE_NAME)).add("ann", "a long password", "reader")
    serving.serve(Settings(), host="192.0.2.7")
    assert launched["accounts"].verify("ann", "a long password")


def test_each_folder_is_a_collection(tmp_path: Path) -> None:
    """With its own index and its own folder for conversations; figures are counted together."""
    (tmp_path / "more" / "sport").mkdir(parents=True)
    settings = Settings(index=tmp_path / "index", collections=tmp_path / "more")
    pages = serving.build_all(settings)
    backends = {name: cast("Any", page).backend for name, page in pages.items()}
    assert {name: each.folder for name, each in backends.items()} == {
        "default": tmp_path / "index" / "chat",
        "sport": tmp_path / "more" / "sport" / "chat",
    }
    assert backends["default"].metrics is backends["sport"].metrics
    assert backends["default"].audit is not backends["sport"].audit


def test_an_identity_provider_is_a_login(launched: dict[str, Any]) -> None:
    """Also where there is no user yet; its settings are checked before anything listens."""
    with pytest.raises(SettingsError, match="https"):
        serving.serve(Settings(oidc_issuer="http://idp.example", oidc_client_id="qa"))
    issuer, secret = "https://idp.example", SecretStr("a secret")
    settings = Settings(oidc_issuer=issuer, oidc_client_id="qa", oidc_client_secret=secret)
    serving.serve(settings, host="::")
    assert launched["accounts"].required
    assert launched["accounts"].provider is not None


@pytest.mark.parametrize(
    ("options", "role"),
    [
        ({"host": "127.0.0.1"}, "owner"),
        ({"host": "127.0.0.1", "allow_hosts": ["news.example"]}, "editor"),
        ({"host": "192.0.2.7", "opened": True}, "editor"),
    ],
)
def test_without_a_login_only_this_machine_owns(
    launched: dict[str, Any], options: dict[str, Any], role: str
) -> None:
    """Figures and the audit log are not for everybody who reaches an open service."""
    serving.serve(Settings(), **options)
    assert launched["accounts"].principal({"type": "http", "headers": []}).role == role


def test_published_copies_are_only_read(launched: dict[str, Any], tmp_path: Path) -> None:
    """Over a folder of published copies nobody can add or remove articles."""
    (tmp_path / ".qa").mkdir()
    (tmp_path / ".qa/current").write_text("a copy")
    serving.serve(Settings())
    assert launched["read_only"] is True


@pytest.mark.parametrize("port", ["web", "-1", "0", "65536", "7860.5"])
def test_what_is_not_a_port_is_refused(
    port: str, launched: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A port that cannot be is named, before anything is launched."""
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    with pytest.raises(SettingsError, match=f"GRADIO_SERVER_PORT = '{port}' is not a port"):
        serving.serve(Settings())
    assert launched == {}


def test_a_taken_port_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the port cannot be had the error says which, and what to do."""

    def taken(*_arguments: Any, **_options: Any) -> None:
        raise OSError("Cannot find empty port")

    monkeypatch.setattr(gr.Blocks, "launch", taken)
    monkeypatch.setattr(serving, "bound_queue", lambda *_arguments, **_options: None)
    with pytest.raises(QAError, match=r"127\.0\.0\.1:7860, perhaps .* --port"):
        serving.launch(gr.Blocks(), host="127.0.0.1", port=7860)


class _Ending:
    """Blocks of a server that is told to end while questions are being answered."""

    def __init__(self) -> None:
        self.left = 3
        self.closed_at: int | None = None
        self.stopped = False
        self.server = SimpleNamespace(force_exit=False)
        self.backend = SimpleNamespace(pipeline=self)

    @property
    def is_running(self) -> bool:
        """Have the process told to end, as by `systemctl stop`."""
        signal.raise_signal(signal.SIGTERM)
        return True

    @property
    def answering(self) -> int:
        """One fewer each time that somebody looks."""
        self.left -= 1
        return self.left

    def stop_answering(self) -> None:
        """Note that no more questions are taken."""
        self.stopped = True

    def close(self, *, verbose: bool) -> None:
        """Note how many were being answered."""
        assert not verbose
        self.closed_at = self.left


def test_what_is_being_answered_is_answered_before_the_end() -> None:
    """SIGTERM ends the server once no question is being answered."""
    before, logger = signal.getsignal(signal.SIGTERM), logging.getLogger("uvicorn.error")
    ending = _Ending()
    try:
        serving._wait(cast("gr.Blocks", ending), [cast("Backend", ending.backend)])
    finally:
        signal.signal(signal.SIGTERM, before)
        logger.disabled = False
    assert ending.stopped
    assert ending.closed_at == 0
    assert ending.server.force_exit

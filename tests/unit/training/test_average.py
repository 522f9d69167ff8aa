"""Averages of trained weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from training.average import average, main


def _write(path: Path, **values: list[float]) -> Path:
    save_file({name: np.array(value, dtype=np.float32) for name, value in values.items()}, path)
    return path


def test_an_average_lies_between_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each parameter of the written file is the mean of the runs', in 32 bits."""
    files = [_write(tmp_path / f"{n}.safetensors", a=[n, 2.0 * n], b=[-n]) for n in (1, 2, 6)]
    monkeypatch.setattr(
        "sys.argv", ["average.py", str(tmp_path / "mean.safetensors"), *map(str, files)]
    )
    main()
    mean = load_file(tmp_path / "mean.safetensors")
    assert {name: value.tolist() for name, value in mean.items()} == {"a": [3.0, 6.0], "b": [-3.0]}
    assert {value.dtype for value in mean.values()} == {np.dtype(np.float32)}


def test_runs_from_other_bases_are_not_averaged(tmp_path: Path) -> None:
    """Other names or shapes are refused, with the file's name."""
    one = _write(tmp_path / "one.safetensors", a=[1.0])
    for name, values in (("names", {"b": [1.0]}), ("shapes", {"a": [1.0, 2.0]})):
        other = _write(tmp_path / f"{name}.safetensors", **values)
        with pytest.raises(ValueError, match=f"{name}.safetensors"):
            average([one, other])

"""Averages the weights of several runs.

    python -m training.average OUT WEIGHTS WEIGHTS ...

Runs that start from the same weights and differ in their data or its order end near each other;
their average is often better than each of them (Wortsman et al., "Model soups", 2022).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


def average(files: Sequence[Path]) -> dict[str, np.ndarray]:
    """Return the mean of each parameter of safetensors files, by name.

    Raises:
        ValueError: the files do not hold the same parameters.
    """
    total = load_file(files[0])
    for file in files[1:]:
        more = load_file(file)
        if {name: value.shape for name, value in more.items()} != {
            name: value.shape for name, value in total.items()
        }:
            raise ValueError(
                f"{file} and {files[0]} hold different parameters: average runs from the same base"
            )
        total = {name: value + more[name] for name, value in total.items()}
    return {name: value / np.float32(len(files)) for name, value in total.items()}


def main() -> None:
    """Write the average."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="the file to write")
    parser.add_argument("weights", type=Path, nargs="+", help="files that train.py wrote")
    options = parser.parse_args()
    partial = options.out.with_suffix(".partial")
    save_file(average(options.weights), partial)
    partial.replace(options.out)


if __name__ == "__main__":
    main()

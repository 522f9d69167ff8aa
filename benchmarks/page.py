"""The page of results, benchmarks/README.md: each program writes its own section."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
_HEAD = """# Benchmarks

Written by `make bench`, not edited by hand. Ratios compare; seconds vary with the machine.
"""


def write(title: str, body: str, page: Path = FOLDER / "README.md") -> None:
    """Replace the section with this title, or add it; all other sections stay."""
    before = page.read_text("utf-8") if page.is_file() else ""
    sections = dict.fromkeys([title], "")
    for section in before.split("\n## ")[1:]:
        name, _, rest = section.partition("\n")
        sections[name] = rest.strip()
    sections[title] = body.strip()
    text = "\n".join([_HEAD, *(f"## {name}\n\n{sections[name]}\n" for name in sorted(sections))])
    page.write_text(text, encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def megabytes(folder: Path) -> float:
    """Return the size of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _vectors() -> str:
    """Return the processor's instructions for 8-bit products, which set an answer's time."""
    info = Path("/proc/cpuinfo")
    flags = set(info.read_text(encoding="utf-8").split()) if info.exists() else set()
    known = {"avx512_vnni": "AVX-512 VNNI", "avx_vnni": "AVX VNNI", "avx2": "AVX2 alone"}
    return next((f" with {name}" for flag, name in known.items() if flag in flags), "")


def machine(packages: Sequence[str]) -> str:
    """Return a description of the machine, the versions of packages, and the present load."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    load = os.getloadavg()[1] / (os.cpu_count() or 1)
    return (
        f"{platform.machine()}{_vectors()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}; {versions}. "
        f"Load average per core over five minutes: {load:.1f}."
    )

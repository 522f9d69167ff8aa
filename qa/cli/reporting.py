"""What `qa index` has done: lines to read, or a file of JSON for those who run it at night."""

from __future__ import annotations

import codecs
import contextlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.errors import QAError, SettingsError, one_line
from qa.extract import FIELDS, ReadOptions
from qa.settings import Settings

if TYPE_CHECKING:
    from qa.index import Report

ReportOption = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE", help="Also write what was done to FILE, as JSON."),
]
EncodingOption = Annotated[
    str,
    typer.Option(
        "--encoding", metavar="NAME", help="Of text that is not UTF-8 and does not name its own."
    ),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="KEY=FIELD",
        help="What a key of CSV or JSON holds, e.g. --map story=text; may be given several times.",
    ),
]
_MAPPED = ("id", "text", *FIELDS)
_CHANGES = ("added", "changed", "unchanged", "removed", "refused")


def read_options(settings: Settings, encoding: str, mappings: Iterable[str]) -> ReadOptions:
    """Return how articles are to be read.

    Raises:
        SettingsError: the encoding or a field is unknown.
    """
    fields = {}
    for mapping in mappings:
        key, equals, name = mapping.rpartition("=")
        if not (equals and key and name in _MAPPED):
            raise SettingsError(f"--map {mapping}: write KEY=FIELD; fields: {', '.join(_MAPPED)}")
        fields[key] = name
    try:
        if encoding:
            encoding = codecs.lookup(encoding).name
            with contextlib.suppress(UnicodeError):
                b" ".decode(encoding)  # a codec may be for something else than text
    except LookupError:
        raise SettingsError(f"--encoding {encoding}: no such encoding, e.g. windows-1252") from None
    return ReadOptions(settings.max_article_chars, encoding, fields)


def show(report: Report, *, done: str = "embedded") -> None:
    """Print a line for each article that changed or was refused, and the totals."""
    for name in ("added", "changed", "removed"):
        for article_id in getattr(report, name):
            print(f"{name:9} {one_line(article_id)}")
    sys.stdout.flush()  # where both streams end in one file, the lines keep their order
    for warning in report.warnings:
        print(f"warning   {warning}", file=sys.stderr)
    for error in report.refused:
        print(f"refused   {error}", file=sys.stderr)
    counts = ", ".join(f"{len(getattr(report, name))} {name}" for name in _CHANGES)
    pace = (
        f" ({report.passages / report.seconds:.1f} a second)"
        if report.passages and done == "embedded"
        else ""
    )
    print(f"{counts}; {report.passages} passages {done} in {report.seconds:.1f} s{pace}")


def write(report: Report, file: Path) -> None:
    """Write a report as JSON.

    Raises:
        QAError: the file cannot be written.
    """
    try:
        file.write_text(json.dumps(_as_json(report), ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise QAError(f"the report {file} cannot be written: {error.strerror}") from None


def _as_json(report: Report) -> dict[str, Any]:
    return {
        **{name: list(getattr(report, name)) for name in _CHANGES[:-1]},
        "refused": [
            {"path": one_line(error.path), "reason": error.reason, "remedy": error.remedy}
            for error in report.refused
        ],
        "warnings": [
            {"path": one_line(warning.path), "reason": warning.reason}
            for warning in report.warnings
        ],
        "counts": {
            name: dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
            for name, counts in report.counts.items()
        },
        "passages": report.passages,
        "seconds": round(report.seconds, 3),
    }

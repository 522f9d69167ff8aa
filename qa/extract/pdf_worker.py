"""Reads a PDF file from standard input, in a process that cannot take the other one down.

Run by its path, not as a module, so that it imports nothing of this package and starts fast:
`python -I pdf_worker.py MEGABYTES SECONDS MOST_CHARS < a.pdf`. It writes a JSON object with the
metadata, or the reason why there is none, then one for each page with the runs of text on it.
"""

from __future__ import annotations

import ctypes
import json
import math
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium

_METADATA = ("Title", "Author", "CreationDate", "Creator")
_PASSWORD = 4
# PDFium gives a hyphen at the end of a line, and letters that a font does not name, in its own way.
_HYPHEN, _UNNAMED = 0x02, frozenset({0, 0xFFFE, 0xFFFF, 0xFFFD})
# Runs are parted where the gap is wider than a line is high, and where letters leave the line.
_GAP, _SHIFT = 1.2, 0.5
_CELL_GAP, _TYPED, _BLANK = 0.35, 4, 0x20
_MOST_OBJECTS = 1000
_RECT = pdfium.FS_RECTF()  # one for all letters

Run = tuple[str, float, float, float, float, int]
"""Text; left, top, right and bottom in points, from above; quarter turns of its direction."""


def main() -> None:
    """Read the file, within limits of memory and processor time."""
    megabytes, seconds, most_chars = map(int, sys.argv[1:4])
    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pdfium.FPDF_InitLibrary()
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if not document:
        encrypted = pdfium.FPDF_GetLastError() == _PASSWORD
        _write({"error": "encrypted" if encrypted else "damaged"})
        return
    count = pdfium.FPDF_GetPageCount(document)
    _write({"pages": count} | {name: _metadata(document, name) for name in _METADATA})
    total = 0
    for number in range(count):
        page = _page(document, number)
        _write(page)
        total += sum(len(run[0]) for run in page["runs"])
        if total > most_chars:
            return


def _write(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")


def _metadata(document: Any, name: str) -> str:
    size = pdfium.FPDF_GetMetaText(document, name.encode(), None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDF_GetMetaText(document, name.encode(), buffer, size)
    return buffer.raw[: max(0, size - 2)].decode("utf-16-le", "ignore")


def _page(document: Any, number: int) -> dict[str, Any]:
    page = pdfium.FPDF_LoadPage(document, number)
    text = pdfium.FPDFText_LoadPage(page) if page else None
    runs = list(_runs(text)) if text else []
    unnamed = sum(run[0].count("\ufffd") for run in runs)
    pictured = not runs and bool(page) and _has_pictures(page)
    if text:
        pdfium.FPDFText_ClosePage(text)
    if page:
        pdfium.FPDF_ClosePage(page)
    return {"runs": runs, "unnamed": unnamed, "pictured": pictured, "damaged": not page}


def _has_pictures(page: Any) -> bool:
    count = min(pdfium.FPDFPage_CountObjects(page), _MOST_OBJECTS)
    objects = (pdfium.FPDFPage_GetObject(page, number) for number in range(count))
    kinds = {pdfium.FPDFPageObj_GetType(each) for each in objects}
    return pdfium.FPDF_PAGEOBJ_IMAGE in kinds or pdfium.FPDF_PAGEOBJ_FORM in kinds


def _runs(text: Any) -> Iterator[Run]:
    """Yield the runs of a page: letters that follow each other on one line."""
    letters: list[str] = []
    box: tuple[float, float, float, float] | None = None
    turns = 0
    count = pdfium.FPDFText_CountChars(text)
    nearest, typed = _cell_gap(text, count), True
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(text, index)
        letter = "-" if code == _HYPHEN else "\ufffd" if code in _UNNAMED else chr(code)
        if letter.isspace():
            typed = typed and pdfium.FPDFText_IsGenerated(text, index) != 1
            if letter == " " and letters and letters[-1] != " ":
                letters.append(" ")
            continue
        if not letters:
            turns = _quarter_turns(text, index)
        place = _place(text, index, turns)
        if not all(map(math.isfinite, place)):  # a damaged file draws it nowhere
            continue
        if box and _is_apart(box, place, _GAP if typed else nearest):
            yield ("".join(letters).rstrip(), *box, turns)
            letters, box, turns = [], None, _quarter_turns(text, index)
            place = _place(text, index, turns)
        typed = True
        letters.append(letter)
        box = _union(box, place) if box else place
    if box:
        yield ("".join(letters).rstrip(), *box, turns)


def _cell_gap(text: Any, count: int) -> float:
    """Return the gap, in heights of letters, that parts cells where no blank was typed.

    Where blanks are typed, one that PDFium adds for a gap separates cells or columns; there
    are pages without any typed ones, and justified text on them has wide gaps.
    """
    blanks = [index for index in range(count) if pdfium.FPDFText_GetUnicode(text, index) == _BLANK]
    added = sum(pdfium.FPDFText_IsGenerated(text, index) == 1 for index in blanks)
    return _CELL_GAP if len(blanks) > _TYPED * added else _GAP


def _quarter_turns(text: Any, index: int) -> int:
    angle = pdfium.FPDFText_GetCharAngle(text, index)
    return round(angle / 1.5708) % 4 if angle >= 0 else 0


def _place(text: Any, index: int, turns: int) -> tuple[float, float, float, float]:
    """Return where a letter is: left, top, right, bottom, as seen by who reads it upright."""
    rect = _RECT
    pdfium.FPDFText_GetLooseCharBox(text, index, ctypes.byref(rect))
    left, right, top, bottom = rect.left, rect.right, -rect.top, -rect.bottom
    if turns == 1:
        left, top, right, bottom = top, -right, bottom, -left
    elif turns == 2:
        left, top, right, bottom = -right, -bottom, -left, -top
    elif turns == 3:
        left, top, right, bottom = -bottom, left, -top, right
    return round(left, 1), round(top, 1), round(right, 1), round(bottom, 1)


def _is_apart(
    box: tuple[float, float, float, float], place: tuple[float, float, float, float], most: float
) -> bool:
    height = max(box[3] - box[1], 1.0)
    middle, other = (box[1] + box[3]) / 2, (place[1] + place[3]) / 2
    gap = place[0] - box[2]
    return abs(middle - other) > _SHIFT * height or not -2 * height < gap < most * height


def _union(
    one: tuple[float, float, float, float], two: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    return min(one[0], two[0]), min(one[1], two[1]), max(one[2], two[2]), max(one[3], two[3])


if __name__ == "__main__":
    main()

"""Speed and memory of reading, by format; and of a PDF file of 1,000 pages.

    python -m benchmarks.formats [--articles 200] [--pages 1000]

Each format's file is read again and again until so many articles have been read, without embedding
anything. Seconds are of processor time, that of child processes included. Memory is the peak of a
process of its own, above that of an empty one; for PDF files also of the process PDFium runs in.
Prints a row for each format.
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.queues import SimpleQueue

from qa.extract import Document, ReadOptions, extract
from qa.types import Article
from tests.formats import PARAGRAPHS, STORY, Placed, column, pdf

Row = tuple[int, int, float, int, int]
"""Articles, characters, seconds, peak of memory here and in a child process, in kilobytes."""


def long_pdf(pages: int) -> bytes:
    """Return a PDF file with two columns and a running head on each page."""
    made = []
    for number in range(1, pages + 1):
        page: list[Placed] = [(60, 800, 8, "Merrow Courier"), (500, 30, 8, f"Page {number}")]
        for left in (60.0, 310.0):
            top = 760.0
            for i in range(5):
                text = f"{number * 10 + i}. {PARAGRAPHS[(number + i) % len(PARAGRAPHS)]}"
                lines = column(text, left, top, 44)
                page += lines
                top = lines[-1][1] - 24
        made.append(page)
    return pdf(made)


def measure(name: str, make: Callable[[], bytes], articles: int, found: SimpleQueue[Row]) -> None:
    """Read a file until so many articles have been read, and put the row."""
    data = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    count = characters = 0
    started = _processor_seconds()
    while count < articles:
        for made in extract(Document(name, name, io.BytesIO(data), ReadOptions(50_000_000))):
            if not isinstance(made, Article):
                raise made
            count, characters = count + 1, characters + len(made.text)
    seconds = _processor_seconds() - started
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    found.put(
        (count, characters, seconds, here, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    )


def _processor_seconds() -> float:
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    """Print a row for each format."""
    parser = argparse.ArgumentParser(description="Measure how fast each format is read.")
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--pages", type=int, default=1000)
    given = parser.parse_args()
    print("| file | articles/s | characters/s | memory MB | child MB |")
    print("| --- | --- | --- | --- | --- |")
    tasks: list[tuple[str, Callable[[], bytes], int]] = [
        (name, make, max(1, given.articles // (10 if name.endswith(".pdf") else 1)))
        for name, make in STORY.items()
    ]
    tasks.append((f"{given.pages:,} pages.pdf", lambda: long_pdf(given.pages), 1))
    context = multiprocessing.get_context("fork")
    for name, make, articles in tasks:
        found: SimpleQueue[Row] = context.SimpleQueue()
        process = context.Process(target=measure, args=(name, make, articles, found))
        process.start()
        count, characters, seconds, here, child = found.get()
        process.join()
        pace = f"{count / seconds:.1f} | {characters / seconds:,.0f}"
        print(f"| {name} | {pace} | {here / 1024:.0f} | {child / 1024:.0f} |", flush=True)


if __name__ == "__main__":
    main()

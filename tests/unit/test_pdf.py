"""PDF: reading order, what is left out, what is refused, and the limits of the process that reads it."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from qa.errors import ArticleError
from qa.extract import Document, ReadOptions, pdf
from qa.extract.pdf import Limits
from qa.extract.pdf_layout import Line, join, read
from qa.types import Article
from tests.formats import Placed, column
from tests.formats import pdf as write_pdf

PROSE = "The council voted on Tuesday to close the old swimming pool because its northern wall is in danger of collapse after the winter storms."
PICTURE = "q 200 0 0 200 100 100 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q"


def made_of(data: bytes, *, most_chars: int = 100_000) -> tuple[Article | ArticleError, list[str]]:
    """Return what a PDF file gives, and the warnings."""
    document = Document("a.pdf", "a.pdf", io.BytesIO(data), ReadOptions(most_chars))
    (made,) = pdf.extract(document)
    return made, [warning.reason for warning in document.warnings]


def article_of(*pages: list[Placed], **about: str) -> Article:
    """Return the article of a PDF file with these lines."""
    made, _ = made_of(write_pdf(pages, about))
    assert isinstance(made, Article), made
    return made


def reason_of(data: bytes, *, most_chars: int = 100_000) -> str:
    """Return why a PDF file is refused."""
    made, _ = made_of(data, most_chars=most_chars)
    assert isinstance(made, ArticleError)
    return made.explanation


def test_columns_are_read_one_after_the_other() -> None:
    """Lines at the same height in two columns are not read across, in whatever order the file draws them; a headline above both comes first."""
    left, right = column(f"{PROSE} Left.", 60, 600, 40), column(f"{PROSE} Right.", 320, 600, 40)
    across = [line for pair in zip(left, right, strict=True) for line in pair]
    found = article_of([*across, (60.0, 650.0, 20.0, "A headline over both of the columns")])
    assert found.text == f"A headline over both of the columns\n\n{PROSE} Left.\n\n{PROSE} Right."
    assert found.title == "A headline over both of the columns"


def test_a_heading_across_parts_the_columns() -> None:
    """What stands above a heading that spans both columns is read before what stands below it."""
    page = [
        *column("Upper left text that ends here.", 60, 700, 40),
        *column("Upper right text that ends here.", 320, 700, 40),
        (60.0, 600.0, 16.0, "A second headline that spans both of the columns"),
        *column("Lower left text that ends here.", 60, 560, 40),
        *column("Lower right text that ends here.", 320, 560, 40),
    ]
    order = ["Upper left", "Upper right", "A second", "Lower left", "Lower right"]
    text = article_of(page).text
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_running_lines_and_page_numbers_are_left_out() -> None:
    """What stands at the same place on most pages, but for its numbers, is no text of the article."""
    words = PROSE.split()
    texts = [f"{' '.join(words[n:])} This is part {n}." for n in range(1, 5)]
    pages = [
        [
            (60.0, 810.0, 8.0, "Merrow Courier"),
            (500.0, 30.0, 8.0, f"Page {n} of 4"),
            *column(text, 60, 700, 60),
        ]
        for n, text in enumerate(texts, 1)
    ]
    found = article_of(*pages)
    assert found.text.replace("\n\n", " ") == " ".join(texts)
    assert [found.page_of(found.text.index(f"part {n}")) for n in range(1, 5)] == [1, 2, 3, 4]


def test_paragraphs_go_on_over_pages() -> None:
    """A sentence that a page end parts is made whole; its citation has the page on which it starts."""
    first = column("This sentence begins on one page and", 60, 700, 60)
    found = article_of(first, [], column("ends on another. The next one follows.", 60, 700, 60))
    assert (
        found.text == "This sentence begins on one page and ends on another. The next one follows."
    )
    assert [found.page_of(found.text.index(word)) for word in ("This", "ends", "next")] == [1, 3, 3]


@pytest.mark.parametrize(
    ("end", "start", "words", "joined"),
    [
        ("the coun-", "cil voted", set(), "the council voted"),
        ("an anti-", "war march", {"anti-war"}, "an anti-war march"),
        ("an anti-", "war march", {"anti-war", "antiwar"}, "an antiwar march"),
        ("the Anglo-", "Saxon hoard", set(), "the Anglo-Saxon hoard"),
        ("in 2024-", "25 it", set(), "in 2024-25 it"),
        ("he said -", "and left", set(), "he said - and left"),
        ("the vote", "was 5", set(), "the vote was 5"),
    ],
)
def test_words_parted_by_a_line_end(end: str, start: str, words: set[str], joined: str) -> None:
    """A hyphen goes where a line end made it, and stays in a compound: one that the document has, or before a capital or a figure."""
    assert join(end, start, words) == joined


def test_paragraphs_are_told_by_indents() -> None:
    """Without space between paragraphs, an indented first line tells them."""
    text = [
        (72.0, 700.0, 10.0, "First line of one paragraph that is quite"),
        (60.0, 688.0, 10.0, "long, and its second line is as long, too."),
        (72.0, 676.0, 10.0, "First line of the next one, which is just"),
        (60.0, 664.0, 10.0, "as long as the one before it has been."),
    ]
    assert article_of(text).text.count("\n\n") == 1


def test_a_table_of_numbers_is_read_by_rows() -> None:
    """Each cell is said with its row and its column; prose around the table stays prose."""
    rows = [("Item", "2024", "2025"), ("Schools", "6.1", "6.4"), ("Roads", "3.8", "2.9")]
    cells = [
        (x, 600.0 - 14 * i, 10.0, text)
        for i, row in enumerate(rows)
        for x, text in zip((60.0, 200.0, 300.0), row, strict=True)
    ]
    found = article_of([*column(PROSE, 60, 700, 80), *cells])
    assert (
        found.text
        == f"{PROSE}\n\nSchools, 2024: 6.1. Schools, 2025: 6.4.\n\nRoads, 2024: 3.8. Roads, 2025: 2.9."
    )


@pytest.mark.parametrize(
    ("about", "title", "published"),
    [
        ({"Title": "The lido", "CreationDate": "D:20250504120000Z"}, "The lido", "2025-05-04"),
        (
            {"Title": "Microsoft Word - lido.doc", "CreationDate": "D:19700101000000"},
            "Large line",
            "",
        ),
        ({"Title": "untitled", "CreationDate": "D:20259999"}, "Large line", ""),
        ({"CreationDate": "D:29990101"}, "Large line", ""),
    ],
)
def test_metadata_is_taken_where_it_is_plausible(
    about: dict[str, str], title: str, published: str
) -> None:
    """A title that a program made up is none; a date that no clock can have shown is none; a date is said to be the file's."""
    made, warnings = made_of(
        write_pdf([[(60, 700, 18, "Large line"), *column(PROSE, 60, 650, 60)]], about)
    )
    assert isinstance(made, Article)
    assert (made.title, made.published) == (title, published)
    assert warnings == (
        [f"published {published} is when the PDF file was made"] if published else []
    )


def test_scans_say_what_they_are() -> None:
    """Pages that are pictures without text: refused if all are, told if some are."""
    assert "a scan: 2 of its 2 pages are pictures" in reason_of(write_pdf([[], []], extra=PICTURE))
    assert "OCR" in reason_of(write_pdf([[], []], extra=PICTURE))
    assert reason_of(write_pdf([[]])) == "is empty"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.4\nnothing more", "damaged"),
        (b"%PDF-1.7", "damaged"),
        (write_pdf([column(PROSE, 60, 700, 60)])[:300], "damaged"),
    ],
)
def test_damaged_files_are_refused(data: bytes, reason: str) -> None:
    """What PDFium cannot open is refused."""
    assert reason in reason_of(data)


def test_encrypted_files_are_refused() -> None:
    """A file that needs a password says so, and what to do."""
    data = write_pdf([column(PROSE, 60, 700, 60)]).replace(
        b"trailer\n<<",
        b"trailer\n<< /Encrypt << /Filter /Standard /V 1 /R 2 /O <"
        + b"41" * 32
        + b"> /U <"
        + b"42" * 32
        + b"> /P -4 >> /ID [<41><41>]",
    )
    assert reason_of(data) == "encrypted: it needs a password: save it without one"


def test_too_long_texts_are_refused() -> None:
    """The limit of an article's length holds, and ends the reading."""
    assert "too large" in reason_of(write_pdf([column(PROSE, 60, 700, 60)]), most_chars=50)


@pytest.mark.parametrize("limits", [Limits(megabytes=1), Limits(processor_seconds=0)])
def test_the_limits_of_the_process_hold(limits: Limits) -> None:
    """A file that needs more memory or time than the process has is refused; this process goes on."""
    document = Document(
        "a.pdf",
        "a.pdf",
        io.BytesIO(write_pdf([column(PROSE, 60, 700, 60)] * 200)),
        ReadOptions(1_000_000),
    )
    (made,) = pdf.extract(document, limits)
    assert isinstance(made, ArticleError)
    assert "cannot be read within" in made.reason


def test_a_process_that_hangs_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """After the time on the clock, the process that reads is stopped, and the file refused."""
    worker = tmp_path / "worker.py"
    worker.write_text("import time; time.sleep(600)")
    monkeypatch.setattr(pdf, "_WORKER", worker)
    document = Document("a.pdf", "a.pdf", io.BytesIO(b"%PDF-1.4"), ReadOptions(1_000))
    (made,) = pdf.extract(document, Limits(seconds=1))
    assert isinstance(made, ArticleError)
    assert made.reason == "cannot be read within 1 seconds"


def test_the_content_tells_a_pdf(tmp_path: Path) -> None:
    """A PDF file under another name is read as one, with a warning; another file named .pdf is refused."""
    from qa.sources import read as read_path

    (tmp_path / "a.txt").write_bytes(write_pdf([column(PROSE, 60, 700, 60)]))
    (tmp_path / "b.pdf").write_bytes(b"Text.")
    (tmp_path / "c").write_bytes(write_pdf([column(PROSE, 60, 700, 60)]))
    first, second, third = read_path(tmp_path, max_chars=10_000)
    assert first.article
    assert first.article.text == PROSE
    assert [w.reason for w in first.warnings] == ["is a PDF file, although its name ends in .txt"]
    assert second.error
    assert second.error.explanation == "is no PDF file: it may be damaged"
    assert third.article
    assert third.warnings == ()


def test_any_lines_have_an_order() -> None:
    """Lines that overlap in any way are all read, each once."""
    lines = [
        Line(
            f"w{i}.",
            (i * 37) % 300,
            (i * 53) % 400,
            (i * 37) % 300 + 90,
            (i * 53) % 400 + 12,
            i % 7 == 0,
        )
        for i in range(300)
    ]
    text, starts = read([lines, [], [Line("w0.", 9, 9, 50, 20)]])
    assert sorted(text.split()) == sorted([*(line.text for line in lines), "w0."])
    assert len(starts) == 3

"""Word, OpenDocument, EPUB and mail: what is text, what describes it, and what is refused."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from qa.errors import ArticleError
from qa.extract import Document, ReadOptions, extract
from qa.extract.markup import html_text, parse_html, table_text, without_tags
from qa.types import Article
from tests.formats import AUTHOR, TITLE, docx, epub, mailbox, message, odt, story_pdf, zipped

BOMB = b"\0" * 60_000_000


def made_of(name: str, data: bytes) -> tuple[list[Article], list[str]]:
    """Return the articles of a file; and the errors, then the warnings."""
    document = Document(name, name, io.BytesIO(data), ReadOptions(100_000))
    try:
        found = list(extract(document))
    except ArticleError as error:
        found = [error]
    told = [str(made) for made in found if isinstance(made, ArticleError)]
    told += [warning.reason for warning in document.warnings]
    return [made for made in found if isinstance(made, Article)], told


def word(build: Callable[[object], None]) -> bytes:
    """Return a Word document that `build` fills."""
    from docx import Document as WordDocument

    document = WordDocument()
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_member(data: bytes, name: str, content: bytes) -> bytes:
    """Return a ZIP file with one member replaced or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({**{each: archive.read(each) for each in archive.namelist()}, name: content})


def test_word_keeps_its_order() -> None:
    """Headings, lists, text and tables come in the document's order; the first heading is the title where none is given."""

    def build(document: object) -> None:
        document.add_heading("The lido", 1)  # type: ignore[attr-defined]
        document.add_paragraph("It is shut.")  # type: ignore[attr-defined]
        for item in ("Cracks", "Storms"):
            document.add_paragraph(item, "List Bullet")  # type: ignore[attr-defined]
        table = document.add_table(2, 2)  # type: ignore[attr-defined]
        for cell, text in zip(
            (c for row in table.rows for c in row.cells),
            ("Year", "Cost", "2025", "4.2"),
            strict=True,
        ):
            cell.text = text
        document.add_paragraph("The end.")  # type: ignore[attr-defined]

    (article,), told = made_of("a.docx", word(build))
    assert (
        article.text
        == "# The lido\n\nIt is shut.\n\n- Cracks\n- Storms\n\n2025, Cost: 4.2.\n\nThe end."
    )
    assert (article.title, article.published, article.author) == ("The lido", "", "python-docx")
    assert told == []


def test_the_date_of_a_word_file_is_said_to_be_its_own() -> None:
    """When a file was made is taken for its date with a warning; the date of the template that made it is not."""
    (article,), told = made_of("a.docx", docx())
    assert (article.title, article.author, article.published) == (TITLE, AUTHOR, "2025-05-04")
    assert told == ["published 2025-05-04 is when the Word file was made"]


def test_notes_are_no_text() -> None:
    """Notes and comments of an OpenDocument text are left out, also in the middle of a sentence."""
    names = 'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    content = f"<o:document-content {names}><o:body><o:text><t:p>The lido<t:note><t:note-body><t:p>Note.</t:p></t:note-body></t:note> is<t:s/>shut<o:annotation><t:p>Sure?</t:p></o:annotation>.</t:p><t:list><t:list-item><t:p>One</t:p></t:list-item></t:list></o:text></o:body></o:document-content>"
    (article,), _ = made_of("a.odt", with_member(odt(), "content.xml", content.encode()))
    assert article.text == "The lido is shut.\n\n- One"


def test_chapters_of_a_book_are_articles() -> None:
    """A chapter has its own heading as title, with the book's; the table of contents is no article."""
    book = with_member(
        epub(),
        "OEBPS/one.xhtml",
        b"<html><body><h1>Storms</h1><p>It rained &amp; blew.</p></body></html>",
    )
    (article,), _ = made_of("a.epub", book)
    assert article.title == f"Storms ({TITLE})"
    assert article.text == "# Storms\n\nIt rained & blew."
    assert (article.author, article.language, article.id) == (
        AUTHOR,
        "en",
        "a.epub#OEBPS/one.xhtml",
    )


@pytest.mark.parametrize("html", [False, True])
def test_messages_are_articles(html: bool) -> None:
    """Subject, sender and date describe a message; HTML is read where there is no plain text."""
    (article,), told = made_of("a.eml", message(html=html).as_bytes())
    assert (article.title, article.author, article.published[:10]) == (TITLE, AUTHOR, "2025-05-04")
    assert "The engineer Tomas Vell found the cracks" in article.text
    assert "<" not in article.text
    assert told == []


def test_attachments_are_told() -> None:
    """What is attached is not read, and said by name; quoted replies stay in the text."""
    mail = message()
    mail.set_content("I agree.\n\n> The lido is shut.\n")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="plan.pdf")
    (article,), told = made_of("a.eml", mail.as_bytes())
    assert article.text == "I agree.\n\n> The lido is shut."
    assert told == ["attachments are not read: plan.pdf"]


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        ("Content-Type: text/plain; charset=iso-8859-1", b"Caf\xe9.", "Café."),
        ("Content-Type: text/plain; charset=klingon", "Café.".encode(), "Café."),
        ("Content-Type: text/plain; charset=us-ascii", "Café.".encode(), "Café."),
        ("Content-Transfer-Encoding: base64", b"VGV4dC4=", "Text."),
    ],
)
def test_mail_is_decoded_as_it_says(head: str, body: bytes, text: str) -> None:
    """The charset of a part is its own; one that is unknown or wrong is no reason to lose letters."""
    data = (
        "From: Bo Huey <b@x>\nSubject: Hé\nDate: never\n".encode() + f"{head}\n\n".encode() + body
    )
    (article,), told = made_of("a.eml", data)
    assert (article.text.strip(), article.title, article.author, article.published) == (
        text,
        "Hé",
        "Bo Huey",
        "",
    )
    assert "the date 'never' cannot be read: dropped" in told


def test_mailboxes_give_each_message_once() -> None:
    """Messages are parted by lines that begin with `From `; ids stay the same when others come; a message twice is told."""
    one, two = (
        mailbox(),
        mailbox()
        .replace(b"lido-False", b"other")
        .replace(b"A bus leaves", b">From there, a bus leaves"),
    )
    (first, second), told = made_of("a.mbox", one + two + one)
    assert (first.id, second.id) == (
        made_of("a.mbox", one)[0][0].id,
        made_of("a.mbox", two)[0][0].id,
    )
    assert first.id != second.id
    assert "the mailbox already has this message" in told[0]


@pytest.mark.parametrize("name", ["story", "story.txt", "story.unknown"])
@pytest.mark.parametrize(
    ("make", "kind"),
    [(docx, "Word"), (odt, "OpenDocument"), (epub, "EPUB"), (story_pdf, "PDF")],
)
def test_the_content_tells_the_format(name: str, make: Callable[[], bytes], kind: str) -> None:
    """Binary formats are known by what they hold, whatever the file is called; a wrong suffix is told."""
    (article,), told = made_of(name, make())
    assert "Tomas Vell" in article.text
    assert any(f"is a {kind} file" in line for line in told) == ("." in name)


@pytest.mark.parametrize("make", [lambda: message().as_bytes(), mailbox])
def test_mail_without_a_suffix_is_known(make: Callable[[], bytes]) -> None:
    """Messages and mailboxes often have no suffix."""
    assert made_of("inbox", make())[0][0].author == AUTHOR


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.docx", with_member(docx(), "word/media/x.bin", BOMB), "expands to more than"),
        ("a.docx", docx()[:2000], "damaged"),
        ("a.docx", with_member(docx(), "word/document.xml", b"<w"), "damaged"),
        ("a.odt", with_member(odt(), "content.xml", b"<a>"), "damaged: not well-formed XML"),
        (
            "a.odt",
            with_member(odt(), "content.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
            "is empty",
        ),
        ("a.odt", with_member(odt(), "content.xml", BOMB), "expands to more than"),
        ("a.epub", with_member(epub(), "META-INF/container.xml", b"<a/>"), "does not say where"),
        ("a.epub", with_member(epub(), "OEBPS/one.xhtml", b""), "holds no text"),
        (
            "a.epub",
            zipped({"mimetype": "application/epub+zip"}),
            "it has no META-INF/container.xml",
        ),
        ("a.eml", b"no head\n\nText.", "no message: it has no head"),
        ("a.eml", b"", "no message: it has no head"),
        ("a.mbox", b"", "holds no message"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "unknown format '.doc': save it as .docx"),
        ("a.xlsx", zipped({"[Content_Types].xml": ""}), "unknown format: a spreadsheet"),
        (
            "a.json",
            b'{"body": "' + b"<div>" * 5_000 + b'deep"}',
            "a.json:1: HTML that is nested too deep",
        ),
        ("a.jpg", b"\xff\xd8\xff", "pictures hold no text"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals_say_why(name: str, data: bytes, reason: str) -> None:
    """What cannot be read is refused with its reason; a bomb before it has filled the memory."""
    articles, told = made_of(name, data)
    assert articles == []
    assert reason in told[0]


def test_entities_of_a_file_reach_no_other_file(tmp_path: object) -> None:
    """An XML file cannot name another file as a part of its text."""
    content = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><o:text xmlns:o="x" xmlns:t="y"><t:p>A &b;.</t:p></o:text>'
    (article,), _ = made_of("a.odt", with_member(odt(), "content.xml", content))
    assert article.text == "A ."


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            [["Item (million)", "2024", "2025"], ["Schools", "6.1", "6.4"]],
            "Schools, 2024 (million): 6.1. Schools, 2025 (million): 6.4.",
        ),
        ([["", "Age"], ["Ada", "41"], ["Bo", ""]], "Ada, Age: 41.\n\nBo"),
        ([["A", "B"], ["x", "y", "z"]], "x, B: y. x: z."),
        ([["One", "Two"]], "One, Two"),
        ([["One"], ["Two"]], "One\n\nTwo"),
        ([], ""),
        ([["", ""], [""]], ""),
    ],
)
def test_tables_are_read_with_their_heads(rows: list[list[str]], text: str) -> None:
    """Each cell is a sentence that says its row and its column; rows may be ragged."""
    assert table_text(rows) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One<br>two</p><p>Three</p>", "One\ntwo\n\nThree"),
        ("<ul><li>One <b>two</b></li><li>Three</li></ul>After", "- One two\n- Three\n\nAfter"),
        ("<script>x</script><p>A\n  b</p><!-- c -->", "A b"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<div>" * 1_000 + "deep" + "</div>" * 1_000, "deep"),
        (
            "<table><tr><th>A</th><th>B</th></tr><tr><td>x</td><td>y</td></tr></table>z",
            "x, B: y.\n\nz",
        ),
        ("", ""),
    ],
    ids=lambda value: value[:20],
)
def test_html_is_read_as_it_is_shown(html: str, text: str) -> None:
    """Blocks stand apart, list items are marked, what is not shown is left out, however deep."""
    assert html_text(parse_html(html, "a")) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("A <b>B</b>", "A B"),
        ("a < b > c", "a < b > c"),
        ("A &amp; B &copy=1", "A & B &copy=1"),
        ("x<y", "x<y"),
    ],
)
def test_tags_are_taken_for_tags_only_where_they_are(value: str, text: str) -> None:
    """Mathematics and addresses are no markup."""
    assert without_tags(value, "a") == text

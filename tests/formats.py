"""One story in every format: the tests write their input files themselves."""

from __future__ import annotations

import csv
import email.message
import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from xml.sax.saxutils import escape

TITLE = "Merrow lido to close for a year"
AUTHOR = "Nell Harrow"
PUBLISHED = "2025-05-04"
SOURCE = "Merrow Courier"
PARAGRAPHS = (
    "The council of Merrow voted on Tuesday to close the lido for a year, because its pump house is in danger of collapse. Seven councillors voted for the closure and four against it.",
    "The engineer Tomas Vell found the cracks in March while he was looking for a leak. He told the council that the northern wall could fall in any storm.",
    "The repairs will cost 4.2 million crowns. Half of the money comes from the harbour fund, the mayor Ada Wood said.",
    "Swimmers can use the pool in Harrow Sound during the works. A bus leaves the market square every hour.",
)
HEADING = "Spending"
TABLE = (
    ("Item (million crowns)", "2024", "2025"),
    ("Schools", "6.1", "6.4"),
    ("Roads", "3.8", "2.9"),
)
LAST = "The lido was built in 1934 by the architect Edda Lorn. It is to open again on 1 June 2026."
QUESTIONS = {
    "Why will the lido close?": "collapse",
    "Who found the cracks?": "Vell",
    "How much will the repairs cost?": "4.2 million",
    "Where does half of the money come from?": "harbour fund",
    "Who is the mayor?": "Ada Wood",
    "Where can swimmers go during the works?": "Harrow Sound",
    "How often does the bus leave the market square?": "every hour",
    "How much will be spent on schools in 2025?": "6.4",
    "Who built the lido?": "Edda Lorn",
    "When is the lido to open again?": "1 June 2026",
}
PAGE_OF_LAST = 2

Placed = tuple[float, float, float, str]
"""Left and bottom of a line in points, size of the letters, text."""


def pdf(
    pages: Sequence[Iterable[Placed]], about: Mapping[str, str] | None = None, *, extra: str = ""
) -> bytes:
    """Return a PDF file with lines of Helvetica; `extra` is drawn on each page.

    A page is 595 by 842 points. What is beyond Latin-1 cannot be written.
    """
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for page in pages:
        lines = [
            f"BT /F1 {size} Tf {x} {y} Td ({_quoted(text)}) Tj ET" for x, y, size, text in page
        ]
        stream = "\n".join([*lines, extra])
        kids.append(f"{len(objects) + 2} 0 R")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {len(objects)} 0 R >>"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append(
        "<< "
        + " ".join(f"/{name} ({_quoted(text)})" for name, text in (about or {}).items())
        + " >>"
    )
    out = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    start = len(out)
    return (
        out
        + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()
    )


def column(text: str, left: float, top: float, width: int, size: float = 10) -> list[Placed]:
    """Return a paragraph as lines of at most so many characters, hyphenated where a word is long."""
    lines, line = list[str](), ""
    for word in text.split():
        if line and len(line) + len(word) + 1 > width:
            room = width - len(line) - 2
            if len(word) >= 8 and word.isalpha() and room >= 4:
                lines.append(f"{line} {word[:4]}-")
                line = word[4:]
            else:
                lines.append(line)
                line = word
        else:
            line = f"{line} {word}".strip()
    return [(left, top - 1.25 * size * i, size, each) for i, each in enumerate([*lines, line])]


def story_pdf() -> bytes:
    """Return the story as a paper prints it: a headline over two columns, a table, running lines."""
    first: list[Placed] = [(60, 740, 20, TITLE), (60, 715, 9, f"By {AUTHOR}")]
    y = {60.0: 680.0, 310.0: 680.0}
    for number, text in enumerate(PARAGRAPHS):
        left = 60.0 if number < 2 else 310.0
        lines = column(text, left, y[left], 44)
        first += lines
        y[left] = lines[-1][1] - 24
    second: list[Placed] = [(60, 740, 14, HEADING)]
    for i, row in enumerate(TABLE):
        second += [(x, 700 - 16 * i, 10, cell) for x, cell in zip((60, 250, 330), row, strict=True)]
    second += column(LAST, 60, 620, 90)
    running = [[(60.0, 800.0, 8.0, SOURCE), (500.0, 30.0, 8.0, f"Page {n}")] for n in (1, 2)]
    about = {
        "Title": TITLE,
        "Author": AUTHOR,
        "CreationDate": f"D:{PUBLISHED.replace('-', '')}120000Z",
    }
    return pdf([[*running[0], *first], [*running[1], *second]], about)


def docx() -> bytes:
    """Return the story as a Word document."""
    import datetime as dt

    from docx import Document

    document = Document()
    document.core_properties.title = TITLE
    document.core_properties.author = AUTHOR
    document.core_properties.created = dt.datetime.fromisoformat(PUBLISHED)
    for text in PARAGRAPHS:
        document.add_paragraph(text)
    document.add_heading(HEADING, 2)
    table = document.add_table(len(TABLE), len(TABLE[0]))
    for cells, row in zip(table.rows, TABLE, strict=True):
        for cell, text in zip(cells.cells, row, strict=True):
            cell.text = text
    document.add_paragraph(LAST)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return files as a ZIP archive, in their order."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, content, stored)
    return out.getvalue()


def tarred(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    """Return files as a TAR archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def html_body() -> str:
    """Return the story as HTML."""
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TABLE)
    paragraphs = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    return f"<h1>{TITLE}</h1>{paragraphs}<h2>{HEADING}</h2><table>{rows}</table><p>{LAST}</p>"


def web_page(  # noqa: PLR0913 - by keyword
    *paragraphs: str,
    title: str = TITLE,
    author: str = AUTHOR,
    published: str = PUBLISHED,
    outlet: str = SOURCE,
    head: str = "",
    body: str = "",
) -> str:
    """Return a page as news sites make them: an article in the middle of much else."""
    text = body or "\n".join(f"<p>{each}</p>" for each in paragraphs or (*PARAGRAPHS, LAST))
    linked = f"""{{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "{title}",
        "datePublished": "{published}", "author": [{{"@type": "Person", "name": "{author}"}}],
        "publisher": {{"@type": "Organization", "name": "{outlet}"}}}}"""
    return f"""<!doctype html><html lang="en-GB"><head><meta charset="utf-8">
<title>{title} | {outlet}</title><meta property="og:type" content="article">{head}
<script type="application/ld+json">{linked}</script></head><body>
<div id="cookie-banner" role="dialog"><p>We use cookies to give you the best experience on our site. By clicking Accept you agree to our use of cookies and to our privacy policy.</p><button>Accept</button></div>
<header><nav><ul><li><a href="/news">News</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<main><article><h1>{title}</h1><p class="byline">By <a rel="author" href="/a">{author}</a></p>
<div class="share-buttons"><a href="#">Share on Facebook</a></div>
<div class="text">{text}
<aside class="related"><h3>Related articles</h3><ul><li><a href="/x">Ten pools to visit this summer</a></li></ul></aside>
<p>Read more: <a href="/y">Why the harbour fund is running dry</a></p>
<div class="newsletter-signup"><h3>Sign up to our newsletter</h3><p>Get the best of the {outlet} in your inbox every morning.</p></div>
</div></article><section class="comments"><p>swimfan: What a shame, I loved that place so much.</p></section></main>
<footer><p>© {outlet}. All rights reserved. Privacy policy.</p></footer></body></html>"""


def epub() -> bytes:
    """Return the story as a book of one chapter."""
    dc = "http://purl.org/dc/elements/1.1/"
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
            "OEBPS/book.opf": f'<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="{dc}"><dc:title>{TITLE}</dc:title><dc:creator>{AUTHOR}</dc:creator><dc:date>{PUBLISHED}</dc:date><dc:publisher>{SOURCE}</dc:publisher><dc:language>en</dc:language></metadata><manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="nav"/><itemref idref="one"/></spine></package>',
            "OEBPS/nav.xhtml": "<html><body><nav>Contents</nav></body></html>",
            "OEBPS/one.xhtml": f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{html_body()}</body></html>',
        }
    )


def odt() -> bytes:
    """Return the story as an OpenDocument text."""
    names = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    rows = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in TABLE
    )
    paragraphs = "".join(f"<text:p>{escape(text)}</text:p>" for text in PARAGRAPHS)
    body = f'{paragraphs}<text:h text:outline-level="2">{HEADING}</text:h><table:table>{rows}</table:table><text:p>{LAST}</text:p>'
    meta = f'<office:document-meta {names} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:title>{TITLE}</dc:title><dc:creator>{AUTHOR}</dc:creator></office:meta></office:document-meta>'
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {names}><office:body><office:text>{body}</office:text></office:body></office:document-content>",
            "meta.xml": meta,
        }
    )


def message(*, html: bool = False) -> email.message.EmailMessage:
    """Return the story as a mail message."""
    mail = email.message.EmailMessage()
    mail["From"] = f"{AUTHOR} <nell@example.org>"
    mail["Subject"] = TITLE
    mail["Date"] = "Sun, 04 May 2025 12:00:00 +0000"
    mail["Message-ID"] = f"<lido-{html}@example.org>"
    mail.set_content(plain())
    if html:
        mail.set_content(f"<html><body>{html_body()}</body></html>", subtype="html")
    return mail


def plain() -> str:
    """Return the story as plain text; the table is a list of sentences there."""
    head, *rows = TABLE
    cells = [
        " ".join(
            f"{row[0]}, {year} (million crowns): {cell}."
            for year, cell in zip(head[1:], row[1:], strict=True)
        )
        for row in rows
    ]
    return "\n\n".join([*PARAGRAPHS, HEADING, *cells, LAST]) + "\n"


def record() -> dict[str, str]:
    """Return the story as a record of an export."""
    return {
        "headline": TITLE,
        "byline": AUTHOR,
        "publishedAt": PUBLISHED,
        "outlet": SOURCE,
        "body": html_body(),
    }


def csv_file(delimiter: str = ",") -> bytes:
    """Return the story as a table of one row."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([record().keys(), record().values()])
    return out.getvalue().encode()


def markdown() -> bytes:
    """Return the story as Markdown with front matter."""
    head = f"title: {TITLE}\nauthor: {AUTHOR}\npublished: {PUBLISHED}\nsource: {SOURCE}"
    return f"---\n{head}\n---\n\n{plain()}".encode()


def mailbox() -> bytes:
    """Return the story as a mailbox of one message."""
    return b"From nell@example.org Sun May  4 12:00:00 2025\n" + message().as_bytes() + b"\n"


def feed() -> bytes:
    """Return the story as the one item of a feed that holds whole texts."""
    names = 'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    item = f"<title>{TITLE}</title><link>https://courier.example/lido</link><dc:creator>{AUTHOR}</dc:creator><pubDate>Sun, 04 May 2025 12:00:00 GMT</pubDate>"
    return f"<?xml version='1.0'?><rss version='2.0' {names}><channel><title>{SOURCE}</title><item>{item}<content:encoded><![CDATA[{html_body()}]]></content:encoded></item></channel></rss>".encode()


def saved_page() -> bytes:
    """Return the story as a browser saves a page in one file."""
    head = 'From: <Saved by Blink>\nSnapshot-Content-Location: https://courier.example/lido\nSubject: Lido\nDate: Thu, 8 May 2025 18:12:00 -0000\nMIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary="b"'
    page = web_page(body=html_body())
    return f"{head}\n\n--b\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{page}\n--b--\n".encode()


STORY: Mapping[str, Callable[[], bytes]] = {
    "story.md": markdown,
    "story.txt": lambda: plain().encode(),
    "story.pdf": story_pdf,
    "story.docx": docx,
    "story.odt": odt,
    "story.epub": epub,
    "story.eml": lambda: message(html=True).as_bytes(),
    "story.mbox": mailbox,
    "story.html": lambda: web_page(body=html_body()).encode(),
    "story.mhtml": saved_page,
    "story.rss": feed,
    "story.csv": csv_file,
    "story.tsv": lambda: csv_file("\t"),
    "story.json": lambda: json.dumps({"articles": [record()]}).encode(),
    "story.jsonl": lambda: json.dumps(record()).encode(),
    "story.zip": lambda: zipped({"in/story.md": markdown()}),
    "story.tar.gz": lambda: tarred({"in/story.docx": docx()}),
    "story.csv.gz": lambda: gzip.compress(csv_file()),
}
"""File name -> what makes its content."""


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")

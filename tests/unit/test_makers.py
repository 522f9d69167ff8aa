"""Files as the programs and services that people use make them."""

from __future__ import annotations

import json

import pytest

from qa.sources.web.addresses import parse
from qa.sources.web.listings import listing_of
from qa.sources.web.responses import Response
from qa.types import Article
from tests.unit.test_documents import made_of, word

ONE = "The port of Kelso will be dredged this winter, the harbour master said."
TWO = "The work will cost 3.4 million euros and take eleven weeks."
TEXT = f"{ONE}\n\n{TWO}"
HTML = f"<p>{ONE}</p>\n<p>{TWO}</p>"
ABOUT = {"title": "Kelso to dredge", "date": "2024-11-05"}


def only(name: str, data: str | bytes) -> Article:
    """Return the one article of a file."""
    (article,) = made_of(name, data.encode() if isinstance(data, str) else data)[0]
    return article


@pytest.mark.parametrize(
    "value",
    [
        {
            "response": {
                "results": [
                    {
                        "id": "k",
                        "webTitle": "Kelso to dredge",
                        "webPublicationDate": "2024-11-05T09:30:00Z",
                        "fields": {"bodyText": TEXT},
                    }
                ]
            }
        },
        {
            "db": [
                {
                    "meta": {"version": "5"},
                    "data": {
                        "posts": [
                            {"title": "Kelso to dredge", "html": HTML, "published_at": "2024-11-05"}
                        ],
                        "users": [{"name": "Nora"}],
                    },
                }
            ]
        },
        [
            {
                "title": {"rendered": "Kelso to dredge"},
                "content": {"rendered": HTML},
                "date": "2024-11-05T09:30:00",
                "author": 3,
            }
        ],
        {"_index": "news", "_source": {"content": TEXT, **ABOUT}},
        {"k1": {"text": TEXT, **ABOUT}, "k2": {"text": "", "title": "x"}},
        {"title": ["Kelso to dredge"], "date": ["2024-11-05"], "text": [TEXT]},
        {
            "headline": {"main": "Kelso to dredge"},
            "pub_date": "2024-11-05",
            "paragraphs": [ONE, TWO],
        },
        {
            "version": "https://jsonfeed.org/version/1.1",
            "description": "News of Kelso",
            "items": [
                {
                    "id": "1",
                    "title": "Kelso to dredge",
                    "content_html": HTML,
                    "date_published": "2024-11-05",
                }
            ],
        },
        [
            {
                "title": "Kelso to dredge",
                "body": TEXT,
                "date": {"$date": {"$numberLong": "1730800000000"}},
            }
        ],
    ],
    ids=[
        "Guardian",
        "Ghost",
        "WordPress",
        "Elasticsearch",
        "by id",
        "columns",
        "paragraphs",
        "JSON Feed",
        "MongoDB",
    ],
)
def test_articles_are_found_within_json(value: object) -> None:
    """However deep an export puts its articles, their title, date and text are found."""
    article = made_of("export.json", json.dumps(value).encode())[0][0]
    assert (article.title, article.published[:10], article.text) == (
        "Kelso to dredge",
        "2024-11-05",
        TEXT,
    )
    assert article.author == ""


def test_pictures_among_paragraphs_have_no_text() -> None:
    """Of a text in blocks those with words are read; a name may be in two parts."""
    blocks = [
        {"type": "p", "value": ONE},
        {"type": "image", "src": "a.jpg"},
        {"type": "p", "value": TWO},
    ]
    value = {"title": "x", "body": blocks, "author": {"first_name": "Nora", "last_name": "Quist"}}
    article = only("a.json", json.dumps(value))
    assert (article.text, article.author) == (TEXT, "Nora Quist")


def test_a_caption_is_no_head_of_a_table() -> None:
    """Below a caption the cells keep the heads of their columns; what a page hides is left out."""
    table = "<table><caption>Million crowns</caption><thead><tr><th>Item</th><th>2024</th><th>2025</th></tr></thead><tr><th>Schools</th><td>6.1</td><td>6.4</td></tr><tr><td>Roads</td><td>3.8</td><td>2.9</td></tr></table>"
    page = f"<html><head><title>Budget</title></head><body><article><h1>Budget</h1><p>{ONE} {TWO}</p>{table}<p>{TWO} {ONE}</p></article></body></html>"
    assert "Schools, 2024: 6.1. Schools, 2025: 6.4." in only("budget.html", page).text
    mail = f"From: a@x.org\nSubject: b\nContent-Type: text/html\n\n<div style='display: none'>Preview</div><p>{ONE}</p>"
    assert only("a.eml", mail).text == ONE


def test_a_text_that_its_export_cut_is_told_so() -> None:
    """NewsAPI's mark of a cut is no text; the description completes it, with a warning."""
    record = {"title": "x", "description": ONE, "content": f"{TWO}… [+1234 chars]"}
    (article,), told = made_of("news.json", json.dumps({"articles": [record]}).encode())
    assert article.text == f"{ONE}\n\n{TWO} …"
    assert "its text is cut in this export" in told


def test_excel_names_its_separator() -> None:
    """The first line `sep=;` is no head of columns."""
    assert only("news.csv", f'sep=;\r\ntitle;text\r\nKelso;"{ONE}"\r\n').title == "Kelso"


def test_feeds_in_files_are_read() -> None:
    """An RSS file and a WordPress export give an article for each post that was shown."""
    post = "<item><title>{}</title><link>https://kelso.example/{}</link><pubDate>Tue, 05 Nov 2024 09:30:00 GMT</pubDate><content:encoded><![CDATA[{}]]></content:encoded>{}</item>"
    kinds = (
        "<wp:post_type>post</wp:post_type><wp:status>publish</wp:status>",
        "<wp:post_type>post</wp:post_type><wp:status>draft</wp:status>",
        "<wp:post_type>attachment</wp:post_type>",
    )
    items = "".join(
        post.format(f"T{n}", n, f'{HTML}[gallery ids="1,2"]', kind) for n, kind in enumerate(kinds)
    )
    head = '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>Kelso Blog</title>'
    article = only("blog.xml", f"{head}{items}</channel></rss>")
    assert (article.title, article.source, article.text) == ("T0", "Kelso Blog", TEXT)
    assert article.published == "2024-11-05T09:30:00+00:00"


def test_xml_that_is_no_feed_is_refused() -> None:
    """A file of other XML, or one that declares entities, is refused before it is parsed."""
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel><item><title>&b;</title></item></channel></rss>'
    for text in ("<note>Hi</note>", bomb):
        assert made_of("feed.xml", text.encode())[1] == [
            "feed.xml: is no feed: its root is not rss, feed or RDF"
        ]


def test_a_json_feed_lists_pages() -> None:
    """A JSON Feed on the web is a feed: whole texts are taken, other pages fetched."""
    items = [
        {
            "id": "1",
            "url": "/kelso",
            "title": "Kelso",
            "content_html": HTML * 20,
            "authors": [{"name": "Nora Quist"}],
            "date_published": "2024-11-05T09:30:00Z",
        },
        {"id": "https://herald.example/two", "summary": "Short."},
        {"id": "7"},
        "no item",
    ]
    body = json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "Herald", "items": items}
    )
    found = listing_of(
        Response(
            parse("https://herald.example/feed.json"),
            200,
            {"content-type": "application/feed+json"},
            body.encode(),
        )
    )
    assert found is not None
    first, second, *_ = found.entries
    assert (first.address, first.author, first.source, first.full) == (
        "https://herald.example/kelso",
        "Nora Quist",
        "Herald",
        True,
    )
    assert (second.address, second.full) == ("https://herald.example/two", False)


@pytest.mark.parametrize(
    "head",
    [
        "Title: Kelso to dredge\nDate: 2024-11-05 10:20\nCategory: News\nAuthors: Nora Quist\n\n",
        "title: Kelso to dredge\npublished_date: 2024-11-05\nauthor: Nora Quist\n___\n\n",
        "# Kelso to dredge\n\nAuthor: Nora Quist\nPublished: November 5, 2024\nTags: Harbour, News\n\n",
        "<!--\n.. title: Kelso to dredge\n.. date: 2024-11-05 10:20:00 UTC+01:00\n.. author: Nora Quist\n-->\n\n",
        '---json\n{"title": "Kelso to dredge", "date": "2024-11-05", "author": "Nora Quist"}\n---\n\n',
        "+++\ntitle = 'Kelso to dredge'\ndate = 2024-11-05\n[params]\nauthor = 'Nora Quist'\n+++\n\n",
        '---\ntitle: Kelso to dredge\ndate: 2024-11-05\nauthor: "[[Nora Quist]]"\n---\n\n',
    ],
    ids=["Pelican", "Bear", "Notion", "Nikola", "Eleventy", "Hugo", "Obsidian"],
)
def test_front_matter_of_many_makers(head: str) -> None:
    """Title, date and author are read however a program writes them, and are no part of the text."""
    article = only("post.md", head + TEXT)
    assert (article.title, article.published[:10], article.author) == (
        "Kelso to dredge",
        "2024-11-05",
        "Nora Quist",
    )
    assert article.text.removeprefix("# Kelso to dredge").strip() == TEXT


def test_lines_with_a_colon_may_be_text() -> None:
    """Speakers and facts with colons stay where they are."""
    text = "Anna: Who pays?\nBen: The state.\n\nDate: 5 May 2025\nTime: noon\nContact: Iva Brandt\n"
    assert only("talk.md", text).text == text
    facts = "Date: 5 May 2025\nRoom: the town hall\n\nAll are welcome.\n"
    article = only("facts.md", facts)
    assert (article.published, article.text) == ("2025-05-05", facts)


def test_marks_of_templates_and_note_programs_are_no_text() -> None:
    """Liquid, Hugo and Obsidian leave words, captions and no marks."""
    text = 'See [the report]({{ site.url }}/r.pdf).\n\n{% highlight py %}\nprint(1)\n{% endhighlight %}\n\n{{< figure src="a.jpg" caption="The port" >}}\n\n- [x] done\n\n> [!note] Brandt\n> It is ==late==. ^b1\n\n%% private %%\n'
    shown = only("post.md", text).text
    assert shown.split() == "See the report. The port - done Brandt It is late.".split()


def test_replies_and_newsletters_hold_what_was_written() -> None:
    """Quoted messages, signatures, soft line breaks and the addresses of links are left out."""
    head = "From: Jo Lind <jo@example.org>\nDate: Wed, 06 Nov 2024 09:30:00 +0000\n"
    reply = f"{head}Subject: Re: Kelso\nContent-Type: text/plain; charset=utf-8; format=flowed\n\nThe money is \nnot there yet (https://x.example/a?b=c).\n\nOn Tue, 5 Nov 2024 at 10:30, Nora <nora@example.org> wrote:\n> {ONE}\n>\n> {TWO}\n\n-- \nJo Lind\nHerald\n"
    assert only("reply.eml", reply).text == "The money is not there yet."
    forward = f"{head}Subject: Kelso\n\nFYI\n> {ONE}\n"
    assert ONE in only("forward.eml", forward).text


def test_a_page_in_one_file_is_a_page() -> None:
    """MHTML is read as the page that it holds: its own date and author, not the browser's."""
    page = f'<!DOCTYPE html><html lang="en"><head><title>Kelso | Herald</title><meta property="article:published_time" content="2024-11-05T09:30:00Z"><meta name="author" content="Nora Quist"></head><body><nav><a href="/">Home</a></nav><article><h1>Kelso</h1>{HTML * 3}</article></body></html>'
    saved = f'From: <Saved by Blink>\nSnapshot-Content-Location: https://herald.example/kelso\nSubject: Kelso\nDate: Fri, 8 Nov 2024 18:12:00 -0000\nMIME-Version: 1.0\nContent-Type: multipart/related; type="text/html"; boundary="b"\n\n--b\nContent-Type: text/html\n\n{page}\n--b\nContent-Type: text/css\n\nbody {{}}\n--b--\n'
    article = only("page.mhtml", saved)
    assert (article.published, article.author) == ("2024-11-05T09:30:00Z", "Nora Quist")
    assert article.url == "https://herald.example/kelso"
    assert "Home" not in article.text


def test_pages_from_before_style_sheets_keep_their_paragraphs() -> None:
    """Text parted by line breaks, and in tables that only place it, loses no word and runs nowhere together."""
    three = f"{ONE} {TWO}", f"{TWO} {ONE}", f"The herring is back. {ONE}"
    table = f"<html><head><title>Kelso</title></head><body><table><tr><td><a href='/'>Home</a></td><td><h1>Kelso</h1>{'<p>'.join(('', *three))}</td></tr></table></body></html>"
    breaks = f"<html><head><title>Kelso</title></head><body><div id='content'><h2>Kelso</h2>{'<br><br>'.join(three)}</div></body></html>"
    for page in (table, breaks):
        assert only("old.html", page).text.endswith("\n\n".join(three))


def test_tracked_changes_read_as_accepted() -> None:
    """What was inserted in a Word file is text, and what was deleted is none."""
    from docx.oxml import parse_xml

    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

    def build(document: object) -> None:
        paragraph = document.add_paragraph("It costs ")  # type: ignore[attr-defined]
        for xml in (
            f'<w:del {space} w:id="1" w:author="a"><w:r><w:delText>two</w:delText></w:r></w:del>',
            f'<w:ins {space} w:id="2" w:author="a"><w:r><w:t>three</w:t></w:r></w:ins>',
        ):
            paragraph._p.append(parse_xml(xml))
        paragraph.add_run(" million.")

    assert only("draft.docx", word(build)).text == "It costs three million."


def test_lines_above_the_text_say_more_than_the_program() -> None:
    """A byline and a date in a Word file go before the name of the computer's user and the file's time."""

    def build(document: object) -> None:
        document.core_properties.author = "LAPTOP-7"  # type: ignore[attr-defined]
        for text in ("Kelso to dredge", "By Nora Quist", "5 November 2024", ONE):
            document.add_paragraph(text)  # type: ignore[attr-defined]

    article = only("draft.docx", word(build))
    assert (article.author, article.published) == ("Nora Quist", "2024-11-05")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"MERROW, May 4 (Reuters) - {ONE}", "Merrow"),
        (f"AUSTIN, Texas (AP) — {ONE}", "Austin, Texas"),
        (f"NEW YORK — {ONE}", "New York"),
        (f"LONDON—{ONE}", "London"),
        (f"# Kelso to dredge\n\n**KELSO** – {ONE}", "Kelso"),
        (f"Paris, 4 May 2025 (AFP) - {ONE}", "Paris"),
        (f"BREAKING — {ONE}", ""),
        (f"{ONE} NATO — an alliance — agreed.", ""),
        (ONE, ""),
    ],
)
def test_the_dateline_says_where(text: str, place: str) -> None:
    """The place of a dateline is the article's, in whatever format the text comes."""
    for name, content in (("a.md", text), ("a.jsonl", json.dumps({"id": "a", "body": text}))):
        assert only(name, content).place == place, name


def test_quotation_marks_of_windows_are_certain() -> None:
    """English text whose only foreign bytes are Windows' quotation marks and dashes is read as such."""
    data = b"Kelso\n\n\x93We can\x92t wait,\x94 she said \x96 the channel is Brandt\x92s. It costs 3\x964 million.\n"
    assert (
        "“We can’t wait,” she said – the channel is Brandt’s. It costs 3–4"
        in only("a.txt", data).text
    )
    (told,) = made_of("b.txt", "The café of José Ñuñez is shut, he said.".encode("cp1252"))[1]
    assert "likely cp1252" in told


@pytest.mark.parametrize(
    ("line", "author", "day"),
    [
        ("By Nora Quist | 5 November 2024", "Nora Quist", "2024-11-05"),
        ("Posted on November 5, 2024 by Nora Quist", "Nora Quist", "2024-11-05"),
        ("by Nora Quist on 2024-11-05", "Nora Quist", "2024-11-05"),
        ("Published: 09:30, 5 November 2024 | Updated: 11:10, 6 November 2024", "", "2024-11-05"),
        ("BYLINE: Nora Quist in Kelso", "Nora Quist", ""),
    ],
)
def test_one_line_names_author_and_date(line: str, author: str, day: str) -> None:
    """Bylines and dates are read from one line, as web pages have them when they are pasted."""
    article = only("a.txt", f"Kelso to dredge its port\n\n{line}\n\n{TEXT}\n")
    assert (article.author, article.published[:10]) == (author, day)
    assert article.title == "Kelso to dredge its port"

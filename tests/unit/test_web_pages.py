"""The article of a web page is taken out of what stands around it, with what the page says of it."""

from __future__ import annotations

import io
import json

import pytest

from qa.errors import ArticleError
from qa.extract import Document, ReadOptions, extract
from qa.types import Article
from tests.formats import AUTHOR, HEADING, LAST, PARAGRAPHS, SOURCE, TITLE, html_body, web_page

WHERE = "https://courier.example/2025/lido.html"
TEXT = "".join(f"<p>{each}</p>" for each in (*PARAGRAPHS, LAST))


def read(page: str | bytes, *, encoding: str = "") -> Article | ArticleError:
    """Return what is made of a page."""
    data = page.encode() if isinstance(page, str) else page
    options = ReadOptions(1_000_000, encoding)
    (made,) = extract(Document(WHERE, "lido.html", io.BytesIO(data), options))
    return made


def article(page: str | bytes, *, encoding: str = "") -> Article:
    """Return the article of a page that has one."""
    made = read(page, encoding=encoding)
    assert isinstance(made, Article), made
    return made


def plain(head: str = "", *, body: str = TEXT) -> str:
    """Return a page with nothing around its text."""
    return f"<!doctype html><html><head>{head}</head><body><article>{body}</article></body></html>"


def test_only_the_article_is_kept() -> None:
    """Navigation, cookie lines, sharing, related links, "Read more", newsletter boxes, comments and footers are left out, the title is not repeated."""
    found = article(web_page())
    assert found.text == "\n\n".join((*PARAGRAPHS, LAST))
    assert (found.title, found.author, found.source) == (TITLE, AUTHOR, SOURCE)


def test_headings_lists_and_tables_read_as_in_other_formats() -> None:
    """Headings keep their marks, cells their heads, and a list that a sentence introduces its items, links or not."""
    names = '<p>The new directors are:</p><ul><li><a href="/ada/">Ada Wood</a></li><li><a href="/bo/">Bo Huey</a></li></ul>'
    text = article(web_page(body=html_body() + names + f"<p>{PARAGRAPHS[0]}</p>")).text
    assert f"## {HEADING}" in text
    assert "Schools, 2025 (million crowns): 6.4." in text
    assert "The new directors are:\n\n- Ada Wood\n- Bo Huey" in text


@pytest.mark.parametrize(
    ("head", "published"),
    [
        (
            '<meta property="article:published_time" content="2025-05-04T07:30:00+01:00">',
            "2025-05-04T07:30:00+01:00",
        ),
        ('<meta name="DC.date.issued" content="2025-05-04">', "2025-05-04"),
        ('<meta itemprop="datePublished" content="2025-05-04">', "2025-05-04"),
        (
            '<script type="application/ld+json">[{"@graph": [{"@type": ["NewsArticle"], "datePublished": "2025-05-04"}]}]</script>',
            "2025-05-04",
        ),
        (
            '<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": {"x": 1}}</script>',
            "",
        ),
        ('<script type="application/ld+json">' + "[" * 5_000 + "</script>", ""),
        ('<meta name="date" content="next Tuesday">', ""),
        ("", ""),
    ],
)
def test_the_date_is_one_that_is_marked_as_such(head: str, published: str) -> None:
    """The date of publication comes from JSON-LD or meta tags; none is guessed from the text, which names 1 June 2026."""
    assert article(plain(head)).published == published


def test_metadata_comes_from_json_ld_or_meta_tags() -> None:
    """Several authors are joined; outlet, language and canonical address are found either way."""
    linked = {
        "@type": "ReportageNewsArticle",
        "author": [{"name": "Nell Harrow"}, {"name": "Bo Huey"}, {"name": "https://x.example"}],
        "publisher": {"name": "Merrow Courier"},
        "inLanguage": "en",
    }
    one = article(plain(f'<script type="application/ld+json">{json.dumps(linked)}</script>'))
    assert (one.author, one.source, one.language) == ("Nell Harrow, Bo Huey", SOURCE, "en")
    other = article(
        plain(
            '<meta property="og:site_name" content="Merrow Courier"><meta property="og:locale" content="en_GB">'
            '<link rel="canonical" href="/2025/05/lido"><meta name="author" content="Nell Harrow">'
        )
    )
    assert (other.author, other.source, other.language) == ("Nell Harrow", SOURCE, "en-GB")
    assert other.url == "https://courier.example/2025/05/lido"
    assert article(plain('<link rel="canonical" href="javascript:alert(1)">')).url == ""


def test_a_page_is_decoded_as_it_says() -> None:
    """The server's word counts before the page's, UTF-8 before both, and Latin-1 means what browsers take it for."""
    page = plain('<meta charset="iso-8859-1">', body=f"<p>“Größer,” said Ferro.</p>{TEXT}")
    assert "“Größer,”" in article(page.encode("cp1252")).text
    assert "“Größer,”" in article(page).text
    cyrillic = plain(body=f"<p>Мост закрыт, сообщил мэр.</p>{TEXT}")
    assert "Мост закрыт" in article(cyrillic.encode("koi8-r"), encoding="koi8-r").text
    assert article(plain('<meta charset="no-such">')).text


def test_a_page_without_an_article_says_where_to_look() -> None:
    """A page that holds no text is refused; where it names a feed, the remedy does, too."""
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    made = read(f"<!doctype html><html><head>{feed}</head><body><nav>News</nav></body></html>")
    assert isinstance(made, ArticleError)
    assert made.remedy == "it names a feed of articles: qa index https://courier.example/feed.xml"


def test_a_page_that_is_not_free_is_told() -> None:
    """A page that says that it shows a part only is kept with a warning."""
    linked = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": "False"}</script>'
    document = Document(WHERE, "x", io.BytesIO(plain(linked).encode()), ReadOptions(1_000_000))
    assert all(isinstance(made, Article) for made in extract(document))
    assert "not free to read" in str(document.warnings)


def test_a_huge_page_is_read_without_weighing_its_parts() -> None:
    """What would take minutes is read in full, in seconds; beyond all measure it is refused."""
    many = "<p>The council voted on Tuesday, the mayor said.</p>" * 12_000
    assert article(plain("<title>Votes</title>", body=many)).text.count("voted") == 12_000
    made = read(plain(body="<br>" * 100_001))
    assert isinstance(made, ArticleError)
    assert "too large" in made.reason


def test_control_characters_do_no_harm() -> None:
    """A page with characters that no HTML may hold, written out or as entities, is read without them."""
    found = article(
        plain(body=f"<p>The lido\0 was \x07closed &#7;in May by the council.</p>{TEXT}")
    )
    assert "The lido was closed" in found.text
    assert "\0" not in found.text

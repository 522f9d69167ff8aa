"""Addresses, feeds, sitemaps and the pace of the web source, without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.errors import ArticleError
from qa.sources import is_address, to_uri
from qa.sources.web.addresses import is_public, parse, same_site
from qa.sources.web.listings import Listing, listed, listing_of
from qa.sources.web.pages import FLOOR, Entry, Page, due
from qa.sources.web.responses import Response
from tests.web_server import Reply, feed, item, sitemap

BASE = parse("https://news.example/feed")


def listing(reply: Reply) -> Listing:
    """Return the listing that a reply is."""
    found = listing_of(Response(BASE, 200, {"content-type": reply.type}, reply.data))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HTTPS://News.Example:443", "https://news.example/"),
        ("http://news.example:8080/a?b=c#d", "http://news.example:8080/a?b=c"),
        ("https://bücher.example/ä ".strip(), "https://xn--bcher-kva.example/%C3%A4"),
        ("https://news.example./%41", "https://news.example/%41"),
        ("http://[::1]:80/", "http://[::1]/"),
    ],
)
def test_an_address_is_written_in_one_way(written: str, read: str) -> None:
    """Case, default ports, fragments and letters beyond ASCII do not make another address."""
    assert str(parse(written)) == read
    assert to_uri(read) == read
    assert is_address(written)


@pytest.mark.parametrize(
    "written",
    [
        "ftp://news.example/",
        "https://",
        "https://user:secret@news.example/",
        "https://news.example\\@inside.example/",
        "https://news.example/a b",
        "https://news.example/\r\nHost: inside.example",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://1.2.3.4.5/",
        "http://[fe80::1%25eth0]/",
        "http://news.example:99999/",
        "https://news.example/" + "x" * 3_000,
    ],
)
def test_an_address_that_programs_read_differently_is_refused(written: str) -> None:
    """Passwords, odd signs and hosts in other forms than dotted numbers are no addresses."""
    with pytest.raises(ArticleError, match="not a web address that is fetched"):
        parse(written)


@pytest.mark.parametrize(
    "host",
    """127.0.0.1 0.0.0.0 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 192.0.0.1 198.18.0.1
    224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255 192.0.2.1 :: ::1 fe80::1 fe80::1%eth0 fc00::1 fec0::1 ff02::1
    2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::1""".split(),
)
def test_addresses_of_no_public_machine_are_known(host: str) -> None:
    """Loopback, private, link-local, shared, multicast, reserved ones, also within IPv6."""
    assert not is_public(host)


@pytest.mark.parametrize(
    "host", "93.184.215.14 2606:4700::1111 ::ffff:93.184.215.14 64:ff9b::5db8:d70e".split()
)
def test_public_addresses_are_known(host: str) -> None:
    """Those of the public internet may be asked."""
    assert is_public(host)


def test_hosts_that_belong_together_are_known() -> None:
    """A canonical address counts only on the same site."""
    assert same_site("www.news.example", "news.example")
    assert same_site("amp.news.example", "www.news.example")
    assert not same_site("news.example", "evil.example")
    assert not same_site("news.example", "badnews.example")


def test_a_feed_says_how_often_to_come() -> None:
    """The period of a feed counts, within a floor and a day; else what the server says of caching."""
    period = "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
    assert listing(feed(item("/a"), more=period)).pause == 1800
    assert listing(feed(item("/a"), more="<ttl>45</ttl>")).pause == 2700
    assert listing(feed(item("/a"))).pause == 0

    def wait(own: float = 0.0, **headers: str) -> float:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return due(Response(BASE, 200, given), "feed", 1000.0, own) - 1000.0

    assert wait(1800) == 1800
    assert wait(60) == FLOOR["feed"]
    assert wait(10_000_000) == 86_400
    assert wait(cache_control="public, max-age=1200") == 1200
    assert wait(cache_control="max-age=0") == wait() == wait(expires="soon") == 900
    assert wait(expires="Thu, 01 Jan 1970 01:00:00 GMT") == 2600


def test_entries_of_feeds_have_what_a_page_may_lack() -> None:
    """Title, date, author and outlet of an item are known; a text that is cut off is a teaser, whatever its length."""
    text = "<p>The council of Merrow voted on Tuesday to close the lido.</p>" * 20
    author = "<dc:creator>Nell Harrow</dc:creator>"
    full, cut = listing(
        feed(
            item("/a?x=1&amp;y=2", text=text, more=author),
            item("/b", text=text + "<p>Read more …</p>"),
        )
    ).entries
    assert (full.address, full.author, full.source) == (
        "https://news.example/a?x=1&y=2",
        "Nell Harrow",
        "Merrow Courier",
    )
    assert (full.published, full.full, cut.full) == ("2025-05-04T06:30:00+00:00", True, False)
    assert listing(feed(item("javascript:alert(1)"), item("file:///etc/passwd"))).entries == ()


def test_atom_feeds_and_news_sitemaps_are_read() -> None:
    """Atom's links and dates, and the titles and dates of sitemaps for news."""
    atom = '<feed xmlns="http://www.w3.org/2005/Atom"><title>N</title><entry><title>A</title><link href="/a"/><updated>2025-05-04T06:30:00Z</updated></entry></feed>'
    (entry,) = listing(Reply(atom, "application/atom+xml")).entries
    assert (entry.address, entry.published) == (
        "https://news.example/a",
        "2025-05-04T06:30:00+00:00",
    )
    news = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>https://news.example/a</loc><news:news><news:publication><news:name>Courier</news:name><news:language>en</news:language></news:publication>
        <news:publication_date>2025-05-04</news:publication_date><news:title>Lido shut</news:title></news:news></url></urlset>"""
    (entry,) = listing(Reply(news, "text/xml")).entries
    assert entry == Entry("https://news.example/a", "Lido shut", "2025-05-04", "", "Courier", "en")


def test_a_feed_cannot_read_files_or_grow_without_end() -> None:
    """What declares entities of its own is no feed, and a text that looks like a file's name is no file."""
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    body = f"<?xml version='1.0'?>{bomb}<rss version='2.0'><channel><item><title>&b;&x;</title><link>/a</link></item></channel></rss>"
    assert listing_of(Response(BASE, 200, {"content-type": "text/xml"}, body.encode())) is None
    with pytest.raises(ArticleError, match="damaged"):
        listing(Reply("<urlset><url>", "application/xml"))
    assert listing_of(Response(BASE, 200, {"content-type": "text/plain"}, b"/etc/passwd")) is None


def test_a_list_of_addresses_is_told_from_other_texts(tmp_path: Path) -> None:
    """Only a file in which every line is an address is one."""
    place = tmp_path / "addresses.txt"
    place.write_text("\ufeff# ours\n\nhttps://news.example/a\n  http://news.example/b \n")
    assert listed(place) == ["https://news.example/a", "http://news.example/b"]
    for text in (
        "https://news.example/a is good",
        "https://news.example/a\nA dam held.",
        "",
        "# x\n",
    ):
        place.write_text(text)
        assert listed(place) == []
    assert listed(tmp_path) == listed(tmp_path / "none") == []


def test_what_is_remembered_of_a_page_comes_back() -> None:
    """A page goes through JSON unchanged; a damaged one raises."""
    page = Page(
        "https://news.example/feed", "feed", etag='"1"', due=5.0, entries=(Entry("/a", full=True),)
    )
    assert Page.from_json(page.to_json()) == page
    assert page.conditions == {"If-None-Match": '"1"'}
    for damaged in (
        {},
        {**page.to_json(), "x": 1},
        {**page.to_json(), "due": "soon"},
        {**page.to_json(), "entries": [1]},
    ):
        with pytest.raises((TypeError, ValueError, LookupError)):
            Page.from_json(damaged)


def test_a_sitemap_that_is_too_long_is_cut_and_told() -> None:
    """No more than so many pages are read of one listing, and how many are left out is known."""
    found = listing(sitemap(*(f"https://news.example/{n}" for n in range(10_003))))
    assert (len(found.entries), found.left_out) == (10_000, 3)

"""Pages, feeds and sitemaps of a site on this machine are indexed, followed, and asked politely."""

from __future__ import annotations

import gzip
import json
import time
import types
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpcore
import pytest

from qa import cli
from qa.cli.watching import follow
from qa.errors import ArticleError, QAError
from qa.extract import ReadOptions
from qa.index import Index, Report
from qa.models.encoder import FACTORIES
from qa.settings import Settings
from qa.sources.web import client, transport
from tests.collection import BagEncoder, MemoryVectors, write_files
from tests.formats import AUTHOR, LAST, PARAGRAPHS, PUBLISHED, SOURCE, TITLE
from tests.formats import web_page as page
from tests.web_server import Reply, Site, feed, item, sitemap

pytestmark = pytest.mark.integration

LONG = "".join(f"<p>{text}</p>" for text in (*PARAGRAPHS, LAST) * 2)


@pytest.fixture
def site() -> Iterator[Site]:
    """Return a site of one page."""
    made = Site()
    made.pages(lido=page())
    yield made
    made.close()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """Return an index that may ask this machine, without pauses."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return opened(tmp_path)


def opened(folder: Path, *, private: bool = True, interval: float = 0.0) -> Index:
    """Return an index in a folder."""
    settings = Settings(
        index=folder / "index", allow_private_urls=private, request_interval=interval
    )
    return Index.open(settings, encoder=BagEncoder(), vectors=MemoryVectors(), create=True)


def refusal(report: Report) -> ArticleError:
    """Return the only refusal of a report that has nothing else."""
    assert (report.added, report.changed) == ((), ())
    (error,) = report.refused
    return error


def test_a_page_is_indexed_with_what_it_says_of_itself(site: Site, index: Index) -> None:
    """The article has the page's title, author, date, outlet and language, its canonical address, and no text of what stands around it."""
    site.pages(lido=page(head='<link rel="canonical" href="/2025/lido">'))
    report = index.update([f"{site.address}/lido?utm_source=mail#top"])
    assert report.refused == ()
    (article,) = index.articles()
    assert article.id == article.url == f"{site.address}/2025/lido"
    about = (article.title, article.author, article.published, article.source, article.language)
    assert about == (TITLE, AUTHOR, PUBLISHED, SOURCE, "en-GB")
    assert article.text == "\n\n".join((*PARAGRAPHS, LAST))
    assert site.agents == {client.user_agent()}
    assert "qa-articles/" in client.user_agent()


def test_a_page_is_asked_for_again_only_if_it_changed(site: Site, index: Index) -> None:
    """`qa index` without a place asks on condition, 304 keeps the article, and a change updates it."""
    index.update([f"{site.address}/lido"])
    report = index.update()
    assert (report.unchanged, site.answered) == ((f"{site.address}/lido",), [200, 304])
    site.pages(
        lido=page("The council of Merrow has changed its mind about the lido. It stays open.")
    )
    report = index.update()
    assert report.changed == (f"{site.address}/lido",)
    assert "changed its mind" in index.articles()[0].text


def test_an_article_that_was_removed_is_fetched_in_full_again(site: Site, index: Index) -> None:
    """A condition is only sent for what the index holds: otherwise 304 would leave it out for good."""
    index.update([f"{site.address}/lido"])
    index.remove(f"{site.address}/lido")
    assert index.update([f"{site.address}/lido"]).added == (f"{site.address}/lido",)


def test_a_feed_gives_whole_texts_and_the_pages_behind_teasers(site: Site, index: Index) -> None:
    """An item with its whole text is an article as it is; for a teaser, the page is fetched; the second run costs 304s."""
    site.pages(
        feed=feed(item("/full", title="The whole story", text=LONG), item(f"{site.address}/lido"))
    )
    report = index.update([f"{site.address}/feed"])
    assert report.refused == ()
    full, lido = index.articles()
    assert (full.id, full.title, full.source) == (
        f"{site.address}/full",
        "The whole story",
        SOURCE,
    )
    assert full.published == "2025-05-04T06:30:00+00:00"
    assert full.text.count(LAST) == 2
    assert lido.text.endswith(LAST)
    assert site.asked == ["/feed", "/lido"]
    report = index.update()
    assert (len(report.unchanged), report.changed, report.removed) == (2, (), ())
    assert site.answered[2:] == [304, 304]


def test_what_leaves_a_feed_stays_in_the_index(site: Site, index: Index) -> None:
    """A feed shows the newest only: older articles are kept, new ones are added."""
    site.pages(feed=feed(item("/lido")), ferry=page(title="Ferry sinks"))
    index.update([f"{site.address}/feed"])
    site.pages(feed=feed(item("/ferry")))
    report = index.update()
    assert (report.added, report.removed) == ((f"{site.address}/ferry",), ())
    assert len(index.articles()) == 2


def test_a_sitemap_is_followed_to_its_pages(site: Site, index: Index) -> None:
    """An index of sitemaps leads to sitemaps, packed ones too; a page whose date is the same is not asked for again."""
    packed = gzip.compress(sitemap(f"{site.address}/ferry").data)
    site.pages(ferry=page(title="Ferry sinks"))
    site.replies["/a.xml"] = sitemap((f"{site.address}/lido", "2025-05-04"))
    site.replies["/b.xml.gz"] = Reply(packed, "application/gzip")
    site.replies["/sitemap.xml"] = sitemap(
        f"{site.address}/a.xml", f"{site.address}/b.xml.gz", index=True
    )
    report = index.update([f"{site.address}/sitemap.xml"])
    assert (report.refused, len(report.added)) == ((), 2)
    site.asked.clear()
    assert len(index.update().unchanged) == 2
    assert site.asked == ["/sitemap.xml", "/a.xml", "/b.xml.gz", "/ferry"]


def test_a_list_of_addresses_is_followed(site: Site, index: Index) -> None:
    """A text of nothing but addresses is a list, and one that fails does not stop the others."""
    text = f"# ours\n{site.address}/gone\n\n{site.address}/lido\nhttp://0x7f.1/\n"
    site.replies["/list.txt"] = Reply(text, "text/plain")
    report = index.update([f"{site.address}/list.txt"])
    assert report.added == (f"{site.address}/lido",)
    assert [error.path for error in report.refused] == [f"{site.address}/gone", "http://0x7f.1/"]


def test_other_formats_are_read_from_the_web(site: Site, index: Index) -> None:
    """What a server sends is read as a file of its type would be."""
    site.pages(
        export=Reply(json.dumps({"headline": "A", "body": "A dam held."}), "application/json")
    )
    site.replies["/note.txt"] = Reply("A ferry sank.", "text/plain")
    report = index.update([f"{site.address}/export", f"{site.address}/note.txt"])
    assert (report.refused, len(report.added)) == ((), 2)


def test_a_moved_page_is_recorded_under_its_new_address(site: Site, index: Index) -> None:
    """A permanent redirect moves the article and what is read next time, and is told; a temporary one does not."""
    old, new = f"{site.address}/lido", f"{site.address}/2025/lido"
    index.update([old])
    site.replies["/2025/lido"] = site.replies["/lido"]
    site.pages(lido=Reply(status=301, headers={"Location": "/2025/lido"}, tagged=False))
    report = index.update()
    assert (report.added, report.removed, index.roots()) == ((new,), (old,), [new])
    assert f"{old}: has moved to {new}: recorded under its new address" in map(str, report.warnings)
    site.pages(short=Reply(status=302, headers={"Location": "/2025/lido"}))
    assert index.update([f"{site.address}/short"]).refused == ()
    assert f"{site.address}/short" in index.roots()


def test_the_article_of_a_page_that_is_gone_is_kept(site: Site, index: Index) -> None:
    """404, 410 and a redirect to the start page are told, the article stays; a new address like this is refused."""
    address = f"{site.address}/lido"
    index.update([address])
    site.replies["/"] = Reply(page(title="Today in Merrow"))
    for reply in (
        Reply(status=404),
        Reply(status=410),
        Reply(status=301, headers={"Location": "/"}),
    ):
        site.pages(lido=reply)
        report = index.update()
        assert (report.refused, report.removed, report.changed) == ((), (), ())
        assert "its article is kept" in str(report.warnings[0])
    assert index.article(address).title == TITLE
    error = refusal(index.update([f"{site.address}/never"]))
    assert error.reason == "is gone (HTTP 404)"
    assert index.roots() == [address]


def test_robots_txt_is_obeyed(site: Site, index: Index) -> None:
    """What a site forbids is not asked for, of redirects too; a robots.txt that fails forbids all."""
    site.replies["/robots.txt"] = Reply(
        "User-agent: qa-articles\nDisallow: /*private\nUser-agent: *\nDisallow:\n", "text/plain"
    )
    site.pages(way=Reply(status=302, headers={"Location": "/my-private"}), private=page())
    for path in ("/my-private", "/way"):
        error = refusal(index.update([site.address + path]))
        assert error.reason == "its robots.txt forbids it"
        assert error.remedy
    assert site.asked == ["/way"]
    assert index.update([f"{site.address}/lido"]).refused == ()
    site.replies["/robots.txt"] = Reply(status=500)
    assert "robots.txt cannot be read" in refusal(index.update([f"{site.address}/way"])).reason
    site.replies["/robots.txt"] = Reply(status=404)
    assert index.update([f"{site.address}/lido"]).refused == ()


def test_requests_to_one_site_keep_their_distance(site: Site, tmp_path: Path) -> None:
    """Whatever is asked of a site, a pause lies between two requests."""
    site.pages(feed=feed(item("/lido"), item("/ferry")), ferry=page(title="Ferry sinks"))
    opened(tmp_path, interval=0.2).update([f"{site.address}/feed"])
    assert len(site.times) == 4
    # A request is asked after the pause; it may come to the server a little late.
    assert min(later - before for before, later in pairwise(site.times)) > 0.1


def test_a_busy_site_is_left_alone(site: Site, index: Index) -> None:
    """After 429, the site is not asked again in this run, and the wish is told."""
    site.pages(
        feed=feed(item("/busy"), item("/lido")),
        busy=Reply(status=429, headers={"Retry-After": "120"}),
    )
    report = index.update([f"{site.address}/feed"])
    assert [error.remedy for error in report.refused] == ["try again after 120 seconds"] * 2
    assert site.asked == ["/feed", "/busy"]


@pytest.mark.parametrize("kind", ["slow head", "slow body", "endless"])
def test_what_does_not_end_is_given_up(
    site: Site, index: Index, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A request ends after so many seconds in all, and after so many bytes, whatever keeps coming."""
    monkeypatch.setattr(transport, "SECONDS", 1.0)
    monkeypatch.setattr(transport, "MOST_BYTES", 100_000)
    replies = {
        "slow head": Reply(lambda: site.drip(b"x"), headers={"X-Long": "x" * 200_000}),
        "slow body": Reply(site.drip),
        "endless": Reply(lambda: site.drip(b"<p>More.</p>" * 1_000, 0.0)),
    }
    site.pages(trap=replies[kind])
    started = time.monotonic()
    error = refusal(index.update([f"{site.address}/trap"]))
    assert time.monotonic() - started < 60
    assert {
        "slow head": "cannot be reached",
        "slow body": "did not answer completely within 1 seconds",
        "endless": "too large",
    }[kind] in error.reason


def test_a_small_answer_that_unpacks_to_much_is_refused(
    site: Site, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The size that counts is the unpacked one."""
    monkeypatch.setattr(transport, "MOST_BYTES", 100_000)
    bomb = gzip.compress(b"<p>More.</p>" * 1_000_000)
    site.pages(bomb=Reply(bomb, headers={"Content-Encoding": "gzip"}))
    assert "too large" in refusal(index.update([f"{site.address}/bomb"])).reason


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"GIF89a", "image/gif"), "is image/gif, which holds no text to read"),
        (Reply(b"\0\1\2", "application/x-thing"), "its type is not read: application/x-thing"),
        (Reply("<html><body><nav>News</nav></body></html>"), "holds no text of an article"),
        (Reply(page(), status=403), "is not shown without permission (HTTP 403)"),
        (Reply(status=500), "answered with HTTP 500"),
        (Reply(status=302, headers={"Location": "/trap"}), "redirects more than 5 times"),
        (Reply(status=302, headers={"Location": "ftp://x/"}), "only http and https are fetched"),
        (Reply("<rss><channel><item>", "text/xml"), "names no page"),
    ],
)
def test_what_holds_no_article_is_refused_with_a_reason(
    site: Site, index: Index, reply: Reply, reason: str
) -> None:
    """A wrong type, an empty page, a closed one, a fault, a circle of redirects: each is told as it is."""
    site.pages(trap=reply)
    report = index.update([f"{site.address}/trap"])
    assert report.added == ()
    assert reason in " ".join(map(str, (*report.refused, *report.warnings)))


def test_private_addresses_are_refused(site: Site, tmp_path: Path) -> None:
    """This machine is not asked, by whatever name, unless the setting allows it."""
    index = opened(tmp_path, private=False)
    port = site.address.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"):
        error = refusal(index.update([f"http://{host}:{port}/lido"]))
        assert "an address of this machine or of a private network" in error.reason
        assert error.remedy == "QA_ALLOW_PRIVATE_URLS=1 allows it"
    for host in ("2130706433", "0177.0.0.1", "0x7f.1", "127.1", "１２７.0.0.1"):
        refusal(index.update([f"http://{host}:{port}/lido"]))
    assert site.times == []
    assert index.roots() == []


def pretend(monkeypatch: pytest.MonkeyPatch, site: Site, **hosts: str | Iterator[str]) -> None:
    """Have names lead to addresses, and a public address to the site."""
    port = int(site.address.rpartition(":")[2])
    connect = httpcore.SyncBackend.connect_tcp

    def found(host: str, *_: object, **__: object) -> list[tuple[object, ...]]:
        told = hosts.get(host.partition(".")[0], host)
        return [(2, 1, 6, "", (told if isinstance(told, str) else next(told), 0))]

    def connected(backend: object, host: str, _port: int, *more: object) -> object:
        assert host == "93.184.215.14", "a private address was asked"
        return connect(backend, "127.0.0.1", port, *more)  # type: ignore[arg-type]

    look_up = types.SimpleNamespace(getaddrinfo=found, SOCK_STREAM=1)
    monkeypatch.setattr("qa.sources.web.addresses.socket", look_up)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connected)


def test_a_redirect_to_a_private_address_is_refused(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a public site leads is checked like what was named."""
    pretend(monkeypatch, site, news="93.184.215.14", inside="10.0.0.7")
    site.pages(way=Reply(status=302, headers={"Location": "http://inside.example/lido"}))
    error = refusal(opened(tmp_path, private=False).update(["http://news.example/way"]))
    assert "leads to 10.0.0.7" in error.reason
    assert site.asked == ["/way"]


def test_a_name_that_changes_its_address_does_not_get_round_the_check(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the address that was checked, not to what the name means a moment later."""
    answers = iter(["93.184.215.14", "93.184.215.14", "127.0.0.1", "127.0.0.1"])
    pretend(monkeypatch, site, news=answers)
    report = opened(tmp_path, private=False).update(["http://news.example/lido"])
    assert report.added == ("http://news.example/lido",)
    assert len(list(answers)) == 2


def test_a_proxy_is_given_nothing_private(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy, names are looked up and checked all the same, of redirects too; then the proxy is asked."""
    monkeypatch.setenv("http_proxy", site.address)
    monkeypatch.setenv("no_proxy", "")
    index = opened(tmp_path, private=False)
    for private in ("http://127.0.0.1:1/", "http://localhost/", "http://10.0.0.7/"):
        assert "private network" in refusal(index.update([private])).reason
    assert site.times == []
    names = {"news.example": "93.184.215.14", "inside.example": "10.0.0.7"}
    look_up = types.SimpleNamespace(
        getaddrinfo=lambda host, *_, **__: [(2, 1, 6, "", (names[host], 0))], SOCK_STREAM=1
    )
    monkeypatch.setattr("qa.sources.web.addresses.socket", look_up)
    site.replies["http://news.example/lido"] = Reply(page())
    site.replies["http://news.example/way"] = Reply(
        status=302, headers={"Location": "http://inside.example/"}
    )
    report = index.update(["http://news.example/lido"])
    assert (report.refused, report.added) == ((), ("http://news.example/lido",))
    assert "leads to 10.0.0.7" in refusal(index.update(["http://news.example/way"])).reason
    assert not any("inside" in path for path in site.asked)


def test_an_interrupted_update_does_not_take_a_page_for_known(
    site: Site, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is remembered of a page is stored after its article: else 304 would keep the old text."""
    index.update([f"{site.address}/lido"])
    site.pages(
        lido=page("The council of Merrow has changed its mind about the lido. It stays open.")
    )
    with monkeypatch.context() as broken:
        broken.setattr(type(index.vectors), "add", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            index.update()
    assert index.update().changed == (f"{site.address}/lido",)


def test_only_what_is_due_is_looked_at(site: Site, index: Index) -> None:
    """While watching, nothing is asked before its time has come."""
    site.pages(feed=feed(item("/lido")))
    index.update([f"{site.address}/feed"])
    due = index.due([f"{site.address}/feed"])[f"{site.address}/feed"]
    assert 600 < due - time.time() < 1200
    site.asked.clear()
    report = index.update(only_due=True)
    assert (site.asked, report.removed) == ([], ())


def test_files_and_addresses_are_read_together(site: Site, index: Index, tmp_path: Path) -> None:
    """`qa index` without a place reads both again, and neither takes the other's articles for lost."""
    folder = write_files(tmp_path / "in", {"a.md": "A dam held."})
    index.update([folder, f"{site.address}/lido"])
    report = index.update()
    assert (len(report.unchanged), report.removed) == (2, ())
    assert index.update([folder]).removed == ()
    assert len(index.roots()) == 2


def test_a_rebuild_keeps_what_the_web_no_longer_shows(
    site: Site, index: Index, tmp_path: Path
) -> None:
    """`--rebuild` keeps articles of pages that are gone or have left their feed, and asks on condition."""
    site.pages(feed=feed(item("/lido")), ferry=page(title="Ferry sinks"))
    index.update([f"{site.address}/feed", f"{site.address}/ferry"])
    site.pages(feed=feed(), ferry=Reply(status=404))
    rebuilt = Index.open(
        index.settings, encoder=BagEncoder(), vectors=MemoryVectors(), rebuild=True
    )
    report = rebuilt.update()
    assert (report.removed, report.refused) == ((), ())
    assert [article.id for article in rebuilt.articles()] == [
        f"{site.address}/ferry",
        f"{site.address}/lido",
    ]
    assert rebuilt.check() == []


def test_a_place_is_forgotten(site: Site, index: Index, tmp_path: Path) -> None:
    """A removed page is not fetched again, a forgotten feed is not looked at, and its articles stay."""
    folder = write_files(tmp_path / "in", {"a.md": "A dam held."})
    site.pages(feed=feed(item("/ferry")), ferry=page(title="Ferry sinks"))
    index.update([folder, f"{site.address}/feed", f"{site.address}/lido"])
    index.remove(f"{site.address}/lido")
    assert index.roots() == [folder.as_uri(), f"{site.address}/feed"]
    with pytest.raises(QAError, match="is not made from"):
        index.forget([folder, f"{site.address}/other"])
    index.forget([folder, f"{site.address}/feed"])
    assert index.roots() == []
    assert len(index.articles()) == 2


def test_feeds_are_watched_at_their_own_pace(
    site: Site, index: Index, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--watch` looks again when a feed is due, tells each round on one line, and ends quietly on Ctrl-C."""
    site.pages(feed=feed(item("/lido")), ferry=page(title="Ferry sinks"))
    usual = {"feed": 0.0, "page": 3600.0}
    monkeypatch.setattr("qa.sources.web.pages.FLOOR", usual)
    monkeypatch.setattr("qa.sources.web.pages._USUAL", usual)
    meanwhile = [feed(item("/lido")), feed(item("/ferry"), item("/lido"))]

    def pause(_: float) -> None:
        if not meanwhile:
            raise KeyboardInterrupt
        site.pages(feed=meanwhile.pop(0))

    monkeypatch.setattr(
        "qa.sources.watch.time", types.SimpleNamespace(sleep=pause, perf_counter=lambda: 0.0)
    )
    follow(index, [f"{site.address}/feed"], ReadOptions(1_000_000), None)
    out, err = capsys.readouterr()
    assert err == f"watching {site.address}/feed; Ctrl-C ends it\n"
    lines = [line for line in out.splitlines() if line.startswith(("added", "looked"))]
    assert [line.split()[0] for line in lines] == ["added", "looked", "looked", "added", "looked"]
    assert lines[3] == f"added     {site.address}/ferry"
    assert site.asked == ["/feed", "/lido", "/feed", "/feed", "/ferry"]
    assert site.answered == [200, 200, 304, 200, 200]


def test_the_command_line_takes_addresses_and_files_of_them(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`qa index` tells what was added and refused, with remedies, also in the report, and exits with 1."""
    monkeypatch.setitem(FACTORIES, "bag", BagEncoder)
    for name, value in {
        "QA_ENCODER": "bag",
        "QA_INDEX": str(tmp_path / "i"),
        "QA_ALLOW_PRIVATE_URLS": "1",
        "QA_REQUEST_INTERVAL": "0",
    }.items():
        monkeypatch.setenv(name, value)
    write_files(tmp_path, {"list": f"{site.address}/lido\nhttp://127.1/\n"})
    report = tmp_path / "night.json"
    with pytest.raises(SystemExit) as stopped:
        cli.main(["index", str(tmp_path / "list"), "--report", str(report)])
    out, err = capsys.readouterr()
    assert (stopped.value.code, out.splitlines()[0]) == (1, f"added     {site.address}/lido")
    assert "refused   http://127.1/: not a web address that is fetched" in err
    told = json.loads(report.read_text())
    assert told["counts"]["source"] == {SOURCE: 1}
    assert [each["path"] for each in told["refused"]] == ["http://127.1/"]
    with pytest.raises(SystemExit) as stopped:
        cli.main(["index"])
    assert (stopped.value.code, site.answered[-1]) == (0, 304)
    with pytest.raises(SystemExit):
        cli.main(["index", "--forget", f"{site.address}/lido"])
    assert capsys.readouterr().out.endswith(f"forgotten {site.address}/lido\n")

"""The sources panel as HTML."""

from __future__ import annotations

import dataclasses
import re
import zlib
from typing import Any

import pytest

from qa.chat.rendering import macro
from qa.chat.sources import (
    CONTEXT_CHARS,
    MAX_RELATED,
    MAX_SPANS,
    Head,
    article_text,
    panel,
    read_article,
)
from qa.conversations.conversation import Exchange
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.types import Article, Citation, Hit, Passage
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE

_START = ARTICLE.text.index(QUOTE)
_PIPELINE = LazyPipeline(FakePipeline([ARTICLE]))
_ODD: list[Any] = [
    None,
    "",
    {},
    [],
    [ARTICLE.id],
    [ARTICLE.id, "1", ""],
    [ARTICLE.id, float("nan"), ""],
    [ARTICLE.id, 1, None],
    [ARTICLE.id, 1, "", ""],
    [{"path": "/etc/passwd"}, 1, ""],
    ["\ud800", 1, ""],
]


def _exchange(
    *articles: Article, quotes: tuple[str, ...] = (QUOTE,), known: bool = True
) -> Exchange:
    answer = FakePipeline(articles, {QUESTION: quotes}).answer(QUESTION)
    return Exchange(QUESTION, answer=answer, articles=articles if known else ())


def _marks(html: str) -> list[str]:
    return re.findall(r"<mark[^>]*>(.*?)</mark>", html)


def test_the_panel_explains_itself_when_empty() -> None:
    """Before the first answer the panel says what will be in it."""
    assert "appear here" in panel([])


def test_a_card_names_the_pages_of_its_quotes() -> None:
    """A quote from a paged document has its page in the card and in the marker; others name none."""
    assert "page" not in macro("articles.html", "article_head", Head("a", "T"))
    paged = dataclasses.replace(ARTICLE, pages=(0, _START))
    assert " · page 2 · " in panel([_exchange(paged)])
    cited = _exchange(paged).answer.citations[0]  # type: ignore[union-attr]
    assert "page 2" in macro("macros.html", "marker", cited, 1)


def test_a_card_names_its_article() -> None:
    """Title, outlet, date and address are there, escaped."""
    html = panel([_exchange(ARTICLE)])
    assert "The &lt;lock&gt;" in html
    assert (
        '<span class="outlet"><bdi>Courier</bdi></span> · <time datetime="2026-05-04">4 May 2026</time>'
        in html
    )
    assert 'href="https://courier.example/1"' in html
    assert 'data-open="lock &amp; key.md"' in html


def test_an_excerpt_is_the_quote_and_some_context() -> None:
    """The exact quote is marked, between whole words of context with dots where the article goes on."""
    html = panel([_exchange(ARTICLE)])
    assert _marks(html) == [QUOTE]
    excerpt = re.sub(r"<[^>]*>", "", re.findall(r"<blockquote.*?</blockquote>", html, re.DOTALL)[0])
    before, after = excerpt.replace("1" + QUOTE, QUOTE).split(QUOTE)
    assert before.startswith("… ")
    assert after.endswith(" …")
    assert 0 < len(before) <= CONTEXT_CHARS + 2
    assert 0 < len(after) <= CONTEXT_CHARS + 2
    words = set(ARTICLE.text.split())
    assert {*before.split(), *after.split()} - {"…"} <= words


def test_a_card_names_the_reprints() -> None:
    """Outlets whose articles reprint the quoted passage are named below the quote, as buttons that open them."""
    exchange = _exchange(ARTICLE)
    assert exchange.answer
    cited = exchange.answer.citations[0]
    around = Passage("p", cited.article_id, cited.start, cited.end, cited.quote)
    again = Article("<b>.md", "Again", QUOTE, source="<Herald>")
    hit = Hit(
        around,
        1.0,
        1,
        "hybrid",
        (Passage("q", again.id, 0, len(QUOTE), QUOTE), Passage("r", "gone", 0, 1, "x")),
    )
    answer = dataclasses.replace(exchange.answer, hits=(hit,))
    html = panel([dataclasses.replace(exchange, answer=answer, articles=(ARTICLE, again))])
    (line,) = re.findall(r'<div class="note also">.*?</button></div>', html, re.DOTALL)
    text = re.sub(r"<header hidden>.*?</header>|<[^>]*>", "", line, flags=re.DOTALL)
    assert text.split() == ["Also", "printed", "in", "&lt;Herald&gt;"]
    assert 'data-open="&lt;b&gt;.md"' in line
    assert "Also printed" not in panel([exchange])


def test_an_excerpt_starts_and_ends_with_a_word() -> None:
    """The blank lines around an article's text leave no hole in its card."""
    html = panel([_exchange(Article("a.md", "A", f"\n\n{QUOTE} And more.\n\n"))])
    assert '<blockquote dir="auto"><span class="number"' in html
    assert "And more.</span></blockquote>" in html


def test_an_excerpt_prefers_whole_paragraphs() -> None:
    """Where a paragraph ends within reach, no piece of the next one hangs on to the excerpt."""
    text = f"{'Far away. ' * 50}\n\nJust before. {QUOTE} Just after.\n\n{'Far off. ' * 50}"
    html = panel([_exchange(Article("a.md", "A", text))])
    excerpt = re.sub(r"<[^>]*>", "", re.findall(r"<blockquote.*?</blockquote>", html, re.DOTALL)[0])
    assert excerpt == f"… Just before. 1{QUOTE} Just after. …"


def test_distant_quotes_have_excerpts_of_their_own() -> None:
    """Two quotes far apart are two excerpts of one card; two near each other share one."""
    far = Article("a.md", "A", f"First quote. {'word ' * 200}Second quote. Third quote.")
    html = panel([_exchange(far, quotes=("First quote.", "Second quote.", "Third quote."))])
    assert html.count("<article") == 1
    assert html.count("<blockquote") == 2
    assert _marks(html) == ["First quote.", "Second quote.", "Third quote."]


def test_citations_of_one_article_share_a_card() -> None:
    """Cards follow the order of first citation, also where articles alternate."""
    one, two = Article("1.md", "One", "Alpha. Gamma."), Article("2.md", "Two", "Beta.")
    html = panel([_exchange(one, two, quotes=("Alpha.", "Beta.", "Gamma."))])
    assert re.findall(r'<h3 dir="auto">(\w+)</h3>', html) == ["One", "Two"]
    assert _marks(html) == ["Alpha.", "Gamma.", "Beta."]


def test_only_the_latest_sources_show() -> None:
    """Each exchange has its own section; all but the last wait for a marker to be followed."""
    html = panel([_exchange(ARTICLE), _exchange(ARTICLE)])
    assert re.findall(r'<section class="sources-of" data-exchange="(\d)"( hidden)?>', html) == [
        ("1", " hidden"),
        ("2", ""),
    ]


def test_an_article_that_is_gone_still_shows_its_quote() -> None:
    """Without the article's text the card holds the quote alone, marked, and offers no reading view."""
    html = panel([_exchange(ARTICLE, known=False)])
    assert _marks(html) == [QUOTE]
    assert "data-open" not in html


def test_an_abstention_shows_a_few_related_passages() -> None:
    """The nearest passages are called related and nothing in them is marked."""
    articles = [Article(f"{n}.md", f"Title {n}", f"Text {n}.") for n in range(MAX_RELATED + 2)]
    answer = FakePipeline(articles).answer("unknown?")
    html = panel([Exchange("unknown?", answer=answer, articles=tuple(articles))])
    assert "Related passages, not an answer" in html
    assert html.count("<article") == MAX_RELATED
    assert "<mark" not in html


def test_a_failed_question_has_no_sources() -> None:
    """After an error the panel does not go on showing the sources of another question."""
    html = panel([_exchange(ARTICLE), Exchange("again?", error="no")])
    latest = html.partition('<section class="sources-of" data-exchange="2">')[2]
    assert '<p class="note">This question has no answer.</p>' in latest
    assert "<article" not in latest


def test_the_whole_article_begins_with_its_first_word() -> None:
    """The blank line that front matter leaves is not shown."""
    assert (
        article_text(Article("a.md", "A", "\n\nText.\n"), 1, "")
        == '<span class="piece">Text.\n</span>'
    )


def test_the_whole_article_is_marked() -> None:
    """The reading view holds the complete text with the quotes marked where the spans say."""
    html = article_text(
        ARTICLE, 4, f"1:{_START}:{_START + len(QUOTE)}:{zlib.crc32(QUOTE.encode())}"
    )
    assert _marks(html) == [QUOTE]
    assert 'data-place="cite-4-1"' in html
    assert re.sub(r"<[^>]*>", "", html).replace("1" + QUOTE, QUOTE) == ARTICLE.text


@pytest.mark.parametrize(
    "spans",
    [
        "",
        "nonsense",
        "1:5:5",
        "1:9:3",
        "0:1:2",
        "1:0:999999999",
        "1:-1:4",
        "<script>",
        "1:2",
        "1:0:4",
        "1:0:4:x",
    ],
)
def test_spans_from_the_browser_are_not_trusted(spans: str) -> None:
    """Spans that do not fit the article mark nothing, and nothing of them reaches the page."""
    html = article_text(Article("a.md", "A", "Text."), 1, spans)
    assert html == '<span class="piece">Text.</span>'


@pytest.mark.parametrize(
    "spans", ["1:5:5:0", "1:9:3:0", "0:0:4:0", "1:0:999999999:0", "1:0:4:9999999999", "1:0:4:7"]
)
def test_a_changed_article_is_said_to_have_changed(spans: str) -> None:
    """Where the article has other words than were quoted nothing is marked, and the reader is told why."""
    html = article_text(Article("a.md", "A", "Text."), 1, spans)
    assert html.startswith('<p class="note">This article has changed')
    assert html.endswith('</p><span class="piece">Text.</span>')


def test_spans_without_end_are_cut_off() -> None:
    """A request for a hundred thousand marks is answered with no more than an answer could have."""
    text = "Text."
    spans = f"1:0:5:{zlib.crc32(text.encode())} " * 100_000
    assert article_text(Article("a.md", "A", text), 1, spans).count('class="number"') == MAX_SPANS


def test_an_article_without_a_title_is_named_by_its_id() -> None:
    """Neither a card nor a marker is left without a name."""
    untitled = dataclasses.replace(ARTICLE, title="")
    exchange = _exchange(untitled)
    assert exchange.answer is not None
    assert '<h3 dir="auto">lock &amp; key.md</h3>' in panel([exchange])
    marker = macro("macros.html", "marker", exchange.answer.citations[0], 1)
    assert 'aria-label="Source 1: lock &amp; key.md"' in marker


def test_an_excerpt_without_spaces_is_cut_anyway() -> None:
    """Around a quote in an endless word the context keeps its length."""
    text = "x" * 5_000 + QUOTE + "y" * 5_000
    html = panel([_exchange(Article("a.md", "A", text))])
    assert _marks(html) == [QUOTE]
    assert html.count("x" * CONTEXT_CHARS) == 1
    assert "x" * (CONTEXT_CHARS + 1) not in html


def test_a_citation_keeps_its_place_when_its_article_is_gone() -> None:
    """The marker of an answer still leads to the quote."""
    exchange = _exchange(ARTICLE, known=False)
    assert exchange.answer is not None
    assert isinstance(exchange.answer.citations[0], Citation)
    assert 'data-place="cite-1-1"' in panel([exchange])


def test_an_article_is_read_by_its_id() -> None:
    """The request that the page sends returns the text."""
    assert "harbour master" in read_article(_PIPELINE, [ARTICLE.id, 1, ""])


@pytest.mark.parametrize("request_", _ODD, ids=repr)
def test_what_is_no_request_is_refused(request_: Any) -> None:
    """Arguments of any other type or number get a sentence, not an error in the server."""
    assert read_article(_PIPELINE, request_) == "This article cannot be opened."


def test_a_path_is_no_article() -> None:
    """Only ids of the index open anything, and one that is not there comes back as text."""
    assert read_article(_PIPELINE, ["/etc/passwd", 1, ""]) == "passwd: there is no such article"
    assert read_article(_PIPELINE, ["<img src=x>", 1, ""]).startswith("&lt;img src=x&gt;:")


def test_a_fault_tells_no_secrets() -> None:
    """An unexpected error reaches the browser only as a fixed sentence."""

    def fail() -> FakePipeline:
        raise RuntimeError("at /secret/place line 7")

    assert read_article(LazyPipeline(fail), [ARTICLE.id, 1, ""]) == "This article cannot be opened."

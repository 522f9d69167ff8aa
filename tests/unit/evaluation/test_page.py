"""The report as a page: what it shows, what it leaves out, and that nothing in it can act."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from qa.evaluation.corpus import Corpus
from qa.evaluation.failures import Failure
from qa.evaluation.metrics import METRICS, summarise
from qa.evaluation.page import html, write_report
from qa.evaluation.page.outcomes import outcomes, pieces, wrong_answers
from qa.evaluation.page.plots import (
    BOTTOM,
    LEFT,
    RIGHT,
    TOP,
    Frame,
    plots,
    round_axis,
    share_axis,
)
from qa.evaluation.questions import GoldSpan
from qa.evaluation.result import CitedSpan, Estimate, HitSpan, Result, Row
from qa.types import Turn
from tests.unit.evaluation.evaluation_builders import make_row

HOSTILE = (
    '<script>alert(1)</script><img src="https://evil.example/x" onerror="alert(2)">\u202e\ud800"\'&'
)
TEXT = "The bridge was closed. Lena Varga ordered it on Monday. Nobody was hurt. " * 8
GOLD = GoldSpan("a", 23, 33)
RECORDS = {
    "a": {"id": "a", "title": "A bridge", "text": TEXT},
    "b": {"id": "b", "text": "The ferry runs."},
}
CORPUS = Corpus(RECORDS)
FOUND, OTHER = HitSpan("a", 0, 72, 0.9), HitSpan("b", 0, 15, 0.5)
ROWS = (
    make_row(
        "missed",
        question="Who closed it?",
        answers=("Lena Varga",),
        answerable=True,
        relevant=(GOLD,),
        hits=(OTHER,),
        scores={"recall@10": 0.0, "f1": 0.0},
    ),
    make_row(
        "right",
        question="Who ordered it?",
        answers=("Lena Varga",),
        answerable=True,
        relevant=(GOLD,),
        hits=(OTHER, FOUND),
        abstained=False,
        short="Lena Varga",
        confidence=0.9,
        citations=(CitedSpan("a", 23, 55, TEXT[23:55], valid=True),),
        scores={"recall@10": 1.0, "f1": 1.0, "quote_contains_answer": 1.0},
    ),
    make_row(
        "invented",
        question="Who paid?",
        answerable=False,
        hits=(FOUND,),
        abstained=False,
        short="Nobody",
        confidence=0.4,
        citations=(CitedSpan("a", 0, 9, "No such text", valid=False),),
    ),
    make_row("silent", question="Who won?", answerable=False),
)


def result_of(*rows: Row, **values: Any) -> Result:
    """Return a result of rows."""
    return Result(
        "river", False, "abc123", {"reader_top_k": 4, "llm": ""}, 2, summarise(rows), rows, **values
    )


class Page(HTMLParser):
    """What a browser would make of a page: its tags with attributes, and its texts by the tag around them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.texts.append((self.tags[-1][0] if self.tags else "", data))


def test_every_metric_has_a_meaning() -> None:
    """Whoever adds a metric says in one line what it means."""
    assert [
        name
        for name, metric in METRICS.items()
        if not metric.title or not metric.counts or not 0 < len(metric.meaning) < 80
    ] == []


def test_outcomes_add_up() -> None:
    """Each question ends one way, and the shares are of all of them."""
    found = {one.key: one.count for one in outcomes(ROWS, CORPUS.texts())}
    assert found == {
        "right": 1,
        "rightly-silent": 1,
        "not-retrieved": 1,
        "not-read": 0,
        "wrong-span": 0,
        "should-have-abstained": 1,
        "should-have-answered": 0,
    }
    assert [one.key for one in outcomes((make_row(),), {})][-1] == "not-judged"


def test_gold_is_marked_exactly() -> None:
    """The pieces of a passage are its text, and those of gold spans and quotes are just these."""
    row = dataclasses.replace(ROWS[1], relevant=(GOLD, GoldSpan("a", 28, 44), GoldSpan("b", 0, 3)))
    found = list(pieces(TEXT, FOUND, row))
    assert "".join(piece.text for piece in found) == TEXT[:72]
    assert "".join(piece.text for piece in found if piece.gold) == TEXT[23:44]
    assert "".join(piece.text for piece in found if piece.cited) == TEXT[23:55]


def test_without_spans_the_words_of_the_answer_are_marked() -> None:
    """Where gold is articles, a gold answer is marked in them as whole words, and nowhere else."""
    row = dataclasses.replace(
        ROWS[1], relevant=(), relevance={"a": 1}, answers=("lena varga", "day")
    )
    assert [piece.text for piece in pieces(TEXT, FOUND, row) if piece.gold] == ["Lena Varga"]
    assert [piece.gold for piece in pieces("lena varga", HitSpan("b", 0, 10, 1.0), row)] == [False]


def test_a_wrong_answer_shows_what_was_missed() -> None:
    """Gold that was not found is shown in its own words with some text around; invented quotes are named so."""
    missed, invented = wrong_answers(result_of(*ROWS), RECORDS, CORPUS.texts())
    assert (missed.kind, invented.kind) == (Failure.NOT_RETRIEVED, Failure.SHOULD_HAVE_ABSTAINED)
    (place,) = missed.missed
    assert (place.title, [piece.text for piece in place.pieces if piece.gold]) == (
        "A bridge",
        ["Lena Varga"],
    )
    assert len("".join(piece.text for piece in place.pieces)) < len(TEXT)
    assert [(quote.valid, quote.pieces[0].text) for quote in invented.quotes] == [
        (False, "No such text")
    ]
    assert [(hit.rank, hit.gold, hit.read) for hit in missed.passages] == [(1, False, True)]


def test_a_plot_without_figures_is_left_out() -> None:
    """Without gold there is no recall, without a judged answer no confidence; without questions nothing."""
    assert [plot.key for plot in plots(ROWS)] == [
        "recall",
        "risk-coverage",
        "calibration",
        "latency",
    ]
    assert [plot.key for plot in plots([make_row()])] == ["latency"]
    assert plots([]) == []


def test_plots_stay_within_their_axes() -> None:
    """Every point lies in the frame, also where one question took far longer than the others."""
    rows = [dataclasses.replace(row, seconds=0.1) for row in ROWS * 10] + [make_row(seconds=60.0)]
    for plot in plots(rows):
        numbers = re.findall(r"([\d.]+) ([\d.]+)", " ".join(line.path for line in plot.lines))
        points = [(float(x), float(y)) for x, y in numbers] + [(dot.x, dot.y) for dot in plot.dots]
        assert [
            point
            for point in points
            if not (LEFT <= point[0] <= RIGHT and TOP <= point[1] <= BOTTOM)
        ] == []
        assert plot.figures
        assert {len(figures) for figures in plot.figures} == {len(plot.columns)}


@pytest.mark.parametrize(
    ("high", "top", "step"),
    [(5.32, 6, 1), (0.0432, 0.05, 0.01), (1, 1, 0.2), (12, 12, 2), (0, 0.001, 0.0002)],
)
def test_ticks_are_round(high: float, top: float, step: float) -> None:
    """An axis ends at a round value that is not below the highest, with at most seven ticks."""
    axis = round_axis("seconds", high)
    assert (axis.low, axis.high, axis.ticks[1]) == pytest.approx((0, top, step))
    assert len(axis.ticks) <= 7


def test_values_lie_where_the_axes_say() -> None:
    """Zero is at the lower left of the frame, and the ends at the upper right."""
    frame = Frame(share_axis("x"), share_axis("y"))
    assert frame.path([(0, 0), (1, 1)]) == f"M{LEFT}.0 {BOTTOM}.0L{RIGHT}.0 {TOP}.0"


def hostile() -> tuple[Result, Corpus]:
    """Return a result in which every text is an attack."""
    row = dataclasses.replace(
        ROWS[0],
        id=HOSTILE,
        question=HOSTILE,
        answers=(HOSTILE,),
        relevant=(GoldSpan("a", 3, 9),),
        history=(Turn("user", HOSTILE),),
        text=HOSTILE,
        short=HOSTILE,
        abstained=False,
        citations=(CitedSpan("b", 0, 5, HOSTILE, valid=False),),
    )
    records = {key: {"id": key, "title": HOSTILE, "text": HOSTILE} for key in "ab"}
    result = dataclasses.replace(
        result_of(row), set=HOSTILE, where=HOSTILE, settings={"llm": HOSTILE}
    )
    return dataclasses.replace(result, metrics={HOSTILE: Estimate(0.5, 0.1, 0.9, 1)}), Corpus(
        records
    )


def test_hostile_texts_are_only_text() -> None:
    """Titles, articles, questions, answers, ids and settings that are markup are shown, and make no element."""
    plain, attacked = Page(html(result_of(*ROWS[:1]), CORPUS)), Page(html(*hostile()))
    kinds = {tag for tag, _ in plain.tags} | {"b", "blockquote"}
    assert {tag for tag, _ in attacked.tags} - kinds <= {"ol"}
    attributes = {name for _, values in attacked.tags for name in values}
    assert {
        name for name in attributes if name.startswith("on") or name in {"src", "srcdoc", "style"}
    } == set()
    assert sum(tag == "script" for tag, _ in attacked.tags) == 1
    assert sum("onerror" in text for _, text in attacked.texts) >= 10


def test_the_page_needs_nothing_else() -> None:
    """No address of another host is in it, and its policy lets only its own style and script do anything."""
    text = html(result_of(*ROWS), CORPUS)
    page = Page(text)
    links = [
        value
        for _, values in page.tags
        for name, value in values.items()
        if name in {"href", "src", "action"}
    ]
    assert links
    assert [link for link in links if not (link or "").startswith("#")] == []
    assert re.findall(r"https?://|@import|url\(", text) == []
    (policy,) = [values["content"] for tag, values in page.tags if values.get("http-equiv")]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    """The folder is made, and holds one file."""
    path = write_report(result_of(*ROWS), CORPUS, tmp_path / "deep" / "er")
    assert path == tmp_path / "deep" / "er" / "report.html"
    assert list(path.parent.iterdir()) == [path]
    assert '<h1 dir="auto">river</h1>' in path.read_text(encoding="utf-8")


def test_a_set_without_a_wrong_answer_says_so() -> None:
    """With nothing to browse there is no filter."""
    text = html(result_of(ROWS[1]), CORPUS)
    assert '<p class="lead">None.</p>' in text
    assert 'id="tools"' not in text

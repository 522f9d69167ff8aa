"""The page where drafted questions are reviewed, each beside its article."""

from __future__ import annotations

import itertools
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr

from qa.chat.highlighting import Segment
from qa.chat.rendering import render
from qa.chat.serving import launch
from qa.errors import QAError
from qa.evaluation.review import Content, Entry, Review, places
from qa.text import Span

STYLES = ("page.css", "sources.css", "review.css")
_TITLE = "Review questions"
_FAILED = "Something went wrong, and nothing was changed. The server's log has the details."
_STATES = {"open": "to review", "accepted": "accepted", "discarded": "discarded"}
# Characters of context on either side of a place where the answer occurs.
_CONTEXT_CHARS = 30

_log = logging.getLogger(__name__)


def build_review(review: Review) -> gr.Blocks:
    """Return the review as a Gradio app that is ready to launch."""

    def act(request: object) -> dict[str, str]:
        return respond(review, request)

    blocks = gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True)
    script = files("qa.chat") / "assets" / "review.js"
    with blocks, gr.Column(elem_id="page", elem_classes="reviewing"):
        gr.HTML(
            render("review.html", title=_TITLE),
            apply_default_css=False,
            elem_id="review",
            js_on_load=script.read_text(encoding="utf-8"),
            server_functions=[act],
        )
    return blocks


def launch_review(blocks: gr.Blocks, *, host: str, port: int) -> None:
    """Serve a review until it is interrupted.

    Raises:
        QAError: the port is taken.
    """
    launch(blocks, host=host, port=port, styles=STYLES, scripts=())


def respond(review: Review, request: object) -> dict[str, str]:
    """Perform one action of the page, and return what changes on it.

    Args:
        review: that the page shows.
        request: an object with an `action`; it comes from the browser and may be anything.

    Returns:
        The new `html`, if another state or question is to be shown, and a short confirmation as
        `done`; or only a `message` that says why nothing was done.
    """
    try:
        values = request if isinstance(request, dict) else {}
        shown, message = _act(review, str(values.get("action")), values)
        return (
            {"done": message} if shown is None else {"html": _page(review, shown), "done": message}
        )
    except (QAError, OSError) as error:
        return {"message": str(error)}
    except Exception:  # noqa: BLE001 - the page must get an answer whatever happens
        _log.exception("an action of the review page failed")
        return {"message": _FAILED}


def _act(review: Review, action: str, values: dict[str, Any]) -> tuple[str | None, str]:
    """Return the id of the question to show, None to change nothing, and a confirmation."""
    identifier = str(values.get("id", ""))
    if action == "add":
        return review.add(_article_id(review, values)), ""
    if action == "open":
        return identifier or _next_open(review, ""), ""
    if action == "move":
        review.move(identifier, _article_id(review, values))
        return identifier, ""
    if action == "discard":
        review.discard(identifier)
        return _next_open(review, identifier), "Discarded."
    content = _content(values, answerable=action != "unanswerable")
    if action in {"accept", "unanswerable"}:
        review.accept(identifier, content)
        return _next_open(review, identifier), "Accepted."
    review.save(identifier, content)
    return (identifier, "Saved.") if action == "mark" else (None, "Saved.")


def _content(values: dict[str, Any], *, answerable: bool) -> Content:
    spans = tuple((int(start), int(end)) for start, end in values.get("spans", ()))
    answers = tuple(str(values.get("answers", "")).split("\n"))
    drafted = answerable and (
        bool(spans) or any(map(str.strip, answers)) or bool(values.get("answerable"))
    )
    return Content(str(values.get("question", "")), answers, spans, drafted)


def _article_id(review: Review, values: dict[str, Any]) -> str:
    wanted = str(values.get("article", ""))
    return wanted if wanted in review.articles else next(iter(review.articles))


def _next_open(review: Review, after: str) -> str:
    """Return the id of the first unreviewed question after another, else of the next question."""
    entries = review.entries()
    at = next((number for number, entry in enumerate(entries) if entry.id == after), -1)
    ahead = entries[at + 1 :] + entries[: at + 1]
    return next(
        (entry.id for entry in ahead if entry.state == "open"), ahead[0].id if ahead else ""
    )


def _page(review: Review, identifier: str) -> str:
    """Return the page for one question, or for a set that has none."""
    entries = review.entries()
    if not entries:
        return render("review_empty.html", article_id=next(iter(review.articles)))
    shown = review.entry(identifier)
    article = review.articles[shown.article_id]
    at = next(number for number, entry in enumerate(entries) if entry.id == shown.id)
    return render(
        "review_question.html",
        entries=entries,
        states=_STATES,
        done=sum(entry.state != "open" for entry in entries),
        accepted=sum(entry.state == "accepted" for entry in entries),
        previous=entries[at - 1].id,
        following=entries[(at + 1) % len(entries)].id,
        folder=str(review.folder),
        shown=shown,
        spans=json.dumps(shown.content.spans),
        article=article,
        articles=review.articles.values(),
        segments=_segments(article.text, shown.content.spans),
        occurrences=_occurrences(shown, article.text),
    )


def _segments(text: str, spans: Sequence[Span]) -> list[Segment]:
    """Return a text cut where a span starts or ends; all characters are kept."""
    cuts = sorted({0, len(text), *itertools.chain(*spans)})
    return [
        Segment(text[start:end], any(s <= start < e for s, e in spans))
        for start, end in itertools.pairwise(cuts)
    ]


@dataclass(frozen=True, slots=True)
class _Occurrence:
    """A place where an answer occurs in the article, with its context; `chosen` if it is marked."""

    start: int
    end: int
    before: str
    text: str
    after: str
    chosen: bool


def _occurrences(entry: Entry, text: str) -> list[_Occurrence]:
    """Return where the answers occur: the reviewer decides which of them count."""
    content = entry.content
    if not content.answerable:
        return []
    return [
        _Occurrence(
            start,
            end,
            text[max(0, start - _CONTEXT_CHARS) : start].rpartition("\n")[2],
            text[start:end],
            text[end : end + _CONTEXT_CHARS].partition("\n")[0],
            (start, end) in content.spans,
        )
        for start, end in sorted({*places(text, content.answers), *content.spans})
    ]

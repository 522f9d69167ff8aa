"""The page where drafts of questions are reviewed: a question, its article, and a click for each decision."""

from __future__ import annotations

import logging
import os
from importlib.resources import files
from typing import Any

# Gradio reads this when it is imported; the page must not call any other host.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr

from qa.chat.review_markup import desk, empty
from qa.chat.serving import launch
from qa.errors import QAError
from qa.evaluation.contents import Content
from qa.evaluation.review import Entry, Review

_TITLE = "Review questions"
STYLES = ("page.css", "sources.css", "review.css")
_FAILED = "Something went wrong, and nothing was changed. The server's log has the details."

_log = logging.getLogger(__name__)


def build_review(review: Review) -> gr.Blocks:
    """Return the review as a Gradio app that is ready to launch."""

    def act(request: object) -> dict[str, str]:
        return respond(review, request)

    blocks = gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True)
    with blocks, gr.Column(elem_id="page", elem_classes="reviewing"):
        gr.HTML(
            f'<header class="masthead"><h1>{_TITLE}</h1><p>Only what you accept is asked by <code>qa eval</code>.</p>'
            '</header><div class="desk"><p class="note" role="status">Opening…</p></div>',
            apply_default_css=False,
            elem_id="review",
            js_on_load=_asset("review.js"),
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
    """Do what the page asks for, and return what changes on it: its `html`, and beside the question what was `done`.

    Where nothing could be done, a `message` beside the question says why.

    The request is an object with an `action`; it comes from the browser and may be anything.
    """
    try:
        values = request if isinstance(request, dict) else {}
        shown, message = _done(review, str(values.get("action")), values)
        return {"done": message} if shown is None else {"html": _page(review, shown), "done": message}
    except (QAError, OSError) as error:
        return {"message": str(error)}
    except Exception:  # noqa: BLE001 - this is a border: the page stays up whatever happened
        _log.exception("a step of the review failed")
        return {"message": _FAILED}


def _done(review: Review, action: str, values: dict[str, Any]) -> tuple[str | None, str]:
    """Do one step; return the id of the question to show (None: the one that is shown, as it is) and a message."""
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
    spans = [(int(start), int(end)) for start, end in values.get("spans", ())]
    answers = tuple(str(values.get("answers", "")).split("\n"))
    drafted = answerable and (bool(spans) or any(map(str.strip, answers)) or bool(values.get("answerable")))
    return Content(str(values.get("question", "")), answers, tuple(spans), drafted)


def _article_id(review: Review, values: dict[str, Any]) -> str:
    wanted = str(values.get("article", ""))
    return wanted if wanted in review.articles else next(iter(review.articles))


def _next_open(review: Review, after: str) -> str:
    """Return the id of the first question behind another that is not reviewed yet, else of the next one."""
    entries = review.entries()
    at = next((number for number, entry in enumerate(entries) if entry.id == after), -1)
    ahead = entries[at + 1 :] + entries[: at + 1]
    return next((entry.id for entry in ahead if entry.state == "open"), ahead[0].id if ahead else "")


def _page(review: Review, identifier: str) -> str:
    entries = review.entries()
    if not entries:
        return empty(list(review.articles))
    shown: Entry = review.entry(identifier)
    return desk(entries, shown, review.articles, str(review.folder))


def _asset(name: str) -> str:
    return (files("qa.chat") / "assets" / name).read_text(encoding="utf-8")

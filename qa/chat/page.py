"""The page: its parts, and what happens when someone asks."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

# Gradio reads this when it is imported; the chat must not call any other host.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr

from qa.chat.catalogue import count
from qa.chat.conversation import conversation
from qa.chat.desk import Desk
from qa.chat.examples import Examples
from qa.chat.frame import BOX, DIALOGS, HEADER, READER, TALKS, TITLE
from qa.chat.library import Library
from qa.chat.markup import inline
from qa.chat.opening import Answerer, Opening
from qa.chat.reading import read
from qa.chat.requests import Asked, Talk, parse
from qa.chat.shelves import Shelves, library_panel
from qa.chat.sources import panel
from qa.errors import IndexNotFoundError, IndexStaleError, QAError

# Visitors whose questions are worked on at once; the others wait in Gradio's queue.
CONCURRENCY = 8

_OPENING = '<p class="note" role="status">Opening the index…</p>'
# What happens in the browser is in assets/: this hands it what only a component of Gradio is given.
_CONNECT = "window.qaConnect(trigger, server);"

_log = logging.getLogger(__name__)


def build(source: Answerer | Callable[[], Answerer], folder: Path | None = None) -> gr.Blocks:
    """Return the chat as a Gradio app that is ready to launch.

    Args:
        source: an open pipeline, or a function that opens one; it is called again until it succeeds.
        folder: where conversations, feedback and added articles are kept; by default in a temporary folder that goes
            when the program ends.
    """
    opening = Opening(source)
    passing = None if folder else tempfile.TemporaryDirectory(prefix="qa-chat-")
    kept = folder or Path(passing.name)  # type: ignore[union-attr]  # one of both is there
    desk, shelves = Desk(opening, kept), Shelves(opening, Library(opening, kept / "articles"))
    chat = gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True)
    chat.passing = passing  # type: ignore[attr-defined]  # the folder lives as long as the app
    with chat, gr.Column(elem_id="page"):
        _html(HEADER)
        notice = _html(_OPENING, "notice")
        with gr.Row(elem_id="room"):
            _html(TALKS, "talks")
            with gr.Column(elem_id="talk", scale=3, min_width=0):
                transcript = _html(conversation(()), "transcript")
                tries = _html("", "examples")
                box = _box(opening, desk, shelves)
            with gr.Column(elem_id="evidence", scale=2, min_width=0):
                _html('<h2 class="panel-title">Sources</h2>')
                sources = _html(panel(()), "sources")
                _html(READER, "reader")
        _html(library_panel(), "library")
        _html(DIALOGS)
        _wire(chat, opening, desk, (notice, transcript, tries, box, sources))
    return chat


def _html(html: str, name: str | None = None) -> gr.HTML:
    return gr.HTML(html, apply_default_css=False, elem_id=name)


def _box(opening: Opening, desk: Desk, shelves: Shelves) -> gr.HTML:
    """Return the question box; it is also what the browser's script calls the server by."""

    def read_article(request: object) -> str:
        return read(opening, request)

    return gr.HTML(
        BOX,
        apply_default_css=False,
        elem_id="question",
        js_on_load=_CONNECT,
        server_functions=[read_article, *desk.functions(), *shelves.functions()],
    )


def _wire(blocks: gr.Blocks, opening: Opening, desk: Desk, parts: tuple[Any, ...]) -> None:
    notice, transcript, tries, box, sources = parts
    tried = Examples()

    def arrive() -> Iterator[list[Any]]:
        yield from _arrive(opening, tried)

    def ask(event: gr.EventData) -> Iterator[list[Any]]:
        beside = None
        for state in desk.ask(parse(Asked, event._data)):  # noqa: SLF001 - the whole of what was sent
            reading = state[-1].reading if state else None
            found = reading is not None and reading is not beside and bool(reading.hits)
            beside = reading
            yield [conversation(state), panel(state) if found or not state or state[-1].finished else gr.skip()]

    def reopen(event: gr.EventData) -> list[str]:
        exchanges = desk.open(parse(Talk, event._data))  # noqa: SLF001 - the whole of what was sent
        return [conversation(exchanges), panel(exchanges)]

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "trigger_mode": "multiple"}
    blocks.load(arrive, None, [notice, tries], **quiet)
    # The browser's script sends one question after the other. It is told when each is done with, whatever became of it.
    asked = box.submit(ask, None, [transcript, sources], **quiet)
    asked.then(None, None, None, js="() => window.qaDone()", **quiet)
    asked.then(arrive, None, [notice, tries], **quiet)
    box.select(reopen, None, [transcript, sources], **quiet)
    box.change(arrive, None, [notice, tries], **quiet)


def _arrive(opening: Opening, tried: Examples) -> Iterator[list[Any]]:
    """Yield the notice and the example questions: for a new visitor, and again when they may have changed."""
    try:
        pipeline = opening.pipeline()
        notice = f'<p class="note">{count(pipeline.index.catalogue())}</p>{_mode(pipeline.writer)}'
        yield [notice, gr.skip()]
        yield [notice, "".join(map(_example, tried.of(pipeline)))]
    except QAError as error:
        yield [_friendly(error), ""]
    except Exception:  # noqa: BLE001 - this is a border: the page stays up whatever happened
        _log.exception("the chat could not be made ready")
        yield [_notice("Something went wrong while the chat was made ready. The server's log has the details."), ""]


def _mode(writer: str) -> str:
    """Return the switch between written and quoted answers, where a chat model could write."""
    if not writer:
        return ""
    return (
        '<p class="note mode"><label class="check"><input type="checkbox" data-quotes>'
        f"<span>Quote the articles only; else {inline(writer)} writes, and each sentence is checked</span></label></p>"
    )


def _example(question: str) -> str:
    shown = escape(question)
    return f'<button type="button" class="example" dir="auto" data-ask="{shown}">{inline(question)}</button>'


def _friendly(error: QAError) -> str:
    message = f"<p>{inline(str(error))}</p>"
    if not isinstance(error, IndexNotFoundError | IndexStaleError):
        return _notice(message)
    return _notice(
        f"<p><strong>The articles are not ready yet.</strong></p>{message}"
        "<p>In a terminal, run <code>qa index</code> with the folder of your articles, such as "
        "<code>qa index corpus/</code>, or <code>make app</code> for the sample articles. "
        "Then ask your question here: nothing needs restarting.</p>"
    )


def _notice(html: str) -> str:
    return f'<div class="notice" role="status">{html}</div>'

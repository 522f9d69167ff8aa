"""The page: its parts, and what happens when someone asks."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

# Gradio reads this when it is imported; the chat must not call any other host.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr

from qa.chat.asking import Exchange, converse
from qa.chat.conversation import conversation
from qa.chat.examples import WANTED, Examples
from qa.chat.markup import inline
from qa.chat.opening import Answerer, Opening
from qa.chat.sources import panel, whole
from qa.errors import IndexNotFoundError, IndexStaleError, QAError
from qa.text import has_surrogates
from qa.types import Article

# Visitors whose questions are worked on at once; the others wait in Gradio's queue.
CONCURRENCY = 8

_TITLE = "Ask the articles"
_HEADER = (
    f'<header class="masthead"><h1>{_TITLE}</h1>'
    "<p>Short answers, each tied to the exact words of an article.</p></header>"
)
_OPENING = '<p class="note" role="status">Opening the index…</p>'
_UNREADABLE = "This article cannot be opened."
# Each part's own script: what a click inside it does. The shared one is assets/chat.js.
_READ_ON_OPEN = "window.qaReading(element, server);"

_log = logging.getLogger(__name__)


def build(source: Answerer | Callable[[], Answerer]) -> gr.Blocks:
    """Return the chat as a Gradio app that is ready to launch.

    Args:
        source: an open pipeline, or a function that opens one; it is called again until it succeeds.
    """
    opening = Opening(source)
    chat = gr.Blocks(title=_TITLE, analytics_enabled=False, fill_width=True)
    with chat, gr.Column(elem_id="page"):
        gr.HTML(_HEADER, apply_default_css=False)
        notice = gr.HTML(_OPENING, apply_default_css=False, elem_id="notice")
        past = gr.State(())
        with gr.Row(elem_id="room"):
            with gr.Column(elem_id="talk", scale=3, min_width=0):
                transcript = gr.HTML(conversation(()), apply_default_css=False, elem_id="transcript")
                tries = _example_buttons()
                box = _question_box()
            with gr.Column(elem_id="evidence", scale=2, min_width=0):
                gr.HTML('<h2 class="panel-title">Sources</h2>', apply_default_css=False)
                sources = _sources(opening)
        _wire(chat, opening, (notice, past, transcript, box, sources, tries))
    return chat


def _question_box() -> gr.Textbox:
    return gr.Textbox(
        label="Your question",
        show_label=False,
        placeholder="Ask a question, then press Enter",
        lines=1,
        max_lines=6,
        submit_btn="Ask",
        autofocus=True,
        elem_id="question",
        html_attributes=gr.InputHTMLAttributes(autocapitalize="sentences", spellcheck=True),
    )


def _example_buttons() -> list[gr.Button]:
    """Return hidden buttons: what they say is known once the index is open."""
    with gr.Row(elem_id="examples"):
        return [gr.Button(visible=False, size="sm", elem_classes="example") for _ in range(WANTED)]


def _sources(opening: Opening) -> gr.HTML:
    def read_article(request: object) -> str:
        return _read(opening, request)

    return gr.HTML(
        panel(()),
        apply_default_css=False,
        elem_id="sources",
        js_on_load=_READ_ON_OPEN,
        server_functions=[read_article],
    )


def _wire(blocks: gr.Blocks, opening: Opening, parts: tuple[Any, ...]) -> None:
    notice, past, transcript, box, sources, tries = parts
    tried = Examples()

    def arrive(exchanges: tuple[Exchange, ...]) -> Iterator[list[Any]]:
        yield from _arrive(opening, None if exchanges else tried)

    def ask(question: object, exchanges: tuple[Exchange, ...]) -> Iterator[dict[Any, Any]]:
        for frame in converse(opening, exchanges, question if isinstance(question, str) else ""):
            # Nothing but blanks was asked: what is on the page, and opened there, stays.
            yield {box: ""} if len(frame) == len(exchanges) else _frame(frame, parts)

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    outputs = [past, transcript, box, sources, *tries]
    blocks.load(arrive, past, [notice, *tries], **quiet)
    # A question sent while an answer is on its way waits for its turn; a second Enter finds the box empty by then.
    # A second click on an example is no second question.
    asking = [(box.submit, box, "always_last"), *((button.click, button, "once") for button in tries)]
    for trigger, question, mode in asking:
        asked = trigger(ask, [question, past], outputs, trigger_mode=mode, **quiet)
        asked.then(arrive, past, [notice, *tries], **quiet)


def _frame(exchanges: tuple[Exchange, ...], parts: tuple[Any, ...]) -> dict[Any, Any]:
    """Return what changes on the page for one state of the conversation."""
    _, past, transcript, box, sources, tries = parts
    frame: dict[Any, Any] = {past: exchanges, transcript: conversation(exchanges)}
    if not exchanges[-1].text and not exchanges[-1].finished:
        frame |= {box: "", **{button: gr.Button(visible=False) for button in tries}}
    if exchanges[-1].finished:
        frame[sources] = panel(exchanges)
    return frame


def _arrive(opening: Opening, tried: Examples | None) -> Iterator[list[Any]]:
    """Yield the notice and the example buttons: for a new visitor, and again after each question."""
    hidden = [gr.Button(visible=False)] * WANTED
    try:
        pipeline = opening.pipeline()
        notice = _counts(pipeline.index.articles())
        yield [notice, *hidden]
        if tried:
            buttons = [gr.Button(question, visible=True) for question in tried.of(pipeline)]
            yield [notice, *buttons, *hidden[len(buttons) :]]
    except QAError as error:
        yield [_friendly(error), *hidden]
    except Exception:  # noqa: BLE001 - this is a border: the page stays up whatever happened
        _log.exception("the chat could not be made ready")
        yield [
            _notice("Something went wrong while the chat was made ready. The server's log has the details."),
            *hidden,
        ]


def _counts(articles: Sequence[Article]) -> str:
    outlets = {article.source for article in articles if article.source}
    count = f"{len(articles):,} article{'' if len(articles) == 1 else 's'}"
    sources = f" from {len(outlets)} outlets" if len(outlets) > 1 else ""
    return f'<p class="note">{count}{sources}</p>'


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


def _read(opening: Opening, request: object) -> str:
    """Return the whole text of an article for the reading view; an error reads as a sentence there.

    The request is [article id, number of the exchange, spans]; it comes from the browser and may be anything.
    """
    try:
        match request:
            case [str(article_id), int(exchange), str(spans)] if not has_surrogates(article_id):
                return whole(opening.pipeline().index.article(article_id), exchange, spans)
    except QAError as error:
        return escape(str(error))
    except Exception:  # noqa: BLE001 - this is a border, too
        _log.exception("an article could not be opened")
    return _UNREADABLE

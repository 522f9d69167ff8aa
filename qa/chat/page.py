"""The page: its parts, and what happens when someone asks."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from qa.chat.account import AccountView
from qa.chat.api import publish
from qa.chat.conversation import conversation
from qa.chat.conversation_view import ConversationView
from qa.chat.greeting import Examples, greeting
from qa.chat.i18n import N_, messages_of_scripts
from qa.chat.library_view import LibraryView, library_panel
from qa.chat.page_language import LocalisedBlocks, language_of, localised, told_in_language
from qa.chat.rendering import macro, render
from qa.chat.sources import panel, read_article
from qa.conversations.lazy_pipeline import LazyPipeline, QuestionAnswerer
from qa.conversations.updating import Updater
from qa.server.access import DEFAULT
from qa.server.backend import Backend
from qa.server.functions import permitted
from qa.server.metrics import Metrics
from qa.server.observing import observer

TITLE = N_("Ask the articles")
# Questions that are worked on at once; the others wait in Gradio's queue.
CONCURRENCY = 8

# What happens in the browser is in assets/: this gives it what only a Gradio component gets.
_CONNECT = "window.qaConnect(trigger, server);"
_PATCH = "watch('value', () => window.qaPatch('{name}', props.value));"
_QUIET: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "trigger_mode": "multiple",
}


Source = QuestionAnswerer | Callable[[], QuestionAnswerer]


def build(  # noqa: PLR0913 - by keyword, all but the first two
    source: Source,
    folder: Path | None = None,
    *,
    read_only: bool = False,
    addresses: bool = False,
    updater: Updater | None = None,
    log_questions: bool = False,
    collections: Collection[str] = (DEFAULT,),
    metrics: Metrics | None = None,
) -> gr.Blocks:
    """Return the chat as a Gradio app that is ready to launch.

    Args:
        source: an open pipeline, or a function that opens one; it is called again until it
            succeeds.
        folder: where conversations, feedback and added articles are stored; by default a temporary
            folder that is deleted when the program ends.
        read_only: whether articles can be neither added nor removed.
        addresses: whether visitors may have articles fetched from the web.
        updater: brings the index up to date; by default this process.
        log_questions: whether questions are logged.
        collections: names of those that the service has, to choose from.
        metrics: what is counted; by default what happens with this collection.
    """
    metrics = metrics or Metrics()
    pipeline = LazyPipeline(source, observe=observer(metrics, questions=log_questions))
    temporary = None if folder else tempfile.TemporaryDirectory(prefix="qa-chat-")
    stored = folder or Path(temporary.name)  # type: ignore[union-attr]  # one of both is there
    backend = Backend.over(
        pipeline, stored, metrics, read_only=read_only, addresses=addresses, updater=updater
    )
    chat = _page(backend, AccountView(collections))
    chat.temporary = temporary  # type: ignore[attr-defined]  # the folder lives as long as the app
    chat.backend = backend  # type: ignore[attr-defined]  # for the interfaces beside the page
    return chat


def _page(backend: Backend, account: AccountView) -> gr.Blocks:
    """Return the page: its parts, connected."""
    read_only, addresses = backend.library is None, backend.addresses
    pipeline = backend.pipeline
    view = ConversationView(backend.chat, addable=not read_only)
    shelf = LibraryView(pipeline, backend.library, addresses=addresses, adding=backend.adding)
    chat = LocalisedBlocks(title=TITLE, analytics_enabled=False, fill_width=True)
    with chat, gr.Column(elem_id="page"):
        publish(pipeline)  # first: the events of the page take names of their own
        _html(lambda: render("masthead.html", title=TITLE))
        notice = _html(lambda: macro("notices.html", "opening"), "notice")
        with gr.Row(elem_id="room"):
            functions = [*view.functions(), *shelf.functions(), *account.functions()]
            transcript, examples, box, sources = _room(backend, functions)
        _html(lambda: library_panel(read_only=read_only, addresses=addresses), "library")
        _html(lambda: render("dialogs.html", messages=messages_of_scripts()))
        greet = functools.partial(greeting, pipeline, Examples(), read_only=read_only)
        _wire(chat, box, view, greet, ([transcript, sources], [notice, examples]))
    return chat


def _room(
    backend: Backend, functions: list[Callable[[object], Any]]
) -> tuple[gr.HTML, gr.HTML, gr.HTML, gr.HTML]:
    """Return the transcript, the examples, the question box and the sources, as they are placed."""
    _html(lambda: render("conversations.html"), "conversations")
    with gr.Column(elem_id="chat", scale=3, min_width=0):
        transcript = _patched("transcript", lambda: conversation(()))
        examples = gr.HTML("", apply_default_css=False, elem_id="examples")
        box = _question_box(backend, functions)
    with gr.Column(elem_id="evidence", scale=2, min_width=0):
        _html(lambda: macro("patched.html", "title_of_sources"))
        sources = _patched("sources", lambda: panel(()))
        _html(lambda: render("reader.html"), "reader")
    return transcript, examples, box, sources


def _html(render: Callable[[], str], name: str | None = None, **options: Any) -> gr.HTML:
    """Return a part of the page; what renders it is called for each language."""
    part = gr.HTML(render(), apply_default_css=False, elem_id=name, **options)
    return localised(part, lambda: {"value": render()})


def _patched(name: str, content: Callable[[], str]) -> gr.HTML:
    """Return a part of the page whose value is the latest change to it, not the whole of it."""

    def template() -> str:
        return macro("patched.html", name, content())

    part = gr.HTML(
        html_template=template(),
        apply_default_css=False,
        elem_id=name,
        js_on_load=_PATCH.format(name=name),
    )
    return localised(part, lambda: {"html_template": template()})


def _question_box(backend: Backend, functions: list[Callable[[object], Any]]) -> gr.HTML:
    """Return the question box; it is also how the browser's scripts call the server."""

    def read(request: object) -> str:
        return read_article(backend.pipeline, request)

    read.__name__ = "read_article"
    return _html(
        lambda: render("question_box.html"),
        "question",
        js_on_load=_CONNECT,
        server_functions=[
            told_in_language(permitted(each, backend.audit)) for each in (read, *functions)
        ],
    )


def _wire(
    chat: gr.Blocks,
    box: gr.HTML,
    view: ConversationView,
    greetings: Callable[[str], Iterator[tuple[str, str | None]]],
    parts: tuple[list[gr.HTML], list[gr.HTML]],
) -> None:
    """Connect the events of the question box with the parts of the page that they change."""

    def greet(request: gr.Request) -> Iterator[list[Any]]:
        for notice, example_list in greetings(language_of(request)):
            yield [notice, gr.skip() if example_list is None else example_list]

    conversation_parts, greeting_parts = parts
    # The browser's script sends one question after the other, and is told when each is done with,
    # whatever the outcome.
    asked = box.submit(view.ask, None, conversation_parts, **_QUIET)
    asked.then(None, None, None, js="() => window.qaDone()", **_QUIET)
    box.select(view.reopen, None, conversation_parts, **_QUIET)
    # For a new visitor, and when the articles may have changed.
    for event in (chat.load, asked.then, box.change):
        event(greet, None, greeting_parts, **_QUIET)

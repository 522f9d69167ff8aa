"""What the browser may send to the chat."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Any

import pytest

from qa.chat.conversation_view import ConversationView
from qa.chat.library_view import LibraryView, library_panel
from qa.conversations.lazy_pipeline import LazyPipeline
from qa.conversations.library import Library
from qa.conversations.requests import VisitorRequest, checked
from qa.conversations.service import ChatService
from qa.errors import QAError
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE

_KEY = "0" * 32
_ODD: list[Any] = [
    None,
    "",
    7,
    [],
    {},
    {"visitor": _KEY},
    {"visitor": "../../etc", "conversation": _KEY},
    {"visitor": _KEY, "conversation": _KEY, "more": 1},
    {"visitor": [_KEY], "conversation": _KEY},
    {"article": "\ud800"},
    {"name": "\ud800.md", "data": ""},
    {"token": "x"},
]


def _functions(folder: Path) -> dict[str, Any]:
    pipeline = LazyPipeline(FakePipeline([ARTICLE]))
    functions = [
        *ConversationView(ChatService(pipeline, folder)).functions(),
        *LibraryView(pipeline, Library(pipeline, folder / "a")).functions(),
    ]
    return {function.__name__: function for function in functions}


@pytest.mark.parametrize("odd", _ODD, ids=repr)
def test_odd_requests_get_a_sentence(tmp_path: Path, odd: Any) -> None:
    """Whatever is sent to whichever function, the reply is a value or a sentence, never a fault."""
    for name, function in _functions(tmp_path).items():
        reply = function(odd)
        assert list(reply) in (["value"], ["error"]), name
        if odd not in ({}, {"visitor": _KEY}):  # which are whole requests for some functions
            assert "reload it" in reply["error"], name


def test_the_files_of_a_folder_are_chosen_before_they_are_sent(tmp_path: Path) -> None:
    """Formats that are not read are refused by name; what nobody means as an article is left out."""
    paths = ["a.md", "sub/b.PDF", "photo.png", ".git/config.md", "README.md", "sub/.c.md"]
    reply = _functions(tmp_path)["choose"]({"folder": "news", "paths": paths})["value"]
    assert reply["take"] == [0, 1]
    assert reply["left"] == 3
    (refused,) = reply["refused"]
    assert "news/photo.png" in refused
    assert "pictures hold no text" in refused


def test_addresses_are_only_offered_where_they_are_allowed(tmp_path: Path) -> None:
    """By default there is no such function, and no such form."""
    pipeline = LazyPipeline(FakePipeline([ARTICLE]))
    library = Library(pipeline, tmp_path)
    for allowed in (False, True):
        view = LibraryView(pipeline, library, addresses=allowed)
        named = {function.__name__ for function in view.functions()}
        assert ("add_address" in named) is allowed
        assert ("Add an address" in library_panel(addresses=allowed)) is allowed
    assert "Paste a text" not in library_panel(read_only=True, addresses=True)


def test_a_fault_is_logged_and_kept_from_the_visitor(caplog: pytest.LogCaptureFixture) -> None:
    """The page gets a plain sentence; a QAError comes through in its own words."""

    def fail(_: VisitorRequest) -> None:
        raise RuntimeError("at /secret/place")

    def refuse(_: VisitorRequest) -> None:
        raise QAError("not today")

    with caplog.at_level(logging.ERROR):
        assert "Something went wrong" in checked(VisitorRequest, fail)({"visitor": _KEY})["error"]
    assert "secret" in caplog.text
    assert checked(VisitorRequest, refuse)({"visitor": _KEY}) == {"error": "not today"}


def test_files_arrive_in_base64(tmp_path: Path) -> None:
    """Anything else is refused by name, as a line of the report."""
    functions = _functions(tmp_path)
    request = {"visitor": _KEY, "name": "a.md", "data": base64.b64encode(b"A.").decode()}
    token = functions["add"](request)["value"]
    state: dict[str, Any] = {}
    while "line" not in state:
        state = functions["adding"](token)["value"]
    assert "<strong>added</strong>" in state["line"]
    broken = functions["add"](request | {"name": "<b>.md", "data": "not base64!"})["value"]["line"]
    assert "&lt;b&gt;.md" in broken
    assert "did not arrive whole" in broken


def test_a_library_that_is_read_only_has_no_way_to_change_it() -> None:
    """What adds, removes and takes back is not served, and no button for it is drawn."""
    view = LibraryView(LazyPipeline(FakePipeline([ARTICLE])), None)
    functions = {function.__name__: function for function in view.functions()}
    assert functions.keys() == {"articles", "article"}
    assert "data-remove" not in functions["articles"]({})["value"]["list"]
    assert 'type="file"' not in library_panel(read_only=True)
    assert 'type="file"' in library_panel()


def test_an_article_opens_as_text(tmp_path: Path) -> None:
    """Title, byline and the whole text are there, escaped; one that is not there is named."""
    article = _functions(tmp_path)["article"]
    html = article({"article": ARTICLE.id})["value"]
    assert "The &lt;lock&gt;</h3>" in html
    assert ARTICLE.text.strip() in html
    assert article({"article": "none.md"})["error"].startswith("none.md:")

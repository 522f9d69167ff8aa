"""The request for a whole article, which anyone can send by hand."""

from __future__ import annotations

from typing import Any

import pytest

from qa.chat.opening import Opening
from qa.chat.reading import read
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE

_OPENING = Opening(FakePipeline([ARTICLE]))
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


def test_an_article_is_read_by_its_id() -> None:
    """What the page sends brings the text."""
    assert "harbour master" in read(_OPENING, [ARTICLE.id, 1, ""])


@pytest.mark.parametrize("request_", _ODD, ids=repr)
def test_what_is_no_request_is_refused(request_: Any) -> None:
    """Arguments of any other kind or number get a sentence, not a fault in the server."""
    assert read(_OPENING, request_) == "This article cannot be opened."


def test_a_path_is_no_article() -> None:
    """Only ids of the index open anything, and one that is not there comes back as text."""
    assert read(_OPENING, ["/etc/passwd", 1, ""]) == "/etc/passwd: there is no such article"
    assert read(_OPENING, ["<img src=x>", 1, ""]).startswith("&lt;img src=x&gt;:")


def test_a_fault_tells_no_secrets() -> None:
    """Whatever goes wrong behind it, the browser gets the same sentence."""

    def fail() -> FakePipeline:
        raise RuntimeError("at /secret/place line 7")

    assert read(Opening(fail), [ARTICLE.id, 1, ""]) == "This article cannot be opened."

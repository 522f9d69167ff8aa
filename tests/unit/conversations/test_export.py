"""A conversation to take away."""

from __future__ import annotations

import json

from qa.answering.rendering import fallback_note, render_text
from qa.conversations.conversation import Exchange
from qa.conversations.export import as_json, markdown, plain
from qa.types import Answer, Article, Form, Statement
from tests.fakes import FakePipeline
from tests.unit.chat.samples import ARTICLE, QUESTION, QUOTE

_HOSTILE = Article(
    "h.md", "# [x](javascript:1)", "Pay <b>*now*</b> ![p](http://evil.invalid) `c`.", "**S**"
)


def _exchange(article: Article = ARTICLE, quote: str = QUOTE, question: str = QUESTION) -> Exchange:
    answer = FakePipeline([article], {question: [quote]}).answer(question)
    return Exchange(question, answer=answer)


def test_markdown_holds_each_question_and_its_quotes() -> None:
    """Questions are headings, the answer follows, and each quote names title, outlet, date, address and span."""
    text = markdown(
        "Lock", [_exchange(), Exchange("why?", error="no"), Exchange("who?", cancelled=True)]
    )
    start = ARTICLE.text.index(QUOTE)
    assert text.startswith(
        f"# Lock\n\n## {QUESTION}\n\n{QUOTE} \\[1\\]\n\n1. “{QUOTE}” — The \\<lock\\>, Courier, "
    )
    assert (
        f"2026-05-04, https://courier.example/1, lock \\& key.md:{start}-{start + len(QUOTE)}\n"
        in text
    )
    assert "## why?\n\n*no*" in text
    assert text.endswith("## who?\n\n*Stopped.*\n")


def test_markdown_of_an_article_does_nothing() -> None:
    """What an article, a title or a question says in Markdown or HTML is escaped."""
    text = markdown("<i>", [_exchange(_HOSTILE, _HOSTILE.text, "1. # <u>who</u>\n- me?")])
    for harmful in ("<b>", "<i>", "<u>", "![p](", "[x](", "`c`", "*now*", "**S**"):
        assert harmful not in text.replace("\\", "\0")
    assert text.count("\n## ") == 1


def _formed(form: Form, *statements: Statement, reason: str = "") -> str:
    """Return the answer of a one-question export in Markdown."""
    text = render_text(form, statements, reason)
    answer = Answer(QUESTION, form, text, statements, fallback_reason=reason)
    exported = markdown("t", [Exchange(QUESTION, answer=answer)])
    return exported.partition(f"## {QUESTION}\n\n")[2].partition("\n\n")[0]


def test_the_items_of_an_answer_stay_items() -> None:
    """A list in an answer is a list in Markdown."""
    (cited,) = FakePipeline([ARTICLE], {QUESTION: [QUOTE]}).answer(QUESTION).citations
    items = (Statement(text, (cited,), text) for text in ("nine", "twelve"))
    assert _formed("list", *items) == "- nine \\[1\\]\n- twelve \\[1\\]"


def test_accounts_follow_what_was_written_before_them() -> None:
    """A chat model's sentences come first, then why it was not enough, then each account with its origin."""
    (cited,) = FakePipeline([ARTICLE], {QUESTION: [QUOTE]}).answer(QUESTION).citations
    accounts = (Statement(QUOTE, (cited,), who, status="disputed") for who in ("master", "lock"))
    written = Statement("Some say so", (cited,), generated=True)
    exported = _formed("accounts", written, *accounts, reason=fallback_note("it failed"))
    first, *items = exported.split("\n")
    assert first == (
        r"Some say so \[1\] It failed. The articles are quoted instead: The articles differ:"
    )
    assert items == [
        rf"- {who} (Courier, 2026-05-04) \[1\]: “{QUOTE}”" for who in ("master", "lock")
    ]


def test_json_holds_the_exact_spans() -> None:
    """The fields have the names of the types, and the span of each citation is there."""
    exported = json.loads(as_json("Löck", [_exchange(), Exchange("why?", error="no")]))
    assert exported["title"] == "Löck"
    citation = exported["exchanges"][0]["answer"]["citations"][0]
    assert ARTICLE.text[citation["start"] : citation["end"]] == citation["quote"] == QUOTE
    assert exported["exchanges"][1] == {
        "question": "why?",
        "answer": None,
        "error": "no",
        "stopped": False,
    }


def test_the_clipboard_gets_the_answer_with_its_sources() -> None:
    """Question, answer, and one line for each source; an abstention has none."""
    exchange, abstention = _exchange(), FakePipeline([ARTICLE]).answer("who?")
    assert exchange.answer is not None
    start = ARTICLE.text.index(QUOTE)
    assert plain(exchange.answer) == (
        f"{QUESTION}\n\n{QUOTE} [1]\n\n[1] “{QUOTE}” — The <lock>, Courier, 2026-05-04, https://courier.example/1, "
        f"lock & key.md:{start}-{start + len(QUOTE)}"
    )
    assert plain(abstention) == "who?\n\nThe articles do not say."

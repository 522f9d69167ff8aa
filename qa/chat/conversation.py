"""The conversation as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from qa.chat.asking import Exchange
from qa.chat.markup import inline, with_markers
from qa.types import Answer

# A key phrase that is most of its sentence would only shout.
_SHORT_SHARE = 0.6
_WELCOME = (
    '<div class="welcome"><h2>What would you like to know?</h2><p>Ask in your own words. Each answer quotes the '
    "articles and shows where; what they do not say is not answered.</p></div>"
)


def conversation(exchanges: Sequence[Exchange]) -> str:
    """Return all exchanges, oldest first, in a region that screen readers follow; or a welcome."""
    items = "".join(_exchange(number, exchange) for number, exchange in enumerate(exchanges, 1))
    busy = "true" if exchanges and not exchanges[-1].finished else "false"
    return (
        f'<div class="conversation" role="log" aria-label="Conversation" aria-busy="{busy}">{items or _WELCOME}</div>'
    )


def _exchange(number: int, exchange: Exchange) -> str:
    question = f'<h2 class="question" dir="auto"><span class="aside">You asked: </span>{escape(exchange.question)}</h2>'
    return f'<section class="exchange">{question}{_reply(number, exchange)}</section>'


def _reply(number: int, exchange: Exchange) -> str:
    if exchange.error:
        return f'<div class="reply error" role="alert" dir="auto">{escape(exchange.error)}</div>'
    if exchange.answer is not None:
        return _answer(number, exchange.answer)
    if exchange.text:
        return f'<div class="reply partial" dir="auto">{escape(exchange.text)}</div>'
    return '<div class="reply waiting">Reading the articles…</div>'


def _answer(number: int, answer: Answer) -> str:
    if answer.abstained:
        related = '<p class="note">The nearest passages are shown as related; they are not an answer.</p>'
        text = f'<p class="verdict">Not in the articles</p><p dir="auto">{escape(answer.text)}</p>'
        return f'<div class="reply abstained">{text}{related if answer.hits else ""}</div>'
    text = with_markers(answer.text, number, answer.citations, stress=_stress(answer))
    return f'<div class="reply answered">{_asked(answer)}<p class="text" dir="auto">{text}</p></div>'


def _asked(answer: Answer) -> str:
    if not answer.asked or answer.asked == answer.question:
        return ""
    return f'<p class="note">Asking: {inline(answer.asked)}</p>'


def _stress(answer: Answer) -> str:
    return answer.short if len(answer.short) <= _SHORT_SHARE * len(answer.citations[0].quote) else ""

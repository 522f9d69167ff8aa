"""The conversation as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from qa.chat.asking import Exchange
from qa.chat.confidence import confidence
from qa.chat.forms import formed, is_quoted
from qa.chat.markup import inline
from qa.types import Answer

# A key phrase that is most of its sentence would only shout.
_SHORT_SHARE = 0.6
_WELCOME = (
    '<div class="welcome"><h2>What would you like to know?</h2><p>Ask in your own words. Each answer quotes the '
    "articles and shows where; what they do not say is not answered.</p></div>"
)
_RELATED = '<p class="note">The nearest passages are shown as related; they are not an answer.</p>'
_ADD = 'add articles: in a terminal, run <span class="command">qa index</span> with their folder.'
_REPHRASE = f'<p class="hint">Other words may find more, such as a name, a place or a year. Or {_ADD}</p>'
_ADD_FIRST = f'<p class="hint">First {_ADD}</p>'


def conversation(exchanges: Sequence[Exchange]) -> str:
    """Return all exchanges, oldest first, in a region that screen readers follow; or a welcome."""
    unanswered = [number for number, e in enumerate(exchanges, 1) if e.answer is not None and e.answer.abstained]
    items = "".join(
        # What helps after an abstention is said once in a conversation.
        _exchange(number, exchange, hint=number in unanswered[:1])
        for number, exchange in enumerate(exchanges, 1)
    )
    busy = "true" if exchanges and not exchanges[-1].finished else "false"
    return (
        f'<div class="conversation" role="log" aria-label="Conversation" aria-busy="{busy}">{items or _WELCOME}</div>'
    )


def _exchange(number: int, exchange: Exchange, *, hint: bool) -> str:
    question = f'<h2 class="question" dir="auto"><span class="aside">You asked: </span>{escape(exchange.question)}</h2>'
    return f'<section class="exchange">{question}{_reply(number, exchange, hint=hint)}</section>'


def _reply(number: int, exchange: Exchange, *, hint: bool) -> str:
    if exchange.error:
        return f'<div class="reply error" role="alert" dir="auto">{escape(exchange.error)}</div>'
    if exchange.answer is not None:
        answer = exchange.answer
        return _abstention(answer, hint=hint) if answer.abstained else _answer(number, answer)
    if exchange.text:
        return f'<div class="reply partial">{formed(exchange.text, number)}</div>'
    return '<div class="reply waiting">Reading the articles…</div>'


def _abstention(answer: Answer, *, hint: bool) -> str:
    text = f'<p class="verdict">Not in the articles</p><p dir="auto">{escape(answer.text)}</p>'
    related, helpful = (_RELATED, _REPHRASE) if answer.hits else ("", _ADD_FIRST)
    return f'<div class="reply abstained">{text}{_asked(answer)}{related}{helpful if hint else ""}</div>'


def _answer(number: int, answer: Answer) -> str:
    text = formed(answer.text, number, answer.citations, short=_stress(answer))
    sure = confidence(number, answer) if is_quoted(answer) else ""
    # Behind the text: what only the complete answer brings moves nothing that is being read.
    return f'<div class="reply answered">{text}</div>{_asked(answer)}{sure}'


def _asked(answer: Answer) -> str:
    """Return what was searched for, where it is not what was asked."""
    if answer.asked in {"", " ".join(answer.question.split())}:
        return ""
    return f'<p class="note">Searched for: {inline(answer.asked)}</p>'


def _stress(answer: Answer) -> str:
    return answer.short if len(answer.short) <= _SHORT_SHARE * len(answer.citations[0].quote) else ""

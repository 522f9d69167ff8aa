"""The conversation as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from qa.chat.asking import Exchange, Reading, Verdict
from qa.chat.confidence import confidence
from qa.chat.export import plain
from qa.chat.forms import formed, is_quoted
from qa.chat.markup import inline, piece
from qa.types import Answer

# A key phrase that is most of its sentence would only shout.
_SHORT_SHARE = 0.6
# Of the articles that are being read, so many are named, with so many characters of each title.
_NAMED = 2
_TITLE_CHARS = 36
_TITLE = re.compile("(“[^”]*”)")
_WELCOME = (
    '<div class="welcome"><h2>What would you like to know?</h2><p>Ask in your own words. Each answer quotes the '
    "articles and shows where; what they do not say is not answered.</p></div>"
)
_RELATED = '<p class="note">The nearest passages are shown as related; they are not an answer.</p>'
_ADD = (
    'add articles in the <button type="button" class="quiet inline" data-view="library">library</button>, or in a '
    'terminal: <span class="command">qa index</span> with their folder.'
)
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
    scope = f'<p class="note scope">Only {inline(exchange.scope)}</p>' if exchange.scope else ""
    reply, actions = _reply(number, exchange, hint=hint), _actions(exchange)
    return f'<section class="exchange" data-exchange="{number}">{question}{scope}{reply}{actions}</section>'


def _reply(number: int, exchange: Exchange, *, hint: bool) -> str:
    if exchange.error:
        return f'<div class="reply error" role="alert" dir="auto">{escape(exchange.error)}</div>'
    if exchange.answer is not None:
        answer = exchange.answer
        return _abstention(answer, hint=hint) if answer.abstained else _answer(number, answer)
    if exchange.stopped:
        text = formed(exchange.text, number) if exchange.text else ""
        return f'<div class="reply stopped">{text}<p class="verdict">Stopped</p></div>'
    if exchange.text or exchange.writing:
        text = formed(exchange.text, number) if exchange.text else ""
        return f'<div class="reply partial">{text}{_writing(exchange.writing)}</div>'
    return f'<div class="reply waiting">{_reading(exchange.reading)}</div>'


def _reading(reading: Reading | None) -> str:
    """Return what is being read, in words; a title is text that nobody vouches for."""
    if reading is None or not reading.passages:
        return "Reading the articles…"
    short = (t if len(t) <= _TITLE_CHARS else f"{t[: _TITLE_CHARS - 1].rstrip()}…" for t in reading.titles[:_NAMED])
    named = [f"“{inline(title)}”" for title in short]
    if (more := len(reading.titles) - _NAMED) > 0:
        named.append(f"{more} more")
    listed = " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
    return f"Reading {reading.passages} passage{'s' * (reading.passages > 1)} in {listed}…"


def _abstention(answer: Answer, *, hint: bool) -> str:
    # It names titles, in quotation marks: the writing direction of one must not carry on to what follows.
    said = "".join(map(piece, _TITLE.split(answer.text)))
    text = f'<p class="verdict">Not in the articles</p><p dir="auto">{said}</p>'
    related, helpful = (_RELATED, _REPHRASE) if answer.hits else ("", _ADD_FIRST)
    return f'<div class="reply abstained">{text}{_asked(answer)}{related}{helpful if hint else ""}</div>'


def _answer(number: int, answer: Answer) -> str:
    text = formed(answer.text, number, answer.citations, short=_stress(answer))
    sure = confidence(number, answer) if is_quoted(answer) else ""
    # Behind the text: what only the complete answer brings moves nothing that is being read.
    return f'<div class="reply answered">{text}</div>{_asked(answer)}{sure}{_written(answer)}'


def _writing(text: str) -> str:
    """Return what is not checked yet, apart from the answer."""
    return f'<p class="note" dir="auto">Not checked yet: {inline(text)}</p>' if text else ""


def _written(answer: Answer) -> str:
    """Return who wrote an answer, and what was left out of it; nothing where it is quotes, or says so itself."""
    if "model" not in answer.timings or answer.note:
        return ""
    out = int(answer.timings.get("sentences_left_out", 0))
    left = f" {out} sentence{'s' * (out > 1)} that the articles do not support left out." if out else ""
    return f'<p class="note">Written by the chat model, each sentence checked.{left}</p>'


def _asked(answer: Answer) -> str:
    """Return what the question was understood as, where that is not what was asked, as a button to correct it."""
    if answer.asked in {"", " ".join(answer.question.split())}:
        return ""
    return (
        f'<p class="note asking"><button type="button" class="quiet" data-edit="{escape(answer.asked)}" data-literal>'
        f'Asking: {inline(answer.asked)} <span class="pen">Correct</span></button></p>'
    )


def _actions(exchange: Exchange) -> str:
    """Return the buttons of a finished exchange: what can be done with its question and its answer."""
    if not exchange.finished:
        return ""
    again = _button("Edit the question", "edit", exchange.question)
    share = _button("Copy link", "share", exchange.question)
    if exchange.answer is None:
        return f'<div class="actions">{again}</div>'
    copy = _button("Copy answer", "copy", plain(exchange.answer))
    return f'<div class="actions">{_thumb(exchange, "up")}{_thumb(exchange, "down")}{copy}{share}{again}</div>'


def _button(label: str, action: str, value: str) -> str:
    return f'<button type="button" class="quiet" data-{action}="{escape(value)}">{label}</button>'


def _thumb(exchange: Exchange, verdict: Verdict) -> str:
    label = {"up": "Right", "down": "Wrong"}[verdict]
    pressed = "true" if exchange.verdict == verdict else "false"
    abstained = "true" if exchange.answer is not None and exchange.answer.abstained else "false"
    return (
        f'<button type="button" class="quiet thumb" data-verdict="{verdict}" data-abstained="{abstained}" '
        f'aria-pressed="{pressed}">{label}</button>'
    )


def _stress(answer: Answer) -> str:
    return answer.short if len(answer.short) <= _SHORT_SHARE * len(answer.citations[0].quote) else ""

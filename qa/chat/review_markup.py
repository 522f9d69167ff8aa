"""A question under review as HTML: the article with its mark, the question's fields, and how far the review is."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from html import escape

from qa.chat.markup import byline, inline, piece
from qa.evaluation.contents import places
from qa.evaluation.review import Entry
from qa.text import Span
from qa.types import Article

# So many characters of context on either side.
_AROUND = 30
_SELECTED = " selected"
_CURRENT = ' aria-current="true"'
_STATES = {"open": "to review", "accepted": "accepted", "discarded": "discarded"}


def desk(entries: Sequence[Entry], shown: Entry, articles: Mapping[str, Article], folder: str) -> str:
    """Return the whole of the page for one question, below the progress of all."""
    article = articles[shown.article_id]
    form = _form(shown, article, _choice(articles, article) if shown.movable else "")
    return f"{_progress(entries, shown, folder)}<div class='sides'>{_sheet(shown, article)}{form}</div>"


def empty(article_ids: Sequence[str]) -> str:
    """Return the page of a set that has no question yet."""
    first = escape(article_ids[0])
    return (
        "<p>No question could be drafted from these articles: their sentences fit none of the rules.</p>"
        f'<button type="button" data-action="add" data-article="{first}">Add a question of my own</button>'
    )


def _progress(entries: Sequence[Entry], shown: Entry, folder: str) -> str:
    done = sum(entry.state != "open" for entry in entries)
    taken = sum(entry.state == "accepted" for entry in entries)
    at = next(number for number, entry in enumerate(entries) if entry.id == shown.id)
    before, after = entries[at - 1].id, entries[(at + 1) % len(entries)].id
    finished = (
        f"<p class='finished'>All are reviewed. In a terminal: <code>qa eval check {escape(folder)}</code>, "
        f"then <code>qa eval {escape(folder)}</code></p>"
        if done == len(entries)
        else ""
    )
    return (
        "<div class='progress'>"
        f'<button type="button" data-action="open" data-id="{escape(before)}" data-key="p">← Back <kbd>P</kbd></button>'
        f"<div><div class='bar' aria-hidden='true'><span style='width:{100 * done // len(entries)}%'></span></div>"
        f"<p role='status'><strong>{done} of {len(entries)} reviewed</strong>, {taken} accepted</p></div>"
        f'<button type="button" data-action="open" data-id="{escape(after)}" data-key="n">Next → <kbd>N</kbd></button>'
        f"</div>{finished}{_list(entries, shown)}"
    )


def _list(entries: Sequence[Entry], shown: Entry) -> str:
    items = "".join(
        f'<li class="{entry.state}"><button type="button" data-action="open" data-id="{escape(entry.id)}"'
        f"{_CURRENT if entry.id == shown.id else ''}>"
        f"<small>{_STATES[entry.state]}</small> {inline(entry.content.question or 'New question')}</button></li>"
        for entry in entries
    )
    return f"<details class='all'><summary>All questions</summary><ol>{items}</ol></details>"


def _sheet(entry: Entry, article: Article) -> str:
    about = byline(article.source, article.published)
    return (
        f"<article class='sheet'><h2>{inline(article.title or article.id)}</h2><p class='byline'>{about}</p>"
        "<p class='hint'>Select words in the text to mark them as the answer.</p>"
        f"<div class='text' dir='auto'>{_marked(article.text, entry.content.spans)}</div></article>"
    )


def _marked(text: str, spans: Sequence[Span]) -> str:
    """Return a text with its spans marked, all of its characters kept, so that offsets can be counted in it."""
    cuts = sorted({0, len(text), *itertools.chain(*spans)})
    parts = (
        piece(text[start:end], tag="mark" if any(s <= start < e for s, e in spans) else "span")
        for start, end in itertools.pairwise(cuts)
    )
    # A browser would take a carriage return for a line feed.
    return "".join(parts).replace("\r", "&#13;")


def _choice(articles: Mapping[str, Article], chosen: Article) -> str:
    """Return the choice of an article for a question of the reviewer's own."""
    options = "".join(
        f'<option value="{escape(article.id)}"{_SELECTED if article is chosen else ""}>'
        f"{escape(article.title or article.id)}</option>"
        for article in articles.values()
    )
    return f'<label>Article<select name="about">{options}</select></label>'


def _form(entry: Entry, article: Article, choice: str) -> str:
    content = entry.content
    answers = "\n".join(content.answers)
    spans = escape(str([list(span) for span in content.spans]))
    return (
        f'<form class="card" data-id="{escape(entry.id)}" data-article="{escape(article.id)}" data-spans="{spans}" '
        f'data-answerable="{content.answerable:d}">'
        f"<p class='state'><span class='{entry.state}'>{_STATES[entry.state]}</span> {_kind(entry)}</p>{choice}"
        f'<label>Question<textarea name="question" rows="3" dir="auto">{escape(content.question)}</textarea></label>'
        f'<label>Answers, one a line<textarea name="answers" rows="2" dir="auto">{escape(answers)}</textarea></label>'
        f"{_places(entry, article)}"
        "<div class='decisions'>"
        '<button type="button" class="main" data-action="accept" data-key="a">Accept <kbd>A</kbd></button>'
        '<button type="button" data-action="unanswerable" data-key="u">No answer <kbd>U</kbd></button>'
        '<button type="button" data-action="discard" data-key="d">Discard <kbd>D</kbd></button>'
        '<button type="button" data-action="add" data-key="+">Add my own <kbd>+</kbd></button>'
        "</div><p class='message' role='status' aria-live='polite'></p>"
        "<p class='hint'><kbd>E</kbd> edits the question, <kbd>Esc</kbd> leaves it, <kbd>Ctrl</kbd> <kbd>Enter</kbd> "
        "accepts. Every step is saved.</p></form>"
    )


def _kind(entry: Entry) -> str:
    if entry.content.answerable:
        return "The article answers it."
    return "<strong>No article answers it.</strong> If one does, select the answer."


def _places(entry: Entry, article: Article) -> str:
    """Return a switch for each place where the answers stand: which of them answer the question."""
    found = sorted({*places(article.text, entry.content.answers), *entry.content.spans})
    if not entry.content.answerable or not found:
        return ""
    switches = "".join(_switch(article.text, span, pressed=span in entry.content.spans) for span in found)
    return f"<fieldset><legend>Where the article gives it</legend>{switches}</fieldset>"


def _switch(text: str, span: Span, *, pressed: bool) -> str:
    start, end = span
    before = text[max(0, start - _AROUND) : start].rpartition("\n")[2]
    after = text[end : end + _AROUND].partition("\n")[0]
    return (
        f'<button type="button" data-action="place" data-from="{start}" data-to="{end}" '
        f'aria-pressed="{"true" if pressed else "false"}">'
        f"{piece(f'…{before}')}{piece(text[start:end], tag='strong')}{piece(f'{after}…')}</button>"
    )

"""Review of a question set: drafts become questions when a person accepts them.

Accepted questions are in `questions.jsonl`. `drafts.jsonl` keeps everything that was drafted or
begun, as last edited, and marks what was discarded. Every step is saved, so that the set can be run
at any time and the review resumes where it was left.
"""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from qa import sources
from qa.errors import QAError
from qa.evaluation.corpus import read_corpus
from qa.evaluation.drafts import draft_questions
from qa.evaluation.metrics import token_f1
from qa.evaluation.questions import QuestionSetError, lines_of, numbered
from qa.evaluation.sets import QUESTIONS, articles_of, write_lines, write_set
from qa.text import Span, has_surrogates, paragraph_spans
from qa.types import Article

Record = dict[str, Any]
# Keys that a review changes; it keeps all others.
_REVIEWED = frozenset({"question", "answers", "answerable", "relevant"})
_GOLD = frozenset({"doc_ids", "relevance"})
_PLACES = 20
State = Literal["open", "accepted", "discarded"]

DRAFTS = "drafts.jsonl"
_DISCARDED = "discarded"
# Keys of drafts only.
_OF_DRAFTS = frozenset({"draft", _DISCARDED})


class ReviewError(QAError):
    """A requested step is not possible; shown beside the question."""


@dataclass(frozen=True, slots=True)
class Content:
    """A question with its answers and their spans in an article; both empty if unanswerable."""

    question: str
    answers: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A question under review with the article shown beside it; `record` is its line on disk."""

    id: str
    article_id: str
    content: Content
    state: State
    record: Mapping[str, Any]

    @property
    def movable(self) -> bool:
        """Whether its article can be changed: the reviewer began it, and has not accepted it."""
        return "about" in self.record and self.state != "accepted"


def start(folder: Path, paths: Sequence[Path], *, limit: int, max_chars: int) -> int:
    """Create a set's folder with drafts of questions about articles, and return their number.

    Raises:
        QuestionSetError: the folder already exists, or an article cannot be read.
        OSError: the folder cannot be written.
    """
    found: dict[str, Article] = {}
    for path in paths:
        for reading in sources.read(path, base=path, max_chars=max_chars):
            if reading.error is not None:
                raise QuestionSetError(reading.error.path, reading.error.explanation)
            if reading.article is not None:
                if reading.article.id in found:
                    raise QuestionSetError(
                        str(path), f"the id {reading.article.id!r} is that of another article"
                    )
                found[reading.article.id] = reading.article
    if not found:
        raise QuestionSetError(", ".join(map(str, paths)), "holds no article")
    drafts = draft_questions(list(found.values()), limit=limit)
    # A folder is referred to, since its articles may still change; single files are copied, so that
    # the set is self-contained.
    whole_folder = paths[0] if len(paths) == 1 and paths[0].is_dir() else None
    write_set(
        {DRAFTS: drafts}, folder, articles=whole_folder or map(dataclasses.asdict, found.values())
    )
    return len(drafts)


class Review:
    """The questions of one set: its drafts, then the questions that were not drafted.

    Args:
        folder: of the set.
        max_chars: longer articles are refused.

    Raises:
        QuestionSetError: the set does not exist, has no articles, or a file of it is invalid.
    """

    def __init__(self, folder: Path, *, max_chars: int) -> None:
        self.folder = folder
        place = articles_of(folder)
        if place is None:
            raise QuestionSetError(str(folder), "has no articles to review questions with")
        records = read_corpus(place, max_chars=max_chars).records
        self.articles = {key: _article(key, record) for key, record in records.items()}
        self._drafts = _read(folder / DRAFTS)
        self._questions = _read(folder / QUESTIONS)
        self._lock = threading.Lock()

    def entries(self) -> list[Entry]:
        """Return all questions with their state."""
        drafted = [
            self._entry(self._questions.get(key, draft)) for key, draft in self._drafts.items()
        ]
        return drafted + [
            self._entry(record)
            for key, record in self._questions.items()
            if key not in self._drafts
        ]

    def entry(self, identifier: str) -> Entry:
        """Return one question.

        Raises:
            ReviewError: no question has this id.
        """
        found = next((entry for entry in self.entries() if entry.id == identifier), None)
        if found is None:
            raise ReviewError(f"There is no question {identifier!r} any more: reload the page.")
        return found

    def accept(self, identifier: str, content: Content) -> None:
        """Add a question to the set, with this content.

        Raises:
            ReviewError: it is incomplete.
            OSError: it cannot be written.
        """
        entry = self.entry(identifier)
        text = self.articles[entry.article_id].text
        record = to_record(entry.record, complete(content, text), (entry.article_id, text))
        kept = {key: value for key, value in record.items() if key not in _OF_DRAFTS}
        with self._saved():
            self._questions[identifier] = kept
            if identifier in self._drafts:
                self._drafts[identifier] = {**kept, "draft": True}

    def save(self, identifier: str, content: Content) -> None:
        """Save an edit of a draft, unless its question is empty, or of an accepted question.

        Raises:
            ReviewError: an accepted question would be incomplete, or the text is invalid.
            OSError: it cannot be written.
        """
        entry = self.entry(identifier)
        if entry.state == "accepted":
            self.accept(identifier, content)
            return
        article = entry.article_id, self.articles[entry.article_id].text
        content = checked(content, article[1])
        record = (
            to_record(entry.record, content, article) if content.question else dict(entry.record)
        )
        with self._saved():
            self._drafts[identifier] = record

    def discard(self, identifier: str) -> None:
        """Remove a question from the set; its draft stays and can still be accepted.

        Raises:
            ReviewError: no question has this id.
            OSError: it cannot be written.
        """
        record = self.entry(identifier).record
        with self._saved():
            self._questions.pop(identifier, None)
            self._drafts[identifier] = {**record, "draft": True, _DISCARDED: True}

    def add(self, article_id: str) -> str:
        """Begin a new question about an article, and return its id.

        It is saved once its question is not empty.
        """
        known = self._drafts.keys() | self._questions.keys()
        identifier = next(
            name for n in range(len(known) + 1) if (name := f"own-{n + 1:03}") not in known
        )
        self._drafts[identifier] = {
            "id": identifier,
            "question": "",
            "about": article_id,
            "draft": True,
        }
        return identifier

    def move(self, identifier: str, article_id: str) -> None:
        """Move a question that the reviewer began to another article, dropping its marks.

        Raises:
            ReviewError: there is no such question or article, or the question cannot be moved.
            OSError: it cannot be written.
        """
        entry = self.entry(identifier)
        if not entry.movable or article_id not in self.articles:
            raise ReviewError("This question cannot be about another article.")
        with self._saved():
            self._drafts[identifier] = {**entry.record, "about": article_id, "relevant": []}

    @contextmanager
    def _saved(self) -> Iterator[None]:
        """Write the changes made inside the context; undo them if they cannot be written."""
        with self._lock:
            before = dict(self._drafts), dict(self._questions)
            yield
            try:
                # The accepted questions matter most, so they are written first.
                if self._questions != before[1]:
                    write_lines(self._questions.values(), self.folder / QUESTIONS)
                begun = (draft for draft in self._drafts.values() if draft["question"])
                write_lines(begun, self.folder / DRAFTS)
            except BaseException:
                self._drafts, self._questions = before
                raise

    def _entry(self, record: Record) -> Entry:
        named = [span["article_id"] for span in record.get("relevant", ())] + list(
            record.get("doc_ids", ())
        )
        named += [record["paragraph"]["article_id"]] if record.get("paragraph") else []
        named += [record["about"]] if "about" in record else []
        article_id = next(
            (name for name in named if name in self.articles), next(iter(self.articles))
        )
        accepted = record["id"] in self._questions
        state: State = "accepted" if accepted else "discarded" if record.get(_DISCARDED) else "open"
        return Entry(record["id"], article_id, of_record(record, article_id), state, record)


def _article(identifier: str, record: Mapping[str, Any]) -> Article:
    fields: dict[str, Any] = {
        name: str(record.get(name) or "")
        for name in ("title", "source", "published", "url", "author")
    }
    return Article(id=identifier, text=record["text"], **fields)


def _read(file: Path) -> dict[str, Record]:
    """Return the lines of a questions file by id; a missing file has none."""
    if not file.exists():
        return {}
    list(numbered(file))  # raises for an invalid line, with its number
    return {record["id"]: record for record in (json.loads(line) for _, line in lines_of(file))}


def of_record(record: Mapping[str, Any], article_id: str) -> Content:
    """Return the content of a set's line, as far as it is about one article."""
    spans = [
        (span["start"], span["end"])
        for span in record.get("relevant", ())
        if span["article_id"] == article_id
    ]
    answerable = record.get("answerable") is not False
    return Content(record["question"], tuple(record.get("answers", ())), tuple(spans), answerable)


def to_record(record: Mapping[str, Any], content: Content, article: tuple[str, str]) -> Record:
    """Return a line with its reviewed content, keeping what it says about other articles.

    Args:
        record: the line before the review.
        content: its new content.
        article: the id and the text of the article that `content` is about.
    """
    article_id, text = article
    left = {key: value for key, value in record.items() if key not in _REVIEWED}
    line = {"id": record["id"], "question": content.question} | left
    if not content.answerable:
        place = _place(record, article_id, text)
        line = {key: value for key, value in line.items() if key not in _GOLD}
        return line | {"answerable": False} | ({"paragraph": place} if place else {})
    spans = [{"article_id": article_id, "start": start, "end": end} for start, end in content.spans]
    spans += [span for span in record.get("relevant", ()) if span["article_id"] != article_id]
    if spans:
        line = {key: value for key, value in line.items() if key not in _GOLD} | {"relevant": spans}
    return line | {"answers": list(content.answers), "answerable": True}


def checked(content: Content, text: str) -> Content:
    """Return a normalised content: single lines, no duplicates. It may be incomplete.

    Raises:
        ReviewError: it is not valid Unicode, or a mark is outside the text.
    """
    question = " ".join(content.question.split())
    answers = tuple(
        dict.fromkeys(" ".join(answer.split()) for answer in content.answers if answer.strip())
    )
    if has_surrogates(question) or any(map(has_surrogates, answers)):
        raise ReviewError("The text holds half of a character: write it again.")
    if any(not 0 <= start < end <= len(text) for start, end in content.spans):
        raise ReviewError("The mark lies outside of the article: mark the answer again.")
    return Content(question, answers, tuple(sorted(set(content.spans))), content.answerable)


def complete(content: Content, text: str) -> Content:
    """Return a complete question, given the text of its article.

    Raises:
        ReviewError: something is missing; the error says what.
    """
    content = checked(content, text)
    if not content.question:
        raise ReviewError("Write the question first.")
    if not content.answerable:
        return Content(content.question, answerable=False)
    spans = content.spans or _only_place(text, content.answers)
    marked = [" ".join(text[start:end].split()) for start, end in spans]
    answers = content.answers or tuple(dict.fromkeys(marked))
    for found in marked:
        if not token_f1(found, answers) and not any(
            answer in found or found in answer for answer in answers
        ):
            raise ReviewError(
                f"The marked text “{found}” is not the answer: mark the answer in the text."
            )
    return Content(content.question, answers, spans)


def places(text: str, answers: Sequence[str]) -> list[Span]:
    """Return the spans of answers in a text as whole words, at most `_PLACES`."""
    found = {
        match.span()
        for answer in answers
        if answer.strip()
        for match in re.finditer(rf"(?<!\w){re.escape(answer)}(?!\w)", text)
    }
    return sorted(found)[:_PLACES]


def _only_place(text: str, answers: Sequence[str]) -> tuple[Span, ...]:
    found = places(text, answers)
    if not answers:
        raise ReviewError("Select the answer in the article, or say that there is none.")
    if not found:
        raise ReviewError(
            "The answer does not stand in the article in these words: select it there."
        )
    if len(found) > 1:
        raise ReviewError(
            f"The answer occurs in {len(found)} places: choose the one that answers the question."
        )
    return tuple(found)


def _place(record: Mapping[str, Any], article_id: str, text: str) -> Record | None:
    """Return the paragraph about which an unanswerable question was asked, if it is known."""
    if record.get("paragraph"):
        return dict(record["paragraph"])
    spans = [span for span in record.get("relevant", ()) if span["article_id"] == article_id]
    held = [
        span for span in paragraph_spans(text) if spans and span[0] <= spans[0]["start"] < span[1]
    ]
    return {"article_id": article_id, "start": held[0][0], "end": held[0][1]} if held else None

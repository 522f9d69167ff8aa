"""A question set under review: drafts become questions when a person accepts them, and every step is on disk.

Accepted is what is in `questions.jsonl`. `drafts.jsonl` keeps all that was drafted or begun, as it was last edited, and
which of it was discarded. So the set can be run at any time, and the review goes on where it was left.
"""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from qa import articles as sources
from qa.evaluation.contents import Content, ReviewError, checked, complete, of_record, to_record
from qa.evaluation.corpus import read_corpus
from qa.evaluation.drafts import draft_questions
from qa.evaluation.questions import QuestionSetError, lines_of, numbered
from qa.evaluation.sets import QUESTIONS, articles_of
from qa.evaluation.writing import write_lines, write_set
from qa.types import Article

Record = dict[str, Any]
State = Literal["open", "accepted", "discarded"]

DRAFTS = "drafts.jsonl"
_DISCARDED = "discarded"
# Keys of a draft that no question has.
_OF_DRAFTS = frozenset({"draft", _DISCARDED})


@dataclass(frozen=True, slots=True)
class Entry:
    """A question under review, and the article that is shown with it; `record` is its line in the set's files."""

    id: str
    article_id: str
    content: Content
    state: State
    record: Mapping[str, Any]

    @property
    def movable(self) -> bool:
        """Whether the reviewer may choose its article: it was begun here, and is not accepted."""
        return "about" in self.record and self.state != "accepted"


def start(folder: Path, paths: Sequence[Path], *, limit: int, max_chars: int) -> int:
    """Make a set's folder with drafts of questions about articles, and return how many drafts there are.

    Raises:
        QuestionSetError: the folder is there already, or an article cannot be read.
        OSError: the folder cannot be written.
    """
    found: dict[str, Article] = {}
    for path in paths:
        for reading in sources.read(path, base=path, max_chars=max_chars):
            if reading.error is not None:
                raise QuestionSetError(reading.error.path, reading.error.reason)
            if reading.article is not None:
                if reading.article.id in found:
                    raise QuestionSetError(str(path), f"the id {reading.article.id!r} is that of another article")
                found[reading.article.id] = reading.article
    if not found:
        raise QuestionSetError(", ".join(map(str, paths)), "holds no article")
    drafts = draft_questions(list(found.values()), limit=limit)
    # A folder is named, since its articles may yet change; single files are copied, and the set stands by itself.
    whole_folder = paths[0] if len(paths) == 1 and paths[0].is_dir() else None
    write_set({DRAFTS: drafts}, folder, articles=whole_folder or map(dataclasses.asdict, found.values()))
    return len(drafts)


class Review:
    """The questions of one set, in order: its drafts, then what was there or was added besides.

    Args:
        folder: of the set.
        max_chars: longer articles are refused.

    Raises:
        QuestionSetError: there is no such set, it has no articles, or a file of it is not valid.
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
        """Return all questions with what has become of them."""
        drafted = [self._entry(self._questions.get(key, draft)) for key, draft in self._drafts.items()]
        return drafted + [self._entry(record) for key, record in self._questions.items() if key not in self._drafts]

    def entry(self, identifier: str) -> Entry:
        """Return one question.

        Raises:
            ReviewError: there is none with this id.
        """
        found = next((entry for entry in self.entries() if entry.id == identifier), None)
        if found is None:
            raise ReviewError(f"There is no question {identifier!r} any more: reload the page.")
        return found

    def accept(self, identifier: str, content: Content) -> None:
        """Take a question into the set, as it now is.

        Raises:
            ReviewError: it is not whole.
            OSError: it cannot be written.
        """
        entry = self.entry(identifier)
        text = self.articles[entry.article_id].text
        record = to_record(entry.record, complete(content, text), (entry.article_id, text))
        kept = {key: value for key, value in record.items() if key not in _OF_DRAFTS}
        with self._kept():
            self._questions[identifier] = kept
            if identifier in self._drafts:
                self._drafts[identifier] = {**kept, "draft": True}

    def save(self, identifier: str, content: Content) -> None:
        """Keep an unfinished edit, unless its question is empty; what is accepted changes only if it stays whole.

        Raises:
            ReviewError: it would not, or it is no text.
            OSError: it cannot be written.
        """
        entry = self.entry(identifier)
        if entry.state == "accepted":
            self.accept(identifier, content)
            return
        article = entry.article_id, self.articles[entry.article_id].text
        content = checked(content, article[1])
        record = to_record(entry.record, content, article) if content.question else dict(entry.record)
        with self._kept():
            self._drafts[identifier] = record

    def discard(self, identifier: str) -> None:
        """Leave a question out of the set; its draft stays, and can be accepted after all.

        Raises:
            ReviewError: there is none with this id.
            OSError: it cannot be written.
        """
        record = self.entry(identifier).record
        with self._kept():
            self._questions.pop(identifier, None)
            self._drafts[identifier] = {**record, "draft": True, _DISCARDED: True}

    def add(self, article_id: str) -> str:
        """Begin a question of the reviewer's own about an article, and return its id.

        It is kept as soon as it says something.
        """
        known = self._drafts.keys() | self._questions.keys()
        identifier = next(name for n in range(len(known) + 1) if (name := f"own-{n + 1:03}") not in known)
        self._drafts[identifier] = {"id": identifier, "question": "", "about": article_id, "draft": True}
        return identifier

    def move(self, identifier: str, article_id: str) -> None:
        """Let a question of the reviewer's own be about another article; marks in the former one are gone.

        Raises:
            ReviewError: there is no such question or article, or it was drafted or accepted already.
            OSError: it cannot be written.
        """
        entry = self.entry(identifier)
        if not entry.movable or article_id not in self.articles:
            raise ReviewError("This question cannot be about another article.")
        with self._kept():
            self._drafts[identifier] = {**entry.record, "about": article_id, "relevant": []}

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Write what is changed inside; what cannot be written has not changed."""
        with self._lock:
            before = dict(self._drafts), dict(self._questions)
            yield
            try:
                # What is accepted counts, so it comes first.
                if self._questions != before[1]:
                    write_lines(self._questions.values(), self.folder / QUESTIONS)
                begun = (draft for draft in self._drafts.values() if draft["question"])
                write_lines(begun, self.folder / DRAFTS)
            except BaseException:
                self._drafts, self._questions = before
                raise

    def _entry(self, record: Record) -> Entry:
        named = [span["article_id"] for span in record.get("relevant", ())] + list(record.get("doc_ids", ()))
        named += [record["paragraph"]["article_id"]] if record.get("paragraph") else []
        named += [record["about"]] if "about" in record else []
        article_id = next((name for name in named if name in self.articles), next(iter(self.articles)))
        accepted = record["id"] in self._questions
        state: State = "accepted" if accepted else "discarded" if record.get(_DISCARDED) else "open"
        return Entry(record["id"], article_id, of_record(record, article_id), state, record)


def _article(identifier: str, record: Mapping[str, Any]) -> Article:
    fields = {name: str(record.get(name) or "") for name in ("title", "source", "published", "url", "author")}
    return Article(id=identifier, text=record["text"], **fields)


def _read(file: Path) -> dict[str, Record]:
    """Return the lines of a file of questions by id, as they are; there may be none."""
    if not file.exists():
        return {}
    list(numbered(file))  # a line that is no question is refused, by its number
    return {record["id"]: record for record in (json.loads(line) for _, line in lines_of(file))}

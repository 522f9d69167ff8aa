"""The values that flow through the pipeline.

    Article -> Passage -> Hit -> Evidence -> Statement (with its Citations) -> Answer

All are frozen and hold only types of the standard library. A stage returns new values and never
edits those it was given. Offsets are Python string indices into `Article.text`, end exclusive.
"""

from __future__ import annotations

import bisect
import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from qa.filtering import Filter as Filter  # noqa: PLC0414 - it is one of these values

Stage = Literal["dense", "lexical", "hybrid"]
Role = Literal["user", "assistant"]
QuestionType = Literal["fact", "list", "explanation", "yes_no"]
"""What kind of answer a question asks for."""

Form = Literal[
    "fact",
    "accounts",
    "list",
    "explanation",
    "yes_no",
    "timeline",
    "summary",
    "catalogue",
    "talk",
    "abstention",
]
"""The form of an answer.

"accounts" is a fact of which articles give different accounts, "timeline" one that changed: what
was said of it, in order of time. "catalogue" tells of the collection, "talk" is small talk.
"""

UNCITED: tuple[Form, ...] = ("catalogue", "talk")
"""The forms of answers that need no citation."""

Status = Literal["current", "earlier", "disputed"]

_MARKER = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Article:
    """One text of the collection. `text` is what was read, normalised by `qa.text.normalise`.

    `language` is a tag like "en" or "pt-BR": as the article names it, or else, once it is in an
    index, as its words tell; `pages` are the offsets
    at which the pages of a paged document start, from the first on; `place` is the dateline's:
    where the article was written.
    """

    id: str
    title: str
    text: str
    source: str = ""
    published: str = ""
    url: str = ""
    author: str = ""
    language: str = ""
    pages: tuple[int, ...] = ()
    place: str = ""

    def page_of(self, offset: int) -> int | None:
        """Return the number of the page that a character of the text is on, from 1."""
        return bisect.bisect_right(self.pages, offset) or None


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of one article: `article.text[start:end] == text`."""

    id: str
    article_id: str
    start: int
    end: int
    text: str

    def __post_init__(self) -> None:
        _check_span(self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Hit:
    """A ranked passage. `rank` is 1..n; scores compare only within one stage.

    `duplicates` holds its near duplicates in other articles, where the stage folds them.
    """

    passage: Passage
    score: float
    rank: int
    stage: Stage
    duplicates: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of an article that may answer a question.

    Attributes:
        article_id: the article that holds it.
        start: start of the sentence in the article's text.
        end: its end.
        short_start: start of the short answer within the sentence.
        short_end: its end.
        score: probability in [0, 1] that the short answer answers the question.
    """

    article_id: str
    start: int
    end: int
    short_start: int
    short_end: int
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """The exact span of an article that supports a statement: `text[start:end] == quote`.

    `page` is where it starts, in an article that has pages.
    """

    number: int
    article_id: str
    title: str
    source: str
    published: str
    url: str
    start: int
    end: int
    quote: str
    page: int | None = None

    def __post_init__(self) -> None:
        _check_span(self.start, self.end, self.quote)
        if self.number < 1:
            raise ValueError(f"a citation's number starts at 1, not {self.number}")


@dataclass(frozen=True, slots=True)
class Link:
    """An article that an answer names, without quoting it."""

    article_id: str
    title: str
    source: str = ""
    published: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that an answer says, with what supports it.

    Attributes:
        text: the sentence, or the item of a list, on one line and without markers.
        citations: what supports it; empty for what the catalogue tells, and for talk.
        short_answer: the answer within the sentence, where one was read.
        claimant: whose claim it is, e.g. "the mayor"; empty where the article itself says it.
        source: the outlet of the first citation.
        published: the date of its article.
        status: "disputed" where articles give different accounts, "earlier" where a later article
            says something else.
        generated: whether a chat model wrote it.
        links: articles that it names without quoting them.
        day: the day that the short answer means, as 2024-01-31, where the article only names a
            weekday or the like.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    short_answer: str = ""
    claimant: str = ""
    source: str = ""
    published: str = ""
    status: Status = "current"
    generated: bool = False
    links: tuple[Link, ...] = ()
    day: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A sentence of a chat model that an answer leaves out, and why, in a few words."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, or an abstention.

    Attributes:
        question: the question as it was asked.
        form: what kind of answer it is.
        text: what to show, rendered from the statements, with `[n]` markers; for an abstention, a
            sentence that says so.
        statements: what it says, in order; empty for an abstention.
        short: the answer in the fewest words of an article; empty for an abstention.
        confidence: probability in [0, 1] that the first quote answers the question.
        hits: the passages that were found, best first.
        timings: seconds by stage name. Where a chat model was asked, also its seconds as `model`
            and, if it reports them, its `tokens_in` and `tokens_out`; `rewrite`, its seconds for a
            follow-up question; `check`, its seconds for the words that carry what was doubted;
            `cost` of all its tokens, in the unit of `Settings.llm_price_in`.
        fingerprint: of the settings that produced it.
        standalone_question: the question that was searched, with what a follow-up left unsaid.
        fallback_reason: why articles are quoted although a chat model was to write; part of
            `text` too. Else empty.
        note: how the question was understood where that needs saying, such as the span of time
            that was searched; part of `text` too.
        where: the articles that the question's own words limited the search to.
        left_out: what a chat model wrote and the passages do not support; no part of `text`.
        others: where a follow-up may be about somebody else, too, the question put so.

    Raises:
        ValueError: statements, citations, markers and form contradict each other.
    """

    question: str
    form: Form
    text: str
    statements: tuple[Statement, ...] = ()
    short: str = ""
    confidence: float = 0.0
    hits: tuple[Hit, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    fingerprint: str = ""
    standalone_question: str = ""
    fallback_reason: str = ""
    note: str = ""
    where: Filter | None = None
    left_out: tuple[LeftOut, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def abstained(self) -> bool:
        """Whether the articles do not answer the question."""
        return self.form == "abstention"

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of all statements, each once, numbered 1..n."""
        return tuple(dict.fromkeys(c for said in self.statements for c in said.citations))

    def duplicates(self, citation: Citation) -> tuple[Passage, ...]:
        """Return the near duplicates, in other articles, that hold what `citation` quotes."""
        from qa.shingles import holds

        for hit in self.hits:
            passage = hit.passage
            inside = passage.start <= citation.start and citation.end <= passage.end
            if passage.article_id == citation.article_id and inside:
                return tuple(each for each in hit.duplicates if holds(each.text, citation.quote))
        return ()

    def __post_init__(self) -> None:
        numbers = [citation.number for citation in self.citations]
        if self.form not in UNCITED and self.abstained != (not numbers):
            raise ValueError("an answer from articles abstains exactly when it has no citations")
        if self.abstained and self.statements:
            raise ValueError("an abstention makes no statement")
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("citations are numbered 1..n in order")
        if markers(self.text) != set(numbers):
            raise ValueError("the [n] markers in the text and the citations differ")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence {self.confidence} is outside [0, 1]")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation; an assistant's may have the structure of its `answer`."""

    role: Role
    text: str
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Retrieval is done: `hits` are about to be read; `articles` maps article id -> article."""

    hits: tuple[Hit, ...]
    articles: Mapping[str, Article]


@dataclass(frozen=True, slots=True)
class Partial:
    """The sentence that a chat model is writing, not yet checked; empty as a sign of life."""

    text: str


StreamEvent = Found | Partial | Statement | Answer
"""What `Pipeline.stream` yields; the `Answer` comes last."""


def markers(text: str) -> set[int]:
    """Return the numbers n of all `[n]` markers in `text`."""
    return {int(number) for number in _MARKER.findall(text)}


def to_dict(value: Any) -> Any:
    """Return a type of this module (or a sequence of them) as what `json.dumps` takes.

    Field names are kept, and an answer also has its `citations` and `abstained`.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_dict(getattr(value, name)) for name in _names(value)}
    if isinstance(value, Mapping):
        return {str(key): to_dict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_dict(item) for item in value]
    return value


def _names(value: Any) -> Iterator[str]:
    for each in dataclasses.fields(value):
        if isinstance(value, Turn) and each.name == "answer" and value.answer is None:
            continue
        yield each.name
    if isinstance(value, Answer):
        yield from ("citations", "abstained")


def _check_span(start: int, end: int, text: str) -> None:
    if not 0 <= start < end or end - start != len(text):
        raise ValueError(f"span {start}:{end} does not fit a text of {len(text)} characters")

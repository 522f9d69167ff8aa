"""What programs send and get, as pydantic models: the schema of openapi.json is made of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qa.conversations.conversation import QUESTION_CHARS, Verdict
from qa.conversations.feedback import CORRECTION_CHARS
from qa.conversations.library import UPLOAD_BYTES
from qa.server.rest import examples
from qa.types import Citation, Filter, Form, Hit, Role, Statement, Turn

MAX_TURNS, MAX_TURN_CHARS = 100, 20_000
MAX_HITS = 100
MAX_PAGE = 500
MAX_IDS = 1_000

ConversationId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", examples=["0" * 31 + "1"])]
_Name = Annotated[str, Field(max_length=1_000)]
_Date = Annotated[str, Field(max_length=10, description="2024-01-31, 2024-01 or 2024")]


class Body(BaseModel):
    """What a program sends: no unknown fields, no conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Where(Body):
    """Which articles to search: those that meet every condition given."""

    source: Annotated[_Name, Field(description="the outlet's whole name")] = ""
    author: Annotated[_Name, Field(description="the author's whole name")] = ""
    since: _Date = ""
    until: _Date = ""
    article_ids: Annotated[list[str], Field(max_length=MAX_IDS)] = []
    place: Annotated[_Name, Field(description="where the article was written")] = ""
    language: Annotated[_Name, Field(description="its code or English name")] = ""

    def filter(self) -> Filter | None:
        """Return it as a filter; None if there is no condition.

        Raises:
            SettingsError: a date is malformed, the first comes after the last, or the language is
                unknown.
        """
        ids, since, until = tuple(self.article_ids), self.since, self.until
        where = Filter(self.source, self.author, since, until, ids, self.place, self.language)
        return where or None


class Message(Body):
    """An earlier message of a conversation that the program keeps itself."""

    role: Role
    text: Annotated[str, Field(max_length=MAX_TURN_CHARS)]


class Ask(Body):
    """A question.

    With a `conversation`, the service knows what came before, and stores question and answer.
    Else the program sends the `history`, and nothing is stored.
    """

    model_config = ConfigDict(json_schema_extra={"examples": examples.ASK})

    question: Annotated[str, Field(min_length=1, max_length=QUESTION_CHARS)]
    history: Annotated[list[Message], Field(max_length=MAX_TURNS)] = []
    where: Where = Where()
    quotes: Annotated[
        bool, Field(description="quote the articles even where a chat model could write")
    ] = False
    conversation: ConversationId | None = None
    stream: Annotated[
        bool, Field(description="answer as server-sent events, statements as they come")
    ] = False

    @model_validator(mode="after")
    def _one_past(self) -> Ask:
        if self.history and self.conversation:
            raise ValueError("send a history or a conversation, not both")
        return self

    def turns(self) -> tuple[Turn, ...]:
        """Return the history as turns."""
        return tuple(Turn(message.role, message.text) for message in self.history)


class Search(Body):
    """A search for passages."""

    model_config = ConfigDict(json_schema_extra={"examples": examples.SEARCH})

    query: Annotated[str, Field(min_length=1, max_length=QUESTION_CHARS)]
    k: Annotated[int, Field(ge=1, le=MAX_HITS)] = 10
    where: Where = Where()


class AddArticle(Body):
    """A file in base64, a text, or an address of the web: exactly one of them."""

    model_config = ConfigDict(json_schema_extra={"examples": examples.ADD})

    name: Annotated[str, Field(max_length=1_000, description="of the file, with its suffix")] = ""
    data: Annotated[
        str, Field(max_length=UPLOAD_BYTES * 4 // 3 + 1_000, description="of the file, in base64")
    ] = ""
    title: Annotated[str, Field(max_length=300)] = ""
    text: Annotated[str, Field(max_length=UPLOAD_BYTES)] = ""
    address: Annotated[str, Field(max_length=2_000)] = ""

    @model_validator(mode="after")
    def _exactly_one(self) -> AddArticle:
        if sum(map(bool, (self.data, self.text, self.address))) != 1:
            raise ValueError("send data (with its name), a text or an address: one of them")
        if bool(self.data) != bool(self.name):
            raise ValueError("a file has a name and data")
        return self


class Undo(Body):
    """Put a removed article back."""

    token: ConversationId


class Rename(Body):
    """Another title of a conversation."""

    title: Annotated[str, Field(min_length=1, max_length=10_000)]


class Judge(Body):
    """A verdict on an answer of a stored conversation; an empty one takes it back."""

    model_config = ConfigDict(json_schema_extra={"examples": examples.JUDGE})

    conversation: ConversationId
    exchange: Annotated[int, Field(ge=1, le=1_000_000)]
    verdict: Verdict
    correct: Annotated[str, Field(max_length=CORRECTION_CHARS)] = ""
    unanswerable: bool = False


class AnswerBody(BaseModel):
    """An answer: the fields of `qa.types.Answer`."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ANSWER]})

    question: str
    form: Form
    text: str
    statements: list[Statement]
    short: str
    confidence: float
    hits: list[Hit]
    timings: dict[str, float]
    fingerprint: str
    standalone_question: str
    fallback_reason: str
    note: str
    where: Filter | None
    citations: list[Citation]
    abstained: bool
    conversation: str | None = None
    exchange: int | None = None


class Listed(BaseModel):
    """An article in a list."""

    id: str
    title: str
    source: str
    published: str
    author: str


class ArticlePage(BaseModel):
    """A page of the list of articles, sorted by id; `next` is the offset of the page after it."""

    total: int
    articles: list[Listed]
    next: int | None


class Adding(BaseModel):
    """Something that is being added, or was.

    `outcome` is empty until it is done; `done` of `total` says how far it has got.
    """

    token: str
    name: str
    outcome: Literal["", "added", "changed", "unchanged", "refused"]
    detail: str = ""
    refusals: list[str] = []
    done: int = 0
    total: int = 0
    unit: str = "articles"


class Removed(BaseModel):
    """A removed article; the token puts it back."""

    id: str
    undo: str


class ConversationItem(BaseModel):
    """A conversation in a list; `changed` is in seconds since 1970."""

    id: str
    title: str
    changed: float


class ExchangeItem(BaseModel):
    """A question of a conversation, and its answer."""

    number: int
    question: str
    answer: AnswerBody | None
    error: str
    verdict: Verdict


class Conversation(BaseModel):
    """A stored conversation."""

    id: str
    title: str
    exchanges: list[ExchangeItem]


class CollectionItem(BaseModel):
    """A collection; the paths of its routes begin with `path`."""

    name: str
    role: Literal["reader", "editor", "owner"]
    path: str


class Health(BaseModel):
    """Whether the service runs."""

    status: Literal["ok"]
    version: str


class Ready(BaseModel):
    """Whether the service can answer."""

    status: Literal["ready"]
    articles: int


class Problem(BaseModel):
    """An error (RFC 9457): what happened, and what to do next."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.PROBLEM]})

    type: str
    title: str
    status: int
    detail: str
    errors: list[dict[str, Any]] = []

"""What a client may send, validated: anyone can send anything."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa.conversations.conversation import Verdict
from qa.conversations.messages import told
from qa.errors import QAError
from qa.text import has_surrogates

# A little more than a question may have, so that the conversation can tell what is too long.
_QUESTION_CHARS = 100_000
_MALFORMED = "This page has sent what cannot be understood: reload it, then try again."
_FAULT = "Something went wrong. The server has noted the details in its log; you can try again."

Key = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""A random token of the client: a visitor's secret, the id of a conversation or of a question."""

_log = logging.getLogger(__name__)


class Request(BaseModel):
    """The base of all requests: no unknown fields, no conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CancelRequest(Request):
    """Cancel a question."""

    token: Key


class VisitorRequest(Request):
    """A request of one visitor, who is known by a secret."""

    visitor: Key


class ConversationRequest(VisitorRequest):
    """A request about one of a visitor's conversations."""

    conversation: Key


class ArticleConditions(Request):
    """Which articles to ask; an empty field is no condition. The pipeline checks the dates."""

    source: Annotated[str, Field(max_length=1_000)] = ""
    since: Annotated[str, Field(max_length=10)] = ""
    until: Annotated[str, Field(max_length=10)] = ""


class AskRequest(ConversationRequest):
    """Ask a question in a conversation; see `qa.conversations.conversation.ConversationTurn`.

    Attributes:
        token: of the question, to cancel it.
        question: in the user's words.
        replaces: whether it replaces the last exchange, whose question the user edited.
        literal: whether it is a standalone question.
        quotes: whether to quote the articles even if a chat model could write.
        where: which articles to ask.
    """

    token: Key
    question: Annotated[str, Field(max_length=_QUESTION_CHARS)]
    replaces: bool = False
    literal: bool = False
    quotes: bool = False
    where: ArticleConditions = ArticleConditions()


class RenameRequest(ConversationRequest):
    """Give a conversation another title."""

    title: Annotated[str, Field(max_length=10_000)]


class VerdictRequest(ConversationRequest):
    """Judge an answer.

    Attributes:
        exchange: the number of its exchange, from 1.
        verdict: empty takes an earlier one back.
        correct: what would have been right.
        unanswerable: whether the articles do not answer the question.
    """

    exchange: Annotated[int, Field(ge=1)]
    verdict: Verdict
    correct: Annotated[str, Field(max_length=10_000)] = ""
    unanswerable: bool = False


class ExportRequest(ConversationRequest):
    """Export a conversation."""

    format: Literal["md", "json"]


Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], act: Callable[[Model], Any]) -> Callable[[object], dict[str, Any]]:
    """Return `act` as a function, of the same name, that takes whatever a client sent.

    It returns `{"value": ...}`, or `{"error": ...}` in words for the user, whatever was sent and
    whatever happens.
    """

    def call(request: object) -> dict[str, Any]:
        try:
            return {"value": act(parse(model, request))}
        except QAError as error:
            return {"error": told(error)}
        except Exception:  # noqa: BLE001 - outer boundary: the client gets a sentence, the log the rest
            _log.exception("a request failed")
            return {"error": _FAULT}

    call.__name__ = act.__name__
    return call


def parse(model: type[Model], request: object) -> Model:
    """Return what was sent as a model.

    Raises:
        QAError: it does not fit the model.
    """
    try:
        parsed = model.model_validate(request)
    except ValidationError:
        raise QAError(_MALFORMED) from None
    texts = (value for value in parsed.model_dump().values() if isinstance(value, str))
    if any(map(has_surrogates, texts)):
        raise QAError(_MALFORMED)
    return parsed

"""What the browser may send, checked: anyone can send anything by hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa.chat.asking import Verdict
from qa.errors import QAError
from qa.text import has_surrogates

# A little above what a question may have, so that it is the conversation that says what is too long.
_QUESTION_CHARS = 100_000
_ODD = "This page has sent what cannot be understood: reload it, then try again."
_FAULT = "Something went wrong. The server has noted the details in its log; you can try again."

Key = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
"""What the browser draws by lot: the visitor's secret, the id of a conversation, the token of a question."""

_log = logging.getLogger(__name__)


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Stopped(_Sent):
    """A wish to stop a question."""

    token: Key


class Visit(_Sent):
    """A request of a visitor."""

    visitor: Key


class Talk(Visit):
    """A request about one of a visitor's conversations."""

    talk: Key


class Where(_Sent):
    """Which articles are asked; an empty field says nothing. The pipeline checks the dates."""

    source: Annotated[str, Field(max_length=1_000)] = ""
    since: Annotated[str, Field(max_length=10)] = ""
    until: Annotated[str, Field(max_length=10)] = ""


class Asked(Talk):
    """A question. See `qa.chat.asking.Asking` for what the fields say."""

    token: Key
    question: Annotated[str, Field(max_length=_QUESTION_CHARS)]
    replaces: bool = False
    literal: bool = False
    quotes: bool = False
    where: Where = Where()


class Titled(Talk):
    """Another title for a conversation."""

    title: Annotated[str, Field(max_length=10_000)]


class Judged(Talk):
    """What a visitor thinks of an answer: of which exchange, from 1, and what would have been right."""

    exchange: Annotated[int, Field(ge=1)]
    verdict: Verdict
    correct: Annotated[str, Field(max_length=10_000)] = ""
    unanswerable: bool = False


class Exported(Talk):
    """A wish to take a conversation away."""

    form: Literal["md", "json"]


Model = TypeVar("Model", bound=BaseModel)


def checked(model: type[Model], act: Callable[[Model], Any]) -> Callable[[object], dict[str, Any]]:
    """Return `act` as a function that the browser can call, under the same name.

    It returns `{"value": ...}`, or `{"error": ...}` in words for the visitor, whatever was sent and whatever happens.
    """

    def call(request: object) -> dict[str, Any]:
        try:
            return {"value": act(parse(model, request))}
        except QAError as error:
            return {"error": str(error)}
        except Exception:  # noqa: BLE001 - this is a border: the page gets a sentence, the log the rest
            _log.exception("a request of the page failed")
            return {"error": _FAULT}

    call.__name__ = act.__name__
    return call


def parse(model: type[Model], request: object) -> Model:
    """Return what was sent as a model.

    Raises:
        QAError: it is something else.
    """
    try:
        parsed = model.model_validate(request)
    except ValidationError:
        raise QAError(_ODD) from None
    if any(isinstance(value, str) and has_surrogates(value) for value in parsed.model_dump().values()):
        raise QAError(_ODD)
    return parsed

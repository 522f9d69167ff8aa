"""A client of the service, for Python programs.

from qa.client import Client

with Client("http://127.0.0.1:7860", key="qa_...") as client:
    answer = client.ask("Who wants to close the ferry?")
    print(answer.text, answer.citations[0].quote)
"""

from __future__ import annotations

import base64
import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from qa.errors import QAError
from qa.types import Answer, Article, Filter, Hit, Statement, Turn, to_dict

TIMEOUT = 320.0
"""Seconds that a request may take; the service itself gives up an answer earlier."""

_PAUSE = 0.2
_PAGE = 500

T = TypeVar("T")


class ServiceError(QAError):
    """The service refused a request.

    Attributes:
        status: of HTTP; 0 if no response came.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True)
class ListedArticle:
    """An article in a list, without its text."""

    id: str
    title: str
    source: str
    published: str
    author: str


@dataclass(frozen=True, slots=True)
class Added:
    """What became of something that was added: `added`, `changed`, `unchanged` or `refused`."""

    name: str
    outcome: str
    detail: str
    refusals: tuple[str, ...] = ()


class Client:
    """A connection to a service. Every method raises `ServiceError` for what the service refuses.

    Args:
        address: of the service, such as `http://127.0.0.1:7860`.
        key: an API key; empty where the service asks for no login.
        visitor: 32 hexadecimal digits of your own, the same each time: what your conversations are
            stored under where the service asks for no login.
        timeout: seconds that a request may take.
        transport: of httpx, for tests.
    """

    def __init__(
        self,
        address: str,
        *,
        key: str = "",
        visitor: str = "",
        timeout: float = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= {"QA-Visitor": visitor} if visitor else {}
        self._http = httpx.Client(
            base_url=address, headers=headers, timeout=timeout, transport=transport
        )

    def __enter__(self) -> Self:
        """Return the client, which is closed at the end of the `with` statement."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        conversation: str | None = None,
    ) -> Answer:
        """Return the answer to a question, or an abstention.

        Args:
            question: in the asker's words.
            history: the turns before it, oldest first.
            where: which articles to answer from; by default all.
            conversation: id of one that the service stores, instead of a history.
        """
        body = _asked(question, history, where, conversation)
        return _as(Answer, self._call("POST", "/api/v1/ask", json=body))

    def stream(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        where: Filter | None = None,
        conversation: str | None = None,
    ) -> Iterator[Statement | Answer]:
        """Yield the statements of an answer as they come, and the answer last; see `ask`."""
        body = _asked(question, history, where, conversation) | {"stream": True}
        with _failures(), self._http.stream("POST", "/api/v1/ask", json=body) as response:
            if response.is_error:
                response.read()
                raise _error(response)
            for name, data in _events(response.iter_lines()):
                if name == "statement":
                    yield _as(Statement, data)
                elif name == "answer":
                    yield _as(Answer, data)
                elif name == "error":
                    raise ServiceError(int(data["status"]), str(data["detail"]))

    def search(self, query: str, *, k: int = 10, where: Filter | None = None) -> list[Hit]:
        """Return the k best passages for a query, best first."""
        body = {"query": query, "k": k, "where": _conditions(where)}
        return _as(list[Hit], self._call("POST", "/api/v1/search", json=body))

    def articles(self, where: Filter | None = None) -> Iterator[ListedArticle]:
        """Yield the articles, sorted by id. Of the filter, ids are not supported."""
        offset: int | None = 0
        conditions = {name: value for name, value in _conditions(where).items() if value}
        while offset is not None:
            asked = conditions | {"offset": offset, "limit": _PAGE}
            page = self._call("GET", "/api/v1/articles", params=asked)
            yield from _as(list[ListedArticle], page["articles"])
            offset = page["next"]

    def article(self, article_id: str) -> Article:
        """Return an article with its whole text."""
        return _as(Article, self._call("GET", f"/api/v1/articles/{quote(article_id)}"))

    def add_file(self, path: str | Path) -> Added:
        """Add a file, and return what became of it."""
        file = Path(path)
        data = base64.b64encode(file.read_bytes()).decode()
        return self._add({"name": file.name, "data": data})

    def add_text(self, text: str, *, title: str = "") -> Added:
        """Add a text, and return what became of it."""
        return self._add({"title": title, "text": text})

    def add_address(self, address: str) -> Added:
        """Add what is found at an address of the web, and return what became of it."""
        return self._add({"address": address})

    def remove(self, article_id: str) -> str:
        """Remove an article, and return the token that puts it back."""
        return str(self._call("DELETE", f"/api/v1/articles/{quote(article_id)}")["undo"])

    def undo(self, token: str) -> str:
        """Put a removed article back, and return its id."""
        return str(self._call("POST", "/api/v1/undo", json={"token": token})["id"])

    def judge(self, conversation: str, exchange: int, verdict: str, *, correct: str = "") -> None:
        """Store a verdict, `up` or `down`, on an answer of a stored conversation."""
        body = {"conversation": conversation, "exchange": exchange, "verdict": verdict}
        self._call("POST", "/api/v1/feedback", json=body | {"correct": correct})

    def _add(self, body: Mapping[str, str]) -> Added:
        state = self._call("POST", "/api/v1/articles", json=body)
        while not state["outcome"]:
            time.sleep(_PAUSE)
            state = self._call("GET", f"/api/v1/additions/{state['token']}")
        return _as(Added, state)

    def _call(self, method: str, path: str, **options: Any) -> Any:
        with _failures():
            response = self._http.request(method, path, **options)
        if response.is_error:
            raise _error(response)
        return response.json()


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """Turn what goes wrong on the way into an error of ours."""
    try:
        yield
    except httpx.HTTPError as error:
        message = f"the service cannot be reached ({error}): is it running there?"
        raise ServiceError(0, message) from error


def _asked(
    question: str, history: Sequence[Turn], where: Filter | None, conversation: str | None
) -> dict[str, Any]:
    turns = [{"role": turn.role, "text": turn.text} for turn in history]
    body: dict[str, Any] = {"question": question, "where": _conditions(where)}
    body |= {"history": turns} if turns else {}
    return body | ({"conversation": conversation} if conversation else {})


def _conditions(where: Filter | None) -> dict[str, Any]:
    return dict(to_dict(where)) if where else {}


def _as(kind: type[T], data: object) -> T:
    return TypeAdapter(kind).validate_python(data)


def _error(response: httpx.Response) -> ServiceError:
    try:
        detail = str(response.json()["detail"])
    except (ValueError, LookupError, TypeError):
        detail = response.text[:300] or response.reason_phrase
    return ServiceError(response.status_code, detail)


def _events(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    """Yield the name and the data of server-sent events."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))

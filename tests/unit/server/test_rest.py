"""REST: asking, searching, articles, conversations, errors."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from qa.errors import IndexNotFoundError, ModelError
from qa.server.accounts import Accounts
from qa.server.rest import admission, problems
from tests.fakes import FakePipeline
from tests.service import (
    ARTICLE,
    CONVERSATION,
    QUESTION,
    QUOTE,
    VISITOR,
    backend,
    keys,
    service,
)


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    """Return a client of a service that nobody has to sign in to."""
    with TestClient(service(backend(tmp_path))) as client:
        yield client


def _events(text: str) -> list[tuple[str, Any]]:
    found = [block.partition("\ndata: ") for block in text.strip().split("\n\n")]
    return [(head.removeprefix("event: "), json.loads(data)) for head, _, data in found]


def _problem(answer: Any, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    return str(body["detail"])


def test_an_answer_has_its_citations(http: TestClient) -> None:
    """With the exact span of the article that each quotes."""
    body = http.post("/api/v1/ask", json={"question": QUESTION}).json()
    cited = body["citations"][0]
    assert not body["abstained"]
    assert ARTICLE.text[cited["start"] : cited["end"]] == cited["quote"] == QUOTE


def test_statements_come_as_events(http: TestClient) -> None:
    """What is found, each statement, and the answer last."""
    answer = http.post("/api/v1/ask", json={"question": QUESTION, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = _events(answer.text)
    assert [name for name, _ in events] == ["found", "statement", "answer"]
    assert events[0][1]["article_ids"] == ["ferry.txt"]
    assert events[1][1]["text"] == QUOTE
    assert events[2][1]["citations"][0]["quote"] == QUOTE


def test_history_and_filter_reach_the_pipeline(tmp_path: Path) -> None:
    """What a program sends along with a question counts."""
    pipeline = FakePipeline([ARTICLE], {QUESTION: [QUOTE]})
    body = {
        "question": QUESTION,
        "history": [{"role": "user", "text": "Hello"}],
        "where": {"source": "Northern Courier", "author": "Ann", "article_ids": ["ferry.txt"]},
        "quotes": True,
    }
    with TestClient(service(backend(tmp_path, pipeline))) as http:
        assert http.post("/api/v1/ask", json=body).status_code == 200
    where = pipeline.wheres[0]
    assert where is not None
    assert (where.source, where.author, where.article_ids) == (
        "Northern Courier",
        "Ann",
        ("ferry.txt",),
    )
    assert [turn.text for turn in pipeline.asked[0][1]] == ["Hello"]
    assert pipeline.quoted == [True]


def test_conversations_are_stored_and_are_ones_own(http: TestClient) -> None:
    """Asked again in the same one, the service knows what came before; others find nothing."""
    body = {"question": QUESTION, "conversation": CONVERSATION}
    for number in (1, 2):
        answer = http.post("/api/v1/ask", json=body, headers=VISITOR).json()
        assert (answer["conversation"], answer["exchange"]) == (CONVERSATION, number)
    path = f"/api/v1/conversations/{CONVERSATION}"
    (listed,) = http.get("/api/v1/conversations", headers=VISITOR).json()
    assert (listed["id"], listed["title"]) == (CONVERSATION, QUESTION)
    assert len(http.get(path, headers=VISITOR).json()["exchanges"]) == 2
    stranger = {"QA-Visitor": "b" * 32}
    _problem(http.get(path, headers=stranger), 404)
    _problem(http.delete(path, headers=stranger), 404)
    assert http.get("/api/v1/conversations", headers=stranger).json() == []
    renamed = http.patch(path, json={"title": "Ferries"}, headers=VISITOR).json()
    assert renamed["title"] == "Ferries"
    assert http.delete(path, headers=VISITOR).status_code == 204
    assert http.get("/api/v1/conversations", headers=VISITOR).json() == []


def test_without_a_login_conversations_need_a_secret(http: TestClient) -> None:
    """Else all programs of an open service would share theirs."""
    body = {"question": QUESTION, "conversation": CONVERSATION}
    assert "QA-Visitor" in _problem(http.post("/api/v1/ask", json=body), 422)


def test_users_have_their_own_conversations(tmp_path: Path) -> None:
    """Whatever secret they send along."""
    tokens = keys(tmp_path / "users.json")
    accounts = Accounts(users=tmp_path / "users.json")
    reader, owner = (
        {"Authorization": f"Bearer {tokens[role]}"} | VISITOR for role in ("reader", "owner")
    )
    body = {"question": QUESTION, "conversation": CONVERSATION}
    with TestClient(service(backend(tmp_path), accounts)) as http:
        assert http.post("/api/v1/ask", json=body, headers=reader).status_code == 200
        assert len(http.get("/api/v1/conversations", headers=reader).json()) == 1
        assert http.get("/api/v1/conversations", headers=owner).json() == []


def test_verdicts_are_stored(http: TestClient, tmp_path: Path) -> None:
    """In the question set of feedback, which `qa eval` reads."""
    body = {"question": QUESTION, "conversation": CONVERSATION}
    http.post("/api/v1/ask", json=body, headers=VISITOR)
    judged = {"conversation": CONVERSATION, "exchange": 1, "verdict": "up"}
    assert http.post("/api/v1/feedback", json=judged, headers=VISITOR).json() == {"verdict": "up"}
    line = json.loads((tmp_path / "chat/feedback/questions.jsonl").read_text())
    assert line["question"] == QUESTION
    _problem(http.post("/api/v1/feedback", json=judged | {"exchange": 2}, headers=VISITOR), 404)


def test_articles_are_listed_by_page(tmp_path: Path) -> None:
    """With the offset of the next page, until there is none."""
    articles = [ARTICLE, *(type(ARTICLE)(f"{n}.txt", f"T{n}", "Words.") for n in range(4))]
    with TestClient(service(backend(tmp_path, FakePipeline(articles)))) as http:
        first = http.get("/api/v1/articles", params={"limit": 3}).json()
        rest = http.get("/api/v1/articles", params={"limit": 3, "offset": first["next"]}).json()
        filtered = http.get("/api/v1/articles", params={"source": "Northern Courier"}).json()
    assert (first["total"], len(first["articles"]), len(rest["articles"])) == (5, 3, 2)
    assert rest["next"] is None
    assert [each["id"] for each in filtered["articles"]] == ["ferry.txt"]


def test_articles_are_added_removed_and_put_back(http: TestClient) -> None:
    """A file or a text; what becomes of it can be asked for."""
    data = base64.b64encode(b"The ferry stays, said the mayor.").decode()
    for body in ({"name": "mayor.txt", "data": data}, {"title": "Two", "text": "Two words."}):
        answer = http.post("/api/v1/articles", json=body)
        assert answer.status_code == 202
        state = answer.json()
        while not state["outcome"]:
            time.sleep(0.02)
            state = http.get(f"/api/v1/additions/{state['token']}").json()
        assert state["outcome"] == "added", state
    assert http.get("/api/v1/articles/mayor.txt").json()["text"].startswith("The ferry stays")
    removed = http.delete("/api/v1/articles/mayor.txt").json()
    _problem(http.get("/api/v1/articles/mayor.txt"), 404)
    assert http.post("/api/v1/undo", json={"token": removed["undo"]}).json() == {"id": "mayor.txt"}
    assert http.get("/api/v1/articles/mayor.txt").status_code == 200
    events = http.get("/api/v1/audit").json()
    assert "DELETE /api/v1/articles/{article_id:path}" in {event["action"] for event in events}
    assert "The ferry stays" not in json.dumps(events)


def test_read_only_has_no_routes_that_change_articles(tmp_path: Path) -> None:
    """They are not there, for anybody, and openapi.json does not name them."""
    with TestClient(service(backend(tmp_path, read_only=True))) as http:
        assert http.post("/api/v1/articles", json={"text": "Words."}).status_code in {404, 405}
        assert http.delete("/api/v1/articles/ferry.txt").status_code in {404, 405}
        paths = http.get("/openapi.json").json()["paths"]
        assert set(paths["/api/v1/articles"]) == {"get"}
        assert "/api/v1/undo" not in paths
        assert http.get("/api/v1/articles/ferry.txt").status_code == 200


def test_addresses_are_fetched_only_where_that_is_allowed(http: TestClient) -> None:
    """By default the service opens no address that a program names."""
    body = {"address": "http://127.0.0.1:1/"}
    assert "fetches nothing" in _problem(http.post("/api/v1/articles", json=body), 422)


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("ask", {}, "question"),
        ("ask", {"question": " "}, "empty"),
        ("ask", {"question": "x" * 2_001}, "2000"),
        ("ask", {"question": "x", "where": {"since": "May"}}, "write a date"),
        ("ask", {"question": "x", "unknown": 1}, "unknown"),
        ("ask", {"question": 5}, "string"),
        ("search", {"query": "x", "k": 0}, "k"),
        ("search", {"query": "x", "k": 101}, "k"),
        ("articles", {}, "one of them"),
        ("articles", {"name": "a.txt", "data": "%"}, "base64"),
        ("articles", {"data": "AAAA"}, "name"),
    ],
)
def test_what_cannot_be_is_told(
    http: TestClient, path: str, body: dict[str, object], told: str
) -> None:
    """As a problem, in words, without what was sent."""
    assert told in _problem(http.post(f"/api/v1/{path}", json=body), 422)


def test_what_is_no_unicode_is_told(http: TestClient) -> None:
    """A lone surrogate in JSON is valid there, and nowhere else."""
    for stream in ("true", "false"):
        answer = http.post(
            "/api/v1/ask",
            content=f'{{"question": "\\ud800", "stream": {stream}}}',
            headers={"Content-Type": "application/json"},
        )
        _problem(answer, 422)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (IndexNotFoundError("there is no index"), 503),
        (ModelError("the model fails"), 503),
        (ValueError("/secret/place"), 500),
    ],
)
@pytest.mark.parametrize("stream", [True, False])
def test_failures_are_problems(tmp_path: Path, error: Exception, status: int, stream: bool) -> None:
    """Also of a stream that has not begun; no message names a place on the server."""
    pipeline = FakePipeline([ARTICLE], failures={QUESTION: error})

    def fail(*_args: object, **_options: object) -> Iterator[Any]:
        raise error

    pipeline.stream = fail  # type: ignore[method-assign]
    client = TestClient(service(backend(tmp_path, pipeline)), raise_server_exceptions=False)
    with client as http:
        answer = http.post("/api/v1/ask", json={"question": QUESTION, "stream": stream})
    assert "/secret" not in _problem(answer, status)


def test_a_stream_that_fails_later_ends_with_an_error(tmp_path: Path) -> None:
    """What has been sent cannot be taken back: the last event says what happened."""
    pipeline = FakePipeline([ARTICLE], failures={QUESTION: ModelError("the model fails")})
    with TestClient(service(backend(tmp_path, pipeline))) as http:
        answer = http.post("/api/v1/ask", json={"question": QUESTION, "stream": True})
    name, problem = _events(answer.text)[-1]
    assert (name, problem["status"], problem["detail"]) == ("error", 503, "the model fails")


@pytest.mark.parametrize(("kind", "status"), [("BusyError", 503), ("TooManyError", 429)])
def test_too_many_waiting_questions_are_refused(
    http: TestClient, monkeypatch: pytest.MonkeyPatch, kind: str, status: int
) -> None:
    """With the time to come again; who alone asks too much gets a status of its own."""

    async def refuse(*_: object) -> None:
        raise getattr(problems, kind)("too many questions are waiting", 7)

    monkeypatch.setattr(admission, "WORKING", 0)
    monkeypatch.setattr(admission.Admission, "_turn", refuse)
    answer = http.post("/api/v1/ask", json={"question": QUESTION})
    assert "try again in 7 s" in _problem(answer, status)
    assert answer.headers["retry-after"] == "7"


def test_a_service_that_ends_takes_no_more_questions(tmp_path: Path) -> None:
    """Who asks while it is being stopped is told to come again."""
    made = backend(tmp_path)
    with TestClient(service(made)) as http:
        assert http.post("/api/v1/ask", json={"question": QUESTION}).status_code == 200
        made.pipeline.stop_answering()
        answer = http.post("/api/v1/ask", json={"question": QUESTION})
    assert "being restarted" in _problem(answer, 503)
    assert answer.headers["retry-after"] == "2"


def test_an_answer_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """Nobody waits for ever, and the work ends."""
    import asyncio

    from qa.conversations.asking import Question
    from qa.conversations.cancel import QuestionCancelledError
    from qa.server.rest.questions import Asking

    pipeline = FakePipeline([ARTICLE], {QUESTION: [QUOTE]}, pause=30.0)

    async def ask() -> None:
        asking = Asking(backend(tmp_path, pipeline), admission.Admission(), seconds=0.05)
        await asking.answer(Question(QUESTION))

    with pytest.raises(QuestionCancelledError):
        asyncio.run(ask())


def test_health_readiness_and_results(http: TestClient, tmp_path: Path) -> None:
    """Health and readiness are anybody's; results of `qa eval` are read from the index's folder."""
    assert http.get("/api/v1/health").json()["status"] == "ok"
    assert http.get("/api/v1/ready").json() == {"status": "ready", "articles": 1}
    assert http.get("/api/v1/evaluations").json() == []
    (tmp_path / "evaluations").mkdir()
    result = {"set": "corpus", "metrics": {"f1": {"value": 0.5}}, "items": ["private"]}
    (tmp_path / "evaluations/corpus.json").write_text(json.dumps(result))
    assert http.get("/api/v1/evaluations").json() == ["corpus"]
    assert http.get("/api/v1/evaluations/corpus").json() == {
        "set": "corpus",
        "metrics": {"f1": {"value": 0.5}},
    }
    _problem(http.get("/api/v1/evaluations/other"), 404)
    _problem(http.get("/api/v1/evaluations/..%2Fsecret"), 404)


def test_readiness_waits_for_an_index(tmp_path: Path) -> None:
    """A balancer sends nobody to a service without one; to be healthy it needs none."""
    from qa.conversations.lazy_pipeline import LazyPipeline
    from qa.server.backend import Backend

    def absent() -> Any:
        raise IndexNotFoundError("there is no index in .qa: run: qa index PATH")

    made = Backend.over(LazyPipeline(absent), tmp_path)
    with TestClient(service(made)) as http:
        assert "qa index" in _problem(http.get("/api/v1/ready"), 503)
        assert http.get("/api/v1/health").status_code == 200


def test_metrics_count_by_route_and_form(http: TestClient) -> None:
    """Requests, stages, answers, the index's generation; no question and no id is in a label."""
    http.post("/api/v1/ask", json={"question": QUESTION})
    http.post("/api/v1/ask", json={"question": "What else?"})
    http.get("/api/v1/articles/ferry.txt")
    http.get("/nowhere")
    text = http.get("/metrics").text
    assert 'qa_requests_total{method="POST",route="/api/v1/ask",status="200"} 2.0' in text
    assert 'qa_answers_total{form="abstention"} 1.0' in text
    assert 'qa_index_info{generation="generation-1"} 1.0' in text
    assert 'route="unknown",status="404"' in text
    assert "ferry" not in text
    assert "qa_questions_waiting 0.0" in text

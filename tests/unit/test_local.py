"""A GGUF file as a chat model: what llama.cpp is asked for, what its events become, and that it can be left."""

from __future__ import annotations

import threading
import time
import types
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from qa.answering.generation.local import LocalChatModel, _Request
from qa.errors import ModelError

PROMPT = [
    SystemMessage("Be brief."),
    HumanMessage("Did it hold?"),
    AIMessage("What?"),
    HumanMessage("The dam."),
]


def said(text: str) -> dict[str, Any]:
    """Return the event of a piece of text."""
    return {"choices": [{"delta": {"content": text}}]}


# More than anybody waits for.
ENDLESS = (said("a "),) * 100_000


class Server:
    """Llama.cpp as far as it is used: it sends what it was told to, until it is told to stop."""

    events: tuple[Any, ...] = ()
    pause = 0.0
    made: list[Server] = []  # noqa: RUF012 - counts over all of them

    def __init__(self, params: Any) -> None:
        self.params = params
        self.request: dict[str, Any] = {}
        self.stopped = threading.Event()
        time.sleep(0.05)
        self.made.append(self)

    def handle_chat_completions(
        self, request: dict[str, Any], receive: Callable[[Any], bool]
    ) -> None:
        """Send the events."""
        self.request = request
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            time.sleep(self.pause)
            if receive(event):
                self.stopped.set()
                return


class Params:
    """Takes every setting."""

    def __init__(self) -> None:
        self.model, self.cpuparams, self.cpuparams_batch = (
            types.SimpleNamespace() for _ in range(3)
        )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> type[Server]:
    """Put the fake in place of llama.cpp."""

    class Fake(Server):
        made: list[Server] = []  # noqa: RUF012 - counts over all of them

    module = types.SimpleNamespace(CommonParams=Params, Server=Fake)
    monkeypatch.setitem(__import__("sys").modules, "xllamacpp", module)
    return Fake


def test_events_become_text_and_usage(server: type[Server]) -> None:
    """Events, alone or in lists, become chunks of text, and last the counts of tokens."""
    counted = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2}}
    server.events = (said("It"), [said(" held"), said(".")], counted)
    *pieces, last, end = LocalChatModel(path="x.gguf").stream(PROMPT)
    assert [chunk.text for chunk in pieces] == ["It", " held", "."]
    assert last.usage_metadata == {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11}
    assert end.text == ""


def test_the_conversation_is_sent_with_its_roles(server: type[Server]) -> None:
    """System, user and assistant keep their roles, and the temperature is 0."""
    server.events = (said("It held."),)
    assert LocalChatModel(path="x.gguf").invoke(PROMPT).text == "It held."
    (made,) = server.made
    assert [message["role"] for message in made.request["messages"]] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    assert made.request["temperature"] == 0


def test_reading_the_prompt_shows(server: type[Server]) -> None:
    """While llama.cpp reads a long prompt, empty chunks are signs of life."""
    server.events = ({**said(""), "prompt_progress": {"processed": 256}}, said("It held."))
    assert [chunk.text for chunk in LocalChatModel(path="x.gguf").stream(PROMPT)][:2] == [
        "",
        "It held.",
    ]


def test_the_local_port_is_locked(server: type[Server]) -> None:
    """The port that llama.cpp opens requires a secret key and serves no page."""
    server.events = (said("x"),)
    for _ in range(2):
        LocalChatModel(path="x.gguf").invoke(PROMPT)
    one, other = (made.params for made in server.made)
    assert (one.ui, one.endpoint_slots, one.cors_origins) == (False, False, "")
    assert len(one.api_keys[0]) >= 32
    assert one.api_keys != other.api_keys


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (RuntimeError("no memory"), "no memory"),
        ({"error": {"message": "too long"}}, "too long"),
        ({}, "{}"),
    ],
)
def test_what_goes_wrong_is_a_model_error(server: type[Server], event: Any, message: str) -> None:
    """A raised error, a sent error and a malformed event all become a `ModelError`."""
    server.events = (event,)
    with pytest.raises(ModelError, match=message):
        LocalChatModel(path="x.gguf").invoke(PROMPT)


def test_leaving_stops_llama(server: type[Server]) -> None:
    """Closing the stream stops llama.cpp at its next event."""
    server.events, server.pause = ENDLESS, 0.01
    stream = LocalChatModel(path="x.gguf").stream(PROMPT)
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # it is a generator
    assert server.made[0].stopped.wait(60)


def test_requests_end_with_the_program(server: type[Server]) -> None:
    """When the program ends, each request is stopped and awaited."""
    server.events, server.pause = ENDLESS, 0.01
    stream = LocalChatModel(path="x.gguf").stream(PROMPT)
    next(stream)
    _Request.close_all()
    assert server.made[0].stopped.is_set()
    assert not _Request._open
    stream.close()  # type: ignore[attr-defined]  # it is a generator


def test_the_weights_are_loaded_once(server: type[Server]) -> None:
    """Two threads that ask at once share one model."""
    server.events = (said("x"),)
    model = LocalChatModel(path="x.gguf")
    threads = [threading.Thread(target=model.invoke, args=(PROMPT,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.made) == 1

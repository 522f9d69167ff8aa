"""Articles that try to take over, and a chat model that obeys them in everything: nothing of it reaches the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import pytest_socket
import yaml
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult

from qa.answering.generation.prompt import RULES
from qa.chat.conversation import conversation
from qa.conversations.conversation import Exchange
from qa.pipeline import Pipeline
from qa.protocols import Snapshot
from qa.types import Answer, Article, Evidence, Hit
from tests.collection import memory_index

FACT = "The dam at Orlo held through the flood of May 2021."
QUESTION = "Did the dam at Orlo hold through the flood?"
ATTACKS: list[dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "attacks.yaml").read_text(encoding="utf-8")
)
LOOP = "A " * 3000
ALLOWED = set(
    "a b bdi blockquote br button cite details div em h2 li mark ol p path q section small span strong summary sup svg "
    "time ul".split()
)


class Obedient(BaseChatModel):
    """Writes what the article wants of it, calls the tool that it names, and says the fact last, if it is to."""

    attack: dict[str, str]
    honest: bool

    @property
    def _llm_type(self) -> str:
        return "obedient"

    def bind_tools(self, *args: Any, **kwargs: Any) -> Any:
        """Fail: no tool is ever offered."""
        pytest.fail("the model was given tools")

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        raise NotImplementedError

    def _stream(
        self, messages: list[BaseMessage], *args: Any, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        prompt = "\n".join(str(message.text) for message in messages)
        said = self.attack["says"]
        for name, value in {"fact": FACT, "rules": RULES, "prompt": prompt, "loop": LOOP}.items():
            said = said.replace(f"{{{name}}}", value)
        text = f"{said}\n\n{FACT} [1]" if self.honest else said
        if "tool" in self.attack:
            call: Any = {
                "name": self.attack["tool"],
                "args": "{}",
                "id": "1",
                "index": 0,
                "type": "tool_call_chunk",
            }
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[call]))
        for at in range(0, len(text), 11):
            yield ChatGenerationChunk(message=AIMessageChunk(content=text[at : at + 11]))


class FactReader:
    """Finds the one fact."""

    threshold = 0.5

    def read(
        self,
        snapshot: Snapshot,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
    ) -> list[Evidence]:
        """Return the fact in each article."""
        found = ((a.id, a.text.index(FACT)) for a in articles.values())
        return [Evidence(id_, at, at + len(FACT), at + 4, at + 7, 0.9) for id_, at in found]


@pytest.fixture(autouse=True)
def _no_network() -> Iterator[None]:
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


def answered(folder: Path, attack: dict[str, str], *, honest: bool, **settings: Any) -> Answer:
    """Return the answer of an obedient model to a question on the attacking article."""
    article = Article("orlo", "The dam at Orlo", f"{FACT}\n\n{attack['text']}")
    made = Pipeline(
        memory_index(folder, [article], **settings),
        reader=FactReader(),
        llm=Obedient(attack=attack, honest=honest),
    )
    return made.answer(QUESTION)


class Tags(HTMLParser):
    """Collects the elements of a page, and what their attributes would fetch or run."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.acts: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.names.add(tag)
        self.acts += [
            (n, v)
            for n, v in attrs
            if n in {"src", "srcset", "style", "action"} or n.startswith("on")
        ]
        self.acts += [(n, v) for n, v in attrs if n == "href" and not str(v).startswith("#")]


def test_there_are_many_attacks() -> None:
    """The table holds sixty attacks and more, each once."""
    assert len(ATTACKS) >= 60
    assert (
        len({attack["name"] for attack in ATTACKS})
        == len({attack["text"] for attack in ATTACKS})
        == len(ATTACKS)
    )


@pytest.mark.parametrize("honest", [True, False], ids=["honest", "dishonest"])
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack["name"])
def test_nothing_obeyed_reaches_the_answer(
    attack: dict[str, str], honest: bool, tmp_path: Path
) -> None:
    """Of all that an obedient model writes, only the fact is shown, or quoted where the model says nothing true.

    So no sentence is shown as supported that is not, no prompt leaks, and no markup, address or
    tool call is left.
    """
    answer = answered(tmp_path, attack, honest=honest)
    quoted = f"{answer.fallback_reason} Yes [1]: “{FACT}”".strip()
    expected = f"{FACT} [1]" if honest and "{loop}" not in attack["says"] else quoted
    assert answer.text in {expected, f"{answer.fallback_reason} {FACT} [1]".strip()}
    assert [citation.quote for citation in answer.citations] == [FACT]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack["name"])
def test_what_is_left_out_is_inert(attack: dict[str, str], tmp_path: Path) -> None:
    """The sentences that were left out are no part of the text, and the chat shows them as text that does nothing."""
    answer = answered(tmp_path, attack, honest=True)
    assert {said.text for said in answer.statements} <= {FACT}
    left_out = {one.text for one in answer.left_out} - {FACT}
    assert [text for text in left_out if text in answer.text] == []
    tags = Tags(conversation([Exchange(QUESTION, answer=answer)]))
    assert (tags.names - ALLOWED, tags.acts) == (set(), [])

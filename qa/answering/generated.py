"""An answer that a chat model writes: each sentence is checked before it becomes a statement."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa.answering.citations import Citations, check, without_model_markers
from qa.answering.generation import (
    NO_ANSWER,
    ChatModel,
    fitting_hits,
    sentences,
    without_repetition,
)
from qa.answering.rendering import fallback_note
from qa.errors import ModelError
from qa.types import Article, Hit, Partial, Statement, Turn
from qa.understanding.followups import MAX_REWRITE_CHARS, Resolver


@dataclass(frozen=True, slots=True)
class AnswerGenerator:
    """Writes answers with a chat model.

    Attributes:
        model: the chat model.
        count_tokens: texts -> number of tokens of each.
        max_tokens: how many tokens of passages the model is shown at most.
        keep_unsupported: whether unsupported sentences are shown, marked as such.
        rewrites_followups: whether the model may put follow-up questions in its own words.
        prices: of a million tokens read, and of a million written; 0 where unknown.
    """

    model: ChatModel
    count_tokens: Callable[[Sequence[str]], list[int]]
    max_tokens: int
    keep_unsupported: bool = False
    rewrites_followups: bool = True
    prices: tuple[float, float] = (0.0, 0.0)

    def start(self) -> GeneratedAnswer:
        """Return a new answer, of which nothing is written yet."""
        return GeneratedAnswer(self)


class GeneratedAnswer:
    """One answer of a chat model.

    Attributes:
        declined: whether the model said that the passages hold no answer.
        fallback_reason: why quotes have to take over; empty where they need not.
        usage: seconds and tokens (see `qa.answering.generation.ModelCall`); `sentences_left_out`;
            `rewrite`, the seconds spent on a follow-up question; and `cost`, where prices and
            tokens are known.
    """

    def __init__(self, generator: AnswerGenerator) -> None:
        self.declined = False
        self.fallback_reason = ""
        self.usage: dict[str, float] = {}
        self._generator = generator
        self._left_out = 0

    def standalone(
        self, question: str, history: Sequence[Turn], resolved: str, resolver: Resolver
    ) -> Generator[Partial, None, str]:
        """Return the question as one that can be understood without the turns before it.

        If `qa.understanding.followups` has resolved it into another one, the model rewrites it;
        where what it wrote is not faithful, `resolved` is taken.

        Yields:
            A sign of life now and then, so that the caller can stop the model by leaving.

        Raises:
            ModelError: the model could not be loaded.
        """
        if resolved == question or not self._generator.rewrites_followups:
            return resolved
        call = self._generator.model.rewrite(question, history)
        text = ""
        with contextlib.suppress(ModelError), contextlib.closing(call.stream()) as pieces:
            for piece in pieces:
                text += piece
                yield Partial("")
                if len(text) > MAX_REWRITE_CHARS:
                    break
        self._count({"rewrite" if k == "model" else k: value for k, value in call.usage.items()})
        rewritten = text.strip()
        faithful = resolver.is_faithful(rewritten, question, resolved, history)
        return rewritten if faithful else resolved

    def statements(
        self,
        question: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
        citations: Citations,
    ) -> Iterator[Partial | Statement]:
        """Yield the sentences that the passages support, each as soon as it is complete.

        Closing this iterator stops the model.

        Raises:
            ModelError: the model could not be loaded. Whatever goes wrong later becomes
                `fallback_reason`.
        """
        generator = self._generator
        shown = fitting_hits(
            hits, articles, max_tokens=generator.max_tokens, count_tokens=generator.count_tokens
        )
        call = generator.model.answer(question, shown, articles)
        written = False
        try:
            with contextlib.closing(call.stream()) as pieces:
                for item in without_repetition(sentences(pieces)):
                    if isinstance(item, Partial):
                        yield item
                        continue
                    written = True
                    if item.startswith(NO_ANSWER):
                        self.declined = True
                        break
                    if (statement := self._checked(item, shown, articles, citations)) is not None:
                        yield statement
        except ModelError as error:
            self.fallback_reason = fallback_note(str(error))
        finally:
            self._count(call.usage | {"sentences_left_out": float(self._left_out)})
        if not (len(citations) or self.declined or self.fallback_reason):
            supported = " that the articles support" if written else ""
            self.fallback_reason = fallback_note(f"the chat model wrote nothing{supported}")

    def _checked(
        self,
        sentence: str,
        hits: Sequence[Hit],
        articles: Mapping[str, Article],
        citations: Citations,
    ) -> Statement | None:
        """Return the sentence as a statement, or None if it is left out."""
        statement = check(sentence, hits, articles, citations)
        text = without_model_markers(sentence)
        if statement is None and text:
            if self._generator.keep_unsupported:
                return Statement(text, generated=True)
            self._left_out += 1
        return statement

    def _count(self, usage: Mapping[str, float]) -> None:
        """Add up what a call used."""
        for name, value in usage.items():
            self.usage[name] = self.usage.get(name, 0.0) + value
        if any(self._generator.prices) and "tokens_in" in self.usage:
            price_in, price_out = self._generator.prices
            tokens_in, tokens_out = self.usage["tokens_in"], self.usage["tokens_out"]
            self.usage["cost"] = (tokens_in * price_in + tokens_out * price_out) / 1e6

"""An answer that a chat model writes: each sentence is checked before it becomes a statement."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.answering.citations import Citations, check, generated_statement, quoted_spans
from qa.answering.generation import (
    NO_ANSWER,
    ChatModel,
    Limits,
    fitting_hits,
    quoted_words,
    sentences,
    without_repetition,
)
from qa.answering.grounding import DOUBTED
from qa.answering.rendering import fallback_note
from qa.errors import ModelError
from qa.settings import Settings
from qa.types import Article, Hit, LeftOut, Partial, Statement, Turn
from qa.understanding.followups import MAX_REWRITE_CHARS, Resolver

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True, slots=True)
class AnswerGenerator:
    """Writes answers with a chat model.

    Attributes:
        model: the chat model.
        count_tokens: texts -> number of tokens of each.
        max_tokens: how many tokens of passages the model is shown at most.
        rewrites_followups: whether the model may put follow-up questions in its own words.
        asks_again: whether the model is asked which words carry what the check doubts.
        prices: of a million tokens read, and of a million written; 0 where unknown.
    """

    model: ChatModel
    count_tokens: Callable[[Sequence[str]], list[int]]
    max_tokens: int
    rewrites_followups: bool = True
    asks_again: bool = False
    prices: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of(
        cls,
        model: BaseChatModel | str,
        settings: Settings,
        count_tokens: Callable[[Sequence[str]], list[int]],
    ) -> AnswerGenerator:
        """Return what writes answers with a chat model, within the limits of the settings."""
        return cls(
            ChatModel(model, Limits(settings.llm_idle_timeout, settings.llm_timeout)),
            count_tokens,
            max_tokens=settings.llm_tokens,
            rewrites_followups=settings.llm_followups,
            asks_again=settings.llm_check,
            prices=(settings.llm_price_in, settings.llm_price_out),
        )

    def shown(self, hits: Sequence[Hit], articles: Mapping[str, Article]) -> list[Hit]:
        """Return the passages that the model is shown: the best ones, as far as they fit."""
        return fitting_hits(
            hits, articles, max_tokens=self.max_tokens, count_tokens=self.count_tokens
        )

    def start(self) -> GeneratedAnswer:
        """Return a new answer, of which nothing is written yet."""
        return GeneratedAnswer(self)


class GeneratedAnswer:
    """One answer of a chat model.

    Attributes:
        declined: whether the model said that the passages hold no answer.
        fallback_reason: why quotes have to take over; empty where they need not.
        left_out: the sentences that the passages do not support.
        usage: seconds and tokens (see `qa.answering.generation.ModelCall`); `sentences_left_out`;
            `rewrite`, the seconds spent on a follow-up question; and `cost`, where prices and
            tokens are known.
    """

    def __init__(self, generator: AnswerGenerator) -> None:
        self.declined = False
        self.fallback_reason = ""
        self.usage: dict[str, float] = {}
        self._generator = generator
        self.left_out: list[LeftOut] = []

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
        shown = self._generator.shown(hits, articles)
        call = self._generator.model.answer(question, shown, articles)
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
                    yield from self._checked(check(item, shown, articles, citations))
            yield from self._quoted(shown, articles, citations)
        except ModelError as error:
            self.fallback_reason = fallback_note(str(error))
        finally:
            self._count(call.usage | {"sentences_left_out": float(len(self.left_out))})
        if not (len(citations) or self.declined or self.fallback_reason):
            supported = " that the articles support" if written else ""
            self.fallback_reason = fallback_note(f"the chat model wrote nothing{supported}")

    def _checked(self, sentence: Statement | LeftOut | None) -> Iterator[Statement]:
        if isinstance(sentence, Statement):
            yield sentence
        elif sentence is not None:
            self.left_out.append(sentence)

    def _quoted(
        self, hits: Sequence[Hit], articles: Mapping[str, Article], citations: Citations
    ) -> Iterator[Partial | Statement]:
        """Yield the doubted sentences for which the model names words that a passage holds."""
        doubted = [one for one in self.left_out if one.reason == DOUBTED]
        if not (doubted and self._generator.asks_again):
            return
        call = self._generator.model.quote([one.text for one in doubted], hits, articles)
        reply = ""
        with contextlib.closing(call.stream()) as pieces:
            for piece in pieces:
                reply += piece
                yield Partial("")
        self._count({"check" if k == "model" else k: value for k, value in call.usage.items()})
        for number, words in quoted_words(reply).items():
            spans = quoted_spans(words, hits)
            if spans and 0 < number <= len(doubted) and doubted[number - 1] in self.left_out:
                self.left_out.remove(doubted[number - 1])
                yield generated_statement(doubted[number - 1].text, spans, citations)

    def _count(self, usage: Mapping[str, float]) -> None:
        """Add up what a call used."""
        for name, value in usage.items():
            self.usage[name] = self.usage.get(name, 0.0) + value
        if any(self._generator.prices) and "tokens_in" in self.usage:
            price_in, price_out = self._generator.prices
            tokens_in, tokens_out = self.usage["tokens_in"], self.usage["tokens_out"]
            self.usage["cost"] = (tokens_in * price_in + tokens_out * price_out) / 1e6

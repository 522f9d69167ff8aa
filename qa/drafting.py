"""An answer that a chat model writes: each sentence is checked before it is shown."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from qa import citations
from qa.errors import ModelError
from qa.generator import NO_ANSWER, Generator, fitting, sentences, unrepeated
from qa.history import standalone
from qa.history.rewriting import LONGEST, confirmed
from qa.types import Article, Citation, Hit, Turn
from qa.writer import Piece

UNSUPPORTED = " (not found in the articles)"
"""What stands behind a sentence that no cited passage supports, where such sentences are kept."""

Watch = Callable[[str], None]
"""Called with the sentence that a chat model is writing, before it is checked."""

_INSTEAD = "The articles are quoted instead:"
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Drafter:
    """What the drafts of a pipeline have in common.

    Attributes:
        generator: the chat model.
        count_tokens: texts -> tokens of each.
        most_tokens: most tokens of passages that the model is shown.
        keep_unsupported: whether sentences without support are shown, marked.
        followups: whether the model may put follow-up questions in its own words.
        prices: of a million tokens that it reads, and of a million that it writes; 0 where they are not known.
    """

    generator: Generator
    count_tokens: Callable[[Sequence[str]], list[int]]
    most_tokens: int
    keep_unsupported: bool
    followups: bool
    prices: tuple[float, float]


class Draft:
    """One answer of a chat model.

    Attributes:
        citations: of the sentences so far.
        declined: whether the model said that the passages hold no answer.
        note: why quotes have to take over; empty where they need not.
        usage: seconds and tokens, see `qa.generator.Call`; how many `sentences_left_out`; `rewrite`, the seconds that
            it took to put a follow-up question; and `cost`, where prices and tokens are known.
    """

    def __init__(self, drafter: Drafter, watch: Watch | None = None) -> None:
        self.citations: list[Citation] = []
        self.declined = False
        self.note = ""
        self.usage: dict[str, float] = {}
        self._drafter = drafter
        self._watch = watch
        self._left_out = 0

    def standalone(self, question: str, history: Sequence[Turn]) -> str:
        """Return a question as one that is understood without the turns before it.

        The rules of `qa.history` say whether it is a follow-up. The model puts it then, and where the rules do not
        confirm what it wrote, they put it themselves.

        Raises:
            ModelError: the model could not be loaded.
        """
        by_rules = standalone(question, history)
        if by_rules == question or not self._drafter.followups:
            return by_rules
        call = self._drafter.generator.rewriting(question, history)
        text = ""
        with contextlib.suppress(ModelError), contextlib.closing(call.pieces()) as pieces:
            for piece in pieces:
                text += piece
                if self._watch:
                    self._watch("")
                if len(text) > LONGEST:
                    break
        self._count({"rewrite" if name == "model" else name: value for name, value in call.usage.items()})
        put = text.strip()
        return put if confirmed(put, question, history) else by_rules

    def pieces(self, question: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Iterator[Piece]:
        """Yield the sentences that the model's passages support, as soon as each is complete, then the note, if any.

        Closing this iterator stops the model.

        Raises:
            ModelError: the model could not be loaded. All that goes wrong later becomes the note.
        """
        shown = fitting(hits, articles, most=self._drafter.most_tokens, count_tokens=self._drafter.count_tokens)
        call = self._drafter.generator.call(question, shown, articles)
        written = False
        try:
            with contextlib.closing(call.pieces()) as text:
                for sentence in unrepeated(sentences(text, self._watch)):
                    written = True
                    if sentence.startswith(NO_ANSWER):
                        self.declined = True
                        break
                    yield from self._checked(sentence, shown, articles)
        except ModelError as error:
            self.note = _note(str(error))
        finally:
            self._count(call.usage | {"sentences_left_out": float(self._left_out)})
        if not (self.citations or self.declined or self.note):
            self.note = _note(f"the chat model wrote nothing{' that the articles support' if written else ''}")
        if self.note:
            yield self.note, []

    def _checked(self, sentence: str, hits: Sequence[Hit], articles: Mapping[str, Article]) -> Iterator[Piece]:
        checked = citations.check(sentence, hits, articles, self.citations)
        if checked is not None:
            self.citations += checked[1]
            yield checked
            return
        text = citations.bare(sentence)
        if self._drafter.keep_unsupported and text:
            yield f"{text}{UNSUPPORTED}", []
        else:
            self._left_out += bool(text)

    def _count(self, usage: Mapping[str, float]) -> None:
        """Add what a call used."""
        for name, value in usage.items():
            self.usage[name] = self.usage.get(name, 0.0) + value
        if any(self._drafter.prices) and "tokens_in" in self.usage:
            reading, writing = self._drafter.prices
            self.usage["cost"] = (self.usage["tokens_in"] * reading + self.usage["tokens_out"] * writing) / 1e6


def _note(reason: str) -> str:
    reason = citations.flat(reason)[:_LONGEST_REASON].rstrip(".")
    return f"{reason[0].upper()}{reason[1:]}. {_INSTEAD}"

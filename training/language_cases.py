"""Questions in many languages with the passages that would be read for them, to calibrate by.

The passages are those of the product, the best by runs of letters. Each question is asked of all
articles of its set, and of all but its own. A question in another language than the articles is
given the passages of the same question in theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from qa.index.passages import split
from qa.types import Article, Passage
from training.language_data import SETS, held_out_articles
from training.sources import Row, read_jsonl

_LIMIT, _READ = 224, 4
_PROMPT = ("- ", " ال")


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what is read for it.

    Attributes:
        set: the question's set.
        id: of the question there.
        part: `taught` to calibrate by, or `reported`.
        question: its text.
        asked_in: the code of its language.
        language: that of the articles.
        passages: with their articles' titles, the best first.
        there: whether its own article is among those searched.
        gold: spans of articles.
        answers: their texts.
    """

    set: str
    id: str
    part: str
    question: str
    asked_in: str
    language: str
    passages: tuple[tuple[Passage, str], ...]
    there: bool
    gold: tuple[tuple[str, int, int], ...]
    answers: tuple[str, ...]


class Corpus:
    """The articles of a set as passages, searched by runs of letters."""

    def __init__(self, folder: Path, language: str, tokenizer: Tokenizer) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        def count(texts: Sequence[str]) -> list[int]:
            found = tokenizer.encode_batch(list(texts), add_special_tokens=False)
            return [len(each.ids) for each in found]

        self.language = language
        self.titles: dict[str, str] = {}
        self.passages: list[Passage] = []
        for row in read_jsonl(folder / "articles.jsonl"):
            self.titles[row["id"]] = row.get("title", "")
            article = Article(row["id"], row.get("title", ""), row["text"], language=language)
            self.passages += split(article, limit=_LIMIT, count_tokens=count)
        self._counts = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True)
        texts = [f"{self.titles[p.article_id]}\n{p.text}" for p in self.passages]
        self._texts = self._counts.fit_transform(texts)

    def ranked(self, questions: Sequence[str]) -> NDArray[np.int64]:
        """Return the numbers of the passages for each question, best first."""
        shared: Any = self._counts.transform(questions) @ self._texts.T
        order: NDArray[np.int64] = np.argsort(-shared.toarray(), axis=1)
        return order

    def best(self, order: NDArray[np.int64], without: frozenset[str]) -> Iterator[int]:
        """Yield the best passages of other articles than these."""
        allowed = (int(at) for at in order if self.passages[at].article_id not in without)
        yield from (at for at, _ in zip(allowed, range(_READ), strict=False))


def cases(datasets: Path, tokenizer: Tokenizer, languages: Sequence[str]) -> Iterator[Case]:
    """Yield the held-out questions of train/languages, then those of XQuAD's looked-at half."""
    folder = datasets / "train" / "languages"
    for name, language in SETS.items():
        held = held_out_articles(folder, name)
        rows = [
            row
            for row in read_jsonl(folder / name / "questions.jsonl")
            if row["relevant"] and row["relevant"][0]["article_id"] in held
        ]
        corpus = Corpus(folder / name, language, tokenizer)
        yield from _asked(name, "taught", rows, rows, corpus, language)
    asked = {
        code: read_jsonl(datasets / "dev" / f"xquad-{code}" / "questions.jsonl")
        for code in ("en", *languages)
    }
    for number, language in enumerate(languages):
        corpus = Corpus(datasets / "dev" / f"xquad-{language}", language, tokenizer)
        own = asked[language]
        for part, chosen in (("taught", slice(1, None, 4)), ("reported", slice(0, None, 8))):
            yield from _asked(f"xquad-{language}", part, own[chosen], own[chosen], corpus, language)
        other = languages[(number + 1) % len(languages)]
        for code in ("en", other):
            for part, chosen in (("taught", slice(3, None, 12)), ("reported", slice(4, None, 16))):
                those, name = asked[code][chosen], f"xquad-{code}-{language}"
                yield from _asked(name, part, those, own[chosen], corpus, code)


def _asked(
    name: str, part: str, rows: Sequence[Row], own: Sequence[Row], corpus: Corpus, asked_in: str
) -> Iterator[Case]:
    """Yield both cases of each question; `own` are the same questions in the articles' language."""
    order = corpus.ranked([_cleaned(row["question"]) for row in own])
    for row, same, ranked in zip(rows, own, order, strict=True):
        assert row["id"] == same["id"]  # noqa: S101 -- XQuAD asks the same in each language
        gold = tuple((g["article_id"], g["start"], g["end"]) for g in same["relevant"])
        articles = frozenset(article for article, *_ in gold)
        for there, without in ((True, frozenset[str]()), (False, articles)):
            read = (corpus.passages[at] for at in corpus.best(ranked, without))
            passages = tuple((each, corpus.titles[each.article_id]) for each in read)
            yield Case(
                name,
                row["id"],
                part,
                _cleaned(row["question"]),
                asked_in,
                corpus.language,
                passages,
                there,
                gold,
                tuple(same["answers"]),
            )


def _cleaned(question: str) -> str:
    return question.removeprefix(_PROMPT[0]).removesuffix(_PROMPT[1])

"""Reads question sets from disk into examples.

Sources: SQuAD 1.1 and 2.0 (Rajpurkar et al., 2016 and 2018), SquadShifts (Miller et al., 2020),
QAMR (Michael et al., 2018), QASRL-GS (Roit et al., 2020), and invented news stories.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any

Span = tuple[int, int]
Row = dict[str, Any]

# Colons in a sentence's id: CORPUS:SITE:ARTICLE:PARAGRAPH:SENTENCE.
_SENTENCE_COLONS = 4
# Of the invented stories, the first so many teach nothing; they choose between recipes.
HELD_OUT = 10
# Stories with questions and follow-ups, written for this reader: half of the questions look
# answered and are not. The form is that of train/stories, without claims.
STORIES = Path(__file__).with_name("stories.jsonl")
# Articles of SQuAD 2.0's development set used for training; the others evaluate.
TAUGHT = (
    "squad2-normans",
    "squad2-computational_complexity_theory",
    "squad2-huguenot",
    "squad2-french_and_indian_war",
)


@dataclass(frozen=True, slots=True)
class Context:
    """A text that questions are asked about; `article` and `title` are empty if unknown."""

    id: str
    article: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A question about a context; `answers` are spans of its text, none if unanswerable."""

    question: str
    context: Context
    answers: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One set: its contexts in reading order, and its examples."""

    name: str
    contexts: tuple[Context, ...]
    examples: tuple[Example, ...]


def load(name: str, datasets: Path) -> Source:
    """Return a source: a set of `train/`, `qamr-articles`, or `squad2` (training articles)."""
    if name == "stories":
        return stories(all_packs(datasets)[HELD_OUT:])
    if name == "squad2":
        return squad2(datasets / "dev" / "squad2", TAUGHT)
    if name == "qamr-articles":
        return stitched(squad_form("qamr", datasets / "train"), name)
    return squad_form(name, datasets / "train")


def read_jsonl(path: Path) -> list[Row]:
    """Return the objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def story_packs(datasets: Path) -> list[Row]:
    """Return the invented stories of `train/stories`."""
    return read_jsonl(datasets / "train" / "stories" / "packs.jsonl")


def all_packs(datasets: Path) -> list[Row]:
    """Return the invented stories: those of `train/stories`, and our own, without claims."""
    return [*story_packs(datasets), *read_jsonl(STORIES)]


def squad_form(name: str, folder: Path) -> Source:
    """Read `NAME.contexts.jsonl` and `NAME.questions.jsonl` of `folder`."""
    rows = read_jsonl(folder / f"{name}.contexts.jsonl")
    contexts = {
        c.id: c
        for c in _titled([Context(row["id"], _article(row["id"]), row["text"]) for row in rows])
    }
    examples = (
        Example(
            row["question"],
            contexts[row["context_id"]],
            tuple(
                (answer["start"], answer["start"] + len(answer["text"]))
                for answer in row["answers"]
                if answer["text"].strip()
            ),
        )
        for row in read_jsonl(folder / f"{name}.questions.jsonl")
    )
    valid = (
        example
        for example in examples
        if all(0 <= start < end <= len(example.context.text) for start, end in example.answers)
    )
    return Source(name, tuple(contexts.values()), tuple(valid))


def _titled(contexts: Sequence[Context]) -> Iterator[Context]:
    """Yield contexts with titles: from SQuAD's ids; for news, the article's first sentence."""
    first: dict[str, Context] = {}
    for context in sorted((c for c in contexts if c.id.count(":") == _SENTENCE_COLONS), key=_place):
        first.setdefault(context.article, context)
    for context in contexts:
        if context.article in first:
            opening = first[context.article]
            yield context if context is opening else replace(context, title=opening.text)
        else:
            yield replace(context, title=context.article.replace("_", " "))


def squad2(folder: Path, articles: Iterable[str]) -> Source:
    """Read some articles of a set with SQuAD 2.0's form, one context for each paragraph."""
    wanted = {
        row["id"]: row
        for row in read_jsonl(folder / "articles.jsonl")
        if row["id"] in set(articles)
    }
    examples = [
        _asked(row, wanted)
        for row in read_jsonl(folder / "questions.jsonl")
        if row["paragraph"]["article_id"] in wanted
    ]
    contexts = {example.context.id: example.context for example in examples}
    return Source("squad2", tuple(contexts.values()), tuple(examples))


def _asked(row: Row, articles: dict[str, Row]) -> Example:
    where = row["paragraph"]
    name, start, end = where["article_id"], where["start"], where["end"]
    context = Context(
        f"{name}:{start}", name, articles[name]["text"][start:end], articles[name]["title"]
    )
    gold = row["relevant"] if row["answerable"] else []
    return Example(
        row["question"], context, tuple((s["start"] - start, s["end"] - start) for s in gold)
    )


def stories(packs: Iterable[Row]) -> Source:
    """Read the questions on invented news stories; the articles of a story are one `article`."""
    contexts: list[Context] = []
    examples: list[Example] = []
    for pack in packs:
        texts = {
            article["id"]: Context(
                f"{pack['id']}:{article['id']}", pack["id"], article["text"], article["title"]
            )
            for article in pack["articles"]
        }
        contexts += texts.values()
        for row in pack["questions"]:
            context, answer = texts[row["article"]], row["answer"]
            start = context.text.index(answer) if answer else 0
            spans = ((start, start + len(answer)),) if answer else ()
            examples.append(Example(row["question"], context, spans))
    return Source("stories", tuple(contexts), tuple(examples))


def stitched(source: Source, name: str) -> Source:
    """Join a source's sentences into articles, as far as they are known, in reading order."""
    ordered = sorted(source.contexts, key=_place)
    moved: dict[str, tuple[Context, int]] = {}
    contexts = []
    for article, sentences in groupby(ordered, key=lambda context: context.article):
        text, starts = _join(list(sentences))
        contexts.append(Context(f"{name}:{article}", article, text))
        moved.update({sentence: (contexts[-1], start) for sentence, start in starts.items()})
    return Source(name, tuple(contexts), tuple(_moved(source.examples, moved)))


def _moved(examples: Iterable[Example], moved: dict[str, tuple[Context, int]]) -> Iterator[Example]:
    for example in examples:
        context, by = moved[example.context.id]
        yield Example(
            example.question,
            context,
            tuple((start + by, end + by) for start, end in example.answers),
        )


def _join(sentences: list[Context]) -> tuple[str, dict[str, int]]:
    """Join sentences, paragraphs by a blank line; also return where each sentence starts."""
    text, starts, last = "", {}, ""
    for sentence in sentences:
        paragraph = sentence.id.rsplit(":", 1)[0]
        if text:
            text += " " if paragraph == last else "\n\n"
        starts[sentence.id] = len(text)
        text, last = text + sentence.text, paragraph
    return text, starts


def _place(context: Context) -> tuple[str, int, int]:
    _, paragraph, sentence = context.id.rsplit(":", 2)
    return context.article, int(paragraph), int(sentence)


def _article(identifier: str) -> str:
    """Return the article in an id `squad:TITLE:N` or `CORPUS:SITE:ARTICLE:PARAGRAPH:SENTENCE`."""
    if identifier.startswith("squad:"):
        return identifier.removeprefix("squad:").rpartition(":")[0]
    return identifier.rsplit(":", 2)[0] if identifier.count(":") == _SENTENCE_COLONS else ""

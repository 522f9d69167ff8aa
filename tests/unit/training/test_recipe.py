"""What the reader is taught: sources, negatives, order."""

# ruff: noqa: S311 -- nothing secret depends on these numbers
from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from training.base import LAYOUTS
from training.data import MIX, Part, Plan, drawn, retitled, training_data, without
from training.features import Encoder
from training.negatives import Negatives, holds_answer
from training.schedule import Progress, Schedule
from training.sources import (
    HELD_OUT,
    STORIES,
    Context,
    Example,
    Source,
    load,
    read_jsonl,
    squad2,
    squad_form,
    stitched,
)

_SENTENCES = (
    "The mill at Oster burned down in 1911 and was rebuilt by Anna Lund.",
    "Its owner sold the river meadows to the town of Brede for 400 crowns.",
    "A ferry crossed the lake twice a day until the bridge was opened in 1938.",
    "Brede elected Karl Moe as its first mayor after the old council resigned.",
)
_QUESTIONS = (
    ("Who rebuilt the mill at Oster?", 0, "Anna Lund"),
    ("When did the mill at Oster burn down?", 0, "1911"),
    ("Which town bought the river meadows?", 1, "Brede"),
    ("How often did a ferry cross the lake?", 2, "twice a day"),
    ("Who was the first mayor of Brede?", 3, "Karl Moe"),
)


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write a tiny set in the form of the training sets; return its parent folder."""
    rows = [
        {"id": f"squad:Oster: a history:{n}", "text": text} for n, text in enumerate(_SENTENCES)
    ]
    _write(tmp_path / "train" / "squad.contexts.jsonl", rows)
    asked = [
        {
            "question": q,
            "context_id": rows[n]["id"],
            "answers": [{"text": a, "start": _SENTENCES[n].index(a)}],
        }
        for q, n, a in _QUESTIONS
    ]
    nothing = {"question": "Who burned down the mill?", "context_id": rows[0]["id"], "answers": []}
    _write(tmp_path / "train" / "squad.questions.jsonl", [*asked, nothing])
    return tmp_path


@pytest.fixture
def source(folder: Path) -> Source:
    """Return the tiny set, read."""
    return load("squad", folder)


@pytest.fixture
def encoder() -> Encoder:
    """Return an encoder whose tokens are words, with room for 24 of them in a window."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))  # noqa: S106 -- a token of text
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return Encoder(tokenizer, LAYOUTS["mpnet"], window=24)


def _answers(example: Example) -> list[str]:
    return [example.context.text[start:end] for start, end in example.answers]


def test_a_set_is_read_with_its_answers_in_place(source: Source) -> None:
    """Answer spans point at the answers' text, and the article's title may hold a colon."""
    assert [_answers(example) for example in source.examples[:-1]] == [
        [answer] for _, _, answer in _QUESTIONS
    ]
    assert source.examples[-1].answers == ()
    assert {context.article for context in source.contexts} == {"Oster: a history"}


def test_a_question_set_with_paragraphs_is_read_by_article(tmp_path: Path) -> None:
    """Only the named articles are read; spans count from the paragraph; unanswerable questions have none."""
    text = "\n".join(_SENTENCES)
    start = text.index(_SENTENCES[1])
    where = {"article_id": "a", "start": start, "end": start + len(_SENTENCES[1])}
    gold = {"article_id": "a", "start": text.index("Brede"), "end": text.index("Brede") + 5}
    row = {"question": "Which town?", "answerable": True, "paragraph": where, "relevant": [gold]}
    _write(
        tmp_path / "articles.jsonl",
        [{"id": name, "title": f"On {name}", "text": text} for name in "ab"],
    )
    elsewhere = row | {"paragraph": where | {"article_id": "b"}}
    _write(
        tmp_path / "questions.jsonl", [row, row | {"answerable": False, "relevant": []}, elsewhere]
    )
    one, two = squad2(tmp_path, ["a"]).examples
    assert (one.context.text, _answers(one), two.answers) == (_SENTENCES[1], ["Brede"], ())
    assert one.context.title == "On a"


def test_the_stories_that_are_held_out_teach_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A story's articles are read together, with titles; the first stories are left out."""
    monkeypatch.setattr("training.sources.STORIES", tmp_path / "own.jsonl")
    _write(tmp_path / "own.jsonl", [])
    asked = {"article": "a2", "question": "Who was mayor?", "answer": "Karl Moe"}
    articles = [
        {"id": f"a{n}", "title": f"Part {n}", "text": text} for n, text in enumerate(_SENTENCES, -1)
    ]
    packs = [
        {"id": f"p{n}", "articles": articles, "questions": [asked, asked | {"answer": None}]}
        for n in range(HELD_OUT + 1)
    ]
    _write(tmp_path / "train" / "stories" / "packs.jsonl", packs)
    told = load("stories", tmp_path)
    assert [_answers(example) for example in told.examples] == [["Karl Moe"], []]
    assert {context.article for context in told.contexts} == {f"p{HELD_OUT}"}
    assert told.examples[0].context.title == "Part 2"


def test_our_own_stories_hold_what_they_say() -> None:
    """Answers stand in the article named, what has none says why, and half of the questions do."""
    told = read_jsonl(STORIES)
    assert len({story["id"] for story in told}) == len(told) >= 100
    for story in told:
        texts = {article["id"]: article["text"] for article in story["articles"]}
        for asked in story["questions"]:
            assert (asked["answer"] is None) == bool(asked["why_none"])
            assert (asked["answer"] or "") in texts[asked["article"]]
        assert all(turn["history"] and turn["standalone"] for turn in story["followups"])
    unanswered = [asked["answer"] is None for story in told for asked in story["questions"]]
    assert 0.4 < sum(unanswered) / len(unanswered) < 0.6


def test_a_text_without_the_sentence_that_answers_answers_nothing() -> None:
    """The sentence is cut out; no such example is made where another sentence holds the answer."""
    first, second, third = _SENTENCES[0], _SENTENCES[2], "Anna Lund died in 1940."
    start = first.index("Anna Lund")
    example = Example(
        "Who rebuilt the mill?", Context("c", "", f"{first} {second}"), ((start, start + 9),)
    )
    made = Negatives(Source("s", (example.context,), (example,))).make(
        "cut", example, random.Random(0)
    )
    assert made is not None
    assert (made.context.text, made.answers) == (second, ())
    twice = replace(example, context=replace(example.context, text=f"{first} {third}"))
    assert Negatives(Source("s", (), ())).make("cut", twice, random.Random(0)) is None


def test_contexts_have_the_titles_that_are_known(tmp_path: Path) -> None:
    """An id may hold a title; a sentence of news has the first one of its article; others have none."""
    named = {"squad:Lake_Oster:7": "Lake Oster", "squad::8": "", "reviews:9": ""}
    first = {"S:news:7:10:0": _SENTENCES[1], "S:news:7:1:12": _SENTENCES[1], "S:news:7:1:2": ""}
    texts = dict(
        zip(
            (*named, *first),
            ("x", "x", "x", _SENTENCES[0], _SENTENCES[2], _SENTENCES[1]),
            strict=True,
        )
    )
    _write(
        tmp_path / "mixed.contexts.jsonl",
        [{"id": name, "text": text} for name, text in texts.items()],
    )
    _write(tmp_path / "mixed.questions.jsonl", [])
    assert {
        context.id: context.title for context in squad_form("mixed", tmp_path).contexts
    } == named | first


def test_titles_are_sometimes_missing_or_wrong() -> None:
    """Most titles stay, some go, few are another text's; a text without one gets none."""
    context, rng = Context("c", "", "x", "right"), random.Random(0)
    seen = Counter(retitled(context, ["wrong"], rng).title for _ in range(1_000))
    assert seen["right"] > 700
    assert seen[""] > 150
    assert 20 < seen["wrong"] < 100
    untitled = Context("c", "", "x")
    assert all(retitled(untitled, ["wrong"], rng) == untitled for _ in range(100))


def test_sentences_are_stitched_into_articles_in_reading_order(tmp_path: Path) -> None:
    """An article's sentences are joined by paragraph, and answers move with their sentence."""
    places = ["S:news:7:1:0", "S:news:7:0:10", "S:news:7:0:2", "S:news:8:0:0"]
    rows = [{"id": place, "text": text} for place, text in zip(places, _SENTENCES, strict=True)]
    _write(tmp_path / "qamr.contexts.jsonl", rows)
    asked = [
        {
            "question": q,
            "context_id": places[n],
            "answers": [{"text": a, "start": _SENTENCES[n].index(a)}],
        }
        for q, n, a in _QUESTIONS
    ]
    _write(tmp_path / "qamr.questions.jsonl", asked)
    whole = stitched(squad_form("qamr", tmp_path), "whole")
    assert [context.text for context in whole.contexts] == [
        f"{_SENTENCES[2]} {_SENTENCES[1]}\n\n{_SENTENCES[0]}",
        _SENTENCES[3],
    ]
    assert [_answers(example) for example in whole.examples] == [
        [answer] for _, _, answer in _QUESTIONS
    ]


@pytest.mark.parametrize("kind", ["neighbour", "bm25"])
def test_other_texts_lack_the_answer(source: Source, kind: str) -> None:
    """A negative text is another context of the source, and holds none of the question's answers."""
    by_question = {example.question: example for example in source.examples if example.answers}
    made = list(drawn(kind, source, Negatives(source), random.Random(0)))
    assert made
    for negative in made:
        origin = by_question[negative.question]
        assert negative.answers == ()
        assert negative.context.id != origin.context.id
        assert not holds_answer(negative.context.text, origin)


def test_a_perturbed_question_is_another_one_on_the_same_text(source: Source) -> None:
    """Perturbing keeps the context, changes the question, and leaves no answer."""
    makes, rng = Negatives(source), random.Random(0)
    for example in source.examples[:-1]:
        made = makes.make("perturbed", example, rng)
        if made is not None:
            assert made.context == example.context
            assert made.question.casefold() != example.question.casefold()
            assert made.answers == ()


def test_nothing_is_made_of_an_unanswerable_question(source: Source) -> None:
    """Whether a question without an answer stays so in another text is not known, so none is made."""
    makes = Negatives(source)
    assert [
        makes.make(kind, source.examples[-1], random.Random(0))
        for kind in ("neighbour", "perturbed")
    ] == [None] * 2


_MIX = (Part("first", "squad", "answered", 0.5), Part("second", "squad", "neighbour", 0.5))


def test_the_same_plan_gives_the_same_data(folder: Path, encoder: Encoder) -> None:
    """A run that starts again meets the same features in the same order; another seed does not."""
    one, two, other = (
        training_data(folder, Plan(12, batch=2, seed=seed), encoder, _MIX) for seed in (0, 0, 1)
    )
    assert (one.order, one.digest()) == (two.order, two.digest())
    assert one.digest() != other.digest()


def test_stages_follow_each_other(folder: Path, encoder: Encoder) -> None:
    """All of the first stage is taught before the second."""
    taught = training_data(folder, Plan(12, batch=2), encoder, _MIX)
    answered = [taught.features[i].start > 0 for batch in taught.order for i in batch]
    assert answered == [True] * 6 + [False] * 6


def test_a_schedule_interrupted_anywhere_goes_through_every_position() -> None:
    """Without a deadline each batch comes once, in order, wherever the run was stopped and taken up again."""
    schedule = Schedule(steps=20, rate=1.0)
    for stop in range(20):
        seen, progress = [], Progress()
        for rest in (stop, 20):
            progress = Progress(progress.position, progress.updates, progress.seconds)
            while progress.position < rest:
                seen.append(progress.position)
                progress.seconds += 3.0
                progress.position = schedule.next(progress)
        assert seen == list(range(20))


def test_a_deadline_leaves_batches_out_evenly() -> None:
    """At half the speed that the deadline needs, about every other batch is taught, and the end is reached."""
    schedule, progress, seen = Schedule(steps=100, rate=1.0, minutes=1.0), Progress(), []
    while progress.position < 100:
        seen.append(progress.position)
        progress.seconds += 1.2
        progress.position = schedule.next(progress)
    assert len(seen) == 50
    assert max(after - before for before, after in pairwise(seen)) <= 3


def test_the_rate_rises_then_falls_to_nothing() -> None:
    """The learning rate warms up, peaks at what was asked, and is next to nothing at the end."""
    rates = [Schedule(steps=1_000, rate=1.0).rate_at(position) for position in range(1_000)]
    peak = rates.index(max(rates))
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert max(rates) == pytest.approx(1.0, abs=0.02)
    assert rates[-1] < 0.002


def test_the_shares_of_the_mixture_make_a_whole() -> None:
    """Shares add up to one, so that as many examples are taught as a plan says."""
    assert sum(part.share for part in MIX) == pytest.approx(1.0)


def test_a_part_can_be_left_out() -> None:
    """An ablation drops single sentences, or made unanswerable questions, or all of these, and nothing else."""
    assert {part.stage for part in without("sentences")} == {"paragraphs"}
    assert {part.kind for part in without("made")} == {"answered", "unanswered"}
    assert set(without("unanswerable")) == {part for part in MIX if part.kind == "answered"}

